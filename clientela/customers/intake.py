"""Intake: typed rows become customers, vehicles and visits, set-wise, in one transaction; safe to repeat.

Rows are matched before anything is opened: a vehicle by VIN, else plate, else the visit already known; a customer
by the visit already known, else by the same name together with a shared phone, e-mail, birth date or vehicle.
Rows of one file that are the same customer by that rule become one. In which order rows and files come makes no
difference: of what differs the latest delivery is believed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from clientela.network.models import Dealership

from .models import Arrival
from .models.arrival import COLUMNS
from .signals import numbers_added, visits_changed


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
        if _is_large(cursor, run):
            cursor.execute("SELECT customers_count_arrivals()")
        cursor.execute(_DROP_DUPLICATES, parameters)
        receipt.duplicates = sorted(cursor.fetchall())
        _merge_vehicles(cursor, parameters, receipt.vehicles)
        reachable = _merge_customers(cursor, parameters, receipt.customers)
        visit_ids = _merge_visits(cursor, parameters, receipt.visits)
        _follow_owners(cursor, parameters)
        cursor.execute("DELETE FROM customers_arrival WHERE run = %(run)s", parameters)
    if reachable:
        numbers_added.send(Arrival, customer_ids=reachable, at=at)
    if visit_ids:
        visits_changed.send(Arrival, visit_ids=visit_ids, at=at)
    return receipt


def _is_large(cursor: Any, run: int) -> bool:
    """Whether joining the rows with one another blindly would take long."""
    cursor.execute("SELECT count(*) > 2000 FROM (SELECT 1 FROM customers_arrival WHERE run = %s LIMIT 2001) r", [run])
    return bool(cursor.fetchone()[0])


def _merge_vehicles(cursor: Any, parameters: dict[str, Any], count: Count) -> None:
    for statement in _MATCH_VEHICLES:
        cursor.execute(statement, parameters)
    cursor.execute("SELECT count(DISTINCT vehicle) FROM customers_arrival WHERE run = %(run)s", parameters)
    known = cursor.fetchone()[0]
    for statement in _OPEN_VEHICLES:
        cursor.execute(statement, parameters)
    count.new, first_new = cursor.fetchone()
    cursor.execute("DROP TABLE pg_temp.fresh, pg_temp.car")
    cursor.execute(_CHANGE_VEHICLES, parameters)
    count.changed = sum(first_new is None or pk < first_new for (pk,) in cursor.fetchall())
    count.unchanged = known - count.changed
    cursor.execute(_READ_ODOMETERS, parameters)


def _merge_customers(cursor: Any, parameters: dict[str, Any], count: Count) -> list[int]:
    """Which of the customers we knew got another number or address."""
    for statement in (_KNOWN_BY_VISIT, *_IDENTITIES, *_KNOWN_BY_IDENTITY, _KNOWN_BY_VISIT_RENAMED):
        cursor.execute(statement, parameters)
    spread = 1
    while spread:  # rows of one customer are linked by shared identities; each round carries the link one further
        cursor.execute(_LINK)
        spread = cursor.rowcount
    cursor.execute(_SHARE_KNOWN, parameters)
    cursor.execute("SELECT count(DISTINCT customer) FROM customers_arrival WHERE run = %(run)s", parameters)
    known = cursor.fetchone()[0]
    for statement in _OPEN_CUSTOMERS:
        cursor.execute(statement, parameters)
    count.new = cursor.rowcount
    cursor.execute(_CHANGE_CUSTOMERS, parameters)
    changed = {pk for (pk,) in cursor.fetchall()}
    cursor.execute(_ADD_CONTACT_POINTS, parameters)
    added = {pk for (pk,) in cursor.fetchall()}
    cursor.execute("SELECT DISTINCT customer FROM pg_temp.opened")
    opened = {pk for (pk,) in cursor.fetchall()}
    count.changed = len((changed | added) - opened)
    count.unchanged = known - count.changed
    cursor.execute("DROP TABLE pg_temp.identity, pg_temp.link, pg_temp.opened")
    return sorted(added - opened)


def _merge_visits(cursor: Any, parameters: dict[str, Any], count: Count) -> list[int]:
    cursor.execute("SELECT count(*) FROM customers_arrival WHERE run = %(run)s", parameters)
    rows = cursor.fetchone()[0]
    cursor.execute(_CARS_LEFT, parameters)
    parameters["left"] = [pk for (pk,) in cursor.fetchall()]
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


def _follow_owners(cursor: Any, parameters: dict[str, Any]) -> None:
    """Whose car it is follows from its visits: each delivery passes it on, a visit to the workshop never does."""
    for statement in _FOLLOW_OWNERS:
        cursor.execute(statement, parameters)


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
    """
