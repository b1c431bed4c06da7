"""The five presets: their first and second follow-up contacts, as their sources say (C-1 to C-6)."""

import shutil
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from clientela.contacts import calling, planning, preset_file, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, Outcome, ProgrammeStep, Timing
from clientela.customers.models import Consent, Customer, Visit
from clientela.lib.refusal import Refusal
from clientela.network import calendars
from clientela.network.models import Dealership, Function, FunctionMapping, Role, User
from clientela.satisfaction import questionnaires
from tests import cast

AsUser = Callable[[User], Client]


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    """Autos del Norte before it took up any preset."""
    return cast.house("NORTE", at=now, preset=False)


def take_up(house: Dealership, *codes: str) -> None:
    for code in codes:
        presets.activate(code, house, go_live_on=date(2025, 1, 1))


def windows(house: Dealership, visit: Visit, *, at: datetime) -> dict[str, tuple[date, date]]:
    """Step without its preset → first and last day."""
    planning.plan(at=at, dealership_ids=[house.pk])
    return {task.step_code.split(".", 1)[1]: (task.opens_on, task.due_on) for task in visit.tasks.all()}


def noon(house: Dealership, day: date) -> datetime:
    return datetime.combine(day, time(12), house.zone)


def reach(task: ContactTask, by: User, *, at: datetime) -> None:
    queue.claim(task, by=by, at=at)
    answer = Answer(outcome=Outcome.REACHED, grade="satisfied", texts={"opinion": "Fine"})
    calling.keep(task, answer, fence=task.fence, by=by, at=at)
    task.refresh_from_db()


# First and second contacts -----------------------------------------------------------------------------------


@pytest.mark.covers("S1-4.4a")
@pytest.mark.parametrize(
    ("kind", "opened", "picked_up", "opens", "due"),
    [
        ("workshop_visit", date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 13)),
        ("workshop_visit", date(2026, 2, 20), date(2026, 2, 25), date(2026, 2, 28), date(2026, 3, 4)),
        ("consultation", None, date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 10)),
    ],
)
def test_the_phone_regulation_calls_from_day_three_to_seven_after_the_pick_up(
    house: Dealership, kind: str, opened: date | None, picked_up: date, opens: date, due: date
) -> None:
    take_up(house, "after_sales_phone")
    at = noon(house, picked_up + timedelta(3))
    visit = cast.deliver(house, picked_up, at=at, kind=kind, opened_on=opened)

    planning.plan(at=at)

    [task] = visit.tasks.all()
    assert (task.opens_on, task.due_on) == (opens, due)
    assert [task.timing_on(due + timedelta(n)) for n in (0, 1)] == [Timing.IN_WINDOW, Timing.LATE]


@pytest.mark.covers("S1-4.5a")
@pytest.mark.parametrize(
    ("called", "opens", "due"),
    [
        (date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 16)),
        (date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 19)),
    ],
)
def test_the_second_call_counts_from_the_day_of_the_first(
    house: Dealership, now: datetime, called: date, opens: date, due: date
) -> None:
    ana = cast.person("Ana Ruiz", Role.REPRESENTATIVE, house)
    take_up(house, "after_sales_phone")
    visit = cast.deliver(house, date(2026, 3, 6), at=now, kind="workshop_visit")
    planning.plan(at=noon(house, date(2026, 3, 9)))
    [first] = visit.tasks.all()
    planning.plan(at=noon(house, date(2026, 3, 20)))
    assert visit.tasks.count() == 1

    reach(first, ana, at=noon(house, called))

    second = visit.tasks.get(step_code__endswith="call_2")
    assert (second.anchor_on, second.opens_on, second.due_on) == (called, opens, due)


