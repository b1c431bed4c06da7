"""The pages of the network: houses, hours, departments, people, preferences, the second factor."""

import re
import time as clocks
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clientela.contacts import calling, planning, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import ContactTask, Outcome
from clientela.contacts.models.task import PROMISED_FIRST
from clientela.network.models import (
    CalendarException,
    CallableInterval,
    Dealership,
    Department,
    FunctionMapping,
    OpeningHours,
    RestHours,
    Role,
    RoleAssignment,
    User,
)
from tests import cast

SignIn = Callable[[User], Client]


@pytest.fixture
def adriana(norte: Dealership) -> User:
    """Administrator of Autos del Norte, and of nothing else."""
    return cast.person("Adriana Soto", Role.ADMINISTRATOR, norte)


@pytest.fixture
def wanglei(jingbei: Dealership) -> User:
    """Administrator of the neighbour."""
    return cast.person("王磊", Role.ADMINISTRATOR, jingbei)


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def sentences(answer: Any) -> dict[str, str]:
    """What a refused form says, by field; what belongs to no field is under the empty name."""
    page = text_of(answer)
    found = dict(re.findall(r'<p class="error" id="id_(\w+)_error">(.*?)</p>', page))
    for sentence in re.findall(r'<div class="notice late" role="alert">(.*?)</div>', page):
        found[""] = sentence
    return found


def roles_of(user: User) -> set[tuple[str, str]]:
    return {(held.role, held.dealership.code if held.dealership else "*") for held in user.roles.all()}


def again(user: User) -> User:
    """As the database now has her."""
    return User.objects.get(pk=user.pk)


# Dealerships -----------------------------------------------------------------------------------------------------

DETAILS = {
    "code": "NORTE",
    "trade_name": "Autos del Norte",
    "legal_name": "Autos del Norte SA de CV",
    "country": "MX",
    "time_zone": "America/Chihuahua",
    "currency": "MXN",
    "locale": "es-mx",
}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("time_zone", "Chihuahua", "“Chihuahua” is not a time zone. Write it as America/Chihuahua or Asia/Shanghai."),
        ("time_zone", "", "This field is required."),
        ("country", "XX", "“XX” is not a country we know. Choose one from the list."),
        ("currency", "peso", "“peso” is not a currency. Write it as MXN, CLP, RUB or CNY."),
        ("currency", "mxn", "“mxn” is not a currency. Write it as MXN, CLP, RUB or CNY."),
        ("code", "norte 1", "Use capital letters, figures and hyphens only."),
    ],
)
def test_a_wrong_detail_is_refused_with_the_mend_and_nothing_is_written(
    norte: Dealership, adriana: User, as_user: SignIn, field: str, value: str, says: str
) -> None:
    answer = as_user(adriana).post(f"/network/{norte.pk}/", {**DETAILS, "trade_name": "Otro", field: value})

    assert answer.status_code == 422
    assert sentences(answer) == {field: says}
    assert Dealership.objects.get(pk=norte.pk).trade_name == "Autos del Norte"
    # The heading names the house as it is, not as it was refused.
    assert '<h1><span translate="no">Autos del Norte</span></h1>' in text_of(answer)


def test_details_are_saved(norte: Dealership, adriana: User, as_user: SignIn) -> None:
    answer = as_user(adriana).post(f"/network/{norte.pk}/", {**DETAILS, "trade_name": "Norte Motors", "hotline": "800"})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/network/{norte.pk}/")
    norte.refresh_from_db()
    assert (norte.trade_name, norte.hotline) == ("Norte Motors", "800")


def test_another_zone_or_country_changes_when_customers_are_called(
    norte: Dealership, adriana: User, as_user: SignIn, now: datetime
) -> None:
    juarez = datetime(2026, 3, 16, 17, 0, tzinfo=norte.zone)
    tuesday = datetime(2026, 3, 17, tzinfo=norte.zone)

    def opens() -> list[str]:
        house = Dealership.objects.get(pk=norte.pk)
        after = CallableInterval.objects.filter(dealership=house, ends_at__gt=tuesday).earliest("starts_at").starts_at
        on_juarez = CallableInterval.objects.filter(dealership=house, starts_at__lte=juarez, ends_at__gt=juarez)
        return [f"{after:%H:%M} UTC", "open" if on_juarez.exists() else "closed"]

    browser, before = as_user(adriana), opens()
    browser.post(f"/network/{norte.pk}/", {**DETAILS, "time_zone": "America/Cancun"})
    in_cancun = opens()
    browser.post(f"/network/{norte.pk}/", {**DETAILS, "time_zone": "America/Cancun", "country": "US"})

    assert [before, in_cancun, opens()] == [
        ["15:00 UTC", "closed"],
        ["14:00 UTC", "closed"],
        ["14:00 UTC", "open"],
    ]


