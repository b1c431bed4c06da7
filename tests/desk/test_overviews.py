"""Overviews: today by kind and by whose it is, late ones, what was tried; and the plan of the week."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import calling, presets, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Absence, ContactTask, Outcome, ProgrammeStep
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
#: Statements about roles, settings and transactions around every page.
AROUND = ("SAVEPOINT", "RELEASE", "set_config", "SELECT current_setting")


def get(browser: Client, address: str = "/", **asked: Any) -> Any:
    return browser.get(address, asked).context


def names(context: Any) -> set[str]:
    return {task.customer.full_name for section in context["sections"] for task in section.tasks}


def kinds(context: Any) -> dict[str, tuple[int, int]]:
    return {kind.code.rsplit(".", 1)[-1]: (kind.count, kind.late) for kind in context["kinds"]}


@pytest.fixture
def house(norte: Dealership, now: datetime) -> Dealership:
    """Two kinds of contact: call_1 after deliveries by GM's programme, and the phone regulation's after advice."""
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 1, 1))
    ProgrammeStep.objects.filter(code__startswith="after_sales").update(names={"en": "Advice call"})
    return norte


def test_chips_count_by_kind_with_the_late_and_stay_in_the_address(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    advice = [cast.due(house, MONDAY, at=now, kind="consultation") for _n in range(3)]
    for _n in range(2):
        cast.due(house, MONDAY, at=now, kind="hand_over")
    ContactTask.objects.filter(pk=advice[0].pk).update(due_at=now - timedelta(hours=1))
    steps = {task.step_code for task in ContactTask.objects.all()}
    browser = as_user(mariana)

    everything = get(browser)
    [code] = {task.step_code for task in advice}
    chosen, late = get(browser, kind=code), get(browser, kind="late")

    assert everything["total"] == ContactTask.objects.count()
    assert sum(kind.count for kind in everything["kinds"]) == everything["total"]
    assert (everything["late"], late["late"], names(late)) == (1, 1, {advice[0].customer.full_name})
    assert names(chosen) == {task.customer.full_name for task in advice}
    assert [(section.is_late, section.count) for section in chosen["sections"]] == [(True, 1), (False, 2)]
    assert len(everything["kinds"]) == len(steps)
    page = browser.get("/", {"kind": code}).content.decode()
    assert f'href="?kind={code}" aria-current="true"' in page


@pytest.mark.parametrize("kind", ["", "nonsense", "late'--", "call_9"])
def test_a_kind_that_nobody_knows_shows_everything(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser, kind: str
) -> None:
    task = cast.due(house, MONDAY, at=now, kind="consultation")

    assert (get(as_user(mariana), kind=kind)["kind"], task.customer.full_name in names(get(as_user(mariana)))) == (
        "",
        True,
    )


def test_mine_the_teams_and_those_i_stand_in_for(
    house: Dealership, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    eva = cast.person("Eva Lara", Role.CS_SPECIALIST, house)
    tasks = [cast.due(house, MONDAY, at=now, kind="consultation") for _n in range(6)]
    for task, owner in zip(tasks, [mariana, jorge, jorge, eva, None, None], strict=True):
        ContactTask.objects.filter(pk=task.pk).update(assignee=owner)
    Absence.objects.create(
        dealership=house, user=jorge, substitute=mariana, from_on=date(2026, 3, 5), to_on=date(2026, 3, 20)
    )
    seen = get(as_user(mariana))

    assert (seen["mine_count"], seen["substitute_count"], seen["team_count"]) == (5, 2, 6)
    assert names(get(as_user(mariana), of="substitute")) == {task.customer.full_name for task in tasks[1:3]}
    first = get(as_user(mariana), of="substitute")["next"]
    page = as_user(mariana).get("/", {"of": "substitute"}).text
    assert (first in tasks[1:3], f'action="/contacts/tasks/{first.pk}/take/"' in page) == (True, True)
    assert len(names(get(as_user(mariana), of="team"))) == 6
    assert [row.user for row in seen["stood_in"]] == [jorge]
    # An agent sees no team, and nobody else's.
    hers = get(as_user(eva), of="team")
    assert (hers["of"], len(names(hers)), hers["stood_in"]) == ("mine", 3, [])


@pytest.mark.covers("S1-4.9")
def test_who_is_away_reads_until_when_and_who_stands_in(
    house: Dealership, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    eva = cast.person("Eva Lara", Role.CS_SPECIALIST, house)
    away = {"dealership": house, "to_on": date(2026, 3, 20)}
    Absence.objects.create(user=jorge, substitute=mariana, from_on=date(2026, 3, 5), **away)
    Absence.objects.create(user=eva, substitute=None, from_on=date(2026, 3, 6), **away)

    page = as_user(jorge).get("/")

    assert "You are noted as away until Mar 20; Mariana Ruiz stands in for you." in page.text
    assert get(as_user(eva))["away"] == []  # not before tomorrow
    with time_machine.travel(now + timedelta(days=1), tick=False):
        assert "You are noted as away until Mar 20; nobody stands in for you." in as_user(eva).get("/").text


def test_an_empty_list_says_what_the_team_still_has(
    house: Dealership, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    assert "Every contact that is due has been made." in as_user(mariana).get("/").text
    for _n in range(3):
        task = cast.due(house, MONDAY, at=now, kind="consultation")
        ContactTask.objects.filter(pk=task.pk).update(assignee=jorge)

    page = as_user(mariana).get("/").text

    assert "3 contacts of the team are still to be made today." in page
    assert 'href="?of=team"' in page
    assert "has been made" not in page


def test_a_late_contact_that_was_tried_is_done_for_today(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    ProgrammeStep.objects.update(distinct_days=True, attempts_max=3)
    task = cast.due(house, date(2026, 2, 20), at=now, kind="consultation")
    assert task.is_late(now)
    browser = as_user(mariana)
    assert (get(browser)["late"], names(get(browser))) == (1, {task.customer.full_name})

    queue.claim(task, by=mariana, at=now)
    calling.keep(task, Answer(outcome=Outcome.NO_ANSWER), fence=task.fence, by=mariana, at=now)

    seen = get(browser)
    assert (seen["total"], seen["late"], names(seen), seen["tally"].waiting) == (0, 0, set(), 1)
    assert names(get(browser, kind="tried")) == {task.customer.full_name}
    with time_machine.travel(now + timedelta(days=1), tick=False):
        tomorrow = get(as_user(mariana))
    assert (tomorrow["late"], tomorrow["tally"].waiting) == (1, 0)


@pytest.mark.covers("S4-1.3.4d")
def test_a_late_contact_shows_the_moment_that_was_agreed(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    task = cast.due(house, date(2026, 2, 20), at=now, kind="consultation")
    queue.claim(task, by=mariana, at=now)
    agreed = Answer(outcome=Outcome.CALL_BACK, call_back_at=now + timedelta(hours=2))
    calling.keep(task, agreed, fence=task.fence, by=mariana, at=now)

    with time_machine.travel(now + timedelta(hours=3), tick=False):
        page = as_user(mariana).get("/").text

    # once in the list, once where the next customer stands; late all the same
    assert (page.count("Agreed: today, "), page.count("The window closed on")) == (2, 1)


def asked_by(browser: Client, address: str = "/", **asked: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address, asked).status_code == 200
    return sum(not any(word in query["sql"] for word in AROUND) for query in queries)


def test_todays_page_asks_twelve_queries_however_long_the_list(
    house: Dealership, now: datetime, as_user: AsUser
) -> None:
    boss = cast.person("Berta Gil", Role.CS_MANAGER, house)
    browser = as_user(boss)
    counts = []
    for _n in range(2):
        cast.due(house, MONDAY, at=now, kind="consultation")
        browser.get("/")
        counts.append([asked_by(browser), asked_by(browser, of="team"), asked_by(browser, kind="late")])
        for _m in range(4):
            cast.due(house, MONDAY, at=now, kind="consultation")

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


# The week ------------------------------------------------------------------------------------------------


def week(browser: Client, **asked: Any) -> Any:
    return get(browser, reverse("desk:week"), **asked)


def test_the_week_lays_out_what_is_planned_by_person_and_day(
    house: Dealership, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    tasks = [cast.due(house, MONDAY, at=now, kind="consultation") for _n in range(5)]
    days = [date(2026, 3, 6), date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9), None]
    for task, day, owner in zip(tasks, days, [jorge, jorge, jorge, mariana, None], strict=True):
        ContactTask.objects.filter(pk=task.pk).update(planned_on=day, assignee=owner)
    browser = as_user(mariana)

    this, after = week(browser, of="team"), week(browser, of="team", start="2026-03-12")

    assert [line.title for line in this["week"].lines] == ["Jorge Peña"]
    assert [cell.count for cell in this["week"].lines[0].cells] == [0, 0, 0, 0, 2, 1, 0]
    assert [day.planned for day in this["week"].days] == [0, 0, 0, 0, 2, 1, 0]
    # Thursday from ten to seven; two people, ten calls an hour.
    assert [day.room for day in this["week"].days] == [None, None, None, 180, 200, 200, 0]
    # The one without a planned day stands on the last of its window, Monday the 9th, and is nobody's.
    assert [(line.title, line.cells[0].count, line.cells[0].last_call) for line in after["week"].lines] == [
        ("Mariana Ruiz", 1, 1),
        ("", 1, 1),
    ]
    assert (after["first"], after["last"]) == (date(2026, 3, 9), date(2026, 3, 15))


def test_a_day_and_a_cell_open_the_contacts_behind_them(
    house: Dealership, mariana: User, jorge: User, now: datetime, as_user: AsUser
) -> None:
    tasks = [cast.due(house, MONDAY, at=now, kind="consultation") for _n in range(3)]
    for task, owner in zip(tasks, [jorge, jorge, None], strict=True):
        ContactTask.objects.filter(pk=task.pk).update(planned_on=date(2026, 3, 6), assignee=owner)
    browser = as_user(mariana)

    def shown(**asked: Any) -> set[int]:
        return {task.pk for task in week(browser, of="team", day="2026-03-06", **asked)["tasks"]}

    assert shown() == {task.pk for task in tasks}
    assert shown(line=str(jorge.pk)) == {tasks[0].pk, tasks[1].pk}
    assert shown(line="-") == {tasks[2].pk}
    assert shown(by="step", line=tasks[0].step_code) == {task.pk for task in tasks}
    assert shown(by="step", line="nonsense") == set()


def test_the_week_says_what_is_late_made_and_too_much(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    done, late, *others = [cast.due(house, MONDAY, at=now, kind="consultation") for _n in range(5)]
    queue.claim(done, by=mariana, at=now)
    calling.keep(done, Answer(outcome=Outcome.REACHED, grade="satisfied"), fence=done.fence, by=mariana, at=now)
    ContactTask.objects.filter(pk=late.pk).update(
        due_at=now - timedelta(1), opens_on=MONDAY, due_on=date(2026, 3, 3), planned_on=date(2026, 3, 4)
    )
    ContactTask.objects.filter(pk__in=[task.pk for task in others]).update(planned_on=date(2026, 3, 8))  # a Sunday

    seen = week(as_user(mariana), of="team")["week"]

    assert seen.late == 1
    # What was planned for a day that is over stands on today.
    assert [day.planned for day in seen.days] == [0, 0, 0, 1, 0, 0, 3]
    assert [day.made for day in seen.days] == [0, 0, 0, 1, 0, 0, 0]
    assert [day.over for day in seen.days] == [0, 0, 0, 0, 0, 0, 3]


def test_a_neighbour_and_who_makes_no_calls_see_an_empty_week(
    house: Dealership, lixue: User, now: datetime, as_user: AsUser
) -> None:
    cast.due(house, MONDAY, at=now, kind="consultation")
    reception = cast.person("Rita Sol", Role.RECEPTION, house)

    assert week(as_user(lixue), of="team")["week"].total == 0
    assert week(as_user(reception))["week"].total == 0


@pytest.mark.parametrize(
    "asked",
    [{"start": "0001-01-01"}, {"start": "9999-12-31"}, {"start": "x"}, {"day": "31/02"}, {"by": "x", "of": "y"}],
)
def test_an_address_that_cannot_be_followed_shows_a_week_all_the_same(
    house: Dealership, mariana: User, as_user: AsUser, asked: dict[str, str]
) -> None:
    assert as_user(mariana).get(reverse("desk:week"), asked).status_code == 200


def test_the_week_asks_as_many_queries_for_many_as_for_one(
    house: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    browser, counts = as_user(mariana), []
    for _n in range(2):
        cast.due(house, MONDAY, at=now, kind="consultation")
        ContactTask.objects.update(planned_on=date(2026, 3, 6))
        counts.append(asked_by(browser, reverse("desk:week"), of="team", day="2026-03-06"))
        for _m in range(4):
            cast.due(house, MONDAY, at=now, kind="consultation")

    assert counts[0] == counts[1]
