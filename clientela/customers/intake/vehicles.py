"""A vehicle is matched by VIN, else plate, else the visit already known; else it is opened."""

from typing import Any

from . import counting
from .believing import Fact, said, was
from .receipt import Count, Noticed


def merge(cursor: Any, parameters: dict[str, Any], count: Count) -> None:
    cursor.execute(_HAS_VEHICLES, parameters)
    if not cursor.fetchone()[0]:
        return  # a register of customers, goods sold, advice given
    for statement in _MATCH_VEHICLES:
        cursor.execute(statement, parameters)
    cursor.execute("SELECT count(DISTINCT vehicle) FROM customers_arrival WHERE run = %(run)s", parameters)
    known = cursor.fetchone()[0]
    for statement in _OPEN_VEHICLES:
        cursor.execute(statement, parameters)
    counting.count(cursor, parameters)
    for statement in _TELL:
        cursor.execute(statement, parameters)
    count.new = cursor.rowcount
    cursor.execute(_HEAR_NEWS, parameters)
    cursor.execute(f"WITH w AS ({_CHANGE_VEHICLES}) SELECT count(*) FILTER (WHERE differs) FROM w", parameters)
    count.changed = cursor.fetchone()[0]
    count.unchanged = known - count.changed
    cursor.execute("DROP TABLE pg_temp.fresh, pg_temp.car, pg_temp.told, pg_temp.news")
    cursor.execute(_READ_ODOMETERS, parameters)


def notice_lower_readings(cursor: Any, parameters: dict[str, Any]) -> list[Noticed]:
    """Rows whose odometer stands lower than it did before, and nobody said why."""
    cursor.execute(_LOWER_READINGS, parameters)
    return [
        Noticed(line, "odometer_km", "odometer_lower", str(km), {"earlier": earlier, "on": on.isoformat()})
        for line, km, earlier, on in cursor.fetchall()
    ]


_HAS_VEHICLES = """
SELECT EXISTS (
    SELECT 1 FROM customers_arrival WHERE run = %(run)s AND (vin, plate_key, make, model) <> ('', '', '', ''))
"""

_MATCH_VEHICLES = (
    # A row with nothing but a plate means the car that another row of the file gives with its VIN.
    """
UPDATE customers_arrival a SET vin = named.vin
FROM (
    SELECT plate_key, min(vin) AS vin FROM customers_arrival
    WHERE run = %(run)s AND vin <> '' AND plate_key <> ''
    GROUP BY plate_key HAVING count(DISTINCT vin) = 1
) named
WHERE a.run = %(run)s AND a.vin = '' AND a.plate_key = named.plate_key
    """,
    """
UPDATE customers_arrival a SET vehicle = v.id
FROM customers_vehicle v
WHERE a.run = %(run)s AND a.vin <> '' AND v.dealership_id = %(dealership)s AND v.vin = a.vin
    """,
    # Of cars that bore one plate a visit already known says which it was: the same file twice changes nothing.
    """
UPDATE customers_arrival a SET vehicle = v.vehicle_id
FROM customers_visit v JOIN customers_vehicle car ON car.id = v.vehicle_id
WHERE a.run = %(run)s AND a.vin = '' AND a.plate_key <> '' AND car.plate_key = a.plate_key
    AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    """,
    """
UPDATE customers_arrival a SET vehicle = v.id
FROM (
    SELECT DISTINCT ON (v.plate_key) v.plate_key, v.id
    FROM (SELECT DISTINCT plate_key FROM customers_arrival WHERE run = %(run)s AND vin = '' AND plate_key <> '') a
    JOIN customers_vehicle v ON v.dealership_id = %(dealership)s AND v.plate_key = a.plate_key
    ORDER BY v.plate_key, v.said->>'plate' COLLATE "C" DESC NULLS LAST, v.vin DESC, v.id DESC
) v
WHERE a.run = %(run)s AND a.vehicle IS NULL AND a.vin = '' AND a.plate_key = v.plate_key
    """,
    # A car known by its plate only now tells its VIN.
    """
UPDATE customers_arrival a SET vehicle = v.id
FROM (
    SELECT DISTINCT ON (named.vin) named.vin, v.id
    FROM (
        SELECT plate_key, min(vin) AS vin FROM customers_arrival
        WHERE run = %(run)s AND vehicle IS NULL AND vin <> '' AND plate_key <> ''
        GROUP BY plate_key HAVING count(DISTINCT vin) = 1
    ) named
    JOIN customers_vehicle v ON v.dealership_id = %(dealership)s AND v.plate_key = named.plate_key AND v.vin = ''
    ORDER BY named.vin, v.said->>'plate' COLLATE "C" DESC NULLS LAST, v.id DESC
) v
WHERE a.run = %(run)s AND a.vehicle IS NULL AND a.vin = v.vin
    """,
    # Nothing tells this car apart from others of its model but the visit it came with.
    """
UPDATE customers_arrival a SET vehicle = v.vehicle_id
FROM customers_visit v
WHERE a.run = %(run)s AND a.vin = '' AND a.plate_key = ''
    AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    """,
)

