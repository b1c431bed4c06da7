"""Intake: typed rows become customers, vehicles and visits, set-wise, in one transaction; safe to repeat.

Rows are matched before anything is opened: a vehicle by VIN, else plate; a customer by the visit already known,
else by the same name together with a shared phone, e-mail, birth date or vehicle. Rows of one file that are the
same customer by that rule become one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from clientela.network.models import Dealership

from .models import Arrival
from .models.arrival import COLUMNS
from .signals import visits_changed


@dataclass
class Count:
    """How many rows of one noun were new, changed or unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass
class Receipt:
    """What an intake did; `duplicates` are (line, line of the first) within the file."""

    customers: Count = field(default_factory=Count)
    vehicles: Count = field(default_factory=Count)
    visits: Count = field(default_factory=Count)
    duplicates: list[tuple[int, int]] = field(default_factory=list)


def stage(run: int, rows: Iterable[tuple[Any, ...]]) -> int:
    """COPY rows (in the order of `COLUMNS`) into the waiting room; how many."""
    count = 0
    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_arrival ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


@transaction.atomic
def receive(run: int, dealership: Dealership, *, at: datetime) -> Receipt:
    """Merge what waits under `run` into the files of a dealership."""
    receipt = Receipt()
    parameters: dict[str, Any] = {
        "run": run,
        "dealership": dealership.pk,
        "at": at,
        "language": dealership.locale,
    }
    with connection.cursor() as cursor:
        # Two files of one house take turns: matching must see what the other opened.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"intake {dealership.pk}"])
        cursor.execute("ANALYZE customers_arrival") if _is_large(cursor, run) else None
        cursor.execute(_DROP_DUPLICATES, parameters)
        receipt.duplicates = sorted(cursor.fetchall())
        _merge_vehicles(cursor, parameters, receipt.vehicles)
        _merge_customers(cursor, parameters, receipt.customers)
        visit_ids = _merge_visits(cursor, parameters, receipt.visits)
        cursor.execute("DELETE FROM customers_arrival WHERE run = %(run)s", parameters)
    if visit_ids:
        visits_changed.send(Arrival, visit_ids=visit_ids, at=at)
    return receipt


def _is_large(cursor: Any, run: int) -> bool:
    cursor.execute("SELECT count(*) > 5000 FROM (SELECT 1 FROM customers_arrival WHERE run = %s LIMIT 5001) r", [run])
    return bool(cursor.fetchone()[0])


def _merge_vehicles(cursor: Any, parameters: dict[str, Any], count: Count) -> None:
    cursor.execute(_MATCH_VEHICLES, parameters)
    cursor.execute("SELECT count(DISTINCT vehicle) FROM customers_arrival WHERE run = %(run)s", parameters)
    known = cursor.fetchone()[0]
    cursor.execute(_CHANGE_VEHICLES, parameters)
    count.changed = cursor.rowcount
    count.unchanged = known - count.changed
    cursor.execute(_OPEN_VEHICLES, parameters)
    count.new = cursor.fetchone()[0]
    cursor.execute(_READ_ODOMETERS, parameters)


def _merge_customers(cursor: Any, parameters: dict[str, Any], count: Count) -> None:
    cursor.execute(_KNOWN_BY_VISIT, parameters)
    for statement in (*_IDENTITIES, *_KNOWN_BY_IDENTITY):
        cursor.execute(statement, parameters)
    spread = 1
    while spread:  # rows of one customer are linked by shared identities; each round carries the link one further
        cursor.execute(_LINK)
        spread = cursor.rowcount
    cursor.execute(_SHARE_KNOWN, parameters)
    cursor.execute("SELECT count(DISTINCT customer) FROM customers_arrival WHERE run = %(run)s", parameters)
    known = cursor.fetchone()[0]
    cursor.execute(_CHANGE_CUSTOMERS, parameters)
    changed = {pk for (pk,) in cursor.fetchall()}
    for statement in _OPEN_CUSTOMERS:
        cursor.execute(statement, parameters)
    count.new = cursor.rowcount
    cursor.execute(_ADD_CONTACT_POINTS, parameters)
    added = {pk for (pk,) in cursor.fetchall()}
    cursor.execute("SELECT DISTINCT customer FROM pg_temp.opened")
    changed = (changed | added) - {pk for (pk,) in cursor.fetchall()}
    count.changed, count.unchanged = len(changed), known - len(changed)
    cursor.execute(_END_OWNERSHIPS, parameters)
    cursor.execute(_BEGIN_OWNERSHIPS, parameters)
    cursor.execute("DROP TABLE pg_temp.identity, pg_temp.link, pg_temp.opened")


