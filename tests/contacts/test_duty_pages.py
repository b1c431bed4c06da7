"""Who calls: the page, its changes, who may, and what follows from a role that goes."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clientela.contacts import calling, levelling, planning, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Absence, ContactTask, Designation, Outcome
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
WHO = reverse("contacts:who")


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("after_sales_phone", found, go_live_on=date(2026, 1, 1))
    return found


@pytest.fixture
def elena(house: Dealership) -> User:
    """Administrator of the group."""
    return cast.person("Elena Vargas", Role.ADMINISTRATOR, None)


@pytest.fixture
def carla(house: Dealership) -> User:
    """The commercial head, who designates."""
    return cast.person("Carla Soto", Role.COMMERCIAL_MANAGER, house)


@pytest.fixture
def ana(house: Dealership) -> User:
    return cast.person("Ana Ruiz", Role.CS_SPECIALIST, house)


@pytest.fixture
def luis(house: Dealership) -> User:
    return cast.person("Luis Mora", Role.CS_SPECIALIST, house)


def on(house: Dealership, day: date, clock: time = time(10)) -> datetime:
    return datetime.combine(day, clock, house.zone)


def send(browser: Client, what: str, **given: Any) -> Any:
    return browser.post(reverse("contacts:add_duty", args=[what]), given)


def away(house: Dealership, user: User, first: int, last: int, substitute: User | None = None) -> Absence:
    return Absence.objects.create(
        dealership=house, user=user, substitute=substitute, from_on=date(2026, 3, first), to_on=date(2026, 3, last)
    )


def mine(browser: Client, of: str = "mine") -> list[str]:
    """The customers on somebody's list today."""
    page = browser.get("/", {"of": of})
    return [task.customer.full_name for section in page.context["sections"] for task in section.tasks]


@pytest.mark.covers("S1-4.1")
@pytest.mark.parametrize("planned", [2, 12])
def test_the_head_designates_and_what_is_planned_since_is_anas(
    house: Dealership, carla: User, ana: User, as_user: AsUser, planned: int
) -> None:
    given = {"performer": "follow_up_agent", "user": ana.pk, "from_on": "2026-03-01"}
    with time_machine.travel(on(house, date(2026, 2, 27)), tick=False):
        assert send(as_user(carla), "designation", **given).status_code == 302

    day = date(2026, 3, planned)
    task = cast.due(house, day - timedelta(3), at=on(house, day), kind="workshop_visit")

    assert task.assignee == ana
    assert Designation.objects.get().by == carla


@pytest.mark.covers("S1-4.1")
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.CS_SPECIALIST, 403),
        (Role.SALES_CONSULTANT, 403),
        (Role.AUDITOR, 403),
        (Role.SERVICE_DIRECTOR, 302),
        (Role.CS_MANAGER, 302),
    ],
)
def test_who_is_no_head_cannot_designate(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, role: Role, status: int
) -> None:
    browser = as_user(cast.person("Alguien", role, house))

    given = {"performer": "follow_up_agent", "user": ana.pk, "from_on": "2026-03-01"}
    assert send(browser, "designation", **given).status_code == status

    assert Designation.objects.count() == (status == 302)
    assert browser.get(WHO).status_code == (200 if status == 302 else 403)


