"""A dealer's rows become customers, vehicles and visits; in whatever order and however often they come."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.contacts import planning
from clientela.contacts.models import ContactTask
from clientela.customers import intake
from clientela.customers.intake import Count, Receipt
from clientela.customers.models import Arrival, ContactPoint, Customer, OdometerReading, Ownership, Vehicle, Visit
from clientela.customers.models.visit import REPAIRS_PUT_OFF
from clientela.imports import importing, reading
from clientela.imports.arriving import Arrivals
from clientela.imports.models import Run
from clientela.imports.rows import TypedRow
from clientela.journal.models import Entry, Kind
from clientela.network.models import Dealership

DEMO = Path(reading.__file__).with_name("demo")
MARCH = date(2026, 3, 1)
_runs = count(1)


def row(line: int = 2, **facts: Any) -> TypedRow:
    """Ana López takes delivery of a car on 2 March."""
    return TypedRow(
        **{
            "line": line,
            "kind": "vehicle_delivery",
            "customer_name": "López Zúñiga Ana",
            "phones": "614 555 0001",
            "number": "E-1",
            "vin": "3GN3ESF49RR628194",
            "plate": "EKV-573-C",
            "make": "Chevrolet",
            "model": "Captiva",
            "model_year": 2025,
            "delivered_on": date(2026, 3, 2),
            **facts,
        }
    )


def receive(place: Dealership, *rows: TypedRow, at: datetime, columns: Collection[str] | None = None) -> Receipt:
    """Rows as one file; of these columns, else of all."""
    run = next(_runs)
    intake.stage(run, Arrivals(run, place).tuples(iter(rows)))
    return intake.receive(run, place, at=at, columns=columns)


@contextmanager
def undone() -> Iterator[None]:
    """For one example: whatever is written in it is gone behind it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def owners() -> list[tuple[str, date | None, date | None]]:
    rows = Ownership.objects.order_by("vehicle", "from_on", "to_on")
    return [(own.customer.full_name, own.from_on, own.to_on) for own in rows]


# The four files ----------------------------------------------------------------------------------------------

#: File: good rows, refused lines, twice in the file, lines of one customer, warnings (line and code).
FILES: dict[str, tuple[int, list[int], int, list[tuple[int, int]], list[tuple[int, str]]]] = {
    "mx_entregas.csv": (241, [25, 39, 99, 149], 3, [(147, 245), (171, 246)], [(199, "vin_check_digit")]),
    "cn_repair_orders.csv": (199, [128, 134], 1, [], []),
    "ru_vydacha.tsv": (60, [], 0, [], [(38, "phone_unusable")]),
    "cl_servicios.xlsx": (120, [], 0, [], []),
}


@pytest.mark.parametrize("name", FILES)
def test_a_dealers_file_arrives_whole_and_its_flaws_are_named(norte: Dealership, now: datetime, name: str) -> None:
    good, refused, twice, one_customer, warned = FILES[name]
    norte.country = {"mx": "MX", "cn": "CN", "ru": "RU", "cl": "CL"}[name[:2]]
    norte.locale = {"mx": "es-mx", "cn": "zh-hans", "ru": "ru", "cl": "es-cl"}[name[:2]]
    norte.save()
    at = datetime(2026, 4, 20, 16, tzinfo=now.tzinfo)
    run = importing.open_run(DEMO / name, name, norte, by=None, at=at)

    receipt = importing.perform(run, at=at)

    assert receipt.visits == Count(new=good - twice)
    assert Visit.objects.count() == good - twice
    assert len(receipt.duplicates) == twice
    remarks = list(run.remarks.values_list("refused", "line", "code"))
    assert sorted({line for is_refused, line, _code in remarks if is_refused}) == refused
    assert [(line, code) for is_refused, line, code in remarks if not is_refused] == warned
    assert run.counts["rows"] == good + len(refused)
    for first, second in one_customer:
        assert _customer_of_line(name, first) == _customer_of_line(name, second)
    assert Arrival.objects.count() == 0

    again = importing.perform(importing.open_run(DEMO / name, name, norte, by=None, at=at), at=at)
    assert again.visits == Count(unchanged=good - twice)
    assert (again.customers.new, again.customers.changed) == (0, 0)
    assert (again.vehicles.new, again.vehicles.changed) == (0, 0)
    assert again.customers.unchanged == Customer.objects.count()
    assert again.vehicles.unchanged == Vehicle.objects.count()