def test_a_house_that_moves_its_time_zone_owes_its_contacts_until_its_own_midnight(
    norte: Dealership, adriana: User, as_user: SignIn, now: datetime
) -> None:
    plain, promised, done = (cast.due(norte, date(2026, 3, 4), at=now) for _ in range(3))
    agreed = now + timedelta(days=2)
    ContactTask.objects.filter(pk=promised.pk).update(call_back_at=agreed, ranks_at=agreed - PROMISED_FIRST)
    ContactTask.objects.filter(pk=done.pk).update(state="done", concluded_at=now)

    as_user(adriana).post(f"/network/{norte.pk}/", {**DETAILS, "time_zone": "America/Cancun"})

    for task in (plain, promised, done):
        task.refresh_from_db()
    midnight = datetime(2026, 3, 10, tzinfo=ZoneInfo("America/Cancun"))
    assert {task.due_on for task in (plain, promised, done)} == {date(2026, 3, 9)}
    assert (plain.due_at, plain.ranks_at) == (midnight, midnight)
    assert (promised.due_at, promised.ranks_at, promised.call_back_at) == (midnight, agreed - PROMISED_FIRST, agreed)
    assert done.due_at == datetime(2026, 3, 10, tzinfo=norte.zone)


def test_only_who_administers_the_group_opens_a_house(
    norte: Dealership, adriana: User, elena: User, as_user: SignIn
) -> None:
    # A look at the whole group and a house to administer do not add up to administering the group.
    adriana.roles.create(role=Role.AUDITOR, dealership=None)
    sur = {**DETAILS, "code": "SUR", "trade_name": "Autos del Sur"}

    assert as_user(adriana).post("/network/new/", sur).status_code == 404
    assert sentences(as_user(elena).post("/network/new/", {**sur, "code": "NORTE"})) == {
        "code": "Dealership with this Code already exists."
    }
    answer = as_user(elena).post("/network/new/", sur)

    house = Dealership.objects.get(code="SUR")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/network/{house.pk}/hours/")
    assert (house.trade_name, house.group) == ("Autos del Sur", norte.group)
    assert as_user(elena).get(answer.headers["Location"]).status_code == 200


# Hours -----------------------------------------------------------------------------------------------------------


def test_hours_are_added_and_removed_and_calls_follow(
    norte: Dealership, adriana: User, as_user: SignIn, now: datetime
) -> None:
    thursday, browser = date(2026, 3, 5), as_user(adriana)
    task = cast.due(norte, date(2026, 3, 2), at=now)
    later = cast.due(norte, date(2026, 3, 5), at=now)  # opens on Sunday the 8th, so on Monday at nine
    seen = []

    def note() -> None:
        for row in (task, later):
            row.refresh_from_db()
        calls = [f"{row.callable_from.astimezone(norte.zone):%a %H:%M}" for row in (task, later)]
        seen.append([*calls, *hours_of(norte, thursday)])

    note()
    browser.post(f"/network/{norte.pk}/hours/rest/", {"weekday": "", "starts": "09:00", "ends": "11:00"})
    note()
    browser.post(f"/network/{norte.pk}/hours/opening/", {"weekday": 6, "opens": "12:00", "closes": "14:00"})
    note()
    browser.post(f"/network/{norte.pk}/hours/exception/", {"on": "2026-03-08", "name": "Inventario"})
    note()
    exception = CalendarException.objects.get(dealership=norte)
    browser.post(f"/network/{norte.pk}/hours/exception/{exception.pk}/")
    note()
    rest = RestHours.objects.get(dealership=norte)
    browser.post(f"/network/{norte.pk}/hours/rest/{rest.pk}/")
    note()

    assert seen == [
        ["Thu 09:00", "Mon 09:00", "09:00–19:00"],
        ["Thu 11:00", "Mon 11:00", "11:00–19:00"],
        ["Thu 11:00", "Sun 12:00", "11:00–19:00"],
        ["Thu 11:00", "Mon 11:00", "11:00–19:00"],
        ["Thu 11:00", "Sun 12:00", "11:00–19:00"],
        ["Thu 09:00", "Sun 12:00", "09:00–19:00"],
    ]


def hours_of(house: Dealership, day: date) -> list[str]:
    spans = CallableInterval.objects.filter(dealership=house).order_by("starts_at")
    local = [(span.starts_at.astimezone(house.zone), span.ends_at.astimezone(house.zone)) for span in spans]
    return [f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in local if opens.date() == day]


