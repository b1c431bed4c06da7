"""The next service: proposed with its reason, accepted into a contact, turned down, withdrawn; and its kinds."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clientela.contacts import calling, explaining, next_services, planning, presets, proposing, queue
from clientela.contacts.calling import Answer
from clientela.contacts.models import Attempt, ContactTask, Designation, NextService, Outcome, ServiceKind
from clientela.contacts.proposing import Proposal, km_a_day
from clientela.customers import garage
from clientela.customers.models import Customer, OdometerReading, Profile, Vehicle, Visit
from clientela.journal.models import Entry
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
FIVE = {
    "scheduled_maintenance",
    "social_activity",
    "preferential_activity",
    "timely_repair",
    "free_inspection",
}


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("after_sales_phone", found, go_live_on=date(2026, 3, 1))
    return found


@pytest.fixture
def ana(house: Dealership) -> User:
    person = cast.person("Ana Ruiz", Role.CS_SPECIALIST, house)
    Designation.objects.create(dealership=house, performer="follow_up_agent", user=person, from_on=date(2026, 1, 1))
    return person


def noon(house: Dealership, day: date) -> datetime:
    return datetime.combine(day, time(12), house.zone)


def served(house: Dealership, on: date, *, at: datetime, months: int | None = None, **facts: Any) -> Visit:
    """A maintenance that was done, of a car with a cycle of so many months."""
    visit = cast.deliver(house, on, at=at, kind="workshop_visit", service_line="care", **facts)
    Vehicle.objects.filter(visits=visit).update(cycle_months=months)
    return visit


def proposed(customer: Customer, at: datetime, *, profiles: bool = False) -> list[Proposal]:
    return proposing.proposals(Customer.objects.get(pk=customer.pk), at=at, profiles=profiles)


# The kinds -----------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-2.2")
def test_the_preset_brings_five_kinds_in_four_languages(house: Dealership) -> None:
    kinds = ServiceKind.objects.filter(dealership=house)

    assert set(kinds.values_list("code", flat=True)) == FIVE
    assert {frozenset(kind.names) for kind in kinds} == {frozenset({"en", "es", "ru", "zh"})}
    assert {kind.source for kind in kinds} == {"S1-2.2"}


@pytest.mark.covers("S1-2.2")
def test_a_sixth_and_a_seventh_are_added_renamed_and_retired_without_code(
    house: Dealership, mariana_here: User, as_user: AsUser, now: datetime
) -> None:
    browser, address = as_user(mariana_here), reverse("contacts:service_kinds")
    sixth = {"name_en": "Tyre change", "name_es": "Cambio de llantas", "ahead_days": 30, "notice_days": 7}
    assert browser.post(address, sixth).status_code == 302
    assert browser.post(address, sixth | {"name_en": "Car wash", "name_es": ""}).status_code == 302
    assert ServiceKind.objects.filter(dealership=house).count() == 7
    tyres = ServiceKind.objects.get(names__en="Tyre change")
    customer = served(house, date(2026, 3, 2), at=now).customer

    renamed = sixth | {"name_en": "Winter tyres"}
    browser.post(reverse("contacts:service_kind", args=[tyres.pk]), renamed)
    offered = browser.get(reverse("contacts:plan_service", args=[customer.pk])).content.decode()
    browser.post(reverse("contacts:service_kind", args=[tyres.pk]), renamed | {"retired": "on"})
    afterwards = browser.get(reverse("contacts:plan_service", args=[customer.pk])).content.decode()

    assert ("Winter tyres" in offered, "Winter tyres" in afterwards, "Car wash" in afterwards) == (True, False, True)


def test_a_kind_without_a_name_is_refused_and_nothing_kept(
    house: Dealership, mariana_here: User, as_user: AsUser
) -> None:
    answer = as_user(mariana_here).post(
        reverse("contacts:service_kinds"), {"name_en": " ", "ahead_days": 400, "notice_days": 1}
    )

    assert answer.status_code == 422
    assert "Give it a name in at least one language." in answer.content.decode()
    assert ServiceKind.objects.count() == 5


def test_taking_up_the_preset_again_keeps_what_the_house_renamed(house: Dealership) -> None:
    ServiceKind.objects.filter(code="free_inspection").update(names={"en": "Ours"})

    presets.activate("after_sales_phone", house, go_live_on=date(2026, 3, 1))

    assert ServiceKind.objects.get(code="free_inspection").name == "Ours"
    assert ServiceKind.objects.count() == 5


@pytest.fixture
def mariana_here(house: Dealership) -> User:
    return cast.person("Mariana Ruiz", Role.REPRESENTATIVE, house)


# Proposals -----------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-2.1")
@pytest.mark.parametrize(
    ("last", "months", "opened", "told", "reason"),
    [
        (
            date(2026, 3, 2),
            6,
            date(2026, 8, 1),
            date(2026, 8, 19),
            "Last maintenance on Mar 2, every 6 months: due on Sep 2.",
        ),
        (date(2026, 3, 2), 6, date(2026, 8, 31), date(2026, 8, 31), None),
        # 31 August and six months: the last day of February.
        (date(2026, 3, 31), 11, date(2027, 2, 1), date(2027, 2, 14), None),
    ],
)
def test_the_next_maintenance_is_proposed_before_it_is_due(
    house: Dealership, now: datetime, last: date, months: int, opened: date, told: date, reason: str | None
) -> None:
    visit = served(house, last, at=now, months=months)

    [proposal] = proposed(visit.customer, noon(house, opened))

    assert (proposal.kind.code, proposal.planned_on, proposal.vehicle) == ("scheduled_maintenance", told, visit.vehicle)
    if reason:
        assert proposal.facts["due"] == "2026-09-02"
        assert proposal.reason == reason


@pytest.mark.parametrize(("opened", "known"), [(date(2026, 7, 18), 0), (date(2026, 7, 19), 1)])
def test_it_is_not_proposed_long_before(house: Dealership, now: datetime, opened: date, known: int) -> None:
    visit = served(house, date(2026, 3, 2), at=now, months=6)

    assert len(proposed(visit.customer, noon(house, opened))) == known


def test_the_day_that_a_person_set_goes_before_the_cycle(house: Dealership, now: datetime) -> None:
    visit = served(house, date(2026, 3, 2), at=now, months=6)
    Vehicle.objects.filter(visits=visit).update(next_service_on=date(2026, 5, 10))

    [proposal] = proposed(visit.customer, noon(house, date(2026, 4, 20)))

    assert proposal.reason == "The file says: next maintenance on May 10."


def test_mileage_brings_the_maintenance_forward(house: Dealership, ana: User, now: datetime) -> None:
    # 6,000 km in 60 days are 100 a day: 10,000 km are reached 40 days after the 1st of May.
    visit = served(house, date(2026, 3, 2), at=now, months=12, next_service_km=10_000)
    car = visit.vehicle
    assert car
    for km, on in ((0, date(2026, 3, 2)), (6_000, date(2026, 5, 1))):
        OdometerReading.objects.create(dealership=house, vehicle=car, km=km, read_on=on)

    [proposal] = proposed(visit.customer, noon(house, date(2026, 5, 2)))

    assert proposal.facts == {"from": "km", "due": "2026-06-10", "km": 10_000, "rate": 3_044}
    assert "3 044 km a month; the 10 000 km" in proposal.reason


def test_a_replaced_odometer_counts_anew(house: Dealership, ana: User, now: datetime) -> None:
    car = served(house, date(2026, 1, 2), at=now).vehicle
    assert car
    garage.read_odometer(car, km=90_000, on=date(2026, 1, 2), reason="", by=ana, at=now)
    garage.read_odometer(car, km=10, on=date(2026, 2, 1), reason="replaced", by=ana, at=now)
    garage.read_odometer(car, km=310, on=date(2026, 3, 3), reason="", by=ana, at=now)

    assert km_a_day(list(car.readings.order_by("read_on"))) == 10


@given(
    st.lists(
        st.tuples(st.integers(0, 2_000), st.integers(0, 500_000), st.sampled_from(["", "", "replaced"])), max_size=8
    )
)
def test_the_rate_is_never_negative_and_needs_four_weeks(rows: list[tuple[int, int, str]]) -> None:
    readings = [
        OdometerReading(km=km, read_on=date(2020, 1, 1) + timedelta(day), reason=reason)
        for day, km, reason in sorted(rows)
    ]

    rate = km_a_day(readings)

    begun = [n for n, reading in enumerate(readings) if reading.reason]
    since = readings[begun[-1] if begun else 0 :]
    known = since and (since[-1].read_on - since[0].read_on).days >= 28 and since[-1].km > since[0].km
    assert (rate is not None) == bool(known)
    assert rate is None or rate > 0


def test_without_a_cycle_the_last_two_services_say_how_often_she_comes(house: Dealership, now: datetime) -> None:
    first = served(house, date(2025, 9, 2), at=now, vin="3GNTEST0000000017", phones="614 555 0001")
    served(
        house,
        date(2026, 3, 2),
        at=now,
        vin="3GNTEST0000000017",
        phones="614 555 0001",
        number="T-2",
        customer_name=first.customer.full_name,
        plate=first.vehicle.plate if first.vehicle else "",
    )

    [proposal] = proposed(first.customer, noon(house, date(2026, 8, 20)))

    assert proposal.facts == {"from": "interval", "due": "2026-08-30", "days": 181}


def test_a_need_and_a_wish_and_an_absence_and_interests(house: Dealership, ana: User, now: datetime) -> None:
    task = cast.due(house, date(2026, 3, 2), at=now, kind="workshop_visit")
    queue.claim(task, by=ana, at=now)
    answer = Answer(
        outcome=Outcome.REACHED,
        grade="satisfied",
        texts={"opinion": "Fine"},
        finding_kind="need",
        finding_text="Llantas en abril",
    )
    calling.keep(task, answer, fence=task.fence, by=ana, at=now)
    customer = task.customer
    Customer.objects.filter(pk=customer.pk).update(desired_services="Lavado a domicilio")
    Profile.objects.create(dealership=house, customer=customer, hobbies="Pesca")

    def reasons(at: datetime, **who: bool) -> set[tuple[str, str, str]]:
        found = proposed(customer, at, **who)
        return {(proposal.kind.code, proposal.content, proposal.reason) for proposal in found}

    need = ("timely_repair", "Llantas en abril", "Said on a call on Mar 5.")
    wish = ("timely_repair", "Lavado a domicilio", "The file names services that the customer desires.")
    absence = ("free_inspection", "", "Last seen here on Mar 2.")
    assert reasons(now) == {need, wish}
    assert reasons(now, profiles=True) == {
        need, wish, ("social_activity", "", "The profile names interests that fit."),
    }  # fmt: skip
    assert reasons(noon(house, date(2027, 3, 2))) == {wish, absence}


def test_who_wants_no_advertising_is_proposed_none(house: Dealership, mariana_here: User, now: datetime) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer
    Profile.objects.create(dealership=house, customer=customer, interests="Rallies")
    Customer.objects.filter(pk=customer.pk).update(do_not_call=True)
    customer.refresh_from_db()
    offer = ServiceKind.objects.get(code="preferential_activity")

    assert proposed(customer, now, profiles=True) == []
    with pytest.raises(Refusal, match="does not want to be called for advertising"):
        plan(customer, offer, date(2026, 3, 9), mariana_here, now)


# Deciding ------------------------------------------------------------------------------------------------


def plan(customer: Customer, kind: ServiceKind, on: date, by: User, at: datetime, **facts: Any) -> NextService:
    given = next_services.Plan(kind=kind, planned_on=on, channel="phone", **facts)
    return next_services.plan(customer, given, by=by, at=at)


@pytest.mark.covers("S1-2.1")
@pytest.mark.parametrize("opened", [date(2026, 8, 3), date(2026, 8, 20)])
def test_a_proposal_is_accepted_into_a_contact_of_the_designated_agent(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, opened: date
) -> None:
    visit = served(house, date(2026, 3, 2), at=now, months=6)
    with time_machine.travel(noon(house, opened), tick=False):
        browser = as_user(ana)
        page = browser.get(reverse("desk:customer", args=[visit.customer_id])).content.decode()
        assert "Last maintenance on Mar 2, every 6 months: due on Sep 2." in page
        key = f"maintenance:{visit.vehicle_id}:2026-03-02"
        browser.post(reverse("contacts:accept_service", args=[visit.customer_id]), {"proposal": key})

        task = ContactTask.objects.get(step__anchor="planned")
        told = max(opened, date(2026, 8, 19))
        assert (task.opens_on, task.due_on, task.assignee, task.customer) == (told, told, ana, visit.customer)
        page = browser.get(reverse("desk:customer", args=[visit.customer_id])).content.decode()
        assert "on the list of Ana Ruiz" in page
        assert proposed(visit.customer, noon(house, opened)) == []

    entry = Entry.objects.get(kind="next_service")
    assert (entry.customer_id, entry.facts["state"], entry.facts["planned_on"]) == (
        visit.customer_id,
        "planned",
        told.isoformat(),
    )
    with time_machine.travel(noon(house, told), tick=False):
        assert visit.customer.listed_name in as_user(ana).get("/").content.decode()


@pytest.mark.covers("S1-2.1")
def test_form_1_shows_what_is_planned_next_until_it_was_told(
    house: Dealership, ana: User, mariana_here: User, as_user: AsUser, now: datetime
) -> None:
    visit = served(house, date(2026, 3, 4), at=now)
    kind = ServiceKind.objects.get(dealership=house, code="free_inspection")
    service = plan(visit.customer, kind, date(2026, 4, 21), ana, now, content="Frenos y luces")
    form = reverse("contacts:print_file", args=[visit.customer_id])

    printed = as_user(mariana_here).get(form).text
    told = ["Revisión gratuita", "Frenos y luces", "21/04/2026", "Teléfono"]
    assert [text for text in told if text not in printed] == []

    next_services.withdraw(service, reason="Vendió el coche", by=ana, at=now)
    assert "Frenos y luces" not in as_user(mariana_here).get(form).text


def test_why_says_what_was_planned_and_from_what(house: Dealership, ana: User, now: datetime) -> None:
    visit = served(house, date(2026, 3, 2), at=now, months=6)
    at = noon(house, date(2026, 8, 3))
    [proposal] = proposed(visit.customer, at)
    service = next_services.plan(visit.customer, next_services.plan_of(proposal, "phone"), by=ana, at=at)

    [reason] = [reason for reason in explaining.why(visit.customer_id, house.pk, at=at) if reason.service]

    assert (reason.service, reason.is_due, reason.due_on) == (service, True, date(2026, 8, 19))
    assert reason.task == ContactTask.objects.get(anchor=f"service:{service.pk}")
    assert reason.proposed.startswith("Last maintenance on Mar 2")


def test_what_lies_far_ahead_comes_on_the_list_when_it_is_near(house: Dealership, ana: User, now: datetime) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer
    service = plan(customer, ServiceKind.objects.get(code="free_inspection"), date(2026, 6, 15), ana, now)
    tasks = ContactTask.objects.filter(anchor=service.anchor)

    assert not tasks.exists()
    planning.plan(at=noon(house, date(2026, 4, 15)))
    assert not tasks.exists()
    planning.plan(at=noon(house, date(2026, 4, 16)))
    planning.plan(at=noon(house, date(2026, 4, 17)))
    assert tasks.get().due_on == date(2026, 6, 15)


def test_a_corrected_or_cancelled_visit_leaves_the_plan_where_it_is(
    house: Dealership, ana: User, now: datetime
) -> None:
    visit = served(house, date(2026, 3, 2), at=now, number="T-X")
    service = plan(visit.customer, ServiceKind.objects.get(code="timely_repair"), date(2026, 3, 12), ana, now)
    task = ContactTask.objects.get(anchor=service.anchor)

    cast.deliver(house, date(2026, 3, 4), at=now, kind="workshop_visit", number="T-X",
                 customer_name=visit.customer.full_name, phones="614 555 1234")  # fmt: skip
    Visit.objects.filter(pk=visit.pk).update(cancelled_at=now)
    planning.realign([visit.pk], at=now)

    task.refresh_from_db()
    assert (task.state, task.due_on) == ("open", date(2026, 3, 12))


def test_a_planned_day_that_is_closed_lasts_until_the_next_open_one(
    house: Dealership, ana: User, now: datetime
) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer

    service = plan(customer, ServiceKind.objects.get(code="timely_repair"), date(2026, 3, 8), ana, now)  # a Sunday

    task = ContactTask.objects.get(anchor=service.anchor)
    assert (task.opens_on, task.due_on) == (date(2026, 3, 8), date(2026, 3, 9))


def test_the_contact_is_made_without_a_grade_and_the_file_says_so(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer
    service = plan(
        customer, ServiceKind.objects.get(code="timely_repair"), date(2026, 3, 5), ana, now, content="Frenos"
    )
    task = ContactTask.objects.get(anchor=service.anchor)
    browser = as_user(ana)
    browser.post(reverse("contacts:take", args=[task.pk]))
    screen = browser.get(reverse("desk:call", args=[task.pk])).content.decode()
    task.refresh_from_db()

    kept = browser.post(reverse("contacts:outcome", args=[task.pk]), {"fence": task.fence, "outcome": "reached"})

    assert kept.status_code == 302
    assert "Frenos" in screen
    assert 'name="grade"' not in screen
    assert Attempt.objects.get().response is None
    task.refresh_from_db()
    assert task.state == "done"
    with pytest.raises(Refusal, match="already made"):
        next_services.withdraw(service, reason="Tarde", by=ana, at=now)


def test_turned_down_with_a_reason_it_does_not_come_again(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer
    Customer.objects.filter(pk=customer.pk).update(desired_services="Pulido")
    [proposal] = proposed(customer, now)
    browser, address = as_user(ana), reverse("contacts:dismiss_service", args=[customer.pk])

    without = browser.post(address, {"proposal": proposal.key, "reason": "  "})
    kept = browser.post(address, {"proposal": proposal.key, "reason": "Ya lo hizo en casa"})
    again = browser.post(address, {"proposal": proposal.key, "reason": "Otra vez"})

    assert (without.status_code, kept.status_code, again.status_code) == (409, 302, 409)
    assert "Say why, in a few words." in without.content.decode()
    assert NextService.objects.get().reason == "Ya lo hizo en casa"
    assert proposed(customer, now) == []
    assert not ContactTask.objects.filter(step__anchor="planned").exists()


def test_withdrawn_its_contact_leaves_the_list_and_stays_away(house: Dealership, ana: User, now: datetime) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer
    service = plan(customer, ServiceKind.objects.get(code="timely_repair"), date(2026, 3, 6), ana, now)

    next_services.withdraw(service, reason="Vendió el coche", by=ana, at=now)
    planning.plan(at=now)

    assert ContactTask.objects.get(anchor=service.anchor).state == "cancelled"
    assert [entry.facts["state"] for entry in Entry.objects.filter(kind="next_service").order_by("pk")] == [
        "planned",
        "withdrawn",
    ]


def test_who_never_came_is_noted_down_first(house: Dealership, ana: User, now: datetime) -> None:
    customer = Customer.objects.create(dealership=house, full_name="Sin Visita", language="es-mx", created_at=now)

    with pytest.raises(Refusal, match="no visit yet"):
        plan(customer, ServiceKind.objects.get(code="timely_repair"), date(2026, 3, 6), ana, now)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"planned_on": "2026-03-04"}, "This day has passed."),
        ({"planned_on": "2036-03-04"}, "more than two years away"),
        ({"planned_on": "31/02/2026"}, "Enter a valid date."),
        ({"kind": "99999"}, "Select a valid choice."),
        ({"channel": "pigeon"}, "Select a valid choice."),
    ],
)
def test_a_plan_that_cannot_be_is_answered_with_a_sentence(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, sent: dict[str, str], sentence: str
) -> None:
    customer = served(house, date(2026, 3, 2), at=now).customer
    kind = ServiceKind.objects.get(code="timely_repair")
    good = {"kind": kind.pk, "planned_on": "2026-03-09", "channel": "letter", "content": "Frenos"}

    answer = as_user(ana).post(reverse("contacts:plan_service", args=[customer.pk]), good | sent)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not NextService.objects.exists()
