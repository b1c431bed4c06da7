"""Duplicates among all customers in one pass, against comparing the same pairs one by one with rapidfuzz."""

from django.db import connection, transaction

from clientela.customers import duplicates
from clientela.network import tenancy

from .scale import AT, Scale
from .table import Figure, s
from .timing import in_turns, median, seconds

# Three of a hundred stand there twice: with a letter more, and the same number.
_TWINS = (
    """
INSERT INTO customers_customer (
    dealership_id, kind, full_name, family_name, second_family_name, given_name, patronymic, sex, address, language,
    search_name, created_at, version, region, source, source_note, desired_services, do_not_call, said)
SELECT dealership_id, kind, full_name || 'h', family_name, second_family_name, given_name, patronymic, sex, address,
    language, search_name || 'h', created_at, id, region, source, source_note, desired_services, do_not_call, said
FROM customers_customer WHERE id %% 33 = 0
    """,
    """
INSERT INTO customers_contactpoint (dealership_id, customer_id, kind, value, shown, valid, preferred)
SELECT p.dealership_id, c.id, p.kind, p.value, p.shown, true, true
FROM customers_customer c JOIN customers_contactpoint p ON p.customer_id = c.version
WHERE c.version > 1
    """,
)


def measure(scale: Scale) -> list[Figure]:
    from rapidfuzz import fuzz

    with tenancy.everywhere():
        _insert_twins()
        sizes: set[tuple[int, int]] = set()

        def ours() -> float:
            return seconds(lambda: sizes.add(_pass(scale)))

        def theirs() -> float:
            return seconds(lambda: [fuzz.token_sort_ratio(a, b) for a, b in _candidates()])

        took = in_turns(scale.rounds, {"ours": ours, "rapidfuzz": theirs})
        count = len(_candidates())
        transaction.set_rollback(True)
    [(pairs, crowds)] = sizes
    if pairs < scale.vehicles // 40:
        raise AssertionError(f"Of {scale.vehicles // 33} twins only {pairs} were found")
    ours_s, theirs_s = median(took["ours"]), median(took["rapidfuzz"])
    per_million = ours_s * 1_000_000 / scale.vehicles
    return [
        Figure(f"find {pairs:,} duplicates among {scale.vehicles:,}", s(ours_s), s(per_million), per_million / 60),
        Figure(f"… / rapidfuzz on the same {count:,} pairs", s(ours_s), s(theirs_s), ours_s / theirs_s),
        Figure("… crowds left out", str(crowds), "", float(crowds)),
    ]


def _insert_twins() -> None:
    with connection.cursor() as cursor:
        for statement in _TWINS:
            cursor.execute(statement, {})


def _pass(scale: Scale) -> tuple[int, int]:
    found = duplicates.find(at=AT)
    return found.pairs, found.crowds


def _candidates() -> list[tuple[str, str]]:
    """The names of all that share a sign, as the pass brings them together."""
    with connection.cursor() as cursor, transaction.atomic():
        for statement in (*duplicates._SIGNS, duplicates._CROWDS, *duplicates._CANDIDATES):
            cursor.execute(statement, {"houses": None, "only": None, "crowd": duplicates._as_json(duplicates.CROWD)})
        cursor.execute(
            "SELECT a.name, b.name FROM met JOIN person a ON a.id = met.one JOIN person b ON b.id = met.other"
        )
        rows: list[tuple[str, str]] = cursor.fetchall()
        cursor.execute("DROP TABLE pg_temp.person, pg_temp.sign, pg_temp.crowd, pg_temp.shared, pg_temp.met")
    return rows