def _merge_visits(cursor: Any, parameters: dict[str, Any], count: Count) -> list[int]:
    cursor.execute("SELECT count(*) FROM customers_arrival WHERE run = %(run)s", parameters)
    rows = cursor.fetchone()[0]
    cursor.execute(_KEEP_VISITS, parameters)
    written = cursor.fetchall()
    count.new = sum(is_new for _pk, is_new in written)
    count.changed = len(written) - count.new
    count.unchanged = rows - len(written)
    ids = [pk for pk, _is_new in written]
    cursor.execute(
        _TELL_JOURNAL,
        {
            **parameters,
            "new": [pk for pk, new in written if new],
            "old": [pk for pk, new in written if not new],
        },
    )
    return ids


# The statements, in the order they run ---------------------------------------------------------------------

_DROP_DUPLICATES = """
DELETE FROM customers_arrival a USING (
    SELECT id, line, first_value(line) OVER same AS first, row_number() OVER same AS place
    FROM customers_arrival WHERE run = %(run)s
    WINDOW same AS (PARTITION BY kind, key ORDER BY line)
) r
WHERE a.id = r.id AND r.place > 1
RETURNING a.line, r.first
"""

_MATCH_VEHICLES = """
UPDATE customers_arrival a SET vehicle = v.id
FROM (
    SELECT a.id AS arrival, coalesce(by_vin.id, by_plate.id) AS id
    FROM customers_arrival a
    LEFT JOIN customers_vehicle by_vin
        ON by_vin.dealership_id = %(dealership)s AND by_vin.vin = a.vin AND a.vin <> ''
    LEFT JOIN LATERAL (
        SELECT id FROM customers_vehicle
        WHERE dealership_id = %(dealership)s AND plate_key = a.plate_key AND a.plate_key <> '' AND a.vin = ''
        ORDER BY id DESC LIMIT 1
    ) by_plate ON true
    WHERE a.run = %(run)s
) v
WHERE a.id = v.arrival AND v.id IS NOT NULL
"""

_CHANGE_VEHICLES = """
UPDATE customers_vehicle v
SET plate = new.plate, plate_key = new.plate_key, make = new.make, model = new.model,
    model_year = new.model_year, special = new.special
FROM (
    SELECT DISTINCT ON (a.vehicle) a.vehicle AS id,
        coalesce(nullif(a.plate, ''), v.plate) AS plate,
        coalesce(nullif(a.plate_key, ''), v.plate_key) AS plate_key,
        coalesce(nullif(a.make, ''), v.make) AS make,
        coalesce(nullif(a.model, ''), v.model) AS model,
        coalesce(a.model_year, v.model_year) AS model_year,
        a.special OR v.special AS special
    FROM customers_arrival a JOIN customers_vehicle v ON v.id = a.vehicle
    WHERE a.run = %(run)s
    ORDER BY a.vehicle, a.delivered_on DESC, a.line DESC
) new
WHERE v.id = new.id
    AND (v.plate, v.plate_key, v.make, v.model, v.model_year, v.special)
        IS DISTINCT FROM (new.plate, new.plate_key, new.make, new.model, new.model_year, new.special)
"""

