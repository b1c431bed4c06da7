"""Files that look like one customer's: found set-wise, in one pass over whole houses.

Two files are compared only when they share something: a number, an address, a car, a name but for a word. What too many
files share (`CROWD`) says nothing about any two of them, so no pass becomes quadratic; `crowds` names those.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Q

from .models import Duplicate

if TYPE_CHECKING:
    from clientela.network.models import User

Reason = Duplicate.Reason

#: How much each reason says, of a hundred. A number or an address of one's own says most, but families share them;
#: a car changes hands, and a plate goes from car to car; of one name there are many people; one born on the same
#: day is hardly another.
WEIGHTS: dict[str, int] = {
    Reason.PHONE: 50,
    Reason.EMAIL: 50,
    Reason.VIN: 30,
    Reason.PLATE: 25,
    Reason.NAME_AND_BIRTH: 70,
    Reason.NAME: 30,
    Reason.SIMILAR_NAME: 20,
    Reason.BIRTH: 40,
}
#: Born on different days they are rather mother and daughter.
OTHER_BIRTH = -30
#: From here on a pair is worth a look.
WORTH_A_LOOK = 20
#: Among so many files a sign tells nothing any more: the dealer's own number, 01.01.1970, María García.
CROWD: dict[str, int] = {
    Reason.PHONE: 20,
    Reason.EMAIL: 20,
    Reason.VIN: 20,
    Reason.PLATE: 20,
    Reason.NAME: 12,
    Reason.SIMILAR_NAME: 12,
    Reason.BIRTH: 60,
}
#: How alike two names are from which on we call them similar (trigrams in common, of all they have): beside another
#: reason, and with none but this. One surname of two that differs is another family, not a slip.
SIMILAR = 0.55
SIMILAR_ALONE = 0.7


@dataclass(frozen=True)
class Found:
    """What a pass found: pairs that are new, and all that stand; crowds it did not compare."""

    new: int
    pairs: int
    crowds: int


@dataclass(frozen=True)
class Crowd:
    """A number or an address on so many files that it says nothing."""

    value: str
    files: int


@transaction.atomic
def find(*, at: datetime, dealership_ids: Sequence[int] | None = None, customer_ids: Sequence[int] = ()) -> Found:
    """Look through whole houses (all of them without `dealership_ids`), or only for the likes of some customers.

    Pairs that somebody dismissed stay dismissed. Those that look alike no longer vanish.
    """
    parameters: dict[str, Any] = {
        "at": at,
        "houses": list(dealership_ids) if dealership_ids is not None else None,
        "only": list(customer_ids) or None,
        "similar": SIMILAR,
        "similar_alone": SIMILAR_ALONE,
        "other_birth": OTHER_BIRTH,
        "least": WORTH_A_LOOK,
        "weights": _as_json(WEIGHTS),
        "crowd": _as_json(CROWD),
    }
    with connection.cursor() as cursor:
        for statement in (*_SIGNS, _CROWDS):
            cursor.execute(statement, parameters)
        crowds = cursor.rowcount
        for statement in (*_CANDIDATES, *_PAIRS, _FORGET):
            cursor.execute(statement, parameters)
        cursor.execute(_KEEP, parameters)
        new, pairs = cursor.fetchone()
        cursor.execute(
            "DROP TABLE pg_temp.person, pg_temp.sign, pg_temp.crowd, pg_temp.shared, pg_temp.met, pg_temp.pair"
        )
    return Found(new=new, pairs=pairs, crowds=crowds)


def crowds(dealership_id: int) -> list[Crowd]:
    """Which numbers of a house are on too many files to say anything; the dealer's own, mostly."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO_CROWDS, {"house": dealership_id, "crowd": CROWD[Reason.PHONE]})
        return [Crowd(value, files) for value, files in cursor.fetchall()]


@transaction.atomic
def dismiss(pair: Duplicate, *, by: "User", at: datetime) -> None:
    """They are two: not to be asked again."""
    Duplicate.objects.filter(pk=pair.pk, dismissed_at=None).update(dismissed_at=at, dismissed_by=by)


@transaction.atomic
def look_again(pair: Duplicate) -> None:
    """Take a dismissal back."""
    Duplicate.objects.filter(pk=pair.pk).update(dismissed_at=None, dismissed_by=None)


