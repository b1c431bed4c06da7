"""The leader's view: who is on a call, how the day goes by hour and by person, what runs late (S1-4.10a, S4-1.3.3d)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, Sum

from clientela.contacts.models import SPOKEN_TO, Attempt, Channel, ContactTask, TimeBand
from clientela.contacts.queue import LEASE
from clientela.network.models import Dealership, User

SHOWN = 12


@dataclass
class Tries:
    """Calls of some kind: how many, how many of them were answered, and how long was spoken."""

    name: str = ""
    made: int = 0
    answered: int = 0
    seconds: int = 0
    #: Longer than the ideal length of their step (S4-1.3.3d).
    too_long: int = 0

    @property
    def percent(self) -> float | None:
        """Share answered, in percent; without calls there is none."""
        return 100 * self.answered / self.made if self.made else None

    @property
    def seconds_each(self) -> int:
        """The length of an answered call on average."""
        return self.seconds // self.answered if self.answered else 0

    def count(self, row: Mapping[str, Any]) -> None:
        self.made += 1
        if row["outcome"] in SPOKEN_TO:
            seconds = int((row["at"] - row["started_at"]).total_seconds())
            self.answered += 1
            self.seconds += seconds
            self.too_long += seconds > row["task__step__ideal_seconds"]


@dataclass(frozen=True)
class OnCall:
    """Somebody who holds a contact right now, and since when."""

    task: ContactTask
    since: datetime


@dataclass
class Day:
    """The calls of one day of a house, counted every way the page shows them."""

    total: Tries = field(default_factory=Tries)
    hours: dict[int, Tries] = field(default_factory=dict)
    bands: dict[str, Tries] = field(default_factory=dict)
    people: list[tuple[User, Tries]] = field(default_factory=list)


def day(house: Dealership, *, at: datetime) -> Day:
    """Every call since midnight, by hour, by part of the day, and by who made it."""
    midnight = house.midnight(house.today(at))
    rows = Attempt.objects.filter(dealership=house, at__gte=midnight, undone_at=None, channel=Channel.PHONE)
    facts = list(rows.values("at", "started_at", "outcome", "band", "by", "task__step__ideal_seconds"))
    found, people = Day(), defaultdict[int, Tries](Tries)
    hours, bands = defaultdict[int, Tries](Tries), {band.value: Tries(str(band.label)) for band in TimeBand}
    for row in facts:
        for tries in (found.total, hours[row["at"].astimezone(house.zone).hour], bands[row["band"]], people[row["by"]]):
            tries.count(row)
    found.hours, found.bands = dict(sorted(hours.items())), bands
    names = User.objects.in_bulk(list(people))
    found.people = sorted(((names[pk], tries) for pk, tries in people.items()), key=lambda pair: -pair[1].made)
    return found


def on_calls(house: Dealership, *, at: datetime) -> list[OnCall]:
    """Who is on a contact at this moment, longest first."""
    held = ContactTask.objects.open().filter(dealership=house, leased_until__gt=at).for_list().order_by("leased_until")
    return [OnCall(task, task.leased_until - LEASE) for task in held if task.leased_until]


@dataclass(frozen=True)
class Queue:
    """What is left to do: due, late, and how many tries are left in it."""

    due: int
    late: int
    tries_left: int
    #: Of an open contact without a limit of tries.
    unlimited: int


def queue(house: Dealership, *, at: datetime) -> Queue:
    """The open contacts that can be called before the day ends."""
    end = house.midnight(house.today(at), days=1)
    due = ContactTask.objects.filter(dealership=house).due_by(end)
    return Queue(
        **due.aggregate(
            due=Count("pk"),
            late=Count("pk", filter=Q(due_at__lte=at, contacted_on=None)),
            unlimited=Count("pk", filter=Q(attempts_max=None)),
        ),
        tries_left=due.aggregate(left=Sum(F("attempts_max") - F("attempts")))["left"] or 0,
    )


def late(house: Dealership, *, at: datetime) -> Iterable[ContactTask]:
    """Those whose window closed first."""
    return (
        ContactTask.objects.filter(dealership=house)
        .late(at)
        .for_list()
        .select_related("assignee")
        .order_by("due_at", "pk")[:SHOWN]
    )
