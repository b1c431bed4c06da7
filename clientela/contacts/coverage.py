"""Coverage of every duty: of those due, how many were followed up, who was not, and who was left out and why.

Followed up is whom a call reached (done, or she declined) and whom three calls did not reach (S4-3.2.4.3.3). Missing is
whose contact is open and who has no valid number. Special vehicles are left out where the step leaves them out
(S4-3.2.4.2b), whatever came of their contacts; so they stand in no figure but their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Q

from clientela.network.models import Dealership

from .models import ContactTask, ProgrammeStep, Timing
from .models.task import TaskQuerySet

State = ContactTask.State
#: Contacts that nobody owes any more, or never did: in no denominator.
NOT_OWED = (State.CANCELLED, State.SUPPRESSED, State.MERGED, State.LEFT_OUT)
FOLLOWED_UP = (State.DONE, State.REFUSED, State.UNREACHED)
#: Who was reached in time and asked to be called again counts from then on (S4-1.3.4d).
SPOKEN_TO = Q(state=State.OPEN, contacted_on__isnull=False)
#: What the sources ask for: everybody.
TARGET = Decimal(100)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, and what counts in them: the day a contact was due, or the day of the visit."""

    first: date
    last: date
    by_visit: bool = False

    @property
    def field(self) -> str:
        """The day of a task that lies in it."""
        return "visit__delivered_on" if self.by_visit else "due_on"

    @property
    def rule(self) -> Q:
        return Q(**{f"{self.field}__range": (self.first, self.last)})


@dataclass(frozen=True)
class Tally:
    """What became of the contacts that were due."""

    due: int = 0
    in_window: int = 0
    late_made: int = 0
    early: int = 0
    refused: int = 0
    unreached: int = 0
    open: int = 0
    late: int = 0
    invalid: int = 0

    @property
    def made(self) -> int:
        return self.in_window + self.late_made + self.early

    @property
    def followed_up(self) -> int:
        return self.made + self.refused + self.unreached

    @property
    def missing(self) -> int:
        return self.due - self.followed_up

    @property
    def percent(self) -> Decimal | None:
        return share(self.followed_up, self.due)

    @property
    def decimals(self) -> int:
        return decimals(self.percent)

    @property
    def is_short(self) -> bool:
        """Below the target."""
        return self.percent is not None and self.percent < TARGET

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(Tally.__dataclass_fields__)


@dataclass(frozen=True)
class Row:
    """One step with its figures, and how many visits were left out of them."""

    step: ProgrammeStep
    tally: Tally
    left_out: int = 0


def share(part: int, whole: int) -> Decimal | None:
    """A share in percent to two decimals, rounded as one learns at school; never 100 while anybody is missing."""
    if not whole:
        return None
    found = (100 * Decimal(part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return min(found, Decimal("99.99")) if part < whole else found


def decimals(percent: Decimal | None) -> int:
    """How many are written: one, or two where the second says something (97.5, 98.96)."""
    return 2 if percent is not None and percent % Decimal("0.1") else 1


def owed(house: Dealership, period: Period) -> TaskQuerySet:
    """The contacts of a house that were due in a period."""
    tasks = ContactTask.objects.filter(period.rule, dealership=house).exclude(state__in=NOT_OWED)
    return tasks.exclude(step__excludes__contains=[ProgrammeStep.Exclusion.SPECIAL], visit__special=True)


def of_members(tasks: TaskQuerySet) -> TaskQuerySet:
    """Those of customers who were members when they were due (S4-1.3.4b)."""
    return tasks.filter(customer__member_since__lte=F("due_on"))


def missing(tasks: TaskQuerySet) -> TaskQuerySet:
    return tasks.exclude(state__in=FOLLOWED_UP).exclude(SPOKEN_TO)


def tallies(tasks: TaskQuerySet, *, at: datetime) -> dict[int, Tally]:
    """By step, in one question."""
    done = Q(state=State.DONE)
    late = Q(state=State.OPEN, due_at__lte=at, contacted_on=None)
    counted: Any = (
        tasks.order_by()
        .values("step_id")
        .annotate(
            due=Count("pk"),
            in_window=Count("pk", filter=SPOKEN_TO | done & ~Q(timing__in=[Timing.LATE, Timing.EARLY])),
            late_made=Count("pk", filter=done & Q(timing=Timing.LATE)),
            early=Count("pk", filter=done & Q(timing=Timing.EARLY)),
            refused=Count("pk", filter=Q(state=State.REFUSED)),
            unreached=Count("pk", filter=Q(state=State.UNREACHED)),
            open=Count("pk", filter=Q(state=State.OPEN, contacted_on=None) & ~late),
            late=Count("pk", filter=late),
            invalid=Count("pk", filter=Q(state=State.INVALID)),
        )
    )
    return {row["step_id"]: Tally(*(row[name] for name in _NAMES)) for row in counted}


def total(rows: Iterable[Row]) -> Tally:
    return sum((row.tally for row in rows), Tally())
