"""Whose car it is follows from its visits."""

from typing import Any


def follow(cursor: Any, parameters: dict[str, Any]) -> None:
    """Whose car it is follows from its visits: each delivery passes it on, a visit to the workshop never does.

    What a person said of a car (`garage`) holds until its next delivery.
    """
    for statement in (_TOUCH, *_FOLLOW_OWNERS):
        cursor.execute(statement, parameters)


def hear_registers(cursor: Any, parameters: dict[str, Any]) -> None:
    """A register of vehicles says whose a car is that we never delivered."""
    for statement in _REGISTERED:
        cursor.execute(statement, parameters)


def follow_again(cursor: Any, parameters: dict[str, Any]) -> None:
    """The same for `left` alone: vehicles whose visits went away."""
    cursor.execute(
        "CREATE TEMPORARY TABLE touched ON COMMIT DROP AS SELECT unnest(%(left)s::bigint[]) AS id", parameters
    )
    for statement in _FOLLOW_OWNERS:
        cursor.execute(statement, parameters)


# The latest register is believed, and rather than whoever brought the car to the workshop. That it did stands in
# `said`; whom it named, in the ownership itself.
_REGISTERED = (
    """
CREATE TEMPORARY TABLE registered ON COMMIT DROP AS
SELECT DISTINCT ON (vehicle) vehicle, customer, told FROM (
    SELECT a.vehicle, a.customer, coalesce(a.delivered_on, %(today)s)::text || ' '
        || left(md5(a.name_key), 8) AS told
    FROM customers_arrival a
    WHERE a.run = %(run)s AND a.kind = 'vehicles' AND a.vehicle IS NOT NULL AND a.customer IS NOT NULL
) a
ORDER BY vehicle, told COLLATE "C" DESC, customer
    """,
    """
DELETE FROM registered r USING customers_vehicle v
WHERE v.id = r.vehicle AND v.said->>'owner' >= r.told COLLATE "C"
    """,
    """
UPDATE customers_vehicle v SET said = v.said || jsonb_build_object('owner', r.told)
FROM registered r WHERE v.id = r.vehicle
    """,
    """
DELETE FROM registered r USING customers_visit v
WHERE v.vehicle_id = r.vehicle AND v.kind IN ('vehicle_delivery', 'hand_over') AND v.cancelled_at IS NULL
    """,
    """
DELETE FROM customers_ownership o USING registered r
WHERE o.vehicle_id = r.vehicle AND o.capacity = 'owner' AND o.customer_id <> r.customer
    """,
    """
INSERT INTO customers_ownership (dealership_id, customer_id, vehicle_id, capacity)
SELECT %(dealership)s, r.customer, r.vehicle, 'owner' FROM registered r
WHERE NOT EXISTS (SELECT 1 FROM customers_ownership o
    WHERE o.vehicle_id = r.vehicle AND o.customer_id = r.customer AND o.capacity = 'owner')
    """,
    "DROP TABLE pg_temp.registered",
)

_TOUCH = """
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT vehicle AS id FROM customers_arrival WHERE run = %(run)s AND vehicle IS NOT NULL
UNION SELECT unnest(%(left)s::bigint[])
"""

# From delivery to delivery it is one customer's. Before the first, or without any, it is presumed to be of
# whoever brought it to the workshop first. The history of a former owner stays.
_FOLLOW_OWNERS = (
    """
DELETE FROM touched USING customers_vehicle v
WHERE v.id = touched.id AND v.said ? 'owner' AND NOT EXISTS (
    SELECT 1 FROM customers_visit d
    WHERE d.vehicle_id = v.id AND d.kind IN ('vehicle_delivery', 'hand_over') AND d.cancelled_at IS NULL
        AND (v.said->>'owner' NOT LIKE '%%~hand' OR d.delivered_on::text > v.said->>'owner' COLLATE "C"))
    """,
    "ANALYZE touched",
    """
CREATE TEMPORARY TABLE chain ON COMMIT DROP AS
WITH counted AS (
    SELECT v.*, count(*) FILTER (WHERE delivers) OVER car AS deliveries, row_number() OVER car AS place
    FROM touched CROSS JOIN LATERAL (
        SELECT vehicle_id, customer_id, delivered_on, key, cancelled_at,
            kind IN ('vehicle_delivery', 'hand_over') AS delivers
        FROM customers_visit WHERE vehicle_id = touched.id OFFSET 0
    ) v
    WHERE v.cancelled_at IS NULL
    WINDOW car AS (PARTITION BY vehicle_id ORDER BY delivered_on, delivers DESC, key ROWS UNBOUNDED PRECEDING)
), owners AS (
    SELECT *, lag(customer_id) OVER (PARTITION BY vehicle_id ORDER BY place) AS former
    FROM counted WHERE delivers OR (place = 1 AND deliveries = 0)
), begun AS (
    SELECT vehicle_id, customer_id, place, CASE WHEN delivers THEN delivered_on END AS from_on
    FROM owners WHERE former IS DISTINCT FROM customer_id
)
SELECT vehicle_id, customer_id, from_on, lead(from_on) OVER (PARTITION BY vehicle_id ORDER BY place) AS to_on
FROM begun
    """,
    "ANALYZE chain",
    """
DELETE FROM customers_ownership o USING touched
WHERE o.vehicle_id = touched.id AND o.capacity = 'owner' AND NOT EXISTS (
    SELECT 1 FROM chain c WHERE c.vehicle_id = o.vehicle_id AND c.customer_id = o.customer_id
        AND (c.from_on, c.to_on) IS NOT DISTINCT FROM (o.from_on, o.to_on))
    """,
    """
INSERT INTO customers_ownership (dealership_id, customer_id, vehicle_id, capacity, from_on, to_on)
SELECT %(dealership)s, c.customer_id, c.vehicle_id, 'owner', c.from_on, c.to_on
FROM chain c
WHERE NOT EXISTS (
    SELECT 1 FROM customers_ownership o
    WHERE o.vehicle_id = c.vehicle_id AND o.customer_id = c.customer_id AND o.capacity = 'owner'
        AND (o.from_on, o.to_on) IS NOT DISTINCT FROM (c.from_on, c.to_on))
    """,
    "DROP TABLE pg_temp.touched, pg_temp.chain",
)
