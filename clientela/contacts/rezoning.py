"""A dealership moved its time zone: the windows of its open contacts end when the days end there now."""

from django.db import connection

from .models.task import RANK

# The days of a window stay, and what was agreed with a customer stays the moment it was.
_CLOSE = f"""
UPDATE contacts_contacttask k SET due_at = own.due_at,
    ranks_at = {RANK}
FROM (
    SELECT t.id, (t.due_on + 1 + t.tolerance)::timestamp AT TIME ZONE d.time_zone AS due_at
    FROM contacts_contacttask t JOIN network_dealership d ON d.id = t.dealership_id
    WHERE t.dealership_id = %(dealership)s AND t.state = 'open'
) own
WHERE own.id = k.id AND k.state = 'open' AND k.due_at <> own.due_at
"""


def follow_zone(dealership_id: int) -> int:
    """Let the open contacts of a house be due by its own clock; how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, {"dealership": dealership_id})
        return int(cursor.rowcount)
