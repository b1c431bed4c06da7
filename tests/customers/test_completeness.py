"""What a file holds: how well one knows a customer, and when her car is due."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clientela.contacts import presets
from clientela.customers import completeness
from clientela.customers.models import Customer, FileRule, Profile, Vehicle
from clientela.lib.months import later
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)


def serviced(house: Dealership, *, at: datetime, on: date = MONDAY, **facts: Any) -> Vehicle:
    visit = cast.deliver(house, on, at=at, **{"kind": "workshop_visit", "service_line": "care", **facts})
    assert visit.vehicle
    return visit.vehicle


@pytest.mark.covers("S1-1.3")
@pytest.mark.parametrize(
    ("last", "cycle"), [(MONDAY, 6), (date(2026, 2, 28), 12), (date(2025, 8, 31), 6), (date(2024, 2, 29), 12)]
)
def test_the_next_maintenance_follows_from_the_last_and_the_cycle(
    norte: Dealership, now: datetime, last: date, cycle: int
) -> None:
    car = serviced(norte, at=now, on=last)
    Vehicle.objects.filter(pk=car.pk).update(cycle_months=cycle)

    assert completeness.next_maintenance(car) == later(last, cycle)


@pytest.mark.covers("S1-1.3")
def test_last_service_on_2_march_with_six_months_makes_2_september_and_can_be_edited(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    car, browser = serviced(norte, at=now), as_user(mariana)
    page = reverse("customers:vehicle", args=[car.pk])
    facts = {"make": car.make, "model": car.model, "plate": car.plate, "cycle_months": 6}

    assert browser.post(page, facts).status_code == 302
    assert completeness.next_maintenance(car) == date(2026, 9, 2)

    assert browser.post(page, facts | {"next_service_on": "2026-08-15"}).status_code == 302
    assert completeness.next_maintenance(car) == date(2026, 8, 15)
    assert (
        "15/08/2026"
        in as_user(cast.person("Lector", Role.AUDITOR, norte, "es-mx")).get(reverse("desk:vehicle", args=[car.pk])).text
    )


def test_a_repair_is_no_maintenance_and_a_cancelled_one_none_either(norte: Dealership, now: datetime) -> None:
    car = serviced(
        norte, at=now, on=date(2026, 1, 10), plate="EKV-573-C", customer_name="Ana Gil", phones="614 1112233"
    )
    Vehicle.objects.filter(pk=car.pk).update(cycle_months=3)
    same = {"plate": "EKV-573-C", "customer_name": "Ana Gil", "phones": "614 1112233"}
    assert serviced(norte, at=now, on=date(2026, 2, 20), **same, service_line="repair").pk == car.pk
    newest = serviced(norte, at=now, on=date(2026, 2, 25), **same).visits.get(delivered_on=date(2026, 2, 25))
    type(newest).objects.filter(pk=newest.pk).update(cancelled_at=now)

    assert completeness.next_maintenance(car) == date(2026, 4, 10)


def test_without_a_cycle_or_a_visit_nothing_is_known(norte: Dealership, now: datetime) -> None:
    car = serviced(norte, at=now)
    shelf = Vehicle.objects.create(dealership=norte, make="Kia", cycle_months=6)

    assert completeness.next_maintenance_of([car.pk, shelf.pk]) == {}


@pytest.mark.covers("S2-2.2")
@pytest.mark.parametrize(
    "left_out", ["name", "birth_date", "phone", "lifestyle", "hobbies", "car", "address", "occupation", None]
)
def test_seven_of_eight_fields_are_stage_one_and_the_eighth_makes_two(
    norte: Dealership, now: datetime, left_out: str | None
) -> None:
    presets.activate("mazda_chile", norte, go_live_on=MONDAY)
    rule = FileRule.objects.get(dealership=norte)
    customer = _well_known(norte, without=left_out, at=now)

    found = completeness.stage(customer, rule)

    assert found
    missing = [] if left_out in {None, "name"} else [left_out]  # a file without a name cannot be
    assert (found.number, [field.code for field in found.missing], found.of) == (1 if missing else 2, missing, 8)


def _well_known(house: Dealership, *, without: str | None, at: datetime) -> Customer:
    bare: dict[str, Any] = {}
    if without == "car":
        bare = {"make": "", "model": "", "model_year": None, "plate": ""}
    customer = cast.deliver(
        house,
        MONDAY,
        at=at,
        phones="12" if without == "phone" else "614 662 4039",
        address="" if without == "address" else "Av. Universidad 12",
        birth_date=None if without == "birth_date" else date(1980, 5, 1),
        **bare,
    ).customer
    traits = {"lifestyle": "familia", "hobbies": "pesca", "occupation": "maestra"}
    traits.pop(without or "", None)
    Profile.objects.create(dealership=house, customer=customer, **traits)
    return customer


@pytest.mark.covers("S2-2.2")
def test_the_page_names_what_is_still_unknown(norte: Dealership, mariana: User, as_user: AsUser, now: datetime) -> None:
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 4, 1))
    customer = _well_known(norte, without="hobbies", at=now)
    browser = as_user(mariana)

    before = browser.get(reverse("desk:customer", args=[customer.pk])).text
    browser.post(reverse("customers:profile", args=[customer.pk]), {"hobbies": "ciclismo", **_said(customer)})
    after = browser.get(reverse("desk:customer", args=[customer.pk])).text

    assert ("stage 1" in before, "hobbies" in before) == (True, True)
    assert ("stage 2" in after, "ciclismo" in after) == (True, True)


def _said(customer: Customer) -> dict[str, str]:
    return {name: getattr(customer.profile, name) for name in ("lifestyle", "occupation")}


def test_a_house_without_such_a_rule_has_no_stages(norte: Dealership, now: datetime) -> None:
    customer = cast.deliver(norte, MONDAY, at=now).customer

    assert completeness.stage(customer, FileRule(dealership=norte)) is None


# The profile is seen by few ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.REPRESENTATIVE, True),
        (Role.SERVICE_DIRECTOR, True),
        (Role.GENERAL_MANAGER, True),
        (Role.CS_SPECIALIST, False),
        (Role.SALES_CONSULTANT, False),
        (Role.AUDITOR, False),
        (Role.EMPLOYEE, False),
    ],
)
def test_the_profile_is_seen_by_few(norte: Dealership, as_user: AsUser, now: datetime, role: Role, sees: bool) -> None:
    customer = _well_known(norte, without=None, at=now)
    person = cast.person("Alguien Más", role, norte)

    page = as_user(person).get(reverse("desk:customer", args=[customer.pk])).text

    assert ("pesca" in page) is sees


def test_an_agent_sees_and_writes_the_profile_of_those_whose_file_is_hers(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime
) -> None:
    presets.activate("mazda_chile", norte, go_live_on=MONDAY)
    customer = _well_known(norte, without=None, at=now)
    page, browser = reverse("customers:profile", args=[customer.pk]), as_user(jorge)
    assert browser.get(page).status_code == 404

    customer.files.update(owner=jorge)

    assert browser.post(page, {"hobbies": "ajedrez"}).status_code == 302
    assert Profile.objects.get(customer=customer).hobbies == "ajedrez"
