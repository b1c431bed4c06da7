"""A seasonal day: half a year's visits due at once, against the same rows inserted plainly under the same key."""

from functools import partial

from clientela.contacts import planning
from clientela.network import tenancy

from . import server, tasks
from .rules import by_hand, rule
from .scale import AT, Scale
from .table import Figure
from .timing import in_turns, median, seconds

STEP = "gm_mexico_prc.follow_up_delivery.call_1"


def measure(scale: Scale) -> list[Figure]:
    """One step reaches as far back as `season_days`; all others rest."""
    with server.connect() as bench:
        before = bench.execute("SELECT DISTINCT catch_up_days FROM contacts_programmestep WHERE code = %s", [STEP])
        usual = before.fetchall()[0][0]
        _set(bench, scale.season_days, f"code <> '{STEP}'")
        try:
            return _measure(scale)
        finally:
            _set(bench, usual, "false")


def _set(bench: server.Connection, catch_up_days: object, resting: str) -> None:
    bench.execute("UPDATE contacts_programmestep SET catch_up_days = %s WHERE code = %s", [catch_up_days, STEP])
    bench.execute(
        f"UPDATE contacts_programme p SET active = NOT EXISTS (SELECT 1 FROM contacts_programmestep s"
        f" WHERE s.programme_id = p.id AND {resting})"
    )


def _measure(scale: Scale) -> list[Figure]:
    counts: set[int] = set()
    plain = by_hand(rule(STEP), conflict="", reach=scale.season_days)

    def made(work: "partial[None]") -> float:
        tasks.as_of_yesterday()
        took = seconds(work)
        counts.add(tasks.count())
        return took

    took = in_turns(
        1 + scale.rounds // 2,
        {"ours": partial(made, partial(_plan)), "plain": partial(made, partial(_insert, plain))},
    )
    if len(counts) != 1:
        raise AssertionError(f"Planning the season and inserting it differ: {sorted(counts)} tasks")
    new = counts.pop() - tasks.as_of_yesterday()
    ours, floor = (new / median(took[name]) for name in ("ours", "plain"))
    return [
        Figure(
            f"seasonal day, {new:,} tasks / plain INSERT",
            f"{ours:,.0f} rows/s",
            f"{floor:,.0f} rows/s",
            ours / floor,
            at_least=0.4,
        )
    ]


def _plan() -> None:
    with tenancy.everywhere():
        planning.plan(at=AT)


def _insert(statement: str) -> None:
    with server.connect() as bench:
        bench.execute(statement, {"at": AT})