def _customer_of_line(name: str, line: int) -> int:
    table = reading.read(DEMO / name)
    number = next(str(found.cells[0]) for found in table.rows if found.line == line)
    return Visit.objects.get(number=number).customer_id


def test_the_line_of_a_duplicate_is_known_with_the_line_of_the_first(norte: Dealership, now: datetime) -> None:
    receipt = receive(norte, row(2), row(3, number="E-2"), row(4), row(5), at=now)

    assert receipt.duplicates == [(4, 2), (5, 2)]
    assert receipt.visits == Count(new=2)


# Who is who --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "customers"),
    [
        ({}, {}, 1),
        ({}, {"phones": "614 555 0002", "vin": "3GN0WSMS2S8252760"}, 2),
        ({}, {"phones": "casa 614 555 0002, cel 614 555 0001", "vin": "3GN0WSMS2S8252760"}, 1),
        ({}, {"customer_name": "LOPEZ ZUNIGA ANA"}, 1),
        ({}, {"customer_name": "López Zúñiga Eva"}, 2),
        ({"phones": "", "email": "Ana@correo.mx"}, {"phones": "", "email": "ana@CORREO.mx", "vin": "X1234"}, 1),
        (
            {"phones": "", "birth_date": date(1980, 2, 29)},
            {"phones": "", "birth_date": date(1980, 2, 29), "vin": "X1234"},
            1,
        ),
        ({"phones": ""}, {"phones": ""}, 1),
        ({"phones": ""}, {"phones": "", "vin": "", "plate": ""}, 2),
        ({"phones": "no tiene"}, {"phones": "no tiene", "vin": "X1234"}, 2),
        ({"customer_name": "Соловьёв Пётр"}, {"customer_name": "СОЛОВЬЕВ ПЕТР"}, 1),
    ],
)
@pytest.mark.parametrize("in_one_file", [True, False])
def test_two_rows_are_one_customer_by_the_name_and_one_thing_more(
    norte: Dealership,
    now: datetime,
    first: dict[str, Any],
    second: dict[str, Any],
    customers: int,
    in_one_file: bool,
) -> None:
    one = row(2, **first)
    other = row(3, **{"number": "E-2", "plate": "", **second})

    for file in ([one, other],) if in_one_file else ([one], [other]):
        receive(norte, *file, at=now)

    assert Customer.objects.count() == customers


def test_rows_of_one_file_are_one_customer_over_several_hops(norte: Dealership, now: datetime) -> None:
    receive(
        norte,
        row(2, number="E-1", phones="614 555 0001", vin="AAAA1"),
        row(3, number="E-2", phones="614 555 0009", vin="BBBB1"),
        row(4, number="E-3", phones="614 555 0001 / 614 555 0005", vin="CCCC1"),
        row(5, number="E-4", phones="614 555 0005 / 614 555 0009", vin="DDDD1"),
        at=now,
    )

    [customer] = Customer.objects.all()
    assert customer.visits.count() == 4


def test_the_first_number_of_a_cell_is_the_first_to_be_dialled(norte: Dealership, now: datetime) -> None:
    receive(norte, row(phones="614 999 0000 / 614 111 0000 / 614 555 0000", email="ana@correo.mx"), at=now)

    points = Customer.objects.get().contact_points.all()
    assert [(point.kind, point.value) for point in points if point.kind == "phone"] == [
        ("phone", "+526149990000"),
        ("phone", "+526141110000"),
        ("phone", "+526145550000"),
    ]
    assert points.get(kind="email").value == "ana@correo.mx"


