"""Which attempts count, and when the next one is made (S2-9.5)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from clientela.network.models import CallableInterval

from . import resting
from .models import Channel, ContactTask, Outcome, TimeBand, Uncounted
from .retrying import next_try, open_bands

#: Nobody was found.
MISSED = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.SWITCHED_OFF})
_REACH = timedelta(days=21)


@dataclass(frozen=True)
class Missed:
    """What would come of another call without answer: not counted, or why; the next one, or none."""

    uncounted: Uncounted | None
    again: datetime | None


def if_missed(task: ContactTask, *, at: datetime) -> Missed:
    """What the screen says of a call that nobody answers now."""
    why = why_uncounted(task, Outcome.NO_ANSWER, Channel.PHONE, at=at)
    number = task.attempts + (not why)
    if task.attempts_max is not None and not why and number >= task.attempts_max:
        return Missed(None, None)
    bands = task.bands_used if why else [*task.bands_used, band(task, at)]
    return Missed(Uncounted(why) if why else None, when_again(task, bands, at=at))


def why_uncounted(task: ContactTask, outcome: Outcome, channel: Channel, *, at: datetime) -> str:
    """Why an attempt is not one of those a step allows; empty if it is (S2-9.5, S2-9.3)."""
    if channel not in task.step.channels and channel is not Channel.PHONE:
        return Uncounted.CHANNEL.value
    if outcome not in MISSED:
        return ""
    house = task.dealership
    counted = task.tries.filter(undone_at=None, counted=True).values_list("at", flat=True)
    if task.distinct_days and house.today(at) in {house.today(moment) for moment in counted}:
        return Uncounted.SAME_DAY.value
    if task.distinct_bands and band(task, at) in task.bands_used and _fresh_bands(task, at):
        return Uncounted.SAME_BAND.value
    return ""


def _fresh_bands(task: ContactTask, at: datetime) -> set[str]:
    """The times of day at which she was not tried yet and can be. When none is left they begin anew."""
    bands = open_bands(_free_hours(task, at), task.dealership.zone)
    return set().union(*bands.values()) - set(task.bands_used)


def band(task: ContactTask, at: datetime) -> str:
    return TimeBand.of(at.astimezone(task.dealership.zone).time()).value


def when_again(task: ContactTask, bands: list[str], *, at: datetime) -> datetime | None:
    """When the customer is tried again after a call at `at`, and never before her window opens."""
    first = max(at, datetime.combine(task.opens_on, time(), task.dealership.zone))
    return next_try(
        _free_hours(task, first),
        at=at,
        zone=task.dealership.zone,
        bands_used=bands,
        distinct_days=task.distinct_days,
        distinct_bands=task.distinct_bands,
    )


def _free_hours(task: ContactTask, first: datetime) -> resting.Stretches:
    """The next three weeks, as far as the house calls and the customer does not rest."""
    intervals = CallableInterval.objects.filter(
        dealership_id=task.dealership_id, ends_at__gt=first, starts_at__lt=first + _REACH
    ).values_list("starts_at", "ends_at")
    stretches = [(max(starts, first), ends) for starts, ends in intervals]
    return resting.less_rest(stretches, task.customer, task.dealership)
