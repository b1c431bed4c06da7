"""Finding a customer by what one has at hand, and nobody of the neighbour's."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.customers import merging, search
from clientela.customers.models import Customer
from clientela.journal.models import Entry, Kind
from clientela.network import paging, tenancy
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]
DAY = date(2026, 3, 2)


@pytest.fixture
def people(norte: Dealership, now: datetime) -> list[str]:
    """Five customers of Norte; one of them bought two cars."""
    for facts in (
        {
            "customer_name": "Zúñiga Hernández José Luis",
            "phones": "(614) 662-4039",
            "vin": "3GN3ESF49RR628194",
            "plate": "EKV-573-C",
            "number": "E-1000",
        },
        {
            "customer_name": "Muñoz Sánchez Raúl",
            "phones": "614 624 7794",
            "vin": "3GN0WSMS2S8252760",
            "plate": "EKV-985-C",
            "number": "E-1001/A",
        },
        {"customer_name": "Соловьёв Пётр Ильич", "phones": "+7 912 875-49-69", "plate": "А480ВС96", "number": "З-0001"},
        {"customer_name": "欧阳洋", "phones": "+86 197 3903 9523", "plate": "京N00909", "number": "RO202600000"},
        {"customer_name": "Ana Zúñiga", "phones": "614 100 0000", "plate": "XYZ-100-A", "number": "E-1004"},
    ):
        cast.deliver(norte, DAY, at=now, **{"vin": "", **facts})
    return list(Customer.objects.values_list("full_name", flat=True))


def names(term: str, user: User) -> list[str]:
    return [customer.full_name.split()[0] for customer in find(term, user)]


def find(term: str, user: User) -> list[Customer]:
    """As in a request of hers, in which only her dealerships exist."""
    with tenancy.within(user.dealership_ids):
        return [hit.customer for hit in search.find(term, user)]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("jose zuniga", ["Zúñiga"]),
        ("ZÚÑIGA JOSÉ", ["Zúñiga"]),
        ("  luis   hernandez ", ["Zúñiga"]),
        ("zuniga", ["Zúñiga", "Ana"]),
        ("solovev", []),
        ("соловьев", ["Соловьёв"]),
        ("ПЁТР СОЛОВЬЁВ", ["Соловьёв"]),
        ("ильич", ["Соловьёв"]),
        ("欧阳", ["欧阳洋"]),
        ("洋 欧阳", ["欧阳洋"]),
        ("4039", ["Zúñiga"]),
        ("614 662 40 39", ["Zúñiga"]),
        ("+52 (614) 662-4039", ["Zúñiga"]),
        ("01 614 662 4039", ["Zúñiga"]),
        ("8 (912) 875-49-69", ["Соловьёв"]),
        ("39", []),
        ("EKV-573-C", ["Zúñiga"]),
        ("ekv573", ["Zúñiga"]),
        ("ekv", ["Muñoz", "Zúñiga"]),
        ("А480ВС96", ["Соловьёв"]),
        ("A480BC96", ["Соловьёв"]),
        ("а480вс", ["Соловьёв"]),
        ("京N00909", ["欧阳洋"]),
        ("3GN3ESF49RR628194", ["Zúñiga"]),
        ("RR628194", ["Zúñiga"]),
        ("8194", ["Zúñiga"]),
        ("e-1000", ["Zúñiga"]),
        ("E-1001/a", ["Muñoz"]),
        ("з-0001", ["Соловьёв"]),
        ("%", []),
        ("_____", []),
        ("z%a", ["Ana"]),
        ("\\", []),
        ("zuniga\\", ["Zúñiga", "Ana"]),
        ("'; DROP TABLE customers_customer; --", []),
        ("zuniga \0", ["Zúñiga", "Ana"]),
        ("", []),
        ("\0", []),
        ("zuniga " * 2000, ["Zúñiga", "Ana"]),
        ("z" * 10_000, []),
        ("1" * 10_000, []),
    ],
)
def test_a_customer_is_found_by_whatever_one_has(people: list[str], mariana: User, term: str, found: list[str]) -> None:
    assert names(term, mariana) == found


@pytest.mark.covers("S0-P.2")
@pytest.mark.parametrize("term", ["Secreta", "614 555 0001", "SEC-123", "SEC00001", "S-1"])
def test_who_is_only_the_neighbours_customer_does_not_exist(
    norte: Dealership,
    jingbei: Dealership,
    mariana: User,
    lixue: User,
    carmen: User,
    outsider: User,
    now: datetime,
    term: str,
) -> None:
    cast.deliver(
        jingbei,
        DAY,
        at=now,
        customer_name="Secreta Ana",
        phones="+52 614 555 0001",
        plate="SEC-123",
        vin="VINSEC00001",
        number="S-1",
    )

    assert [names(term, user) for user in (lixue, carmen, mariana, outsider)] == [["Secreta"], ["Secreta"], [], []]


@pytest.mark.covers("S0-P.2")
def test_the_database_itself_hides_the_neighbour_from_a_search_that_asks_for_her(
    norte: Dealership, jingbei: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    cast.deliver(jingbei, DAY, at=now, customer_name="Secreta Ana")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = as_user(mariana).get(reverse("customers:search"), {"q": "secreta"})

    assert page.context["hits"] == []
    assert any("customers_find" in query["sql"] for query in asked)
    with connection.cursor() as cursor:
        for place, rows in ((norte, 0), (jingbei, 1)):
            with tenancy.within([place.pk]):
                cursor.execute("SELECT * FROM customers_find(%s, '', '', 'secreta', %s)", [["secreta"], [jingbei.pk]])
                assert len(cursor.fetchall()) == rows


def test_one_hit_opens_her_file_and_several_are_listed(people: list[str], mariana: User, as_user: AsUser) -> None:
    browser = as_user(mariana)
    jose = Customer.objects.get(full_name="Zúñiga Hernández José Luis")

    assert browser.get("/customers/search/?q=628194").headers["Location"] == reverse("desk:customer", args=[jose.pk])
    page = browser.get("/customers/search/?q=zuniga")
    assert [hit.customer.full_name for hit in page.context["hits"]] == [jose.full_name, "Ana Zúñiga"]
    assert browser.get(f"/customers/search/?q={quote('ñ' * 10_000)}").context["hits"] == []
    assert browser.get("/customers/?q=zuniga").headers["Location"] == "/customers/search/?q=zuniga"


def test_more_customers_than_fit_are_cut_by_name(norte: Dealership, mariana: User, now: datetime) -> None:
    fill(norte, [f"Pérez {number:03d}" for number in range(60)])

    found = find("pérez", mariana)

    assert [customer.full_name for customer in found] == [f"Pérez {number:03d}" for number in range(search.LIMIT)]


def fill(place: Dealership, full_names: list[str]) -> None:
    for name in full_names:
        Customer.objects.create(dealership=place, full_name=name, language="es-mx")


@pytest.mark.covers("S4-1.1a")
@pytest.mark.parametrize(
    ("term", "found"),
    [("4039", ["Zúñiga"]), ("9523", ["欧阳洋"]), ("0909", ["欧阳洋"]), ("573C", ["Zúñiga"]), ("73-c", ["Zúñiga"])],
)
def test_the_last_four_of_the_number_or_the_plate_are_enough(
    people: list[str], mariana: User, term: str, found: list[str]
) -> None:
    assert names(term, mariana) == found


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("hernadnez", ["Zúñiga"]),  # two letters in the wrong order
        ("Zuñgia José", ["Zúñiga"]),
        ("muñzo", ["Muñoz"]),
        ("raul sanchze", ["Muñoz"]),
        ("hernandes", ["Zúñiga"]),  # another letter
        ("hernndez", ["Zúñiga"]),  # one too few
        ("hernanddez", ["Zúñiga"]),  # one too many
        ("сооловьев", ["Соловьёв"]),
        ("соловьве", ["Соловьёв"]),
        ("阳欧洋", ["欧阳洋"]),
        ("pedro ivanov", []),
    ],
)
def test_a_slip_of_the_keyboard_is_forgiven(people: list[str], mariana: User, term: str, found: list[str]) -> None:
    assert names(term, mariana) == found


@pytest.mark.parametrize(("term", "found"), [("洋", ["欧阳洋"]), ("阳洋", ["欧阳洋"]), ("欧", ["欧阳洋"]), ("李", [])])
def test_one_chinese_sign_is_enough(people: list[str], mariana: User, term: str, found: list[str]) -> None:
    assert names(term, mariana) == found


def test_exact_comes_before_the_beginning_before_the_middle_and_slips_only_alone(
    norte: Dealership, mariana: User, now: datetime
) -> None:
    fill(norte, ["Doloresmar", "Ana Mar", "Mares Eva", "Mar", "Marta", "Mra Paz"])

    assert names("mar", mariana) == ["Mar", "Mares", "Marta", "Ana", "Doloresmar"]
    assert names("mra", mariana) == ["Mra"]


def test_numbers_that_end_so_come_before_those_that_contain_it(norte: Dealership, mariana: User, now: datetime) -> None:
    for name, phone in (("Antes Ana", "614 777 0001"), ("Zeta Eva", "614 100 7770")):
        cast.deliver(norte, DAY, at=now, customer_name=name, phones=phone, plate="", number=phone[-4:])

    assert names("7770", mariana) == ["Zeta", "Antes"]


def test_under_the_name_of_an_absorbed_file_one_finds_the_survivor(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    kept, gone, end = (
        cast.deliver(norte, DAY, at=now, customer_name=name, phones=f"614 300 000{number}").customer
        for number, name in enumerate(("Ruiz Eva", "Quintanilla Eva", "Ruiz Eva María"))
    )
    merging.merge(kept, gone, {"full_name": "Ruiz Eva"}, by=mariana, at=now)
    merging.merge(end, kept, {"full_name": "Ruiz Eva María"}, by=mariana, at=now)

    with tenancy.within(mariana.dealership_ids):
        [hit] = search.find("quintanilla", mariana)
    assert (hit.customer, hit.formerly) == (end, "Quintanilla, Eva")
    assert names("614 300 0001", mariana) == ["Ruiz"]
    browser = as_user(mariana)
    assert browser.get("/customers/search/?q=quintanilla").headers["Location"] == reverse(
        "desk:customer", args=[end.pk]
    )
    assert len(find("ruiz eva", mariana)) == 1  # however many names she had


def test_what_fits_is_said_and_marked(people: list[str], mariana: User, as_user: AsUser) -> None:
    browser = as_user(mariana)

    def shown(term: str) -> str:
        return " ".join(browser.get("/customers/search/suggestions/", {"q": term}).content.decode().split())

    assert "<mark>Zúñiga</mark>" in shown("zuni")
    assert "<mark>4039</mark>" in shown("4039")
    assert "<mark>EKV-573</mark>-C" in shown("ekv573")
    assert "<mark>欧阳</mark>洋" in shown("欧阳")
    assert "<mark>e-1000</mark>" in shown("e-1000")
    assert "<script>" not in shown("<script>alert(1)</script>")


def test_suggestions_are_few_and_ask_as_often_for_many_as_for_one(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser, queries = as_user(mariana), []
    for more in (1, 9):
        for _ in range(more):
            cast.deliver(norte, DAY, at=now, customer_name="Garza Ana")
        with CaptureQueriesContext(connection) as asked:
            page = browser.get("/customers/search/suggestions/", {"q": "garza"})
        queries.append(len(asked))
    assert len(page.context["hits"]) == 7
    assert queries[0] == queries[1]


# The list ----------------------------------------------------------------------------------------------------


def test_the_list_asks_as_often_for_three_as_for_one(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    queries = []
    for more in (1, 2):
        for _ in range(more):
            cast.deliver(norte, DAY, at=now)
        with CaptureQueriesContext(connection) as asked:
            page = browser.get(reverse("customers:list"))
        queries.append(len(asked))
    assert len(page.context["lines"]) == 3
    assert queries[0] == queries[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_names=st.lists(st.sampled_from(["Ana", "ana", "Ána", "Eva", "Пётр", "李伟"]), max_size=12))
def test_page_by_page_everybody_comes_once_also_those_of_one_name(
    norte: Dealership, mariana: User, given_names: list[str]
) -> None:
    Customer.objects.all().delete()
    fill(norte, given_names)
    everybody = Customer.objects.visible_to(mariana)
    seen: list[tuple[str, int]] = []
    token: str | None = None

    while token != "":
        page = paging.page_after(everybody, ("search_name", "pk"), token, size=2)
        seen += [(customer.search_name, customer.pk) for customer in page.rows]
        token = page.more

    assert seen == sorted(everybody.values_list("search_name", "pk"))
    assert len(seen) == len(given_names)


def test_a_token_somebody_made_up_begins_anew(norte: Dealership, mariana: User, as_user: AsUser) -> None:
    fill(norte, ["Ana", "Eva"])

    page = as_user(mariana).get(reverse("customers:list"), {"after": "made:up"})

    assert [line.cells[0].value for line in page.context["lines"]] == ["Ana", "Eva"]


# Correcting a file -------------------------------------------------------------------------------------------


def corrected(browser: Client, customer: Customer, **fields: Any) -> Any:
    names = ("kind", "full_name", "family_name", "second_family_name", "given_name", "patronymic", "sex", "address")
    more = ("language", "region", "source", "source_note", "desired_services")
    given = {name: getattr(customer, name) for name in (*names, *more)} | {"birth_date": ""}
    return browser.post(reverse("customers:edit", args=[customer.pk]), given | fields)


@pytest.mark.parametrize(
    ("fields", "listed", "term"),
    [
        ({"family_name": "Zamora"}, "Zamora Hernández, José Luis", "zamora"),
        ({"full_name": "Zamora Hernández José"}, "Zamora Hernández, José", "zamora"),
        ({"full_name": "X Y Z", "family_name": "Zamora"}, "Zamora Hernández, José Luis", "x y"),
    ],
)
def test_a_corrected_name_is_shown_and_found(
    people: list[str], mariana: User, as_user: AsUser, fields: dict[str, str], listed: str, term: str
) -> None:
    jose = Customer.objects.get(full_name="Zúñiga Hernández José Luis")

    assert corrected(as_user(mariana), jose, **fields).status_code == 302

    [found] = find(term, mariana)
    assert (found.pk, found.listed_name) == (jose.pk, listed)


def test_saving_without_a_change_writes_nothing(people: list[str], mariana: User, as_user: AsUser) -> None:
    jose = Customer.objects.get(full_name="Zúñiga Hernández José Luis")

    corrected(as_user(mariana), jose)
    assert Entry.objects.filter(kind=Kind.CUSTOMER_EDITED).count() == 0

    corrected(as_user(mariana), jose, address="Av. Juárez 1")
    [entry] = Entry.objects.filter(kind=Kind.CUSTOMER_EDITED)
    assert (entry.customer_id, entry.by, entry.facts) == (jose.pk, mariana, {"fields": ["address"]})


@pytest.mark.parametrize(
    ("typed", "status", "value"),
    [("614 777 0000", 302, "+526147770000"), ("777 0000", 422, ""), ("614 777 0000, 614 777 0001", 422, "")],
)
def test_one_more_number_is_added_as_it_can_be_dialled(
    people: list[str], mariana: User, as_user: AsUser, typed: str, status: int, value: str
) -> None:
    ana = Customer.objects.get(full_name="Ana Zúñiga")

    answer = as_user(mariana).post(reverse("customers:add_phone", args=[ana.pk]), {"phone": typed})

    assert answer.status_code == status
    added = ana.contact_points.exclude(value="+526141000000").values_list("value", flat=True)
    assert list(added) == ([value] if value else [])


@pytest.mark.covers("S0-P.2")
def test_the_neighbours_file_cannot_be_corrected(people: list[str], lixue: User, as_user: AsUser) -> None:
    ana = Customer.objects.get(full_name="Ana Zúñiga")

    assert corrected(as_user(lixue), ana, address="x").status_code == 404
    assert as_user(lixue).post(reverse("customers:add_phone", args=[ana.pk]), {"phone": "1"}).status_code == 404
