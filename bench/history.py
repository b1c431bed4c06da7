"""What was called before the benchmark's day: first calls that were made, for the second ones; and some refused."""

from . import server
from .rules import AFTER_SALES, MAZDA, by_hand, rule
from .scale import AT

_CALLED = """
UPDATE contacts_contacttask SET state = CASE step_code WHEN %(refused)s THEN 'refused' ELSE 'done' END,
    concluded_at = least(%(at)s - interval '1 hour', callable_from + interval '1 day' * (visit_id %% 3 + 0.1)),
    attempts = 1, timing = 'in_window'
"""


def make(connection: server.Connection) -> None:
    """Three of four first calls after sales of two months were made; one in ten Chilean customers refused."""
    called, refused = rule(f"{AFTER_SALES}.call_1"), rule(f"{MAZDA}.call_1")
    connection.execute(by_hand(called, reach=60), {"at": AT})
    connection.execute("DELETE FROM contacts_contacttask WHERE visit_id %% 4 = 0 OR anchor_on > %s::date - 6", [AT])
    connection.execute(by_hand(refused, reach=400), {"at": AT})
    connection.execute(
        "DELETE FROM contacts_contacttask WHERE step_code = %s AND customer_id %% 10 > 0", [refused.step]
    )
    connection.execute(_CALLED, {"refused": refused.step, "at": AT})
    connection.execute("CREATE TABLE bench_history AS SELECT * FROM contacts_contacttask")
    connection.execute("TRUNCATE contacts_contacttask CASCADE")


def bring_back(connection: server.Connection) -> int:
    """Into the empty table; how many."""
    count = connection.execute("INSERT INTO contacts_contacttask SELECT * FROM bench_history").rowcount
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('contacts_contacttask', 'id'), coalesce(max(id), 0) + 1)"
        " FROM bench_history"
    )
    return count
