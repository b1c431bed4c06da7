"""Previewing: what a change would do, found by making it, planning a month ahead, and undoing both.

Nothing of it stays: no row, and no lock, for both end with the savepoint.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from clientela.customers.models import Customer
from clientela.network.models import CallableInterval, Dealership

from . import editing, planning, presets
from .models import ContactTask, Programme, ProgrammeStep
from .models.programme import spoken
from .windows import Days, window_of

#: How far a preview looks, and how many customers it names.
DAYS = 30
NAMED = 10


@dataclass(frozen=True)
class Planned:
    """A contact as it would be planned."""

    customer_id: int
    step_name: str
    opens_on: date
    due_on: date


@dataclass(frozen=True)
class Affected:
    """One customer's contact: as it would be planned now, and after the change; none where there is none."""

    customer: Customer
    step_name: str
    before: Planned | None
    after: Planned | None


@dataclass(frozen=True)
class Effect:
    """What a change would do to the contacts of the next days. Those already open keep what they have."""

    days: int
    more: int
    fewer: int
    moved: int
    late: int
    kept_open: int
    has_hours: bool
    first: list[Affected]

    @property
    def is_none(self) -> bool:
        return not (self.more or self.fewer or self.moved)

    @property
    def unnamed(self) -> int:
        """How many contacts are affected beyond those whose customers are named."""
        return self.more + self.fewer + self.moved - len(self.first)


def of_step(step: ProgrammeStep, given: Mapping[str, Any], *, at: datetime) -> Effect:
    """What it would do to give a step these parameters."""

    def change() -> list[int]:
        editing.change(ProgrammeStep.objects.get(pk=step.pk), given, by=None, at=at)
        return [step.programme_id]

    kept = ContactTask.objects.open().filter(dealership_id=step.dealership_id, step=step).count()
    return _compare(step.programme.dealership, [step.programme_id], change, kept, at=at)


def of_programme(programme: Programme, given: Mapping[str, Any], *, at: datetime) -> Effect:
    """What it would do to change a programme: switch it on or off, let it follow other visits, go live earlier."""

    def change() -> list[int]:
        editing.change_programme(Programme.objects.get(pk=programme.pk), given, by=None, at=at)
        return [programme.pk]

    house = programme.dealership
    kept = ContactTask.objects.open().filter(dealership=house, step__programme=programme).count()
    return _compare(house, [programme.pk], change, kept, at=at)


def of_preset(preset: dict[str, Any], house: Dealership, *, go_live_on: date, at: datetime) -> Effect:
    """What it would do to take up a preset."""

    def change() -> list[int]:
        return [programme.pk for programme in presets.adopt(preset, house, go_live_on=go_live_on)]

    before = Programme.objects.filter(dealership=house, preset=preset["preset"]).values_list("pk", flat=True)
    return _compare(house, list(before), change, 0, at=at)


def _compare(
    house: Dealership, programmes: list[int], change: Callable[[], list[int]], kept: int, *, at: datetime
) -> Effect:
    before = _undone(lambda: _plan(house, programmes, at=at))
    after = _undone(lambda: _plan(house, change(), at=at))
    more = [key for key in after if key not in before]
    fewer = [key for key in before if key not in after]
    moved = [key for key in after if key in before and _days(after[key]) != _days(before[key])]
    today = house.today(at)
    return Effect(
        days=DAYS,
        more=len(more),
        fewer=len(fewer),
        moved=len(moved),
        late=sum(after[key].due_on < today for key in more),
        kept_open=kept,
        has_hours=CallableInterval.objects.filter(dealership=house, ends_at__gt=at).exists(),
        first=_first(house, [*more, *fewer, *moved], before, after),
    )


Key = tuple[str, str]


def _undone(act: Callable[[], dict[Key, Planned]]) -> dict[Key, Planned]:
    """Do it and undo it, locks and all; what it found."""
    with transaction.atomic():
        found = act()
        transaction.set_rollback(True)
    return found


def _plan(house: Dealership, programmes: Iterable[int], *, at: datetime) -> dict[Key, Planned]:
    """The contacts that these programmes alone would give in the next days, were every day planned in time."""
    programmes = list(programmes)
    Programme.objects.filter(dealership=house).exclude(pk__in=programmes).update(active=False)
    last = ContactTask.objects.filter(dealership=house).order_by("-pk").values_list("pk", flat=True).first() or 0
    today = house.today(at)
    for ahead in _days_to_plan(house, programmes):
        planning.plan(at=at, on=today + timedelta(ahead), dealership_ids=[house.pk])
    rows = ContactTask.objects.filter(
        dealership=house, pk__gt=last, step__programme__in=programmes, opens_on__lte=today + timedelta(DAYS)
    )
    facts = ("step_code", "anchor", "customer_id", "step__names", "opens_on", "due_on")
    return {
        (code, anchor): Planned(customer_id, spoken(names), opens_on, due_on)
        for code, anchor, customer_id, names, opens_on, due_on in rows.values_list(*facts)
    }


def _days_to_plan(house: Dealership, programmes: list[int]) -> list[int]:
    """On which days from today to plan so that no contact slips through: as seldom as the steps allow.

    A contact is planned on any day from some days before it opens until it is too old to be caught up.
    """
    days = Days(house.pk)
    steps = ProgrammeStep.objects.filter(dealership=house, programme__in=programmes).defer("script", "sources")
    reaches = [step.look_ahead_days + step.catch_up_days - days.span(window_of(step).opens).longest for step in steps]
    stride = max(1, min([DAYS, *reaches]))
    return [*range(0, DAYS, stride), DAYS]


def _days(planned: Planned) -> tuple[date, date]:
    return planned.opens_on, planned.due_on


def _first(house: Dealership, keys: list[Key], before: dict[Key, Planned], after: dict[Key, Planned]) -> list[Affected]:
    """The first contacts that change, by the day on which they open."""

    def facts(key: Key) -> Planned:
        return after.get(key) or before[key]

    first = sorted(keys, key=lambda key: (facts(key).opens_on, key))[:NAMED]
    customers = Customer.objects.filter(dealership=house).in_bulk([facts(key).customer_id for key in first])
    return [
        Affected(customers[facts(key).customer_id], facts(key).step_name, before.get(key), after.get(key))
        for key in first
    ]