def test_a_house_whose_only_hours_are_removed_calls_nobody(
    norte: Dealership, adriana: User, as_user: SignIn, now: datetime
) -> None:
    browser = as_user(adriana)
    for row in OpeningHours.objects.filter(dealership=norte):
        browser.post(f"/network/{norte.pk}/hours/opening/{row.pk}/")

    assert CallableInterval.objects.filter(dealership=norte).count() == 0
    assert planning.plan(at=now).without_hours == ["NORTE"]
    assert "Without opening hours nobody can be called" in text_of(browser.get(f"/network/{norte.pk}/hours/"))


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (
            "opening",
            {"weekday": 0, "opens": "09:00", "closes": "12:00"},
            {"": "There are already hours that start then. Remove those first."},
        ),
        (
            "opening",
            {"weekday": 9, "opens": "soon", "closes": ""},
            {
                "weekday": "Select a valid choice. 9 is not one of the available choices.",
                "opens": "Enter a valid time.",
                "closes": "This field is required.",
            },
        ),
        ("rest", {"weekday": "", "starts": "25:00", "ends": "11:00"}, {"starts": "Enter a valid time."}),
        ("exception", {"on": "2026-04-01", "opens": "09:00"}, {"": "Give both hours, or neither for a closed day."}),
        ("exception", {"on": "2026-05-04"}, {"": "This day already has such hours. Remove those first."}),
        ("exception", {"on": "2026-02-30"}, {"on": "Enter a valid date."}),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(
    norte: Dealership, adriana: User, as_user: SignIn, kind: str, given: dict[str, Any], says: dict[str, str]
) -> None:
    CalendarException.objects.create(dealership=norte, on=date(2026, 5, 4))

    answer = as_user(adriana).post(f"/network/{norte.pk}/hours/{kind}/", given)

    assert (answer.status_code, sentences(answer)) == (422, says)
    assert (norte.opening_hours.count(), norte.rest_hours.count(), norte.exceptions.count()) == (6, 0, 1)


def test_the_hours_page_names_the_holidays_of_the_country(norte: Dealership, adriana: User, as_user: SignIn) -> None:
    page = text_of(as_user(adriana).get(f"/network/{norte.pk}/hours/"))

    assert re.findall(r'<td class="num">(\d+ \w+ \d+)</td><td class="main wrap"', page)[:2] == [
        "16 Mar 2026",
        "1 May 2026",
    ]


