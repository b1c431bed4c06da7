"""The second call: what the first spoke of is shown, and a plan that repeats it is warned of (S1-4.5b)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clientela.contacts import calling, planning, presets, queue, repeating
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, Outcome, TaskPlan
from clientela.contacts.points import Heard
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("after_sales_phone", found, go_live_on=date(2026, 2, 1))
    return found


@pytest.fixture
def ana(house: Dealership) -> User:
    return cast.person("Ana Ruiz", Role.CS_SPECIALIST, house)


def first_call(house: Dealership, by: User, now: datetime, *topics: str, **facts: Any) -> ContactTask:
    """The second contact, after a first that spoke of these."""
    visit = cast.deliver(house, date(2026, 3, 2), at=now, kind="workshop_visit")
    planning.plan(at=now, dealership_ids=[house.pk])
    task = visit.tasks.order_by("opens_on").first()
    assert task
    queue.claim(task, by=by, at=now)
    answer = Answer(
        **{"outcome": Outcome.REACHED, "grade": "satisfied", "topics": topics, "not_obtained": "Hurry", **facts}
    )
    calling.keep(task, answer, fence=task.fence, by=by, at=now)
    later = now + timedelta(days=4)
    planning.plan(at=later, dealership_ids=[house.pk])
    return visit.tasks.get(state="open")


def plan(browser: Client, task: ContactTask, **given: Any) -> Any:
    return browser.post(reverse("contacts:plan_task", args=[task.pk]), given, follow=True)


@pytest.mark.covers("S1-4.5b")
@pytest.mark.parametrize(
    ("covered", "planned", "warned"),
    [
        ("brakes advice", "brakes advice", True),
        ("brakes advice", "Advice on BRAKES", True),
        ("seguro", "Seguro de auto", True),
        ("brakes advice", "tyres advice", False),
        ("刹车保养", "刹车", True),
        ("Тормоза", "тормоза", True),
        ("Frenos", "Llantas", False),
    ],
)
def test_a_planned_topic_that_repeats_one_of_the_first_call_is_warned_of(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, covered: str, planned: str, warned: bool
) -> None:
    task, browser = first_call(house, ana, now, covered), as_user(ana)

    answer = plan(browser, task, further=planned)

    assert answer.status_code == 200
    assert TaskPlan.objects.get().topics == [planned]
    said = f"“{planned}” was already spoken of on an earlier call."
    assert (said in answer.text) == warned
    again = browser.get(reverse("contacts:plan_task", args=[task.pk])).text
    assert ("Already spoken of" in again, covered in again) == (warned, True)


@pytest.mark.covers("S1-4.5b")
def test_the_second_call_shows_topics_and_points_of_the_first(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    heard = [Heard(kind="wish", text="Coche de cortesía"), Heard(kind="requirement", text="Seguro", answer="Se cotizó")]
    task = first_call(house, ana, now, "vehicle_use", "Frenos", points=heard)
    TaskPlan.objects.create(dealership=house, task=task, topics=["interests", "frenos", "Seguro"], at=now)
    ContactTask.objects.filter(pk=task.pk).update(opens_on=now.date(), callable_from=now)
    task.refresh_from_db()
    queue.claim(task, by=ana, at=now)

    screen = as_user(ana).get(reverse("desk:call", args=[task.pk]))

    for words in ("Said on earlier calls", "use of the vehicle", "Coche de cortesía", "Se cotizó"):
        assert words in screen.text
    repeats = {topic.topic: topic.repeats is not None for topic in screen.context["topics"]}
    assert repeats == {"interests": False, "frenos": True, "Seguro": True}
    # What is new is ticked as spoken of; what repeats is not.
    assert [f'value="{topic}" checked' in screen.text for topic in repeats] == [True, False, False]


def test_topics_count_only_when_the_customer_was_reached(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit")
    queue.claim(task, by=ana, at=now)
    given: dict[str, Any] = {"fence": task.fence, "spoken": ["vehicle_use"], "spoken_further": "Frenos, seguro；胎压"}

    as_user(ana).post(reverse("contacts:outcome", args=[task.pk]), given | {"outcome": "no_answer"})

    tried = task.tries.get()
    assert tried.topics == []
    assert repeating.topics_in(given["spoken"], given["spoken_further"]) == [
        "vehicle_use", "Frenos", "seguro", "胎压",
    ]  # fmt: skip


def test_a_plan_without_a_topic_is_refused_and_another_house_does_not_see_it(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, lixue: User
) -> None:
    task = first_call(house, ana, now, "Frenos")

    assert plan(as_user(ana), task, notes="x").status_code == 422
    assert plan(as_user(ana), task, topics=["gossip"], further="x").status_code == 422
    assert plan(as_user(lixue), task, further="x").status_code == 404
    assert not TaskPlan.objects.exists()
