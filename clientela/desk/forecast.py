"""What the page of the forecast shows: thirty days of calls against what the house can call, as a chart and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from clientela.contacts import forecasting, levelling
from clientela.contacts.forecasting import Change, Load
from clientela.contacts.levelling import Room
from clientela.contacts.models import ContactTask
from clientela.contacts.models.task import TaskQuerySet
from clientela.network.models import Dealership, User
from clientela.network.paging import Page, page_after

#: The chart's paper, in its own units.
WIDTH, LEFT, TOP, FOOT = 940, 40, 14, 200
#: Room that is so many times the fullest day is told in words: drawn, it would leave no height for the bars.
AMPLE = 4


@dataclass(frozen=True)
class Bar:
    """A day in the chart; lengths are text, so that no language writes them with a comma."""

    load: Load
    x: str
    width: str
    known: tuple[str, str]
    expected: tuple[str, str]
    unfit: tuple[str, str]
    room: str
    middle: str
    number_y: str


@dataclass(frozen=True)
class Chart:
    """The bars, and the figures of the axis with their heights."""

    bars: list[Bar]
    axis: list[tuple[int, str]]
    #: Whether the room is too far above the bars to be drawn.
    ample: bool


@dataclass(frozen=True)
class Outlook:
    """A forecast read once: its days, and the calls behind the day that was chosen."""

    loads: list[Load]
    page: Page[ContactTask] | None

    @property
    def calls(self) -> int:
        return sum(load.calls for load in self.loads)

    @property
    def room(self) -> int:
        return sum(load.room for load in self.loads)

    @property
    def unfit(self) -> int:
        return sum(load.unfit for load in self.loads)

    @property
    def fullest(self) -> Load | None:
        """The day with the highest share of its room used."""
        return max(
            (load for load in self.loads if load.calls and load.room), key=lambda load: load.percent or 0, default=None
        )


def people(house: Dealership) -> list[User]:
    """Whose calls can be looked at alone: the team, and who else has calls of her own."""
    return list(
        User.objects.filter(pk__in={*levelling.agents(house), *forecasting.owners(house)}).order_by("name", "pk")
    )


def read(
    house: Dealership, room: Room, asked: dict[str, Any], *, at: datetime, change: Change | None, after: str | None
) -> Outlook:
    """The house as it will be, with a change or without."""
    with forecasting.as_if(house, at=at, expect=not asked.get("known"), change=change):
        tasks = _chosen(house, room, asked)
        capacity = room.of(asked["team"]) if asked.get("team") else room.team
        loads = forecasting.loads(tasks, room, capacity)
        page = _page(tasks, asked["day"], room, after) if asked.get("day") else None
    return Outlook(loads, page)


def _chosen(house: Dealership, room: Room, asked: dict[str, Any]) -> TaskQuerySet:
    tasks = ContactTask.objects.open().filter(dealership=house)
    if asked.get("programme"):
        tasks = tasks.filter(step__programme=asked["programme"])
    if asked.get("team"):
        return tasks.filter(assignee=asked["team"])
    return tasks.filter(Q(assignee__isnull=True) | Q(assignee__in=room.people))


def _page(tasks: TaskQuerySet, day: date, room: Room, after: str | None) -> Page[ContactTask]:
    rows = forecasting.planned_for(tasks, day, room.first).select_related("customer", "vehicle", "visit", "step")
    return page_after(rows.defer("step__script", "step__sources"), ("ranks_at", "pk"), after)


# The chart ---------------------------------------------------------------------------------------------------


def chart(loads: Sequence[Load], others: Sequence[Load] = ()) -> Chart:
    """The chart of `loads`, on the scale of `others` too, so that two of them can be laid side by side."""
    fullest = max((load.calls + load.unfit for load in (*loads, *others)), default=0)
    most = max((load.room for load in (*loads, *others)), default=0)
    ample = most > AMPLE * max(fullest, 1)
    top = _round_up(max(fullest, 0 if ample else most, 4))
    wide = (WIDTH - LEFT) / max(len(loads), 1)
    bars = [_bar(load, LEFT + n * wide, wide, top) for n, load in enumerate(loads)]
    return Chart(bars, [(figure, _y(figure, top)) for figure in (0, top // 2, top)], ample)


def _bar(load: Load, x: float, wide: float, top: int) -> Bar:
    def piece(start: int, count: int) -> tuple[str, str]:
        return _y(start + count, top), f"{(FOOT - TOP) * count / top:.1f}"

    return Bar(
        load=load,
        x=f"{x:.1f}",
        width=f"{wide - 4:.1f}",
        known=piece(0, load.known),
        expected=piece(load.known, load.expected),
        unfit=piece(load.calls, load.unfit),
        room=_y(min(load.room, top), top) if load.room else "",
        middle=f"{x + wide / 2 - 2:.1f}",
        number_y=f"{float(_y(load.calls + load.unfit, top)) - 4:.1f}",
    )


def _y(value: int, top: int) -> str:
    return f"{FOOT - (FOOT - TOP) * value / top:.1f}"


def _round_up(value: int) -> int:
    """The next even figure that reads well on an axis: 4, 10, 20, 40, 50, 100 …"""
    size = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * size:
                return step * size
        size *= 10
