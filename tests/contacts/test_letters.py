"""Letters: three kinds, numbered, kept word for word whatever becomes of their template."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clientela.contacts import inbound, letters
from clientela.contacts.inbound import Talk
from clientela.contacts.models import ContactRecord, Letter, LetterKind, LetterTemplate
from clientela.customers import merging
from clientela.customers.models import Customer
from clientela.customers.privacy import erasing
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]


@pytest.fixture
def ana(norte: Dealership, now: datetime) -> Customer:
    return cast.deliver(norte, now.date(), at=now, customer_name="Solís Mora Ana", phones="614 200 3040").customer


def form(kind: str = "notification", **facts: Any) -> dict[str, Any]:
    usual = {
        "key": f"page {kind}",
        "kind": kind,
        "channel": "letter",
        "addressee": "Ana Solís",
        "address": "Calle 9",
        "event": "",
        "subject": f"Asunto de {kind}",
        "text": "Estimada Ana:\n\nLe escribimos.",
        "issue": "1",
    }
    return usual | facts


def letter(house: Dealership, customer: Customer, by: User, *, at: datetime, **facts: Any) -> Letter:
    given = {"key": str(uuid4()), "kind": "reply", "addressee": "Ana", "subject": "Hola", "text": "Texto"}
    return letters.issue(Letter(dealership=house, customer=customer, language="es", **(given | facts)), by=by, at=at)


@pytest.mark.covers("S1-4.8")
@pytest.mark.parametrize("each", [1, 2])
def test_one_letter_of_each_kind_is_a_line_and_a_copy_that_no_template_changes(
    norte: Dealership, mariana: User, jorge: User, ana: Customer, as_user: AsUser, now: datetime, each: int
) -> None:
    template = LetterTemplate.objects.create(
        dealership=norte,
        kind="invitation",
        name="Invitación",
        subject="Para {customer}",
        text="{day}, {dealership}.",
        changed_at=now,
    )
    browser = as_user(jorge)
    address = f"/contacts/customers/{ana.pk}/letter/"
    begun = browser.get(address, {"template": template.pk}).context["form"]
    text = begun["text"].value()
    assert text == "jueves 5 de marzo, Autos del Norte."
    for n in range(each):
        for kind in LetterKind:
            assert browser.post(address, form(kind.value, key=f"{kind} {n}", text=text)).status_code == 302

    changed = as_user(mariana).post(
        f"/contacts/letters/templates/{template.pk}/",
        {"name": "Invitación", "kind": "invitation", "subject": "Otro", "text": "Otro texto"},
    )
    page = browser.get("/contacts/letters/")
    paper = as_user(mariana).post("/contacts/letters/export/", {"format": "print"}).text

    assert changed.status_code == 302
    assert [(kept.number, kept.kind, kept.text) for kept in Letter.objects.order_by("number")] == [
        (n + 1, kind, text) for n, kind in enumerate([*LetterKind] * each)
    ]
    assert len(page.context["rows"]) == 3 * each
    assert paper.split("<tbody>")[1].split("</tbody>")[0].count("<tr>") == 3 * each
    for kept in Letter.objects.all():
        copy = browser.get(f"/contacts/letters/{kept.pk}/print/").text
        assert text in copy
        assert f"NORTE-2026-{kept.number:05d}" in copy


@pytest.mark.covers("S1-3.0")
@pytest.mark.parametrize(("calls", "posted"), [(1, 1), (2, 3)])
def test_call_and_letter_stand_each_in_its_register_and_both_on_the_timeline(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime, calls: int, posted: int
) -> None:
    for n in range(calls):
        facts: dict[str, Any] = {"kind": "advice", "summary": f"Llamada {n}", "words": "Frenos", "answer": "Sí."}
        inbound.keep(Talk(key=f"call {n}", customer=ana, **facts), norte, by=jorge, at=now)
    for n in range(posted):
        letter(norte, ana, jorge, at=now, subject=f"Carta {n}")
    browser = as_user(jorge)

    timeline = browser.get(f"/customer/{ana.pk}/?shows=calls").text

    assert len(browser.get("/contacts/calls/").context["rows"]) == calls
    assert len(browser.get("/contacts/letters/").context["rows"]) == posted
    assert [f"Llamada {n}" in timeline for n in range(calls)] == [True] * calls
    assert [f"Carta {n}" in timeline for n in range(posted)] == [True] * posted


def test_a_letter_is_looked_at_before_it_is_issued_and_issued_once(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    browser, address = as_user(jorge), f"/contacts/customers/{ana.pk}/letter/"

    looked = browser.post(address, {name: value for name, value in form().items() if name != "issue"})
    assert "Issue the letter" in looked.text
    assert Letter.objects.count() == 0
    first, second = browser.post(address, form()), browser.post(address, form(text="Otro"))

    assert first.headers["Location"] == second.headers["Location"]
    assert [kept.text for kept in Letter.objects.all()] == ["Estimada Ana:\n\nLe escribimos."]
    assert not hasattr(letters, "change")


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"text": ""}, 422),
        ({"text": " \n"}, 422),
        ({"kind": "bill"}, 422),
        ({"subject": ""}, 422),
        ({"subject": "x" * 201}, 422),
        ({"text": "x" * 20_001}, 422),
        ({"text": "👍" * 20_000}, 302),
        ({"text": "a\0b"}, 422),
        ({"text": "<script>alert(1)</script>"}, 302),
    ],
)
def test_hostile_text_is_refused_in_words_or_kept_as_it_is(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime, facts: dict[str, Any], status: int
) -> None:
    answer = as_user(jorge).post(f"/contacts/customers/{ana.pk}/letter/", form(**facts))

    assert answer.status_code == status
    assert Letter.objects.count() == (status == 302)
    if status == 302:
        [kept] = Letter.objects.all()
        assert kept.text == facts["text"]
        assert "<script>alert" not in as_user(jorge).get(f"/contacts/letters/{kept.pk}/print/").text


def test_the_answer_to_a_letter_is_noted_between_its_day_and_today(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    kept = letter(norte, ana, jorge, at=now - timedelta(days=2))
    browser, address = as_user(jorge), f"/contacts/letters/{kept.pk}/answer/"

    assert browser.post(address, {"answered_on": "2026-03-06", "answer": "Sí"}).status_code == 409
    assert browser.post(address, {"answered_on": "2026-03-02", "answer": "Sí"}).status_code == 409
    assert browser.post(address, {"answered_on": "x", "answer": "Sí"}).status_code == 422
    assert browser.post(address, {"answered_on": "2026-03-04", "answer": "Vendrá"}).status_code == 302

    kept.refresh_from_db()
    assert (kept.answered_on, kept.answer, kept.answer_by, kept.text) == (date(2026, 3, 4), "Vendrá", jorge, "Texto")
    assert [row.pk for row in browser.get("/contacts/letters/", {"answered": "yes"}).context["rows"]] == [kept.pk]
    assert browser.get("/contacts/letters/", {"answered": "no"}).context["rows"] == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{customer", "A curly bracket is missing"),
        ("{price}", "“{price}” cannot be filled in"),
        ("{customer.pk}", "cannot be filled in"),
        ("{customer!r}", "cannot be filled in"),
    ],
)
def test_a_template_asks_only_for_what_can_be_filled_in(
    norte: Dealership, mariana: User, as_user: AsUser, text: str, sentence: str
) -> None:
    answer = as_user(mariana).post(
        "/contacts/letters/templates/new/", {"name": "Uno", "kind": "reply", "subject": "x", "text": text}
    )

    assert answer.status_code == 422
    assert sentence in answer.text
    assert LetterTemplate.objects.count() == 0


def test_every_filter_of_letters_narrows(
    norte: Dealership, mariana: User, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    one = letter(norte, ana, jorge, at=now, kind="invitation", event="Noche de frenos", channel="email")
    two = letter(norte, ana, mariana, at=now, subject="Su queja")
    browser = as_user(jorge)

    def shown(**asked: Any) -> list[int]:
        return [row.pk for row in browser.get("/contacts/letters/", asked).context["rows"]]

    assert shown(sort="at") == [one.pk, two.pk]
    assert shown(kind="invitation") == [one.pk]
    assert shown(channel="email") == [one.pk]
    assert shown(agent=mariana.pk) == [two.pk]
    assert shown(q="queja") == [two.pk]
    assert shown(q="frenos") == [one.pk]
    assert shown(q=str(two)) == [two.pk]
    assert sorted(shown(q="solis ana")) == [one.pk, two.pk]


def test_letters_follow_a_merge_and_lose_their_words_with_the_person(
    norte: Dealership, mariana: User, ana: Customer, now: datetime
) -> None:
    other = cast.deliver(norte, now.date(), at=now, customer_name="Solís Ana").customer
    kept = letter(norte, other, mariana, at=now, text="Secreto")

    merging.merge(ana, other, {}, by=mariana, at=now)
    kept.refresh_from_db()
    assert kept.customer == ana
    erasing.erase(ana, reason="she asked", by=mariana, at=now)

    kept.refresh_from_db()
    assert (kept.number, kept.text, kept.subject, kept.addressee) == (1, "—", "—", "—")


def test_an_erased_customer_gets_no_letter(
    norte: Dealership, mariana: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    erasing.erase(ana, reason="she asked", by=mariana, at=now)

    assert as_user(mariana).get(f"/contacts/customers/{ana.pk}/letter/").status_code == 404
    with pytest.raises(Refusal, match="Write the text"):
        letter(norte, ana, mariana, at=now, text=" ")


def test_the_letter_register_asks_no_more_for_sixty_than_for_one(
    norte: Dealership, mariana: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(mariana)
    letter(norte, ana, mariana, at=now)
    browser.get("/contacts/letters/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/contacts/letters/")
    for n in range(59):
        letter(norte, ana, mariana, at=now - timedelta(minutes=n + 1))
    with CaptureQueriesContext(connection) as sixty:
        page = browser.get("/contacts/letters/")

    rest = browser.get("/contacts/letters/", {"after": page.context["more"]})
    assert len(sixty) == len(one)
    assert [len(part.context["rows"]) for part in (page, rest)] == [50, 10]
    assert ContactRecord.objects.count() == 0