def to_be_looked_at() -> Q:
    """Pairs of which nobody has said anything yet; a file that was merged away has no pairs."""
    return Q(dismissed_at=None, one__merged_into=None, other__merged_into=None)


def _as_json(numbers: dict[str, int]) -> str:
    pairs = ", ".join(f'"{name}": {number}' for name, number in numbers.items())
    return f"{{{pairs}}}"


# How -----------------------------------------------------------------------------------------------------

# Words in any order and any punctuation are one name. A sign is kept as one number, of house, kind and value: half the
# size of texts, as good to join. A name lacking one word catches a slip in that word, or a second given name that is
# sometimes left out.
_SIGNS = (
    """
CREATE TEMPORARY TABLE person ON COMMIT DROP AS
SELECT c.id, c.dealership_id, c.kind, c.birth_date, c.search_name, array_to_string(w.words, ' ') AS name, w.words
FROM customers_customer c
CROSS JOIN LATERAL (
    SELECT array_agg(word ORDER BY word) AS words
    FROM unnest(string_to_array(translate(c.search_name, ',-_/.''’"()', '     '), ' ')) word WHERE word <> ''
) w
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND w.words IS NOT NULL
    AND (%(houses)s::bigint[] IS NULL OR c.dealership_id = ANY (%(houses)s))
    AND (%(only)s::bigint[] IS NULL OR c.dealership_id IN (
        SELECT dealership_id FROM customers_customer WHERE id = ANY (%(only)s)))
    """,
    "CREATE UNIQUE INDEX ON person (id)",
    "ANALYZE person",
    "CREATE TEMPORARY TABLE sign (what text, key bigint, customer bigint) ON COMMIT DROP",
    """
INSERT INTO sign
SELECT DISTINCT s.what, hashtextextended(concat_ws('|', p.dealership_id, p.kind, s.what, c.value), 0), p.id
FROM customers_contactpoint c JOIN person p ON p.id = c.customer_id
CROSS JOIN LATERAL (SELECT CASE c.kind WHEN 'email' THEN 'email' ELSE 'phone' END) s (what)
WHERE c.valid AND (c.kind = 'email' OR (c.kind IN ('phone', 'whatsapp', 'viber') AND c.value LIKE '+%%'))
    """,
    # Whoever brings a car since it was last handed over; not its former owners, nor a user whom the owner named.
    """
INSERT INTO sign
SELECT s.what, hashtextextended(concat_ws('|', p.dealership_id, p.kind, s.what, s.value), 0), p.id
FROM (
    SELECT customer_id, vehicle_id FROM customers_ownership WHERE to_on IS NULL AND capacity = 'owner'
    UNION
    SELECT v.customer_id, v.vehicle_id
    FROM customers_visit v
    LEFT JOIN customers_ownership o ON o.vehicle_id = v.vehicle_id AND o.to_on IS NULL AND o.capacity = 'owner'
    WHERE v.cancelled_at IS NULL AND v.vehicle_id IS NOT NULL
        AND (o.from_on IS NULL OR v.delivered_on >= o.from_on)
) held
JOIN person p ON p.id = held.customer_id JOIN customers_vehicle v ON v.id = held.vehicle_id
CROSS JOIN LATERAL (VALUES ('vin', v.vin), ('plate', v.plate_key)) s (what, value)
WHERE s.value <> ''
GROUP BY 1, 2, 3
    """,
    """
INSERT INTO sign
SELECT s.what, hashtextextended(concat_ws('|', p.dealership_id, p.kind, s.what, s.value), 0), p.id
FROM person p CROSS JOIN LATERAL (VALUES ('name', p.name), ('birth', p.birth_date::text)) s (what, value)
WHERE s.value IS NOT NULL
    """,
    """
INSERT INTO sign
SELECT DISTINCT 'similar_name', hashtextextended(concat_ws('|', p.dealership_id, p.kind, array_to_string(
    CASE left_out WHEN 0 THEN p.words ELSE p.words[:left_out - 1] || p.words[left_out + 1:] END, ' ')), 1), p.id
FROM person p CROSS JOIN LATERAL generate_series(0, least(cardinality(p.words), 6)) left_out
WHERE cardinality(p.words) - CASE left_out WHEN 0 THEN 0 ELSE 1 END >= 2
    """,
    """
CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS
SELECT key, what, count(*) > (%(crowd)s::jsonb ->> what)::int AS too_large FROM sign
GROUP BY key, what HAVING count(*) > 1
    """,
)
_CROWDS = "DELETE FROM crowd WHERE too_large"

