"""A customer is matched by the visit already known, else by the same name and one thing more; else opened."""

from typing import Any

from clientela.customers.models import Customer

from . import counting, matching
from .believing import Fact, said, was
from .receipt import Receipt

#: Where we know a customer from whom rows of this kind bring, unless somebody says otherwise (S2-6.1).
SOURCES = {
    "vehicle_delivery": Customer.Source.SALE,
    "hand_over": Customer.Source.SOURCING,
    "goods_sale": Customer.Source.GOODS,
    "consultation": Customer.Source.CONSULTATION,
    "workshop_visit": Customer.Source.WORKSHOP,
}


def source_of(kind: str) -> str:
    return str(SOURCES.get(kind, Customer.Source.OTHER))


def merge(cursor: Any, parameters: dict[str, Any], receipt: Receipt) -> list[int]:
    """Which of the customers we knew got another number or address."""
    count = receipt.customers
    receipt.ownerless = matching.match(cursor, parameters)
    cursor.execute("SELECT count(DISTINCT customer) FROM customers_arrival WHERE run = %(run)s", parameters)
    known = cursor.fetchone()[0]
    for statement in _OPEN_CUSTOMERS:
        cursor.execute(statement, parameters)
    counting.count(cursor, parameters)
    for statement in _TELL:
        cursor.execute(statement, parameters)
    count.new = cursor.rowcount
    for statement in _CHANGE:
        cursor.execute(statement, parameters)
    cursor.execute(_CHANGED)
    count.changed, reachable = cursor.fetchone()
    count.unchanged = known - count.changed
    cursor.execute("DROP TABLE pg_temp.identity, pg_temp.shared, pg_temp.link, pg_temp.alias, pg_temp.opened")
    cursor.execute("DROP TABLE pg_temp.told, pg_temp.news, pg_temp.touched")
    return list(reachable or ())


_PARTS = ("full_name", "customer_kind", "family_name", "second_family_name", "given_name", "patronymic", "search_name")
#: Of two spellings the one with small letters is better, then the one with accents.
_WELL_WRITTEN = (
    "CASE WHEN a.full_name <> upper(a.full_name) AND a.full_name <> lower(a.full_name) THEN 2 ELSE 0 END"
    " + CASE WHEN lower(a.full_name) <> a.search_name THEN 1 ELSE 0 END"
)
NAME = Fact(
    "name",
    "CASE WHEN a.search_name <> '' THEN concat_ws(E'\\x1f', {}) ELSE '' END".format(
        ", ".join(f"a.{p}" for p in _PARTS)
    ),
    rank=f"({_WELL_WRITTEN})::text",
    # Under the name of a file merged with hers, or of before she was renamed, she is not spelled.
    only="(c.id IS NULL OR customers_name_key(c.search_name) = a.name_key)",
)
FACTS = (
    NAME,
    Fact("birth_date", "coalesce(a.birth_date::text, '')"),
    Fact("address", "a.address"),
    Fact("region", "a.region"),
    Fact("member_since", "coalesce(a.member_since::text, '')"),
    Fact("member_level", "a.member_level"),
)
_OLD = {
    "name": "c.full_name",
    "birth_date": "coalesce(c.birth_date::text, '')",
    "address": "c.address",
    "member_since": "''",  # a day that nobody said is a guess (`_JOIN`)
}


def _part(place: int, of: str) -> str:
    return f"split_part({NAME.value_of(of)}, E'\\x1f', {place})"


_OPEN_CUSTOMERS = (
    """
CREATE TEMPORARY TABLE opened ON COMMIT DROP AS
SELECT l.head, nextval(pg_get_serial_sequence('customers_customer', 'id')) AS customer
FROM (
    SELECT DISTINCT l.head FROM link l JOIN customers_arrival a ON a.id = l.arrival
    WHERE a.customer IS NULL AND a.search_name <> ''
) l
    """,
    """
UPDATE customers_arrival a SET customer = o.customer
FROM link l JOIN opened o USING (head) WHERE a.id = l.arrival AND a.customer IS NULL
    """,
    "ANALYZE opened",
)

# What the rows of the file tell of each customer. The last statement counts: as many rows as customers were opened.
_TELL = (
    f"""
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT a.customer, min(a.kind) AS kind, {", ".join(fact.told("c") for fact in FACTS)}
FROM (
    SELECT *, coalesce(delivered_on, %(today)s)::text AS day FROM customers_arrival
    WHERE run = %(run)s AND customer IS NOT NULL
) a
LEFT JOIN customers_customer c ON c.id = a.customer
GROUP BY a.customer
    """,
    "ANALYZE told",
    f"""
INSERT INTO customers_customer (
    id, dealership_id, full_name, kind, family_name, second_family_name, given_name, patronymic, search_name,
    sex, birth_date, address, region, member_since, member_level,
    language, source, source_note, desired_services, do_not_call, created_at, version,
    run, said)
SELECT o.customer, %(dealership)s, {", ".join(_part(place, "t") for place in range(1, len(_PARTS) + 1))},
    '', {FACTS[1].value_of("t")}::date, coalesce({FACTS[2].value_of("t")}, ''), coalesce({FACTS[3].value_of("t")}, ''),
    {FACTS[4].value_of("t")}::date, coalesce({FACTS[5].value_of("t")}, ''), %(language)s,
    coalesce(nullif(%(source)s, ''),
        CASE t.kind {" ".join(f"WHEN '{kind}' THEN '{source}'" for kind, source in SOURCES.items())}
        ELSE '{Customer.Source.OTHER}' END),
    %(source_note)s, '', false, %(at)s, 1, %(run)s, {said(FACTS, "t")}
FROM opened o JOIN told t USING (customer)
    """,
)

