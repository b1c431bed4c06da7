"""An unknown caller of whom somebody says later who she was."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from clientela.contacts import closing, inbound, points, recognising
from clientela.contacts.inbound import Talk
from clientela.contacts.models import ContactRecord, Counter, Recognition, TalkingPoint
from clientela.customers import merging
from clientela.customers.models import Customer
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def ana(norte: Dealership, now: datetime) -> Customer:
    return cast.deliver(norte, now.date(), at=now, customer_name="Ana Solís", phones="614 200 3040").customer


def ring(house: Dealership, by: User, *, at: datetime, **facts: Any) -> ContactRecord:
    usual = {
        "key": "a page",
        "kind": "complaint",
        "summary": "Humo",
        "words": "Sale humo del motor.",
        "caller": "Una señora",
    }
    return inbound.keep(Talk(**(usual | facts)), house, by=by, at=at)


@pytest.mark.covers("S1-4.7")
@pytest.mark.parametrize("term", ["ana solis", "2003040"])
def test_an_unknown_caller_is_found_later_and_who_found_her_is_kept(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime, term: str
) -> None:
    line, browser = ring(norte, jorge, at=now, answer="Que venga hoy."), as_user(jorge)
    address = f"/contacts/records/{line.pk}/caller/"
    assert address in browser.get(f"/contacts/records/{line.pk}/").text

    assert f'value="{ana.pk}"' in browser.get(address, {"q": term}).text
    kept = browser.post(address, {"customer": ana.pk}, follow=True).text

    line.refresh_from_db()
    found = Recognition.objects.get()
    assert (line.customer, found.by, found.at, line.number) == (ana, jorge, now, 1)
    assert "Jorge" in kept
    assert f'{address}"' not in kept
    assert "Sale humo del motor." in browser.get(f"/customer/{ana.pk}/", {"shows": "calls"}).text
    assert "Ana" in browser.get("/contacts/calls/").text


def test_of_a_number_that_a_file_knows_the_customer_stands_there_at_once(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    line = ring(norte, jorge, at=now, phone="(614) 200-3040", answer="Sí.")

    assert f'value="{ana.pk}"' in as_user(jorge).get(f"/contacts/records/{line.pk}/caller/").text


@pytest.mark.covers("S1-4.4c", "S1-4.4e")
@pytest.mark.parametrize("days_later", [0, 1])
def test_her_open_complaint_becomes_a_point_with_the_clock_of_the_call(
    norte: Dealership, jorge: User, mariana: User, ana: Customer, now: datetime, days_later: int
) -> None:
    line = ring(norte, jorge, at=now, owner=mariana)
    assert TalkingPoint.objects.count() == 0

    recognising.recognise(line, ana, by=jorge, at=now + days_later * DAY)

    [point] = TalkingPoint.objects.open()
    line.request.refresh_from_db()
    assert (point.kind, point.text, point.owner, point.record) == ("complaint", line.words, mariana, line)
    assert norte.today(point.report_by) == norte.today(now) + 2 * DAY
    assert line.request.customer == ana


def test_taken_back_the_caller_is_unknown_again_and_both_are_told_apart(
    norte: Dealership, jorge: User, mariana: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    line = ring(norte, jorge, at=now, owner=jorge)
    recognising.recognise(line, ana, by=jorge, at=now)

    page = as_user(mariana).post(f"/contacts/records/{line.pk}/caller/unknown/", follow=True).text

    line = ContactRecord.objects.get()
    found = Recognition.objects.get()
    assert (line.customer, line.request.customer, found.withdrawn_by) == (None, None, mariana)
    assert not TalkingPoint.objects.open().exists()
    assert "<s" in page
    assert "It was not she who called" in as_user(jorge).get(f"/customer/{ana.pk}/", {"shows": "calls"}).text
    with pytest.raises(Refusal, match="Nobody has said"):
        recognising.take_back(line, by=jorge, at=now)
    recognising.recognise(line, ana, by=jorge, at=now + DAY)
    assert Recognition.objects.filter(withdrawn_at=None).count() == 1


def test_what_she_was_told_already_cannot_be_taken_back(
    norte: Dealership, jorge: User, ana: Customer, now: datetime
) -> None:
    line = ring(norte, jorge, at=now, owner=jorge)
    recognising.recognise(line, ana, by=jorge, at=now)
    point = TalkingPoint.objects.get()
    points.answer(point, "Manguera nueva.", by=jorge, at=now)
    points.inform(point, satisfied=True, by=jorge, at=now)

    with pytest.raises(Refusal, match="already informed"):
        recognising.take_back(line, by=jorge, at=now)


@pytest.mark.covers("S1-4.7b")
def test_the_line_of_a_closed_month_stays_and_a_correction_names_her(
    norte: Dealership, mariana: User, ana: Customer, now: datetime
) -> None:
    line = ring(norte, mariana, at=now - 31 * DAY, answer="Que venga.")
    closing.close(norte, Counter.Register.CALLS, date(2026, 2, 1), by=mariana, at=now)

    named = recognising.recognise(line, ana, by=mariana, at=now)

    line.refresh_from_db()
    named.refresh_from_db()
    assert (line.customer, named.customer, named.corrects) == (None, ana, line)
    recognising.take_back(named, by=mariana, at=now)
    named.refresh_from_db()
    assert named.customer is None


def test_nobody_is_named_twice_nor_from_another_house(
    norte: Dealership,
    jingbei: Dealership,
    jorge: User,
    lixue: User,
    ana: Customer,
    as_user: AsUser,
    now: datetime,
) -> None:
    line = ring(norte, jorge, at=now, answer="Sí.")
    theirs = cast.deliver(jingbei, now.date(), at=now).customer
    address = f"/contacts/records/{line.pk}/caller/"

    assert as_user(jorge).post(address, {"customer": theirs.pk}).status_code == 409
    assert as_user(jorge).post(address, {"customer": "x"}).status_code == 409
    assert as_user(lixue).post(address, {"customer": theirs.pk}).status_code == 404
    recognising.recognise(line, ana, by=jorge, at=now)
    with pytest.raises(Refusal, match="said already"):
        recognising.recognise(line, ana, by=jorge, at=now)


def test_a_recognition_follows_a_merge(norte: Dealership, mariana: User, ana: Customer, now: datetime) -> None:
    other = cast.deliver(norte, now.date(), at=now, customer_name="Ana Solís Mora").customer
    recognising.recognise(ring(norte, mariana, at=now, answer="Sí."), other, by=mariana, at=now)

    merging.merge(ana, other, {}, by=mariana, at=now)

    assert (Recognition.objects.get().customer, ContactRecord.objects.get().customer) == (ana, ana)


def test_the_register_shows_whom_no_file_knows(
    norte: Dealership, jorge: User, ana: Customer, as_user: AsUser, now: datetime
) -> None:
    unknown = ring(norte, jorge, at=now, answer="Sí.")
    known = ring(norte, jorge, at=now, key="another", customer=ana, answer="Sí.")

    for asked, line in (("no", unknown), ("yes", known)):
        page = as_user(jorge).get("/contacts/calls/", {"known": asked})
        assert [row["line"] for row in page.context["rows"]] == [line]
