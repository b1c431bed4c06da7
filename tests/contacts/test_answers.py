"""The script parts by the answer; items are objected to or not; valid answers count; what was told is kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clientela.contacts import calling, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Announcement, Attempt, ContactTask, Outcome, Programme, TalkingPoint, Told
from clientela.customers.models import Customer, Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from clientela.satisfaction.models import Response
from tests import cast

AsUser = Callable[[User], Client]
TODAY = date(2026, 3, 5)


def only(house: Dealership, preset: str, code: str) -> None:
    presets.activate(preset, house, go_live_on=date(2025, 6, 1))
    Programme.objects.exclude(preset=preset, code=code).update(active=False)


@pytest.fixture
def officer(norte: Dealership) -> User:
    """The information officer of a house that follows the Chinese standard's seven items."""
    only(norte, "china_4s", "service_follow_up")
    return cast.person("Irma Olvera", Role.INFORMATION_OFFICER, norte)


def due(house: Dealership, at: datetime, **facts: Any) -> ContactTask:
    return cast.due(house, date(2026, 3, 2), at=at, kind="workshop_visit", service_line="repair", **facts)


def save(browser: Client, task: ContactTask, **given: Any) -> Any:
    task.refresh_from_db()
    return browser.post(reverse("contacts:outcome", args=[task.pk]), {"fence": task.fence, **given})


def called(task: ContactTask, by: User, at: datetime, outcome: Outcome = Outcome.REACHED, **facts: Any) -> Attempt:
    queue.claim(task, by=by, at=at)
    return calling.keep(task, Answer(outcome=outcome, **facts), fence=task.fence, by=by, at=at)


@pytest.mark.covers("S4-3.2.4.4.1b", "S4-3.2.4.4.1c")
def test_an_objection_counts_as_dissatisfied_and_a_blank_item_as_satisfied(
    norte: Dealership, officer: User, now: datetime, as_user: AsUser
) -> None:
    task = due(norte, now)
    queue.claim(task, by=officer, at=now)
    page = as_user(officer).get(reverse("desk:call", args=[task.pk])).text
    assert page.count('name="item_') == 7

    saved = save(as_user(officer), task, grade="satisfied", item_time="on", item_price="on")

    assert saved.status_code == 302
    answer = Response.objects.get()
    assert answer.answers == {"time": "dissatisfied", "price": "dissatisfied"}
    register = as_user(officer).get("/contacts/answers/seven_items/")
    by_item = {row.item.code: row.objections for row in register.context["by_item"]}
    assert by_item == dict.fromkeys(("reception", "diagnosis", "work", "attitude", "premises"), 0) | {
        "time": 1,
        "price": 1,
    }


@pytest.mark.covers("S4-1.3.5d")
@pytest.mark.parametrize("grade", ["so_so", "dissatisfied"])
def test_who_is_not_satisfied_says_with_what(
    norte: Dealership, officer: User, now: datetime, as_user: AsUser, grade: str
) -> None:
    task = due(norte, now)
    queue.claim(task, by=officer, at=now)

    silent = save(as_user(officer), task, grade=grade)
    with pytest.raises(Refusal, match="not satisfied with"):
        calling.keep(task, Answer(outcome=Outcome.REACHED, grade=grade), fence=task.fence, by=officer, at=now)
    said = save(as_user(officer), task, grade=grade, item_diagnosis="on")

    assert (silent.status_code, said.status_code) == (422, 302)
    assert "Tick what the customer is not satisfied with." in silent.text
    assert Response.objects.get().answers == {"diagnosis": "dissatisfied"}


@pytest.mark.covers("S4-3.2.4.4.1")
def test_the_register_of_a_sale_has_exactly_five_items(norte: Dealership, now: datetime, as_user: AsUser) -> None:
    only(norte, "china_4s", "sales_follow_up")
    officer = cast.person("Irma Olvera", Role.INFORMATION_OFFICER, norte)
    Customer.objects.all().delete()
    for number in range(3):
        visit = cast.deliver(norte, date(2026, 2, 20), at=now, number=f"V-{number}")
        Response.objects.create(
            dealership=norte,
            questionnaire="five_items",
            visit=visit,
            customer=visit.customer,
            grade="satisfied",
            answers={"price": "dissatisfied"} if number else {},
            answered_at=now,
            recorded_by=officer,
        )

    page = as_user(officer).get("/contacts/answers/five_items/")

    assert [row.item.code for row in page.context["by_item"]] == ["goods", "price", "attitude", "delivery", "premises"]
    assert [row.objections for row in page.context["by_item"]] == [0, 2, 0, 0, 0]
    assert [round(row.percent, 1) for row in page.context["by_item"]] == [100, 33.3, 100, 100, 100]
    assert page.context["count"].rows == 3
    objected = as_user(officer).get("/contacts/answers/five_items/?shows=objected").context["count"].rows
    assert objected == 2