_OPEN_VEHICLES = """
WITH fresh AS (
    SELECT *, coalesce(nullif(vin, ''), nullif(plate_key, ''), id::text) AS what
    FROM customers_arrival WHERE run = %(run)s AND vehicle IS NULL AND (vin, plate_key, make, model) <> ('', '', '', '')
), one AS (
    SELECT DISTINCT ON (what) *, nextval(pg_get_serial_sequence('customers_vehicle', 'id')) AS new_id
    FROM fresh ORDER BY what, delivered_on DESC, line DESC
), opened AS (
    INSERT INTO customers_vehicle (id, dealership_id, vin, plate, plate_key, make, model, model_year, special)
    SELECT new_id, %(dealership)s, vin, plate, plate_key, make, model, model_year, special FROM one
), matched AS (
    UPDATE customers_arrival a SET vehicle = one.new_id
    FROM fresh JOIN one USING (what) WHERE a.id = fresh.id
)
SELECT count(*) FROM one
"""

_READ_ODOMETERS = """
INSERT INTO customers_odometerreading (dealership_id, vehicle_id, km, read_on)
SELECT DISTINCT %(dealership)s, vehicle, odometer_km, delivered_on FROM customers_arrival
WHERE run = %(run)s AND vehicle IS NOT NULL AND odometer_km IS NOT NULL
ON CONFLICT DO NOTHING
"""

_KNOWN_BY_VISIT = """
UPDATE customers_arrival a SET customer = v.customer_id
FROM customers_visit v
WHERE a.run = %(run)s AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
"""

# What makes two rows one customer: the name and any one of these.
_IDENTITIES = (
    """
CREATE TEMPORARY TABLE identity ON COMMIT DROP AS
SELECT a.id AS arrival, a.search_name || '|' || what AS what
FROM customers_arrival a
CROSS JOIN LATERAL (
    SELECT phone AS what FROM unnest(a.phones, a.phones_valid) AS p (phone, valid) WHERE valid
    UNION ALL SELECT a.email WHERE a.email <> ''
    UNION ALL SELECT a.birth_date::text WHERE a.birth_date IS NOT NULL
    UNION ALL SELECT 'vehicle:' || a.vehicle WHERE a.vehicle IS NOT NULL
) w
WHERE a.run = %(run)s
    """,
    "CREATE INDEX ON identity (what)",
    "ANALYZE identity",
    """
    CREATE TEMPORARY TABLE link ON COMMIT DROP AS
    SELECT id AS arrival, id AS head FROM customers_arrival WHERE run = %(run)s
    """,
    "CREATE UNIQUE INDEX ON link (arrival)",
)

_KNOWN_BY_IDENTITY = (
    """
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT a.id AS arrival, min(c.id) AS id
        FROM customers_arrival a
        CROSS JOIN LATERAL unnest(array_append(a.phones, a.email)) AS w (value)
        JOIN customers_contactpoint p ON p.dealership_id = %(dealership)s AND p.value = w.value AND w.value <> ''
        JOIN customers_customer c ON c.id = p.customer_id AND c.search_name = a.search_name
        WHERE a.run = %(run)s AND a.customer IS NULL
        GROUP BY a.id
    ) known WHERE a.id = known.arrival
    """,
    """
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT a.id AS arrival, min(c.id) AS id
        FROM customers_arrival a
        JOIN customers_customer c
            ON c.dealership_id = %(dealership)s AND c.search_name = a.search_name
        LEFT JOIN customers_ownership o ON o.customer_id = c.id AND o.vehicle_id = a.vehicle
        WHERE a.run = %(run)s AND a.customer IS NULL
            AND (c.birth_date = a.birth_date OR o.id IS NOT NULL)
        GROUP BY a.id
    ) known WHERE a.id = known.arrival
    """,
)

