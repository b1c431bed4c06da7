"""Every open contact gets its day: spread over the window, within what the house can call."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from clientela.contacts import levelling, planning
from clientela.contacts.models import Absence, Capacity, ContactTask, ProgrammeStep
from clientela.contacts.tasks import level_all
from clientela.network.models import CallableInterval, Dealership, Role, RoleAssignment, User
from tests import cast

MONDAY, THURSDAY, FRIDAY, SATURDAY = (date(2026, 3, day) for day in (2, 5, 6, 7))


def planned(house: Dealership) -> list[date | None]:
    return list(
        ContactTask.objects.filter(dealership=house).order_by("due_on", "pk").values_list("planned_on", flat=True)
    )


def capacity(house: Dealership, calls_an_hour: int, agents: int | None = 1) -> None:
    Capacity.objects.update_or_create(dealership=house, defaults={"calls_an_hour": calls_an_hour, "agents": agents})


@pytest.fixture
def without_limit(norte: Dealership) -> Dealership:
    """Norte, where every contact is one call."""
    ProgrammeStep.objects.update(attempts_max=None)
    return norte


def test_the_calls_of_one_delivery_day_are_spread_over_its_window(without_limit: Dealership, now: datetime) -> None:
    # Thursday has nine hours left from ten on, Friday and Saturday have ten.
    capacity(without_limit, 1)
    for _n in range(9):
        cast.deliver(without_limit, MONDAY, at=now)

    planning.plan(at=now)

    assert Counter(planned(without_limit)) == {THURSDAY: 3, FRIDAY: 3, SATURDAY: 3}


def test_planning_again_moves_nobody_and_the_night_levels_anew(without_limit: Dealership, now: datetime) -> None:
    capacity(without_limit, 1)
    for _n in range(4):
        cast.deliver(without_limit, MONDAY, at=now)
    planning.plan(at=now)
    before = planned(without_limit)
    ContactTask.objects.update(planned_on=THURSDAY)

    for _n in range(3):
        cast.deliver(without_limit, MONDAY, at=now)
    planning.plan(at=now)

    assert Counter(before) == {THURSDAY: 1, FRIDAY: 2, SATURDAY: 1}
    assert Counter(planned(without_limit)) == {THURSDAY: 4, FRIDAY: 2, SATURDAY: 1}
    assert levelling.level([without_limit.pk], at=now) == 0
    assert levelling.level([without_limit.pk], at=now, anew=True) > 0
    assert Counter(planned(without_limit)) == {THURSDAY: 2, FRIDAY: 3, SATURDAY: 2}


@pytest.mark.covers("S1-4.9")
def test_a_substitute_brings_what_waited_for_her_return_back_into_its_window(
    without_limit: Dealership, jorge: User, mariana: User, now: datetime
) -> None:
    """Away from Thursday to Sunday: without a substitute the calls wait for Monday, after their window."""
    tasks = [cast.due(without_limit, MONDAY, at=now) for _n in range(2)]
    ContactTask.objects.update(assignee=jorge, planned_on=None)
    days: Any = {"from_on": THURSDAY, "to_on": date(2026, 3, 8)}
    away = Absence.objects.create(dealership=without_limit, user=jorge, **days)
    levelling.level([without_limit.pk], at=now)
    assert {task.due_on for task in tasks} == {SATURDAY}
    assert set(planned(without_limit)) == {date(2026, 3, 9)}

    Absence.objects.filter(pk=away.pk).update(substitute=mariana)
    levelling.level([without_limit.pk], at=now)

    assert set(planned(without_limit)) <= {THURSDAY, FRIDAY, SATURDAY}


@pytest.mark.covers("S2-9.5")
def test_three_tries_on_three_days_leave_only_the_first_day_of_the_window(norte: Dealership, now: datetime) -> None:
    ProgrammeStep.objects.update(attempts_max=3, distinct_days=True, distinct_bands=True)
    tasks = [cast.due(norte, MONDAY, at=now) for _n in range(3)]

    assert [task.planned_on for task in tasks] == [THURSDAY] * 3


def test_where_the_first_day_is_full_the_others_of_the_window_are_better_than_none(
    norte: Dealership, now: datetime
) -> None:
    ProgrammeStep.objects.update(attempts_max=3, distinct_days=True, distinct_bands=True)
    capacity(norte, 1)
    for _n in range(11):
        cast.deliver(norte, MONDAY, at=now)

    planning.plan(at=now)

    assert Counter(planned(norte)) == {THURSDAY: 9, FRIDAY: 1, SATURDAY: 1}


def test_what_does_not_fit_comes_on_the_next_day_with_room(without_limit: Dealership, now: datetime) -> None:
    capacity(without_limit, 1)
    for _n in range(32):
        cast.deliver(without_limit, MONDAY, at=now)

    planning.plan(at=now)

    # Nine, ten and ten fit; Sunday is closed, so three more are planned late, on Monday the 9th.
    assert Counter(planned(without_limit)) == {THURSDAY: 9, FRIDAY: 10, SATURDAY: 10, date(2026, 3, 9): 3}


def test_a_house_without_hours_plans_no_day(without_limit: Dealership, now: datetime) -> None:
    task = cast.due(without_limit, MONDAY, at=now)
    without_limit.opening_hours.all().delete()
    CallableInterval.objects.filter(dealership=without_limit).delete()

    levelling.level([without_limit.pk], at=now, anew=True)

    task.refresh_from_db()
    assert task.planned_on is None


def test_an_agreed_time_is_its_day(without_limit: Dealership, now: datetime) -> None:
    task = cast.due(without_limit, MONDAY, at=now)
    agreed = datetime(2026, 3, 10, 17, tzinfo=UTC)
    ContactTask.objects.update(call_back_at=agreed, callable_from=agreed, planned_on=THURSDAY)

    levelling.level([without_limit.pk], at=now)

    task.refresh_from_db()
    assert task.planned_on == date(2026, 3, 10)


def test_owned_calls_go_by_their_owners_day_and_a_consultant_does_not_use_up_the_team(
    without_limit: Dealership, mariana: User, patricia: User, now: datetime
) -> None:
    capacity(without_limit, 1, agents=None)
    tasks = [cast.due(without_limit, MONDAY, at=now) for _n in range(14)]
    for task, owner in zip(tasks, [mariana] * 6 + [patricia] * 6, strict=False):
        ContactTask.objects.filter(pk=task.pk).update(assignee=owner)

    levelling.level([without_limit.pk], at=now, anew=True)

    def of(owner: User | None) -> Counter[date | None]:
        rows = ContactTask.objects.filter(assignee=owner)
        return Counter(rows.values_list("planned_on", flat=True))

    assert of(mariana) == {THURSDAY: 2, FRIDAY: 2, SATURDAY: 2}
    assert of(patricia) == {THURSDAY: 2, FRIDAY: 2, SATURDAY: 2}
    assert sum(of(None).values()) == 2


def test_the_team_is_who_has_a_follow_up_role_unless_the_house_says_how_many(
    norte: Dealership, mariana: User, jorge: User, patricia: User, now: datetime
) -> None:
    RoleAssignment.objects.create(user=mariana, role=Role.CS_SPECIALIST, dealership=norte)

    assert levelling.agents(norte) == [mariana.pk, jorge.pk]
    # Ten hours on Friday, ten calls an hour, two people.
    assert levelling.room(norte, at=now).team[:4] == [180, 200, 200, 0]
    capacity(norte, 6, agents=5)
    assert levelling.room(norte, at=now).team[:4] == [270, 300, 300, 0]


def test_the_night_comes_to_each_house_in_its_own_time(
    without_limit: Dealership, jingbei: Dealership, now: datetime
) -> None:
    cast.due(without_limit, MONDAY, at=now)
    cast.due(jingbei, MONDAY, at=now, phones="010 6551 2345")
    ContactTask.objects.update(planned_on=None)

    with time_machine.travel(datetime(2026, 3, 5, 19, 20, tzinfo=UTC), tick=False):  # 3:20 in Beijing
        level_all(0)

    assert planned(without_limit) == [None]
    assert planned(jingbei) != [None]


def test_the_neighbours_tasks_keep_their_days(without_limit: Dealership, jingbei: Dealership, now: datetime) -> None:
    cast.due(jingbei, MONDAY, at=now, phones="010 6551 2345")
    ContactTask.objects.update(planned_on=None)

    levelling.level([without_limit.pk], at=now, anew=True)

    assert planned(jingbei) == [None]


def test_many_tasks_ask_as_many_queries_as_one(
    without_limit: Dealership, now: datetime, django_assert_num_queries: Any
) -> None:
    for _n in range(3):
        cast.due(without_limit, MONDAY, at=now)
        ContactTask.objects.update(planned_on=None)

        with django_assert_num_queries(7):
            levelling.level([without_limit.pk], at=now, anew=True)
