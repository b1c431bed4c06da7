"""Which attempts count, and when the next one is made (S2-9.5)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from clientela.network.models import CallableInterval

from . import resting, serving
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


def if_missed(task: ContactTask, hours: resting.Stretches | None = None, *, at: datetime) -> Missed:
    """What the screen says of a call that nobody answers now. `hours`: the house's to come, if at hand."""
    why = why_uncounted(task, Outcome.NO_ANSWER, Channel.PHONE, at=at)
    number = task.attempts + (not why)
    if task.attempts_max is not None and not why and number >= task.attempts_max:
        return Missed(None, None)
    bands = task.bands_used if why else [*task.bands_used, band(task, at)]
    return Missed(Uncounted(why) if why else None, when_again(task, bands, hours, at=at))


def why_uncounted(task: ContactTask, outcome: Outcome, channel: Channel, *, at: datetime) -> str:
    """Why an attempt is not one of those a step allows; empty if it is (S2-9.5, S2-9.3)."""
    if channel not in task.step.channels and channel is not Channel.PHONE and channel != _planned_by(task):
        return Uncounted.CHANNEL.value
    if outcome not in MISSED:
        return ""
    house = task.dealership
    counted = {house.today(tried.at) for tried in task.tries.all() if tried.counted and tried.undone_at is None}
    if task.distinct_days and house.today(at) in counted:
        return Uncounted.SAME_DAY.value
    if task.distinct_bands and band(task, at) in task.bands_used and _fresh_bands(task, at):
        return Uncounted.SAME_BAND.value
    return ""


def _planned_by(task: ContactTask) -> str:
    """The channel by which its next service was planned: a visit that was planned is made by a visit (S1-3.7)."""
    service = serving.by_anchor([task.anchor]).get(task.anchor)
    return service.channel if service else ""


def _fresh_bands(task: ContactTask, at: datetime) -> set[str]:
    """The times of day at which she was not tried yet and can be. When none is left they begin anew."""
    bands = open_bands(_free_hours(task, at), task.dealership.zone)
    return set().union(*bands.values()) - set(task.bands_used)


def band(task: ContactTask, at: datetime) -> str:
    return TimeBand.of(at.astimezone(task.dealership.zone).time()).value


def when_again(
    task: ContactTask, bands: list[str], hours: resting.Stretches | None = None, *, at: datetime
) -> datetime | None:
    """When the customer is tried again after a call at `at`, and never before her window opens."""
    first = max(at, datetime.combine(task.opens_on, time(), task.dealership.zone))
    return next_try(
        _free_hours(task, first, hours),
        at=at,
        zone=task.dealership.zone,
        bands_used=bands,
        distinct_days=task.distinct_days,
        distinct_bands=task.distinct_bands,
    )


def _free_hours(task: ContactTask, first: datetime, hours: resting.Stretches | None = None) -> resting.Stretches:
    """The next three weeks, as far as the house calls and the customer does not rest."""
    intervals = hours or CallableInterval.objects.filter(
        dealership_id=task.dealership_id, ends_at__gt=first, starts_at__lt=first + _REACH
    ).values_list("starts_at", "ends_at")
    stretches = [(max(starts, first), ends) for starts, ends in intervals if ends > first and starts < first + _REACH]
    return resting.less_rest(stretches, task.customer, task.dealership)
