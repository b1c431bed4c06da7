"""Of what differs the same is believed, in whatever order and pieces it comes; people and merges are respected."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.customers.models import Change, ContactPoint, Customer, OdometerReading, Ownership, Vehicle, Visit
from clientela.imports.rows import TypedRow
from clientela.network import tenancy
from clientela.network.models import Dealership, User
from tests.customers.test_intake import owners, receive, row, undone

#: Spellings of one name, by person.
PEOPLE = [
    ["López Zúñiga Ana", "LOPEZ ZUNIGA ANA", "Ana López Zúñiga", "López Zúñiga, Ana"],
    ["李伟", "李 伟"],
    ["Соловьёв Пётр Ильич", "соловьев петр ильич", "Пётр Ильич Соловьёв"],
    ["Transportes del Norte S.A. de C.V.", "TRANSPORTES DEL NORTE S.A. DE C.V."],
]
REGISTERS = ("customers", "vehicles")
DAYS = st.sampled_from([date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)])


@st.composite
def worlds(draw: st.DrawFn) -> list[TypedRow]:
    """Rows that contradict each other in all that may change, on the same day too; and registers without days."""
    rows = []
    for line in range(2, 2 + draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["vehicle_delivery", "workshop_visit", "goods_sale", *REGISTERS]))
        who, car = draw(st.integers(0, 3)), draw(st.integers(0, 2))
        has_car = kind not in ("goods_sale", "customers")
        car_facts = {
            "vin": f"VIN-{car}-2345",
            "plate": draw(st.sampled_from(["", f"PLT-{car}", f"NEW {car}", f"new{car}"])),
            "make": draw(st.sampled_from(["", "GMC", "Gmc"])),
            "model": draw(st.sampled_from(["", "Terrain", "Yukon"])),
            "model_year": draw(st.sampled_from([None, 2024, 2025])),
            "vehicle_type": draw(st.sampled_from(["", "SUV", "Pick-up"])),
            "special": draw(st.booleans()),
            "odometer_km": draw(st.sampled_from([None, 10, 20])),
        }
        facts: dict[str, Any] = {
            "kind": kind,
            "number": "" if kind in REGISTERS else f"N-{line}",
            "customer_name": draw(st.sampled_from(PEOPLE[who])),
            "phones": draw(st.sampled_from([f"+52 614 555 000{who}", f"casa +52614555000{who} / +52 614 777 0000"])),
            "birth_date": draw(st.sampled_from([None, date(1980, 1, 1), date(1981, 1, 1)])),
            "address": draw(st.sampled_from(["", "Calle 1", "Calle 2"])),
            "region": draw(st.sampled_from(["", "Norte", "Sur"])),
            "member": draw(st.sampled_from([None, True, False])),
            "member_level": draw(st.sampled_from(["", "Oro", "Plata"])),
            "member_since": draw(st.sampled_from([None, date(2020, 5, 1), date(2021, 5, 1)])),
            "delivered_on": draw(st.none() | DAYS) if kind in REGISTERS else draw(DAYS),
            **(car_facts if has_car else {"vin": "", "plate": "", "make": "", "model": "", "model_year": None}),
        }
        rows.append(row(line, **facts))
    return rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=worlds(), seed=st.integers(0, 2**16))
def test_any_shuffle_and_split_of_a_file_gives_the_same(
    norte: Dealership, now: datetime, rows: list[TypedRow], seed: int
) -> None:
    with undone():
        receive(norte, *rows, at=now)
        whole = content(norte)
    with undone():
        for file in pieces(rows, Random(seed)):
            receive(norte, *file, at=now)
        in_pieces = content(norte)
        for file in pieces(rows, Random(seed + 1)):
            again = receive(norte, *file, at=now)
            for count in (again.customers, again.vehicles, again.visits):
                assert (count.new, count.changed) == (0, 0)
        assert content(norte) == in_pieces

    assert in_pieces == whole


def pieces(rows: list[TypedRow], random: Random) -> Iterator[list[TypedRow]]:
    shuffled = random.sample(rows, len(rows))
    while shuffled:
        size = random.randint(1, len(shuffled))
        yield shuffled[:size]
        shuffled = shuffled[size:]


def content(place: Dealership) -> dict[str, list[Any]]:
    """All there is of a house, without the numbers the database gives."""

    def rows(of: Any, *fields: str) -> list[Any]:
        return sorted(of.objects.filter(dealership=place).values_list(*fields), key=str)

    name = ("full_name", "kind", "family_name", "second_family_name", "given_name", "patronymic", "search_name")
    car = ("vin", "plate", "plate_key", "make", "model", "model_year", "vehicle_type", "special")
    return {
        "customers": rows(Customer, *name, "birth_date", "address", "region", "member_since", "member_level"),
        "points": rows(ContactPoint, "customer__search_name", "kind", "value", "shown", "valid"),
        "vehicles": rows(Vehicle, *car),
        "owners": rows(Ownership, "vehicle__vin", "customer__search_name", "capacity", "from_on", "to_on"),
        "readings": rows(OdometerReading, "vehicle__vin", "km", "read_on"),
        "visits": rows(Visit, "kind", "key", "customer__search_name", "vehicle__vin", "delivered_on", "special_said"),
    }


# People -----------------------------------------------------------------------------------------------------


def corrected(customer: Customer, by: User, at: datetime, **facts: Any) -> None:
    for field, value in facts.items():
        setattr(customer, field, value)
    customer.correct(list(facts), by=by, at=at)


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2026, 3, 5)])
def test_what_a_person_corrected_stands_against_files_of_the_same_day_and_before(
    norte: Dealership, mariana: User, now: datetime, day: date
) -> None:
    receive(norte, row(address="Av. Vieja 1", delivered_on=date(2026, 3, 1)), at=now)
    corrected(Customer.objects.get(), mariana, now, address="Av. Cierta 9", birth_date=date(1980, 5, 1))

    receive(norte, row(number="E-2", address="Av. Otra 5", birth_date=date(1990, 1, 1), delivered_on=day), at=now)

    customer = Customer.objects.get()
    assert (customer.address, customer.birth_date) == ("Av. Cierta 9", date(1980, 5, 1))


def test_what_a_file_says_anew_after_the_correction_is_believed_and_what_was_replaced_is_not(
    norte: Dealership, mariana: User, now: datetime
) -> None:
    receive(norte, row(address="Av. Vieja 1"), at=now)
    corrected(Customer.objects.get(), mariana, now, address="Av. Cierta 9")
    later = now + timedelta(days=5)

    receive(norte, row(number="E-2", address="Av. Vieja 1", delivered_on=date(2026, 3, 9)), at=later)
    assert Customer.objects.get().address == "Av. Cierta 9"

    receive(norte, row(number="E-3", address="Av. Nueva 7", delivered_on=date(2026, 3, 10)), at=later)
    assert Customer.objects.get().address == "Av. Nueva 7"


def test_a_register_that_comes_each_night_does_not_bring_back_what_was_corrected(
    norte: Dealership, mariana: User, now: datetime
) -> None:
    line = row(kind="customers", number="", delivered_on=None, address="Av. Vieja 1")
    receive(norte, line, at=now)
    corrected(Customer.objects.get(), mariana, now, address="Av. Cierta 9")

    for night in range(1, 4):
        receive(norte, line, at=now + timedelta(days=night))
    assert Customer.objects.get().address == "Av. Cierta 9"

    moved = row(kind="customers", number="", delivered_on=None, address="Av. Nueva 7")
    assert receive(norte, moved, at=now + timedelta(days=4)).customers.changed == 1
    assert Customer.objects.get().address == "Av. Nueva 7"


def test_the_history_says_which_run_changed_what_and_nothing_of_new_files(norte: Dealership, now: datetime) -> None:
    tenancy.attribute(at=now, run=76)
    receive(norte, row(address="Av. Vieja 1", plate="EKV-1"), at=now)
    assert list(Change.objects.all()) == []

    tenancy.attribute(at=now, run=77)
    receive(norte, row(number="E-2", address="Av. Nueva 2", plate="EKV-2", delivered_on=date(2026, 3, 4)), at=now)
    tenancy.attribute()

    found = Change.objects.order_by("noun").values_list("noun", "field", "old", "new", "run", "at")
    assert list(found) == [
        ("customer", "address", "Av. Vieja 1", "Av. Nueva 2", 77, now),
        ("vehicle", "plate", "EKV-1", "EKV-2", 77, now),
    ]


def test_the_better_spelling_of_a_name_stays(norte: Dealership, now: datetime) -> None:
    receive(norte, row(customer_name="LOPEZ ZUNIGA ANA"), at=now)
    receive(norte, row(number="E-2", customer_name="López Zúñiga Ana", delivered_on=date(2026, 3, 1)), at=now)
    receive(norte, row(number="E-3", customer_name="ANA LOPEZ ZUNIGA", delivered_on=date(2026, 3, 4)), at=now)

    [customer] = Customer.objects.all()
    assert (customer.full_name, customer.given_name) == ("López Zúñiga Ana", "Ana")


# Merged files -----------------------------------------------------------------------------------------------


def absorbed(gone: Customer, survivor: Customer) -> None:
    """As a merge leaves it: what was hers is the survivor's."""
    for of in (ContactPoint, Visit, Ownership):
        of.objects.filter(customer=gone).update(customer=survivor)
    Customer.objects.filter(pk=gone.pk).update(merged_into=survivor)


