"""Lists of customers and vehicles: filters, orders, paging, counts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clientela.contacts import planning
from clientela.customers import listing
from clientela.customers.models import Customer, CustomerFile, Ownership, Vehicle, Visit
from clientela.network.models import Dealership, User
from tests import cast

SignIn = Callable[[User], Client]
MONDAY = date(2026, 3, 2)


def names(answer: Any) -> list[str]:
    return [line.cells[0].value for line in answer.context["lines"]]


@pytest.fixture
def ask(mariana: User, as_user: SignIn) -> Callable[..., list[str]]:
    client = as_user(mariana)

    def rows(address: str = "/customers/", **query: Any) -> list[str]:
        answer = client.get(address, query)
        assert answer.status_code == 200
        return names(answer)

    return rows


@pytest.fixture
def three(norte: Dealership, now: datetime) -> dict[str, Customer]:
    """Ana came on Monday, Luis in January, Zoe never after 2024; only Ana has a number that can be dialled."""
    days = {"Ana Ríos": MONDAY, "Luis Peña": date(2026, 1, 10), "Zoe Ávila": date(2024, 6, 1)}
    phones = {"Ana Ríos": "614 200 1001", "Luis Peña": "12", "Zoe Ávila": ""}
    found = {}
    for name, day in days.items():
        visit = cast.deliver(norte, day, at=now, customer_name=name, phones=phones[name])
        found[name.split()[0]] = visit.customer
    return {key: Customer.objects.get(pk=row.pk) for key, row in found.items()}


def change(row: Any, **facts: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**facts)


def test_each_filter_of_customers_narrows_to_whom_it_says(
    three: dict[str, Customer], patricia: User, norte: Dealership, ask: Callable[..., list[str]], now: datetime
) -> None:
    ana, luis, zoe = three.values()
    change(ana, region="Norte", source="event", language="ru")
    change(luis, kind="company", do_not_call=True)
    Visit.objects.filter(customer=luis).update(consultant=patricia)
    planning.plan(at=now)
    CustomerFile.objects.create(dealership=norte, customer=zoe, visit=zoe.visits.get(), began_on=MONDAY, due_on=MONDAY)
    a, lu, z = (Customer.objects.get(pk=row.pk).listed_name for row in (ana, luis, zoe))

    assert ask() == [a, lu, z]
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"name": "AnÁ"}, [a]),
        ({"name": "an%"}, []),
        ({"kind": "company"}, [lu]),
        ({"region": "norte"}, [a]),
        ({"no_region": "on"}, [lu, z]),
        ({"source": "event"}, [a]),
        ({"source": "sale"}, [lu, z]),
        ({"language": "ru"}, [a]),
        ({"phone": "valid"}, [a]),
        ({"phone": "none"}, [lu, z]),
        ({"do_not_call": "yes"}, [lu]),
        ({"do_not_call": "no"}, [a, z]),
        ({"visit_from": "2026-01-10"}, [a, lu]),
        ({"visit_to": "2026-01-10"}, [lu, z]),
        ({"visit_from": "2026-01-01", "visit_to": "2026-01-31"}, [lu]),
        ({"consultant": patricia.pk}, [lu]),
        ({"open_task": "yes"}, [a]),
        ({"open_task": "no"}, [lu, z]),
        ({"incomplete": "on"}, [z]),
        ({"phone": "none", "do_not_call": "no"}, [z]),
    ]
    for query, expected in cases:
        assert (query, ask(**query)) == (query, expected)


def test_who_was_merged_or_erased_is_not_listed(
    three: dict[str, Customer], ask: Callable[..., list[str]], now: datetime
) -> None:
    change(three["Zoe"], merged_into=three["Ana"])
    change(three["Luis"], erased_at=now)

    assert ask() == [three["Ana"].listed_name]
    assert ask(sort="-visit") == [three["Ana"].listed_name]


@pytest.mark.covers("S1-P2.5.1a")
def test_twenty_of_five_hundred_without_region_are_listed(norte: Dealership, mariana: User, as_user: SignIn) -> None:
    rows = [
        Customer(
            dealership=norte,
            full_name=f"Cliente {number:03d}",
            search_name=f"cliente {number:03d}",
            language="es-mx",
            region="" if number % 25 == 0 else "Chihuahua",
        )
        for number in range(500)
    ]
    Customer.objects.bulk_create(rows)
    client = as_user(mariana)

    lacking, known = (
        client.get("/customers/", {"no_region": "on"}),
        client.get("/customers/", {"region": "Chihuahua"}),
    )

    assert names(lacking) == [f"Cliente {number:03d}" for number in range(0, 500, 25)]
    assert (lacking.context["count"], known.context["count"]) == (20, 480)


@pytest.mark.parametrize("sort", ["name", "-name", "visit", "-visit", "opened", "-opened", "region", "-region"])
def test_pages_of_customers_follow_without_gap_in_every_order(
    norte: Dealership, mariana: User, now: datetime, sort: str
) -> None:
    for number in range(7):
        visit = cast.deliver(norte, MONDAY - timedelta(days=number % 3), at=now)
        change(visit.customer, region=f"R{number % 2}", created_at=now - timedelta(days=number % 4))
    for number in range(3):
        Customer.objects.create(dealership=norte, full_name=f"Nunca {number}", language="es-mx")

    assert _paged(listing.CUSTOMERS, norte, mariana, sort) == _whole(listing.CUSTOMERS, norte, mariana, sort)


@pytest.mark.parametrize("sort", ["name", "-name", "plate", "-plate", "year", "-year", "next", "-next"])
def test_pages_of_vehicles_follow_without_gap_though_some_know_nothing(
    norte: Dealership, mariana: User, now: datetime, sort: str
) -> None:
    for number in range(7):
        car = cast.deliver(norte, MONDAY, at=now).vehicle
        change(
            car,
            model_year=None if number % 3 == 0 else 2020 + number % 2,
            next_service_on=None if number % 2 else MONDAY + timedelta(days=number),
        )

    paged = _paged(listing.VEHICLES, norte, mariana, sort)

    assert paged == _whole(listing.VEHICLES, norte, mariana, sort)
    if sort.lstrip("-") in {"year", "next"}:
        field = {"year": "model_year", "next": "next_service_on"}[sort.lstrip("-")]
        known = [getattr(Vehicle.objects.get(pk=pk), field) is not None for pk in paged]
        assert known == sorted(known, reverse=True)


def _asked(of: Any, house: Dealership, user: User, sort: str) -> Any:
    from clientela.network.permissions import Permission

    return of.asked({"sort": sort}, house, by=user, right=Permission.SEE_CUSTOMERS, columns=[])


def _paged(of: Any, house: Dealership, user: User, sort: str) -> list[int]:
    asked, seen, token = _asked(of, house, user, sort), [], None
    for _page in range(9):
        page = asked.page(token, 2)
        assert len(page.rows) == 2 or not page.more
        seen += [row.pk for row in page.rows]
        token = page.more
        if not token:
            break
    assert len(seen) == len(set(seen)) == asked.rows.count()
    return seen


def _whole(of: Any, house: Dealership, user: User, sort: str) -> list[int]:
    return [row.pk for row in _asked(of, house, user, sort).every_row(1000)]


def test_the_next_maintenance_is_what_a_person_set_else_follows_from_the_cycle(
    norte: Dealership, ask: Callable[..., list[str]], mariana: User, as_user: SignIn, now: datetime
) -> None:
    follows = cast.deliver(norte, date(2026, 1, 31), at=now, kind="workshop_visit", model="Aveo").vehicle
    is_set = cast.deliver(norte, MONDAY, at=now, kind="workshop_visit", model="Captiva").vehicle
    change(follows, cycle_months=1)
    change(is_set, cycle_months=6, next_service_on=date(2026, 3, 20))
    cast.deliver(norte, MONDAY, at=now, model="Onix")

    address = "/customers/vehicles/"
    assert ask(address, next_from="2026-02-01", next_to="2026-03-01") == ["GMC Aveo 2026"]
    assert ask(address, next_to="2026-03-20", sort="-next") == ["GMC Captiva 2026", "GMC Aveo 2026"]
    shown = as_user(mariana).get(address, {"cols": "next"}).context["lines"]
    assert [line.cells[1].value for line in shown] == [date(2026, 2, 28), date(2026, 3, 20), None]


def test_each_filter_of_vehicles_narrows_to_what_it_says(
    norte: Dealership, ask: Callable[..., list[str]], now: datetime
) -> None:
    old = cast.deliver(norte, date(2025, 1, 7), at=now, make="Kia", model="Rio", model_year=2018, plate="KIA-018")
    new = cast.deliver(norte, MONDAY, at=now, make="GMC", model="Terrain", model_year=2026, plate="GMC-026")
    change(old.vehicle, special=True)
    Ownership.objects.filter(vehicle=old.vehicle).update(to_on=MONDAY)
    kia, gmc = "Kia Rio 2018", "GMC Terrain 2026"
    assert new.vehicle

    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"make": "kia"}, [kia]),
        ({"model": "terr"}, [gmc]),
        ({"plate": "kia 0"}, [kia]),
        ({"year_from": 2020}, [gmc]),
        ({"year_to": 2020}, [kia]),
        ({"special": "yes"}, [kia]),
        ({"special": "no"}, [gmc]),
        ({"owner": "none"}, [kia]),
        ({"owner": "known"}, [gmc]),
        ({"visit_from": "2026-01-01"}, [gmc]),
        ({"visit_to": "2026-01-01"}, [kia]),
    ]
    for query, expected in cases:
        assert (query, ask("/customers/vehicles/", **query)) == (query, expected)


@pytest.mark.parametrize("address", ["/customers/", "/customers/vehicles/"])
def test_a_list_asks_as_many_questions_for_thirty_as_for_one(
    address: str, norte: Dealership, mariana: User, as_user: SignIn, now: datetime
) -> None:
    client = as_user(mariana)

    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    cast.deliver(norte, MONDAY, at=now)
    questions()
    one = questions()
    for _row in range(29):
        cast.deliver(norte, MONDAY, at=now)

    assert questions() == one


def test_what_is_asked_stands_as_words_that_can_be_taken_away(
    three: dict[str, Customer], mariana: User, as_user: SignIn
) -> None:
    answer = as_user(mariana).get("/customers/?name=ana&phone=valid&sort=-visit&after=x")

    chips = [(chip.name, chip.text, without) for chip, without in answer.context["chips"]]
    assert chips == [
        ("name", "ana", "?phone=valid&sort=-visit&after=x"),
        ("phone", "with a valid number", "?name=ana&sort=-visit&after=x"),
    ]


def test_blanks_of_a_form_do_not_stay_in_the_address(norte: Dealership, mariana: User, as_user: SignIn) -> None:
    answer = as_user(mariana).get("/customers/?name=&kind=person&region=&cols=phone&cols=email")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/customers/?kind=person&cols=phone&cols=email")


def test_nonsense_is_named_beside_its_field_and_shows_nobody(
    three: dict[str, Customer], mariana: User, as_user: SignIn
) -> None:
    client = as_user(mariana)

    for query in ({"visit_from": "31 feb"}, {"kind": "dog"}, {"visit_from": "2026-03-01", "visit_to": "2026-02-01"}):
        answer = client.get("/customers/", query)
        assert (answer.status_code, names(answer), bool(answer.context["asked"].filters.errors)) == (422, [], True)


def test_columns_are_chosen_in_the_address_and_remembered(
    three: dict[str, Customer], mariana: User, as_user: SignIn
) -> None:
    client = as_user(mariana)

    def columns(address: str) -> list[str]:
        return [column.code for column in client.get(address).context["asked"].columns]

    assert columns("/customers/?cols=visit&cols=email&cols=password") == ["name", "email", "visit"]
    assert columns("/customers/") == ["name", "email", "visit"]
    assert columns("/customers/?cols=phone") == ["name", "phone"]
    assert columns("/customers/vehicles/")[:2] == ["name", "plate"]


def test_a_long_list_says_more_than_instead_of_counting(norte: Dealership, now: datetime) -> None:
    for _row in range(4):
        cast.deliver(norte, MONDAY, at=now)
    rows = listing.CUSTOMERS.rows(norte)

    assert [listing.count(rows, limit) for limit in (3, 4, 5)] == [
        listing.Count(3, capped=True),
        listing.Count(4),
        listing.Count(4),
    ]


@pytest.mark.covers("S0-P.2")
def test_a_neighbour_is_listed_nowhere(
    three: dict[str, Customer], lixue: User, jingbei: Dealership, as_user: SignIn, now: datetime
) -> None:
    own = cast.deliver(jingbei, MONDAY, at=now, customer_name="欧阳敏", phones="13800138000")
    client = as_user(lixue)

    assert names(client.get("/customers/")) == [own.customer.listed_name]
    assert names(client.get("/customers/", {"sort": "-visit"})) == [own.customer.listed_name]
    assert len(names(client.get("/customers/vehicles/"))) == 1
    assert client.get("/customers/sources/").context["total"] == 1


@pytest.mark.covers("S4-1.1a")
def test_a_card_is_found_by_its_fields_in_the_list_and_in_the_box(
    norte: Dealership, mariana: User, as_user: SignIn, now: datetime
) -> None:
    visit = cast.deliver(norte, MONDAY, at=now, customer_name="Rosa Ibáñez", phones="614 555 7788", plate="EKV-195-A")
    cast.deliver(norte, MONDAY, at=now)
    client, page = as_user(mariana), f"/customer/{visit.customer_id}/"

    assert names(client.get("/customers/", {"name": "rosa"})) == [visit.customer.listed_name]
    assert names(client.get("/customers/vehicles/", {"plate": "ekv195"})) == ["GMC Terrain 2026"]
    found = [client.get("/customers/", {"q": q}, follow=True).redirect_chain[-1][0] for q in ("7788", "ekv195a")]
    assert found == [page, page]
