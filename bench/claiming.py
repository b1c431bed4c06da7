"""One agent's process: claims and concludes, stopping the clock in between."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter

import django

from .scale import AT


@dataclass(frozen=True)
class Stint:
    """What an agent is to do."""

    way: str
    user_id: int
    seed: int
    claims: int


@dataclass(frozen=True)
class Shift:
    """What she did: the tasks she took, and the time that taking them took."""

    taken: list[int]
    seconds: float


#: The dealerships one may be sent to; set once a process.
_houses: list[int] = []


def begin(houses: int) -> None:
    """Connect once, and see all houses for as long as the process lives."""
    django.setup()
    _houses[:] = [house for house in range(5, houses - 1) if house % 5 < 3]  # where one calls at this hour
    _see(_houses)


def see_all(houses: int) -> None:
    """Connect anew, and see every house."""
    _see(range(1, houses + 1))


def _see(houses: Iterable[int]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('clientela.dealerships', %s, false)", [",".join(map(str, houses))])


def work(stint: Stint) -> Shift:
    from clientela.network.models import User

    ways = {"ours": _ours, "orm": _orm, "request": _in_a_request}
    return _shift(ways[stint.way], User.objects.get(pk=stint.user_id), stint)


def _shift(claim: "Callable[[int, object], int | None]", user: object, stint: Stint) -> Shift:
    houses = random.Random(stint.seed)
    taken: list[int] = []
    spent = 0.0
    while len(taken) < stint.claims:
        house = houses.choice(_houses)
        begun = perf_counter()
        task = claim(house, user)
        spent += perf_counter() - begun
        if task is not None:
            conclude(task)
            taken.append(task)
    return Shift(taken, spent)


def _ours(house: int, user: object) -> int | None:
    from clientela.contacts import queue
    from clientela.network.models import User

    assert isinstance(user, User)
    return queue.claim_next(house, by=user, at=AT, today=AT.date())


def _in_a_request(house: int, user: object) -> int | None:
    from clientela.network import tenancy

    with tenancy.within([house]):
        return _ours(house, user)


def _orm(house: int, user: object) -> int | None:
    """As the documentation of Django shows it. It asks neither for one's own lease nor for one that ran out."""
    from django.db import transaction
    from django.db.models import Q

    from clientela.contacts import queue
    from clientela.contacts.models import ContactTask
    from clientela.network.models import User

    assert isinstance(user, User)
    with transaction.atomic():
        free = ContactTask.objects.filter(
            Q(assignee=None) | Q(assignee=user),
            dealership_id=house,
            state="open",
            leased_by=None,
            callable_from__lte=AT,
        )
        task = free.select_for_update(skip_locked=True).order_by("ranks_at", "id").first()
        if task is None:
            return None
        task.leased_by, task.leased_until, task.fence = user, AT + queue.LEASE, task.fence + 1
        task.save(update_fields=["leased_by", "leased_until", "fence"])
    return task.pk


def conclude(task_id: int) -> None:
    from clientela.contacts.models import ContactTask

    ContactTask.objects.filter(pk=task_id).update(state="done", concluded_at=AT, leased_by=None, leased_until=None)
