"""What the coming days will ask of a house: planning itself, carried out and rolled back.

Within `as_if` the house's tasks are those of the next thirty days, planned and levelled by the same statements as
ever. Whatever reads tasks there sees them; nothing of it is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, models, transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership

from . import planning, presets
from .levelling import Room
from .models import ContactTask, Programme, ProgrammeStep
from .models.task import TaskQuerySet

#: How far a forecast looks.
DAYS = 30
#: As many visits as then are expected again; whole weeks, so that each weekday repeats itself.
WEEKS = 4
#: How the key of a visit begins that is only expected.
EXPECTED = "expected:"

# The visits of the last four weeks once more, four weeks later.
_EXPECT = """
INSERT INTO customers_visit (dealership_id, kind, key, number, customer_id, vehicle_id, delivered_on, service_line,
    work, used, special, consultant_name, consultant_id, technician_name, created_at, changed_at)
SELECT dealership_id, kind, %(expected)s || id, '', customer_id, vehicle_id, delivered_on + %(days)s, service_line,
    work, used, special, consultant_name, consultant_id, technician_name, created_at, changed_at
FROM customers_visit
WHERE dealership_id = %(dealership)s AND cancelled_at IS NULL
    AND delivered_on > %(today)s::date - %(days)s AND delivered_on <= %(today)s::date
"""


@dataclass(frozen=True)
class Change:
    """What if: a programme of the house is switched on, or a preset is taken up, perhaps with another window."""

    programme: Programme | None = None
    preset: str = ""
    live_on: date | None = None
    window_from: int | None = None
    window_to: int | None = None


@dataclass(frozen=True)
class Load:
    """A day of the forecast: calls planned on it, and what the house can call."""

    on: date
    #: From visits that are known, and from those that are only expected.
    known: int
    expected: int
    room: int
    #: Whose window ends on this day without having had room for them; they are planned later, or not at all.
    unfit: int

    @property
    def calls(self) -> int:
        return self.known + self.expected

    @property
    def percent(self) -> float | None:
        return 100 * self.calls / self.room if self.room else None


@contextmanager
def as_if(house: Dealership, *, at: datetime, expect: bool, change: Change | None = None) -> Iterator[None]:
    """The house as it will be: contacts of the next thirty days are planned. All of it is undone at the end.

    `expect` adds the visits of the last four weeks once more. Refused while the house is being planned just now.
    """
    with transaction.atomic():
        try:
            _prepare(house, at=at, expect=expect, change=change)
            planning.plan(at=at, dealership_ids=[house.pk], rehearsal=True)
        except OperationalError as busy:
            raise Refusal(_("This dealership is being planned right now. Try again in a minute.")) from busy
        yield
        transaction.set_rollback(True)


def loads(tasks: TaskQuerySet, room: Room, capacity: Sequence[int]) -> list[Load]:
    """The next thirty days: tasks by their planned day against `capacity`."""
    only_expected = models.Q(visit__key__startswith=EXPECTED)
    counts = {
        row["planned_on"]: row
        for row in tasks.order_by()
        .values("planned_on")
        .annotate(known=models.Count("pk", filter=~only_expected), expected=models.Count("pk", filter=only_expected))
    }
    nothing = {"known": 0, "expected": 0}
    late = dict(unfit(tasks, room.first).order_by().values_list("due_on").annotate(models.Count("pk")))
    days = [room.first + timedelta(n) for n in range(DAYS)]
    return [
        Load(
            on=day,
            known=counts.get(day, nothing)["known"],
            expected=counts.get(day, nothing)["expected"],
            room=calls,
            unfit=late.get(day, 0),
        )
        for day, calls in zip(days, capacity, strict=False)
    ]


def unfit(tasks: TaskQuerySet, today: date) -> TaskQuerySet:
    """Those that will be late for want of room; not what is late already, nor what was agreed with the customer."""
    crowded_out = models.Q(planned_on__gt=models.F("due_on")) | models.Q(planned_on__isnull=True)
    return tasks.filter(crowded_out, due_on__gte=today, call_back_at__isnull=True)


def planned_for(tasks: TaskQuerySet, day: date, today: date) -> TaskQuerySet:
    """The known calls behind a day of the forecast: planned on it, or crowded out of it."""
    crowded_out = unfit(tasks, today).filter(due_on=day).order_by().values("pk")
    chosen = tasks.filter(models.Q(planned_on=day) | models.Q(pk__in=crowded_out))
    return chosen.exclude(visit__key__startswith=EXPECTED)


def _prepare(house: Dealership, *, at: datetime, expect: bool, change: Change | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
    if change:
        _make(change, house, at=at)
    ProgrammeStep.objects.filter(dealership=house).update(look_ahead_days=Greatest("look_ahead_days", DAYS))
    if expect:
        facts: dict[str, Any] = {
            "expected": EXPECTED,
            "days": 7 * WEEKS,
            "dealership": house.pk,
            "today": house.today(at),
        }
        with connection.cursor() as cursor:
            cursor.execute(_EXPECT, facts)


def _make(change: Change, house: Dealership, *, at: datetime) -> None:
    if change.preset:
        live_on = change.live_on or house.today(at) - timedelta(days=DAYS)
        programmes = presets.activate(change.preset, house, go_live_on=live_on)
    else:
        programmes = [change.programme] if change.programme else []
    rows = Programme.objects.filter(dealership=house, pk__in=[programme.pk for programme in programmes])
    rows.update(active=True, **({"go_live_on": change.live_on} if change.live_on else {}))
    if change.window_from is not None and change.window_to is not None:
        steps = ProgrammeStep.objects.filter(dealership=house, programme__in=rows, anchor=ProgrammeStep.Anchor.EVENT)
        steps.update(
            window_from=change.window_from, window_to=change.window_to, from_unit="calendar_day", to_unit="calendar_day"
        )


def owners(house: Dealership) -> list[int]:
    """Who has open calls of her own here."""
    rows = ContactTask.objects.open().filter(dealership=house, assignee__isnull=False).order_by()
    return sorted(rows.values_list("assignee_id", flat=True).distinct())
