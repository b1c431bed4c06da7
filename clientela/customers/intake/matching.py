"""Which rows are about a customer we know, and which are about the same one as other rows of their file.

Names are compared without case, accents and the order of their words. A customer whose file became another's is that
other: under her old name, by what was hers. Nobody is matched with a file that was erased, but by the visit itself.
"""

from typing import Any


def match(cursor: Any, parameters: dict[str, Any]) -> list[int]:
    """Lines, of those that name nobody, whose vehicle has no owner we know: they are dropped."""
    for statement in (*_PREPARE, _KNOWN_BY_VISIT, *_IDENTITIES, *_KNOWN_BY_IDENTITY, _KNOWN_BY_VISIT_RENAMED):
        cursor.execute(statement, parameters)
    spread = 1
    while spread:  # rows of one customer are linked by shared identities; each round carries the link one further
        cursor.execute(_LINK)
        spread = cursor.rowcount
    cursor.execute(_SHARE_KNOWN, parameters)
    cursor.execute(_KNOWN_BY_OWNERSHIP, parameters)
    cursor.execute(_DROP_OWNERLESS, parameters)
    return sorted(line for (line,) in cursor.fetchall())


_PREPARE = (
    """
CREATE TEMPORARY TABLE alias ON COMMIT DROP AS
WITH RECURSIVE up (gone, survivor) AS (
    SELECT id, merged_into_id FROM customers_customer
    WHERE dealership_id = %(dealership)s AND merged_into_id IS NOT NULL
    UNION
    SELECT up.gone, c.merged_into_id FROM up JOIN customers_customer c ON c.id = up.survivor
    WHERE c.merged_into_id IS NOT NULL
)
SELECT up.gone, up.survivor, customers_name_key(g.search_name) AS name_key
FROM up
JOIN customers_customer s ON s.id = up.survivor AND s.merged_into_id IS NULL
JOIN customers_customer g ON g.id = up.gone
    """,
    "CREATE INDEX ON alias (gone)",
    "CREATE INDEX ON alias (survivor)",
    "ANALYZE alias",
)

#: Is the customer `c`, or whoever has her file now, called so.
_IS_CALLED = """(customers_name_key(c.search_name) = {key}
    OR EXISTS (SELECT 1 FROM alias x WHERE x.survivor = coalesce(l.survivor, c.id) AND x.name_key = {key})
    OR EXISTS (SELECT 1 FROM customers_customer s
        WHERE s.id = l.survivor AND customers_name_key(s.search_name) = {key}))"""
#: A number tells people apart if it can be dialled, or has as many digits as a local one; not if it is 0000000, nor
#: if it is the house's own.
_TELLS = (
    r"((valid OR phone ~ '^[0-9]{6,}$') AND phone !~ '([0-9])\1{6}$|1234567' "
    "AND phone <> ALL (%(own_numbers)s::text[]))"
)

_KNOWN_BY_VISIT = f"""
UPDATE customers_arrival a SET customer = coalesce(l.survivor, c.id)
FROM customers_visit v JOIN customers_customer c ON c.id = v.customer_id LEFT JOIN alias l ON l.gone = c.id
WHERE a.run = %(run)s AND a.search_name <> ''
    AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    AND (c.erased_at IS NOT NULL OR {_IS_CALLED.format(key="a.name_key")})
"""

# The name differs: she may have been renamed by us, or the visit was booked on somebody else by mistake.
_KNOWN_BY_VISIT_RENAMED = """
UPDATE customers_arrival a SET customer = coalesce(l.survivor, c.id)
FROM customers_visit v JOIN customers_customer c ON c.id = v.customer_id LEFT JOIN alias l ON l.gone = c.id
WHERE a.run = %(run)s AND a.customer IS NULL
    AND v.dealership_id = %(dealership)s AND v.kind = a.kind AND v.key = a.key
    AND (c.birth_date = a.birth_date
        OR EXISTS (
            SELECT 1 FROM customers_contactpoint p
            WHERE p.customer_id IN (c.id, l.survivor) AND (p.value = ANY (a.phones) OR p.value = a.email))
        OR (a.birth_date IS NULL AND a.email = '' AND NOT true = ANY (a.phones_valid)))
"""

# What makes two rows one customer: the name and any one of these. One word and a birthday are many people's.
_IDENTITIES = (
    f"""
CREATE TEMPORARY TABLE identity ON COMMIT DROP AS
SELECT a.id AS arrival, a.name_key || '|' || what AS what
FROM customers_arrival a
CROSS JOIN LATERAL (
    SELECT phone AS what FROM unnest(a.phones, a.phones_valid) AS p (phone, valid) WHERE {_TELLS}
    UNION ALL SELECT a.email WHERE a.email <> ''
    UNION ALL SELECT a.birth_date::text WHERE a.birth_date IS NOT NULL AND a.name_key ~ ' |[\u3400-\u9fff]{{2}}'
    UNION ALL SELECT 'vehicle:' || a.vehicle WHERE a.vehicle IS NOT NULL
) w
WHERE a.run = %(run)s AND a.search_name <> ''
    """,
    # What only one row has links nothing: that is most of them.
    """
CREATE TEMPORARY TABLE shared ON COMMIT DROP AS
SELECT arrival, what FROM identity JOIN (SELECT what FROM identity GROUP BY what HAVING count(*) > 1) w USING (what)
    """,
    "CREATE INDEX ON shared (what)",
    "ANALYZE shared",
    """
    CREATE TEMPORARY TABLE link ON COMMIT DROP AS
    SELECT id AS arrival, id AS head FROM customers_arrival WHERE run = %(run)s
    """,
    "CREATE UNIQUE INDEX ON link (arrival)",
)