@pytest.mark.covers("S1-4.5a", "S3-P7", "S4-3.2.4.3.1b")
@pytest.mark.parametrize(
    ("preset", "kind", "programme", "questions"),
    [
        ("after_sales_phone", "workshop_visit", "after_sales_follow_up", {"service_opinion"}),
        ("vehicle_sourcing", "hand_over", "after_hand_over", {"result_and_process"}),
        ("china_4s", "vehicle_delivery", "sales_follow_up", {"five_items"}),
    ],
)
def test_a_second_call_puts_the_same_questions_and_both_answers_stand(
    house: Dealership, now: datetime, preset: str, kind: str, programme: str, questions: set[str]
) -> None:
    callers = [cast.person(f"Caller {n}", Role.REPRESENTATIVE, house) for n in range(2)]
    take_up(house, preset)
    visit = cast.deliver(house, date(2026, 3, 2), at=now, kind=kind)
    for number, (caller, day) in enumerate(zip(callers, [date(2026, 3, 9), date(2026, 4, 20)], strict=True), start=1):
        planning.plan(at=noon(house, day))
        task = visit.tasks.get(step_code=f"{preset}.{programme}.call_{number}")
        answer = Answer(
            outcome=Outcome.REACHED,
            grade="satisfied",
            answers=dict.fromkeys(section_codes(task), "satisfied"),
            not_obtained="in a hurry",
        )
        queue.claim(task, by=caller, at=noon(house, day))
        calling.keep(task, answer, fence=task.fence, by=caller, at=noon(house, day))

    assert list(visit.responses.values_list("questionnaire", flat=True)) == [*questions] * 2
    calling.take_back(task.tries.get(), by=caller, at=noon(house, day))
    assert visit.responses.filter(withdrawn_at=None).count() == 1


def section_codes(task: ContactTask) -> list[str]:
    return [section.code for section in questionnaires.of(task.step.questionnaire).sections]


def test_a_first_call_taken_back_takes_the_second_along(house: Dealership, now: datetime) -> None:
    ana = cast.person("Ana Ruiz", Role.REPRESENTATIVE, house)
    take_up(house, "after_sales_phone")
    visit = cast.deliver(house, date(2026, 3, 6), at=now, kind="workshop_visit")
    at = noon(house, date(2026, 3, 9))
    planning.plan(at=at)
    first = visit.tasks.get()
    reach(first, ana, at=at)

    calling.take_back(first.tries.get(), by=ana, at=at + timedelta(hours=1))
    assert [task.step_code.rsplit(".", 1)[1] for task in visit.tasks.all()] == ["call_1"]

    first.refresh_from_db()
    reach(first, ana, at=noon(house, date(2026, 3, 11)))
    assert visit.tasks.get(step_code__endswith="call_2").due_on == date(2026, 3, 18)


@pytest.mark.covers("S2-9.3")
def test_mazda_calls_from_day_three_to_five_and_by_telephone_only(house: Dealership, now: datetime) -> None:
    take_up(house, "mazda_chile")
    sale = cast.deliver(house, date(2026, 3, 2), at=now)
    service = cast.deliver(house, date(2026, 2, 27), at=now, kind="workshop_visit")

    assert windows(house, sale, at=now) == {"thanks_and_help.call_1": (date(2026, 3, 5), date(2026, 3, 7))}
    assert windows(house, service, at=now) == {"thanks_and_help.call_1": (date(2026, 3, 2), date(2026, 3, 4))}
    assert ProgrammeStep.objects.get().channels == ["phone"]


@pytest.mark.covers("S4-1.3.4d", "S4-3.2.4.3.1a", "S4-3.2.4.3.1b")
def test_the_4s_house_calls_within_three_days_a_week_and_a_month(house: Dealership, now: datetime) -> None:
    take_up(house, "china_4s")
    sale = cast.deliver(house, date(2026, 3, 2), at=now)
    january = cast.deliver(house, date(2026, 1, 31), at=now)

    assert windows(house, sale, at=now) == {
        "care_call.call_1": (date(2026, 3, 3), date(2026, 3, 5)),
        "sales_follow_up.call_1": (date(2026, 3, 3), date(2026, 3, 9)),
        "sales_follow_up.call_2": (date(2026, 3, 10), date(2026, 4, 2)),
    }
    assert windows(house, january, at=now)["sales_follow_up.call_2"] == (date(2026, 2, 8), date(2026, 2, 28))


@pytest.mark.covers("S4-3.2.4.3.2", "S4-3.2.4.2b")
@pytest.mark.parametrize("line", ["repair", "care", "beauty"])
def test_the_4s_house_calls_within_a_week_after_repair_care_and_beauty_but_for_special_vehicles(
    house: Dealership, now: datetime, line: str
) -> None:
    take_up(house, "china_4s")
    done = cast.deliver(house, date(2026, 3, 2), at=now, kind="workshop_visit", service_line=line)
    special = cast.deliver(house, date(2026, 3, 2), at=now, kind="workshop_visit", service_line=line, apart=True)

    assert windows(house, done, at=now)["service_follow_up.call_1"] == (date(2026, 3, 3), date(2026, 3, 9))
    assert "service_follow_up.call_1" not in windows(house, special, at=now)


