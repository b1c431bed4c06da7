"""Supervision: a sample of each agent's records, findings by agent; a plan does not close with missing records."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clientela.contacts import calling, inbound, inspecting, plans, queue
from clientela.contacts.batching import Candidate
from clientela.contacts.calling import Answer
from clientela.contacts.inbound import Talk
from clientela.contacts.models import ContactRecord, Inspection, Outcome, Plan, PlanTarget
from clientela.contacts.plans import Record
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
#: The week before the story's Thursday.
WEEK = date(2026, 2, 23)


def records(house: Dealership, by: User, count: int, *, on: date = WEEK) -> list[ContactRecord]:
    at = datetime(on.year, on.month, on.day, 17, tzinfo=UTC)
    facts: dict[str, Any] = {"kind": "advice", "summary": "Frenos", "words": "¿Frenos?", "answer": "Sí."}
    return [
        inbound.keep(
            Talk(key=f"{on} {by.pk} {n}", caller=f"Señora {n}", **facts),
            house,
            by=by,
            at=at + timedelta(hours=n % 5, days=n % 6),
        )
        for n in range(count)
    ]


@pytest.mark.covers("S1-4.10a")
@pytest.mark.parametrize(("of_jorge", "of_eva", "size"), [(20, 10, 3), (12, 4, 2)])
def test_inspections_of_a_sample_are_listed_by_agent(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime, of_jorge: int, of_eva: int, size: int
) -> None:
    eva = cast.person("Eva Gil", Role.CS_SPECIALIST, norte)
    manager = cast.person("Carlos Ibarra", Role.COMMERCIAL_MANAGER, norte)
    records(norte, jorge, of_jorge)
    records(norte, eva, of_eva)
    records(norte, jorge, 3, on=date(2026, 3, 2))
    browser = as_user(manager)

    def read() -> list[inspecting.OfAgent]:
        return inspecting.read(norte, WEEK, size=size, at=now)

    drawn = [line for row in read() for line in row.sample if row.agent == jorge]
    for line in drawn:
        kept = browser.post(
            f"/contacts/records/{line.pk}/inspect/", {"verdict": "finding", "finding": "Falta la respuesta."}
        )
        assert kept.headers["Location"] == "/contacts/supervision/?week=2026-02-23"
    page = browser.get("/contacts/supervision/", {"n": size})

    assert [(row.agent, row.records, len(row.sample), row.inspected, row.findings) for row in read()] == [
        (eva, of_eva, size, 0, 0),
        (jorge, of_jorge, size, size, size),
    ]
    assert page.text.count("Falta la respuesta.") == size
    assert [row["of"].agent for row in page.context["rows"]] == [eva, jorge]
    assert set(Inspection.objects.values_list("agent", "by")) == {(jorge.pk, manager.pk)}


def test_the_draw_is_the_same_whenever_it_is_asked_and_keeps_what_was_inspected(
    norte: Dealership, mariana: User, jorge: User, now: datetime
) -> None:
    lines = records(norte, jorge, 30)

    def draw(size: int = 3) -> list[int]:
        [row] = inspecting.read(norte, WEEK, size=size, at=now)
        return [line.pk for line in row.sample]

    first = draw()
    assert draw() == first
    assert set(first) < set(draw(5))
    left = next(line for line in lines if line.pk not in draw(20))
    inspecting.inspect(left, in_order=True, finding="", by=mariana, at=now)
    assert set(draw()) == {*first, left.pk}
    assert inspecting.read(norte, date(2026, 2, 16), at=now) == []


def test_nobody_inspects_her_own_record_or_one_twice(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    [mine], [his] = records(norte, mariana, 1), records(norte, jorge, 1)

    with pytest.raises(Refusal, match="Nobody inspects her own record"):
        inspecting.inspect(mine, in_order=True, finding="", by=mariana, at=now)
    with pytest.raises(Refusal, match="Write what was found"):
        inspecting.inspect(his, in_order=False, finding="", by=mariana, at=now)
    with pytest.raises(Refusal, match="by a manager"):
        inspecting.inspect(mine, in_order=True, finding="", by=jorge, at=now)
    assert as_user(mariana).post(f"/contacts/records/{his.pk}/inspect/", {"verdict": "finding"}).status_code == 422
    assert as_user(mariana).post(f"/contacts/records/{his.pk}/inspect/", {"verdict": "in_order"}).status_code == 302
    with pytest.raises(Refusal, match="inspected this record already"):
        inspecting.inspect(his, in_order=True, finding="", by=mariana, at=now)
    # The agent reads what was found in her record, and nobody else's.
    assert "Inspections</h2>" in as_user(jorge).get(f"/contacts/records/{his.pk}/").text
    assert "Inspections</h2>" not in as_user(jorge).get(f"/contacts/records/{mine.pk}/").text


@pytest.mark.parametrize(
    "query", ["week=x", "week=9999-12-31", "week=0001-01-01", "n=x", "n=-3", "n=99999999999999999999"]
)
def test_a_week_that_is_none_shows_the_last_one(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime, query: str
) -> None:
    page = as_user(mariana).get(f"/contacts/supervision/?{query}")

    assert (page.status_code, page.context["monday"]) == (200, WEEK)


def test_supervision_asks_no_more_for_five_agents_than_for_one(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    records(norte, jorge, 4)
    browser = as_user(mariana)
    browser.get("/contacts/supervision/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/contacts/supervision/")
    for n in range(4):
        records(norte, cast.person(f"Agente {n}", Role.CS_SPECIALIST, norte), 5)
    with CaptureQueriesContext(connection) as five:
        browser.get("/contacts/supervision/")

    assert len(five) == len(one)


@pytest.mark.covers("S4-1.3.2b")
@pytest.mark.parametrize(("targets", "recorded"), [(31, 30), (14, 2)])
def test_a_batch_with_missing_records_is_not_closed_and_the_missing_are_named(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime, targets: int, recorded: int
) -> None:
    visits = [
        cast.deliver(norte, WEEK, at=now, kind="workshop_visit", customer_name=f"Gómez Ruiz Luz{n}")
        for n in range(targets)
    ]
    plan = plans.make(
        Plan(dealership=norte, name="Semana 9", mode="visit", made_by=mariana, from_on=WEEK, to_on=now.date()),
        [Candidate(visit.customer, visit) for visit in visits],
        takers=[mariana],
        by_owner=False,
        at=now,
    )
    rows = list(PlanTarget.objects.filter(plan=plan).order_by("pk").select_related("plan", "customer"))
    for target in rows[:recorded]:
        plans.write(target, Record(result="not_reached"), by=mariana, at=now)

    with time_machine.travel(now, tick=False):
        answer = as_user(mariana).post(f"/contacts/plans/{plan.pk}/submit/")

    missing = rows[recorded:]
    assert answer.status_code == 409
    assert f"It is not yet recorded what came of {len(missing)} customer" in answer.text
    assert [target.customer.listed_name in answer.text for target in missing[:10]] == [True] * min(10, len(missing))
    assert ("and 2 more" in answer.text) == (len(missing) == 12)
    assert rows[0].customer.listed_name not in answer.text
    for target in missing:
        plans.write(target, Record(result="not_reached"), by=mariana, at=now)
    assert as_user(mariana).post(f"/contacts/plans/{plan.pk}/submit/").status_code == 302


@pytest.mark.covers("S4-1.3.3d")
@pytest.mark.parametrize(("minutes", "flagged"), [(9, 1), (5, 0)])
def test_a_call_longer_than_ideal_is_flagged_to_who_supervises(
    norte: Dealership, jorge: User, mariana: User, now: datetime, as_user: AsUser, minutes: int, flagged: int
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    assert task.step.ideal_seconds == 300
    queue.claim(task, by=jorge, at=now)
    begun = now - timedelta(minutes=minutes)
    answer = Answer(outcome=Outcome.REACHED, grade="satisfied", started_at=begun)
    calling.keep(task, answer, fence=task.fence, by=jorge, at=now)

    page = as_user(mariana).get("/contacts/supervision/?week=2026-03-02")

    assert [row["of"].too_long for row in page.context["rows"]] == [flagged]
    assert page.content.decode().count(f"too long: {minutes} min 0 s") == flagged


def test_in_the_first_week_of_all_the_records_of_this_one_are_shown(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    talk = Talk(key="first", kind="advice", summary="Aceite", words="¿Cuál?", caller="Alguien", answer="5W-30.")
    inbound.keep(talk, norte, by=jorge, at=now)

    page = as_user(mariana).get("/contacts/supervision/")

    assert (page.context["monday"], len(page.context["rows"])) == (date(2026, 3, 2), 1)
