"""Level loading: every open contact gets the day on which it is planned, so that no day overflows (issue: load).

The arithmetic is `lib/spreading.py`. Here stands what it is given: the open tasks of a house with their windows, cut
so that all tries still fit (`retrying.latest_start`), and how many calls the house can make each day.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Case, QuerySet, When

from clientela.lib.spreading import Call, spread
from clientela.network.models import CallableInterval, Dealership, Role, User

from .models import Absence, Capacity, ContactTask, ProgrammeStep
from .retrying import Tries, latest_start, open_bands, still_to_try

#: As far ahead as contacts get a day.
HORIZON = 60
#: Those whose work the lists are; a consultant calls her own customers beside other work.
FOLLOW_UP_ROLES = (Role.REPRESENTATIVE, Role.CS_SPECIALIST, Role.INFORMATION_OFFICER)

# Who is on the phone with one keeps it locked; that one is levelled the next time.
_KEEP = """
UPDATE contacts_contacttask k SET planned_on = n.day
FROM (
    SELECT t.id, u.day FROM unnest(%(ids)s::bigint[], %(days)s::date[]) AS u (id, day)
    JOIN contacts_contacttask t ON t.id = u.id AND t.dealership_id = %(dealership)s
    WHERE t.planned_on IS DISTINCT FROM u.day AND t.state = 'open'
    FOR NO KEY UPDATE OF t SKIP LOCKED
) n
WHERE k.id = n.id
"""


@dataclass(frozen=True)
class Room:
    """When a house can call, from a moment on, and how much."""

    zone: ZoneInfo
    first: date
    #: What is left of the calling hours, stretch by stretch.
    intervals: list[tuple[datetime, datetime]]
    calls_an_hour: int
    #: Whose work the lists are, and how many of them call at the same time.
    people: frozenset[int]
    agents: int
    #: Who is away on which days.
    absent: frozenset[tuple[int, date]] = frozenset()
    #: Who stands in for whom on which days.
    stand_ins: Mapping[tuple[int, date], int] = field(default_factory=dict)

    @cached_property
    def bands(self) -> dict[date, set[str]]:
        return open_bands(self.intervals, self.zone)

    @cached_property
    def one(self) -> list[int]:
        """How many calls one agent can make each day."""
        seconds: dict[int, float] = defaultdict(float)
        for starts, ends in self.intervals:
            seconds[self.number(starts.astimezone(self.zone).date())] += (ends - starts).total_seconds()
        return [int(self.calls_an_hour * seconds[day] / 3600) for day in range(HORIZON)]

    @cached_property
    def team(self) -> list[int]:
        """How many calls all agents can make each day, without those who are away."""
        away = [0] * HORIZON
        for user, day in self.absent:
            if user in self.people and 0 <= self.number(day) < HORIZON:
                away[self.number(day)] += 1
        return [max(0, self.agents - gone) * calls for gone, calls in zip(away, self.one, strict=True)]

    def of(self, user_id: int) -> list[int]:
        """How many calls this person can make each day."""
        days = (self.first + timedelta(n) for n in range(HORIZON))
        return [0 if (user_id, day) in self.absent else calls for day, calls in zip(days, self.one, strict=True)]

    def caller(self, owner: int | None, first_on: date, due_on: date) -> int | None:
        """Who calls what is `owner`'s: who stands in for her, if she is away all that time (S1-4.9)."""
        if owner is None or (owner, max(first_on, self.first)) not in self.absent:
            return owner
        return self.stand_ins.get((owner, max(due_on, self.first)), owner)

    def number(self, day: date) -> int:
        return (day - self.first).days


def room(house: Dealership, *, at: datetime) -> Room:
    """What the house can call from this moment on."""
    today = house.today(at)
    end = at + timedelta(days=HORIZON + 1)
    intervals = CallableInterval.objects.filter(dealership=house, ends_at__gt=at, starts_at__lt=end)
    capacity = Capacity.objects.filter(dealership=house).first() or Capacity(dealership=house)
    people = agents(house)
    last = today + timedelta(days=HORIZON)
    away = list(Absence.objects.filter(dealership=house, from_on__lte=last, to_on__gte=today))
    return Room(
        zone=house.zone,
        first=today,
        intervals=[
            (max(at, starts), ends)
            for starts, ends in intervals.order_by("ends_at").values_list("starts_at", "ends_at")
        ],
        calls_an_hour=capacity.calls_an_hour,
        people=frozenset(people),
        agents=capacity.agents or max(1, len(people)),
        absent=frozenset((row.user_id, day) for row in away for day in row.days(today, last)),
        stand_ins={
            (row.user_id, day): row.substitute_id for row in away if row.substitute_id for day in row.days(today, last)
        },
    )


def agents(house: Dealership) -> list[int]:
    """The people whose work the lists of this house are."""
    people = User.objects.filter(is_active=True, roles__dealership=house, roles__role__in=FOLLOW_UP_ROLES)
    return sorted(set(people.values_list("pk", flat=True)))


def level(dealership_ids: Iterable[int], *, at: datetime, anew: bool = False) -> int:
    """Give the open tasks of these houses their days; how many have another day now.

    Who has a day keeps it while it can be kept, and the new ones are levelled around them; `anew` levels all.
    """
    return sum(_keep(house, _level(house, at=at, anew=anew)) for house in _houses(dealership_ids))


def days(dealership_ids: Iterable[int], *, at: datetime, given: Mapping[int, int]) -> dict[int, date | None]:
    """The days that `level` would give, by key of the task, once those `given` belong to whom they are given to."""
    return {
        pk: day
        for house in _houses(dealership_ids)
        for pk, day in _level(house, at=at, anew=False, given=given).items()
    }