UPDATE customers_arrival a SET vehicle = v.id
FROM (
    SELECT DISTINCT ON (v.plate_key) v.plate_key, v.id
    FROM (SELECT DISTINCT plate_key FROM customers_arrival WHERE run = %(run)s AND vin = '' AND plate_key <> '') a
    JOIN customers_vehicle v ON v.dealership_id = %(dealership)s AND v.plate_key = a.plate_key
    ORDER BY v.plate_key, v.id DESC
) v
WHERE a.run = %(run)s AND a.vin = '' AND a.plate_key = v.plate_key
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
    ORDER BY named.vin, v.id DESC
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

# Joins of a common table expression with itself are planned blindly; temporary tables can be counted.
_OPEN_VEHICLES = (
    """
CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
SELECT id AS arrival, first_value(id) OVER (
    PARTITION BY coalesce(nullif(vin, ''), nullif(plate_key, ''), id::text) ORDER BY delivered_on DESC, line DESC
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
INSERT INTO customers_vehicle (id, dealership_id, vin, plate, plate_key, make, model, model_year, special)
SELECT car.vehicle, %(dealership)s, vin, plate, plate_key, make, model, model_year, special
FROM car JOIN customers_arrival a ON a.id = car.head
    """,
    """
UPDATE customers_arrival a SET vehicle = car.vehicle
FROM fresh JOIN car USING (head) WHERE a.id = fresh.arrival
    """,
    "SELECT count(*), min(vehicle) FROM car",
)


def _newest(column: str, said: str, table: str) -> str:
    """What the latest delivery says; but an old file that comes late only fills what is blank."""
    return f"""coalesce((array_agg(a.{column} ORDER BY a.delivered_on DESC, a.line DESC)
            FILTER (WHERE {said} AND (coalesce({table}.{column}::text, '') = ''
                OR known.newest IS NULL OR a.delivered_on >= known.newest)))[1], {table}.{column}) AS {column}"""


_CHANGE_VEHICLES = f"""
UPDATE customers_vehicle v
SET vin = new.vin, plate = new.plate, plate_key = new.plate_key, make = new.make, model = new.model,
    model_year = new.model_year, special = new.special
FROM (
    SELECT v.id, coalesce(nullif(v.vin, ''), max(a.vin)) AS vin,
        {_newest("plate", "a.plate_key <> ''", "v")},
        {_newest("plate_key", "a.plate_key <> ''", "v")},
        {_newest("make", "a.make <> ''", "v")},
        {_newest("model", "a.model <> ''", "v")},
        {_newest("model_year", "a.model_year IS NOT NULL", "v")},
        v.special OR bool_or(a.special) AS special
    FROM customers_arrival a JOIN customers_vehicle v ON v.id = a.vehicle
    CROSS JOIN LATERAL (SELECT max(delivered_on) AS newest FROM customers_visit WHERE vehicle_id = v.id) known
    WHERE a.run = %(run)s
    GROUP BY v.id
) new
WHERE v.id = new.id
    AND (v.vin, v.plate, v.plate_key, v.make, v.model, v.model_year, v.special)
        IS DISTINCT FROM (new.vin, new.plate, new.plate_key, new.make, new.model, new.model_year, new.special)
RETURNING v.id
"""

_READ_ODOMETERS = """
INSERT INTO customers_odometerreading (dealership_id, vehicle_id, km, read_on)
SELECT DISTINCT %(dealership)s, vehicle, odometer_km, delivered_on FROM customers_arrival
WHERE run = %(run)s AND vehicle IS NOT NULL AND odometer_km IS NOT NULL
ON CONFLICT DO NOTHING
"""

_KNOWN_BY_VISIT = """
UPDATE customers_arrival a SET customer = c.id
FROM customers_visit v JOIN customers_customer c ON c.id = v.customer_id
WHERE a.run = %(run)s AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    AND c.search_name = a.search_name
"""

# The name differs: she may have been renamed by us, or the visit was booked on somebody else by mistake.
_KNOWN_BY_VISIT_RENAMED = """
UPDATE customers_arrival a SET customer = c.id
FROM customers_visit v JOIN customers_customer c ON c.id = v.customer_id
WHERE a.run = %(run)s AND a.customer IS NULL
    AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    AND (c.birth_date = a.birth_date
        OR EXISTS (
            SELECT 1 FROM customers_contactpoint p
            WHERE p.customer_id = c.id AND (p.value = ANY (a.phones) OR p.value = a.email))
        OR (a.birth_date IS NULL AND a.email = '' AND NOT true = ANY (a.phones_valid)))
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

# Each row is looked up by itself, one value after the other (OFFSET and LIMIT keep it so): of tables just written
# PostgreSQL knows nothing yet, and would read all of a house for each row.
_KNOWN_BY_IDENTITY = (
    """
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT w.arrival, min(c.id) AS id
        FROM (
            SELECT a.id AS arrival, a.search_name, unnest(array_append(
                ARRAY(SELECT phone FROM unnest(a.phones, a.phones_valid) AS p (phone, valid) WHERE valid),
                nullif(a.email, ''))) AS value
            FROM customers_arrival a WHERE a.run = %(run)s AND a.customer IS NULL OFFSET 0
        ) w
        CROSS JOIN LATERAL (
            SELECT p.customer_id FROM customers_contactpoint p
            WHERE p.dealership_id = %(dealership)s AND p.value = w.value OFFSET 0
        ) p
        JOIN customers_customer c ON c.id = p.customer_id AND c.search_name = w.search_name
        GROUP BY w.arrival
    ) known WHERE a.id = known.arrival
    """,
    """
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT a.id AS arrival, c.id
        FROM customers_arrival a
        CROSS JOIN LATERAL (
            SELECT c.id FROM customers_customer c
            WHERE c.dealership_id = %(dealership)s AND c.search_name = a.search_name
                AND (c.birth_date = a.birth_date OR EXISTS (
                    SELECT 1 FROM customers_visit v WHERE v.customer_id = c.id AND v.vehicle_id = a.vehicle))
            ORDER BY c.id LIMIT 1
        ) c
        WHERE a.run = %(run)s AND a.customer IS NULL
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

