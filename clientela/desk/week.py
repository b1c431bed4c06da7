"""The week's plan: on which day how many contacts are planned, by whom or of which kind, against what can be called."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateField, F, Q, Value, When
from django.db.models.functions import Coalesce, Greatest

from clientela.contacts.levelling import Room
from clientela.contacts.models import ContactTask
from clientela.contacts.models.programme import spoken
from clientela.contacts.models.task import TaskQuerySet
from clientela.network.models import Dealership

DAYS = 7
AGENT, STEP = "agent", "step"


@dataclass(frozen=True)
class Cell:
    """A day of one line: how many contacts, and how many of them are due that day at the latest."""

    day: date
    count: int = 0
    last_call: int = 0


@dataclass
class Line:
    """One agent, or one kind of contact, through the week."""

    key: str
    title: str
    cells: list[Cell] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(cell.count for cell in self.cells)


@dataclass(frozen=True)
class Day:
    """A day of the week: what is planned, what can be called, and whether that is too much."""

    on: date
    planned: int
    room: int | None
    made: int
    is_today: bool

    @property
    def over(self) -> int:
        """So many more than can be called."""
        return max(0, self.planned - self.room) if self.room is not None else 0


@dataclass(frozen=True)
class Week:
    """Seven days, their lines, and what is late already."""

    days: list[Day]
    lines: list[Line]
    late: int

    @property
    def total(self) -> int:
        return sum(day.planned for day in self.days)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def planned(tasks: TaskQuerySet, today: date) -> TaskQuerySet:
    """Open contacts with the day (`on`) they stand on: as planned, else the last of their window; not in the past."""
    agreed = When(call_back_at__isnull=False, then=F("call_back_at__date"))
    day = Case(agreed, default=Coalesce("planned_on", "due_on"), output_field=DateField())
    return tasks.open().annotate(on=Greatest(day, Value(today)))


def read(house: Dealership, tasks: TaskQuerySet, first: date, by: str, room: Room | None, *, at: datetime) -> Week:
    """The week from `first` on, a line for each agent or each kind."""
    today, last = house.today(at), first + timedelta(DAYS - 1)
    name = ("assignee", "assignee__name") if by == AGENT else ("step_code", "step__names", "step__programme__names")
    inside = planned(tasks, today).filter(on__range=(first, last)).order_by()  # type: ignore[misc]  # annotated
    rows = list(inside.values("on", *name).annotate(n=Count("pk"), last_call=Count("pk", filter=Q(due_on=F("on")))))
    made = _made(house, tasks, first, last)
    per_day = Counter[date]()
    for row in rows:
        per_day[row["on"]] += row["n"]
    days = [first + timedelta(n) for n in range(DAYS)]
    return Week(
        days=[Day(day, per_day[day], _room(room, day), made[day], day == today) for day in days],
        lines=_lines(rows, name, days, by),
        late=tasks.late(at).count(),
    )


def _lines(rows: Iterable[dict[str, Any]], name: tuple[str, ...], days: list[date], by: str) -> list[Line]:
    found: dict[str, dict[date, Cell]] = {}
    titles: dict[str, str] = {}
    for row in rows:
        key = str(row[name[0]] or "")
        titles[key] = (row[name[1]] or "") if by == AGENT else f"{spoken(row[name[1]])} · {spoken(row[name[2]])}"
        found.setdefault(key, {})[row["on"]] = Cell(row["on"], row["n"], row["last_call"])
    lines = [Line(key, titles[key], [cells.get(day, Cell(day)) for day in days]) for key, cells in found.items()]
    # Who has them by name first, then what is nobody's yet.
    return sorted(lines, key=lambda line: (not line.title, line.title.casefold(), line.key))


def _made(house: Dealership, tasks: TaskQuerySet, first: date, last: date) -> Counter[date]:
    """How many were made on each of these days."""
    begins = datetime.combine(first, datetime.min.time(), house.zone)
    ends = datetime.combine(last + timedelta(1), datetime.min.time(), house.zone)
    done = tasks.filter(state=ContactTask.State.DONE, concluded_at__gte=begins, concluded_at__lt=ends)
    return Counter(dict(done.order_by().values_list("concluded_at__date").annotate(Count("pk"))))


def _room(room: Room | None, day: date) -> int | None:
    if room is None or not 0 <= room.number(day) < len(room.team):
        return None
    return room.team[room.number(day)]