def _houses(dealership_ids: Iterable[int]) -> QuerySet[Dealership]:
    return Dealership.objects.filter(pk__in=list(dealership_ids)).order_by("pk")


@dataclass
class _Task:
    """What levelling reads of a task."""

    pk: int
    opens_on: date
    due_on: date
    callable_from: datetime
    call_back_at: datetime | None
    assignee_id: int | None
    planned_on: date | None
    attempts: int
    attempts_max: int | None
    bands_used: list[str]
    distinct_days: bool
    distinct_bands: bool
    anchor_on: date
    #: So many days after its day 0 the call plan of its visit has it (S1-4.3).
    call_plan_days: int | None

    def wanted_on(self, room: Room) -> date | None:
        """The day of the call plan, as far as the window has it; none without a plan, or once it was tried."""
        if self.call_plan_days is None or self.attempts:
            return None
        day = self.anchor_on + timedelta(self.call_plan_days)
        return max(self.first_on(room), min(day, max(self.due_on, room.first)))

    def first_on(self, room: Room) -> date:
        """The first day on which it can be called."""
        return max(self.opens_on, self.callable_from.astimezone(room.zone).date(), room.first)


_FIELDS = tuple(_Task.__dataclass_fields__)


def _level(
    house: Dealership, *, at: datetime, anew: bool, given: Mapping[int, int] | None = None
) -> dict[int, date | None]:
    its_room = room(house, at=at)
    rows = ContactTask.objects.open().filter(dealership=house).order_by("pk")
    rows = rows.filter(opens_on__lt=its_room.first + timedelta(days=HORIZON))
    first_call = When(step__anchor=ProgrammeStep.Anchor.EVENT, then="visit__file__call_plan__after_days")
    rows = rows.annotate(call_plan_days=Case(first_call))
    tasks = [_Task(*row) for row in rows.values_list("pk", *_FIELDS[1:]).iterator(chunk_size=10_000)]
    for task in tasks if given else ():
        task.assignee_id = task.assignee_id or (given or {}).get(task.pk)
    return _days(tasks, its_room, anew=anew)


def _keep(house: Dealership, days: Mapping[int, date | None]) -> int:
    """Write them down; how many are new."""
    if not days:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"ids": list(days), "days": list(days.values()), "dealership": house.pk})
        return int(cursor.rowcount)


def _days(tasks: Sequence[_Task], room: Room, *, anew: bool) -> dict[int, date | None]:
    """The day of each task that has none yet, or not any more. Others than the team's call only what is theirs."""
    start, team = _Start(room), room.people
    stays = [task for task in tasks if not anew and _keeps(task, room)]
    staying = {task.pk for task in stays}
    calls = [start.call(task) for task in tasks if task.pk not in staying]
    kept: dict[int | None, list[int]] = defaultdict(lambda: [0] * HORIZON)
    for task in stays:
        if task.planned_on and room.number(task.planned_on) < HORIZON:
            kept[start.owner(task)][room.number(task.planned_on)] += 1
    owners = {pk for task in tasks if (pk := start.owner(task)) is not None}
    ours = spread(
        [call for call in calls if call.owner is None or call.owner in team],
        room.team,
        {pk: room.of(pk) for pk in owners & team},
        kept={pk: loads for pk, loads in kept.items() if pk is None or pk in team},
    )
    theirs = spread(
        [call for call in calls if call.owner is not None and call.owner not in team],
        [0] * HORIZON,
        {pk: room.of(pk) for pk in owners - team},
        kept={pk: loads for pk, loads in kept.items() if pk is not None and pk not in team},
    )
    places = ours.places | theirs.places
    return {pk: None if place.day is None else room.first + timedelta(place.day) for pk, place in places.items()}


def _keeps(task: _Task, room: Room) -> bool:
    if not task.planned_on or task.call_back_at or task.first_on(room) > task.planned_on:
        return False
    if task.wanted_on(room) not in {None, task.planned_on}:
        return False
    if task.planned_on > max(task.due_on, room.first):
        return False  # once there was no room in its window; perhaps there is now
    owner = room.caller(task.assignee_id, task.first_on(room), task.due_on)
    return owner is None or (owner, task.planned_on) not in room.absent


class _Start:
    """The windows of tasks as calls of `spreading`; equal windows are planned backwards once."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.known: dict[tuple[date, date, Tries], date] = {}

    def owner(self, task: _Task) -> int | None:
        return self.room.caller(task.assignee_id, task.first_on(self.room), task.due_on)

    def call(self, task: _Task) -> Call:
        room, first = self.room, task.first_on(self.room)
        if task.call_back_at:
            day = room.number(max(task.call_back_at.astimezone(room.zone).date(), room.first))
            return Call(task.pk, day, day, day, self.owner(task))
        if wanted := task.wanted_on(room):
            return Call(task.pk, room.number(wanted), room.number(wanted), room.number(wanted), self.owner(task))
        return Call(
            task.pk,
            room.number(first),
            room.number(self.latest(first, task.due_on, still_to_try(task))),
            room.number(task.due_on),
            self.owner(task),
        )

    def latest(self, first: date, due_on: date, tries: Tries) -> date:
        if (first, due_on, tries) not in self.known:
            inside = {day: bands for day, bands in self.room.bands.items() if first <= day <= due_on}
            self.known[first, due_on, tries] = latest_start(inside, tries, due_on=due_on) or due_on
        return self.known[first, due_on, tries]