# The last of them counts: as many rows as customers were opened.
_OPEN_CUSTOMERS = (
    """
CREATE TEMPORARY TABLE opened ON COMMIT DROP AS
SELECT DISTINCT ON (l.head) l.head, a.id AS arrival,
    nextval(pg_get_serial_sequence('customers_customer', 'id')) AS customer
FROM link l JOIN customers_arrival a ON a.id = l.arrival
WHERE a.customer IS NULL
ORDER BY l.head, a.delivered_on DESC, a.line DESC
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

_CHANGE_CUSTOMERS = f"""
UPDATE customers_customer c
SET birth_date = new.birth_date, address = new.address, version = c.version + 1
FROM (
    SELECT c.id,
        {_newest("birth_date", "a.birth_date IS NOT NULL", "c")},
        {_newest("address", "a.address <> ''", "c")}
    FROM customers_arrival a JOIN customers_customer c ON c.id = a.customer
    CROSS JOIN LATERAL (SELECT max(delivered_on) AS newest FROM customers_visit WHERE customer_id = c.id) known
    WHERE a.run = %(run)s
    GROUP BY c.id
) new
WHERE c.id = new.id AND (c.birth_date, c.address) IS DISTINCT FROM (new.birth_date, new.address)
RETURNING c.id
"""

# In the order in which they stand in the cell: the first is the one that is dialled.
_ADD_CONTACT_POINTS = """
INSERT INTO customers_contactpoint (dealership_id, customer_id, kind, value, shown, valid, preferred)
SELECT %(dealership)s, w.customer, w.kind, w.value, min(w.shown), bool_or(w.valid), false
FROM (
    SELECT a.customer, 'phone' AS kind, p.value, p.shown, p.valid, p.place, a.delivered_on
    FROM customers_arrival a
    CROSS JOIN LATERAL unnest(a.phones, a.phones_shown, a.phones_valid)
        WITH ORDINALITY AS p (value, shown, valid, place)
    WHERE a.run = %(run)s
    UNION ALL
    SELECT customer, 'email', email, email, true, 1, delivered_on
    FROM customers_arrival WHERE run = %(run)s AND email <> ''
) w
GROUP BY w.customer, w.kind, w.value
ORDER BY w.customer, max(w.delivered_on) DESC, min(w.place), w.value
ON CONFLICT ON CONSTRAINT contact_point_once_a_customer DO NOTHING
RETURNING customer_id
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

# Cars that a corrected visit had by mistake.
_CARS_LEFT = """
SELECT DISTINCT v.vehicle_id FROM customers_visit v
JOIN customers_arrival a ON a.kind = v.kind AND a.key = v.key
WHERE a.run = %(run)s AND v.dealership_id = %(dealership)s AND v.vehicle_id IS DISTINCT FROM a.vehicle
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
FROM (
    SELECT unnest(%(new)s::bigint[]) AS id, true AS is_new UNION ALL SELECT unnest(%(old)s::bigint[]), false
) w
JOIN customers_visit v ON v.id = w.id
JOIN network_dealership d ON d.id = v.dealership_id
LEFT JOIN customers_vehicle c ON c.id = v.vehicle_id
"""

# From delivery to delivery it is one customer's. Before the first, or without any, it is presumed to be of
# whoever brought it to the workshop first. The history of a former owner stays.
_FOLLOW_OWNERS = (
    """
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT vehicle AS id FROM customers_arrival WHERE run = %(run)s AND vehicle IS NOT NULL
UNION SELECT unnest(%(left)s::bigint[])
    """,
    "ANALYZE touched",
    """
CREATE TEMPORARY TABLE chain ON COMMIT DROP AS
WITH counted AS (
    SELECT v.*, count(*) FILTER (WHERE delivers) OVER car AS deliveries, row_number() OVER car AS place
    FROM touched CROSS JOIN LATERAL (
        SELECT vehicle_id, customer_id, delivered_on, key, kind <> 'workshop_visit' AS delivers, cancelled_at
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
