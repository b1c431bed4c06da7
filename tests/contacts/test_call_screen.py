"""The screen of a call asks the database little, however much is known of the customer."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import calling, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.holding import CAUTIONS
from clientela.contacts.models import Announcement, Attempt, ContactTask, Outcome, Programme, ProgrammeStep
from clientela.customers.models import Vehicle
from clientela.network.models import Dealership, User
from tests import cast

#: Besides those that begin and end the transaction and say whose rows are seen.
MOST = 15
OF_THE_TRANSACTION = ("SAVEPOINT", "RELEASE", "SELECT current_setting", "SELECT set_config")


def asked_for(client: Client, task: ContactTask) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("desk:call", args=[task.pk])).status_code == 200
    return sum(not query["sql"].startswith(OF_THE_TRANSACTION) for query in asked.captured_queries)


def test_a_screen_that_is_opened_again_goes_on_counting(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(task, by=mariana, at=now)
    browser, screen = as_user(mariana), reverse("desk:call", args=[task.pk])
    with time_machine.travel(now + timedelta(minutes=4), tick=False):
        page = browser.get(screen)
        browser.post(
            reverse("contacts:outcome", args=[task.pk]),
            {
                "fence": page.context["task"].fence,
                "started_at": page.context["started_at"].isoformat(),
                "grade": "satisfied",
            },
        )

    assert '<call-timer class="num" seconds="240"' in page.text
    tried = Attempt.objects.get()
    assert (tried.at - tried.started_at) == timedelta(minutes=4)


@pytest.mark.covers("S2-9.6")
def test_the_next_service_of_the_car_is_told_and_that_it_was_told_is_kept(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task, again = cast.due(norte, date(2026, 3, 2), at=now), cast.due(norte, date(2026, 3, 3), at=now)
    ContactTask.objects.filter(pk=again.pk).update(
        customer=task.customer_id, vehicle=task.vehicle_id, visit=task.visit_id
    )
    assert task.vehicle_id
    Vehicle.objects.filter(pk=task.vehicle_id).update(next_service_on=date(2026, 8, 17))
    browser = as_user(mariana)
    queue.claim(task, by=mariana, at=now)
    page = browser.get(reverse("desk:call", args=[task.pk])).text
    assert 'name="spoken" value="next service on 17 Aug 2026"' in page
    assert "already told" not in page
    browser.post(
        reverse("contacts:outcome", args=[task.pk]),
        {"fence": task.fence, "grade": "satisfied", "spoken": "next service on 17 Aug 2026"},
    )

    queue.claim(again, by=mariana, at=now)
    assert "already told on Mar 5" in browser.get(reverse("desk:call", args=[again.pk])).text


@pytest.mark.parametrize(("kind", "asked"), [("workshop_visit", True), ("consultation", False)])
def test_who_has_no_car_of_ours_is_not_asked_how_it_drives(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client], kind: str, asked: bool
) -> None:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 1, 1))
    Programme.objects.exclude(preset="after_sales_phone", code="after_sales_follow_up").update(active=False)
    task = cast.due(norte, date(2026, 3, 2), at=now, kind=kind)
    queue.claim(task, by=mariana, at=now)

    page = as_user(mariana).get(reverse("desk:call", args=[task.pk])).text

    assert ('name="text_vehicle_use"' in page, 'name="text_opinion"' in page) == (asked, True)


def test_a_line_that_the_script_does_not_have_is_said_to_be_missing(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    ProgrammeStep.objects.filter(pk=task.step_id).update(script={"greeting": {"es": "Hola {customer}"}})
    queue.claim(task, by=mariana, at=now)

    page = as_user(mariana).get(reverse("desk:call", args=[task.pk])).text

    assert page.count("The script says nothing here.") == 3  # the question, the aspects, the farewell


@pytest.mark.parametrize(("characters", "status"), [(20_000, 302), (20_001, 422)])
def test_twenty_thousand_characters_are_kept_with_their_lines(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client], characters: int, status: int
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(task, by=mariana, at=now)
    words = ("🚗\r\n" * 20_000)[: characters * 3 // 2]
    typed = words.replace("\r\n", "\n")

    saved = as_user(mariana).post(
        reverse("contacts:outcome", args=[task.pk]), {"fence": task.fence, "grade": "satisfied", "words": words}
    )

    assert saved.status_code == status
    assert len(typed) in {characters, characters - 1}
    if status == 302:
        assert Attempt.objects.get().words == typed.strip()


def test_no_browser_cuts_what_is_pasted_or_keeps_still_about_it(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(task, by=mariana, at=now)

    page = as_user(mariana).get(reverse("desk:call", args=[task.pk])).text
    areas, form = re.findall("<textarea[^>]*>", page), re.findall('<form[^>]* id="call"[^>]*>', page)

    assert areas
    assert [area for area in areas if "maxlength" in area] == []  # a sentence says what is too long
    assert [" novalidate " in tag for tag in form] == [True]  # and which time was typed by half


@pytest.mark.parametrize("known", [0, 6])
def test_the_screen_of_a_call_asks_few_questions(
    norte: Dealership, mariana: User, now: datetime, as_user: Callable[[User], Client], known: int
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now, odometer_km=4200)
    for number in range(known):
        at = now - timedelta(days=number + 1)
        Announcement.objects.create(dealership=norte, kind="advice", title=f"Advice {number}", text="…")
        other = cast.due(norte, date(2026, 3, 2), at=now, plate=f"KNO-{number}")
        ContactTask.objects.filter(pk=other.pk).update(customer=task.customer_id)
        queue.claim(other, by=mariana, at=now)
        answer = Answer(outcome=Outcome.REACHED, grade="satisfied", words=f"Fine {number}", started_at=at)
        calling.keep(other, answer, fence=other.fence, by=mariana, at=now)
    task.refresh_from_db()
    ProgrammeStep.objects.filter(pk=task.step_id).update(cautions=list(CAUTIONS) if known else [])
    ContactTask.objects.filter(pk=task.pk).update(state="open", concluded_at=None, timing="", via=None)
    queue.claim(task, by=mariana, at=now)
    client = as_user(mariana)

    assert asked_for(client, task) <= MOST
    assert "4,200 km" in client.get(reverse("desk:call", args=[task.pk])).text
