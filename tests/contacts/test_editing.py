"""A manager changes a programme: what is refused, what follows it, what keeps what it was born with."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import editing, explaining, planning, presets
from clientela.contacts.models import ContactTask, Programme, ProgrammeStep, ProgrammeVersion, StepVersion
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]


@pytest.fixture
def step(norte: Dealership) -> ProgrammeStep:
    return ProgrammeStep.objects.select_related("programme").get(dealership=norte)


def edit(browser: Client, step: ProgrammeStep, **fields: Any) -> Any:
    return browser.post(reverse("contacts:step", args=[step.pk]), cast.form_of(step) | fields)


# What follows -----------------------------------------------------------------------------------------------


def test_new_tasks_follow_a_changed_window_and_old_ones_keep_theirs(
    norte: Dealership, step: ProgrammeStep, mariana: User, now: datetime, as_user: AsUser
) -> None:
    old = cast.due(norte, date(2026, 3, 2), at=now)

    assert edit(as_user(mariana), step, window_to=6).status_code == 302
    new = cast.due(norte, date(2026, 3, 2), at=now)

    old.refresh_from_db()
    assert (old.opens_on, old.due_on, old.step_version) == (date(2026, 3, 5), date(2026, 3, 7), 1)
    assert (new.opens_on, new.due_on, new.step_version) == (date(2026, 3, 5), date(2026, 3, 8), 2)


def test_a_change_keeps_what_was_before_with_who_and_when(step: ProgrammeStep, mariana: User, now: datetime) -> None:
    editing.change(step, {"window_to": 6, "performer": "cs_specialist"}, by=mariana, at=now)

    [version] = StepVersion.objects.all()
    assert (version.version, version.by, version.at) == (1, mariana, now)
    assert (version.parameters["window_to"], version.parameters["performer"]) == (5, "representative")
    step.refresh_from_db()
    assert (step.window_to, step.performer, step.version) == (6, "cs_specialist", 2)
    assert editing.as_of(step, 1)["window_to"] == 5
    assert editing.as_of(step, 2)["window_to"] == 6


def test_what_is_sent_untouched_changes_nothing(step: ProgrammeStep, mariana: User, as_user: AsUser) -> None:
    assert edit(as_user(mariana), step).status_code == 302

    step.refresh_from_db()
    assert (step.version, StepVersion.objects.count()) == (1, 0)


@pytest.mark.parametrize("code", presets.available())
def test_every_step_of_every_preset_can_be_opened_and_sent_back_as_it_is(
    norte: Dealership, mariana: User, as_user: AsUser, code: str
) -> None:
    presets.activate(code, norte, go_live_on=date(2026, 1, 1))
    browser = as_user(mariana)

    for each in ProgrammeStep.objects.filter(dealership=norte, programme__preset=code):
        assert (each.code, edit(browser, each).status_code) == (each.code, 302)
    for programme in Programme.objects.filter(dealership=norte, preset=code):
        address = reverse("contacts:programme", args=[programme.pk])
        assert browser.post(address, cast.form_of(programme)).status_code == 302

    assert (StepVersion.objects.count(), ProgrammeVersion.objects.count()) == (0, 0)


def test_of_two_who_edit_at_once_the_second_is_told(
    step: ProgrammeStep, mariana: User, now: datetime, as_user: AsUser
) -> None:
    page = cast.form_of(step) | {"version": step.version}
    editing.change(step, {"window_to": 6}, by=mariana, at=now)

    answer = as_user(mariana).post(reverse("contacts:step", args=[step.pk]), page | {"tolerance": 2})

    assert answer.status_code == 409
    assert "Somebody else has changed this in the meantime." in answer.content.decode()
    step.refresh_from_db()
    assert (step.window_to, step.tolerance) == (6, 0)


def test_everything_about_a_step_can_be_changed_on_its_page(
    norte: Dealership, step: ProgrammeStep, mariana: User, as_user: AsUser
) -> None:
    presets.activate("china_4s", norte, go_live_on=date(2030, 1, 1))
    wanted: dict[str, Any] = {
        "names": {"es": "Nuevo", "zh": "新"},
        "anchor": "step_done",
        "after": "china_4s.care_call.call_1",
        "window_from": 2,
        "from_unit": "working_day",
        "window_to": 9,
        "to_unit": "working_day",
        "closed_days": "extend",
        "tolerance": 3,
        "performer": "parts_manager",
        "other_than": "china_4s.care_call.call_1",
        "channels": ["in_person", "letter"],
        "attempts_max": 5,
        "distinct_days": False,
        "distinct_bands": False,
        "questionnaire": "five_items",
        "excludes": ["special", "company"],
        "satisfied_by": ["china_4s.sales_follow_up.call_1"],
        "is_duty": False,
        "topics_allowed": ["process"],
        "topics_forbidden": ["interests"],
        "look_ahead_days": 3,
        "catch_up_days": 90,
        "ideal_seconds": 120,
        "cautions": ["complaint_open", "recent_service"],
        "identity": True,
        "remedy_hours": 8,
        "script": {"greeting": {"es": "Hola {customer}"}},
    }
    # What counts for it must fit it: that contact is made after the same step, in the same days, the same way.
    ProgrammeStep.objects.filter(code=wanted["satisfied_by"][0]).update(
        anchor="step_done",
        after=wanted["after"],
        channels=["letter"],
        from_unit="working_day",
        to_unit="working_day",
        window_from=1,
    )
    sent = cast.form_of(ProgrammeStep(dealership=norte, code="x", **wanted))
    untouched = {name for name in cast.form_of(step) if name.startswith(("script_", "names_"))}

    answer = as_user(mariana).post(reverse("contacts:step", args=[step.pk]), dict.fromkeys(untouched, "") | sent)

    assert answer.status_code == 302
    step.refresh_from_db()
    assert editing.parameters(step) == wanted


def test_everything_about_a_programme_can_be_changed_on_its_page(
    step: ProgrammeStep, mariana: User, as_user: AsUser
) -> None:
    programme = step.programme
    wanted = {
        "names": {"en": "Ours", "ru": "Наша"},
        "active": False,
        "trigger": ["consultation"],
        "go_live_on": "2026-04-01",
        "precedence": 7,
    }
    sent = cast.form_of(programme) | {"names_es": "", "names_zh": "", "names_en": "Ours", "names_ru": "Наша"}
    del sent["active"]

    answer = as_user(mariana).post(
        reverse("contacts:programme", args=[programme.pk]),
        sent | {"trigger": ["consultation"], "go_live_on": "2026-04-01", "precedence": 7},
    )

    assert answer.status_code == 302
    assert editing.parameters(Programme.objects.get(pk=programme.pk)) == wanted
    [version] = ProgrammeVersion.objects.all()
    assert (version.by, version.parameters["active"]) == (mariana, True)


# What is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"window_from": 6}, "The window closes before it opens. Choose a later last day."),
        (
            {"window_from": 45, "window_to": 1, "to_unit": "month"},
            "day 45 may be as late as day 45, 1 month as early as day 28. Choose a later last day.",
        ),
        # Only in February: still, there it would never be planned.
        ({"window_from": 29, "window_to": 1, "to_unit": "month"}, "1 month as early as day 28."),
        ({"window_from": 2, "from_unit": "month", "window_to": 61}, "2 months may be as late as day 62"),
        # Ten working days of this house last up to 15 days (holidays in between), never just 11.
        ({"window_from": 10, "from_unit": "working_day", "window_to": 11}, "The window can close before it opens"),
        ({"window_from": -3}, "A window opens before its day 0 only if it counts from an anniversary."),
        ({"window_to": 1101}, "Window closes on: choose a number from -365 to 1100."),
        ({"tolerance": 40}, "Days after it that still count: choose a number from 0 to 31."),
        ({"attempts_max": 0}, "Attempts at most: choose a number from 1 to 20."),
        ({"catch_up_days": 4}, "The window may close as late as day 5"),
        ({"anchor": "step_done"}, "Say after which contact it is made."),
        ({"after": "china_4s.care_call.call_1"}, "It counts from a day, not from another contact."),
        ({"after": "gone.p.s", "anchor": "step_done"}, "Select a valid choice."),
        ({"channels": []}, "Say how the customer is contacted: choose at least one way."),
        ({"channels": ["pigeon"]}, "Select a valid choice. pigeon is not one of the available choices."),
        ({"topics_forbidden": ["satisfaction"]}, "It would ask and must not ask about the same: satisfaction."),
        (dict.fromkeys(("names_en", "names_es", "names_ru", "names_zh"), " "), "Give it a name in at least one"),
        ({"script_greeting_es": "Hola {cliente}"}, "“{cliente}” cannot be filled in."),
        ({"script_greeting_es": "Hola {customer.dealership}"}, "“{customer.dealership}” cannot be filled in."),
        ({"script_greeting_es": "Hola {customer"}, "A curly bracket is missing or too many."),
        ({f"script_aspects_{code}": " " for code in ("en", "es", "ru", "zh")}, "Nothing is said here in any language"),
        ({f"script_greeting_{code}": "" for code in ("en", "es", "ru", "zh")}, "Nothing is said here in any language"),
        (
            {"questionnaire": "seven_items", "topics_forbidden": ["repair_quality"]},
            "Seven items after service asks about what must not be asked: Quality of the work.",
        ),
        (
            {"satisfied_by": ["vehicle_sourcing.after_hand_over.call_1"]},
            "“First follow-up” of “Follow-up after delivery” (day 3 to day 5), “Call after a week” of “After",
        ),
    ],
)
def test_a_mistake_is_named_and_nothing_is_changed(
    norte: Dealership,
    step: ProgrammeStep,
    mariana: User,
    as_user: AsUser,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    for code in ("china_4s", "vehicle_sourcing"):
        presets.activate(code, norte, go_live_on=date(2030, 1, 1))

    answer = edit(as_user(mariana), step, **fields)

    assert answer.status_code == 422
    assert sentence in answer.content.decode().replace("&#x27;", "'")
    step.refresh_from_db()
    assert (step.version, StepVersion.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"satisfied_by": ["gm_mexico_prc.follow_up_delivery.call_1"]}, "a contact cannot name itself."),
        ({"other_than": "gm_mexico_prc.follow_up_delivery.call_1"}, "a contact cannot name itself."),
        ({"satisfied_by": ["no.such.step"]}, "there is no contact “no.such.step” here."),
        ({"performer": "boss"}, "Performed by: “boss” is not known."),
        ({"excludes": ["special", "rich"]}, "Leaves out: “rich” is not known."),
        ({"from_unit": "week"}, "Opening counted in: “week” is not known."),
    ],
)
def test_the_verb_itself_refuses_what_no_form_would_send(
    step: ProgrammeStep, mariana: User, now: datetime, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        editing.change(step, given, by=mariana, at=now)

    assert sentence in refused.value.sentence
    assert StepVersion.objects.count() == 0


def test_steps_that_would_wait_for_one_another_are_refused(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 1, 1))
    first = ProgrammeStep.objects.get(dealership=norte, code="after_sales_phone.after_sales_follow_up.call_1")

    answer = edit(as_user(mariana), first, anchor="step_done", after="after_sales_phone.after_sales_follow_up.call_2")

    assert answer.status_code == 422
    assert "These contacts would wait for one another in a circle. Choose another one." in answer.content.decode()


def test_a_programme_that_follows_nothing_is_refused(step: ProgrammeStep, mariana: User, as_user: AsUser) -> None:
    sent = cast.form_of(step.programme) | {"trigger": []}

    answer = as_user(mariana).post(reverse("contacts:programme", args=[step.programme_id]), sent)

    assert answer.status_code == 422
    assert "choose at least one kind" in answer.content.decode()


def test_a_window_of_a_month_counts_even_from_29_february_to_31_january(
    norte: Dealership, step: ProgrammeStep, mariana: User, now: datetime
) -> None:
    """28 days at the earliest: a window from day 28 to one month is never empty, and is planned on every day 0."""
    editing.change(step, {"window_from": 28, "window_to": 1, "to_unit": "month"}, by=mariana, at=now)
    Programme.objects.update(go_live_on=date(2020, 1, 1))

    found = {}
    for day in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 1, 29)):
        visit = cast.deliver(norte, day, at=now)
        planning.plan(at=now, on=day + timedelta(28))
        found[day] = [(task.opens_on, task.due_on) for task in visit.tasks.all()]

    assert found == {
        date(2026, 1, 31): [(date(2026, 2, 28), date(2026, 2, 28))],
        date(2026, 2, 28): [(date(2026, 3, 28), date(2026, 3, 28))],
        date(2026, 1, 29): [(date(2026, 2, 26), date(2026, 2, 28))],
    }


def test_an_anniversary_may_be_prepared_before_its_day(
    norte: Dealership, step: ProgrammeStep, mariana: User, as_user: AsUser
) -> None:
    answer = edit(as_user(mariana), step, anchor="yearly", window_from=-21, window_to=-14)

    assert answer.status_code == 302
    step.refresh_from_db()
    assert step.window_said == "day -21 to -14"


# Back to what it was ----------------------------------------------------------------------------------------


def test_the_history_says_what_was_changed_from_what_to_what(
    step: ProgrammeStep, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    editing.change(step, {"window_to": 6, "attempts_max": None}, by=mariana, at=now)
    editing.change(step, {"names": {**step.names, "es": "Llamada"}}, by=jorge, at=now)

    history = editing.history(step, step.versions.all())
    page = as_user(mariana).get(reverse("contacts:step_history", args=[step.pk])).content.decode()

    assert [(change.version, change.by) for change in history] == [(3, jorge), (2, mariana)]
    assert [(one.label, one.before, one.after) for change in history for one in change.differences] == [
        ("name, Español", "Primer seguimiento", "Llamada"),
        ("window closes on", "5", "6"),
        ("attempts at most", "3", "without limit"),
    ]
    assert "Mariana Ruiz" in page
    assert "Back to version 1" in page


def test_an_older_version_can_hold_again_as_a_new_one(
    step: ProgrammeStep, mariana: User, now: datetime, as_user: AsUser
) -> None:
    editing.change(step, {"window_to": 6}, by=mariana, at=now)
    editing.change(step, {"performer": "cs_specialist"}, by=mariana, at=now)
    first = step.versions.get(version=1)
    browser, address = as_user(mariana), reverse("contacts:restore_step", args=[first.pk])

    assert browser.post(address).status_code == 302
    again = browser.post(address)

    step.refresh_from_db()
    assert (step.window_to, step.performer, step.version) == (5, "representative", 4)
    assert (again.status_code, "It already says the same." in again.content.decode()) == (409, True)


def test_a_programme_can_be_switched_on_again_from_its_history(
    step: ProgrammeStep, mariana: User, now: datetime, as_user: AsUser
) -> None:
    editing.change_programme(step.programme, {"active": False}, by=mariana, at=now)
    version = ProgrammeVersion.objects.get()
    browser = as_user(mariana)

    page = browser.get(reverse("contacts:programme_history", args=[step.programme_id])).content.decode()
    answer = browser.post(reverse("contacts:restore_programme", args=[version.pk]))

    assert ("yes" in page, "no" in page, answer.status_code) == (True, True, 302)
    assert Programme.objects.get(pk=step.programme_id).active


def test_what_differs_from_the_preset_is_marked_with_a_way_back(
    step: ProgrammeStep, mariana: User, now: datetime, as_user: AsUser
) -> None:
    editing.change(step, {"window_to": 9, "channels": ["phone"]}, by=mariana, at=now)
    browser, address = as_user(mariana), reverse("contacts:step", args=[step.pk])

    marked = browser.get(address).content.decode()
    back = browser.post(address, cast.form_of(step) | {"back": "window", "tolerance": 2})

    assert marked.count("not as in the preset") == 2
    # Nothing is saved: the form now holds the preset's window, and what else was typed.
    step.refresh_from_db()
    assert (back.status_code, step.window_to, step.version) == (200, 9, 2)
    form = back.context["form"]
    assert (form["window_to"].value(), form["tolerance"].value(), form["channels"].value()) == (5, 0, ["phone"])


def test_beside_every_parameter_stands_its_requirement_and_the_words_of_the_source(
    step: ProgrammeStep, mariana: User, as_user: AsUser
) -> None:
    page = as_user(mariana).get(reverse("contacts:step", args=[step.pk])).content.decode()

    assert "contacta a los Clientes de Ventas o Servicio de 3 a 5 días después de la entrega" in page
    assert "are contacted 3 to 5 days after delivery of their vehicle" in page
    assert page.count("S2-9.5") == 1
    assert page.count("Our own default") == 3


def test_a_programme_page_asks_as_much_for_many_steps_as_for_one(
    norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    browser, address = as_user(mariana), reverse("contacts:programmes")
    browser.get(address)
    few = _asked(browser, address)
    for code in presets.available():
        presets.activate(code, norte, go_live_on=date(2026, 1, 1))

    assert _asked(browser, address) == few
    assert browser.get(address).content.decode().count("<tr>") > 8


def _asked(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


def test_the_list_counts_open_contacts_and_is_filtered_in_its_address(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    cast.due(norte, date(2026, 3, 2), at=now)
    presets.activate("china_4s", norte, go_live_on=date(2030, 1, 1))
    Programme.objects.filter(code="care_call").update(active=False)
    browser, address = as_user(mariana), reverse("contacts:programmes")

    def listed(**filters: str) -> list[str]:
        return [row.programme.code for row in browser.get(address, filters).context["listed"]]

    assert listed() == ["care_call", "sales_follow_up", "service_follow_up", "follow_up_delivery"]
    assert listed(shows="off") == ["care_call"]
    assert listed(preset="gm_mexico_prc", shows="active") == ["follow_up_delivery"]
    [row] = browser.get(address, {"preset": "gm_mexico_prc"}).context["listed"]
    assert [(line.open_tasks, line.step.version) for line in row.steps] == [(1, 1)]
    assert ContactTask.objects.count() == 1


def test_why_shows_the_window_that_a_contact_was_born_with(
    norte: Dealership, step: ProgrammeStep, mariana: User, now: datetime
) -> None:
    old = cast.due(norte, date(2026, 3, 3), at=now)
    editing.change(step, {"window_to": 6}, by=mariana, at=now)
    new = cast.due(norte, date(2026, 3, 3), at=now)

    def told(task: ContactTask) -> tuple[str, date | None]:
        [reason] = explaining.why(task.customer_id, norte.pk, at=now)
        return reason.window_said, reason.due_on

    assert told(old) == ("day 3 to 5", date(2026, 3, 8))
    assert told(new) == ("day 3 to 6", date(2026, 3, 9))
