"""The pages of duplicates: the list, the comparison, the merge and its undoing, and the hints while one types."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.customers import duplicates, merging
from clientela.customers.models import ContactPoint, Customer, Duplicate, Merge
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
DAY = date(2026, 3, 2)


@pytest.fixture
def pair(norte: Dealership, now: datetime) -> Duplicate:
    for name, phone, address in (
        ("Soto Paz Ana", "614 111 0000", "Calle 1"),
        ("Soto Pas Ana", "614 111 0000", "Calle 2"),
    ):
        cast.due(norte, DAY, at=now, customer_name=name, phones=phone, address=address)
    duplicates.find(at=now)
    return Duplicate.objects.get()


def merged(browser: Client, pair: Duplicate, **fields: Any) -> Any:
    path = reverse("customers:merge_files", args=[pair.one_id, pair.other_id])
    return browser.post(path, {"survivor": pair.one_id} | fields)


def test_the_list_says_who_why_and_how_sure(pair: Duplicate, jorge: User, as_user: AsUser) -> None:
    browser = as_user(jorge)

    page = browser.get(reverse("customers:duplicates"))
    assert [(found.pk, found.score) for found in page.context["pairs"]] == [(pair.pk, 70)]
    assert [(code, count) for code, _label, count in page.context["reasons"]] == [("phone", 1), ("similar_name", 1)]
    assert browser.get(reverse("customers:duplicates"), {"reason": "email"}).context["pairs"] == []
    assert len(browser.get(reverse("customers:duplicates"), {"reason": "phone"}).context["pairs"]) == 1


def test_page_by_page_every_pair_comes_once(norte: Dealership, jorge: User, now: datetime, as_user: AsUser) -> None:
    people = [
        Customer.objects.create(dealership=norte, full_name=f"P{number}", language="es-mx") for number in range(120)
    ]
    for number, (one, other) in enumerate(zip(people[::2], people[1::2], strict=True)):
        Duplicate.objects.create(
            dealership=norte, one=one, other=other, score=number % 7, reasons=["phone"], found_at=now
        )
    browser, seen, token = as_user(jorge), [], ""

    while True:
        page = browser.get(reverse("customers:duplicates"), {"after": token})
        seen += [(-found.score, found.pk) for found in page.context["pairs"]]
        token = page.context["more"]
        if not token:
            break

    assert seen == sorted((-score, pk) for score, pk in Duplicate.objects.values_list("score", "pk"))
    assert len(seen) == 60


def test_the_list_asks_as_often_for_three_as_for_one(
    norte: Dealership, jorge: User, now: datetime, as_user: AsUser
) -> None:
    browser, queries = as_user(jorge), []
    for number in range(3):
        for name in ("Uno", "Dos"):
            cast.deliver(norte, DAY, at=now, customer_name=f"{name} {number}", phones=f"614 222 000{number}")
        duplicates.find(at=now)
        with CaptureQueriesContext(connection) as asked:
            page = browser.get(reverse("customers:duplicates"))
        queries.append(len(asked))
    assert len(page.context["pairs"]) == 3
    assert queries[0] == queries[2]


def test_they_are_two_until_somebody_looks_again(pair: Duplicate, jorge: User, as_user: AsUser) -> None:
    browser = as_user(jorge)

    page = browser.post(reverse("customers:dismiss", args=[pair.pk]), follow=True)
    assert page.context["pairs"] == []
    assert reverse("customers:look_again", args=[pair.pk]) in page.content.decode()
    page = browser.get(reverse("customers:duplicates"), {"shows": "dismissed"})
    assert [(found.pk, found.dismissed_by) for found in page.context["pairs"]] == [(pair.pk, jorge)]

    page = browser.post(reverse("customers:look_again", args=[pair.pk]), follow=True)
    assert [found.pk for found in page.context["pairs"]] == [pair.pk]


@pytest.mark.covers("S2-6.1")
def test_what_is_chosen_side_by_side_stays_and_the_old_address_leads_there(
    pair: Duplicate, mariana: User, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    page = browser.get(reverse("desk:compare", args=[pair.one_id, pair.other_id]))
    assert [field.name for field in page.context["fields"]] == ["full_name", "address"]
    assert [(file.visit_count, len(file.open_tasks), file.proposed) for file in page.context["files"]] == [
        (1, 1, True),
        (1, 1, False),
    ]

    answer = merged(browser, pair, survivor=pair.other_id, full_name=pair.one_id, address=pair.other_id)

    survivor = Customer.objects.get(pk=pair.other_id)
    assert answer.headers["Location"] == reverse("desk:customer", args=[survivor.pk])
    assert (survivor.full_name, survivor.address) == ("Soto Paz Ana", "Calle 2")
    page = browser.get(reverse("desk:customer", args=[pair.one_id]), follow=True)
    assert page.redirect_chain == [(f"/customer/{survivor.pk}/?was={pair.one_id}", 302)]
    assert page.context["arrived_from"].pk == pair.one_id
    listed = browser.get(reverse("customers:list"))
    assert (listed.context["count"], f"/customer/{survivor.pk}/" in listed.text) == (1, True)


def test_undone_from_its_page_both_are_listed_again(pair: Duplicate, mariana: User, as_user: AsUser) -> None:
    browser = as_user(mariana)
    merged(browser, pair)
    made = Merge.objects.get()
    page = browser.get(reverse("customers:merge", args=[made.pk]))
    assert {row.what: row.rows for row in page.context["moved"]}["visits"] == 1

    page = browser.post(reverse("customers:undo_merge", args=[made.pk]), follow=True)

    assert page.context["left"] == []
    assert [merge.is_undone for merge in browser.get(reverse("customers:merges")).context["merges"]] == [True]
    assert browser.get(reverse("customers:list")).context["count"] == 2
    assert browser.post(reverse("customers:undo_merge", args=[made.pk])).status_code == 409


def test_what_an_undo_could_not_give_back_is_said_in_sentences(
    pair: Duplicate, mariana: User, now: datetime, as_user: AsUser
) -> None:
    made = merging.merge(pair.one, pair.other, {"address": "Calle 2"}, by=mariana, at=now)
    Customer.objects.filter(pk=pair.one_id).update(address="Calle 3")

    page = as_user(mariana).post(reverse("customers:undo_merge", args=[made.pk]), follow=True)

    assert page.context["left"] == ["Address: was changed since, so it stays as it is."]


@pytest.mark.parametrize(
    "fields", [{"survivor": ""}, {"survivor": 10**30}, {"address": 7}, {"survivor": "x", "sex": -1}]
)
def test_nonsense_is_refused_in_a_sentence(
    pair: Duplicate, mariana: User, as_user: AsUser, fields: dict[str, Any]
) -> None:
    answer = merged(as_user(mariana), pair, **fields)

    assert answer.status_code == 409
    assert "Choose which of the two files stays" in answer.content.decode()
    assert not Merge.objects.exists()


def test_an_agent_may_say_that_they_are_two_but_not_merge(pair: Duplicate, jorge: User, as_user: AsUser) -> None:
    browser = as_user(jorge)

    assert browser.get(reverse("desk:compare", args=[pair.one_id, pair.other_id])).context["may_merge"] is False
    assert merged(browser, pair).status_code == 403


@pytest.mark.covers("S0-P.2")
def test_a_file_of_the_neighbour_cannot_be_merged_or_compared(
    pair: Duplicate, norte: Dealership, jingbei: Dealership, now: datetime, as_user: AsUser
) -> None:
    theirs = cast.deliver(jingbei, DAY, at=now).customer
    both = cast.person("Ambas Casas", Role.REPRESENTATIVE, norte)
    mine = as_user(cast.person("Sólo Norte", Role.REPRESENTATIVE, norte))
    both.roles.create(role=Role.REPRESENTATIVE, dealership=jingbei)

    for browser, status in ((mine, 404), (as_user(both), 409)):
        assert browser.get(reverse("desk:compare", args=[pair.one_id, theirs.pk])).status_code == status
        path = reverse("customers:merge_files", args=[pair.one_id, theirs.pk])
        assert browser.post(path, {"survivor": pair.one_id}).status_code == status


# While one types ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "reasons"),
    [
        ({"phone": "614 111 00 00"}, ["phone"]),
        ({"phone": "+52 1 614 111 0000"}, ["phone"]),
        ({"email": " ANA@x.example "}, ["email"]),
        ({"plate": "ana 123 c"}, ["plate"]),
        ({"vin": "3gn3esf49rr628194"}, ["vin"]),
        ({"full_name": "ana soto paz"}, ["name"]),
        ({"given_name": "Ana", "family_name": "Soto", "second_family_name": "Paz"}, ["name"]),
        ({"full_name": "Soto Paz Ana", "birth_date": "1980-05-01"}, ["name_and_birth"]),
        ({"full_name": "Soto Paz Ana", "birth_date": "2004-05-01"}, None),
        ({"full_name": "Sotto Paz Ana"}, ["similar_name"]),
        ({"full_name": "Ana"}, None),
        ({"full_name": "Otra Persona", "phone": "12", "birth_date": "31/02/2026", "vin": "x" * 400}, None),
        ({"full_name": "\0 ' OR 1=1 --", "customer": "nobody"}, None),
        ({}, None),
    ],
)
def test_who_is_there_already_is_said_while_one_types(
    norte: Dealership, jingbei: Dealership, jorge: User, now: datetime, as_user: AsUser, typed: Any, reasons: Any
) -> None:
    for house in (norte, jingbei):
        ana = cast.deliver(
            house,
            DAY,
            at=now,
            customer_name="Soto Paz Ana",
            phones="+52 614 111 0000",
            email="ana@x.example",
            plate="ANA-123-C",
            vin="3GN3ESF49RR628194",
            birth_date=date(1980, 5, 1),
        ).customer
    ana = Customer.objects.get(dealership=norte)

    found = as_user(jorge).post(reverse("customers:hints"), typed).context["likes"]

    assert [(like.customer, list(like.reasons)) for like in found] == ([(ana, reasons)] if reasons else [])
    if reasons:  # nobody is her own double
        assert not as_user(jorge).post(reverse("customers:hints"), typed | {"customer": ana.pk}).context["likes"]


def test_who_is_there_already_is_said_before_a_second_file_is_opened(
    norte: Dealership, jorge: User, now: datetime, as_user: AsUser
) -> None:
    ana = cast.deliver(norte, DAY, at=now, customer_name="Soto Paz Ana", phones="614 111 0000").customer
    browser, typed = as_user(jorge), {"full_name": "Soto Ana", "phone": "6141110000", "source": "event"}

    first = browser.post(reverse("customers:new"), typed)
    assert (first.status_code, [like.customer for like in first.context["likes"]]) == (422, [ana])
    assert f'<input type="hidden" name="seen" value="{ana.pk}">' in first.text
    assert browser.post(reverse("customers:new"), typed | {"seen": "987654"}).status_code == 422
    assert Customer.objects.count() == 1
    assert browser.post(reverse("customers:new"), typed | {"seen": ["1", str(ana.pk)]}).status_code == 302
    assert browser.post(reverse("customers:new"), {"full_name": "Nadie Igual", "source": "event"}).status_code == 302
    assert Customer.objects.count() == 3


def test_the_surest_stands_first(norte: Dealership, jorge: User, now: datetime, as_user: AsUser) -> None:
    for name in ("Vega Eva", "Soto Ana"):
        cast.deliver(norte, DAY, at=now, customer_name=name, phones="614 111 0000")
    ContactPoint.objects.filter(customer__full_name="Soto Ana").update(verified_on=DAY)

    found = as_user(jorge).post(reverse("customers:hints"), {"full_name": "Ana Soto", "phone": "6141110000"})

    assert [(like.customer.full_name, like.score) for like in found.context["likes"]] == [
        ("Soto Ana", 80),
        ("Vega Eva", 50),
    ]
