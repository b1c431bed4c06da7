"""Rows that come again: which earlier files brought them first, so that those are not taken back unseen."""

from typing import Any


def count(cursor: Any, parameters: dict[str, Any]) -> dict[int, int]:
    """By the run that opened it, how many visits, listed customers and listed vehicles this file tells of once more."""
    cursor.execute(_AGAIN, parameters)
    return dict(cursor.fetchall())


_AGAIN = """
SELECT earlier, count(*) FROM (
    SELECT v.run FROM customers_arrival a
    JOIN customers_visit v ON v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    WHERE a.run = %(run)s AND a.kind NOT IN ('customers', 'vehicles')
    UNION ALL
    SELECT c.run FROM customers_arrival a JOIN customers_customer c ON c.id = a.customer
    WHERE a.run = %(run)s AND a.kind = 'customers'
    UNION ALL
    SELECT w.run FROM customers_arrival a JOIN customers_vehicle w ON w.id = a.vehicle
    WHERE a.run = %(run)s AND a.kind = 'vehicles'
) known (earlier) WHERE earlier <> %(run)s GROUP BY earlier
"""