@pytest.mark.covers("S1-4.9")
def test_her_contacts_show_to_luis_in_her_days_and_to_ana_afterwards(
    house: Dealership, carla: User, ana: User, luis: User, now: datetime, as_user: AsUser
) -> None:
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    inside = cast.due(house, date(2026, 3, 4), at=on(house, date(2026, 3, 7)), kind="workshop_visit")
    after = cast.due(house, date(2026, 3, 9), at=on(house, date(2026, 3, 9)), kind="workshop_visit")
    promise = cast.due(house, date(2026, 3, 3), at=on(house, date(2026, 3, 7)), kind="workshop_visit")
    agreed = on(house, date(2026, 3, 10), time(9, 30))
    ContactTask.objects.filter(pk=promise.pk).update(call_back_at=agreed, callable_from=agreed, ranks_at=agreed)
    send(
        as_user(carla), "absence", user=ana.pk, substitute=luis.pk, from_on="2026-03-09", to_on="2026-03-13"
    )  # fmt: skip
    assert [task.due_on.day for task in (inside, after, promise)] == [11, 16, 10]

    with time_machine.travel(on(house, date(2026, 3, 10)), tick=False):
        browser = as_user(luis)
        assert set(mine(browser)) == {inside.customer.full_name, promise.customer.full_name}
        assert set(mine(browser, "substitute")) == {inside.customer.full_name, promise.customer.full_name}
        assert "You stand in for Ana Ruiz until Mar 13." in browser.get("/").content.decode()
        queue.claim(promise, by=luis, at=agreed + timedelta(minutes=30))
        screen = browser.get(reverse("desk:call", args=[promise.pk])).content.decode()
        assert "for Ana Ruiz" in screen
        answer = Answer(outcome=Outcome.REACHED, grade="satisfied", texts={"opinion": "Fine"})
        tried = calling.keep(promise, answer, fence=promise.fence, by=luis, at=on(house, date(2026, 3, 10)))
        timeline = browser.get(reverse("desk:customer", args=[promise.customer_id])).content.decode()
        assert "Luis Mora</span> for Ana Ruiz" in timeline
    assert (tried.by, tried.instead_of) == (luis, ana)

    with time_machine.travel(on(house, date(2026, 3, 16)), tick=False):
        assert after.customer.full_name in mine(as_user(ana))
        assert mine(as_user(luis)) == []


@pytest.mark.covers("S1-4.9")
@pytest.mark.parametrize(("first", "last", "due"), [(9, 13, 2), (6, 10, 1), (1, 31, 2)])
def test_an_absence_without_a_substitute_is_told_with_what_falls_due(
    house: Dealership, carla: User, ana: User, luis: User, now: datetime, as_user: AsUser,
    first: int, last: int, due: int,
) -> None:  # fmt: skip
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    for day in (3, 5):  # due on the 10th and the 12th
        cast.due(house, date(2026, 3, day), at=on(house, date(2026, 3, 8)), kind="workshop_visit")
    absence = away(house, ana, first, last)
    said = f"{due} contact{'s fall' if due > 1 else ' falls'} due and nobody stands in."

    browser = as_user(carla)
    assert [said in browser.get(page).content.decode() for page in (WHO, "/")] == [True, True]
    assert "nobody stands in" not in as_user(luis).get("/").content.decode()

    Absence.objects.filter(pk=absence.pk).update(substitute=luis)
    assert [said in browser.get(page).content.decode() for page in (WHO, "/")] == [False, False]
    # Who stands in is away herself, or has left.
    ill = away(house, luis, last, last)
    assert said in browser.get(WHO).content.decode()
    ill.delete()
    User.objects.filter(pk=luis.pk).update(is_active=False)
    assert said in browser.get(WHO).content.decode()


def test_an_absence_is_shortened_and_gives_the_contacts_back(
    house: Dealership, carla: User, ana: User, luis: User, now: datetime, as_user: AsUser
) -> None:
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    task = cast.due(house, date(2026, 3, 4), at=on(house, date(2026, 3, 7)), kind="workshop_visit")
    absence = away(house, ana, 9, 13, luis)
    at = on(house, date(2026, 3, 10))
    with time_machine.travel(at, tick=False):
        assert mine(as_user(luis)) == [task.customer.full_name]
        address = reverse("contacts:edit_duty", args=["absence", absence.pk])
        shorter = {"user": ana.pk, "substitute": luis.pk, "from_on": "2026-03-09", "to_on": "2026-03-09"}
        assert as_user(carla).post(address, shorter | {"to_on": "2026-03-08"}).status_code == 422
        assert as_user(carla).post(address, shorter).status_code == 302

        assert (mine(as_user(luis)), mine(as_user(ana))) == ([], [task.customer.full_name])