def test_a_number_that_proved_wrong_stays_wrong(norte: Dealership, now: datetime) -> None:
    receive(norte, row(), at=now)
    ContactPoint.objects.update(valid=False)

    receive(norte, row(number="E-2"), at=now)

    assert [point.valid for point in ContactPoint.objects.all()] == [False]


@pytest.mark.parametrize(
    ("country", "locale", "name", "kind", "parts"),
    [
        ("MX", "es-mx", "Zúñiga Hernández José Luis", "person", ("Zúñiga", "Hernández", "José Luis", "")),
        ("MX", "es-mx", "Transportes del Norte S.A. de C.V.", "company", ("", "", "", "")),
        ("RU", "ru", "Соловьёв Пётр Ильич", "person", ("Соловьёв", "", "Пётр", "Ильич")),
        ("RU", "ru", "ООО «Ромашка»", "company", ("", "", "", "")),
        ("CN", "zh-hans", "欧阳洋", "person", ("欧阳", "", "洋", "")),
        ("CN", "zh-hans", "北京京北商贸有限公司", "company", ("", "", "", "")),
        ("CL", "es-cl", "Agrícola Ñuble SpA", "company", ("", "", "", "")),
    ],
)
def test_names_of_people_are_taken_apart_and_those_of_companies_are_not(
    norte: Dealership, now: datetime, country: str, locale: str, name: str, kind: str, parts: tuple[str, ...]
) -> None:
    norte.country, norte.locale = country, locale
    receive(norte, row(customer_name=name), at=now)

    customer = Customer.objects.get()
    assert (customer.full_name, customer.kind) == (name, kind)
    assert (customer.family_name, customer.second_family_name, customer.given_name, customer.patronymic) == parts
    assert customer.language == locale


# Which car ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_one_file", [True, False])
@pytest.mark.parametrize(
    ("first", "second", "vehicles"),
    [
        ({}, {"plate": ""}, [("3GN3ESF49RR628194", "EKV-573-C")]),
        ({}, {"plate": "EKV-985-C"}, [("3GN3ESF49RR628194", "EKV-985-C")]),
        ({}, {"vin": "", "plate": "ekv573c"}, [("3GN3ESF49RR628194", "EKV573C")]),
        ({"vin": ""}, {}, [("3GN3ESF49RR628194", "EKV-573-C")]),
        ({"vin": "", "plate": ""}, {}, [("", ""), ("3GN3ESF49RR628194", "EKV-573-C")]),
        ({"vin": "S/N"}, {"vin": "S/N", "plate": "XYZ-1"}, [("", "EKV-573-C"), ("", "XYZ-1")]),
        ({"vin": "", "plate": "SIN PLACAS"}, {"vin": "", "plate": "SIN PLACAS"}, [("", "SIN PLACAS")] * 2),
        ({}, {"vin": "3GN0WSMS2S8252760"}, [("3GN0WSMS2S8252760", "EKV-573-C"), ("3GN3ESF49RR628194", "EKV-573-C")]),
    ],
)
def test_a_car_is_known_by_its_vin_else_by_its_plate(
    norte: Dealership,
    now: datetime,
    first: dict[str, Any],
    second: dict[str, Any],
    vehicles: list[tuple[str, str]],
    in_one_file: bool,
) -> None:
    one, other = row(2, **first), row(3, **{"number": "E-2", "delivered_on": date(2026, 3, 3), **second})

    for file in ([one, other],) if in_one_file else ([one], [other]):
        receive(norte, *file, at=now)

    found = Vehicle.objects.order_by("vin", "plate")
    assert [(car.vin, car.plate) for car in found] == vehicles


def test_a_car_without_vin_and_plate_stays_the_same_when_its_row_comes_again(norte: Dealership, now: datetime) -> None:
    bare = row(vin="", plate="")
    receive(norte, bare, at=now)

    again = receive(norte, bare, at=now)

    assert (again.vehicles, again.visits) == (Count(unchanged=1), Count(unchanged=1))
    assert Vehicle.objects.count() == 1