@pytest.mark.covers("S4-3.2.4.4.1d")
def test_only_valid_follow_ups_are_counted(norte: Dealership, officer: User, now: datetime, as_user: AsUser) -> None:
    ends = [Outcome.REACHED] * 4 + [Outcome.REFUSED] * 2 + [Outcome.WRONG_NUMBER]
    for number, outcome in enumerate(ends):
        task = due(norte, now, plate=f"VAL-{number}")
        called(task, officer, now, outcome, **({"grade": "satisfied"} if outcome is Outcome.REACHED else {}))
    unreached = due(norte, now, plate="VAL-9")
    ContactTask.objects.filter(pk=unreached.pk).update(state="unreached", concluded_at=now)

    shown = as_user(officer).get("/contacts/answers/seven_items/").context["validity"]

    assert (shown.valid, shown.refused, shown.invalid, shown.unreached, shown.asked) == (4, 2, 1, 1, 8)


@pytest.mark.covers("S4-1.3.5a", "S4-1.3.5b", "S4-1.3.5c", "S4-1.3.5e", "S4-1.3.5f")
def test_the_script_names_the_work_and_parts_by_the_answer(
    norte: Dealership, officer: User, now: datetime, as_user: AsUser
) -> None:
    task = due(norte, now, work="首次保养")
    Customer.objects.filter(pk=task.customer_id).update(
        language="zh-hans", full_name="李梅", family_name="李", given_name="梅", sex="f"
    )
    queue.claim(task, by=officer, at=now)

    page = as_user(officer).get(reverse("desk:call", args=[task.pk])).text

    assert "请问您是李女士吗？打扰您了。" in page
    assert "3月2日" in page
    assert "首次保养服务项目" in page
    assert '<p class="coming if-satisfied" lang="zh-hans" translate="no">您对我们的服务有什么建议吗？</p>' in page
    assert page.count("祝您开车愉快，再见！") == 2  # either ending wishes
    assert "祝您节日快乐" not in page
    assert page.count("if-dissatisfied") == 2
    assert "希望您监督" in page


@pytest.mark.covers("S4-1.3.5e")
def test_on_a_public_holiday_the_customer_is_wished_a_happy_one(
    norte: Dealership, officer: User, now: datetime, as_user: AsUser
) -> None:
    at = datetime.fromisoformat("2026-03-16T10:00:00-06:00")  # Benito Juárez's day is kept on the third Monday
    task = due(norte, now)
    with time_machine.travel(at, tick=False):
        queue.claim(task, by=officer, at=at, in_spite="She asked for it.")
        page = as_user(officer).get(reverse("desk:call", args=[task.pk])).text

    assert page.count("Felices fiestas") == 2
    assert "Que disfrute" not in page


@pytest.mark.covers("S4-1.3.5a")
def test_not_the_person_ends_in_a_wrong_number(
    norte: Dealership, officer: User, now: datetime, as_user: AsUser
) -> None:
    task = due(norte, now)
    queue.claim(task, by=officer, at=now)
    page = as_user(officer).get(reverse("desk:call", args=[task.pk])).text

    assert 'for="wrong_number" data-key="KeyB"' in page
    assert '<input type="radio" name="outcome" value="wrong_number" id="wrong_number">' in page