@pytest.mark.parametrize(
    ("what", "given", "sentence"),
    [
        ("absence", {"from_on": "2026-03-12", "to_on": "2026-03-20"}, "already away in these days"),
        ("absence", {"from_on": "2026-03-20", "to_on": "2026-03-19"}, "The last day comes before the first."),
        ("designation", {"from_on": "2026-02-01", "to_on": "2026-03-05"}, "already designated in these days"),
        ("designation", {"from_on": "2026-02-31"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_kept(
    house: Dealership, carla: User, ana: User, as_user: AsUser, what: str, given: dict[str, str], sentence: str
) -> None:
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    away(house, ana, 9, 13)

    answer = send(as_user(carla), what, user=ana.pk, performer="follow_up_agent", **given)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert (Designation.objects.count(), Absence.objects.count()) == (1, 1)


def test_a_neighbour_is_neither_designated_nor_a_substitute(
    house: Dealership, jingbei: Dealership, lixue: User, carla: User, ana: User, as_user: AsUser
) -> None:
    theirs = away(jingbei, lixue, 9, 13)
    browser = as_user(carla)

    answer = send(browser, "absence", user=ana.pk, substitute=lixue.pk, from_on="2026-03-09", to_on="2026-03-10")

    assert answer.status_code == 422
    assert browser.get(reverse("contacts:edit_duty", args=["absence", theirs.pk])).status_code == 404
    assert browser.post(reverse("contacts:remove_duty", args=["absence", theirs.pk])).status_code == 404


# Room ----------------------------------------------------------------------------------------------------


def test_the_rooms_of_days_away_fall(house: Dealership, ana: User, luis: User, now: datetime) -> None:
    full = levelling.room(house, at=now).team[:6]

    away(house, ana, 6, 7)

    room = levelling.room(house, at=now)
    assert full == [180, 200, 200, 0, 200, 200]
    assert room.team[:6] == [180, 100, 100, 0, 200, 200]
    assert room.of(ana.pk)[:6] == [90, 0, 0, 0, 100, 100]


def test_what_is_hers_is_planned_around_her_days_away_or_for_her_substitute(
    house: Dealership, ana: User, luis: User, now: datetime
) -> None:
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    tasks = [cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit") for _n in range(3)]
    away(house, ana, 5, 7)  # their window is the 5th to the 9th; Sunday is closed

    levelling.level([house.pk], at=now, anew=True)
    assert {day for (day,) in ContactTask.objects.values_list("planned_on")} == {date(2026, 3, 9)}

    Absence.objects.update(to_on=date(2026, 3, 9), substitute=luis)
    levelling.level([house.pk], at=now, anew=True)
    assert {day for (day,) in ContactTask.objects.values_list("planned_on")} <= {
        date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9),
    }  # fmt: skip
    assert len(set(ContactTask.objects.values_list("planned_on"))) == len(tasks)


# A role that goes ----------------------------------------------------------------------------------------


def take(administrator: Client, user: User, role: Role) -> None:
    row = user.roles.get(role=role)
    assert administrator.post(reverse("network:take_role", args=[user.pk, row.pk])).status_code == 302


def test_her_open_contacts_are_nobodys_again_when_her_last_calling_role_goes(
    house: Dealership, ana: User, elena: User, now: datetime, as_user: AsUser
) -> None:
    ana.roles.create(role=Role.INFORMATION_OFFICER, dealership=house)
    ana.roles.create(role=Role.RECEPTION, dealership=house)
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    task = cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit")
    browser = as_user(elena)

    take(browser, ana, Role.CS_SPECIALIST)
    task.refresh_from_db()
    assert task.assignee == ana  # as information officer she still makes it

    take(browser, ana, Role.INFORMATION_OFFICER)
    task.refresh_from_db()
    assert task.assignee is None
    assert Designation.objects.get().to_on == date(2026, 3, 4)
    planning.plan(at=now)
    task.refresh_from_db()
    assert task.assignee is None


def test_what_goes_back_goes_to_who_is_designated_too(
    house: Dealership, ana: User, luis: User, elena: User, now: datetime, as_user: AsUser
) -> None:
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=ana, from_on=date(2026, 3, 1))
    tasks = [cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit") for _n in range(2)]
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=luis, from_on=date(2026, 3, 5))

    take(as_user(elena), ana, Role.CS_SPECIALIST)

    assert {ContactTask.objects.get(pk=task.pk).assignee for task in tasks} == {luis}


def test_a_manager_hands_over_many_at_once(
    house: Dealership, carla: User, ana: User, luis: User, now: datetime, as_user: AsUser
) -> None:
    tasks = [cast.due(house, date(2026, 3, day), at=now, kind="workshop_visit") for day in (1, 2, 3)]
    ContactTask.objects.update(assignee=ana)

    given = {"giver": ana.pk, "taker": luis.pk, "until": "2026-03-09"}
    answer = as_user(carla).post(reverse("contacts:reassign"), given, follow=True)

    assert "2 contacts were handed over." in answer.content.decode()
    owners = [ContactTask.objects.get(pk=task.pk).assignee for task in tasks]
    assert owners == [luis, luis, ana]
