"""Taking the next contact, eight at a time, against an UPDATE by key and against the ORM.

Whoever holds a task gets the same one again, so each claim is followed by an UPDATE that concludes the task. It is on
every side and outside of what is timed: pgbench reports each statement by itself, the processes stop their clock.
"""

import os
import re
import subprocess
from functools import partial
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from tempfile import TemporaryDirectory

from clientela.contacts import queue
from clientela.lib import postgres

from . import claiming, tasks
from .claiming import Stint
from .filling import GIANT
from .scale import AT, TODAY, Scale
from .table import Figure, ms
from .timing import in_turns, median

CLIENTS = 8
LEASE_BY_KEY = (
    "UPDATE contacts_contacttask SET leased_by_id = :me, leased_until = :until, fence = fence + 1 WHERE id = :key"
)
CONCLUDE = (
    "UPDATE contacts_contacttask SET state = 'done', concluded_at = :at, leased_by_id = NULL, leased_until = NULL"
    " WHERE id = {task};"
)


def measure(scale: Scale) -> list[Figure]:
    count = tasks.open_a_year()
    tasks.let_all_houses_call()
    return [*_in_sql(scale, count), *_from_django(scale)]


# In SQL: pgbench runs the product's own statement under the application's role and row policies. --------------------


def _in_sql(scale: Scale, count: int) -> list[Figure]:
    each = scale.claims // scale.rounds // CLIENTS
    claim = _in_pgbench_words(queue._CLAIM) + " \\gset\n" + CONCLUDE.format(task=":id")
    # Of each five houses three call at this hour; the others sleep.
    spread = f"\\set house 5 * random(1, {scale.houses // 5 - 1}) + random(0, 2)\n"
    hot = f"\\set house {GIANT}\n"
    by_key = f"\\set key random(1, {count})\n{LEASE_BY_KEY};\n{CONCLUDE.format(task=':key')}"
    took = in_turns(
        scale.rounds,
        {
            "spread": partial(_pgbench, spread + claim, each, scale),
            "key": partial(_pgbench, by_key, each, scale),
            "hot": partial(_pgbench, hot + claim, each, scale),
        },
    )
    spread_s, key_s, hot_s = (median(took[name]) for name in ("spread", "key", "hot"))
    return [
        Figure("claims a second / UPDATE by key", _rate(spread_s), _rate(key_s), key_s / spread_s, at_least=0.5),
        Figure("all on one house / spread over houses", _rate(hot_s), _rate(spread_s), spread_s / hot_s, at_least=0.5),
    ]


def _in_pgbench_words(statement: str) -> str:
    named = re.sub(r"%\((\w+)\)s", r":\1", statement).strip()
    named = named.replace(":dealership", ":house").replace(":department", "0")
    return named.replace(":performs", "ARRAY['representative']").replace(":today", f"'{TODAY}'::date")


def _pgbench(script: str, each: int, scale: Scale) -> float:
    """Seconds that one claim takes on average with eight clients at once."""
    tasks.tidy()
    at, until = (f"'{moment.isoformat()}'::timestamptz" for moment in (AT, AT + queue.LEASE))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claim.sql"
        me = "\\set me :client_id + 1\n"
        path.write_text(me + re.sub(r":until\b", until, re.sub(r":at\b", at, script)))
        flags = [
            "--no-vacuum",
            "--report-per-command",
            "--protocol=prepared",
            "--jobs=2",
            f"--client={CLIENTS}",
            f"--transactions={each}",
        ]
        application = postgres.address(os.environ["BENCH_SUPERUSER"], postgres.APPLICATION)
        command = [str(postgres.tool("pgbench")), *flags, f"--file={path}", application]
        houses = ",".join(map(str, range(1, scale.houses + 1)))
        seen = {"PGOPTIONS": f"-c clientela.dealerships={houses}"}
        ran = subprocess.run(
            command, env=os.environ | seen, stdout=subprocess.PIPE, text=True, check=True
        )  # errors show
    return _latency(ran.stdout)


def _latency(said: str) -> float:
    """Of the first statement, in seconds: pgbench gives milliseconds, failures, text."""
    found = re.search(r"^\s+([\d.]+)\s+\d+\s+UPDATE", said, re.MULTILINE)
    if not found:
        raise AssertionError(f"pgbench timed no UPDATE:\n{said}")
    return float(found[1]) / 1000


def _rate(latency: float) -> str:
    return f"{CLIENTS / latency:,.0f}/s"


# From Django: eight processes, each an agent of her own. ------------------------------------------------------------


def _from_django(scale: Scale) -> list[Figure]:
    taken: list[int] = []
    each = scale.claims // scale.rounds // CLIENTS
    with get_context("spawn").Pool(CLIENTS, claiming.begin, (scale.houses,)) as pool:
        took = in_turns(
            scale.rounds,
            {
                "ours": partial(_claim, pool, "ours", each, taken),
                "orm": partial(_claim, pool, "orm", each // 5, taken),
                "request": partial(_claim, pool, "request", each // 5, taken),
            },
        )
    ours, orm, request = (median(took[name]) for name in ("ours", "orm", "request"))
    doubled = len(taken) - len(set(taken))
    return [
        Figure("claim_next / ORM select_for_update, save", ms(ours), ms(orm), orm / ours, at_least=3),
        Figure("… in the transaction of a request / ORM", ms(request), ms(orm), orm / request),
        Figure("double claims / claims from Django", f"{doubled}", f"{len(taken):,}", float(doubled), at_most=0),
    ]


def _claim(pool: Pool, way: str, each: int, taken: list[int]) -> float:
    tasks.tidy()
    stints = [Stint(way=way, user_id=number + 1, seed=len(taken) + number, claims=each) for number in range(CLIENTS)]
    shifts = pool.map(claiming.work, stints, chunksize=1)
    for shift in shifts:
        taken.extend(shift.taken)
    return sum(shift.seconds for shift in shifts) / sum(len(shift.taken) for shift in shifts)
