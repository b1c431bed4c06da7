"""The task table between the rounds: emptied, with what was called before, or with a year of open tasks."""

from datetime import date, timedelta

from . import history, server
from .scale import AT, TODAY

# A list without rules: one task a visit, in every house for the first step its representative has.
ONE_EACH = """
INSERT INTO contacts_contacttask (
    dealership_id, step_id, step_code, anchor, visit_id, customer_id, vehicle_id,
    window_from, window_to, attempts_max, distinct_days, distinct_bands, anchor_on, performer, step_version, from_unit,
    to_unit, closed_days, tolerance, timing,
    opens_on, due_on, due_at, ranks_at, callable_from, planned_at, state, attempts, bands_used, fence)
SELECT d.id, s.id, s.code, 'visit:' || v.id, v.id, v.customer_id, v.vehicle_id,
    3, 5, 3, true, true, v.delivered_on, 'representative', 1, 'calendar_day', 'calendar_day', 'keep', 0, '',
    v.delivered_on + 3, v.delivered_on + 5,
    (v.delivered_on + 6)::timestamp AT TIME ZONE d.time_zone, (v.delivered_on + 6)::timestamp AT TIME ZONE d.time_zone,
    (v.delivered_on + 3 + time '9:00') AT TIME ZONE d.time_zone, %(at)s, 'open', 0, '{}', 0
FROM network_dealership d
JOIN (
    SELECT DISTINCT ON (dealership_id) * FROM contacts_programmestep WHERE anchor = 'event' ORDER BY dealership_id, id
) s ON s.dealership_id = d.id
JOIN customers_visit v ON v.dealership_id = d.id
WHERE v.cancelled_at IS NULL
    AND v.delivered_on BETWEEN coalesce(%(since)s::date, (%(at)s AT TIME ZONE d.time_zone)::date - 45)
        AND (%(at)s AT TIME ZONE d.time_zone)::date + 4
"""


def empty() -> None:
    with server.connect() as connection:
        connection.execute("TRUNCATE contacts_contacttask RESTART IDENTITY CASCADE")
        connection.execute("CHECKPOINT")


def as_of_yesterday() -> int:
    """Only what was called before today; how many tasks."""
    with server.connect() as connection:
        connection.execute("TRUNCATE contacts_contacttask RESTART IDENTITY CASCADE")
        known = history.bring_back(connection)
        connection.execute("ANALYZE contacts_contacttask")
        connection.execute("CHECKPOINT")
    return known


def open_one_each(since: date | None = None) -> int:
    with server.connect() as connection:
        return connection.execute(ONE_EACH, {"at": AT, "since": since}).rowcount


def open_a_day() -> None:
    """The list as a morning finds it."""
    empty()
    open_one_each()
    tidy()


def open_a_year() -> int:
    """A backlog no house should have: every visit of a year still open. How many tasks."""
    empty()
    count = open_one_each(TODAY - timedelta(days=365))
    with server.connect() as connection:
        connection.execute("DELETE FROM contacts_contacttask WHERE callable_from > %s", [AT])
    tidy()
    return count


def let_all_houses_call() -> None:
    """Whatever the hour there: what is measured is taking a contact, not waiting for one."""
    with server.connect() as connection:
        connection.execute(
            "INSERT INTO network_callableinterval (dealership_id, starts_at, ends_at)"
            " SELECT id, %(at)s::timestamptz - interval '1 hour', %(at)s::timestamptz + interval '1 hour'"
            " FROM network_dealership",
            {"at": AT},
        )


def count(visits: int | None = None) -> int:
    """How many tasks there are; of the first so many visits only."""
    with server.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM contacts_contacttask WHERE %(visits)s::bigint IS NULL OR visit_id <= %(visits)s",
            {"visits": visits},
        ).fetchone()
    assert row
    return int(str(row[0]))


def tidy() -> None:
    with server.connect() as connection:
        connection.execute("VACUUM ANALYZE contacts_contacttask")
        connection.execute("CHECKPOINT")