_CANDIDATES = (
    "ANALYZE crowd",
    "CREATE TEMPORARY TABLE shared ON COMMIT DROP AS SELECT s.* FROM crowd JOIN sign s USING (key, what)",
    "ANALYZE shared",
    """
CREATE TEMPORARY TABLE met ON COMMIT DROP AS
SELECT a.customer AS one, b.customer AS other, array_agg(a.what) AS signs
FROM shared a JOIN shared b USING (key, what)
WHERE a.customer < b.customer
    AND (%(only)s::bigint[] IS NULL OR a.customer = ANY (%(only)s) OR b.customer = ANY (%(only)s))
GROUP BY 1, 2
    """,
    "ANALYZE met",
)

# Similar are names that have most of their trigrams in common, whatever else brought the two together. In Chinese
# one other character is another person: three of four trigrams of a name hang on it.
_PAIRS = (
    """
CREATE TEMPORARY TABLE pair ON COMMIT DROP AS
WITH compared AS (
    SELECT met.one, met.other, a.dealership_id, signs, a.name = b.name AS same_name,
        a.birth_date = b.birth_date AS same_birth, a.birth_date <> b.birth_date AS other_birth,
        a.name <> b.name AND similarity(a.name, b.name) >= CASE
            WHEN signs && '{phone,email,vin,plate,birth}' THEN %(similar)s ELSE %(similar_alone)s END AS alike
    FROM met JOIN person a ON a.id = met.one JOIN person b ON b.id = met.other
), reasoned AS (
    SELECT one, other, dealership_id, other_birth, array_remove(ARRAY[
        CASE WHEN 'phone' = ANY (signs) THEN 'phone' END,
        CASE WHEN 'email' = ANY (signs) THEN 'email' END,
        CASE WHEN same_name AND same_birth THEN 'name_and_birth' END,
        CASE WHEN 'vin' = ANY (signs) THEN 'vin' END,
        CASE WHEN 'plate' = ANY (signs) AND 'vin' <> ALL (signs) THEN 'plate' END,
        CASE WHEN same_birth AND alike THEN 'birth' END,
        CASE WHEN same_name AND same_birth IS NOT TRUE THEN 'name' END,
        CASE WHEN alike THEN 'similar_name' END], NULL) AS reasons
    FROM compared
)
SELECT one, other, dealership_id, reasons, greatest(0, least(100, (
    SELECT sum((%(weights)s::jsonb ->> reason)::int) FROM unnest(reasons) reason)
        + CASE WHEN other_birth THEN %(other_birth)s ELSE 0 END)) AS score
FROM reasoned
WHERE reasons <> '{}'
    """,
    "DELETE FROM pair WHERE score < %(least)s",
    "ANALYZE pair",
)

# What nobody dismissed and looks alike no longer.
_FORGET = """
DELETE FROM customers_duplicate d
WHERE d.dismissed_at IS NULL
    AND (%(houses)s::bigint[] IS NULL OR d.dealership_id = ANY (%(houses)s))
    AND (%(only)s::bigint[] IS NULL OR d.one_id = ANY (%(only)s) OR d.other_id = ANY (%(only)s))
    AND NOT EXISTS (SELECT 1 FROM pair p WHERE p.one = d.one_id AND p.other = d.other_id)
"""
_KEEP = """
WITH kept AS (
    INSERT INTO customers_duplicate (dealership_id, one_id, other_id, score, reasons, found_at)
    SELECT dealership_id, one, other, score, to_jsonb(reasons), %(at)s FROM pair ORDER BY one, other
    ON CONFLICT (one_id, other_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons
    WHERE (customers_duplicate.score, customers_duplicate.reasons) IS DISTINCT FROM (excluded.score, excluded.reasons)
    RETURNING xmax = 0 AS is_new)
SELECT (SELECT count(*) FROM kept WHERE is_new), (SELECT count(*) FROM pair)
"""
_WHO_CROWDS = """
SELECT value, count(*) FROM customers_contactpoint
WHERE dealership_id = %(house)s AND valid GROUP BY value HAVING count(*) > %(crowd)s ORDER BY 2 DESC, 1 LIMIT 5
"""
