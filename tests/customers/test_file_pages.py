"""Correcting a file by hand: names as each country writes them, consents, cars, who walks in, what is printed."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from clientela.contacts import planning, presets
from clientela.contacts.models import ContactTask
from clientela.customers import consents, consulting, garage
from clientela.customers.models import (
    Change,
    Consent,
    Customer,
    CustomerFile,
    CustomerRestHours,
    OdometerReading,
    Ownership,
    Vehicle,
    Visit,
)
from clientela.customers.tasks import find_duplicates
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
KEY = "7d0c9b7e-5f0e-4f34-9d7a-6a3d1d9a7a11"


@pytest.fixture
def ana(norte: Dealership, now: datetime) -> Customer:
    return cast.deliver(
        norte, MONDAY, at=now, customer_name="Gómez Ruiz Ana", phones="614 662 4039", plate="EKV-573-C"
    ).customer


# The person ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "parts", "absent"),
    [
        ("es-mx", ["family_name", "second_family_name", "given_name"], ["patronymic"]),
        ("ru", ["family_name", "given_name", "patronymic"], ["second_family_name"]),
        ("zh-hans", ["family_name", "given_name"], ["second_family_name", "patronymic"]),
    ],
)
def test_the_form_asks_for_the_parts_of_a_name_in_the_order_of_its_language(
    norte: Dealership, mariana: User, as_user: AsUser, language: str, parts: list[str], absent: list[str]
) -> None:
    customer = Customer.objects.create(dealership=norte, full_name="欧阳敏", language=language)

    form = as_user(mariana).get(reverse("customers:edit", args=[customer.pk])).context["form"]

    assert [name for name in form.fields if name.endswith("_name") or name == "patronymic"] == ["full_name", *parts]
    assert not set(absent) & set(form.fields)


def test_a_patronymic_is_kept_and_the_whole_name_follows(norte: Dealership, mariana: User, as_user: AsUser) -> None:
    customer = Customer.objects.create(
        dealership=norte, full_name="Иванов Иван", family_name="Иванов", given_name="Иван", language="ru"
    )
    facts = {"kind": "person", "full_name": "Иванов Иван", "family_name": "Иванов", "given_name": "Иван"}

    as_user(mariana).post(
        reverse("customers:edit", args=[customer.pk]), facts | {"patronymic": "Иванович", "language": "ru"}
    )

    customer.refresh_from_db()
    assert (customer.full_name, customer.polite_name) == ("Иванов Иван Иванович", "Иван Иванович")


def test_who_edits_an_older_state_of_the_file_is_told(ana: Customer, mariana: User, as_user: AsUser) -> None:
    page, browser = reverse("customers:edit", args=[ana.pk]), as_user(mariana)
    facts = {"kind": "person", "full_name": ana.full_name, "language": "es-mx", "version": ana.version}

    first = browser.post(page, facts | {"region": "Norte"})
    second = browser.post(page, facts | {"region": "Sur"})

    assert (first.status_code, second.status_code) == (302, 422)
    assert "Somebody else has changed this file" in second.text
    assert Customer.objects.get(pk=ana.pk).region == "Norte"


@pytest.mark.parametrize("day", ["2027-01-01", "0085-04-12", "1885-04-12"])
def test_a_birth_date_that_cannot_be_is_refused(ana: Customer, mariana: User, as_user: AsUser, day: str) -> None:
    facts = {"kind": "person", "full_name": ana.full_name, "language": "es-mx", "birth_date": day}

    assert as_user(mariana).post(reverse("customers:edit", args=[ana.pk]), facts).status_code == 422


@pytest.mark.covers("S4-1.1b", "S1-P2.5.1b")
def test_after_a_change_of_address_the_old_and_new_values_show_with_their_date(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    browser, page = as_user(mariana), reverse("customers:edit", args=[ana.pk])
    facts = {"kind": "person", "full_name": ana.full_name, "language": "es-mx"}
    for address in ("Calle 9", "Av. Universidad 12"):
        browser.post(page, facts | {"address": address, "sex": "f", "birth_date": "1980-05-01"})

    history = browser.get(reverse("customers:history", args=[ana.pk]))

    shown = [(line.title, line.old, line.new) for line in history.context["lines"]]
    assert shown[0] == ("address", "Calle 9", "Av. Universidad 12")
    assert ("date of birth", "", date(1980, 5, 1)) in shown
    assert ("salutation", "", "Ms") in shown
    assert "today, 10:00" in history.text
    only = browser.get(reverse("customers:history", args=[ana.pk]), {"field": "address"})
    assert [line.title for line in only.context["lines"]] == ["address", "address"]


def test_the_history_pages_newest_first(ana: Customer, norte: Dealership, mariana: User, as_user: AsUser) -> None:
    Change.objects.bulk_create(
        Change(
            dealership=norte,
            noun="customer",
            row=ana.pk,
            customer_id=ana.pk,
            field="region",
            new=str(i),
            at=ana.created_at,
        )
        for i in range(120)
    )
    browser, page = as_user(mariana), reverse("customers:history", args=[ana.pk])
    seen, after = [], ""
    for _page in range(3):
        answer = browser.get(page, {"after": after, "field": "region"})
        seen += [line.new for line in answer.context["lines"]]
        after = answer.context["more"]

    assert seen == [str(i) for i in reversed(range(120))]
    assert after == ""


# What she allowed ----------------------------------------------------------------------------------------


def test_a_consent_is_given_with_its_text_and_withdrawn_and_both_stay(
    ana: Customer, mariana: User, as_user: AsUser
) -> None:
    browser, page = as_user(mariana), reverse("customers:permissions", args=[ana.pk])
    facts = {
        "channel": "sms",
        "purpose": "advertising",
        "text_version": "Aviso 2026-01",
        "source": "paper",
        "evidence": "Carpeta 7",
        "given_on": "2026-03-01",
    }
    assert browser.post(page, facts).status_code == 302
    assert consents.stands(ana, "sms", "advertising")
    twice = browser.post(page, facts)
    assert (twice.status_code, "already stands" in twice.text) == (422, True)

    consent = Consent.objects.get()
    end = reverse("customers:withdraw_consent", args=[ana.pk, consent.pk])
    assert browser.post(end, {"on": "2026-02-28"}).status_code == 409  # before it was given
    assert browser.post(end, {"on": "2026-03-06"}).status_code == 409  # tomorrow
    assert browser.post(end, {"on": "2026-03-04"}).status_code == 302
    assert browser.post(end, {"on": "2026-03-04"}).status_code == 409

    assert not consents.stands(ana, "sms", "advertising")
    assert browser.post(page, facts | {"text_version": "Aviso 2026-02"}).status_code == 302
    rows = Consent.objects.order_by("pk").values_list("text_version", "withdrawn_on", "by")
    assert list(rows) == [("Aviso 2026-01", date(2026, 3, 4), mariana.pk), ("Aviso 2026-02", None, mariana.pk)]


def test_the_do_not_call_list_overrides_a_consent_and_its_date_is_kept(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    for purpose in ("advertising", "service"):
        Consent.objects.create(
            dealership=norte,
            customer=ana,
            channel="phone",
            purpose=purpose,
            text_version="1",
            source="spoken",
            given_on=MONDAY,
        )
    page = reverse("customers:do_not_call", args=[ana.pk])

    as_user(mariana).post(page, {"do_not_call": "on", "do_not_call_list_on": "2026-03-01"})

    ana.refresh_from_db()
    assert (ana.do_not_call, ana.do_not_call_list_on) == (True, date(2026, 3, 1))
    assert [consents.stands(ana, "phone", purpose) for purpose in ("advertising", "service")] == [False, True]
    assert as_user(mariana).post(page, {"do_not_call_list_on": "2026-03-09"}).status_code == 422


def test_her_rest_hours_are_on_the_call(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(mariana)
    page = reverse("customers:add_rest", args=[ana.pk])
    assert browser.post(page, {"weekday": "", "starts": "14:00", "ends": "16:30"}).status_code == 302
    assert browser.post(page, {"weekday": "", "starts": "16:00", "ends": "16:00"}).status_code == 422

    planning.plan(at=now, dealership_ids=[norte.pk])
    task = ContactTask.objects.get(customer=ana)
    browser.post(reverse("contacts:take", args=[task.pk]))

    assert "14:00–16:30" in browser.get(reverse("desk:call", args=[task.pk])).text
    rest = CustomerRestHours.objects.get()
    assert rest.starts == time(14)
    assert browser.post(reverse("customers:remove_rest", args=[ana.pk, rest.pk])).status_code == 302


# Her cars ------------------------------------------------------------------------------------------------


def test_a_second_person_uses_a_car_that_the_house_knows(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    luis = cast.deliver(norte, MONDAY, at=now, customer_name="Gómez Luis").customer

    as_user(mariana).post(reverse("customers:garage", args=[luis.pk]), {"capacity": "user", "plate": "ekv573c"})

    car = Vehicle.objects.get(plate="EKV-573-C")
    assert list(car.ownerships.order_by("pk").values_list("customer", "capacity", "to_on")) == [
        (ana.pk, "owner", None),
        (luis.pk, "user", None),
    ]


def test_a_car_that_the_house_knows_is_taken_by_its_vin_too(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    luis = cast.deliver(norte, MONDAY, at=now, customer_name="Gómez Luis").customer
    Vehicle.objects.filter(plate="EKV-573-C").update(vin="3GNTU5KV6PP646762")
    car = Vehicle.objects.get(plate="EKV-573-C")

    given = {"capacity": "user", "vin": "3gntu5kv6pp646762"}
    assert as_user(mariana).post(reverse("customers:garage", args=[luis.pk]), given).status_code == 302

    assert list(Ownership.objects.filter(customer=luis, capacity="user").values_list("vehicle", flat=True)) == [car.pk]


def test_a_new_owner_ends_the_former_ones_time_and_must_say_since_when(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    luis = cast.deliver(norte, MONDAY, at=now, customer_name="Gómez Luis").customer
    browser, page = as_user(mariana), reverse("customers:garage", args=[luis.pk])
    facts = {"capacity": "owner", "plate": "EKV-573-C"}

    assert browser.post(page, facts).status_code == 409
    assert browser.post(page, facts | {"from_on": "2026-03-01"}).status_code == 409  # Ana has it since the 2nd
    assert browser.post(page, facts | {"from_on": "2026-03-04"}).status_code == 302
    assert browser.post(page, facts | {"from_on": "2026-03-04"}).status_code == 409  # he has it

    rows = Ownership.objects.filter(vehicle__plate="EKV-573-C").order_by("pk")
    assert list(rows.values_list("customer", "from_on", "to_on")) == [
        (ana.pk, MONDAY, date(2026, 3, 4)),
        (luis.pk, date(2026, 3, 4), None),
    ]


def test_whose_car_it_is_by_a_persons_word_holds_until_it_is_delivered_again(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    luis = cast.deliver(norte, MONDAY, at=now, customer_name="Gómez Luis").customer
    facts = {"capacity": "owner", "plate": "EKV-573-C", "from_on": "2026-03-04"}
    as_user(mariana).post(reverse("customers:garage", args=[luis.pk]), facts)
    car = Vehicle.objects.get(plate="EKV-573-C")
    known: dict[str, Any] = {"customer_name": "Gómez Álvarez Ana", "vin": car.vin, "plate": car.plate}

    cast.deliver(norte, date(2026, 3, 3), at=now, kind="workshop_visit", **known)
    cast.deliver(norte, date(2026, 3, 1), at=now, **known)
    assert car.ownerships.get(to_on=None).customer == luis

    again = cast.deliver(norte, date(2026, 3, 9), at=now + timedelta(days=5), **known | {"customer_name": "Ruiz Eva"})
    assert car.ownerships.get(to_on=None).customer == again.customer


def test_a_car_needs_something_to_be_told_apart_by(ana: Customer, mariana: User, as_user: AsUser) -> None:
    page = reverse("customers:garage", args=[ana.pk])

    assert as_user(mariana).post(page, {"capacity": "owner", "colour": "rojo"}).status_code == 422


@pytest.mark.parametrize(("on", "status"), [("2026-03-05", 302), ("2026-03-06", 409), ("2026-03-01", 409)])
def test_a_car_is_no_longer_hers(ana: Customer, mariana: User, as_user: AsUser, on: str, status: int) -> None:
    held = ana.ownerships.get()

    answer = as_user(mariana).post(reverse("customers:end_ownership", args=[ana.pk, held.pk]), {"on": on})

    held.refresh_from_db()
    assert answer.status_code == status
    assert held.to_on == (date(2026, 3, 5) if status == 302 else None)


def test_one_house_has_a_vin_once(ana: Customer, norte: Dealership, mariana: User, as_user: AsUser) -> None:
    other = Vehicle.objects.create(dealership=norte, vin="3GN3ESF49RR628194")
    car = ana.ownerships.get().vehicle

    answer = as_user(mariana).post(
        reverse("customers:vehicle", args=[car.pk]), {"make": "GMC", "vin": "3gn3esf49-rr628194"}
    )

    assert (answer.status_code, "this VIN" in answer.text) == (422, True)
    with pytest.raises(Refusal, match="this VIN"):
        garage.save(Vehicle(dealership=norte, vin=other.vin))


def test_a_lower_reading_needs_a_reason_and_keeps_it(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    car = ana.ownerships.get().vehicle
    OdometerReading.objects.create(dealership=norte, vehicle=car, km=41_000, read_on=date(2026, 3, 1))
    browser, page = as_user(mariana), reverse("customers:read_odometer", args=[car.pk])

    def read(km: int, on: str, reason: str = "") -> int:
        return browser.post(page, {"km": km, "on": on, "reason": reason}).status_code

    assert read(40_999, "2026-03-03") == 422
    assert read(120, "2026-03-03", "replaced") == 302
    assert read(300, "2026-03-04") == 302  # counted from the new odometer
    assert read(90_000, "2026-02-20") == 422  # later it was only 41,000
    assert read(42_000, "2026-03-06") == 422  # tomorrow

    readings = OdometerReading.objects.order_by("read_on").values_list("km", "reason", "by")
    assert list(readings) == [
        (41_000, "", None),
        (120, "replaced", mariana.pk),
        (300, "", mariana.pk),
    ]
    assert "the odometer was replaced" in browser.get(reverse("customers:vehicle", args=[car.pk])).text


def test_a_reading_from_before_a_replacement_may_be_higher(
    ana: Customer, norte: Dealership, mariana: User, now: datetime
) -> None:
    car = ana.ownerships.get().vehicle
    garage.read_odometer(car, km=41_000, on=date(2026, 2, 1), reason="", by=mariana, at=now)
    garage.read_odometer(car, km=120, on=date(2026, 3, 3), reason="replaced", by=mariana, at=now)

    garage.read_odometer(car, km=41_500, on=date(2026, 3, 1), reason="", by=mariana, at=now)

    assert list(car.readings.order_by("read_on").values_list("km", flat=True)) == [41_000, 41_500, 120]


# Who walks in --------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-1.1")
def test_a_consultation_without_purchase_asks_for_a_file_as_a_repair_order_does(
    norte: Dealership, patricia: User, as_user: AsUser, now: datetime
) -> None:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 3, 1))
    repaired = cast.deliver(norte, date(2026, 3, 5), at=now, kind="workshop_visit")
    facts = {
        "key": KEY,
        "full_name": "Luz Paredes Gil",
        "phone": "614 222 33 44",
        "topic": "Crédito",
        "interest": "Onix 2026",
        "on": "2026-03-05",
        "consultant": patricia.pk,
    }

    for _click in range(2):  # sent twice it is one talk
        answer = as_user(patricia).post(reverse("customers:consultation"), facts)
        assert answer.status_code == 302

    visit = Visit.objects.get(kind="consultation")
    duties = {file.visit_id: (file.began_on, file.due_on, file.state) for file in CustomerFile.objects.all()}
    assert duties == dict.fromkeys([repaired.pk, visit.pk], (date(2026, 3, 5), date(2026, 3, 7), "due"))
    customer = visit.customer
    assert (customer.given_name, customer.family_name, customer.second_family_name) == ("Luz", "Paredes", "Gil")
    assert (customer.source, customer.contact_points.get().value) == ("consultation", "+526142223344")
    assert (visit.interest, visit.consultant) == ("Onix 2026", patricia)
    page = as_user(patricia).get(reverse("desk:customer", args=[customer.pk])).text
    assert ("Crédito" in page, "to be complete by Mar 7" in page) == (True, True)


@pytest.mark.covers("S1-1.1")
def test_a_known_customer_asks_about_her_car_on_an_earlier_day(
    ana: Customer, norte: Dealership, patricia: User, as_user: AsUser
) -> None:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 3, 1))
    browser, page = as_user(patricia), reverse("customers:consultation")
    found = browser.get(page, {"q": "gomez ana"})
    assert [row.pk for row in found.context["found"]] == [ana.pk]

    car = ana.ownerships.get().vehicle_id
    browser.post(f"{page}?customer={ana.pk}", {"key": KEY, "topic": "Garantía", "on": "2026-03-03", "vehicle": car})

    visit = Visit.objects.get(kind="consultation")
    assert (visit.customer, visit.vehicle_id, visit.file.due_on) == (ana, car, date(2026, 3, 5))


def test_advice_about_a_car_never_makes_it_the_askers(
    ana: Customer, norte: Dealership, patricia: User, as_user: AsUser, now: datetime
) -> None:
    car = ana.ownerships.get().vehicle
    luis = cast.deliver(norte, MONDAY, at=now, customer_name="Gómez Luis").customer
    garage.add(luis, car, capacity="user", from_on=None, today=now.date())
    page = f"{reverse('customers:consultation')}?customer={luis.pk}"
    as_user(patricia).post(page, {"key": KEY, "topic": "Garantía", "on": "2026-03-05", "vehicle": car.pk})
    assert Visit.objects.get(kind="consultation").vehicle == car

    # The workshop's next file looks at whose car it is once more.
    cast.deliver(norte, date(2026, 3, 5), at=now, plate=car.plate, kind="workshop_visit", customer_name="Otro Chofer")

    assert [held.customer for held in car.ownerships.filter(capacity="owner")] == [ana]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"full_name": ""},
        {"full_name": " \u0301 "},
        {"phone": "12"},
        {"topic": ""},
        {"on": "2026-03-06"},
        {"key": "../../etc"},
        {"email": "x@"},
        {"consultant": "999999"},
    ],
)
def test_a_consultation_that_cannot_be_leaves_nothing(
    norte: Dealership, patricia: User, as_user: AsUser, nonsense: dict[str, str]
) -> None:
    facts = {"key": KEY, "full_name": "Luz", "topic": "Crédito", "on": "2026-03-05"}

    answer = as_user(patricia).post(reverse("customers:consultation"), facts | nonsense)

    assert answer.status_code == 422
    assert (Visit.objects.count(), Customer.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("house", "typed", "listed"),
    [
        ("NORTE", "Úrsula Cervantes Lomelí", "Cervantes Lomelí, Úrsula"),
        ("NORTE", "Zúñiga Hernández José Luis", "Zúñiga Hernández, José Luis"),
        ("NORTE", "Luz Gil", "Gil, Luz"),
        ("JINGBEI", "欧阳敏", "欧阳敏"),
    ],
)
def test_a_name_is_taken_apart_as_it_is_said(
    norte: Dealership, jingbei: Dealership, now: datetime, house: str, typed: str, listed: str
) -> None:
    place = {"NORTE": norte, "JINGBEI": jingbei}[house]

    customer = consulting.open_file(consulting.Newcomer(full_name=typed), place, at=now)

    assert (customer.listed_name, customer.full_name) == (listed, typed)


def test_a_neighbours_customer_cannot_be_chosen(ana: Customer, lixue: User, as_user: AsUser) -> None:
    assert as_user(lixue).get(reverse("customers:consultation"), {"customer": ana.pk}).status_code == 404


def test_a_customer_is_opened_by_hand(norte: Dealership, mariana: User, as_user: AsUser) -> None:
    as_user(mariana).post(
        reverse("customers:new"),
        {"full_name": "Fletes del Valle S.A. de C.V.", "source": "referral", "email": "F@x.mx"},
    )

    customer = Customer.objects.get()
    assert (customer.kind, customer.source, customer.contact_points.get().value) == ("company", "referral", "f@x.mx")


def test_where_she_comes_from_is_asked_and_her_likes_are_looked_for_at_once(
    norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    told = {"full_name": "Soto Paz Ana", "phone": "614 111 0000"}

    assert as_user(mariana).post(reverse("customers:new"), told | {"source": ""}).status_code == 422
    assert as_user(mariana).post(reverse("customers:new"), told | {"source": "referral"}).status_code == 302

    [job] = ProcrastinateJob.objects.filter(task_name=find_duplicates.name)
    assert job.args == {"dealership_id": norte.pk}


# What is printed -----------------------------------------------------------------------------------------


@pytest.mark.covers("S1-1.3")
def test_the_printed_form_has_the_twelve_fields_and_those_with_which_we_complete_them(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 3, 1))
    facts: dict[str, Any] = {
        "kind": "workshop_visit",
        "customer_name": "Zúñiga Hernández José Luis",
        "phones": "614 662 4039",
        "plate": "EKV-573-C",
        "work": "Cambio de aceite",
        "vehicle_type": "SUV",
        "address": "Av. Universidad 12",
        "region": "Norte",
    }
    visit = cast.deliver(norte, MONDAY, at=now, **facts)
    Customer.objects.filter(pk=visit.customer_id).update(desired_services="Lavado a domicilio")
    Vehicle.objects.filter(visits=visit).update(cycle_months=6)
    file = CustomerFile.objects.get()

    page = as_user(mariana).get(reverse("contacts:print_file", args=[visit.customer_id]))

    stated = [
        "José Luis Zúñiga Hernández",
        "Av. Universidad 12",
        "614 662 4039",
        "02/03/2026",
        "GMC Terrain 2026",
        "EKV-573-C",
        "SUV",
        "Cambio de aceite",
        "cada 6 meses",
        "02/09/2026",
        "Lavado a domicilio",
        visit.number,
    ]
    ours = [file.number, "04/03/2026", "Norte"]
    assert [text for text in stated + ours if text not in page.text] == []
    assert 'lang="es-mx"' in page.text  # the house's language; hers is English
    mine = as_user(mariana).get(reverse("contacts:print_file", args=[visit.customer_id]), {"language": "mine"})
    assert ("every 6 months" in mine.text, "Date of repair or visit" in mine.text) == (True, True)


@pytest.mark.covers("S4-1.1a")
def test_the_card_is_printed_and_found_by_the_tail_of_phone_and_plate(
    ana: Customer, norte: Dealership, mariana: User, as_user: AsUser
) -> None:
    Customer.objects.filter(pk=ana.pk).update(region="Norte", source="event", source_note="Expo Auto")
    browser = as_user(mariana)

    card = browser.get(reverse("customers:print_card", args=[ana.pk])).text

    shown = ["Ana Gómez Ruiz", "614 662 4039", "EKV-573-C", "Norte", "Expo Auto", "GMC Terrain 2026", "02/03/2026"]
    assert [text for text in shown if text not in card] == []
    for term in ("4039", "573c", "EKV-573", "gomez ana"):
        found = browser.get(reverse("customers:search"), {"q": term})
        assert (term, found.headers.get("Location")) == (term, reverse("desk:customer", args=[ana.pk]))


def test_a_bare_file_prints_too(norte: Dealership, mariana: User, as_user: AsUser) -> None:
    bare = Customer.objects.create(dealership=norte, full_name="Solo Nombre", language="es-mx")

    for name in ("contacts:print_file", "customers:print_card"):
        assert as_user(mariana).get(reverse(name, args=[bare.pk])).status_code == 200


def test_nobody_prints_a_neighbours_file(ana: Customer, lixue: User, as_user: AsUser) -> None:
    person = cast.person("Auditora", Role.AUDITOR, lixue.roles_held[0].dealership)

    assert as_user(person).get(reverse("contacts:print_file", args=[ana.pk])).status_code == 404
