"""The next thirty days of a house, by planning itself, tried and undone."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import forecasting, levelling, planning
from clientela.contacts.forecasting import Change, Load
from clientela.contacts.models import Capacity, ContactTask, Programme, ProgrammeStep
from clientela.customers.models import Visit
from clientela.network.models import CallableInterval, Dealership, Role, User
from tests import cast

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
AsUser = Callable[[User], Client]


@pytest.fixture
def house(norte: Dealership) -> Dealership:
    """Norte with one agent who makes one call an hour, and contacts that are one call each."""
    ProgrammeStep.objects.update(attempts_max=None)
    Capacity.objects.create(dealership=norte, calls_an_hour=1, agents=1)
    return norte


def look(house: Dealership, at: datetime, *, expect: bool = False, change: Change | None = None) -> dict[date, Load]:
    """The days of the forecast that have calls."""
    room = levelling.room(house, at=at)
    with forecasting.as_if(house, at=at, expect=expect, change=change):
        found = forecasting.loads(ContactTask.objects.open().filter(dealership=house), room, room.team)
    assert len(found) == 30
    return {load.on: load for load in found if load.calls or load.unfit}


def everything() -> list[Any]:
    """All rows that a forecast could touch."""
    models: tuple[Any, ...] = (ContactTask, Programme, ProgrammeStep, Visit, Capacity)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_contacts_that_known_visits_will_open_are_counted_before_they_are_planned(
    house: Dealership, now: datetime
) -> None:
    # Delivered on Thursday the 5th with a window from day 12 on: planning looks seven days ahead, the forecast thirty.
    ProgrammeStep.objects.update(window_from=12, window_to=12)
    cast.deliver(house, date(2026, 3, 5), at=now)
    planning.plan(at=now)
    assert ContactTask.objects.count() == 0

    found = look(house, now)

    assert list(found) == [date(2026, 3, 17)]
    assert (found[date(2026, 3, 17)].known, found[date(2026, 3, 17)].room) == (1, 10)


def test_open_contacts_stay_on_the_day_they_are_planned(house: Dealership, now: datetime) -> None:
    for _n in range(4):
        cast.due(house, MONDAY, at=now)
    ContactTask.objects.update(planned_on=date(2026, 3, 6))

    assert {day: load.calls for day, load in look(house, now).items()} == {date(2026, 3, 6): 4}


def test_nothing_is_written(house: Dealership, now: datetime) -> None:
    cast.due(house, MONDAY, at=now)
    cast.deliver(house, date(2026, 3, 4), at=now)
    Programme.objects.filter(code="follow_up_hand_over").update(active=False)
    before = everything()

    look(house, now, expect=True, change=Change(preset="china_4s", window_from=1, window_to=2))

    assert everything() == before


def test_as_many_visits_as_in_the_last_four_weeks_are_expected_again(house: Dealership, now: datetime) -> None:
    # Mondays 9 February and 2 March; the 5th of February is just too long ago.
    for day in (date(2026, 2, 5), date(2026, 2, 9), MONDAY):
        cast.deliver(house, day, at=now)
    ContactTask.objects.all().delete()

    known = look(house, now)
    found = look(house, now, expect=True)

    assert sum(load.calls for load in known.values()) == sum(load.known for load in found.values())
    # Four weeks after 9 February is Monday 9 March, its window 12 to 14; after 2 March 30 March, 2 to 4 April.
    assert {day.isoformat(): load.expected for day, load in found.items() if load.expected} == {
        "2026-03-12": 1,
        "2026-04-02": 1,
    }


def test_days_that_overflow_are_marked_with_those_that_do_not_fit(house: Dealership, now: datetime) -> None:
    for _n in range(32):
        cast.deliver(house, MONDAY, at=now)
    planning.plan(at=now)

    found = look(house, now)

    # Nine, ten and ten fit; three more are late, on Monday.
    assert [(day.day, load.calls, load.room, load.unfit) for day, load in found.items()] == [
        (5, 9, 9, 0),
        (6, 10, 10, 0),
        (7, 10, 10, 3),
        (9, 3, 10, 0),
    ]
    assert found[date(2026, 3, 7)].percent == 100


def test_what_if_a_programme_is_switched_on(house: Dealership, now: datetime) -> None:
    cast.deliver(house, date(2026, 3, 4), at=now)
    programme = Programme.objects.get(dealership=house, code="follow_up_delivery")
    Programme.objects.filter(pk=programme.pk).update(active=False)

    assert look(house, now) == {}
    assert list(look(house, now, change=Change(programme=programme))) == [date(2026, 3, 7)]
    assert list(look(house, now, change=Change(programme=programme, window_from=6, window_to=6))) == [date(2026, 3, 10)]


def test_what_if_a_preset_is_taken_up(house: Dealership, now: datetime) -> None:
    cast.deliver(house, date(2026, 3, 4), at=now)
    base = look(house, now)

    found = look(house, now, change=Change(preset="mazda_chile", live_on=date(2026, 3, 1)))

    more = sum(load.calls for load in found.values()) - sum(load.calls for load in base.values())
    assert more == 1
    assert look(house, now, change=Change(preset="mazda_chile", live_on=date(2026, 3, 5))) == base


def test_a_house_without_hours_says_that_nothing_fits(house: Dealership, now: datetime) -> None:
    cast.due(house, MONDAY, at=now)
    CallableInterval.objects.filter(dealership=house).delete()
    levelling.level([house.pk], at=now, anew=True)

    found = look(house, now)

    assert {day: (load.calls, load.room, load.unfit) for day, load in found.items()} == {date(2026, 3, 7): (0, 0, 1)}


def test_a_forecast_does_not_outlast_an_error_in_it(house: Dealership, now: datetime) -> None:
    before = everything()

    def broken() -> None:
        with forecasting.as_if(house, at=now, expect=True):
            cast.deliver(house, MONDAY, at=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()

    assert everything() == before
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


# The page ----------------------------------------------------------------------------------------------------


def page(browser: Client, **query: Any) -> Any:
    return browser.get(reverse("desk:forecast"), query)


def test_the_page_shows_thirty_days_and_the_calls_behind_a_day(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    first = cast.due(house, MONDAY, at=now, customer_name="Ximena Quiroga")
    second = cast.due(house, MONDAY, at=now, customer_name="Rosa Ibáñez")
    ContactTask.objects.filter(pk=first.pk).update(planned_on=date(2026, 3, 6))
    ContactTask.objects.filter(pk=second.pk).update(planned_on=date(2026, 3, 7))

    shown = page(as_user(mariana), day="2026-03-06")

    assert len(shown.context["base"].loads) == 30
    assert [task.pk for task in shown.context["shown"].page.rows] == [first.pk]
    assert "Ximena Quiroga" in shown.content.decode() or "Quiroga" in shown.content.decode()
    assert "Ibáñez" not in shown.content.decode()


def test_the_page_narrows_to_a_person_and_to_a_programme(
    house: Dealership, mariana: User, patricia: User, now: datetime, as_user: AsUser
) -> None:
    tasks = [cast.due(house, MONDAY, at=now) for _n in range(3)]
    ContactTask.objects.filter(pk=tasks[0].pk).update(assignee=patricia)
    ContactTask.objects.filter(pk=tasks[1].pk).update(assignee=mariana)
    browser = as_user(mariana)
    other = Programme.objects.exclude(pk=tasks[0].step.programme_id).filter(dealership=house, active=True).first()

    def calls(**query: Any) -> int:
        found: int = page(browser, known="on", **query).context["base"].calls
        return found

    assert calls() == calls(programme=tasks[0].step.programme_id) == 2
    assert calls(team=patricia.pk) == 1
    assert calls(team=mariana.pk) == 1
    if other:
        assert calls(programme=other.pk) == 0


def test_what_if_stands_beside_what_is(house: Dealership, mariana: User, now: datetime, as_user: AsUser) -> None:
    cast.deliver(house, date(2026, 3, 4), at=now)
    Programme.objects.filter(dealership=house).update(active=False)
    programme = Programme.objects.get(dealership=house, code="follow_up_delivery")

    shown = page(as_user(mariana), change=f"programme-{programme.pk}", known="on").context

    assert (shown["base"].calls, shown["other"].calls) == (0, 1)
    assert not Programme.objects.get(pk=programme.pk).active


def test_a_preset_can_be_tried_by_who_only_reads(house: Dealership, now: datetime, as_user: AsUser) -> None:
    cast.deliver(house, date(2026, 3, 4), at=now)
    reader = cast.person("Raúl Revisor", Role.REVIEWER, house)

    shown = page(as_user(reader), change="preset-mazda_chile", known="on", live_on="2026-03-01").context

    assert shown["other"].calls - shown["base"].calls == 1
    assert not Programme.objects.filter(preset="mazda_chile").exists()


@pytest.mark.parametrize(
    "query",
    [
        {"team": "999999"},
        {"team": "x"},
        {"programme": "999999"},
        {"change": "programme-999999"},
        {"change": "preset-../../etc/passwd"},
        {"window_from": "5"},
        {"window_from": "5", "window_to": "3"},
        {"window_from": "-1", "window_to": "99999"},
        {"day": "2026-02-30"},
        {"live_on": "gestern"},
    ],
)
def test_an_address_that_cannot_be_followed_says_why(
    house: Dealership, mariana: User, as_user: AsUser, query: dict[str, str]
) -> None:
    shown = page(as_user(mariana), **query)

    assert shown.status_code == 422
    assert shown.context["form"].errors


def test_another_houses_people_and_programmes_cannot_be_asked_for(
    house: Dealership, jingbei: Dealership, mariana: User, lixue: User, as_user: AsUser
) -> None:
    theirs = Programme.objects.filter(dealership=jingbei).first()
    assert theirs

    assert page(as_user(mariana), team=lixue.pk).status_code == 422
    assert page(as_user(mariana), change=f"programme-{theirs.pk}").status_code == 422


def test_who_sees_no_tasks_here_finds_no_forecast_here(
    house: Dealership, jingbei: Dealership, now: datetime, as_user: AsUser
) -> None:
    visitor = cast.person("Vera Visita", Role.EMPLOYEE, house)
    visitor.roles.create(role=Role.REPRESENTATIVE, dealership=jingbei)
    browser = as_user(visitor)
    browser.post(reverse("network:stand"), {"dealership": house.pk})

    assert page(browser).status_code == 404


def test_the_page_asks_as_many_queries_for_many_calls_as_for_one(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser = as_user(mariana)
    asked = []
    for _n in range(2):
        cast.due(house, MONDAY, at=now)
        ContactTask.objects.update(planned_on=date(2026, 3, 6))
        with CaptureQueriesContext(connection) as queries:
            page(browser, day="2026-03-06")
        asked.append(len(queries))
        for _m in range(5):
            cast.due(house, MONDAY, at=now)

    assert asked[0] == asked[1]


def test_capacity_is_the_houses_own_and_levels_anew(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    for _n in range(9):
        cast.deliver(house, MONDAY, at=now)
    planning.plan(at=now)
    ContactTask.objects.update(planned_on=date(2026, 3, 6))
    browser = as_user(mariana)

    kept = browser.post(reverse("contacts:capacity"), {"calls_an_hour": 12, "agents": 3})
    refused = browser.post(reverse("contacts:capacity"), {"calls_an_hour": 0, "agents": ""})

    assert (kept.status_code, refused.status_code) == (302, 422)
    assert list(Capacity.objects.values_list("calls_an_hour", "agents")) == [(12, 3)]
    assert set(ContactTask.objects.values_list("planned_on", flat=True)) == {
        date(2026, 3, 5),
        date(2026, 3, 6),
        date(2026, 3, 7),
    }