_LINK = """
UPDATE link l SET head = nearer.head
FROM (
    SELECT i.arrival, min(least_of.head) AS head
    FROM identity i
    JOIN (SELECT i.what, min(l.head) AS head FROM identity i JOIN link l USING (arrival) GROUP BY i.what) least_of
        USING (what)
    GROUP BY i.arrival
) nearer
WHERE nearer.arrival = l.arrival AND nearer.head < l.head
"""

_SHARE_KNOWN = """
UPDATE customers_arrival a SET customer = known.customer
FROM (
    SELECT l.head, min(a.customer) AS customer FROM link l JOIN customers_arrival a ON a.id = l.arrival
    GROUP BY l.head
) known JOIN link l USING (head)
WHERE a.id = l.arrival AND a.customer IS NULL AND known.customer IS NOT NULL
"""

_CHANGE_CUSTOMERS = """
UPDATE customers_customer c
SET birth_date = new.birth_date, address = new.address, version = c.version + 1
FROM (
    SELECT DISTINCT ON (a.customer) a.customer AS id,
        coalesce(a.birth_date, c.birth_date) AS birth_date, coalesce(nullif(a.address, ''), c.address) AS address
    FROM customers_arrival a JOIN customers_customer c ON c.id = a.customer
    WHERE a.run = %(run)s
    ORDER BY a.customer, a.delivered_on DESC, a.line DESC
) new
WHERE c.id = new.id AND (c.birth_date, c.address) IS DISTINCT FROM (new.birth_date, new.address)
RETURNING c.id
"""

# The last of them counts: as many rows as customers were opened.
_OPEN_CUSTOMERS = (
    """
CREATE TEMPORARY TABLE opened ON COMMIT DROP AS
SELECT DISTINCT ON (l.head) l.head, a.id AS arrival,
    nextval(pg_get_serial_sequence('customers_customer', 'id')) AS customer
FROM link l JOIN customers_arrival a ON a.id = l.arrival
WHERE a.customer IS NULL
ORDER BY l.head, a.line
    """,
    """
UPDATE customers_arrival a SET customer = o.customer
FROM link l JOIN opened o USING (head) WHERE a.id = l.arrival AND a.customer IS NULL
    """,
    """
INSERT INTO customers_customer (
    id, dealership_id, kind, full_name, search_name, family_name, second_family_name, given_name, patronymic,
    sex, birth_date, address, language, created_at, version)
SELECT o.customer, %(dealership)s, a.customer_kind, a.full_name, a.search_name, a.family_name,
    a.second_family_name, a.given_name, a.patronymic, '', a.birth_date, a.address, %(language)s, %(at)s, 1
FROM opened o JOIN customers_arrival a ON a.id = o.arrival
    """,
)

_ADD_CONTACT_POINTS = """
INSERT INTO customers_contactpoint (dealership_id, customer_id, kind, value, shown, valid, preferred)
SELECT %(dealership)s, w.customer, w.kind, w.value, min(w.shown), bool_or(w.valid), false
FROM (
    SELECT a.customer, 'phone' AS kind, p.value, p.shown, p.valid
    FROM customers_arrival a
    CROSS JOIN LATERAL unnest(a.phones, a.phones_shown, a.phones_valid) AS p (value, shown, valid)
    WHERE a.run = %(run)s
    UNION ALL
    SELECT customer, 'email', email, email, true FROM customers_arrival WHERE run = %(run)s AND email <> ''
) w
GROUP BY w.customer, w.kind, w.value
ON CONFLICT ON CONSTRAINT contact_point_once_a_customer DO NOTHING
RETURNING customer_id
"""

# A car delivered to somebody new is no longer the former owner's; her history stays with her.
_END_OWNERSHIPS = """
UPDATE customers_ownership o SET to_on = greatest(o.from_on, new.delivered_on)
FROM (
    SELECT DISTINCT ON (vehicle) vehicle, customer, delivered_on FROM customers_arrival
    WHERE run = %(run)s AND vehicle IS NOT NULL AND kind <> 'workshop_visit'
    ORDER BY vehicle, delivered_on DESC, line DESC
) new
WHERE o.vehicle_id = new.vehicle AND o.customer_id <> new.customer AND o.to_on IS NULL
    AND (o.from_on IS NULL OR o.from_on <= new.delivered_on)
"""