# Each row is looked up by itself, one value after the other (OFFSET and LIMIT keep it so): of tables just written
# PostgreSQL knows nothing yet, and would read all of a house for each row.
_KNOWN_BY_IDENTITY = (
    f"""
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT w.arrival, min(coalesce(l.survivor, c.id)) AS id
        FROM (
            SELECT a.id AS arrival, a.name_key, unnest(array_append(
                ARRAY(SELECT phone FROM unnest(a.phones, a.phones_valid) AS p (phone, valid) WHERE {_TELLS}),
                nullif(a.email, ''))) AS value
            FROM customers_arrival a
            WHERE a.run = %(run)s AND a.customer IS NULL AND a.search_name <> '' OFFSET 0
        ) w
        CROSS JOIN LATERAL (
            SELECT c.id, c.search_name, c.erased_at
            FROM customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
            WHERE p.dealership_id = %(dealership)s AND p.value = w.value OFFSET 0
        ) c
        LEFT JOIN alias l ON l.gone = c.id
        WHERE c.erased_at IS NULL AND {_IS_CALLED.format(key="w.name_key")}
        GROUP BY w.arrival
    ) known WHERE a.id = known.arrival
    """,
    f"""
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT a.id AS arrival, min(coalesce(l.survivor, c.id)) AS id
        FROM customers_arrival a
        CROSS JOIN LATERAL (
            SELECT c.id, c.search_name, c.erased_at FROM (
                SELECT v.customer_id FROM customers_visit v WHERE v.vehicle_id = a.vehicle
                UNION SELECT o.customer_id FROM customers_ownership o WHERE o.vehicle_id = a.vehicle
            ) drove JOIN customers_customer c ON c.id = drove.customer_id OFFSET 0
        ) c
        LEFT JOIN alias l ON l.gone = c.id
        WHERE a.run = %(run)s AND a.customer IS NULL AND a.vehicle IS NOT NULL AND a.search_name <> ''
            AND c.erased_at IS NULL AND {_IS_CALLED.format(key="a.name_key")}
        GROUP BY a.id
    ) known WHERE a.id = known.arrival
    """,
    """
    UPDATE customers_arrival a SET customer = known.id
    FROM (
        SELECT a.id AS arrival, c.id
        FROM customers_arrival a
        CROSS JOIN LATERAL (
            SELECT coalesce(l.survivor, c.id) AS id
            FROM customers_customer c
            LEFT JOIN alias l ON l.gone = c.id LEFT JOIN customers_customer s ON s.id = l.survivor
            WHERE c.dealership_id = %(dealership)s AND customers_name_key(c.search_name) = a.name_key
                AND c.erased_at IS NULL AND a.birth_date IN (c.birth_date, s.birth_date)
            ORDER BY 1 LIMIT 1
        ) c
        WHERE a.run = %(run)s AND a.customer IS NULL AND a.birth_date IS NOT NULL AND a.search_name <> ''
            AND a.name_key ~ ' |[\u3400-\u9fff]{2}'
    ) known WHERE a.id = known.arrival
    """,
)

_LINK = """
UPDATE link l SET head = nearer.head
FROM (
    SELECT i.arrival, min(least_of.head) AS head
    FROM shared i
    JOIN (SELECT i.what, min(l.head) AS head FROM shared i JOIN link l USING (arrival) GROUP BY i.what) least_of
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

# A workshop's export without names: whose car it was on that day.
_KNOWN_BY_OWNERSHIP = """
UPDATE customers_arrival a SET customer = known.customer
FROM (
    SELECT DISTINCT ON (a.id) a.id AS arrival, coalesce(l.survivor, o.customer_id) AS customer
    FROM customers_arrival a
    JOIN customers_ownership o ON o.vehicle_id = a.vehicle
    LEFT JOIN alias l ON l.gone = o.customer_id
    WHERE a.run = %(run)s AND a.customer IS NULL AND a.search_name = '' AND a.kind = 'workshop_visit'
        AND o.capacity = 'owner'
        AND coalesce(o.from_on <= a.delivered_on, true) AND coalesce(o.to_on > a.delivered_on, true)
    ORDER BY a.id, o.from_on DESC NULLS LAST, o.id
) known WHERE a.id = known.arrival
"""

_DROP_OWNERLESS = """
DELETE FROM customers_arrival
WHERE run = %(run)s AND customer IS NULL AND search_name = '' AND kind NOT IN ('vehicles', 'customers')
RETURNING line
"""
