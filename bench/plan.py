"""Planning a day with its backlog: all shipped rules, against an INSERT … SELECT a rule into the same table.

The product's side is the whole of it: tasks, giving them to the designated, and the day that levelling finds for each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import perf_counter
from typing import Any
from unittest.mock import patch

from clientela.contacts import allocating, levelling, planning
from clientela.network import tenancy

from . import rules, server, tasks
from .filling import GIANT
from .scale import AT, Scale
from .table import Figure, ms, s
from .timing import in_turns, median, seconds

#: What each part of planning took, run by run.
Parts = dict[str, list[float]]
Within = Callable[[], AbstractContextManager[None]]


def measure(scale: Scale) -> list[Figure]:
    return [*_a_day(scale), *_by_house(scale)]


# A day --------------------------------------------------------------------------------------------------------------


def _a_day(scale: Scale) -> list[Figure]:
    counts: set[int] = set()
    again: list[float] = []
    parts: Parts = defaultdict(list)

    def ours() -> float:
        with timed(parts):
            took = first_day()
        counts.add(tasks.count())
        again.append(seconds(plan))
        counts.add(tasks.count())
        return took

    def floor() -> float:
        tasks.as_of_yesterday()
        took = seconds(rules.plan)
        counts.add(tasks.count())
        return took

    took = in_turns(scale.rounds, {"ours": ours, "floor": floor})
    if len(counts) != 1:
        raise AssertionError(f"Planning, planning again and planning by hand differ: {sorted(counts)} tasks")
    new = counts.pop() - tasks.as_of_yesterday()
    plan_s, floor_s, again_s = median(took["ours"]), median(took["floor"]), median(again)
    choose_s, level_s, both_s = (median(parts[name]) for name in ("choose", "level", "both"))
    write_s, alone = both_s - choose_s - level_s, plan_s - both_s
    return [
        Figure(f"plan a day, {new:,} new tasks / bare SQL", s(plan_s), s(floor_s), plan_s / floor_s, at_most=3),
        Figure("… of which tasks / bare SQL", s(alone), s(floor_s), alone / floor_s),
        Figure("… of which choosing who calls / bare SQL", s(choose_s), s(floor_s), choose_s / floor_s),
        Figure("… of which choosing the days / bare SQL", s(level_s), s(floor_s), level_s / floor_s),
        Figure("… of which writing who and when / bare SQL", s(write_s), s(floor_s), write_s / floor_s),
        Figure("plan it again, 0 new / the first time", s(again_s), s(plan_s), again_s / plan_s, at_most=1),
    ]


@contextmanager
def timed(parts: Parts) -> Iterator[None]:
    """Note how long these take inside of planning."""

    def noting(part: str, work: Any) -> Any:
        def measured(*args: Any, **kwargs: Any) -> Any:
            begun = perf_counter()
            found = work(*args, **kwargs)
            parts[part].append(perf_counter() - begun)
            return found

        return measured

    with (
        patch.object(allocating, "choose", noting("choose", allocating.choose)),
        patch.object(levelling, "days", noting("level", levelling.days)),
        patch.object(planning, "_share_out", noting("both", planning._share_out)),
    ):
        yield


def first_day() -> float:
    """What planning the day takes, its commit included."""
    tasks.as_of_yesterday()
    return seconds(plan)


def plan(houses: list[int] | None = None) -> None:
    with tenancy.everywhere():
        planning.plan(at=AT, dealership_ids=houses)


# House by house -----------------------------------------------------------------------------------------------------


def _by_house(scale: Scale) -> list[Figure]:
    counts: set[int] = set()

    def whole() -> float:
        took = first_day()
        counts.add(tasks.count())
        return took

    def one_by_one() -> None:
        for house in range(1, scale.houses + 1):
            plan([house])

    def each() -> float:
        tasks.as_of_yesterday()
        took = seconds(one_by_one)
        counts.add(tasks.count())
        return took

    took = in_turns(1 + scale.rounds // 2, {"whole": whole, "each": each})
    if len(counts) != 1:
        raise AssertionError(f"Planning all and planning house by house differ: {sorted(counts)} tasks")
    whole_s, each_s = median(took["whole"]), median(took["each"])
    return [
        Figure(f"plan {scale.houses} houses one by one / all", s(each_s), s(whole_s), each_s / whole_s, at_most=4),
        *_one_house(scale),
    ]


def _one_house(scale: Scale) -> list[Figure]:
    """Houses without a tenth of all customers: two of each country, their day planned anew."""
    houses = range(GIANT + 1, min(scale.houses, GIANT + 10) + 1)

    def plan_anew(house: int, within: Within) -> float:
        with server.connect() as connection:
            connection.execute(_FORGET, [house])
        with within():
            return seconds(partial(planning.plan, at=AT, dealership_ids=[house]))

    ways: dict[str, Callable[[int], Within]] = {
        "on schedule": lambda _house: tenancy.everywhere,
        "in a request": lambda house: partial(tenancy.within, [house]),
    }
    first_day()
    found = []
    for name, within in ways.items():
        took = [plan_anew(house, within(house)) for _round in range(scale.rounds) for house in houses]
        title = f"one house planned anew {name} / 100 ms"
        found.append(Figure(title, ms(median(took)), ms(0.1), median(took) / 0.1, at_most=1))
    return found


_FORGET = "DELETE FROM contacts_contacttask WHERE dealership_id = %s AND state = 'open'"