ANA: dict[str, Any] = {"customer_name": "López Zúñiga Ana", "phones": "614 555 0001"}
MARRIED: dict[str, Any] = {
    "customer_name": "López de Ríos Ana",
    "phones": "614 555 0002",
    "number": "E-2",
    "vin": "3GN0WSMS2S8252760",
    "plate": "B-2",
    "birth_date": date(1980, 2, 29),
}


@pytest.mark.parametrize(
    "again",
    [
        {"number": "E-3", "phones": MARRIED["phones"], "vin": "", "plate": "X-9"},
        {"number": "E-2", "phones": ""},
        {"number": "E-3", "phones": "", "birth_date": MARRIED["birth_date"], "vin": "", "plate": "X-9"},
        {"number": "E-3", "phones": "", "vin": MARRIED["vin"], "plate": ""},
        {"number": "E-3", "phones": ANA["phones"], "vin": "", "plate": "X-9"},
    ],
    ids=["phone", "visit", "birth date", "vehicle", "phone of the other"],
)
@pytest.mark.parametrize("hops", [1, 2])
def test_a_row_under_the_old_name_belongs_to_whoever_has_the_file_now(
    norte: Dealership, now: datetime, again: dict[str, Any], hops: int
) -> None:
    receive(norte, row(**ANA), row(3, **MARRIED), at=now)
    survivor, gone = Customer.objects.get(full_name=ANA["customer_name"]), Customer.objects.get(phones_of(MARRIED))
    if hops == 2:
        receive(
            norte, row(customer_name="Otra Más Eva", number="E-9", phones="614 555 0009", vin="", plate="Z-1"), at=now
        )
        between = Customer.objects.get(full_name="Otra Más Eva")
        absorbed(gone, between)
        gone = between
    absorbed(gone, survivor)
    if again.get("birth_date"):
        Customer.objects.filter(pk=survivor.pk).update(birth_date=again["birth_date"])

    receipt = receive(norte, row(customer_name=MARRIED["customer_name"], **again), at=now)

    assert receipt.customers.new == 0
    assert Visit.objects.get(number=again["number"]).customer == survivor
    assert Customer.objects.get(pk=survivor.pk).full_name == ANA["customer_name"]