_HEAR_NEWS = f"""
CREATE TEMPORARY TABLE news ON COMMIT DROP AS
SELECT c.id, {
    ", ".join(
        fact.news("c", _OLD.get(fact.field, f"c.{fact.field}"), "to_char(c.created_at, 'YYYY-MM-DD')") for fact in FACTS
    )
}
FROM told t JOIN customers_customer c ON c.id = t.customer
WHERE c.erased_at IS NULL AND NOT EXISTS (SELECT 1 FROM opened o WHERE o.customer = c.id)
"""

_CHANGE_CUSTOMERS = f"""
UPDATE customers_customer c
SET {
    ", ".join(
        f"{column} = CASE WHEN n.name IS NULL THEN c.{column} ELSE {_part(place, 'n')} END"
        for place, column in enumerate(
            ("full_name", "kind", "family_name", "second_family_name", "given_name", "patronymic", "search_name"),
            start=1,
        )
    )
},
    birth_date = coalesce({FACTS[1].value_of("n")}::date, c.birth_date),
    address = coalesce({FACTS[2].value_of("n")}, c.address),
    region = coalesce({FACTS[3].value_of("n")}, c.region),
    member_since = coalesce({FACTS[4].value_of("n")}::date, c.member_since),
    member_level = coalesce({FACTS[5].value_of("n")}, c.member_level),
    source = CASE WHEN c.source = '' THEN %(source)s ELSE c.source END,
    version = c.version + d.differs::int,
    said = c.said || {said(FACTS, "n")} || CASE WHEN d.differs THEN {was(FACTS, "c", "n")} ELSE '{{}}' END
FROM news n JOIN customers_customer o ON o.id = n.id
CROSS JOIN LATERAL (
    SELECT coalesce({_part(1, "n")} <> o.full_name, false)
        OR coalesce({FACTS[1].value_of("n")}::date IS DISTINCT FROM o.birth_date AND n.birth_date IS NOT NULL, false)
        OR coalesce({FACTS[2].value_of("n")} <> o.address, false)
        OR coalesce({FACTS[3].value_of("n")} <> o.region, false)
        OR coalesce({FACTS[4].value_of("n")}::date IS DISTINCT FROM o.member_since
            AND n.member_since IS NOT NULL, false)
        OR coalesce({FACTS[5].value_of("n")} <> o.member_level, false) AS differs
) d
WHERE c.id = n.id AND ({", ".join(f"n.{fact.field}" for fact in FACTS)})
    IS DISTINCT FROM ({", ".join(["NULL"] * len(FACTS))})
RETURNING c.id, d.differs
"""

# A row that calls her a member without saying since when: she is one since the first day of which a file says so.
_JOIN = """
UPDATE customers_customer c SET member_since = g.day, version = c.version + 1
FROM (
    SELECT customer, min(coalesce(delivered_on, %(today)s)) AS day FROM customers_arrival
    WHERE run = %(run)s AND member AND customer IS NOT NULL GROUP BY customer
) g
WHERE c.id = g.customer AND c.erased_at IS NULL AND c.said->>'member_since' IS NULL
    AND (c.member_since IS NULL OR c.member_since > g.day)
RETURNING c.id
"""

# In the order in which they stand in the cell: the first is the one that is dialled. A number that is known keeps
# the least of its spellings, so that it does not matter which came first.
_ADD_CONTACT_POINTS = """
INSERT INTO customers_contactpoint AS known (dealership_id, customer_id, kind, value, shown, valid, preferred, run)
SELECT %(dealership)s, w.customer, w.kind, w.value, min(w.shown COLLATE "C"), bool_or(w.valid), false, %(run)s
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
WHERE w.customer IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = w.customer AND c.erased_at IS NOT NULL)
GROUP BY w.customer, w.kind, w.value
ORDER BY w.customer, max(w.delivered_on) DESC NULLS LAST, min(w.place), w.value
ON CONFLICT ON CONSTRAINT contact_point_once_a_customer DO UPDATE SET shown = excluded.shown
    WHERE excluded.shown < known.shown COLLATE "C"
RETURNING customer_id AS id, xmax = 0 AS differs
"""

# Who was changed stays in the database: of a million rows the names of all would fill our memory.
_CHANGE = (
    _HEAR_NEWS,
    "CREATE TEMPORARY TABLE touched (customer bigint, reachable bool) ON COMMIT DROP",
    f"WITH w AS ({_CHANGE_CUSTOMERS}) INSERT INTO touched SELECT id, false FROM w WHERE differs",
    f"WITH w AS ({_JOIN}) INSERT INTO touched SELECT id, false FROM w",
    f"WITH w AS ({_ADD_CONTACT_POINTS}) INSERT INTO touched SELECT DISTINCT id, true FROM w WHERE differs",
    "DELETE FROM touched USING opened WHERE touched.customer = opened.customer",
)
_CHANGED = """
SELECT count(DISTINCT customer), array_agg(customer ORDER BY customer) FILTER (WHERE reachable) FROM touched
"""
