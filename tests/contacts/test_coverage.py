"""Coverage of every duty: who was followed up, who is missing by name, who was left out and why."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from clientela.contacts import calling, coverage, duties, left_out, planning, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.coverage import Period, Tally
from clientela.contacts.models import Attempt, ContactTask, Outcome, ProgrammeStep
from clientela.customers import special
from clientela.customers.models import Change, Customer, Export, Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
IN_MARCH = {"first": "2026-03-01", "last": "2026-03-31"}
EXPORTS = {"coverage": "", "duties": "duties/", "unreached": "unreached/"}
SALES = "china_4s.sales_follow_up.call_1"
SERVICE = "china_4s.service_follow_up.call_1"


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    """Autos del Norte under the rules of the 4S company."""
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("china_4s", found, go_live_on=date(2026, 1, 1))
    return found


@pytest.fixture
def laura(house: Dealership) -> User:
    return cast.person("Laura Ortiz", Role.SERVICE_MANAGER, house)


def step(house: Dealership, code: str) -> ProgrammeStep:
    return ProgrammeStep.objects.get(dealership=house, code=code)


def visits(house: Dealership, count: int, at: datetime, kind: str = "vehicle_delivery") -> list[Visit]:
    return [cast.deliver(house, date(2026, 3, 2), at=at, kind=kind) for _n in range(count)]


def conclude(tasks: Any, count: int, at: datetime, state: str = "done", timing: str = "in_window") -> None:
    chosen = list(tasks.open().order_by("pk").values_list("pk", flat=True)[:count])
    ContactTask.objects.filter(pk__in=chosen).update(state=state, concluded_at=at, timing=timing)


def tasks_of(house: Dealership, code: str) -> Any:
    return ContactTask.objects.filter(dealership=house, step_code=code)


def tally(house: Dealership, code: str, at: datetime) -> Tally:
    return coverage.tallies(coverage.owed(house, MARCH), at=at).get(step(house, code).pk, Tally())


@pytest.mark.covers("S4-3.2.4.2a")
@pytest.mark.parametrize(("sales", "called", "percent"), [(40, 39, "97.5"), (7, 6, "85.71"), (3, 3, "100.0")])
def test_of_all_sales_so_many_were_followed_up(
    house: Dealership,
    laura: User,
    as_user: Callable[[User], Client],
    now: datetime,
    sales: int,
    called: int,
    percent: str,
) -> None:
    visits(house, sales, now)
    planning.plan(at=now)
    conclude(tasks_of(house, SALES), called, now)

    found = tally(house, SALES, now)
    page = as_user(laura).get("/contacts/coverage/", IN_MARCH | {"kind": "vehicle_delivery"}).text

    assert (found.due, found.followed_up, found.missing) == (sales, called, sales - called)
    assert f"{found.percent:.{found.decimals}f}" == percent
    sign = "good" if called == sales else "late"
    assert f'<span class="sign {sign}">{percent} %</span>' in page


@pytest.mark.covers("S4-3.2.4.2b")
@pytest.mark.parametrize(
    ("orders", "apart", "called", "percent"), [(100, 4, 96, "100.0"), (100, 4, 95, "98.96"), (9, 2, 6, "85.71")]
)
def test_special_vehicles_are_out_of_the_denominator_of_service(
    house: Dealership, laura: User, now: datetime, orders: int, apart: int, called: int, percent: str
) -> None:
    closed = visits(house, orders, now, "workshop_visit")
    planning.plan(at=now)
    for visit in closed[:apart]:
        special.decide(visit, special=True, reason="Demo car", by=laura, at=now)
    conclude(tasks_of(house, SERVICE), called, now)

    found = tally(house, SERVICE, now)
    out = left_out.of_step(house, step(house, SERVICE), MARCH, members=False, at=now)

    assert (found.due, f"{found.percent:.{found.decimals}f}") == (orders - apart, percent)
    assert [(row.visit, row.reason, row.is_special) for row in out] == [(v, "Demo car", True) for v in closed[:apart]]
    assert left_out.counts(house, MARCH, members=False, at=now)[step(house, SERVICE).pk] == apart


@pytest.mark.covers("S4-3.2.4.2b")
def test_a_special_vehicle_counts_nowhere_even_if_it_was_called(house: Dealership, laura: User, now: datetime) -> None:
    one, _other = visits(house, 2, now, "workshop_visit")
    planning.plan(at=now)
    tasks_of(house, SERVICE).filter(visit=one).update(state="done", concluded_at=now, timing="in_window")

    special.decide(one, special=True, reason="Rally car", by=laura, at=now)

    found = tally(house, SERVICE, now)
    assert (found.due, found.followed_up) == (1, 0)


def test_sales_of_special_vehicles_are_owed_like_all_others(house: Dealership, laura: User, now: datetime) -> None:
    [sale] = visits(house, 1, now)
    planning.plan(at=now)

    special.decide(sale, special=True, reason="Fleet", by=laura, at=now)

    assert tally(house, SALES, now).due == 1
    assert left_out.of_step(house, step(house, SALES), MARCH, members=False, at=now) == []


@pytest.mark.covers("S4-3.2.4.2b")
@pytest.mark.parametrize(
    ("role", "status"), [(Role.SERVICE_MANAGER, 302), (Role.CS_SPECIALIST, 403), (Role.REPRESENTATIVE, 403)]
)
def test_only_a_manager_sets_a_visit_apart(
    house: Dealership, as_user: Callable[[User], Client], now: datetime, role: Role, status: int
) -> None:
    [visit] = visits(house, 1, now, "workshop_visit")
    planning.plan(at=now)
    who = cast.person("Somebody", role, house)

    answer = as_user(who).post(f"/customers/visits/{visit.pk}/special/", {"special": "on", "reason": "Ambulance"})

    visit.refresh_from_db()
    assert answer.status_code == status
    told = (visit.special, visit.special_reason, visit.special_by)
    assert told == ((True, "Ambulance", who) if status == 302 else (False, "", None))
    assert tasks_of(house, SERVICE).get().state == ("cancelled" if status == 302 else "open")


def test_setting_apart_needs_a_reason_and_is_taken_back_with_one(house: Dealership, laura: User, now: datetime) -> None:
    [visit] = visits(house, 1, now, "workshop_visit")
    planning.plan(at=now)

    with pytest.raises(Refusal, match="Say why"):
        special.decide(visit, special=True, reason="", by=laura, at=now)
    special.decide(visit, special=True, reason="Ambulance", by=laura, at=now)
    with pytest.raises(Refusal, match="already so"):
        special.decide(visit, special=True, reason="Again", by=laura, at=now)
    special.decide(visit, special=False, reason="Sold to a person", by=laura, at=now)

    assert tasks_of(house, SERVICE).get().state == "open"
    assert tally(house, SERVICE, now).due == 1


def test_what_a_manager_decided_stands_against_the_same_file_again(
    house: Dealership, laura: User, now: datetime
) -> None:
    facts: dict[str, Any] = {"kind": "workshop_visit", "number": "R-7", "customer_name": "Soto Gil Eva", "plate": "A-1"}
    visit = cast.deliver(house, date(2026, 3, 2), at=now, **facts)
    special.decide(visit, special=True, reason="Ambulance", by=laura, at=now)

    cast.deliver(house, date(2026, 3, 2), at=now, **facts, special=False, work="Brakes")

    visit.refresh_from_db()
    assert (visit.special, visit.work) == (True, "Brakes")


ORDER: dict[str, Any] = {"kind": "workshop_visit", "number": "R-7", "customer_name": "Soto Gil Eva", "plate": "A-1"}


@pytest.mark.covers("S4-3.2.4.2b")
def test_a_file_only_proposes_that_a_vehicle_is_special(house: Dealership, laura: User, now: datetime) -> None:
    visit = cast.deliver(house, date(2026, 3, 2), at=now, **ORDER, special=True)
    planning.plan(at=now)

    assert (visit.special, visit.is_proposed_special) == (False, True)
    assert list(special.proposed(house)) == [visit]
    assert tally(house, SERVICE, now).due == 1  # owed until a manager says otherwise

    special.decide(visit, special=True, reason="Rally car", by=laura, at=now)

    assert (list(special.proposed(house)), list(special.apart(house))) == ([], [visit])
    assert tally(house, SERVICE, now).due == 0


def test_a_proposal_that_was_declined_is_not_made_again(house: Dealership, laura: User, now: datetime) -> None:
    visit = cast.deliver(house, date(2026, 3, 2), at=now, **ORDER, special=True)
    special.decide(visit, special=False, reason="An ordinary van", by=laura, at=now)
    with pytest.raises(Refusal, match="already so"):
        special.decide(visit, special=False, reason="Once more", by=laura, at=now)

    cast.deliver(house, date(2026, 3, 2), at=now, **ORDER, special=True, work="Brakes")

    assert list(special.proposed(house)) == []
    visit.refresh_from_db()
    assert (visit.special, visit.work) == (False, "Brakes")


@pytest.mark.covers("S4-3.2.4.2b")
@pytest.mark.parametrize(
    ("role", "decides"), [(Role.SERVICE_MANAGER, True), (Role.GENERAL_MANAGER, True), (Role.REPRESENTATIVE, False)]
)
def test_a_manager_decides_about_proposals_in_the_list(
    house: Dealership, as_user: Callable[[User], Client], now: datetime, role: Role, decides: bool
) -> None:
    visit = cast.deliver(house, date(2026, 3, 2), at=now, **ORDER, special=True)
    browser = as_user(cast.person("Somebody", role, house))
    act, hint = f"/customers/visits/{visit.pk}/special/", "waits for a decision"

    page = browser.get("/contacts/special/").content.decode()
    assert ("Soto Gil" in page, act in page) == (True, decides)
    assert (hint in browser.get("/").content.decode()) == decides
    answer = browser.post(act, {"special": "on", "reason": "Fire engine", "list": "1"})

    assert answer.status_code == (302 if decides else 403)
    assert (hint in browser.get("/").content.decode()) is False
    listed = browser.get("/contacts/special/?shows=apart").content.decode()
    assert ("Fire engine" in listed) == decides


@pytest.mark.covers("S4-1.3.4b")
@pytest.mark.parametrize(("members", "called", "percent"), [(50, 49, "98.0"), (6, 4, "66.67")])
def test_members_are_covered_apart_and_the_missing_named(
    house: Dealership,
    laura: User,
    as_user: Callable[[User], Client],
    now: datetime,
    members: int,
    called: int,
    percent: str,
) -> None:
    delivered = visits(house, members + 3, now)
    Customer.objects.filter(visits__in=delivered[:members]).update(member_since=date(2025, 1, 1))
    ContactTask.objects.all().delete()
    planning.plan(at=now)
    ContactTask.objects.exclude(step_code=SALES).update(state="cancelled", concluded_at=now)
    conclude(tasks_of(house, SALES).filter(visit__in=delivered[:called]), called, now)
    browser = as_user(laura)

    page = browser.get("/contacts/coverage/", IN_MARCH).text
    named = browser.get("/contacts/coverage/duties/", IN_MARCH | {"members": "on", "shows": "missing"}).text

    assert f'<span class="sign late">{percent} %</span>' in page
    assert f"{called} of {members} members due" in page
    missing = [visit.customer.listed_name for visit in delivered[called:members]]
    assert [name for name in (v.customer.listed_name for v in delivered) if f">{name}<" in named] == missing


def test_who_became_a_member_later_was_none_when_it_was_due(house: Dealership, now: datetime) -> None:
    visits(house, 1, now)
    planning.plan(at=now)
    task = tasks_of(house, SALES).get()
    Customer.objects.filter(pk=task.customer_id).update(member_since=task.due_on + timedelta(1))

    assert coverage.of_members(tasks_of(house, SALES)).count() == 0


def test_membership_is_written_in_the_file_with_its_history(
    house: Dealership, as_user: Callable[[User], Client], now: datetime
) -> None:
    [visit] = visits(house, 1, now)
    customer = visit.customer
    ana = cast.person("Ana Ruiz", Role.CS_SPECIALIST, house)
    data = {"kind": "person", "full_name": customer.full_name, "language": "es-mx", "member_level": "Oro"}

    refused = as_user(ana).post(f"/customers/{customer.pk}/edit/", data)
    kept = as_user(ana).post(f"/customers/{customer.pk}/edit/", data | {"member_since": "2026-02-01"})

    customer.refresh_from_db()
    assert (refused.status_code, kept.status_code) == (422, 302)
    assert (customer.member_level, customer.member_since) == ("Oro", date(2026, 2, 1))
    changes = dict(Change.objects.filter(customer_id=customer.pk).values_list("field", "new"))
    assert changes["member_since"] == "2026-02-01"


@pytest.mark.covers("S4-3.2.4.3.3")
def test_whom_three_calls_did_not_reach_is_listed_and_covered_but_not_valid(
    house: Dealership, laura: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visits(house, 2, now)
    planning.plan(at=now)
    gone, reached = tasks_of(house, SALES).order_by("pk")
    for number, band in ((1, "morning"), (2, "afternoon"), (3, "evening")):
        Attempt.objects.create(
            dealership=house,
            task=gone,
            number=number,
            fence=number,
            by=laura,
            at=now + timedelta(days=number),
            started_at=now,
            outcome="no_answer",
            band=band,
            timing="in_window",
            before={},
        )
    later = now + timedelta(days=3)
    ContactTask.objects.filter(pk=gone.pk).update(state="unreached", attempts=3, concluded_at=later)
    ContactTask.objects.filter(pk=reached.pk).update(state="done", concluded_at=now, timing="in_window")

    found = tally(house, SALES, later)
    page = as_user(laura).get("/contacts/coverage/unreached/", IN_MARCH).text

    assert (found.due, found.followed_up, found.made, found.unreached) == (2, 2, 1, 1)
    assert found.percent == 100
    assert gone.customer.listed_name in page
    assert reached.customer.listed_name not in page
    assert [page.count(word) for word in ("morning", "afternoon", "evening")] == [1, 1, 1]


@pytest.mark.covers("S4-3.2.4.3.3", "S2-9.5")
def test_the_register_shows_the_three_calls_that_counted(
    house: Dealership, laura: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visits(house, 1, now)
    planning.plan(at=now)
    gone, at = tasks_of(house, SALES).get(), now
    counted = [miss(gone, laura, at).counted, miss(gone, laura, at + timedelta(hours=1)).counted]
    counted += [miss(gone, laura, gone.callable_from).counted for _day in range(2)]

    with time_machine.travel(gone.concluded_at, tick=False):
        page = as_user(laura).get("/contacts/coverage/unreached/", IN_MARCH).text

    assert (gone.state, counted) == ("unreached", [True, False, True, True])
    assert [page.count(word) for word in ("morning", "afternoon", "evening")] == [1, 1, 1]
    # on paper "today" says nothing
    assert ("today" in page, "yesterday" in page) == (False, False)


def miss(task: ContactTask, by: User, at: datetime) -> Attempt:
    queue.claim(task, by=by, at=at)
    tried = calling.keep(task, Answer(outcome=Outcome.NO_ANSWER), fence=task.fence, by=by, at=at)
    task.refresh_from_db()
    return tried


def test_figures_tell_in_window_late_early_declined_open_late_and_without_number(
    house: Dealership, now: datetime
) -> None:
    visits(house, 9, now)
    planning.plan(at=now)
    tasks = tasks_of(house, SALES)
    for count, state, timing in (
        (2, "done", "in_window"),
        (1, "done", "late"),
        (1, "done", "early"),
        (1, "refused", "in_window"),
        (1, "unreached", "late"),
        (1, "invalid", ""),
    ):
        conclude(tasks, count, now, state, timing)
    last = tasks.open().order_by("pk")[0]
    ContactTask.objects.filter(pk=last.pk).update(due_at=now - timedelta(hours=1))

    assert tally(house, SALES, now) == Tally(
        due=9, in_window=2, late_made=1, early=1, refused=1, unreached=1, open=1, late=1, invalid=1
    )


def test_what_is_owed_no_more_stands_in_no_figure(house: Dealership, now: datetime) -> None:
    visits(house, 4, now)
    planning.plan(at=now)
    for state in ("cancelled", "suppressed", "merged"):
        conclude(tasks_of(house, SALES), 1, now, state, "")

    assert tally(house, SALES, now).due == 1


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_share_is_never_full_while_anybody_is_missing(one: int, other: int) -> None:
    part, whole = sorted((one, other))
    found = coverage.share(part, whole)

    if not whole:
        assert found is None
        return
    assert found is not None
    assert (found == 100) == (part == whole)
    assert abs(found - 100 * Decimal(part) / whole) <= Decimal("0.01")


def test_of_a_hundred_thousand_one_missing_is_seen() -> None:
    assert coverage.share(99_999, 100_000) == Decimal("99.99")


@pytest.mark.parametrize(("by", "shown"), [("", 0), ("visit", 3)])
def test_a_period_is_counted_by_the_day_due_or_by_the_day_of_the_visit(
    house: Dealership, now: datetime, by: str, shown: int
) -> None:
    visits(house, 3, now)
    planning.plan(at=now)
    form = duties.PeriodFilters({"first": "2026-03-01", "last": "2026-03-03", "by": by}, house=house)
    assert form.is_valid()

    assert form.narrow(coverage.owed(house, form.period)).filter(step_code=SALES).count() == shown


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-03-31", "2026-03-01", "The end lies before the beginning."),
        ("0001-01-01", "9999-12-31", "Look at one year at most."),
        ("abc", "2026-03-01", "Enter a valid date."),
    ],
)
@pytest.mark.parametrize("path", ["", "duties/", "unreached/"])
def test_a_period_that_makes_no_sense_is_told(
    house: Dealership,
    laura: User,
    as_user: Callable[[User], Client],
    now: datetime,
    path: str,
    first: str,
    last: str,
    says: str,
) -> None:
    answer = as_user(laura).get(f"/contacts/coverage/{path}", {"first": first, "last": last})

    assert (answer.status_code, says in answer.text) == (422, True)


@pytest.mark.parametrize("what", ["coverage", "duties", "unreached"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "print"])
def test_every_list_leaves_the_house_and_stands_in_the_log(
    house: Dealership, laura: User, as_user: Callable[[User], Client], now: datetime, what: str, form: str
) -> None:
    visits(house, 3, now)
    planning.plan(at=now)
    conclude(tasks_of(house, SALES), 1, now, "unreached")

    answer = as_user(laura).post(
        f"/contacts/coverage/{EXPORTS[what]}export/?first=2026-03-01&last=2026-03-31", {"format": form}
    )
    if answer.streaming:
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    assert answer.status_code == 200
    assert Export.objects.values_list("what", "format", "by").get() == (what, form, laura.pk)


def test_the_file_says_what_the_page_says(
    house: Dealership, laura: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    visits(house, 40, now)
    planning.plan(at=now)
    conclude(tasks_of(house, SALES), 39, now)

    answer = as_user(laura).post("/contacts/coverage/export/?first=2026-03-01&last=2026-03-31", {"format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    rows = {row["Contact"]: row for row in csv.DictReader(StringIO(text))}
    row = rows["First call by the consultant"]
    assert (row["Due"], row["Made in the window"], row["Open"], row["Coverage in %"]) == ("40", "39", "1", "97.5")


@pytest.mark.parametrize("path", ["", "duties/", "unreached/", "left_out"])
def test_a_page_asks_as_often_for_many_as_for_few(
    house: Dealership, laura: User, as_user: Callable[[User], Client], now: datetime, path: str
) -> None:
    browser = as_user(laura)
    address = (
        f"/contacts/coverage/{path}"
        if path != "left_out"
        else f"/contacts/coverage/left-out/{step(house, SERVICE).pk}/"
    )

    def asked(count: int) -> int:
        for visit in visits(house, count, now, "workshop_visit"):
            planning.plan(at=now)
            special.decide(visit, special=True, reason="x", by=laura, at=now)
        visits(house, count, now)
        planning.plan(at=now)
        conclude(tasks_of(house, SALES), count // 2 + 1, now, "unreached")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address, IN_MARCH).status_code == 200
        return len(queries)

    asked(1)
    assert asked(2) == asked(6)
