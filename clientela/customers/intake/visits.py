"""A visit is the same one when kind and key are; its facts follow the file. The journal is told."""

from collections.abc import Collection
from typing import Any

from .receipt import Count


def merge(cursor: Any, parameters: dict[str, Any], count: Count) -> list[int]:
    cursor.execute(f"SELECT count(*) FROM customers_arrival a WHERE {_OF_VISITS}", parameters)
    rows = cursor.fetchone()[0]
    cursor.execute(_CARS_LEFT, parameters)
    parameters["left"] = [pk for (pk,) in cursor.fetchall()]
    cursor.execute(_REMEMBER, parameters)
    cursor.execute("CREATE TEMPORARY TABLE written (id bigint, is_new bool) ON COMMIT DROP")
    cursor.execute(f"WITH w AS ({_KEEP_VISITS}) INSERT INTO written SELECT * FROM w", parameters)
    cursor.execute(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new), array_agg(id) FROM written"
    )
    count.new, count.changed, ids = cursor.fetchone()
    count.unchanged = rows - count.new - count.changed
    cursor.execute(_TELL_JOURNAL, parameters)
    cursor.execute("DROP TABLE pg_temp.before, pg_temp.written")
    return list(ids or ())


def keep_untold(cursor: Any, parameters: dict[str, Any], columns: Collection[str] | None) -> None:
    """What the file has no column for stays with the visits as it is: silence is no correction."""
    untold = [fact for column, fact in TOLD_BY.items() if columns is not None and column not in columns]
    if not untold:
        return
    cursor.execute(
        f"UPDATE customers_arrival a SET {', '.join(f'{fact} = v.{fact}' for fact in untold)} FROM customers_visit v "
        f"WHERE {_OF_VISITS} AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key "
        f"AND ROW ({', '.join(f'a.{fact}' for fact in untold)}) "
        f"IS DISTINCT FROM ROW ({', '.join(f'v.{fact}' for fact in untold)})",
        parameters,
    )


def drop_duplicates(cursor: Any, parameters: dict[str, Any]) -> list[tuple[int, int]]:
    """Of rows about the same visit keep one: the same one, in whatever order they stand. (line, line of the first)"""
    cursor.execute(_DROP_DUPLICATES, parameters)
    return sorted(cursor.fetchall())


#: By the column of a file that tells it, a fact of the visit.
TOLD_BY = {
    "opened": "opened_on",
    "service_line": "service_line",
    "work": "work",
    "recommended": "recommended",
    "condition": "used",
    "special_vehicle": "special_said",
    "consultant": "consultant_name",
    "technician": "technician_name",
    "amount": "amount",
    "odometer_km": "odometer_km",
    "next_service_km": "next_service_km",
}

#: Lists of what there is lead to no visit.
_OF_VISITS = "a.run = %(run)s AND a.kind NOT IN ('customers', 'vehicles')"

# A register's rows are the same if they are about the same customer or vehicle.
_DROP_DUPLICATES = """
WITH keyed AS (
    SELECT *, CASE kind WHEN 'customers' THEN customer::text WHEN 'vehicles' THEN vehicle::text ELSE key END AS same
    FROM customers_arrival WHERE run = %(run)s
), twice AS (SELECT kind, same FROM keyed GROUP BY kind, same HAVING count(*) > 1),
r AS (
    SELECT a.id, a.line, first_value(a.line) OVER best AS first, row_number() OVER best AS place
    FROM keyed a JOIN twice USING (kind, same)
    WINDOW best AS (PARTITION BY a.kind, a.same ORDER BY a.delivered_on DESC NULLS LAST, md5(ROW (
        a.number, a.full_name, a.phones, a.email, a.vin, a.plate, a.delivered_at, a.odometer_km, a.opened_on,
        a.consultant_name, a.technician_name, a.amount, a.used, a.service_line, a.work, a.recommended,
        a.special_said)::text), a.line
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
DELETE FROM customers_arrival a USING r WHERE a.id = r.id AND r.place > 1
RETURNING a.line, r.first
"""

