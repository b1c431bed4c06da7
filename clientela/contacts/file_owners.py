"""Whose job a new file is: of the follow-up agents designated in the house, in turn (S1-4.1, S1-4.2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

#: Files that are still to be begun and that nobody has yet, or only who represents the house by her function. Those
#: with the fewest open files come first.
_GIVE = """
WITH agents AS (
    SELECT g.dealership_id, g.user_id, count(*) OVER house AS n,
        row_number() OVER (house ORDER BY (
            SELECT count(*) FROM customers_customerfile o WHERE o.dealership_id = g.dealership_id
                AND o.owner_id = g.user_id AND o.completed_on IS NULL), g.user_id) - 1 AS place
    FROM (
        SELECT DISTINCT g.dealership_id, g.user_id FROM contacts_designation g
        JOIN network_dealership d ON d.id = g.dealership_id
        JOIN network_user u ON u.id = g.user_id AND u.is_active
        WHERE g.performer = 'follow_up_agent'
            AND (%(at)s::timestamptz AT TIME ZONE d.time_zone)::date BETWEEN g.from_on AND coalesce(g.to_on, 'infinity')
    ) g
    WINDOW house AS (PARTITION BY g.dealership_id)
), files AS (
    SELECT f.id, f.dealership_id, row_number() OVER (PARTITION BY f.dealership_id ORDER BY f.id) - 1 AS place
    FROM customers_customerfile f
    WHERE f.completed_on IS NULL AND f.state = 'due' AND {which}
        AND (f.owner_id IS NULL OR f.owner_id IN (
            SELECT m.user_id FROM network_functionmapping m
            WHERE m.dealership_id = f.dealership_id AND m.function = 'representative'))
)
UPDATE customers_customerfile f SET owner_id = a.user_id
FROM files JOIN agents a ON a.dealership_id = files.dealership_id AND a.place = files.place %% a.n
WHERE f.id = files.id
"""


def give(visit_ids: Sequence[int], *, at: datetime) -> None:
    """The files that these visits ask for."""
    _run("f.visit_id = ANY (%(visits)s)", visits=list(visit_ids), at=at)


def give_all(dealership_id: int, *, at: datetime) -> None:
    """The files of a house, once somebody is designated there."""
    _run("f.dealership_id = %(house)s", house=dealership_id, at=at)


def _run(which: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GIVE.replace("{which}", which), parameters)