def test_of_three_cars_that_bore_one_plate_each_stays_itself_when_the_file_comes_again(
    norte: Dealership, now: datetime
) -> None:
    file = (
        row(2, vin="3GN0WSMS2S8252760", delivered_on=MARCH),
        row(3, number="E-2", customer_name="Paz Luis", delivered_on=MARCH + timedelta(3)),
        row(4, number="E-3", customer_name="Sosa Eva", vin="", delivered_on=MARCH + timedelta(2)),
    )
    receive(norte, *file, at=now)

    again = receive(norte, *file, at=now)

    assert (again.vehicles, again.visits, Vehicle.objects.count()) == (Count(unchanged=3), Count(unchanged=3), 3)


@pytest.mark.parametrize("in_one_file", [True, False])
def test_of_what_differs_the_latest_visit_is_believed_and_blanks_are_not(
    norte: Dealership, now: datetime, in_one_file: bool
) -> None:
    newest = row(2, number="E-3", delivered_on=MARCH + timedelta(9), plate="NEW-1", address="")
    older = row(3, number="E-1", plate="OLD-1", address="Av. Vieja 1", birth_date=date(1980, 1, 1), special=True)
    middle = row(4, number="E-2", delivered_on=MARCH + timedelta(5), plate="", address="Av. Nueva 2", model="")

    files = ([newest, middle, older],) if in_one_file else ([newest, middle], [older])
    for file in files:
        receive(norte, *file, at=now)

    customer, vehicle = Customer.objects.get(), Vehicle.objects.get()
    assert (customer.address, customer.birth_date) == ("Av. Nueva 2", date(1980, 1, 1))
    assert (vehicle.plate, vehicle.plate_key, vehicle.model, vehicle.special) == ("NEW-1", "NEW1", "Captiva", True)


def test_each_reading_of_the_odometer_is_kept_once(norte: Dealership, now: datetime) -> None:
    for km in (1000, 1000, 2500):
        receive(norte, row(odometer_km=km), at=now)

    assert list(OdometerReading.objects.order_by("km").values_list("km", flat=True)) == [1000, 2500]


# Whose car ---------------------------------------------------------------------------------------------------

EVA: dict[str, Any] = {"customer_name": "Ríos Peña Eva", "phones": "614 555 0007"}


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_car_delivered_to_somebody_else_is_hers_and_its_history_stays(
    norte: Dealership, now: datetime, in_one_file: bool
) -> None:
    resold = row(3, number="E-2", delivered_on=date(2026, 3, 20), **EVA)
    for file in ([row(), resold],) if in_one_file else ([row()], [resold]):
        receive(norte, *file, at=now)

    assert owners() == [
        ("López Zúñiga Ana", date(2026, 3, 2), date(2026, 3, 20)),
        ("Ríos Peña Eva", date(2026, 3, 20), None),
    ]
    assert Visit.objects.get(number="E-1").customer.full_name == "López Zúñiga Ana"


def test_a_delivery_before_the_one_we_know_does_not_take_the_car_back(norte: Dealership, now: datetime) -> None:
    receive(norte, row(number="E-2", delivered_on=date(2026, 3, 20), **EVA), at=now)

    receive(norte, row(), at=now)

    assert owners() == [
        ("López Zúñiga Ana", date(2026, 3, 2), date(2026, 3, 20)),
        ("Ríos Peña Eva", date(2026, 3, 20), None),
    ]


def test_a_visit_to_the_workshop_by_somebody_else_does_not_take_the_car_away(norte: Dealership, now: datetime) -> None:
    receive(norte, row(), at=now)

    receive(norte, row(kind="workshop_visit", delivered_on=date(2026, 3, 25), **EVA), at=now)

    assert owners() == [("López Zúñiga Ana", date(2026, 3, 2), None)]
    assert Visit.objects.get(kind="workshop_visit").customer.full_name == "Ríos Peña Eva"