# That it is special a file only proposes: a manager decides (S4-3.2.4.2b).
FACTS = (
    "number, customer_id, vehicle_id, opened_on, delivered_on, delivered_at, service_line, work, recommended, "
    "used, special_said, consultant_name, technician_name, amount, odometer_km, next_service_km"
)

_KEEP_VISITS = f"""
INSERT INTO customers_visit AS v (dealership_id, kind, key, {FACTS}, consultant_id, run, created_at, changed_at)
SELECT %(dealership)s, a.kind, a.key, a.number, a.customer, a.vehicle, a.opened_on, a.delivered_on, a.delivered_at,
    a.service_line, a.work, a.recommended, a.used, a.special_said, a.consultant_name, a.technician_name, a.amount,
    a.odometer_km, a.next_service_km, person.id, %(run)s, %(at)s, %(at)s
FROM customers_arrival a
LEFT JOIN unnest(%(adviser_names)s::text[], %(adviser_ids)s::bigint[]) AS person (name, id)
    ON person.name = a.consultant_name
WHERE {_OF_VISITS}
ON CONFLICT ON CONSTRAINT visit_once DO UPDATE
SET ({FACTS}, consultant_id, changed_at) = ROW (excluded.{FACTS.replace(", ", ", excluded.")},
    excluded.consultant_id, excluded.changed_at)
WHERE ROW (v.{FACTS.replace(", ", ", v.")})
    IS DISTINCT FROM ROW (excluded.{FACTS.replace(", ", ", excluded.")})
RETURNING v.id, v.xmax = 0 AS is_new
"""

# Of visits that are about to be corrected, what they were: so that the run can be taken back.
_REMEMBER = f"""
CREATE TEMPORARY TABLE before ON COMMIT DROP AS
SELECT v.id, to_jsonb(f) AS facts
FROM customers_visit v JOIN customers_arrival a ON a.kind = v.kind AND a.key = v.key
CROSS JOIN LATERAL (SELECT v.{FACTS.replace(", ", ", v.")}, v.consultant_id) f
WHERE {_OF_VISITS} AND v.dealership_id = %(dealership)s
    AND ROW (v.{FACTS.replace(", ", ", v.")})
        IS DISTINCT FROM ROW (a.{FACTS.replace("_id,", ",").replace(", ", ", a.")})
"""

# Cars that a corrected visit had by mistake.
_CARS_LEFT = f"""
SELECT DISTINCT v.vehicle_id FROM customers_visit v
JOIN customers_arrival a ON a.kind = v.kind AND a.key = v.key
WHERE {_OF_VISITS} AND v.dealership_id = %(dealership)s AND v.vehicle_id IS DISTINCT FROM a.vehicle
    AND v.vehicle_id IS NOT NULL
"""

_TELL_JOURNAL = """
INSERT INTO journal_entry (dealership_id, kind, at, customer_id, vehicle_id, visit_id, facts)
SELECT v.dealership_id, CASE WHEN w.is_new THEN 'visit' ELSE 'visit_corrected' END,
    CASE WHEN w.is_new
        THEN coalesce(v.delivered_at, v.delivered_on::timestamp AT TIME ZONE d.time_zone + interval '12 hours')
        ELSE %(at)s END,
    v.customer_id, v.vehicle_id, v.id,
    jsonb_build_object('kind', v.kind, 'number', v.number, 'work', v.work, 'consultant', v.consultant_name,
        'vehicle', concat_ws(' ', nullif(c.make, ''), nullif(c.model, ''), c.model_year), 'used', v.used,
        'delivered_on', v.delivered_on, 'has_time', v.delivered_at IS NOT NULL)
        || CASE WHEN w.is_new THEN '{}'
            ELSE jsonb_build_object('run', %(run)s::bigint, 'before', coalesce(b.facts, '{}')) END
FROM written w
JOIN customers_visit v ON v.id = w.id
JOIN network_dealership d ON d.id = v.dealership_id
LEFT JOIN customers_vehicle c ON c.id = v.vehicle_id
LEFT JOIN before b ON b.id = v.id AND NOT w.is_new
"""
