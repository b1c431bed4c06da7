"""The search box at full size (P13): by number, plate and VIN, by how a name begins, by a slip of the keyboard."""

import random
from functools import partial
from time import perf_counter

from django.db import connection

from clientela.customers import search
from clientela.lib.names import search_key
from clientela.lib.plates import key as plate_key
from clientela.network import tenancy

from .scale import Scale
from .server import connect
from .table import Figure, ms
from .timing import median, p95

SLIPS = 60


def measure(scale: Scale) -> list[Figure]:
    """For somebody who sees every house: of all the most to look through."""
    luck = random.Random(1)
    people = _people(scale, luck)
    places = list(range(1, scale.houses + 1))
    exact = _times(places, [value for row in people for value in (row[1][-10:], row[2], row[3])])
    tails = _times(places, [value for row in people for value in (row[1][-7:], row[2][1:], row[3][-8:])])
    heads = _times(places, [search_key(name)[: luck.randrange(5, 9)] for name, *_rest in people])
    slips = [_slip(search_key(name), luck) for name, *_rest in people[:SLIPS]]
    fuzzy = _times(places, slips)
    found = sum(search_key(name) in _names(places, slip) for (name, *_), slip in zip(people, slips, strict=False))
    plain = [_icontains(slip) for slip in slips[:6]]
    return [
        Figure("search: number, plate, VIN; p95 / 5 ms", ms(p95(exact)), ms(0.005), p95(exact) / 0.005, at_most=1),
        Figure("search: their last signs; p95 / 5 ms", ms(p95(tails)), ms(0.005), p95(tails) / 0.005, at_most=1),
        Figure("search: beginning of a name; p95 / 10 ms", ms(p95(heads)), ms(0.010), p95(heads) / 0.010, at_most=1),
        Figure("search: two letters swapped; p95 / 150 ms", ms(p95(fuzzy)), ms(0.150), p95(fuzzy) / 0.150, at_most=1),
        Figure(
            "… against icontains without an index, p50",
            ms(median(fuzzy)),
            ms(median(plain)),
            median(plain) / median(fuzzy),
            at_least=3,
        ),
        Figure("… found of those with a slip", str(found), str(len(slips)), found / len(slips), at_least=0.85),
    ]


def _people(scale: Scale, luck: random.Random) -> list[tuple[str, str, str, str]]:
    """Some customers with number, plate and VIN."""
    ids = luck.sample(range(1, scale.vehicles), max(SLIPS, scale.page_views))
    with connect() as server:
        return server.execute(
            """
            SELECT c.full_name, p.value, v.plate_key, v.vin FROM customers_customer c
            JOIN customers_contactpoint p ON p.customer_id = c.id JOIN customers_ownership o ON o.customer_id = c.id
            JOIN customers_vehicle v ON v.id = o.vehicle_id WHERE c.id = ANY (%s) ORDER BY c.id
            """,
            [ids],
        ).fetchall()  # type: ignore[return-value]


def _slip(name: str, luck: random.Random) -> str:
    place = luck.choice([n for n in range(1, len(name) - 1) if name[n : n + 2].isalpha() and name[n] != name[n + 1]])
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _times(places: list[int], terms: list[str]) -> list[float]:
    """What the product's function takes for each, once warm."""
    ask = partial(_ask, places)
    for term in terms[:20]:
        ask(term)
    times = []
    for term in terms:
        begun = perf_counter()
        ask(term)
        times.append(perf_counter() - begun)
    return times


def _ask(places: list[int], term: str) -> list[int]:
    with tenancy.within(places), connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM customers_find(%s, %s, %s, %s, %s)",
            [search.words_of(term), search.number_of(term), plate_key(term), term, places],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _names(places: list[int], term: str) -> set[str]:
    with connect() as server:
        ids = _ask(places, term)
        rows = server.execute("SELECT search_name FROM customers_customer WHERE id = ANY (%s)", [ids]).fetchall()
    return {str(name) for (name,) in rows}


def _icontains(term: str) -> float:
    with connect() as server:
        server.execute("SET enable_bitmapscan = off; SET enable_indexscan = off; SET enable_indexonlyscan = off")
        begun = perf_counter()
        server.execute(
            "SELECT id FROM customers_customer WHERE upper(full_name) LIKE upper(%s) LIMIT 50", [f"%{term}%"]
        ).fetchall()
        return perf_counter() - begun