_BLANKABLE = ("make", "model", "vehicle_type")
FACTS = (
    Fact("plate", "CASE WHEN a.plate_key <> '' THEN a.plate || E'\\x1f' || a.plate_key ELSE '' END"),
    *(Fact(field, f"a.{field}") for field in _BLANKABLE),
    Fact("model_year", "coalesce(a.model_year::text, '')"),
    Fact("special", "CASE WHEN a.special_said THEN 'true' ELSE '' END"),
)
_VALUE = {fact.field: fact.value_of("t") for fact in FACTS}
_NEWS = {fact.field: fact.value_of("n") for fact in FACTS}
_OLD = {"model_year": "coalesce(v.model_year::text, '')", "special": "CASE WHEN v.special THEN 'true' ELSE '' END"}

# Joins of a common table expression with itself are planned blindly; temporary tables can be counted.
_OPEN_VEHICLES = (
    """
CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
SELECT id AS arrival, first_value(id) OVER (
    PARTITION BY coalesce(nullif(vin, ''), nullif(plate_key, ''), id::text) ORDER BY id
) AS head
FROM customers_arrival
WHERE run = %(run)s AND vehicle IS NULL AND (vin, plate_key, make, model) <> ('', '', '', '')
    """,
    """
CREATE TEMPORARY TABLE car ON COMMIT DROP AS
SELECT head, nextval(pg_get_serial_sequence('customers_vehicle', 'id')) AS vehicle
FROM (SELECT DISTINCT head FROM fresh) heads
    """,
    "ANALYZE fresh",
    "ANALYZE car",
    """
UPDATE customers_arrival a SET vehicle = car.vehicle
FROM fresh JOIN car USING (head) WHERE a.id = fresh.arrival
    """,
)

# The last statement counts: as many rows as vehicles were opened.
_TELL = (
    f"""
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT a.vehicle, max(a.vin) AS vin, max(a.plate) AS worded, {", ".join(fact.told("v") for fact in FACTS)}
FROM (
    SELECT *, coalesce(delivered_on, %(today)s)::text AS day FROM customers_arrival
    WHERE run = %(run)s AND vehicle IS NOT NULL
) a
LEFT JOIN customers_vehicle v ON v.id = a.vehicle
GROUP BY a.vehicle
    """,
    "ANALYZE told",
    f"""
INSERT INTO customers_vehicle (id, dealership_id, vin, plate, plate_key, make, model, model_year, vehicle_type, colour,
    special, run, said)
SELECT car.vehicle, %(dealership)s, t.vin, coalesce(split_part({_VALUE["plate"]}, E'\\x1f', 1), t.worded),
    coalesce(split_part({_VALUE["plate"]}, E'\\x1f', 2), ''), coalesce({_VALUE["make"]}, ''),
    coalesce({_VALUE["model"]}, ''), {_VALUE["model_year"]}::smallint, coalesce({_VALUE["vehicle_type"]}, ''), '',
    t.special IS NOT NULL, %(run)s, {said(FACTS, "t")}
FROM car JOIN told t USING (vehicle)
    """,
)