@pytest.mark.covers("S1-3.1", "S1-4.4b")
def test_an_opinion_is_obtained_or_it_is_said_why_not(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    only(norte, "after_sales_phone", "after_sales_follow_up")
    task, other = (due(norte, now, plate=f"OPI-{n}") for n in range(2))
    queue.claim(task, by=mariana, at=now)
    page = as_user(mariana).get(reverse("desk:call", args=[task.pk])).text
    assert 'name="text_vehicle_use"' in page
    assert 'name="text_opinion"' in page

    without = save(as_user(mariana), task, grade="satisfied", text_vehicle_use="Every day to work.")
    reason = save(as_user(mariana), task, grade="satisfied", not_obtained="She was in a hurry.")
    called(other, mariana, now, grade="satisfied", texts={"opinion": "Quick and friendly."})

    assert (without.status_code, reason.status_code) == (422, 302)
    assert "Not obtained: Opinion of our services." in without.text
    kept = {answer.visit_id: (answer.texts, answer.not_obtained) for answer in Response.objects.all()}
    assert kept == {
        task.visit_id: ({}, "She was in a hurry."),
        other.visit_id: ({"opinion": "Quick and friendly."}, ""),
    }
    register = as_user(mariana).get("/contacts/answers/service_opinion/").text
    assert "not asked" in register
    assert "Quick and friendly." in register


@pytest.mark.covers("S2-9.4")
def test_the_wording_of_the_question_is_kept_with_its_answer(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(task, by=mariana, at=now)
    save(as_user(mariana), task, grade="satisfied")

    asked = Response.objects.get().asked
    task.step.script["question_delivery"] = {"en": "Anything else?"}
    task.step.save()

    assert "¿Qué tan satisfactoria" in asked
    assert Response.objects.get().asked == asked


# What customers are told ---------------------------------------------------------------------------------------


@pytest.mark.covers("S1-3.4")
@pytest.mark.parametrize(("day", "offered"), [("2026-02-28", False), ("2026-03-01", True), ("2026-04-01", False)])
def test_a_new_service_is_offered_while_it_is_new(norte: Dealership, now: datetime, day: str, offered: bool) -> None:
    Announcement.objects.create(
        dealership=norte, kind="service", title="Wash", text="…", from_on=date(2026, 3, 1), to_on=date(2026, 3, 31)
    )

    assert Announcement.objects.on(date.fromisoformat(day)).exists() is offered


@pytest.mark.covers("S1-3.3", "S2-9.6")
def test_advice_that_was_given_is_shown_as_given(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    rain, snow = (
        Announcement.objects.create(dealership=norte, kind="advice", title=title, text="…", concerns=model)
        for title, model in (("Brakes in the rain", ""), ("Winter tyres", "no such model"))
    )
    task = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(task, by=mariana, at=now)
    page = as_user(mariana).get(reverse("desk:call", args=[task.pk])).text
    assert "Brakes in the rain" in page
    assert "already told" not in page
    assert "Winter tyres" not in page
    save(as_user(mariana), task, grade="satisfied", told=[rain.pk])

    again = cast.due(norte, date(2026, 3, 2), at=now, plate="AGA-1")
    ContactTask.objects.filter(pk=again.pk).update(customer=task.customer_id)
    queue.claim(again, by=mariana, at=now)

    assert list(Told.objects.values_list("announcement", flat=True)) == [rain.pk]
    assert "already told on Mar 5" in as_user(mariana).get(reverse("desk:call", args=[again.pk])).text
    assert snow.title not in as_user(mariana).get(reverse("desk:call", args=[again.pk])).text


@pytest.mark.covers("S2-9.6")
def test_repairs_that_were_put_off_are_recommended_until_they_are_settled(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    assert task.visit
    her = as_user(mariana)
    her.post(reverse("customers:recommend_repairs", args=[task.visit_id]), {"recommended": "Rear brake pads, 2 mm"})
    queue.claim(task, by=mariana, at=now)
    page = her.get(reverse("desk:call", args=[task.pk]))
    assert [(tip.title, tip.kind) for tip in page.context["tips"]] == [("Rear brake pads, 2 mm", "recommended repairs")]
    save(her, task, grade="satisfied", told_repairs=[task.visit_id])
    told = Told.objects.get()
    assert (told.visit_id, told.announcement_id) == (task.visit_id, None)

    later = cast.due(norte, date(2026, 3, 3), at=now, plate="AGA-2")
    ContactTask.objects.filter(pk=later.pk).update(customer=task.customer_id, vehicle=task.vehicle_id)
    queue.claim(later, by=mariana, at=now)
    again = her.get(reverse("desk:call", args=[later.pk]))
    assert [tip.told_on for tip in again.context["tips"]] == [TODAY]

    her.post(reverse("customers:settle_repairs", args=[task.visit_id]))
    assert her.get(reverse("desk:call", args=[later.pk])).context["tips"] == []
    assert her.post(reverse("customers:settle_repairs", args=[task.visit_id])).status_code == 409


@pytest.mark.covers("S2-9.6")
def test_what_was_put_off_on_this_car_is_not_lost_among_thirty_cars(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    fleet = cast.deliver(norte, date(2026, 1, 5), at=now, recommended="Timing belt")
    for number in range(30):
        other = cast.deliver(norte, date(2026, 2, 1), at=now, plate=f"FLE-{number}", recommended=f"Tyres {number}")
        Visit.objects.filter(pk=other.pk).update(customer=fleet.customer_id)
    task = cast.due(norte, date(2026, 3, 2), at=now)
    ContactTask.objects.filter(pk=task.pk).update(customer=fleet.customer_id, vehicle=fleet.vehicle_id)
    queue.claim(task, by=mariana, at=now)

    page = as_user(mariana).get(reverse("desk:call", args=[task.pk]))

    assert [tip.title for tip in page.context["tips"]] == ["Timing belt"]
    assert [visit.delivered_on for visit in page.context["visits"]] == [date(2026, 2, 1)] * 3


@pytest.mark.covers("S1-3.5")
@pytest.mark.parametrize("missing", ["text", "held_on", "address"])
def test_an_activity_is_announced_with_content_date_and_address(
    norte: Dealership, mariana: User, as_user: AsUser, missing: str
) -> None:
    whole = {
        "kind": "event",
        "title": "Free inspection week",
        "text": "25 points.",
        "held_on": "2026-03-20",
        "address": "Calle 24",
    }
    page = reverse("contacts:announcements")

    refused = as_user(mariana).post(page, whole | {missing: ""})
    kept = as_user(mariana).post(page, whole)

    assert (refused.status_code, list(refused.context["form"].errors), kept.status_code) == (422, [missing], 302)
    assert Announcement.objects.get().address == "Calle 24"


def test_an_announcement_of_the_neighbour_is_not_told(
    norte: Dealership, jingbei: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    theirs = Announcement.objects.create(dealership=jingbei, kind="advice", title="冬季轮胎", text="…")
    task = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(task, by=mariana, at=now)

    answer = save(as_user(mariana), task, grade="satisfied", told=[theirs.pk])

    assert answer.status_code == 422
    assert not Told.objects.exists()


@pytest.mark.covers("S4-1.3.3a")
@pytest.mark.parametrize(
    ("asked", "about", "department"),
    [("service", "service", "Service department"), ("product", "product", "Sales department")],
)
def test_a_suggestion_given_on_the_call_stands_in_the_report_of_its_department(
    norte: Dealership, now: datetime, as_user: AsUser, asked: str, about: str, department: str
) -> None:
    only(norte, "china_4s", "care_call")
    agent = cast.person("Irma Olvera", Role.CS_SPECIALIST, norte)
    task = due(norte, now)
    queue.claim(task, by=agent, at=now)
    page = as_user(agent).get(reverse("desk:call", args=[task.pk])).text
    assert page.count('name="text_') == 2

    save(as_user(agent), task, grade="satisfied", **{f"text_{asked}_suggestion": "Open on Saturdays"})

    point = TalkingPoint.objects.get()
    assert (point.kind, point.about, point.text) == ("suggestion", about, "Open on Saturdays")
    [part] = as_user(agent).get(reverse("contacts:suggestions")).context["parts"]
    assert (part.name, part.total) == (department, 1)


# The leader's view -------------------------------------------------------------------------------------------------


@pytest.mark.covers("S4-1.3.3d")
def test_the_leader_sees_who_calls_how_long_and_what_is_left(
    norte: Dealership, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    tasks = [cast.due(norte, date(2026, 3, 2), at=now, plate=f"LIV-{n}") for n in range(4)]
    long, short = now - timedelta(minutes=9), now - timedelta(minutes=2)
    called(tasks[0], jorge, now, grade="satisfied", started_at=long)
    called(tasks[1], jorge, now, grade="satisfied", started_at=short)
    called(tasks[2], mariana, now, Outcome.NO_ANSWER)
    queue.claim(tasks[3], by=mariana, at=now)

    page = as_user(mariana).get("/live/")

    day, queued = page.context["day"], page.context["queue"]
    assert (day.total.made, day.total.answered, day.total.seconds, day.total.too_long) == (3, 2, 660, 1)
    assert {person.name: tries.made for person, tries in day.people} == {"Jorge Peña": 2, "Mariana Ruiz": 1}
    assert [row.task.pk for row in page.context["on_calls"]] == [tasks[3].pk]
    assert list(day.hours) == [10]
    assert (queued.due, queued.tries_left) == (1, 3)
    assert as_user(jorge).get("/live/").status_code == 403


@pytest.mark.covers("S4-1.3.5d", "S4-1.3.5f")
def test_what_is_objected_to_is_told_to_the_department(norte: Dealership, officer: User, now: datetime) -> None:
    head = cast.person("Laura Ortiz", Role.SERVICE_MANAGER, norte)
    waited, content = (due(norte, now, plate=f"DEP-{n}") for n in range(2))
    called(waited, officer, now, grade="so_so", objections=["time", "price"], words="Two hours.")
    called(content, officer, now, grade="satisfied")

    point = TalkingPoint.objects.get()

    assert (point.kind, point.customer_id, point.department) == ("criticism", waited.customer_id, "service")
    assert (point.state, point.asked) == ("reported", head)
    assert point.text.endswith("Tiempo de espera, Precio. Two hours.")