@pytest.mark.covers("S3-P6a", "S3-P7")
@pytest.mark.parametrize(
    ("handed_over", "first", "opens", "closes"),
    [
        (date(2026, 3, 2), date(2026, 3, 9), date(2026, 4, 16), date(2026, 5, 2)),
        (date(2025, 12, 31), date(2026, 1, 7), date(2026, 2, 14), date(2026, 2, 28)),
    ],
)
def test_sourcing_calls_after_a_week_and_after_one_and_a_half_to_two_months(
    house: Dealership, handed_over: date, first: date, opens: date, closes: date
) -> None:
    take_up(house, "vehicle_sourcing")
    at = noon(house, opens)
    calendars.compile_calls(house, at=at)
    visit = cast.deliver(house, handed_over, at=at, kind="hand_over")
    planning.plan(at=noon(house, handed_over + timedelta(6)))

    found = windows(house, visit, at=at)

    assert found == {"after_hand_over.call_1": (first, first), "after_hand_over.call_2": (opens, closes)}
    week = visit.tasks.get(step_code__endswith="call_1")
    assert [week.timing_on(first + timedelta(n)) for n in (-1, 0, 1, 2)] == ["early", "in_window", "in_window", "late"]
    months = visit.tasks.get(step_code__endswith="call_2")
    assert [months.timing_on(closes + timedelta(n)) for n in (0, 1)] == ["in_window", "late"]


def test_one_delivery_in_two_houses_follows_each_house_preset(
    house: Dealership, jingbei: Dealership, now: datetime
) -> None:
    take_up(house, "gm_mexico_prc")
    ProgrammeStep.objects.filter(dealership=jingbei).delete()
    take_up(jingbei, "china_4s")

    ours = cast.deliver(house, date(2026, 3, 2), at=now)
    theirs = cast.deliver(jingbei, date(2026, 3, 2), at=now)

    assert windows(house, ours, at=now) == {"follow_up_delivery.call_1": (date(2026, 3, 5), date(2026, 3, 7))}
    assert [due for _opens, due in windows(jingbei, theirs, at=now).values()] == [
        date(2026, 3, 5),
        date(2026, 3, 9),
        date(2026, 4, 2),
    ]


def test_the_consultant_of_the_visit_calls_first(house: Dealership, now: datetime) -> None:
    patricia = cast.person("Patricia Ríos", Role.SALES_CONSULTANT, house)
    olga = cast.person("Olga Vera", Role.INFORMATION_OFFICER, house)
    FunctionMapping.objects.create(dealership=house, function=Function.REPRESENTATIVE, user=olga)
    take_up(house, "china_4s", "gm_mexico_prc")

    visit = cast.deliver(house, date(2026, 3, 2), at=now, consultant="Patricia Ríos")
    planning.plan(at=now)

    who = {task.step_code: task.assignee for task in visit.tasks.all()}
    assert who["china_4s.sales_follow_up.call_1"] == patricia
    assert who["gm_mexico_prc.follow_up_delivery.call_1"] == olga
    assert who["china_4s.care_call.call_1"] is None


# Parameters ------------------------------------------------------------------------------------------------


def sixth(**step: Any) -> dict[str, Any]:
    """A preset of one step, as its file would say it."""
    names = {"en": "x"}
    parameters: dict[str, Any] = {
        "anchor": "event",
        "window": {"from": 1, "to": 2},
        "performer": "representative",
        "channels": ["phone"],
        "attempts": {"max": 3, "distinct_days": True, "distinct_bands": True},
        "questionnaire": "",
        "look_ahead_days": 7,
        "catch_up_days": 45,
        "ideal_seconds": 300,
        **step,
    }
    row = {
        "code": "a",
        "name": names,
        "script": "follow_up",
        **parameters,
        "sources": dict.fromkeys(parameters, "ours"),
    }
    programme = {"code": "p", "name": names, "trigger": ["vehicle_delivery"], "sources": {}, "steps": [row]}
    return {"preset": "sixth", "name": "Sixth", "programmes": [programme]}