_HEAR_NEWS = f"""
CREATE TEMPORARY TABLE news ON COMMIT DROP AS
SELECT v.id, CASE WHEN v.vin = '' THEN t.vin ELSE v.vin END AS vin, {
    ", ".join(fact.news("v", _OLD.get(fact.field, f"v.{fact.field}"), "'0001-01-01'") for fact in FACTS)
}
FROM told t JOIN customers_vehicle v ON v.id = t.vehicle
WHERE NOT EXISTS (SELECT 1 FROM car WHERE car.vehicle = v.id)
"""

_CHANGE_VEHICLES = f"""
UPDATE customers_vehicle v
SET vin = n.vin,
    plate = coalesce(split_part({_NEWS["plate"]}, E'\\x1f', 1), v.plate),
    plate_key = coalesce(split_part({_NEWS["plate"]}, E'\\x1f', 2), v.plate_key),
    {", ".join(f"{field} = coalesce({_NEWS[field]}, v.{field})" for field in _BLANKABLE)},
    model_year = coalesce({_NEWS["model_year"]}::smallint, v.model_year),
    special = coalesce({_NEWS["special"]}::boolean, v.special),
    said = v.said || {said(FACTS, "n")} || CASE WHEN d.differs THEN {was(FACTS, "v", "n")} ELSE '{{}}' END
FROM news n JOIN customers_vehicle o ON o.id = n.id
CROSS JOIN LATERAL (
    SELECT n.vin <> o.vin OR coalesce(split_part({_NEWS["plate"]}, E'\\x1f', 1) <> o.plate, false)
        OR {" OR ".join(f"coalesce({_NEWS[field]} <> o.{field}, false)" for field in _BLANKABLE)}
        OR (n.model_year IS NOT NULL AND {_NEWS["model_year"]}::smallint IS DISTINCT FROM o.model_year)
        OR (n.special IS NOT NULL AND NOT o.special) AS differs
) d
WHERE v.id = n.id AND (n.vin <> v.vin
    OR ({", ".join(f"n.{fact.field}" for fact in FACTS)}) IS DISTINCT FROM ({", ".join(["NULL"] * len(FACTS))}))
RETURNING v.id, d.differs
"""

_READ_ODOMETERS = """
INSERT INTO customers_odometerreading (dealership_id, vehicle_id, km, read_on, reason, run)
SELECT DISTINCT %(dealership)s, vehicle, odometer_km, coalesce(delivered_on, %(today)s), '', %(run)s
FROM customers_arrival
WHERE run = %(run)s AND vehicle IS NOT NULL AND odometer_km IS NOT NULL
ON CONFLICT DO NOTHING
"""

_LOWER_READINGS = """
SELECT a.line, a.odometer_km, earlier.km, earlier.read_on
FROM customers_arrival a
CROSS JOIN LATERAL (
    SELECT r.km, r.read_on FROM customers_odometerreading r
    WHERE r.vehicle_id = a.vehicle AND r.km > a.odometer_km AND r.read_on < coalesce(a.delivered_on, %(today)s)
        AND NOT EXISTS (
            SELECT 1 FROM customers_odometerreading e
            WHERE e.vehicle_id = a.vehicle AND e.reason <> '' AND e.read_on > r.read_on
                AND e.read_on <= coalesce(a.delivered_on, %(today)s))
    ORDER BY r.read_on DESC, r.km DESC LIMIT 1
) earlier
WHERE a.run = %(run)s AND a.odometer_km IS NOT NULL
ORDER BY a.line LIMIT 50000
"""