def phones_of(facts: dict[str, Any]) -> Any:
    from django.db.models import Q

    return Q(full_name=facts["customer_name"])


def test_a_file_that_was_erased_is_not_filled_again(norte: Dealership, now: datetime) -> None:
    receive(norte, row(address="Av. Vieja 1"), at=now)
    Customer.objects.update(full_name="—", search_name="", address="", erased_at=now)
    ContactPoint.objects.all().delete()

    receipt = receive(norte, row(address="Av. Vieja 1"), at=now)

    assert receipt.customers.new == 0
    assert [(c.full_name, c.address, c.contact_points.count()) for c in Customer.objects.all()] == [("—", "", 0)]


# Who is who -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_one_file", [True, False])
@pytest.mark.parametrize(
    ("first", "second", "customers"),
    [
        ({"customer_name": "Rojas Soto Camila"}, {"customer_name": "Camila Rojas Soto"}, 1),
        ({"customer_name": "Rojas Soto, Camila"}, {"customer_name": "CAMILA ROJAS SOTO"}, 1),
        ({"customer_name": "Пётр Соловьёв"}, {"customer_name": "СОЛОВЬЕВ ПЕТР"}, 1),
        ({"customer_name": "Camila", "phones": "555-1234"}, {"customer_name": "CAMILA", "phones": "5551234"}, 1),
        ({"customer_name": "Camila", "phones": "555-1234"}, {"customer_name": "Camila", "phones": "555-9999"}, 2),
        ({"customer_name": "Camila", "phones": "000 0000"}, {"customer_name": "Camila", "phones": "0000000"}, 2),
        ({"phones": "(000) 000-0000"}, {"phones": "(000) 000-0000"}, 2),
        (
            {"customer_name": "Camila", "phones": "", "birth_date": date(1980, 2, 1)},
            {"customer_name": "Camila", "phones": "", "birth_date": date(1980, 2, 1)},
            2,
        ),
    ],
)
def test_who_is_one_customer(
    norte: Dealership, now: datetime, first: dict[str, Any], second: dict[str, Any], customers: int, in_one_file: bool
) -> None:
    one, other = row(2, **first), row(3, **{"number": "E-2", "vin": "", "plate": "X-2", **second})
    for file in ([one, other],) if in_one_file else ([one], [other]):
        receive(norte, *file, at=now)

    assert Customer.objects.count() == customers


