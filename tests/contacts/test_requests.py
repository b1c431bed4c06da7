"""Calls that are written down and the requests that come of them: one call, full service to the end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clientela.contacts import inbound, requesting
from clientela.contacts.inbound import Talk
from clientela.contacts.models import ContactRecord, Request, RequestHandOver
from clientela.contacts.requesting import Reply
from clientela.customers import merging
from clientela.customers.models import Customer
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def ana(norte: Dealership, now: datetime) -> Customer:
    return cast.deliver(norte, now.date(), at=now, customer_name="Ana Solís", phones="614 200 3040").customer


@pytest.fixture
def eva(norte: Dealership) -> User:
    return cast.person("Eva Gil", Role.CS_SPECIALIST, norte)


def ask(house: Dealership, by: User, *, at: datetime, **facts: Any) -> ContactRecord:
    usual = {"kind": "inquiry", "summary": "Su factura", "words": "No le llega la factura.", "owner": by}
    return inbound.keep(Talk(**{"key": str(uuid4()), **usual, **facts}), house, by=by, at=at)


def form(customer: Customer | None = None, **facts: Any) -> dict[str, Any]:
    usual = {
        "key": "a-page",
        "direction": "in",
        "kind": "advice",
        "channel": "phone",
        "words": "¿Qué aceite lleva?",
        "summary": "Aceite",
        "outcome": "answered",
        "answer": "El 5W-30.",
    }
    return usual | ({"customer": customer.pk} if customer else {}) | facts


@pytest.mark.covers("S1-3.6", "S1-4.7")
@pytest.mark.parametrize(("direction", "kind"), [("in", "advice"), ("out", "advice"), ("in", "complaint")])
def test_an_advice_call_is_in_the_register_and_in_the_file(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime, direction: str, kind: str
) -> None:
    browser = as_user(jorge)

    kept = browser.post("/contacts/inbound/", form(ana, direction=direction, kind=kind), follow=True)

    [line] = ContactRecord.objects.all()
    assert (line.direction, line.kind, line.customer, line.answer) == (direction, kind, ana, "El 5W-30.")
    assert "Written down as no. 2026-00001." in kept.text
    assert "2026-00001" in browser.get("/contacts/calls/", {"kind": kind}).text
    timeline = browser.get(f"/customer/{ana.pk}/", {"shows": "calls"}).text
    assert "¿Qué aceite lleva?" in timeline
    assert "El 5W-30." in timeline


def test_sent_twice_it_is_one_call(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(jorge)

    first, second = (
        browser.post("/contacts/inbound/", form(ana, outcome="not_yet", owner=jorge.pk)) for _n in range(2)
    )

    assert first.headers["Location"] == second.headers["Location"]
    assert (ContactRecord.objects.count(), Request.objects.count()) == (1, 1)


def test_the_caller_is_found_by_plate_number_or_name_and_shown_with_what_is_open(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    ask(norte, jorge, at=now, customer=ana)
    browser, htmx = as_user(jorge), {"HX-Request": "true"}
    plate = ana.ownerships.get().vehicle.plate

    for term in (plate, "2003040", "ana solis"):
        found = browser.get("/contacts/inbound/", {"q": term}, headers=htmx).text
        assert f"?customer={ana.pk}" in found, term
        assert "<html" not in found
    chosen = browser.get("/contacts/inbound/", {"customer": ana.pk}, headers=htmx).text

    assert "Calls again: a request of" in chosen
    assert "Su factura" in chosen
    assert f'name="customer" value="{ana.pk}"' in chosen
    assert "No file fits" in browser.get("/contacts/inbound/", {"q": "nadie así"}).text


def test_who_stands_in_another_house_finds_none_of_its_customers(
    norte: Dealership, ana: Customer, lixue: User, as_user: AsUser
) -> None:
    browser = as_user(lixue)

    assert f"?customer={ana.pk}" not in browser.get("/contacts/inbound/", {"q": "Ana Solís"}).text
    assert "Ana" not in browser.get("/contacts/inbound/", {"customer": ana.pk}).text
    assert browser.post("/contacts/inbound/", form(ana)).status_code == 422
    assert ContactRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"words": ""}, "Write what was said."),
        ({"words": "   "}, "Write what was said."),
        ({"answer": ""}, "Write what was answered, or choose “not yet”."),
        ({"outcome": "not_yet"}, "Choose who sees to it until the customer has her answer."),
        ({"kind": ""}, "Say what it was about."),
        ({"kind": "follow_up"}, "Say what it was about."),
        ({"customer": "", "caller": "", "phone": ""}, "Find the customer above, or write a name or a telephone."),
        ({"words": "x" * 20_001}, "20000"),
        ({"owner": "999999", "outcome": "not_yet"}, "Select a valid choice"),
        ({"customer": "9" * 40}, "Find the customer above"),
    ],
)
def test_what_says_nothing_is_refused_in_words(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime, facts: dict[str, Any], sentence: str
) -> None:
    answer = as_user(jorge).post("/contacts/inbound/", form(ana) | facts)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert ContactRecord.objects.count() == 0


def test_twenty_thousand_signs_and_an_emoji_are_kept(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime
) -> None:
    words = "👍" * 10_000 + "ñ" * 10_000

    as_user(jorge).post("/contacts/inbound/", form(words=words, caller="Un señor", started_at="1999-01-01 00:00"))

    [line] = ContactRecord.objects.all()
    assert (line.words, line.customer, line.caller, line.started_at) == (words, None, "Un señor", now)


@pytest.mark.covers("S1-P2.2.2")
@pytest.mark.parametrize("hand_overs", [2, 3])
def test_a_request_has_one_number_one_owner_at_a_time_and_its_hand_overs_are_counted(
    norte: Dealership,
    mariana: User,
    jorge: User,
    eva: User,
    ana: Customer,
    as_user: AsUser,
    now: datetime,
    hand_overs: int,
) -> None:
    line = ask(norte, jorge, at=now, customer=ana)
    asked, owners = line.request, [jorge, eva, mariana, jorge][: hand_overs + 1]

    for giver, taker in pairwise(owners):
        answer = as_user(giver).post(
            f"/contacts/requests/{asked.pk}/hand-over/", {"taker": taker.pk, "reason": "Ella lleva las facturas."}
        )
        assert answer.status_code == 302
        asked.refresh_from_db()
        assert asked.owner == taker
        if giver != mariana:
            with pytest.raises(Refusal, match="Only its owner or a manager"):
                requesting.hand_over(asked, giver, "devuelta", by=giver, at=now)
    with time_machine.travel(now + DAY, tick=False):
        ask(norte, eva, at=now + DAY, customer=ana, owner=None, answer="Mañana.")
        page = as_user(mariana).get(f"/contacts/requests/{asked.pk}/").text
        listed = as_user(mariana).get("/contacts/requests/").text

    assert (asked.handed_over, str(asked)) == (hand_overs, "2026-00001")
    assert list(RequestHandOver.objects.order_by("pk").values_list("giver", "taker")) == [
        (giver.pk, taker.pk) for giver, taker in pairwise(owners)
    ]
    assert f"{hand_overs} hand-overs" in page
    assert "Repeat caller" in page
    assert "called again" in listed
    assert listed.count("<tr>") == 2
    assert "1 day" in listed


def test_the_same_number_is_known_again_without_a_file(norte: Dealership, jorge: User, now: datetime) -> None:
    asked = ask(norte, jorge, at=now, phone="+52 614 999 1234").request
    other = ask(norte, jorge, at=now, phone="614 999 9999", owner=None, answer="Sí.")
    again = ask(norte, jorge, at=now + DAY, phone="(614) 999-1234", owner=None, answer="Mañana.")
    nobody = ask(norte, jorge, at=now, caller="Alguien", phone="12", owner=None, answer="Sí.")

    assert (again.again_on, other.again_on, nobody.again_on) == (asked, None, None)
    requesting.close(asked, Reply(answer="Llegó."), by=jorge, at=now + DAY)
    later = ask(norte, jorge, at=now + 2 * DAY, phone="614 999 1234", owner=None, answer="De nada.")
    assert later.again_on is None


def test_a_file_is_known_by_the_number_an_unknown_caller_left(
    norte: Dealership, jorge: User, ana: Customer, now: datetime
) -> None:
    asked = ask(norte, jorge, at=now, phone="614 200 3040").request

    again = ask(norte, jorge, at=now + DAY, customer=ana, owner=None, answer="Sí.")

    assert again.again_on == asked


def test_a_request_ends_with_an_answer_that_is_a_line_of_the_register(
    norte: Dealership, jorge: User, mariana: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    asked = ask(norte, jorge, at=now, customer=ana).request
    address = f"/contacts/requests/{asked.pk}/close/"

    assert as_user(jorge).post(address, {"answer": " ", "told_by": "phone"}).status_code == 422
    assert as_user(jorge).post(address, {"answer": "Ya salió.", "told_by": "phone"}).status_code == 302
    assert as_user(mariana).post(address, {"answer": "Otra vez.", "told_by": "phone"}).status_code == 409

    asked.refresh_from_db()
    told = ContactRecord.objects.get(kind="solution")
    assert (asked.closed_by, asked.answer, asked.age(now + 9 * DAY)) == (jorge, "Ya salió.", 0)
    assert (told.direction, told.summary, told.answer) == ("out", "Answer to 2026-00001", "Ya salió.")
    kinds = list(Entry.objects.of_customer(ana.pk).order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == [Kind.CALL_NOTED, Kind.REQUEST]
    closed = as_user(jorge).get("/contacts/requests/", {"shows": "closed"})
    assert [row["asked"] for row in closed.context["rows"]] == [asked]
    assert as_user(jorge).get("/contacts/requests/").context["rows"] == []


def test_told_when_she_called_again_it_needs_no_call_of_ours(norte: Dealership, jorge: User, now: datetime) -> None:
    asked = ask(norte, jorge, at=now, caller="Señor Pérez").request

    requesting.close(asked, Reply(answer="Ya salió."), by=jorge, at=now)

    assert ContactRecord.objects.count() == 1


def test_a_request_goes_to_nobody_who_cannot_see_to_it(
    norte: Dealership, jorge: User, lixue: User, now: datetime
) -> None:
    technician = cast.person("Raúl Téllez", Role.TECHNICIAN, norte)
    asked = ask(norte, jorge, at=now, caller="Señor Pérez").request

    for nobody in (technician, lixue):
        with pytest.raises(Refusal, match="cannot take requests"):
            requesting.hand_over(asked, nobody, "x", by=jorge, at=now)
        with pytest.raises(Refusal, match="cannot take requests"):
            ask(norte, jorge, at=now, caller="Otra", owner=nobody)
    with pytest.raises(Refusal, match="has this request already"):
        requesting.hand_over(asked, jorge, "x", by=jorge, at=now)
    assert (Request.objects.count(), ContactRecord.objects.count()) == (1, 1)


def test_requests_and_records_follow_a_merge(norte: Dealership, mariana: User, ana: Customer, now: datetime) -> None:
    other = cast.deliver(norte, now.date(), at=now, customer_name="Ana Solís Mora").customer
    asked = ask(norte, mariana, at=now, customer=other).request

    made = merging.merge(ana, other, {}, by=mariana, at=now)

    asked.refresh_from_db()
    assert (asked.customer, asked.record.customer) == (ana, ana)
    assert ask(norte, mariana, at=now + DAY, customer=ana, owner=None, answer="Sí.").again_on == asked
    merging.undo(made, by=mariana, at=now)
    asked.refresh_from_db()
    assert asked.customer == other


def test_the_list_of_requests_asks_no_more_for_sixty_than_for_one(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(jorge)
    ask(norte, jorge, at=now, caller="Señor 0")
    browser.get("/contacts/requests/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/contacts/requests/")
    for n in range(1, 60):
        ask(norte, jorge, at=now + timedelta(minutes=n), caller=f"Señor {n}")
    with CaptureQueriesContext(connection) as sixty:
        page = browser.get("/contacts/requests/")

    rest = browser.get("/contacts/requests/", {"after": page.context["more"]})
    assert len(sixty) == len(one)
    assert [len(part.context["rows"]) for part in (page, rest)] == [50, 10]
    assert [
        row["asked"].record.caller for row in browser.get("/contacts/requests/", {"q": "Señor 41"}).context["rows"]
    ] == ["Señor 41"]
    assert browser.get("/contacts/requests/", {"of": "mine"}).context["counts"]["open"] == 60
