"""The call plan: without it no file is filed; relative to the pick-up; warned of outside the window; followed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clientela.contacts import call_plans, levelling, planning, presets, queue
from clientela.contacts.models import ContactTask
from clientela.customers import filing
from clientela.customers.models import CallPlan, CustomerFile, FileRule, Visit
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("after_sales_phone", found, go_live_on=date(2026, 2, 1))
    FileRule.objects.update(required=["name"])
    return found


@pytest.fixture
def ana(house: Dealership) -> User:
    return cast.person("Ana Ruiz", Role.CS_SPECIALIST, house)


def file_of(house: Dealership, on: date, *, at: datetime, **facts: Any) -> CustomerFile:
    visit = cast.deliver(house, on, at=at, kind="workshop_visit", **facts)
    return CustomerFile.objects.select_related("visit").get(visit=visit)


def put_away(browser: Client, file: CustomerFile) -> Any:
    return browser.post(reverse("customers:move_file", args=[file.pk, "put-away"]))


def plan(browser: Client, file: CustomerFile, **given: Any) -> Any:
    sent = {"after_days": 4, "topics": ["vehicle_use"], "clock": "16:30"} | given
    return browser.post(reverse("contacts:call_plan", args=[file.pk]), sent, follow=True)


@pytest.mark.covers("S1-4.3")
def test_a_file_without_a_call_plan_is_not_filed(house: Dealership, ana: User, now: datetime, as_user: AsUser) -> None:
    file, browser = file_of(house, MONDAY, at=now), as_user(ana)
    assert FileRule.objects.get().sources["of"]["call_plan"] == ["S1-4.3"]

    refused = put_away(browser, file)
    file.refresh_from_db()
    assert (refused.status_code, file.state) == (409, "complete")
    assert "Plan the first call before you file it" in refused.content.decode()

    assert plan(browser, file).status_code == 200
    assert put_away(browser, file).status_code == 302
    file.refresh_from_db()
    assert file.state == "filed"


@pytest.mark.covers("S1-4.3")
def test_a_house_that_does_not_ask_for_it_files_without(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    FileRule.objects.update(call_plan=False)

    assert put_away(as_user(ana), file_of(house, MONDAY, at=now)).status_code == 302


@pytest.mark.covers("S1-4.3")
@pytest.mark.parametrize(("days", "warned"), [(3, False), (7, False), (2, True), (8, True), (0, True), (60, True)])
def test_outside_day_three_to_seven_it_is_warned_of_and_kept(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, days: int, warned: bool
) -> None:
    file, browser = file_of(house, MONDAY, at=now), as_user(ana)

    page = plan(browser, file, after_days=days).content.decode()

    said = f"Day {days} lies outside the window of the first contact: day 3 to 7."
    assert (said in page) == warned
    assert CallPlan.objects.get().after_days == days
    assert put_away(browser, file).status_code == 302


@pytest.mark.covers("S1-4.3")
@pytest.mark.parametrize("days", [4, 6])
def test_the_plan_follows_the_pick_up(house: Dealership, ana: User, now: datetime, as_user: AsUser, days: int) -> None:
    file = file_of(house, MONDAY, at=now, number="T-1", customer_name="Soto Eva", phones="614 555 1111")
    plan(as_user(ana), file, after_days=days)
    assert CallPlan.objects.get().planned_on == MONDAY + timedelta(days)

    cast.deliver(
        house, date(2026, 3, 6), at=now, kind="workshop_visit", number="T-1", customer_name="Soto Eva",
        phones="614 555 1111",
    )  # fmt: skip

    assert CallPlan.objects.get().planned_on == date(2026, 3, 6) + timedelta(days)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"topics": []}, "Choose at least one topic for the call."),
        ({"topics": ["gossip"]}, "Select a valid choice."),
        ({"after_days": ""}, "This field is required."),
        ({"after_days": -1}, "greater than or equal to 0"),
        ({"after_days": 61}, "less than or equal to 60"),
        ({"clock": "25:10"}, "Enter a valid time."),
    ],
)
def test_a_plan_without_time_or_topic_is_refused_in_words(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, sent: dict[str, Any], sentence: str
) -> None:
    answer = plan(as_user(ana), file_of(house, MONDAY, at=now), **sent)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not CallPlan.objects.exists()


@pytest.mark.parametrize(("days", "planned_on"), [(5, 7), (7, 9), (2, 5), (20, 9)])
def test_the_contact_is_planned_for_the_day_of_the_plan_as_far_as_its_window_goes(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, days: int, planned_on: int
) -> None:
    others = [cast.deliver(house, MONDAY, at=now, kind="workshop_visit") for _n in range(4)]
    file = CustomerFile.objects.get(visit=others[0])
    planning.plan(at=now)

    plan(as_user(ana), file, after_days=days)

    task = ContactTask.objects.get(visit=file.visit_id)
    assert task.planned_on == date(2026, 3, planned_on)
    levelling.level([house.pk], at=now, anew=True)
    task.refresh_from_db()
    assert task.planned_on == date(2026, 3, planned_on)


def test_the_call_screen_shows_day_hour_and_topics(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    file, browser = file_of(house, MONDAY, at=now), as_user(ana)
    planning.plan(at=now)
    plan(browser, file, further="Frenos\nSeguro", notes="Viaja mucho")
    task = ContactTask.objects.get(visit=file.visit_id)
    queue.claim(task, by=ana, at=now)

    screen = browser.get(reverse("desk:call", args=[task.pk])).content.decode()

    assert "Mar 6 16:30" in screen
    assert "use of the vehicle, Frenos, Seguro" in screen
    assert "Viaja mucho" in screen


def test_a_cancelled_visit_takes_its_unfinished_file_and_plan_along(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    FileRule.objects.update(required=["name", "region"])
    file = file_of(house, MONDAY, at=now)
    plan(as_user(ana), file)
    file.refresh_from_db()
    assert file.state == "draft"

    Visit.objects.filter(pk=file.visit_id).update(cancelled_at=now)
    filing.open_duties([file.visit_id], at=now)

    assert not CallPlan.objects.exists()
    assert not CustomerFile.objects.exists()


def test_without_a_programme_that_follows_there_is_no_window_to_warn_of(
    house: Dealership, ana: User, now: datetime
) -> None:
    visit = cast.deliver(house, MONDAY, at=now, kind="goods_sale")

    assert call_plans.first_of(visit) is None


@pytest.mark.covers("S1-4.3")
def test_once_the_first_call_was_made_no_plan_of_it_is_asked_for(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    file, browser = file_of(house, MONDAY, at=now), as_user(ana)
    planning.plan(at=now, dealership_ids=[house.pk])
    customer = reverse("desk:customer", args=[file.customer_id])
    assert "Plan the first call" in browser.get(customer).content.decode()
    ContactTask.objects.filter(visit=file.visit).update(state="done", concluded_at=now)

    page, asked = browser.get(customer), browser.get(reverse("contacts:call_plan", args=[file.pk]))
    sent = browser.post(reverse("contacts:call_plan", args=[file.pk]), {"after_days": 4, "topics": ["vehicle_use"]})

    assert "Plan the first call" not in page.content.decode()
    assert (asked.status_code, sent.status_code) == (409, 409)
    assert not CallPlan.objects.exists()
    assert put_away(browser, file).status_code == 302


@pytest.mark.parametrize(("kind", "said"), [("workshop_visit", "pick-up"), ("consultation", "visit")])
def test_after_advice_nobody_speaks_of_a_pick_up(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, kind: str, said: str
) -> None:
    visit = cast.deliver(house, MONDAY, at=now, kind=kind)
    file, browser = CustomerFile.objects.get(visit=visit), as_user(ana)

    form = browser.get(reverse("contacts:call_plan", args=[file.pk])).content.decode()
    plan(browser, file)
    page = browser.get(reverse("desk:customer", args=[file.customer_id])).content.decode()

    assert f"Days after the {said}" in form
    assert f"4 days after the {said}" in page
    assert ("pick-up" in form + page) is (said == "pick-up")
