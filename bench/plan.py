"""Planning a day with its backlog, against one INSERT … SELECT of the same rule into the same table."""

from clientela.contacts import planning
from clientela.network import tenancy

from . import tasks
from .scale import AT, Scale
from .table import Figure, s
from .timing import in_turns, median, seconds


def measure(scale: Scale) -> list[Figure]:
    counts: set[int] = set()
    again: list[float] = []

    def ours() -> float:
        took = first_day()
        counts.add(tasks.count())
        again.append(seconds(plan))
        counts.add(tasks.count())
        return took

    def floor() -> float:
        tasks.empty()
        took = seconds(tasks.plan_by_hand)
        counts.add(tasks.count())
        return took

    took = in_turns(scale.rounds, {"ours": ours, "floor": floor})
    if len(counts) != 1:
        raise AssertionError(f"Planning, planning again and planning by hand differ: {sorted(counts)} tasks")
    plan_s, floor_s, again_s = median(took["ours"]), median(took["floor"]), median(again)
    return [
        Figure(f"plan a day, {counts.pop():,} tasks / bare SQL", s(plan_s), s(floor_s), plan_s / floor_s, at_most=3),
        Figure("plan it again, 0 new / the first time", s(again_s), s(plan_s), again_s / plan_s, at_most=1),
    ]


def first_day() -> float:
    """What planning into an empty table takes, its commit included."""
    tasks.empty()
    return seconds(plan)


def plan() -> None:
    with tenancy.everywhere():
        planning.plan(at=AT)
