"""The duty to complete a file: when it begins, what it needs, when it is late, and who is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import presets
from clientela.customers import completeness, filing
from clientela.customers.models import CallPlan, Change, Customer, CustomerFile, FileRule, Vehicle, Visit
from clientela.customers.signals import visits_changed
from clientela.lib.refusal import Refusal
from clientela.network import leaving
from clientela.network.models import Dealership, Function, FunctionMapping, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
#: An order of the workshop that brings everything but what a person must ask.
ORDER: dict[str, Any] = {
    "kind": "workshop_visit",
    "opened_on": MONDAY,
    "work": "Cambio de aceite y filtro",
    "service_line": "care",
    "address": "Av. Universidad 12",
    "vehicle_type": "SUV",
    "region": "Norte",
}


@pytest.fixture
def rule(norte: Dealership) -> FileRule:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 3, 1))
    return FileRule.objects.get(dealership=norte)


def repair(house: Dealership, *, at: datetime, on: date = MONDAY, **facts: Any) -> CustomerFile:
    """A repair order that opens a duty."""
    return CustomerFile.objects.get(visit=cast.deliver(house, on, at=at, **{**ORDER, "opened_on": on, **facts}))


def fill(file: CustomerFile, **more: Any) -> None:
    """What only a person can add: the services she would like, the cycle of her car."""
    Customer.objects.filter(pk=file.customer_id).update(**{"desired_services": "Lavado", **more})
    Vehicle.objects.filter(visits=file.visit).update(cycle_months=6)


def missing(file: CustomerFile) -> list[str]:
    rule = FileRule.objects.get(dealership=file.dealership_id)
    return [field.code for field in completeness.missing(file.customer, rule, file.visit)]


# When it begins ------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-1.2", "S1-4.2")
@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        (date(2026, 3, 2), 2, date(2026, 3, 4)),
        (date(2026, 3, 4), 2, date(2026, 3, 6)),
        (date(2026, 3, 5), 0, date(2026, 3, 5)),
    ],
)
def test_a_repair_order_asks_for_the_file_within_the_days_of_the_rule(
    norte: Dealership, rule: FileRule, now: datetime, opened: date, days: int, due: date
) -> None:
    FileRule.objects.update(days=days)

    # The order was opened then and is handed back later: the days count from the opening.
    file = repair(norte, at=now, on=date(2026, 3, 20), opened_on=opened)

    assert (file.began_on, file.due_on, file.state) == (opened, due, "due")


@pytest.mark.covers("S1-4.2")
def test_the_duty_is_the_agents_and_the_manager_sees_that_it_is_overdue(
    norte: Dealership, rule: FileRule, jorge: User, as_user: AsUser, now: datetime
) -> None:
    FunctionMapping.objects.create(dealership=norte, function=Function.REPRESENTATIVE, user=jorge)
    manager = cast.person("Rosa Vela", Role.COMMERCIAL_MANAGER, norte)
    file = repair(norte, at=now, customer_name="Tardía Gómez Ana")

    page = as_user(manager).get(reverse("customers:files"), {"shows": "late"})

    assert file.owner == jorge
    assert [row["file"] for row in page.context["rows"]] == [file]
    assert "late by 1 day" in page.text


def test_who_leaves_passes_her_open_files_on(
    norte: Dealership, rule: FileRule, jorge: User, mariana: User, elena: User, now: datetime
) -> None:
    FunctionMapping.objects.create(dealership=norte, function=Function.REPRESENTATIVE, user=jorge)
    done, due = repair(norte, at=now), repair(norte, at=now)
    fill(done)
    filing.complete(done, by=jorge, at=now)

    leaving.leave(jorge, heir=mariana, on=date(2026, 3, 5), by=elena, at=now)

    assert {file.pk: file.owner for file in CustomerFile.objects.all()} == {done.pk: jorge, due.pk: mariana}


def test_where_nobody_holds_the_function_the_duty_is_the_teams(
    norte: Dealership, rule: FileRule, jorge: User, as_user: AsUser, now: datetime
) -> None:
    file = repair(norte, at=now)

    mine = as_user(jorge).get(reverse("customers:files"), {"of": "mine"})

    assert file.owner is None
    assert [row["file"] for row in mine.context["rows"]] == [file]


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "vehicle_delivery"},
        {"opened_on": date(2026, 2, 28)},
    ],
)
def test_what_is_no_trigger_or_began_before_the_rule_asks_for_nothing(
    norte: Dealership, rule: FileRule, now: datetime, facts: dict[str, Any]
) -> None:
    cast.deliver(norte, MONDAY, at=now, **{**ORDER, **facts})

    assert CustomerFile.objects.count() == 0


def test_a_customer_has_one_open_duty_however_often_she_comes(norte: Dealership, rule: FileRule, now: datetime) -> None:
    same: dict[str, Any] = {
        "customer_name": "Zúñiga Hernández José Luis",
        "phones": "614 662 4039",
        "plate": "EKV-573-C",
    }
    first = repair(norte, at=now, **same)
    cast.deliver(norte, date(2026, 3, 4), at=now, **{**ORDER, **same, "opened_on": date(2026, 3, 4)})

    assert list(CustomerFile.objects.all()) == [first]


def test_the_same_news_twice_changes_nothing(norte: Dealership, rule: FileRule, now: datetime) -> None:
    file = repair(norte, at=now)

    visits_changed.send(Visit, visit_ids=[file.visit_id], at=now + timedelta(days=1))

    assert list(CustomerFile.objects.values_list("pk", "due_on")) == [(file.pk, file.due_on)]


def test_a_file_that_is_complete_and_was_so_is_not_asked_for_again(
    norte: Dealership, rule: FileRule, mariana: User, now: datetime
) -> None:
    same: dict[str, Any] = {
        "customer_name": "Zúñiga Hernández José Luis",
        "phones": "614 662 4039",
        "plate": "EKV-573-C",
    }
    first = repair(norte, at=now, **same)
    fill(first)
    filing.complete(first, by=mariana, at=now)

    cast.deliver(norte, date(2026, 3, 5), at=now, **{**ORDER, **same, "opened_on": date(2026, 3, 5)})
    assert CustomerFile.objects.count() == 1

    # The next order does not say what was done: something is missing again.
    cast.deliver(norte, date(2026, 3, 6), at=now, **{**ORDER, **same, "opened_on": date(2026, 3, 6), "work": ""})
    again = CustomerFile.objects.open().get()
    assert (missing(again), again.due_on) == (["maintenance_items"], date(2026, 3, 8))


def test_what_the_file_brought_may_be_all_that_was_needed(norte: Dealership, now: datetime) -> None:
    section = {"triggers": ["workshop_visit"], "required": ["name", "phone"], "days": 2}
    filing.adopt(section | {"sources": dict.fromkeys(section, "ours")}, "small", norte, live_on=MONDAY)

    file = repair(norte, at=now, on=date(2026, 3, 4))
    without = repair(norte, at=now, on=date(2026, 3, 4), phones="12")

    assert (file.state, file.completed_on, file.completed_by) == ("complete", date(2026, 3, 5), None)
    assert (without.state, missing(without)) == ("due", ["phone"])


# Corrected and cancelled ---------------------------------------------------------------------------------


def test_a_corrected_visit_moves_the_duty_and_a_cancelled_one_ends_it(
    norte: Dealership, rule: FileRule, now: datetime
) -> None:
    FileRule.objects.update(days=2)
    file = repair(norte, at=now, number="R-1")
    FileRule.objects.update(days=9)  # the duty keeps the days it was born with
    repair(norte, at=now, number="R-1", on=date(2026, 3, 3), **_who(file))
    file.refresh_from_db()
    assert (file.began_on, file.due_on) == (date(2026, 3, 3), date(2026, 3, 5))

    Visit.objects.filter(pk=file.visit_id).update(cancelled_at=now)
    visits_changed.send(Visit, visit_ids=[file.visit_id], at=now)

    assert CustomerFile.objects.count() == 0


def _who(file: CustomerFile) -> dict[str, Any]:
    car = file.visit.vehicle
    assert car
    return {
        "customer_name": file.customer.full_name,
        "phones": file.customer.contact_points.get().value,
        "plate": car.plate,
    }


def test_when_the_visit_is_cancelled_another_one_of_hers_asks(norte: Dealership, rule: FileRule, now: datetime) -> None:
    same: dict[str, Any] = {
        "customer_name": "Zúñiga Hernández José Luis",
        "phones": "614 662 4039",
        "plate": "EKV-573-C",
    }
    first = repair(norte, at=now, **same)
    second = cast.deliver(norte, date(2026, 3, 4), at=now, **{**ORDER, **same, "opened_on": date(2026, 3, 4)})

    Visit.objects.filter(pk=first.visit_id).update(cancelled_at=now)
    visits_changed.send(Visit, visit_ids=[first.visit_id], at=now)

    assert CustomerFile.objects.get().visit == second


def test_a_completed_file_stays_whatever_becomes_of_the_visit(
    norte: Dealership, rule: FileRule, mariana: User, now: datetime
) -> None:
    file = repair(norte, at=now)
    fill(file)
    filing.complete(file, by=mariana, at=now)

    Visit.objects.filter(pk=file.visit_id).update(cancelled_at=now)
    visits_changed.send(Visit, visit_ids=[file.visit_id], at=now)

    file.refresh_from_db()
    assert file.state == "complete"


# Completing it -------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-1.2")
@pytest.mark.parametrize(
    ("moment", "late"),
    [
        (datetime(2026, 3, 5, 0, 0, tzinfo=UTC), 0),  # 4 March, six in the evening in Chihuahua
        (datetime(2026, 3, 5, 5, 59, tzinfo=UTC), 0),  # a minute to midnight
        (datetime(2026, 3, 5, 16, 0, tzinfo=UTC), 1),
        (datetime(2026, 3, 9, 16, 0, tzinfo=UTC), 5),
    ],
)
def test_complete_on_the_fourth_is_on_time_and_on_the_fifth_late_by_a_day(
    norte: Dealership, rule: FileRule, mariana: User, now: datetime, moment: datetime, late: int
) -> None:
    file = repair(norte, at=now)
    fill(file)

    filing.complete(file, by=mariana, at=moment)

    assert (file.days_late(date(2026, 12, 31)), file.completed_by) == (late, mariana)


@pytest.mark.covers("S1-1.3")
def test_what_is_missing_is_named_and_the_file_stays_open(
    norte: Dealership, rule: FileRule, mariana: User, as_user: AsUser, now: datetime
) -> None:
    file = repair(norte, at=now)
    fill(file, desired_services="")

    with pytest.raises(Refusal, match=r"Missing: desired services\.$"):
        filing.complete(file, by=mariana, at=now)
    answer = as_user(mariana).post(reverse("customers:move_file", args=[file.pk, "complete"]))

    file.refresh_from_db()
    assert (answer.status_code, file.state) == (409, "due")
    assert "desired services" in answer.text


@pytest.mark.covers("S1-1.3")
@pytest.mark.parametrize(
    ("blank", "code"),
    [
        ({"address": ""}, "address"),
        ({"phones": "12"}, "phone"),
        ({"plate": "", "vin": "3GNTEST0000000017"}, "plate"),
        ({"model": ""}, "car_model"),
        ({"vehicle_type": ""}, "vehicle_type"),
        ({"work": ""}, "maintenance_items"),
        ({"region": ""}, "region"),
    ],
)
def test_each_field_that_the_order_did_not_bring_is_missing(
    norte: Dealership, rule: FileRule, now: datetime, blank: dict[str, Any], code: str
) -> None:
    file = repair(norte, at=now, **blank)
    assert missing(file) == sorted(
        [code, "desired_services", "maintenance_cycle", "next_maintenance"], key=list(completeness.FIELDS).index
    )
    fill(file)

    assert missing(file) == [code]


@pytest.mark.covers("S1-1.3")
def test_the_twelve_fields_of_the_source_are_what_the_preset_requires(norte: Dealership, rule: FileRule) -> None:
    assert len(completeness.TWELVE) == 12
    assert rule.required == [*completeness.TWELVE, "region"]
    assert set(completeness.TWELVE) <= set(completeness.FIELDS)


@pytest.mark.covers("S3-P8")
def test_a_minimal_card_is_complete_with_name_birth_date_and_car(
    norte: Dealership, mariana: User, now: datetime
) -> None:
    presets.activate("vehicle_sourcing", norte, go_live_on=MONDAY)
    facts: dict[str, Any] = {
        "kind": "hand_over",
        "customer_name": "Иванов Иван Иванович",
        "birth_date": date(1985, 4, 12),
    }
    whole = repair(norte, at=now, **facts)
    nothing: dict[str, Any] = {"make": "", "model": "", "plate": "", "model_year": None}
    no_car = repair(norte, at=now, **{**facts, **nothing, "customer_name": "Петров Пётр Ильич"})
    no_day = repair(norte, at=now, **{**facts, "birth_date": None, "customer_name": "Сидоров Олег Юрьевич"})

    assert whole.state == "complete"
    for file, title in ((no_car, "vehicle"), (no_day, "date of birth")):
        with pytest.raises(Refusal, match=f"Missing: {title}"):
            filing.complete(file, by=mariana, at=now)


def test_a_file_is_put_away_and_opened_again(
    norte: Dealership, rule: FileRule, mariana: User, as_user: AsUser, now: datetime
) -> None:
    file, browser = repair(norte, at=now), as_user(mariana)
    fill(file)
    CallPlan.objects.create(dealership=norte, file=file, after_days=3, topics=["vehicle_use"], at=now)

    states = []
    for act in ("put-away", "complete", "put-away", "reopen", "reopen", "complete"):
        status = browser.post(reverse("customers:move_file", args=[file.pk, act])).status_code
        file.refresh_from_db()
        states.append((status, file.state, file.completed_on is not None))

    assert states == [
        (409, "due", False),
        (302, "complete", True),
        (302, "filed", True),
        (302, "draft", False),
        (409, "draft", False),
        (302, "complete", True),
    ]


def test_of_two_who_complete_at_once_one_is_told(
    norte: Dealership, rule: FileRule, mariana: User, now: datetime
) -> None:
    file = repair(norte, at=now)
    fill(file)
    hers = CustomerFile.objects.get(pk=file.pk)
    filing.complete(file, by=mariana, at=now)

    with pytest.raises(Refusal, match="Somebody else has just changed this file"):
        filing.complete(hers, by=mariana, at=now)


# Figures -------------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-1.2")
def test_the_share_on_time_counts_what_was_due_and_not_what_is_yet_to_be(
    norte: Dealership, rule: FileRule, mariana: User, now: datetime
) -> None:
    moments = [datetime(2026, 3, day, 18, tzinfo=UTC) for day in (3, 4, 4, 5)]
    for moment in moments:  # three in time, one late by a day
        file = repair(norte, at=now)
        fill(file)
        filing.complete(file, by=mariana, at=moment)
    repair(norte, at=now)  # due on the fourth, and it is the fifth
    repair(norte, at=now, on=date(2026, 3, 4))  # has until tomorrow

    found = filing.on_time(norte.pk, since=date(2026, 1, 1), today=date(2026, 3, 5))

    assert (found.n, found.on_time, found.share) == (5, 3, 60.0)


def test_without_anything_due_there_is_no_share(norte: Dealership, rule: FileRule) -> None:
    assert filing.on_time(norte.pk, since=MONDAY, today=MONDAY).share is None


def test_the_list_asks_as_much_for_three_as_for_one_and_puts_the_latest_first(
    norte: Dealership, rule: FileRule, mariana: User, as_user: AsUser, now: datetime
) -> None:
    browser, counts = as_user(mariana), []
    for on in (date(2026, 3, 4), date(2026, 3, 1), date(2026, 3, 2)):
        repair(norte, at=now, on=on)
        browser.get(reverse("customers:files"))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = browser.get(reverse("customers:files"))
        counts.append(len(asked))

    assert len(set(counts)) == 1
    assert [row["late"] for row in page.context["rows"]] == [2, 1, 0]


# The rule ------------------------------------------------------------------------------------------------


def test_presets_join_into_one_rule_with_the_strictest_days(norte: Dealership) -> None:
    strict = {"triggers": ["hand_over"], "required": ["vin", "name"], "days": 1, "stale_months": 6}
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 3, 1))
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 4, 1))
    filing.adopt(strict | {"sources": dict.fromkeys(strict, "ours")}, "strict", norte, live_on=date(2026, 4, 1))

    rule = FileRule.objects.get(dealership=norte)
    assert (rule.days, rule.stale_months, rule.live_on) == (1, 6, date(2026, 3, 1))
    assert rule.triggers == ["workshop_visit", "consultation", "vehicle_delivery", "hand_over"]
    assert rule.required == [*completeness.TWELVE, "region", "birth_date", "car", "source", "vin"]
    assert len(rule.known) == 8
    assert rule.sources["of"]["required"] == ["S1-1.3", "S2-6.1", "ours"]


def test_adopting_again_changes_nothing_and_what_the_house_edited_stays(
    norte: Dealership, rule: FileRule, mariana: User, as_user: AsUser, now: datetime
) -> None:
    page = reverse("customers:rule")
    data = {
        "triggers": ["workshop_visit"],
        "required": ["name", "phone"],
        "days": 5,
        "stale_months": 12,
        "live_on": "2026-03-01",
    }
    assert as_user(mariana).post(page, data).status_code == 302

    for preset in ("after_sales_phone", "china_4s"):
        presets.activate(preset, norte, go_live_on=MONDAY)

    rule.refresh_from_db()
    assert (rule.days, rule.required, rule.triggers) == (5, ["name", "phone"], ["workshop_visit"])
    assert rule.sources["edited"] == ["call_plan", "days", "required", "triggers"]
    edits = {change.field: (change.old, change.new, change.by) for change in Change.objects.filter(noun="file_rule")}
    assert edits["days"] == ("2", "5", mariana)
    assert set(edits) == {"call_plan", "days", "required", "triggers"}
    shown = as_user(mariana).get(page).text
    assert "set by this house" in shown
    assert "Mariana Ruiz" in shown


def test_a_rule_that_goes_live_earlier_asks_for_the_files_since_then(
    norte: Dealership, rule: FileRule, mariana: User, now: datetime
) -> None:
    old = cast.deliver(norte, MONDAY, at=now, **{**ORDER, "opened_on": date(2026, 2, 26)})
    assert CustomerFile.objects.count() == 0

    rule.live_on = date(2026, 2, 20)
    filing.edit_rule(rule, ["live_on"], by=mariana, at=now)

    assert CustomerFile.objects.get().visit == old


@pytest.mark.parametrize(
    "nonsense",
    [
        {"days": "-1"},
        {"days": "61"},
        {"stale_months": "0"},
        {"required": ["name", "no_such_field"]},
        {"triggers": []},
        {"live_on": "0026-03-01"},
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    rule: FileRule, mariana: User, as_user: AsUser, nonsense: dict[str, Any]
) -> None:
    data = {
        "triggers": ["workshop_visit"],
        "required": ["name"],
        "days": 2,
        "stale_months": 12,
        "live_on": "2026-03-01",
    }

    answer = as_user(mariana).post(reverse("customers:rule"), data | nonsense)

    assert answer.status_code == 422
    assert FileRule.objects.get(pk=rule.pk).days == 2