def test_a_row_of_another_house_cannot_be_removed_through_ones_own(
    norte: Dealership, jingbei: Dealership, adriana: User, as_user: SignIn
) -> None:
    theirs = OpeningHours.objects.filter(dealership=jingbei).earliest("pk")
    department = Department.objects.create(dealership=jingbei, kind="sales", name="销售部")
    browser = as_user(adriana)

    answers = [
        browser.post(f"/network/{norte.pk}/hours/opening/{theirs.pk}/"),
        browser.post(f"/network/{norte.pk}/hours/nonsense/{theirs.pk}/"),
        browser.post(f"/network/{norte.pk}/departments/department/{department.pk}/"),
        browser.post(f"/network/{norte.pk}/departments/nonsense/{department.pk}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (jingbei.opening_hours.count(), jingbei.departments.count()) == (6, 1)


# Departments and functions ------------------------------------------------------------------------------------


def test_departments_are_named_as_the_house_names_them_and_functions_mapped(
    norte: Dealership, adriana: User, mariana: User, lixue: User, as_user: SignIn, now: datetime
) -> None:
    browser, page = as_user(adriana), f"/network/{norte.pk}/departments/"
    kind = {"adds": "department", "kind": "customer_service"}

    saved = browser.post(page, {**kind, "name": "Atención al cliente", "head": mariana.pk})
    twice = browser.post(page, {**kind, "name": "Atención al cliente"})
    foreign = browser.post(page, {**kind, "name": "Quejas", "head": lixue.pk})
    [department] = norte.departments.all()
    nobody = browser.post(page, {"adds": "function", "function": "representative"})
    mapped = browser.post(page, {"adds": "function", "function": "representative", "user": mariana.pk})
    second = browser.post(page, {"adds": "function", "function": "representative", "department": department.pk})

    assert [answer.status_code for answer in (saved, twice, foreign)] == [302, 422, 422]
    assert sentences(twice) == {"": "There is already a department of this name."}
    assert sentences(foreign) == {
        "head": "Select a valid choice. That choice is not one of the available choices.",
    }
    assert (department.name, department.head) == ("Atención al cliente", mariana)
    assert [answer.status_code for answer in (nobody, mapped, second)] == [422, 302, 422]
    assert sentences(nobody) == {"": "Name a department or a person."}
    assert sentences(second) == {"": "Somebody already has this function. Remove that line first."}
    # C-22: who carries the function gets the contacts that the programme gives to it.
    assert cast.due(norte, date(2026, 3, 2), at=now).assignee == mariana


def test_a_function_and_a_department_are_removed(norte: Dealership, adriana: User, as_user: SignIn) -> None:
    department = Department.objects.create(dealership=norte, kind="sales", name="Ventas")
    mapping = FunctionMapping.objects.create(dealership=norte, function="reviewer", department=department)
    browser, page = as_user(adriana), f"/network/{norte.pk}/departments/"

    statuses = [
        browser.post(f"{page}function/{mapping.pk}/").status_code,
        browser.post(f"{page}department/{department.pk}/").status_code,
    ]

    assert (statuses, norte.functions.count(), norte.departments.count()) == ([302, 302], 0, 0)


# People ----------------------------------------------------------------------------------------------------------


def test_somebody_is_invited_once(norte: Dealership, adriana: User, mariana: User, as_user: SignIn) -> None:
    rosa = {"name": "Rosa Luna", "email": "Rosa@Example.com", "language": "es-mx", "role": "cs_specialist"}
    browser = as_user(adriana)

    invited = browser.post("/network/people/invite/", rosa)
    twice = browser.post("/network/people/invite/", {**rosa, "email": "ROSA@example.com"})
    bad = browser.post("/network/people/invite/", {**rosa, "email": "rosa", "role": "queen"})

    user = User.objects.get(email="rosa@example.com")
    assert (invited.status_code, invited.headers["Location"]) == (302, f"/network/people/{user.pk}/")
    assert (user.has_usable_password(), roles_of(user)) == (False, {("cs_specialist", "NORTE")})
    assert (twice.status_code, sentences(twice)) == (
        422,
        {"email": "Somebody with this address is already here. Give that person another role instead."},
    )
    assert sorted(sentences(bad)) == ["email", "role"]
    assert [letter.to for letter in mail.outbox] == [["rosa@example.com"]]

    browser.post(f"/network/people/{user.pk}/invitation/")
    assert [letter.to for letter in mail.outbox] == [["rosa@example.com"]] * 2


def test_roles_are_given_and_taken(
    norte: Dealership, jingbei: Dealership, adriana: User, jorge: User, as_user: SignIn
) -> None:
    browser, roles = as_user(adriana), f"/network/people/{jorge.pk}/roles/"

    given = browser.post(roles, {"role": "reception", "dealership": norte.pk})
    twice = browser.post(roles, {"role": "reception", "dealership": norte.pk})
    group_wide = browser.post(roles, {"role": "administrator", "dealership": ""})
    placeless = browser.post(roles, {"role": "reception", "dealership": ""})
    elsewhere = browser.post(roles, {"role": "reception", "dealership": jingbei.pk})

    assert (given.status_code, roles_of(jorge)) == (302, {("cs_specialist", "NORTE"), ("reception", "NORTE")})
    assert [sentences(answer) for answer in (twice, group_wide, placeless, elsewhere)] == [
        {"": "This person already holds this role there."},
        {"dealership": "Only a group administrator gives roles in the whole group."},
        {"dealership": "This role belongs to one dealership. Choose which."},
        {"dealership": "Select a valid choice. That choice is not one of the available choices."},
    ]

    taken = browser.post(f"{roles}{jorge.roles.get(role='cs_specialist').pk}/")
    assert (taken.status_code, roles_of(jorge)) == (302, {("reception", "NORTE")})


def test_a_group_administrator_gives_roles_in_the_whole_group_and_back_to_who_has_none(
    elena: User, jorge: User, outsider: User, as_user: SignIn
) -> None:
    browser = as_user(elena)

    browser.post(f"/network/people/{jorge.pk}/roles/", {"role": "auditor", "dealership": ""})
    twice = browser.post(f"/network/people/{jorge.pk}/roles/", {"role": "auditor", "dealership": ""})
    browser.post(f"/network/people/{outsider.pk}/roles/", {"role": "group_director", "dealership": ""})

    assert roles_of(jorge) == {("cs_specialist", "NORTE"), ("auditor", "*")}
    assert sentences(twice) == {"": "This person already holds this role there."}
    assert roles_of(outsider) == {("group_director", "*")}


def test_a_local_administrator_reaches_neither_the_neighbours_nor_the_group(
    norte: Dealership, adriana: User, elena: User, lixue: User, jorge: User, as_user: SignIn
) -> None:
    # Jorge also works next door: his role there is not Adriana's to see or to take.
    there = RoleAssignment.objects.create(user=jorge, role=Role.CS_MANAGER, dealership=lixue.roles.get().dealership)
    browser = as_user(adriana)

    for stranger in (lixue, elena):
        own = stranger.roles.get()
        page = f"/network/people/{stranger.pk}/"
        assert [
            browser.get(page).status_code,
            browser.post(page, {"name": "Otra", "language": "en"}).status_code,
            browser.post(f"{page}invitation/").status_code,
            browser.post(f"{page}roles/", {"role": "reception", "dealership": norte.pk}).status_code,
            browser.post(f"{page}roles/{own.pk}/").status_code,
            browser.post(f"{page}leave/", {"heir": adriana.pk, "on": "2026-03-05"}).status_code,
        ] == [404] * 6
    hers = browser.get(f"/network/people/{jorge.pk}/")

    assert "Customer service manager</td>" not in text_of(hers)
    assert "JINGBEI" not in text_of(browser.get("/network/people/"))
    assert browser.post(f"/network/people/{jorge.pk}/roles/{there.pk}/").status_code == 404
    assert (again(lixue).name, again(elena).name) == ("李雪", "Elena Vargas")
    assert roles_of(jorge) == {("cs_specialist", "NORTE"), ("cs_manager", "JINGBEI")}


def test_who_administers_one_house_and_sees_another_administers_only_the_one(
    jingbei: Dealership, adriana: User, jorge: User, lixue: User, as_user: SignIn
) -> None:
    adriana.roles.create(role=Role.REPRESENTATIVE, dealership=jingbei)
    adriana.roles.create(role=Role.AUDITOR, dealership=None)
    browser = as_user(again(adriana))

    given = browser.post(f"/network/people/{jorge.pk}/roles/", {"role": "administrator", "dealership": jingbei.pk})
    group_wide = browser.post(f"/network/people/{adriana.pk}/roles/", {"role": "administrator", "dealership": ""})
    taken = browser.post(f"/network/people/{lixue.pk}/roles/{lixue.roles.get().pk}/")

    assert [answer.status_code for answer in (given, group_wide, taken)] == [422, 422, 404]
    assert browser.get(f"/network/{jingbei.pk}/").status_code == 404


def test_nobody_takes_her_own_administrator_role(elena: User, as_user: SignIn) -> None:
    answer = as_user(elena).post(f"/network/people/{elena.pk}/roles/{elena.roles.get().pk}/")

    assert answer.status_code == 409
    assert "You cannot take your own administrator role away." in text_of(answer)
    assert roles_of(elena) == {("administrator", "*")}


def test_somebodys_details_are_corrected(norte: Dealership, adriana: User, jorge: User, as_user: SignIn) -> None:
    sales = Department.objects.create(dealership=norte, kind="sales", name="Ventas")
    page = f"/network/people/{jorge.pk}/"

    bad = as_user(adriana).post(page, {"name": "", "language": "tlh"})
    saved = as_user(adriana).post(page, {"name": "Jorge Peña Ruiz", "language": "ru", "department": sales.pk})

    assert (bad.status_code, sorted(sentences(bad))) == (422, ["language", "name"])
    assert saved.status_code == 302
    assert (again(jorge).name, again(jorge).language, again(jorge).department) == ("Jorge Peña Ruiz", "ru", sales)


def test_the_department_next_door_stays_when_details_are_corrected_here(
    jingbei: Dealership, adriana: User, jorge: User, as_user: SignIn
) -> None:
    theirs = Department.objects.create(dealership=jingbei, kind="sales", name="销售部")
    User.objects.filter(pk=jorge.pk).update(department=theirs)

    as_user(adriana).post(f"/network/people/{jorge.pk}/", {"name": "Jorge", "language": "ru"})

    assert (again(jorge).name, again(jorge).department) == ("Jorge", theirs)


def test_people_who_work_here_and_people_who_left(adriana: User, mariana: User, jorge: User, as_user: SignIn) -> None:
    User.objects.filter(pk=jorge.pk).update(is_active=False, left_on=date(2026, 3, 1))

    def names(query: str) -> list[str]:
        page = text_of(as_user(adriana).get(f"/network/people/{query}"))
        return re.findall(r'<td class="main"><a href="[^"]+" translate="no">(.*?)</a>', page)

    assert [names(query) for query in ("", "?shows=left", "?shows=nonsense")] == [
        ["Adriana Soto", "Mariana Ruiz"],
        ["Jorge Peña"],
        ["Adriana Soto", "Mariana Ruiz"],
    ]


def test_the_list_of_people_asks_the_same_for_three_as_for_one(
    norte: Dealership, elena: User, as_user: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = as_user(elena)
    with CaptureQueriesContext(connection) as for_one:
        browser.get("/network/people/")
    for name in ("Ana Uno", "Eva Dos", "Luz Tres"):
        cast.person(name, Role.REPRESENTATIVE, norte).roles.create(role=Role.EMPLOYEE, dealership=norte)
    with django_assert_num_queries(len(for_one)):
        browser.get("/network/people/")


# Leaving ---------------------------------------------------------------------------------------------------------


def test_who_leaves_is_out_at_once_and_the_work_is_handed_over(
    norte: Dealership, adriana: User, mariana: User, jorge: User, as_user: SignIn, now: datetime
) -> None:
    task, held, said = (cast.due(norte, date(2026, 3, 2), at=now) for _ in range(3))
    ContactTask.objects.filter(pk=task.pk).update(assignee=jorge)
    queue.claim(said, by=jorge, at=now)
    shortcoming = Answer(
        outcome=Outcome.REACHED,
        grade="dissatisfied",
        finding_kind="shortcoming",
        finding_text="dirty",
        remedy_owner=jorge,
    )
    attempt = calling.keep(said, shortcoming, fence=said.fence, by=jorge, at=now)
    queue.claim(held, by=jorge, at=now)
    department = Department.objects.create(dealership=norte, kind="customer_service", name="Atención", head=jorge)
    function = FunctionMapping.objects.create(dealership=norte, function="reviewer", user=jorge)
    his_browser = as_user(jorge)
    assert his_browser.get("/").status_code == 200

    answer = as_user(adriana).post(f"/network/people/{jorge.pk}/leave/", {"heir": mariana.pk, "on": "2026-03-05"})

    assert (answer.status_code, his_browser.get("/").status_code) == (302, 302)
    assert (again(jorge).is_active, again(jorge).left_on) == (False, date(2026, 3, 5))
    for row in (task, held, attempt, department, function):
        row.refresh_from_db()
    assert (task.assignee, held.leased_by, department.head, function.user) == (mariana, None, mariana, mariana)
    assert attempt.findings.get().remedy.owner == mariana
    assert attempt.by == jorge


def test_contacts_go_to_nobody_when_who_takes_over_makes_no_calls(
    norte: Dealership, adriana: User, jorge: User, as_user: SignIn, now: datetime
) -> None:
    task = cast.due(norte, date(2026, 3, 2), at=now)
    ContactTask.objects.filter(pk=task.pk).update(assignee=jorge)
    reception = cast.person("Rita Rey", Role.RECEPTION, norte)

    as_user(adriana).post(f"/network/people/{jorge.pk}/leave/", {"heir": reception.pk, "on": "2026-03-05"})

    task.refresh_from_db()
    assert (again(jorge).is_active, task.assignee) == (False, None)


def test_work_stays_in_its_house(elena: User, jorge: User, lixue: User, as_user: SignIn) -> None:
    answer = as_user(elena).post(f"/network/people/{jorge.pk}/leave/", {"heir": lixue.pk, "on": "2026-03-05"})

    assert (answer.status_code, sentences(answer), again(jorge).is_active) == (
        422,
        {"heir": "Select a valid choice. That choice is not one of the available choices."},
        True,
    )


def test_who_also_works_elsewhere_is_not_dismissed_by_one_house(
    adriana: User, elena: User, mariana: User, jorge: User, lixue: User, as_user: SignIn
) -> None:
    jorge.roles.create(role=Role.EMPLOYEE, dealership=lixue.roles.get().dealership)
    leaving = {"heir": mariana.pk, "on": "2026-03-05"}

    refused = as_user(adriana).post(f"/network/people/{jorge.pk}/leave/", leaving)
    still_here = again(jorge).is_active
    as_user(elena).post(f"/network/people/{jorge.pk}/leave/", leaving)

    assert (refused.status_code, still_here, again(jorge).is_active) == (409, True, False)
    assert "Jorge Peña works elsewhere in the group too." in text_of(refused)


def test_who_left_and_comes_back_is_invited_with_the_roles_of_before(
    adriana: User, elena: User, mariana: User, jorge: User, lixue: User, as_user: SignIn
) -> None:
    jorge.set_password("the password of before")
    jorge.email = "jorge@example.com"
    jorge.save()
    page, leaving = f"/network/people/{jorge.pk}/", {"heir": mariana.pk, "on": "2026-03-05"}
    browser = as_user(adriana)
    browser.post(f"{page}leave/", leaving)
    assert "Works here again: invite" in text_of(browser.get(page))
    anew = {"name": "Jorge Peña", "email": jorge.email.upper(), "language": "es-mx", "role": "cs_specialist"}
    assert sentences(browser.post("/network/people/invite/", anew)) == {
        "email": "Somebody with this address worked here before. Under People, among those who left, invite again."
    }

    browser.post(f"{page}invitation/")

    assert (again(jorge).is_active, again(jorge).left_on, again(jorge).has_usable_password()) == (True, None, False)
    assert roles_of(jorge) == {("cs_specialist", "NORTE")}
    assert [letter.to for letter in mail.outbox] == [[jorge.email]]
    # Nor does one house bring back who worked in another as well.
    browser.post(f"{page}leave/", leaving)
    jorge.roles.create(role=Role.EMPLOYEE, dealership=lixue.roles.get().dealership)
    assert (browser.post(f"{page}invitation/").status_code, again(jorge).is_active) == (409, False)
    assert (as_user(elena).post(f"{page}invitation/").status_code, again(jorge).is_active) == (302, True)


def test_nobody_closes_her_own_account_or_one_twice(adriana: User, mariana: User, jorge: User, as_user: SignIn) -> None:
    browser, leaving = as_user(adriana), {"heir": mariana.pk, "on": "2026-03-05"}

    own = browser.post(f"/network/people/{adriana.pk}/leave/", leaving)
    herself = browser.post(f"/network/people/{mariana.pk}/leave/", leaving)
    no_heir = browser.post(f"/network/people/{jorge.pk}/leave/", {"heir": "", "on": "tomorrow"})
    browser.post(f"/network/people/{jorge.pk}/leave/", leaving)
    twice = browser.post(f"/network/people/{jorge.pk}/leave/", leaving)

    assert [answer.status_code for answer in (own, herself, no_heir, twice)] == [409, 422, 422, 404]
    assert "You cannot close your own account." in text_of(own)
    assert sorted(sentences(no_heir)) == ["heir", "on"]
    assert (again(adriana).is_active, again(mariana).is_active) == (True, True)
    assert f"/network/people/{jorge.pk}/" in text_of(browser.get("/network/people/?shows=left"))
    assert "left on" in text_of(browser.get(f"/network/people/{jorge.pk}/"))


# Preferences, and where one stands ---------------------------------------------------------------------------------


def test_preferences_are_ones_own(mariana: User, jorge: User, as_user: SignIn) -> None:
    browser = as_user(mariana)

    saved = browser.post("/network/preferences/", {"language": "ru", "theme": "dark"})
    page = text_of(browser.get("/network/preferences/"))
    bad = browser.post("/network/preferences/", {"language": "tlh", "theme": "pink"})

    assert saved.status_code == 302
    assert (again(mariana).language, again(mariana).theme, again(mariana).single_keys) == ("ru", "dark", False)
    assert page.splitlines()[1] == '<html lang="ru" data-theme="dark" data-single-keys="off">'
    assert (bad.status_code, sorted(sentences(bad))) == (422, ["language", "theme"])
    assert (again(jorge).language, again(jorge).theme) == ("en", "")


def test_a_language_chosen_before_the_sign_in_is_kept_by_the_browser_and_then_by_the_account(
    client: Client, mariana: User
) -> None:
    def language() -> str:
        return client.get("/account/sign-in/", follow=True).headers["Content-Language"]

    seen = [language()]
    client.post("/language/", {"language": "zh-hans"})
    seen.append(language())
    client.post("/language/", {"language": "tlh"})
    seen.append(language())
    client.force_login(mariana)
    seen.append(language())
    client.post("/language/", {"language": "es-cl"})
    seen.append(language())

    assert (seen, again(mariana).language) == (["en", "zh-hans", "zh-hans", "en", "es-cl"], "es-cl")


@pytest.mark.parametrize(
    ("asked", "spoken"), [("es", "es-mx"), ("es-CL", "es-cl"), ("zh-CN", "zh-hans"), ("ru-RU", "ru"), ("de", "en")]
)
def test_before_the_sign_in_the_browsers_language_is_spoken(db: None, client: Client, asked: str, spoken: str) -> None:
    answer = client.get("/account/sign-in/", headers={"Accept-Language": asked})

    assert answer.headers["Content-Language"] == spoken


def test_who_works_in_two_houses_stands_in_one_at_a_time(
    norte: Dealership, jingbei: Dealership, mariana: User, as_user: SignIn, now: datetime
) -> None:
    mariana.roles.create(role=Role.REPRESENTATIVE, dealership=jingbei)
    here, there = (cast.due(house, date(2026, 3, 2), at=now) for house in (norte, jingbei))
    browser = as_user(again(mariana))

    def listed() -> list[bool]:
        page = text_of(browser.get("/"))
        return [f"/call/{task.pk}/" in page or task.customer.listed_name in page for task in (here, there)]

    seen = [listed()]
    moved = browser.post("/network/stand/", {"dealership": jingbei.pk})
    seen.append(listed())
    nowhere = [browser.post("/network/stand/", {"dealership": odd}).status_code for odd in ("", "x", "٣", 2**40)]

    assert (seen, moved.status_code, nowhere) == ([[True, False], [False, True]], 302, [404] * 4)
    # The files of both are hers, wherever she stands.
    assert [browser.get(f"/customer/{task.customer_id}/").status_code for task in (here, there)] == [200, 200]


def test_the_time_of_one_persons_house_does_not_stay_for_the_next(
    mariana: User, client: Client, as_user: SignIn
) -> None:
    as_user(mariana).get("/")

    assert timezone.get_current_timezone_name() == "UTC"


# Two houses (S0-P.2) -------------------------------------------------------------------------------------------


@pytest.mark.covers("S0-P.2")
def test_two_houses_do_not_exist_for_each_other(
    norte: Dealership, jingbei: Dealership, mariana: User, lixue: User, as_user: SignIn, now: datetime
) -> None:
    tasks = {
        mariana: cast.due(norte, date(2026, 3, 2), at=now, customer_name="Zoé Común", phones="614 555 0101"),
        lixue: cast.due(jingbei, date(2026, 3, 2), at=now, customer_name="Zoé Común", phones="614 555 0101"),
    }
    found, reached = {}, {}
    for person in tasks:
        browser = as_user(person)
        answer = browser.get("/customers/?q=Zoe", follow=True)
        found[person] = answer.request["PATH_INFO"]
        pages = [
            (f"/customer/{task.customer_id}/", f"/vehicle/{task.vehicle_id}/", f"/visit/{task.visit_id}/")
            for task in tasks.values()
        ]
        reached[person] = [[browser.get(page).status_code for page in row] for row in pages]

    # Each finds her own Zoé, and only her: a single hit opens the file.
    assert found == {person: f"/customer/{task.customer_id}/" for person, task in tasks.items()}
    assert reached == {mariana: [[200] * 3, [404] * 3], lixue: [[404] * 3, [200] * 3]}


@pytest.mark.covers("S0-P.2")
def test_the_group_director_sees_the_houses_side_by_side_with_their_own_figures(
    norte: Dealership, jingbei: Dealership, carmen: User, as_user: SignIn, now: datetime
) -> None:
    for house, delivered, deliveries, calls in (
        (norte, date(2026, 2, 28), 4, 1),
        (jingbei, date(2026, 2, 26), 3, 2),
    ):
        agent = cast.person(f"Agent {house.code}", Role.REPRESENTATIVE, house)
        for number in range(deliveries):
            task = cast.due(house, delivered, at=now)
            if number < calls:
                queue.claim(task, by=agent, at=now, in_spite="It is night in one of them.")
                answer = Answer(outcome=Outcome.REACHED, grade="satisfied")
                calling.keep(task, answer, fence=task.fence, by=agent, at=now)

    page = text_of(as_user(carmen).get("/group/"))

    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]
    figures = {
        house.code: [re.sub(r"<[^>]+>", " ", row).split() for row in rows if house.trade_name in row]
        for house in (norte, jingbei)
    }
    # Coverage, made, due, made in their window, late.
    assert {code: [cell for cell in row[0] if cell[0].isdigit()] for code, row in figures.items()} == {
        "NORTE": ["25.0", "1", "4", "1", "0"],
        "JINGBEI": ["66.7", "2", "3", "0", "1"],
    }


# The second factor -------------------------------------------------------------------------------------------------


def sign_in(user: User) -> Client:
    browser = Client()
    browser.post("/account/sign-in/", {"login": user.email, "password": cast.PASSWORD})
    return browser


def code_for(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(clocks.time()) // 30)))


def assert_ours(answer: Any) -> None:
    """Our layout: one heading, our style sheet, our bar or gate, no page of allauth's own."""
    page = text_of(answer)
    assert answer.status_code == 200
    assert (page.count("<h1>"), "/static/css/" in page) == (1, True)
    assert 'class="bar"' in page or 'class="gate"' in page
    assert "Menu:" not in page


def test_a_second_factor_is_set_up_and_then_asked_for(mariana: User, now: datetime) -> None:
    browser = sign_in(mariana)
    assert_ours(browser.get(reverse("mfa_index")))
    browser.post(reverse("account_reauthenticate"), {"password": cast.PASSWORD})
    page = browser.get(reverse("mfa_activate_totp"))
    assert_ours(page)
    [secret] = re.findall(r'value="([A-Z2-7]{32})"', text_of(page))

    wrong = browser.post(reverse("mfa_activate_totp"), {"code": "000000"})
    right = browser.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert_ours(wrong)
    assert (right.status_code, right.headers["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    codes = browser.get(reverse("mfa_view_recovery_codes"))
    assert_ours(codes)
    spare = re.findall(r"<code>(.*?)</code>", text_of(codes))
    assert len(spare) == 10

    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        other = Client()
        asked = other.post("/account/sign-in/", {"login": mariana.email, "password": cast.PASSWORD})
        assert asked.headers["Location"] == reverse("mfa_authenticate")
        assert other.get("/").status_code == 302
        assert_ours(other.get(reverse("mfa_authenticate")))
        refused = other.post(reverse("mfa_authenticate"), {"code": "000000"})
        let_in = other.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
        assert (refused.status_code, let_in.headers["Location"]) == (200, "/")
        assert other.get("/").status_code == 200

        # The same code does not work twice; a spare one does, once.
        third = sign_in(mariana)
        replayed = third.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
        with_spare = third.post(reverse("mfa_authenticate"), {"code": spare[0]})
        fourth = sign_in(mariana)
        spare_again = fourth.post(reverse("mfa_authenticate"), {"code": spare[0]})
        assert [answer.status_code for answer in (replayed, with_spare, spare_again)] == [200, 302, 200]


def test_the_password_is_asked_for_before_the_second_factor_is_touched(mariana: User) -> None:
    browser = sign_in(mariana)

    sent_away = browser.get(reverse("mfa_activate_totp"))
    form = browser.get(sent_away.headers["Location"])
    wrong = browser.post(sent_away.headers["Location"], {"password": "guess"})
    back = browser.post(sent_away.headers["Location"], {"password": cast.PASSWORD})

    assert (sent_away.status_code, wrong.status_code) == (302, 200)
    assert_ours(form)
    assert back.headers["Location"] == reverse("mfa_activate_totp")


def test_the_pages_around_the_password_are_ours(mariana: User) -> None:
    browser = sign_in(mariana)

    for name in ("account_change_password", "account_logout", "account_inactive", "account_reset_password_done"):
        assert_ours(browser.get(reverse(name)))
    for name in ("account_login", "account_reset_password", "account_reset_password_from_key_done"):
        assert_ours(Client().get(reverse(name)))


def test_the_password_is_changed_by_who_knows_it(mariana: User) -> None:
    browser, other = sign_in(mariana), sign_in(mariana)
    new = {"password1": "a horse of another colour", "password2": "a horse of another colour"}

    wrong = browser.post(reverse("account_change_password"), {"oldpassword": "guess", **new})
    right = browser.post(reverse("account_change_password"), {"oldpassword": cast.PASSWORD, **new})

    assert (wrong.status_code, right.status_code, other.get("/").status_code) == (200, 302, 302)
    assert again(mariana).check_password("a horse of another colour")


def test_a_look_at_the_sign_out_does_not_sign_out(mariana: User) -> None:
    browser = sign_in(mariana)

    browser.get(reverse("account_logout"))
    still = browser.get("/").status_code
    browser.post(reverse("account_logout"))

    assert (still, browser.get("/").status_code) == (200, 302)
