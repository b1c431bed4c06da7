"""The task table between the rounds: emptied, planned by hand, or with a year of open tasks."""

from datetime import date, timedelta

from . import server
from .scale import AT, TODAY

# The shipped rule, written by hand with the preset's numbers in it: three to five days after each delivery, planned a
# week ahead, caught up for 45 days. Calls begin at nine; the product looks into each house's calendar instead.
BY_HAND = """
INSERT INTO contacts_contacttask (
    dealership_id, step_id, step_code, anchor, visit_id, customer_id, vehicle_id,
    window_from, window_to, attempts_max, distinct_days, distinct_bands,
    opens_on, due_on, due_at, ranks_at, callable_from, planned_at, state, attempts, bands_used, fence)
SELECT d.id, s.id, s.code, 'visit:' || v.id, v.id, v.customer_id, v.vehicle_id,
    3, 5, 3, true, true, v.delivered_on + 3, v.delivered_on + 5,
    (v.delivered_on + 6)::timestamp AT TIME ZONE d.time_zone, (v.delivered_on + 6)::timestamp AT TIME ZONE d.time_zone,
    (v.delivered_on + 3 + time '9:00') AT TIME ZONE d.time_zone, %(at)s, 'open', 0, '{}', 0
FROM network_dealership d
JOIN contacts_programmestep s ON s.dealership_id = d.id
JOIN customers_visit v ON v.dealership_id = d.id
WHERE v.cancelled_at IS NULL
    AND v.delivered_on BETWEEN coalesce(%(since)s::date, (%(at)s AT TIME ZONE d.time_zone)::date - 45)
        AND (%(at)s AT TIME ZONE d.time_zone)::date + 4
ON CONFLICT (step_code, anchor) DO NOTHING
"""


def empty() -> None:
    with server.connect() as connection:
        connection.execute("TRUNCATE contacts_contacttask RESTART IDENTITY CASCADE")
        connection.execute("CHECKPOINT")


def plan_by_hand(since: date | None = None) -> int:
    """How many tasks the bare statement inserted."""
    with server.connect() as connection:
        return connection.execute(BY_HAND, {"at": AT, "since": since}).rowcount


def open_a_day() -> None:
    """The list as a morning finds it."""
    empty()
    plan_by_hand()
    tidy()


def open_a_year() -> int:
    """A backlog no house should have: every visit of a year still open. How many tasks."""
    empty()
    count = plan_by_hand(TODAY - timedelta(days=365))
    with server.connect() as connection:
        connection.execute("DELETE FROM contacts_contacttask WHERE callable_from > %s", [AT])
    tidy()
    return count


def count() -> int:
    with server.connect() as connection:
        row = connection.execute("SELECT count(*) FROM contacts_contacttask").fetchone()
    assert row
    return int(str(row[0]))


def tidy() -> None:
    with server.connect() as connection:
        connection.execute("VACUUM ANALYZE contacts_contacttask")
        connection.execute("CHECKPOINT")
