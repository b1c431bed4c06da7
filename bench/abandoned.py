"""Agents who vanish in the middle of a call (P6): what they held comes back, and everything is done exactly once.

Eight processes work off a queue. In every house eight more agents take a contact, lose their connection and are never
seen again: one in twenty contacts. When all the rest is done and the leases have run out, others take what was left.
"""

import contextlib
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context

from . import claiming, server, tasks
from .claims import CLIENTS
from .scale import AT, Scale
from .table import Figure
from .timing import seconds

#: In each house each process lets one agent vanish, after at most so many contacts.
PATIENCE = 15


@dataclass(frozen=True)
class Shift:
    """What an agent concluded, and how often she vanished."""

    done: list[int]
    vanished: int


def measure(scale: Scale) -> list[Figure]:
    count = _open(scale.claims)
    done: Counter[int] = Counter()
    vanished = 0
    with get_context("spawn").Pool(CLIENTS, claiming.begin, (scale.houses,)) as pool:

        def work(at: datetime, ghosts: bool) -> None:
            nonlocal vanished
            stints = [(number, at, ghosts, scale.houses) for number in range(1, CLIENTS + 1)]
            for shift in pool.starmap(_work_off, stints, chunksize=1):
                done.update(shift.done)
                vanished += shift.vanished

        took = seconds(lambda: work(AT, True))
        left = count - len(done)
        work(AT + timedelta(minutes=30), False)
    if left != vanished:
        raise AssertionError(f"{vanished} agents vanished, but {left} contacts were left")
    twice = sum(times - 1 for times in done.values())
    return [
        Figure(f"contacts of {count:,} not done exactly once, {vanished:,} agents vanished while holding",
               f"{count - len(done) + twice}", "0", float(count - len(done) + twice), at_most=0),
        Figure("… claims and conclusions a second", f"{len(done) / took:,.0f}/s", "", len(done) / took),
    ]  # fmt: skip


def _open(count: int) -> int:
    """So many open contacts, in all houses, and every house calls."""
    tasks.open_a_year()
    tasks.let_all_houses_call()
    with server.connect() as bench:
        bench.execute(
            "DELETE FROM contacts_contacttask WHERE id IN (SELECT id FROM contacts_contacttask ORDER BY md5(id::text)"
            " OFFSET %s)",
            [count],
        )
    tasks.tidy()
    return tasks.count()


def _work_off(number: int, at: datetime, ghosts: bool, houses: int) -> Shift:
    """Claim and conclude, house after house, until nothing is left."""
    from clientela.contacts import queue
    from clientela.network.models import User

    claiming.see_all(houses)
    luck, me = random.Random(number), User.objects.get(pk=number)
    done, vanished = [], 0
    for house in luck.sample(range(1, houses + 1), houses):
        patience = luck.randrange(PATIENCE) if ghosts else -1
        while (task := queue.claim_next(house, by=me, at=at, today=at.date())) is not None:
            claiming.conclude(task)
            done.append(task)
            if patience == 0:
                vanished += _vanish(house, number, at, houses)
            patience -= 1
    return Shift(done, vanished)


def _vanish(house: int, number: int, at: datetime, houses: int) -> int:
    """A colleague of that house takes a contact, and her connection ends; whether she had one."""
    from django.db import OperationalError, connection

    from clientela.contacts import queue
    from clientela.network.models import User

    ghost = User.objects.get(pk=CLIENTS + 12 * (house - 1) + 1 + number)
    held = queue.claim_next(house, by=ghost, at=at, today=at.date())
    with contextlib.suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    claiming.see_all(houses)
    return int(held is not None)
