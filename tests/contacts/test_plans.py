"""Follow-up plans: made of what is closed, shared out, worked down, reviewed by the leader."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from clientela.contacts import allotting, batching, calling, planning, plans, presets, queue
from clientela.contacts.batching import Candidate
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, Outcome, Plan, PlanTarget
from clientela.contacts.plans import Record
from clientela.customers import merging, special
from clientela.customers.models import Visit
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

WEEK = (date(2026, 2, 23), date(2026, 3, 1))
FOUND = {"of": "visits", "first": "2026-02-23", "last": "2026-03-01", "kind": "workshop_visit"}
ROLES = {"Ana Ruiz": Role.CS_SPECIALIST, "Luis Mora": Role.CS_SPECIALIST, "Eva Gil": Role.CS_SPECIALIST}


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("china_4s", found, go_live_on=date(2026, 1, 1))
    return found


@pytest.fixture
def mariana(house: Dealership) -> User:
    return cast.person("Mariana Ruiz", Role.REPRESENTATIVE, house)


@pytest.fixture
def roberto(house: Dealership) -> User:
    return cast.person("Roberto Salinas", Role.GENERAL_MANAGER, house)


@pytest.fixture
def three(house: Dealership) -> list[User]:
    return [cast.person(name, role, house) for name, role in ROLES.items()]


def orders(house: Dealership, count: int, at: datetime, **facts: Any) -> list[Visit]:
    return [cast.deliver(house, date(2026, 2, 26), at=at, kind="workshop_visit", **facts) for _n in range(count)]


def draft(house: Dealership, by: User, mode: str = "phone") -> Plan:
    return Plan(
        dealership=house, name="Semana 9", mode=mode, made_by=by, from_on=date(2026, 3, 5), to_on=date(2026, 3, 12)
    )


def planned(house: Dealership, by: User, takers: list[User], count: int, at: datetime, mode: str = "visit") -> Plan:
    chosen = [Candidate(visit.customer, visit) for visit in orders(house, count, at)]
    return plans.make(draft(house, by, mode), chosen, takers=takers, by_owner=False, at=at)


def reach(task: ContactTask, by: User, at: datetime, outcome: Outcome = Outcome.REACHED) -> Any:
    queue.claim(task, by=by, at=at)
    task.refresh_from_db()
    return calling.keep(task, Answer(outcome=outcome, words="Bien."), fence=task.fence, by=by, at=at)


@pytest.mark.covers("S4-2.4a")
@pytest.mark.parametrize(("closed", "followed"), [(30, 7), (12, 12), (5, 0)])
def test_a_batch_proposes_the_closed_orders_but_those_followed_up(
    house: Dealership, mariana: User, as_user: Callable[[User], Client], now: datetime, closed: int, followed: int
) -> None:
    visits = orders(house, closed, now)
    cast.deliver(house, date(2026, 3, 2), at=now, kind="workshop_visit")
    planning.plan(at=now)
    tasks = ContactTask.objects.filter(visit__in=visits[:followed], step_code__contains="service_follow_up")
    tasks.update(state="done", concluded_at=now, timing="in_window")

    found = batching.of_visits(house, *WEEK, "workshop_visit")
    page = as_user(mariana).get("/contacts/plans/new/", FOUND).text

    assert [one.visit for one in found.chosen] == visits[followed:]
    assert [one.why_not for one in found.left_out] == ["already followed up"] * followed
    assert f"{closed} found, {followed} left out, {closed - followed} proposed" in page


def test_each_who_is_left_out_has_her_reason(house: Dealership, mariana: User, now: datetime) -> None:
    done, refused, unreached, apart, elsewhere, free = orders(house, 6, now)
    planning.plan(at=now)
    for visit, state in ((done, "done"), (refused, "refused"), (unreached, "unreached")):
        visit.tasks.update(state=state, concluded_at=now)
    special.decide(apart, special=True, reason="Ambulance", by=mariana, at=now)
    plans.make(
        draft(house, mariana), [Candidate(elsewhere.customer, elsewhere)], takers=[mariana], by_owner=False, at=now
    )

    found = batching.of_visits(house, *WEEK, "workshop_visit")

    assert [one.visit for one in found.chosen] == [free]
    assert {one.visit: str(one.why_not) for one in found.left_out} == {
        done: "already followed up",
        refused: "declined already",
        unreached: "not reached in all calls",
        apart: "Ambulance",
        elsewhere: "on another plan that is not closed",
    }


@pytest.mark.covers("S4-1.3.2a")
@pytest.mark.parametrize(("customers", "shares"), [(31, [11, 10, 10]), (8, [3, 3, 2]), (2, [1, 1, 0])])
def test_customers_are_shared_out_evenly_and_nobody_is_left(
    house: Dealership,
    mariana: User,
    three: list[User],
    as_user: Callable[[User], Client],
    now: datetime,
    customers: int,
    shares: list[int],
) -> None:
    orders(house, customers, now)
    planning.plan(at=now)
    data = {"name": "Semana 9", "mode": "phone", "from_on": "2026-03-05", "to_on": "2026-03-12", "how": "even"}

    answer = as_user(mariana).post(
        "/contacts/plans/new/?" + "&".join(f"{k}={v}" for k, v in FOUND.items()),
        data | {"takers": [person.pk for person in three]},
    )

    [plan] = Plan.objects.all()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/contacts/plans/{plan.pk}/")
    held = Counter(plan.targets.values_list("responsible", flat=True))
    assert sorted((held[person.pk] for person in three), reverse=True) == shares
    calls = Counter(ContactTask.objects.filter(planned_for__plan=plan).values_list("assignee", flat=True))
    assert calls == held


@given(st.integers(0, 200), st.integers(1, 9), st.data())
def test_an_even_share_differs_by_one_at_most(count: int, people: int, data: st.DataObject) -> None:
    given_ = allotting.share_out(range(count), list(range(people)))

    held = Counter(given_.values())
    assert sorted(given_) == list(range(count))
    assert max(held[n] for n in range(people)) - min(held[n] for n in range(people)) <= 1


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 4))
def test_who_is_known_to_somebody_present_is_hers(owners: list[int], people: int) -> None:
    known = dict(enumerate(owners))
    given_ = allotting.share_out(range(len(owners)), list(range(people)), owners=known)

    assert len(given_) == len(owners)
    assert {n: who for n, who in given_.items() if known[n] < people} == {n: o for n, o in known.items() if o < people}


@pytest.mark.covers("S4-1.3.2a")
def test_customers_go_to_the_consultant_who_attended_them(
    house: Dealership, mariana: User, three: list[User], now: datetime
) -> None:
    visits = orders(house, 4, now, consultant="Luis Mora") + orders(house, 2, now, consultant="Nadie")
    chosen = [Candidate(visit.customer, visit) for visit in visits]

    plan = plans.make(draft(house, mariana), chosen, takers=three, by_owner=True, at=now)

    held = Counter(plan.targets.values_list("responsible__name", flat=True))
    assert held == {"Luis Mora": 4, "Ana Ruiz": 1, "Eva Gil": 1}


@pytest.mark.covers("S4-1.3.2a")
def test_work_is_shared_out_anew_in_bulk_and_what_is_recorded_stays(
    house: Dealership, mariana: User, three: list[User], as_user: Callable[[User], Client], now: datetime
) -> None:
    ana, luis, eva = three
    plan = planned(house, mariana, [ana], 9, now)
    first = plan.targets.order_by("pk")[0]
    plans.write(first, Record(result="reached", words="Bien."), by=ana, at=now)
    browser = as_user(mariana)

    shared = browser.post(
        f"/contacts/plans/{plan.pk}/share/", {"giver": ana.pk, "takers": [luis.pk, eva.pk], "how": "even"}
    )
    chosen = list(plan.targets.filter(responsible=eva).values_list("pk", flat=True)[:3])
    given_ = browser.post(f"/contacts/plans/{plan.pk}/give/", {"targets": [*chosen, first.pk][:3], "taker": luis.pk})

    assert (shared.status_code, given_.status_code) == (302, 302)
    held = Counter(plan.targets.values_list("responsible__name", flat=True))
    assert held == {"Ana Ruiz": 1, "Luis Mora": 7, "Eva Gil": 1}


def test_a_plan_is_made_of_customers_on_file_too(
    house: Dealership, mariana: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    terrain = cast.deliver(house, date(2026, 2, 26), at=now, model="Terrain")
    cast.deliver(house, date(2026, 2, 26), at=now, model="Onix")
    query = "of=customers&model=terrain&visit_from=2026-02-01"

    answer = as_user(mariana).post(
        f"/contacts/plans/new/?{query}",
        {"name": "Terrain", "mode": "new_customer", "from_on": "2026-03-05", "to_on": "2026-03-12", "how": "even"}
        | {"takers": [mariana.pk]},
    )

    assert answer.status_code == 302
    assert [target.customer for target in PlanTarget.objects.all()] == [terrain.customer]
    again = as_user(mariana).get(f"/contacts/plans/new/?{query}").text
    assert "1 found, 1 left out, 0 proposed" in again


@pytest.mark.covers("S4-2.3")
@pytest.mark.parametrize("count", [20, 3])
def test_a_plan_that_is_all_recorded_is_closed_by_the_leaders_review(
    house: Dealership,
    mariana: User,
    roberto: User,
    three: list[User],
    as_user: Callable[[User], Client],
    now: datetime,
    count: int,
) -> None:
    plan = planned(house, mariana, three, count, now)
    *most, last = plan.targets.order_by("pk")
    for target in most:
        plans.write(target, Record(result="reached", words="Contenta."), by=target.responsible, at=now)
    lead, leader = as_user(mariana), as_user(roberto)

    too_early = lead.post(f"/contacts/plans/{plan.pk}/submit/")
    plans.write(last, Record(result="not_reached"), by=last.responsible, at=now)
    submitted = lead.post(f"/contacts/plans/{plan.pk}/submit/")
    told = (
        "waits for the leader's review" in lead.get("/").text,
        "waits for the leader's review" in leader.get("/").text,
    )
    wordless = leader.post(f"/contacts/plans/{plan.pk}/review/", {"remarks": ""})
    closed = leader.post(f"/contacts/plans/{plan.pk}/review/", {"remarks": "Buen trabajo."})

    plan.refresh_from_db()
    assert [answer.status_code for answer in (too_early, submitted, wordless, closed)] == [409, 302, 422, 302]
    assert told == (False, True)
    assert plan.state == "closed"
    [review] = plan.reviews.all()
    assert (review.by, review.at, review.remarks, review.closes) == (roberto, now, "Buen trabajo.", True)
    assert "Buen trabajo." in leader.get(f"/contacts/plans/{plan.pk}/").text


@pytest.mark.covers("S4-2.3")
def test_the_leader_sends_a_plan_back_and_gets_it_again(
    house: Dealership, mariana: User, roberto: User, now: datetime
) -> None:
    plan = planned(house, mariana, [mariana], 1, now)
    target = plan.targets.get()
    plans.write(target, Record(result="booked", visit_at=now + timedelta(days=2)), by=mariana, at=now)
    plans.submit(plan, by=mariana, at=now)

    with pytest.raises(Refusal, match="at the leader's review"):
        plans.write(target, Record(result="met", words="Hola."), by=mariana, at=now)
    plans.review(plan, closes=False, remarks="¿Qué dijo?", by=roberto, at=now)
    plans.write(target, Record(result="met", words="Compra en mayo."), by=mariana, at=now)
    plans.submit(plan, by=mariana, at=now)
    plans.review(plan, closes=True, remarks="Bien.", by=roberto, at=now)

    plan.refresh_from_db()
    target.refresh_from_db()
    assert (plan.state, target.result, target.visit_at) == ("closed", "met", None)
    assert list(plan.reviews.order_by("pk").values_list("closes", flat=True)) == [False, True]
    assert Entry.objects.filter(kind="target_recorded", customer_id=target.customer_id).count() == 2


def test_nobody_reviews_what_she_submitted_herself(house: Dealership, three: list[User], now: datetime) -> None:
    manager = cast.person("Laura Ortiz", Role.CS_MANAGER, house)
    plan = planned(house, manager, three, 1, now)
    target = plan.targets.get()
    plans.write(target, Record(result="not_reached"), by=manager, at=now)
    plans.submit(plan, by=manager, at=now)

    with pytest.raises(Refusal, match="does not review it"):
        plans.review(plan, closes=True, remarks="Bien.", by=manager, at=now)


def test_what_comes_of_a_call_stands_on_the_plan_and_goes_with_it(
    house: Dealership, mariana: User, roberto: User, now: datetime
) -> None:
    officer = cast.person("Ana Ruiz", Role.INFORMATION_OFFICER, house)
    [visit] = orders(house, 1, now)
    planning.plan(at=now)
    task = visit.tasks.get(step_code__contains="service_follow_up")
    plan = plans.make(
        draft(house, mariana), [Candidate(visit.customer, visit, task)], takers=[officer], by_owner=False, at=now
    )
    target = plan.targets.get()

    with pytest.raises(Refusal, match="Make the call"):
        plans.write(target, Record(result="reached", words="Bien."), by=officer, at=now)
    task.refresh_from_db()
    tried = reach(task, officer, now)
    recorded = plan.targets.recorded().count()
    with pytest.raises(Refusal, match="read from the call"):
        plans.write(plan.targets.get(), Record(result="not_reached"), by=officer, at=now)
    plans.submit(plan, by=mariana, at=now)
    calling.take_back(tried, by=officer, at=now)

    assert (recorded, plan.targets.recorded().count()) == (1, 0)
    with pytest.raises(Refusal, match="1 customer"):
        plans.review(plan, closes=True, remarks="Bien.", by=roberto, at=now)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        (Record(result="booked"), "which day and time"),
        (Record(result="reached"), "what was said"),
        (Record(result="nonsense"), "what came of it"),
    ],
)
def test_a_record_is_whole_or_not_kept(
    house: Dealership, mariana: User, now: datetime, given_: Record, says: str
) -> None:
    plan = planned(house, mariana, [mariana], 1, now)

    with pytest.raises(Refusal, match=says):
        plans.write(plan.targets.get(), given_, by=mariana, at=now)

    assert plan.targets.recorded().count() == 0


def test_only_who_is_responsible_or_leads_records(
    house: Dealership, mariana: User, three: list[User], as_user: Callable[[User], Client], now: datetime
) -> None:
    ana, luis, _eva = three
    plan = planned(house, mariana, [ana], 1, now)
    path = f"/contacts/plans/targets/{plan.targets.get().pk}/"

    stranger = as_user(luis).post(path, {"result": "not_reached"})
    hers = as_user(ana).post(path, {"result": "booked", "visit_at": "2026-03-07T10:30"})

    assert (stranger.status_code, hers.status_code) == (404, 302)
    booked = plan.targets.get().visit_at
    assert booked is not None
    assert booked.astimezone(house.zone).isoformat() == "2026-03-07T10:30:00-06:00"


def test_whom_it_does_not_concern_sees_no_plan(
    house: Dealership, mariana: User, three: list[User], as_user: Callable[[User], Client], now: datetime
) -> None:
    plan = planned(house, mariana, three[:1], 1, now)

    seen = ["Semana 9" in as_user(person).get("/contacts/plans/").text for person in (mariana, *three)]

    assert seen == [True, True, False, False]
    assert as_user(three[1]).get(f"/contacts/plans/{plan.pk}/").status_code == 404


def test_both_papers_speak_the_language_of_the_house(
    house: Dealership, mariana: User, as_user: Callable[[User], Client], now: datetime
) -> None:
    plan = planned(house, mariana, [mariana], 2, now)
    plans.write(plan.targets.order_by("pk")[0], Record(result="reached", words="Muy contenta."), by=mariana, at=now)
    browser = as_user(mariana)

    papers = [browser.get(f"/contacts/plans/{plan.pk}/{which}/").text for which in ("print", "print/records")]

    assert all('lang="es-mx"' in paper and "Semana 9" in paper for paper in papers)
    assert ["Muy contenta." in paper for paper in papers] == [False, True]


def test_a_customer_of_two_files_stands_on_a_plan_once_after_they_are_merged(
    house: Dealership, mariana: User, now: datetime
) -> None:
    one, other = (cast.deliver(house, date(2026, 2, 26), at=now).customer for _n in range(2))
    plan = plans.make(
        draft(house, mariana, "visit"), [Candidate(one), Candidate(other)], takers=[mariana], by_owner=False, at=now
    )
    plans.write(plan.targets.get(customer=other), Record(result="met", words="Hola."), by=mariana, at=now)

    merge = merging.merge(one, other, {}, by=mariana, at=now)

    assert [(row.customer, row.result) for row in plan.targets.all()] == [(one, "met")]
    merging.undo(merge, by=mariana, at=now)
    assert sorted((row.customer_id, row.result) for row in plan.targets.all()) == [(one.pk, ""), (other.pk, "met")]


@pytest.mark.parametrize("path", ["", "{plan}/", "new/", "{plan}/print/", "{plan}/print/records/"])
def test_a_page_asks_as_often_for_many_as_for_few(
    house: Dealership, mariana: User, as_user: Callable[[User], Client], now: datetime, path: str
) -> None:
    browser = as_user(mariana)

    def asked(count: int) -> int:
        for _n in range(count if path == "" else 1):
            plan = planned(house, mariana, [mariana], count, now)
        if path == "new/":
            orders(house, count, now)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/contacts/plans/{path.format(plan=plan.pk)}", FOUND).status_code == 200
        return len(queries)

    asked(1)
    assert asked(2) == asked(5)