_BEGIN_OWNERSHIPS = """
INSERT INTO customers_ownership (dealership_id, customer_id, vehicle_id, capacity, from_on)
SELECT DISTINCT ON (vehicle) %(dealership)s, customer, vehicle, 'owner',
    CASE WHEN kind = 'workshop_visit' THEN NULL ELSE delivered_on END
FROM customers_arrival a
WHERE run = %(run)s AND vehicle IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM customers_ownership o
        WHERE o.vehicle_id = a.vehicle AND o.to_on IS NULL
            AND (o.customer_id = a.customer OR a.kind = 'workshop_visit' OR o.from_on > a.delivered_on))
ORDER BY vehicle, delivered_on DESC, line DESC
ON CONFLICT DO NOTHING
"""

_FACTS = (
    "number, customer_id, vehicle_id, delivered_on, delivered_at, service_line, work, used, special, "
    "consultant_name, technician_name, amount, odometer_km, next_service_km"
)

_KEEP_VISITS = f"""
INSERT INTO customers_visit AS v (dealership_id, kind, key, {_FACTS}, consultant_id, created_at, changed_at)
SELECT %(dealership)s, a.kind, a.key, a.number, a.customer, a.vehicle, a.delivered_on, a.delivered_at,
    a.service_line, a.work, a.used, a.special, a.consultant_name, a.technician_name, a.amount, a.odometer_km,
    a.next_service_km, person.id, %(at)s, %(at)s
FROM customers_arrival a
LEFT JOIN LATERAL (
    SELECT u.id FROM network_user u JOIN network_roleassignment r ON r.user_id = u.id
    WHERE r.dealership_id = %(dealership)s AND u.is_active AND lower(u.name) = lower(a.consultant_name)
    ORDER BY u.id LIMIT 1
) person ON a.consultant_name <> ''
WHERE a.run = %(run)s
ON CONFLICT ON CONSTRAINT visit_once DO UPDATE
SET ({_FACTS}, consultant_id, changed_at) = ROW (excluded.{_FACTS.replace(", ", ", excluded.")},
    excluded.consultant_id, excluded.changed_at)
WHERE ROW (v.{_FACTS.replace(", ", ", v.")})
    IS DISTINCT FROM ROW (excluded.{_FACTS.replace(", ", ", excluded.")})
RETURNING v.id, v.xmax = 0
"""

_TELL_JOURNAL = """
INSERT INTO journal_entry (dealership_id, kind, at, customer_id, vehicle_id, visit_id, facts)
SELECT v.dealership_id, CASE WHEN v.id = ANY (%(new)s) THEN 'visit' ELSE 'visit_corrected' END,
    CASE WHEN v.id = ANY (%(new)s)
        THEN coalesce(v.delivered_at, v.delivered_on::timestamp AT TIME ZONE d.time_zone + interval '12 hours')
        ELSE %(at)s END,
    v.customer_id, v.vehicle_id, v.id,
    jsonb_build_object('kind', v.kind, 'number', v.number, 'work', v.work, 'consultant', v.consultant_name,
        'vehicle', concat_ws(' ', nullif(c.make, ''), nullif(c.model, ''), c.model_year), 'used', v.used,
        'delivered_on', v.delivered_on, 'has_time', v.delivered_at IS NOT NULL)
FROM customers_visit v
JOIN network_dealership d ON d.id = v.dealership_id
LEFT JOIN customers_vehicle c ON c.id = v.vehicle_id
WHERE v.id = ANY (%(new)s) OR v.id = ANY (%(old)s)
"""