def adopt(house: Dealership, **step: Any) -> None:
    presets.adopt(sixth(**step), house, go_live_on=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("window", "opens", "due"),
    [
        # Friday the 6th: the third working day (Monday to Saturday are open) is Tuesday, the fifth Thursday.
        ({"from": 3, "to": 5, "unit": "working_day"}, date(2026, 3, 10), date(2026, 3, 12)),
        # 16 March is a holiday in Mexico: the ninth working day after the 6th is the 18th.
        ({"from": 1, "to": 9, "unit": "working_day"}, date(2026, 3, 7), date(2026, 3, 18)),
        # The last day is Sunday the 8th.
        ({"from": 1, "to": 2, "closed_days": "extend"}, date(2026, 3, 7), date(2026, 3, 9)),
        ({"from": 1, "to": 2, "closed_days": "shorten"}, date(2026, 3, 7), date(2026, 3, 7)),
        ({"from": 1, "to": 2, "closed_days": "keep"}, date(2026, 3, 7), date(2026, 3, 8)),
        # Nothing of the window is open: it stays.
        ({"from": 2, "to": 2, "closed_days": "shorten"}, date(2026, 3, 8), date(2026, 3, 8)),
        ({"from": 2, "to": 1, "unit": "calendar_day", "to_unit": "month"}, date(2026, 3, 8), date(2026, 4, 6)),
    ],
)
def test_a_window_is_counted_in_days_working_days_or_months(
    house: Dealership, now: datetime, window: dict[str, Any], opens: date, due: date
) -> None:
    adopt(house, window=window)
    visit = cast.deliver(house, date(2026, 3, 6), at=now)

    assert windows(house, visit, at=now) == {"p.a": (opens, due)}


@pytest.mark.parametrize(
    ("delivered", "today", "days"),
    [
        (date(2024, 2, 29), date(2025, 2, 26), [date(2025, 2, 28)]),
        (date(2024, 2, 29), date(2028, 2, 26), [date(2028, 2, 29)]),
        (date(2023, 3, 10), date(2026, 3, 5), [date(2026, 3, 10)]),
        (date(2025, 2, 28), date(2028, 2, 26), [date(2028, 2, 28)]),
    ],
)
def test_an_anniversary_comes_every_year_even_of_29_february(
    house: Dealership, delivered: date, today: date, days: list[date]
) -> None:
    at = noon(house, today)
    calendars.compile_calls(house, at=at)
    adopt(house, anchor="yearly", window={"from": 0, "to": 7}, catch_up_days=30)
    visit = cast.deliver(house, delivered, at=at)

    planning.plan(at=at)
    planning.plan(at=at + timedelta(1))

    assert [task.opens_on for task in visit.tasks.all()] == days


@pytest.mark.parametrize(
    ("exclusion", "facts", "customer"),
    [
        ("special", {"apart": True}, {}),
        ("used_vehicle", {"used": True}, {}),
        ("company", {}, {"kind": "company"}),
        ("do_not_call", {}, {"do_not_call": True}),
    ],
)
def test_who_is_left_out_is_left_out(
    house: Dealership, now: datetime, exclusion: str, facts: dict[str, Any], customer: dict[str, Any]
) -> None:
    adopt(house, excludes=[exclusion])
    left_out = cast.deliver(house, date(2026, 3, 4), at=now, **facts)
    Customer.objects.filter(pk=left_out.customer_id).update(**customer)
    called = cast.deliver(house, date(2026, 3, 4), at=now)

    planning.plan(at=now)

    assert [task.visit for task in ContactTask.objects.all()] == [called]


def test_without_consent_nobody_is_surveyed_if_the_step_asks_for_it(house: Dealership, now: datetime) -> None:
    adopt(house, excludes=["no_consent"])
    visits = [cast.deliver(house, date(2026, 3, 4), at=now) for _n in range(3)]
    for visit, withdrawn in zip(visits, (None, date(2026, 3, 5)), strict=False):
        Consent.objects.create(
            dealership=house,
            customer=visit.customer,
            channel="phone",
            purpose="survey",
            text_version="1",
            source="paper",
            given_on=date(2026, 1, 1),
            withdrawn_on=withdrawn,
        )

    planning.plan(at=now)

    assert [task.visit for task in ContactTask.objects.all()] == [visits[0]]


@pytest.mark.covers("S2-9.5")
def test_who_refused_is_not_called_again_in_that_programme(house: Dealership, now: datetime) -> None:
    ana = cast.person("Ana Ruiz", Role.REPRESENTATIVE, house)
    take_up(house, "mazda_chile")
    first = cast.deliver(house, date(2026, 3, 2), at=now, customer_name="Soto Vega Ana", phones="614 555 7519")
    planning.plan(at=now)
    task = first.tasks.get()
    queue.claim(task, by=ana, at=now)
    calling.keep(task, Answer(outcome=Outcome.REFUSED), fence=task.fence, by=ana, at=now)

    again = cast.deliver(house, date(2026, 3, 3), at=now, customer_name="Soto Vega Ana", phones="614 555 7519")
    planning.plan(at=now)

    assert again.customer == first.customer
    assert not again.tasks.exists()