# Registers --------------------------------------------------------------------------------------------------


def test_a_register_of_vehicles_says_whose_they_are_until_they_are_delivered(norte: Dealership, now: datetime) -> None:
    bare: dict[str, Any] = {"kind": "vehicles", "number": "", "delivered_on": None}
    receive(norte, row(**bare), at=now)
    assert owners() == [("López Zúñiga Ana", None, None)]
    assert Visit.objects.count() == 0

    eva: dict[str, Any] = {"customer_name": "Ríos Peña Eva", "phones": "614 555 0007"}
    receive(norte, row(kind="workshop_visit", number="W-1", **eva), at=now)
    assert owners() == [("López Zúñiga Ana", None, None)]

    receive(norte, row(number="E-2", delivered_on=date(2026, 3, 4), **eva), at=now)
    assert owners() == [("Ríos Peña Eva", None, None)]


def test_a_workshops_file_without_names_finds_the_owners(norte: Dealership, now: datetime) -> None:
    receive(norte, row(), at=now)
    nameless: dict[str, Any] = {"kind": "workshop_visit", "customer_name": "", "phones": "", "odometer_km": 900}

    receipt = receive(
        norte, row(2, number="W-1", **nameless), row(3, number="W-2", vin="UNKNOWN-1", plate="", **nameless), at=now
    )

    assert receipt.ownerless == [3]
    assert [visit.customer.full_name for visit in Visit.objects.filter(kind="workshop_visit")] == ["López Zúñiga Ana"]
    assert Vehicle.objects.filter(vin="UNKNOWN1").exists()