def test_who_brings_an_unknown_car_first_is_presumed_its_owner_until_it_is_delivered(
    norte: Dealership, now: datetime
) -> None:
    receive(norte, row(kind="workshop_visit", number="W-1", delivered_on=date(2026, 2, 1)), at=now)
    receive(norte, row(kind="workshop_visit", number="W-2", delivered_on=date(2026, 2, 9), **EVA), at=now)
    assert owners() == [("López Zúñiga Ana", None, None)]

    receive(norte, row(number="E-2", delivered_on=date(2026, 3, 20), **EVA), at=now)
    assert owners() == [("Ríos Peña Eva", date(2026, 3, 20), None), ("López Zúñiga Ana", None, date(2026, 3, 20))]


def test_a_corrected_delivery_corrects_the_ownership(norte: Dealership, now: datetime) -> None:
    receive(norte, row(), at=now)
    assert owners() == [("López Zúñiga Ana", date(2026, 3, 2), None)]

    receive(norte, row(delivered_on=date(2026, 3, 4)), at=now)
    assert owners() == [("López Zúñiga Ana", date(2026, 3, 4), None)]

    receive(norte, row(delivered_on=date(2026, 3, 4), vin="3GN0WSMS2S8252760", plate="EKV-985-C"), at=now)
    [ownership] = Ownership.objects.all()
    assert ownership.vehicle.vin == "3GN0WSMS2S8252760"


# Again, and corrected ----------------------------------------------------------------------------------------


def test_a_corrected_row_changes_the_visit_and_moves_its_task(norte: Dealership, now: datetime) -> None:
    receive(norte, row(), at=now)
    planning.plan(at=now)

    receipt = receive(norte, row(delivered_on=date(2026, 3, 4), consultant="Patricia Ríos"), at=now)

    assert receipt.visits == Count(changed=1)
    [visit], [task] = Visit.objects.all(), ContactTask.objects.all()
    assert (visit.delivered_on, visit.consultant_name) == (date(2026, 3, 4), "Patricia Ríos")
    assert (task.opens_on, task.due_on) == (date(2026, 3, 7), date(2026, 3, 9))
    assert [entry.kind for entry in Entry.objects.order_by("id")] == [Kind.VISIT, Kind.VISIT_CORRECTED]


def test_a_visit_booked_on_the_wrong_customer_moves_to_the_right_one_with_its_task(
    norte: Dealership, now: datetime
) -> None:
    receive(norte, row(), at=now)
    planning.plan(at=now)

    receive(norte, row(**EVA), at=now)

    [visit], [task] = Visit.objects.all(), ContactTask.objects.all()
    assert (visit.customer.full_name, task.customer.full_name) == ("Ríos Peña Eva", "Ríos Peña Eva")
    ana = Customer.objects.get(full_name="López Zúñiga Ana")
    assert [point.value for point in ana.contact_points.all()] == ["+526145550001"]
    assert owners() == [("Ríos Peña Eva", date(2026, 3, 2), None)]


@pytest.mark.parametrize("phones", ["614 555 0001", ""])
def test_a_customer_we_renamed_stays_the_customer_of_her_visit(norte: Dealership, now: datetime, phones: str) -> None:
    receive(norte, row(phones=phones), at=now)
    customer = Customer.objects.get()
    customer.full_name = "López de Ríos Ana"
    customer.save()

    again = receive(norte, row(phones=phones), at=now)

    assert (again.customers, again.visits) == (Count(unchanged=1), Count(unchanged=1))
    assert Customer.objects.get().full_name == "López de Ríos Ana"


def test_a_number_in_lower_case_is_the_same_document(norte: Dealership, now: datetime) -> None:
    receive(norte, row(number="E-1"), at=now)

    assert receive(norte, row(number="e-1"), at=now).visits == Count(changed=1)
    assert Visit.objects.count() == 1


def test_without_a_number_car_and_day_tell_a_visit(norte: Dealership, now: datetime) -> None:
    receive(norte, row(number=""), at=now)

    assert receive(norte, row(number=""), at=now).visits == Count(unchanged=1)
    assert receive(norte, row(number="", delivered_on=date(2026, 3, 3)), at=now).visits == Count(new=1)


