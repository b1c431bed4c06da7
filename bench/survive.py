"""Exactly once: four planners plan day after day while clients, backends and once the whole server are killed.

Afterwards one more planner runs, and what is there is compared with what a single undisturbed planner makes.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from ctypes import c_bool, c_int
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.sharedctypes import RawValue
from time import monotonic, sleep
from typing import Any

from django.db import InterfaceError, OperationalError, connection, connections

from clientela.contacts import planning
from clientela.network import tenancy

from . import server, tasks
from .scale import AT, Scale
from .table import Figure

PLANNERS = 4
#: Each starts with the backlog of 45 days.
DAYS = [AT - timedelta(days=ago) for ago in range(14, -1, -1)]
#: A run must be short enough to end between two kills now and then.
HOUSES = list(range(2, 14))
FORK = get_context("fork")  # a planner is back at once: what it needs is loaded already

_TASKS = """
SELECT step_code, anchor, dealership_id, visit_id, customer_id, vehicle_id, anchor_on, opens_on, due_on, due_at,
    callable_from, state
FROM contacts_contacttask
"""
_BUSY = "FROM pg_stat_activity WHERE usename = 'clientela_app' AND datname = current_database() AND state <> 'idle'"


def measure(scale: Scale) -> list[Figure]:
    expected = _made_by(_plan_undisturbed)
    chaos = Chaos(random.Random(7), scale.kills)
    found = _made_by(chaos.run)
    keys = Counter((task[0], task[1]) for task in found.elements())
    doubled = sum(count - 1 for count in keys.values())
    missing, besides = (expected - found).total(), (found - expected).total()
    return [
        Figure(
            f"tasks doubled or amiss after {chaos.killed['client']} clients, {chaos.killed['backend']} backends killed",
            f"{doubled + missing + besides}",
            f"{expected.total():,}",
            float(doubled + missing + besides),
            at_most=0,
        ),
        Figure(
            "… and the server stopped at once; planning runs broken / made",
            f"{chaos.broken:,}",
            f"{chaos.made:,}",
            chaos.broken / max(1, chaos.made),
        ),
    ]


def _made_by(work: Callable[[], object]) -> "Counter[tuple[object, ...]]":
    tasks.as_of_yesterday()
    work()
    with server.connect() as bench:
        return Counter(bench.execute(_TASKS).fetchall())


def _plan_undisturbed() -> None:
    for day in DAYS:
        _plan(day)


def _plan(day: datetime) -> None:
    with tenancy.everywhere():
        planning.plan(at=day, dealership_ids=HOUSES)


# A planner ----------------------------------------------------------------------------------------------------------


@dataclass
class Progress:
    """What a planner and who kills it both see; it outlives a kill."""

    days: Any = field(default_factory=lambda: RawValue(c_int, 0))
    begun: Any = field(default_factory=lambda: RawValue(c_int, 0))
    stop: Any = field(default_factory=lambda: RawValue(c_bool, False))


def _work(progress: Progress) -> None:
    """Day after day, and round again; a day that broke is planned again, whoever begins it anew."""
    while not progress.stop.value:
        progress.begun.value += 1
        try:
            _plan(DAYS[progress.days.value % len(DAYS)])
        except (OperationalError, InterfaceError):
            connection.close()
            sleep(0.05)
        else:
            progress.days.value += 1
    os._exit(0)


# Who kills ----------------------------------------------------------------------------------------------------------


class Chaos:
    """Half of the kills hit clients, half backends; in the middle the server goes."""

    def __init__(self, luck: random.Random, kills: int) -> None:
        self.luck, self.kills = luck, kills
        self.killed: Counter[str] = Counter()
        self.progress = [Progress() for _planner in range(PLANNERS)]

    @property
    def made(self) -> int:
        return sum(int(progress.days.value) for progress in self.progress)

    @property
    def broken(self) -> int:
        return sum(int(progress.begun.value) for progress in self.progress) - self.made

    def run(self) -> None:
        connections.close_all()  # a fork must not share one
        self.planners = [self._start(progress) for progress in self.progress]
        ways = ["client", "backend"] * (self.kills // 2)
        self.luck.shuffle(ways)
        for number, way in enumerate(ways):
            sleep(self.luck.uniform(0.02, 0.5))
            if number == self.kills // 2:
                server.stop_at_once()
                sleep(0.2)
                server.start_again()
            {"client": self._kill_a_client, "backend": self._kill_a_backend}[way]()
        self._until(lambda: max(progress.days.value for progress in self.progress) >= len(DAYS))
        for progress in self.progress:
            progress.stop.value = True
        for planner in self.planners:
            planner.join()
        _plan(DAYS[-1])

    def _start(self, progress: Progress) -> Any:
        planner = FORK.Process(target=_work, args=(progress,))
        planner.start()
        return planner

    def _kill_a_client(self) -> None:
        number = self.luck.randrange(PLANNERS)
        planner = self.planners[number]
        os.kill(planner.pid, signal.SIGKILL)
        planner.join()
        self.killed["client"] += planner.exitcode == -signal.SIGKILL
        self.planners[number] = self._start(self.progress[number])

    def _kill_a_backend(self) -> None:
        """One that is at work; there is always one soon."""
        self._until(partial(self._terminate, self.luck.random()))
        self.killed["backend"] += 1

    def _terminate(self, place: float) -> bool:
        with server.connect() as bench:
            busy = sorted(bench.execute(f"SELECT pid {_BUSY}").fetchall())
            if not busy:
                return False
            pid = busy[int(place * len(busy))][0]
            row = bench.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone()
        return bool(row and row[0])

    def _until(self, happened: Callable[[], bool]) -> None:
        patience = monotonic() + 300
        while not happened():
            if monotonic() > patience:
                raise AssertionError("The planners make no progress")
            sleep(0.02)
