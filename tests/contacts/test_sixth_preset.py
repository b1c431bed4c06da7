"""A preset that nobody wrote code for: a file, taken up on its page, and every parameter of it has its effect."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from clientela.contacts import calling, combining, planning, preset_file, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Attempt, ContactTask, Outcome, Programme, ProgrammeStep
from clientela.customers.models import Consent, Customer, Visit
from clientela.network import calendars
from clientela.network.models import Dealership, Function, FunctionMapping, Role, User
from tests import cast

DATA = Path(__file__).with_name("data")
WELCOME, AGAIN, YEARLY = (f"sixth.welcome.{code}" for code in ("visit_us", "ask_again", "anniversary"))
CHIHUAHUA = ZoneInfo("America/Chihuahua")
AsUser = Callable[[User], Client]
#: What a file may say of a step; anything new must be shown to work here too.
PARAMETERS = {
    *preset_file._STEP,
    *preset_file._OPTIONAL["step"],
    *(f"window.{name}" for name in (*preset_file._WINDOW, *preset_file._OPTIONAL["window"])),
    *(f"attempts.{name}" for name in preset_file._ATTEMPTS),
}


@pytest.fixture
def house(norte: Dealership, mariana: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch) -> Dealership:
    """Takes up the file through the page, as the only preset of the installation besides what it runs already."""
    presets.activate("gm_mexico_prc", norte, go_live_on=date(2030, 1, 1))
    Programme.objects.update(go_live_on=date(2030, 1, 1))
    monkeypatch.setattr(presets, "FOLDER", DATA)
    sent = {"preset": "sixth", "go_live_on": "2024-01-01"}
    assert "Sexta casa" in as_user(mariana).get(reverse("contacts:activate")).content.decode()
    assert as_user(mariana).post(reverse("contacts:activate"), sent).status_code == 302
    return norte


def welcome(house: Dealership, on: date, *, at: datetime, **facts: Any) -> Visit:
    """A delivery to a customer who may be asked."""
    visit = cast.deliver(house, on, at=at, **facts)
    Consent.objects.create(
        dealership=house,
        customer=visit.customer,
        channel="phone",
        purpose="survey",
        text_version="1",
        source="paper",
        given_on=date(2020, 1, 1),
    )
    return visit


def planned(visit: Visit, code: str, on: date, *, at: datetime) -> ContactTask | None:
    planning.plan(at=at, on=on)
    return visit.tasks.filter(step_code=code).first()


def attempt(task: ContactTask, outcome: Outcome, by: User, *, at: datetime, grade: str = "") -> Attempt:
    queue.claim(task, by=by, at=at)
    tried = calling.keep(
        task, Answer(outcome=outcome, grade=grade, identity_verified=True), fence=task.fence, by=by, at=at
    )
    task.refresh_from_db()
    return tried


def test_the_file_uses_every_parameter_there_is() -> None:
    used: set[str] = set()
    for step in preset_file.read(DATA / "sixth.yaml")["programmes"][0]["steps"]:
        used |= {*step, *(f"window.{name}" for name in step["window"])}
        used |= {f"attempts.{name}" for name in step["attempts"]}

    assert used == PARAMETERS


def test_it_is_counted_in_working_days_and_planned_three_days_ahead(house: Dealership, now: datetime) -> None:
    visit = welcome(house, date(2026, 3, 13), at=now)

    # Sunday the 15th is closed, Monday the 16th a holiday: the second working day is Tuesday the 17th.
    assert planned(visit, WELCOME, date(2026, 3, 13), at=now) is None
    task = planned(visit, WELCOME, date(2026, 3, 14), at=now)
    assert task
    assert (task.opens_on, task.due_on) == (date(2026, 3, 17), date(2026, 3, 19))
    assert [task.timing_on(date(2026, 3, day)) for day in (16, 17, 21, 22)] == [
        "early",
        "in_window",
        "in_window",
        "late",
    ]


@pytest.mark.parametrize(("days", "is_planned"), [(20, True), (21, False)])
def test_it_is_caught_up_for_twenty_days(house: Dealership, now: datetime, days: int, is_planned: bool) -> None:
    visit = welcome(house, date(2026, 3, 5) - timedelta(days), at=now)

    assert (planned(visit, WELCOME, date(2026, 3, 5), at=now) is not None) == is_planned


@pytest.mark.parametrize(
    ("facts", "customer"),
    [
        ({"special": True}, {}),
        ({"used": True}, {}),
        ({}, {"kind": "company"}),
        ({}, {"do_not_call": True}),
    ],
)
def test_whom_it_leaves_out(house: Dealership, now: datetime, facts: dict[str, Any], customer: dict[str, Any]) -> None:
    left_out = welcome(house, date(2026, 3, 3), at=now, **facts)
    # A file only proposes that a vehicle is a special one; a manager has decided.
    Visit.objects.filter(pk=left_out.pk).update(special=bool(facts.get("special")))
    Customer.objects.filter(pk=left_out.customer_id).update(**customer)
    unasked = cast.deliver(house, date(2026, 3, 3), at=now)
    asked = welcome(house, date(2026, 3, 3), at=now)

    planning.plan(at=now)

    assert set(ContactTask.objects.values_list("visit", flat=True)) == {asked.pk}
    assert unasked.pk != asked.pk


def test_who_refused_it_is_left_out(house: Dealership, mariana: User, now: datetime) -> None:
    facts = {"customer_name": "Soto Vega Ana", "phones": "614 555 7519"}
    first = welcome(house, date(2026, 3, 3), at=now, **facts)
    task = planned(first, WELCOME, date(2026, 3, 5), at=now)
    assert task
    attempt(task, Outcome.REFUSED, mariana, at=now)

    again = cast.deliver(house, date(2026, 3, 4), at=now, **facts)

    assert planned(again, WELCOME, date(2026, 3, 6), at=now) is None


def test_the_consultant_calls_twice_at_most_even_on_one_day_but_at_another_hour(
    house: Dealership, patricia: User, now: datetime
) -> None:
    visit = welcome(house, date(2026, 3, 3), at=now, consultant="Patricia Ríos")
    task = planned(visit, WELCOME, date(2026, 3, 5), at=now)
    assert task
    assert (task.assignee, task.attempts_max, task.distinct_days, task.distinct_bands) == (patricia, 2, False, True)
    morning, afternoon = (datetime.combine(date(2026, 3, 5), time(hour), CHIHUAHUA) for hour in (10, 15))

    attempt(task, Outcome.NO_ANSWER, patricia, at=morning)
    assert task.is_open
    assert task.callable_from.astimezone(CHIHUAHUA) == datetime.combine(date(2026, 3, 5), time(12), CHIHUAHUA)
    attempt(task, Outcome.NO_ANSWER, patricia, at=afternoon)

    assert task.state == ContactTask.State.UNREACHED


def test_its_own_script_and_length_stand_on_the_call(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    visit = welcome(house, date(2026, 3, 3), at=now)
    task = planned(visit, WELCOME, date(2026, 3, 5), at=now)
    assert task
    browser = as_user(mariana)
    queue.claim(task, by=mariana, at=now)

    page = browser.get(reverse("desk:call", args=[task.pk])).content.decode()

    assert "soy Mariana Ruiz." in page
    assert "¿Cómo va su GMC Terrain 2026?" in page
    assert "Adiós de Autos del Norte, desde el 3 de marzo." in page
    assert 'ideal="90"' in page


def test_its_answer_belongs_to_its_questionnaire_and_the_next_step_follows(
    house: Dealership, mariana: User, now: datetime
) -> None:
    officer = cast.person("Olga Vera", Role.INFORMATION_OFFICER, house)
    FunctionMapping.objects.create(dealership=house, function=Function.REPRESENTATIVE, user=officer)
    visit = welcome(house, date(2026, 3, 3), at=now)
    task = planned(visit, WELCOME, date(2026, 3, 5), at=now)
    assert task

    tried = attempt(task, Outcome.REACHED, mariana, at=now, grade="satisfied")

    assert tried.response
    assert tried.response.questionnaire == "sixth_items"
    [again] = visit.tasks.filter(step_code=AGAIN)
    # A month after Thursday the 5th is Sunday 5 April: shortened to the last open day.
    assert (again.opens_on, again.due_on, again.assignee) == (date(2026, 3, 6), date(2026, 4, 4), officer)
    assert (again.attempts_max, again.step.other_than) == (None, WELCOME)


@pytest.mark.parametrize(
    ("delivered", "opens", "closes"),
    [
        (date(2024, 3, 30), date(2026, 3, 9), date(2026, 3, 16)),
        (date(2024, 2, 29), date(2027, 2, 7), date(2027, 2, 14)),
        (date(2024, 2, 29), date(2028, 2, 8), date(2028, 2, 15)),
    ],
)
def test_the_anniversary_is_prepared_before_its_day_even_of_29_february(
    house: Dealership, now: datetime, delivered: date, opens: date, closes: date
) -> None:
    at = datetime.combine(opens, time(12), CHIHUAHUA)
    calendars.compile_calls(house, at=at)
    visit = welcome(house, delivered, at=at)

    planning.plan(at=at)

    [task] = visit.tasks.filter(step_code=YEARLY)
    assert (task.opens_on, task.due_on, task.attempts_max) == (opens, closes, 1)


def test_its_topics_channels_and_combination_hold(house: Dealership) -> None:
    found = {step.code: step for step in ProgrammeStep.objects.select_related("programme")}
    mine, gm = found[WELCOME], found["gm_mexico_prc.follow_up_delivery.call_1"]

    assert mine.satisfied_by == [gm.code]
    assert (mine.topics_allowed, mine.topics_forbidden, mine.programme.precedence) == (
        ["coffee"],
        ["repair_quality"],
        10,
    )
    verdict = combining.verdict(mine, gm)
    assert (verdict.channels, verdict.refusals) == (("phone", "in_person"), ())
    gm.topics_allowed = ["repair_quality"]
    assert "quality of the repair" in combining.verdict(mine, gm).refusals[0]
    gm.topics_allowed, gm.channels = [], ["letter"]
    assert "no channel in common" in combining.verdict(mine, gm).refusals[0]


def test_its_pages_show_what_no_preset_of_ours_knows(house: Dealership, mariana: User, as_user: AsUser) -> None:
    step = ProgrammeStep.objects.get(code=WELCOME)
    browser = as_user(mariana)

    page = browser.get(reverse("contacts:step", args=[step.pk])).content.decode()
    sent = browser.post(reverse("contacts:step", args=[step.pk]), cast.form_of(step) | {"ideal_seconds": 100})

    assert "coffee" in page
    assert "sixth_items" in page
    assert sent.status_code == 302
    step.refresh_from_db()
    assert (step.ideal_seconds, step.version, step.topics_allowed) == (100, 2, ["coffee"])


def test_a_typo_in_the_file_is_named_on_the_page_and_nothing_is_taken_up(
    norte: Dealership, mariana: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (DATA / "sixth.yaml").read_text(encoding="utf-8").replace("performer: consultant", "perfomer: consultant")
    (tmp_path / "sixth.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(presets, "FOLDER", tmp_path)

    answer = as_user(mariana).post(reverse("contacts:activate"), {"preset": "sixth", "go_live_on": "2026-01-01"})

    assert answer.status_code == 409
    assert "sixth.welcome.visit_us: performer is missing." in answer.content.decode()
    assert not Programme.objects.filter(preset="sixth").exists()