def test_the_consultant_of_the_file_is_the_person_of_that_house(
    norte: Dealership, patricia: Any, now: datetime
) -> None:
    receive(norte, row(consultant="PATRICIA RÍOS"), at=now)

    visit = Visit.objects.get()
    assert (visit.consultant, visit.consultant_name) == (patricia, "PATRICIA RÍOS")


@pytest.mark.covers("S0-P.2")
def test_the_neighbours_customers_and_cars_stay_their_own(
    norte: Dealership, jingbei: Dealership, now: datetime
) -> None:
    shared: dict[str, Any] = {"phones": "+52 614 555 0001"}
    receive(jingbei, row(address="长安街1号", **shared), at=now)
    before = _content(jingbei)

    receipt = receive(
        norte, row(address="Av. Juárez 1", plate="OTRA-1", delivered_on=date(2026, 3, 4), **shared), at=now
    )

    assert (receipt.customers, receipt.vehicles, receipt.visits) == (Count(new=1), Count(new=1), Count(new=1))
    assert _content(jingbei) == before


# In any order and in any pieces ------------------------------------------------------------------------------

NAMES = ["López Zúñiga Ana", "李伟", "Соловьёв Пётр Ильич", "Transportes del Norte S.A. de C.V."]
WHEN = st.dates(date(2024, 2, 27), date(2024, 3, 3))


@st.composite
def worlds(draw: st.DrawFn) -> list[TypedRow]:
    """Visits of a few customers with a few cars; a blank here and there, but nobody contradicts herself."""
    rows = []
    for line in range(2, 2 + draw(st.integers(1, 8))):
        who, car = draw(st.integers(0, 3)), draw(st.integers(0, 3))
        by_plate_only = draw(st.booleans())
        facts: dict[str, Any] = {
            "kind": draw(st.sampled_from(["vehicle_delivery", "workshop_visit", "hand_over"])),
            "number": f"N-{line}",
            "customer_name": NAMES[who],
            "phones": f"+52 614 555 000{who}" + (" / +52 614 777 0000" if draw(st.booleans()) else ""),
            "birth_date": date(1980, 1, 1 + who) if draw(st.booleans()) else None,
            "address": f"Calle {who}" if draw(st.booleans()) else "",
            "vin": "" if by_plate_only else f"VIN-{car}-2345",
            "plate": f"PLT-{car}",
            "model": f"Model {car}" if draw(st.booleans()) else "",
            "special": draw(st.booleans()),
            "odometer_km": draw(st.sampled_from([None, 10, 20])),
            "delivered_on": draw(WHEN),
        }
        rows.append(row(line, **facts))
    return rows


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=worlds(), seed=st.integers(0, 2**16))
def test_the_order_of_rows_and_files_makes_no_difference(
    norte: Dealership, now: datetime, rows: list[TypedRow], seed: int
) -> None:
    with undone():
        receive(norte, *rows, at=now)
        whole = _content(norte)
    with undone():
        for file in _pieces(rows, Random(seed)):
            receive(norte, *file, at=now)
        in_pieces = _content(norte)
        for file in _pieces(rows, Random(seed + 1)):
            again = receive(norte, *file, at=now)
            assert (again.visits.new, again.visits.changed) == (0, 0)
        assert _content(norte) == in_pieces

    assert in_pieces == whole


def _pieces(rows: list[TypedRow], random: Random) -> Iterator[list[TypedRow]]:
    """The rows shuffled and cut into files."""
    shuffled = random.sample(rows, len(rows))
    while shuffled:
        size = random.randint(1, len(shuffled))
        yield shuffled[:size]
        shuffled = shuffled[size:]


