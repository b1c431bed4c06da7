"""Level loading: 100,000 calls with windows over 300 agents and thirty days, and how far from the lower bound."""

from collections.abc import Hashable
from random import Random
from typing import cast

from clientela.lib.spreading import Call, Spread, bound, peak, spread

from .scale import Scale
from .table import Figure, s
from .timing import median, seconds

CALLS, AGENTS, DAYS = 100_000, 300, 30
#: Thirty-two calls a day, half of them on Saturdays, none on Sundays: the fuller the days, the harder to level.
ONE = [0 if day % 7 == 6 else 16 if day % 7 == 5 else 32 for day in range(DAYS)]


def measure(scale: Scale) -> list[Figure]:
    return [figure for owned in (False, True) for figure in _measure(_calls(owned=owned), scale, owned=owned)]


def _calls(*, owned: bool) -> list[Call]:
    """Windows of three to seven days, most of them soon, as deliveries bring them."""
    random = Random(7)
    calls = []
    for key in range(CALLS):
        first = min(DAYS - 3, int(random.expovariate(1 / 8)))
        last = min(DAYS - 1, first + random.choice([2, 2, 2, 4, 6]))
        calls.append(Call(key, first, last, last, random.randrange(AGENTS) if owned else None))
    return calls


def _measure(calls: list[Call], scale: Scale, *, owned: bool) -> list[Figure]:
    team = [AGENTS * room for room in ONE]
    owners: dict[Hashable, list[int]] = dict.fromkeys(range(AGENTS), ONE)
    found: list[Spread] = []
    took = median([seconds(lambda: found.append(spread(calls, team, owners))) for _round in range(scale.rounds)])
    if found[0].unfit:
        raise AssertionError(f"{len(found[0].unfit)} calls do not fit; the bench is made so that all do")
    low, high = _distance(calls, found[0], team, owned=owned)
    whose = "each her own" if owned else "anybody's"
    return [
        Figure(f"level {CALLS:,} calls over {AGENTS} agents, {whose}", s(took), s(10), took / 10, at_most=1),
        # Calls are whole: less than one call away is as near as can be.
        Figure(
            "an agent's fullest day above the lower bound, calls",
            f"{high * max(ONE):.2f}",
            f"{low * max(ONE):.2f}",
            (high - low) * max(ONE),
            at_most=1,
        ),
    ]


def _distance(calls: list[Call], found: Spread, team: list[int], *, owned: bool) -> tuple[float, float]:
    """The lower bound and the fullest day: of the team, or the worst of all agents, each against her own bound."""
    if not owned:
        return bound(calls, team), peak(found.loads[None], team)
    by_owner: dict[int, list[Call]] = {agent: [] for agent in range(AGENTS)}
    for call in calls:
        by_owner[cast("int", call.owner)].append(call)
    both = [(bound(own, ONE), peak(found.loads[agent], ONE)) for agent, own in by_owner.items()]
    return max(both, key=lambda pair: pair[1] / pair[0])
