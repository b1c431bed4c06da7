"""What a caller complained of or wished and was not answered on the spot: a request and a talking point in one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from clientela.contacts import inbound, points, requesting
from clientela.contacts.inbound import Talk
from clientela.contacts.models import Request, TalkingPoint
from clientela.contacts.requesting import Reply
from clientela.customers.models import Customer
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def ana(norte: Dealership, now: datetime) -> Customer:
    return cast.deliver(norte, now.date(), at=now, customer_name="Ana Solís").customer


@pytest.fixture
def bruno(norte: Dealership) -> User:
    return cast.person("Bruno Paz", Role.COMMERCIAL_MANAGER, norte)


@pytest.fixture
def asked(norte: Dealership, jorge: User, ana: Customer, now: datetime) -> Request:
    talk = Talk(
        key="k",
        kind="complaint",
        summary="Clima",
        words="El clima no enfría.",
        customer=ana,
        owner=jorge,
        point="complaint",
    )
    return inbound.keep(talk, norte, by=jorge, at=now).request


def form(**facts: Any) -> dict[str, Any]:
    usual = {"key": "p", "direction": "in", "channel": "phone", "words": "El clima no enfría.", "outcome": "not_yet"}
    return usual | facts


@pytest.mark.covers("S1-4.4c", "S1-4.4e")
@pytest.mark.parametrize(
    ("kind", "point", "kept"),
    [
        ("complaint", "", "complaint"),
        ("inquiry", "wish", "wish"),
        ("other", "criticism", "criticism"),
        ("inquiry", "", None),
    ],
)
def test_what_was_not_settled_is_a_point_without_being_typed_again(
    norte: Dealership,
    jorge: User,
    mariana: User,
    ana: Customer,
    as_user: AsUser,
    now: datetime,
    kind: str,
    point: str,
    kept: str | None,
) -> None:
    given = form(customer=ana.pk, kind=kind, point=point, owner=mariana.pk)

    page = as_user(jorge).post("/contacts/inbound/", given, follow=True).text

    found = [(row.kind, row.text, row.owner, row.customer) for row in TalkingPoint.objects.open()]
    assert found == ([(kept, "El clima no enfría.", mariana, ana)] if kept else [])
    assert Request.objects.get().owner == mariana
    if kept:
        [row] = TalkingPoint.objects.all()
        assert norte.today(row.report_by) == norte.today(now) + 2 * DAY
        assert f"/contacts/points/{row.pk}/" in page


def test_answered_on_the_spot_nothing_is_open(norte: Dealership, jorge: User, ana: Customer, as_user: AsUser) -> None:
    as_user(jorge).post(
        "/contacts/inbound/", form(customer=ana.pk, kind="complaint", outcome="answered", answer="Hoy.", point="wish")
    )

    assert (Request.objects.count(), TalkingPoint.objects.count()) == (0, 0)


def test_without_a_file_a_wish_is_answered_to_nobody(norte: Dealership, jorge: User, as_user: AsUser) -> None:
    refused = as_user(jorge).post(
        "/contacts/inbound/", form(caller="Alguien", kind="inquiry", point="wish", owner=jorge.pk)
    )
    kept = as_user(jorge).post("/contacts/inbound/", form(caller="Alguien", kind="complaint", owner=jorge.pk))

    assert (refused.status_code, kept.status_code) == (422, 302)
    assert "Find the customer&#x27;s file first" in refused.text
    assert (Request.objects.count(), TalkingPoint.objects.count()) == (1, 0)


@pytest.mark.covers("S1-P2.2.2")
def test_both_have_one_owner_whichever_is_handed_over(
    jorge: User, mariana: User, asked: Request, now: datetime
) -> None:
    requesting.hand_over(asked, mariana, "Ella sabe.", by=jorge, at=now)
    point = TalkingPoint.objects.get()
    assert (point.owner, asked.record.points.get().steps.last().act) == (mariana, "passed")  # type: ignore[union-attr]

    points.pass_on(point, jorge, by=mariana, at=now)

    asked.refresh_from_db()
    assert (asked.owner, asked.handed_over, asked.hand_overs.count()) == (jorge, 2, 2)


@pytest.mark.covers("S1-4.4f")
def test_the_request_ends_when_the_customer_is_satisfied_and_not_before(
    jorge: User, bruno: User, asked: Request, as_user: AsUser, now: datetime
) -> None:
    point = TalkingPoint.objects.get()
    with pytest.raises(Refusal, match="ends with its talking point"):
        requesting.close(asked, Reply(answer="Ya."), by=jorge, at=now)
    assert "/close/" not in as_user(jorge).get(f"/contacts/requests/{asked.pk}/").text
    points.report(point, "¿Lo revisamos sin cargo?", by=jorge, at=now)
    points.solve(point, "Carga de gas sin costo.", by=bruno, at=now + DAY)
    points.inform(point, satisfied=False, words="Quiere otro taller.", by=jorge, at=now + DAY)
    asked.refresh_from_db()
    assert asked.is_open
    points.solve(point, "En el otro taller, hoy.", by=bruno, at=now + 2 * DAY)

    points.inform(point, satisfied=True, by=jorge, at=now + 2 * DAY)

    asked.refresh_from_db()
    assert (asked.closed_by, asked.answer, asked.told_by) == (jorge, "En el otro taller, hoy.", "phone")


@pytest.mark.covers("S1-4.7", "S1-4.11")
@pytest.mark.parametrize(("satisfied", "word"), [(True, "customer informed: satisfied"), (False, "not satisfied")])
def test_the_call_that_tells_a_solution_says_so_in_the_register_and_on_its_form(
    norte: Dealership,
    jorge: User,
    bruno: User,
    ana: Customer,
    asked: Request,
    as_user: AsUser,
    now: datetime,
    satisfied: bool,
    word: str,
) -> None:
    point = TalkingPoint.objects.get()
    points.report(point, "?", by=jorge, at=now)
    points.solve(point, "Carga de gas sin costo.", by=bruno, at=now)

    line = points.inform(point, satisfied=satisfied, words="Bien.", by=jorge, at=now)

    browser = as_user(jorge)
    [row] = browser.get("/contacts/calls/", {"result": "informed"}).context["rows"]
    assert row["line"] == line
    assert word in row["result"]
    assert browser.get("/contacts/calls/", {"result": "answered"}).context["rows"] == []
    form = browser.get(f"/contacts/records/{line.pk}/print/").context
    assert (form["on_the_spot"], form["solution"]) == ("", "Carga de gas sin costo.")
    assert form["informed"]
    assert line.phone == ana.contact_points.get(kind="phone").readable