def _content(place: Dealership) -> dict[str, list[Any]]:
    """All there is of a house, without the numbers the database gives."""

    def rows(of: Any, *fields: str) -> list[Any]:
        return _sorted(of.objects.filter(dealership=place).values_list(*fields))

    return {
        "customers": rows(Customer, "full_name", "kind", "given_name", "birth_date", "address", "member_since"),
        "points": rows(ContactPoint, "customer__full_name", "kind", "value", "shown", "valid"),
        "vehicles": rows(Vehicle, "vin", "plate", "plate_key", "make", "model", "model_year", "special"),
        "owners": rows(Ownership, "vehicle__vin", "vehicle__plate", "customer__full_name", "from_on", "to_on"),
        "readings": rows(OdometerReading, "vehicle__plate", "km", "read_on"),
        "visits": rows(
            Visit,
            "kind",
            "key",
            "customer__full_name",
            "vehicle__plate",
            "vehicle__vin",
            "delivered_on",
            "special_said",
        ),
    }


def _sorted(rows: Iterable[Any]) -> list[Any]:
    return sorted(map(tuple, rows), key=str)


def test_a_run_that_is_refused_leaves_nothing_behind(norte: Dealership, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_text('Nombre del Cliente;Placas;Fecha de entrega\nAna;A-1;01/03/2026\n"never closed;B;C\n')
    run = importing.open_run(path, path.name, norte, by=None, at=now)

    importing.rehearse(run, at=now)

    assert (run.state, Customer.objects.count(), Arrival.objects.count()) == (Run.State.FAILED, 0, 0)


@pytest.mark.covers("S2-9.6")
def test_what_a_file_says_was_put_off_is_kept_and_one_that_says_nothing_leaves_it(
    norte: Dealership, now: datetime
) -> None:
    def put_off() -> list[str]:
        return list(Visit.objects.filter(REPAIRS_PUT_OFF).values_list("recommended", flat=True))

    visited: dict[str, Any] = {"kind": "workshop_visit", "number": "OT-9", "work": "Service"}
    receive(norte, row(recommended="Rear pads at 2 mm", **visited), at=now)
    assert put_off() == ["Rear pads at 2 mm"]
    again = receive(norte, row(**visited), at=now, columns=["number", "work"])
    assert put_off() == ["Rear pads at 2 mm"]
    assert again.visits.changed == 0
    receive(norte, row(recommended="Rear pads, wipers", **visited), at=now)
    assert put_off() == ["Rear pads, wipers"]


# Members ----------------------------------------------------------------------------------------------------


@pytest.mark.covers("S4-1.3.4b")
@pytest.mark.parametrize(
    ("said", "since", "level"),
    [
        ({"member_since": date(2021, 5, 4), "member_level": "Oro"}, date(2021, 5, 4), "Oro"),
        ({"member": True}, MARCH, ""),
        ({"member_level": "Plata"}, MARCH, "Plata"),
        ({"member": False}, None, ""),
        ({}, None, ""),
    ],
)
def test_a_file_says_who_is_a_member(
    norte: Dealership, now: datetime, said: dict[str, Any], since: date | None, level: str
) -> None:
    receive(norte, row(delivered_on=MARCH, **said), at=now)

    customer = Customer.objects.get()
    assert (customer.member_since, customer.member_level) == (since, level)


def test_a_member_since_nobody_knows_when_is_one_from_the_first_day_told(norte: Dealership, now: datetime) -> None:
    receive(norte, row(2, delivered_on=MARCH, member=True), at=now)
    receive(norte, row(3, number="E-2", delivered_on=MARCH + timedelta(9), member_level="Oro"), at=now)
    assert Customer.objects.values_list("member_since", "member_level").get() == (MARCH, "Oro")

    receive(norte, row(4, number="E-3", delivered_on=MARCH, member_since=date(2020, 1, 2)), at=now)
    assert Customer.objects.values_list("member_since", "member_level").get() == (date(2020, 1, 2), "Oro")


def test_a_blank_or_a_no_ends_no_membership(norte: Dealership, now: datetime) -> None:
    receive(norte, row(2, delivered_on=MARCH, member_since=date(2020, 1, 2)), at=now)

    receive(norte, row(3, number="E-2", delivered_on=MARCH + timedelta(9), member=False), at=now)

    assert Customer.objects.get().member_since == date(2020, 1, 2)
