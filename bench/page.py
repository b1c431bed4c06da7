"""Today's page and the call screen: how many queries, how long against a bare list; and how deep paging holds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from unittest.mock import patch

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from clientela.contacts.models import ContactTask
from clientela.desk import day
from clientela.network import tenancy
from clientela.network.models import Dealership, User
from clientela.network.paging import Page, page_after

from . import bare, server, tasks
from .filling import GIANT
from .scale import AT, Scale
from .table import Figure, ms
from .timing import in_turns, median, p95, seconds

#: An ordinary house, and one that is left a single task.
ORDINARY, QUIET = 2, 3
TODAY, BARE = "/", "/bare/"


def measure(scale: Scale) -> list[Figure]:
    tasks.open_a_day()
    _leave_one_task(QUIET)
    with _at_the_benchmarks_hour():
        return [*_queries(), *_speed(scale), *_calls(scale), *_depth(scale)]


def _leave_one_task(house: int) -> None:
    with server.connect() as bench:
        bench.execute(
            """
            DELETE FROM contacts_contacttask WHERE dealership_id = %(house)s AND id <> (
                SELECT id FROM contacts_contacttask WHERE dealership_id = %(house)s AND callable_from <= %(at)s
                ORDER BY ranks_at LIMIT 1)
            """,
            {"house": house, "at": AT},
        )


@contextmanager
def _at_the_benchmarks_hour() -> Iterator[None]:
    with patch("django.utils.timezone.now", return_value=AT), override_settings(ROOT_URLCONF=bare.__name__):
        yield


def _client(house: int) -> Client:
    """Signed in as the manager of a house, who calls and sees everybody's tasks: the dearest page there is."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(roles__dealership=house, roles__role="cs_manager"))
    return client


def _get(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


# Queries ------------------------------------------------------------------------------------------------------------


def _queries() -> list[Figure]:
    one, fifty = (_count(_client(house), TODAY) for house in (QUIET, ORDINARY))
    return [
        Figure("queries of today's page: 50 rows / 1 row", f"{fifty[0]}", f"{one[0]}", fifty[0] / one[0], at_most=1),
        Figure("queries of today's page", f"{fifty[0]}", f"+{fifty[1]} tenancy", float(fifty[0]), at_most=12),
    ]


def _count(client: Client, address: str) -> tuple[int, int]:
    """Queries of a page, and statements about roles and transactions around it."""
    _get(client, address)
    with CaptureQueriesContext(connection) as captured:
        _get(client, address)
    around = sum(map(_is_around, (query["sql"] for query in captured)))
    return len(captured) - around, around


def _is_around(statement: str) -> bool:
    return statement in {"BEGIN", "COMMIT"} or "current_setting('role')" in statement or "set_config(" in statement


# Speed --------------------------------------------------------------------------------------------------------------


def _speed(scale: Scale) -> list[Figure]:
    ours, floor = _client(ORDINARY), _bare_client(ORDINARY)
    for client, address in ((ours, TODAY), (floor, BARE)):
        assert _get(client, address).count("<tr") >= 50, f"{address} shows fewer than fifty rows"
    took = in_turns(
        scale.page_views,
        {"ours": partial(seconds, partial(_get, ours, TODAY)), "bare": partial(seconds, partial(_get, floor, BARE))},
    )
    found: dict[str, Callable[[list[float]], float]] = {"p95": p95, "median": median}
    return [
        Figure(
            f"today's page / bare list of 50, {name}",
            ms(of(took["ours"])),
            ms(of(took["bare"])),
            of(took["ours"]) / of(took["bare"]),
            at_most=3 if name == "p95" else None,
        )
        for name, of in found.items()
    ]


def _bare_client(house: int) -> Client:
    """The middleware is loaded with the first request."""
    client = _client(house)
    with override_settings(MIDDLEWARE=bare.MIDDLEWARE):
        _get(client, BARE)
    return client


# The call screen ----------------------------------------------------------------------------------------------------


def _calls(scale: Scale) -> list[Figure]:
    """Every view another customer: nobody is called twice in a row."""
    client, floor = _client(ORDINARY), _bare_client(ORDINARY)
    taken = cycle(_take(ORDINARY, scale.page_views))
    queries, _around = _count(client, f"/call/{next(taken)}/")
    took = in_turns(
        scale.page_views,
        {
            "call": lambda: seconds(partial(_get, client, f"/call/{next(taken)}/")),
            "bare": partial(seconds, partial(_get, floor, BARE)),
        },
    )
    call, bare = p95(took["call"]), p95(took["bare"])
    return [
        Figure("queries of the call screen", f"{queries}", "", float(queries), at_most=15),
        Figure("call screen / bare list of 50, p95", ms(call), ms(bare), call / bare, at_most=3),
    ]


def _take(house: int, most: int) -> list[int]:
    """Put so many tasks into the hands of the manager."""
    with server.connect() as bench:
        rows = bench.execute(
            """
            UPDATE contacts_contacttask SET
                fence = fence + 1, leased_until = %(at)s + interval '20 minutes', leased_by_id = (
                    SELECT user_id FROM network_roleassignment
                    WHERE dealership_id = %(house)s AND role = 'cs_manager' LIMIT 1)
            WHERE id IN (
                SELECT id FROM contacts_contacttask WHERE dealership_id = %(house)s AND state = 'open'
                ORDER BY ranks_at DESC, id DESC LIMIT %(most)s)
            RETURNING id
            """,
            {"house": house, "at": AT, "most": most},
        )
        return [int(str(row[0])) for row in rows]


# Paging -------------------------------------------------------------------------------------------------------------


def _depth(scale: Scale) -> list[Figure]:
    house = Dealership.objects.get(pk=GIANT)
    token, number = _last_full_page(house)
    first, deep = (partial(_listed, house, after) for after in (None, token))
    client = _client(GIANT)
    pages = {"first": TODAY, "deep": f"{TODAY}?after={token}"}
    views = scale.page_views // 4
    listed = in_turns(views, {"first": partial(seconds, first), "deep": partial(seconds, deep)})
    served = in_turns(views, {name: partial(seconds, partial(_get, client, page)) for name, page in pages.items()})
    return [
        _deeper(f"rows of page {number} / of page 1", listed),
        _deeper(f"today's page {number} / page 1, served", served),
    ]


def _deeper(name: str, took: dict[str, list[float]]) -> Figure:
    deep, first = median(took["deep"]), median(took["first"])
    return Figure(name, ms(deep), ms(first), deep / first, at_most=3)


def _listed(house: Dealership, after: str | None) -> Page[ContactTask]:
    with tenancy.within([house.pk]):
        rows = ContactTask.objects.filter(dealership=house).due_by(day.end_of_day(house, AT))
        return page_after(rows.for_list(), ("ranks_at", "pk"), after)


def _last_full_page(house: Dealership) -> tuple[str, int]:
    token, number = "", 1
    while more := _listed(house, token or None).more:
        last, token = token, more
        number += 1
    return last, number - 1
