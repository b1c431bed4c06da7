"""Agents who vanish in the middle of a call (P6): what they held comes back, and everything is done exactly once.

Eight processes work off a queue. Again and again one is taken by a colleague of the house whose connection then ends
and who is never seen again. When all the rest is done and the leases have run out, others take what was left.
"""

import contextlib
import random
from collections import Counter
from datetime import datetime, timedelta
from multiprocessing import get_context

from . import claiming, server, tasks
from .claims import CLIENTS
from .scale import AT, Scale
from .table import Figure
from .timing import seconds

#: After so many contacts a colleague takes one and vanishes: with who sits there twice, about one contact in twenty.
EVERY = 9


def measure(scale: Scale) -> list[Figure]:
    count = _open(scale.claims)
    done: Counter[int] = Counter()
    with get_context("spawn").Pool(CLIENTS, claiming.begin, (scale.houses,)) as pool:

        def work(at: datetime, ghosts: bool) -> None:
            stints = [(number, at, ghosts, scale.houses) for number in range(1, CLIENTS + 1)]
            for found in pool.starmap(_work_off, stints, chunksize=1):
                done.update(found)

        took = seconds(lambda: work(AT, True))
        vanished = _held()
        work(AT + timedelta(minutes=30), False)
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


def _held() -> int:
    """Contacts that lie with agents who vanished."""
    with server.connect() as bench:
        row = bench.execute(
            "SELECT count(*) FROM contacts_contacttask WHERE state = 'open' AND leased_by_id > %s", [CLIENTS]
        ).fetchone()
    return int(str(row[0])) if row else 0


def _work_off(number: int, at: datetime, ghosts: bool, houses: int) -> list[int]:
    """Claim and conclude, house after house, until nothing is left; the contacts concluded."""
    from clientela.contacts import queue
    from clientela.network.models import User

    claiming.see_all(houses)
    luck, me = random.Random(number), User.objects.get(pk=number)
    done: list[int] = []
    for house in luck.sample(range(1, houses + 1), houses):
        while (task := queue.claim_next(house, by=me, at=at, today=at.date())) is not None:
            claiming.conclude(task)
            done.append(task)
            if ghosts and len(done) % EVERY == 0:
                _vanish(house, luck.randint(1, CLIENTS), at, houses)
    return done


def _vanish(house: int, number: int, at: datetime, houses: int) -> None:
    """A colleague of that house takes a contact, and her connection ends."""
    from django.db import OperationalError, connection

    from clientela.contacts import queue
    from clientela.network.models import User

    ghost = User.objects.get(pk=CLIENTS + 12 * (house - 1) + 1 + number)
    queue.claim_next(house, by=ghost, at=at, today=at.date())
    with contextlib.suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    claiming.see_all(houses)