# Files with mistakes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"window": {"from": 5, "to": 3}}, "sixth.p.a: the window closes before it opens."),
        ({"windw": {}}, "sixth.p.a: there is no parameter “windw”."),
        ({"window": {"from": "3", "to": 5}}, "sixth.p.a.window.from has a value of the wrong kind: 3."),
        ({"window": {"from": 3}}, "sixth.p.a.window: to is missing."),
        ({"performer": "boss"}, "sixth.p.a.performer: “boss” is not known."),
        ({"channels": ["pigeon"]}, "sixth.p.a.channels: “pigeon” is not known."),
        ({"anchor": "step_done", "after": "a"}, "sixth.p: the steps follow one another in a circle."),
        ({"anchor": "step_done", "after": "b"}, "sixth.p: there is no step “b”."),
        ({"after": "b"}, "sixth.p.a: say after which step, for the anchor step_done and only for it."),
        (
            {"questionnaire": "seven_itmes"},
            "sixth.p.a: there is no questionnaire “seven_itmes”. Do you mean “seven_items”?",
        ),
        ({"script": "nothing"}, "There is no script “nothing”."),
        ({"script": "../gm_mexico_prc"}, "There is no script “../gm_mexico_prc”."),
        (
            {"attempts": {"max": True, "distinct_days": True, "distinct_bands": True}},
            "sixth.p.a.attempts.max has a value of the wrong kind: True.",
        ),
    ],
)
def test_a_mistake_in_a_preset_is_named_and_nothing_is_taken_up(
    house: Dealership, step: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        adopt(house, **step)

    assert refused.value.sentence == sentence
    assert not ProgrammeStep.objects.exists()


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"days": "two"}, "sixth.customer_file.days has a value of the wrong kind: two."),
        ({"required": ["full_nam"]}, "sixth.customer_file.required: “full_nam” is not known."),
        ({"triggers": ["handover"]}, "sixth.customer_file.triggers: “handover” is not known."),
        ({"requires": []}, "sixth.customer_file: there is no parameter “requires”."),
        ({"known": ["name"]}, "sixth.customer_file: sources does not say where known come from."),
    ],
)
def test_a_mistake_in_what_a_preset_asks_of_a_file_is_named(section: dict[str, Any], sentence: str) -> None:
    preset = presets.load("vehicle_sourcing") | {"preset": "sixth"}
    preset["customer_file"] = preset["customer_file"] | section

    with pytest.raises(Refusal) as refused:
        preset_file.check(preset)

    assert refused.value.sentence == sentence


def test_a_file_that_cannot_be_followed_is_named_and_keeps_nobody_from_the_others(
    house: Dealership, as_user: Callable[[User], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("mazda_chile", "china_4s"):
        shutil.copy(presets.FOLDER / f"{code}.yaml", tmp_path)
    (tmp_path / "sixth.yaml").write_text("")
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    take_up(house, "mazda_chile")
    manager = as_user(cast.person("Ana Lima", Role.GENERAL_MANAGER, house))

    listed, choice = (manager.get(f"/contacts/programmes/{page}") for page in ("", "activate/"))

    assert (listed.status_code, choice.status_code) == (200, 200)
    assert [code for code, _name in presets.names()] == ["china_4s", "mazda_chile"]
    assert choice.context["mistakes"] == ["The preset file sixth.yaml says nothing."]
    assert "The preset file sixth.yaml says nothing." in choice.text


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("preset: x\nname: [\n")

    with pytest.raises(Refusal, match=r"bad\.yaml cannot be read at line 3"):
        preset_file.read(path)


@pytest.mark.parametrize("code", presets.available())
def test_every_preset_can_be_followed_and_says_where_each_parameter_comes_from(code: str) -> None:
    known = set((Path(__file__).parents[1] / "requirement_ids.txt").read_text().split())
    preset = yaml.safe_load((presets.FOLDER / f"{code}.yaml").read_text())

    preset_file.check(preset)

    said = [
        source
        for programme in preset["programmes"]
        for step in [programme, *programme["steps"]]
        for source in step["sources"].values()
    ]
    assert [source for source in said if source != "ours" and source not in known] == []
