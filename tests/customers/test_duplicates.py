"""Who may be entered twice: found with reasons, ranked, and never by comparing everybody with everybody."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientela.customers import duplicates, merging
from clientela.customers.models import ContactPoint, Customer, Duplicate, Ownership, Vehicle
from clientela.lib.names import search_key
from clientela.network.models import Dealership, User
from tests import cast

DAY = date(2026, 3, 2)
BORN = date(1980, 5, 1)


def person(place: Dealership, name: str, *points: str, born: date | None = None, **facts: Any) -> Customer:
    customer = Customer.objects.create(
        dealership=place, full_name=name, language=place.locale, birth_date=born, **facts
    )
    for value in points:
        kind = "email" if "@" in value else "phone"
        ContactPoint.objects.create(dealership=place, customer=customer, kind=kind, value=value, shown=value)
    return customer


def found(at: datetime, **scope: Any) -> list[tuple[str, str, list[str]]]:
    duplicates.find(at=at, **scope)
    pairs = Duplicate.objects.filter(duplicates.to_be_looked_at()).select_related("one", "other")
    return [(pair.one.full_name, pair.other.full_name, pair.reasons) for pair in pairs.order_by("-score", "pk")]


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (("Soto Ana", "+526141110000"), ("Vega Eva", "+526141110000"), ["phone"]),
        (("Soto Ana", "a@x.example"), ("Vega Eva", "a@x.example"), ["email"]),
        (("Soto Ana", "+526141110000"), ("Vega Eva", "+526141110001"), None),
        (("Zúñiga Hernández José Luis",), ("jose luis ZUNIGA HERNANDEZ",), ["name"]),
        (("Zúñiga Hernández, José Luis",), ("Zuniga Hernandez Jose Luis",), ["name"]),
        (("Соловьёв Пётр Ильич",), ("Пётр Ильич Соловьев",), ["name"]),
        (("欧阳洋",), ("欧阳洋",), ["name"]),
        (("欧阳洋",), ("欧阳敏",), None),
        (("王小明",), ("王小红",), None),
        (("Hernández Ruiz José",), ("Hernandes Ruiz José",), ["similar_name"]),
        (("Hernández Ruiz José Luis",), ("Hernández Ruiz José",), ["similar_name"]),
        (("Hernández Ruiz José", "+526141110000"), ("Ernandes Ruíz José", "+526141110000"), ["phone", "similar_name"]),
        (("López García María",), ("Ramírez Ortega María",), None),
    ],
)
def test_two_files_look_alike_for_reasons(
    norte: Dealership, now: datetime, one: tuple[str, ...], other: tuple[str, ...], reasons: list[str] | None
) -> None:
    for facts in (one, other):
        person(norte, *facts)

    assert found(now) == ([(one[0], other[0], reasons)] if reasons else [])


@pytest.mark.parametrize(
    ("births", "names", "reasons"),
    [
        ((BORN, BORN), ("Soto Ana", "Ana Soto"), ["name_and_birth"]),
        ((BORN, BORN), ("Soto Paz Anna", "Soto Paz Ana"), ["birth", "similar_name"]),
        ((BORN, BORN), ("Soto Ana", "Vega Eva"), None),
        ((BORN, None), ("Soto Ana", "Soto Ana"), ["name"]),
        ((BORN, date(2004, 1, 9)), ("Soto Ana", "Soto Ana"), None),  # mother and daughter
    ],
)
def test_the_date_of_birth_tells_for_and_against(
    norte: Dealership,
    now: datetime,
    births: tuple[date | None, date | None],
    names: tuple[str, str],
    reasons: list[str] | None,
) -> None:
    for name, born in zip(names, births, strict=True):
        person(norte, name, born=born)

    assert found(now) == ([(*names, reasons)] if reasons else [])


def test_a_car_is_a_sign_but_not_of_who_sold_it_to_whom(norte: Dealership, now: datetime) -> None:
    for vin, plate, people in (
        ("VIN00001", "AAA-1", ("Soto Ana", "Vega Eva")),
        ("VIN00002", "AAA-2", ("Paz Iris", "Luna Olga")),
    ):
        for day, name, kind in ((1, people[0], "vehicle_delivery"), (9, people[1], "workshop_visit")):
            kind = "vehicle_delivery" if vin == "VIN00001" else kind
            cast.deliver(norte, date(2026, 1, day), at=now, customer_name=name, vin=vin, plate=plate, kind=kind)
    Vehicle.objects.create(dealership=norte, plate="AAA-1", plate_key="AAA1")
    brought = Vehicle.objects.get(plate="AAA-1", vin="")
    Ownership.objects.create(dealership=norte, customer=person(norte, "Cruz Flor"), vehicle=brought)

    assert found(now) == [("Paz Iris", "Luna Olga", ["vin"]), ("Vega Eva", "Cruz Flor", ["plate"])]


def test_the_more_reasons_the_higher(norte: Dealership, now: datetime) -> None:
    for name, *points in (
        ("Soto Ana", "+526141110000", "a@x.example"),
        ("Ana Soto", "+526141110000", "a@x.example"),
        ("Vega Eva", "+526141110000"),
    ):
        person(norte, name, *points)

    assert found(now) == [
        ("Soto Ana", "Ana Soto", ["phone", "email", "name"]),
        ("Soto Ana", "Vega Eva", ["phone"]),
        ("Ana Soto", "Vega Eva", ["phone"]),
    ]
    assert list(Duplicate.objects.order_by("-score").values_list("score", flat=True)) == [100, 50, 50]


def test_the_dealers_own_number_on_many_files_says_nothing(norte: Dealership, now: datetime) -> None:
    for number in range(duplicates.CROWD["phone"] + 1):
        person(norte, f"Persona{number} Distinta{number}", "+526144000000")

    seen = duplicates.find(at=now)

    assert (seen.pairs, seen.crowds) == (0, 1)
    assert duplicates.crowds(norte.pk) == [duplicates.Crowd("+526144000000", 21)]


def test_many_of_one_name_are_many_people(norte: Dealership, now: datetime) -> None:
    people = [person(norte, "García María") for _ in range(duplicates.CROWD["name"])]
    assert duplicates.find(at=now).pairs == 66

    person(norte, "García María")
    assert duplicates.find(at=now).pairs == 0
    assert len(people) == 12


def test_what_was_dismissed_or_merged_does_not_come_back(norte: Dealership, mariana: User, now: datetime) -> None:
    ana, eva, iris = (person(norte, name, "+526141110000") for name in ("Soto Ana", "Vega Eva", "Paz Iris"))
    duplicates.find(at=now)
    duplicates.dismiss(Duplicate.objects.get(one=ana, other=eva), by=mariana, at=now)
    assert found(now) == [("Soto Ana", "Paz Iris", ["phone"]), ("Vega Eva", "Paz Iris", ["phone"])]

    made = merging.merge(ana, iris, {}, by=mariana, at=now)

    assert found(now) == []  # Iris is Ana, and Ana was told from Eva
    merging.undo(made, by=mariana, at=now)
    assert found(now) == [("Soto Ana", "Paz Iris", ["phone"]), ("Vega Eva", "Paz Iris", ["phone"])]
    duplicates.look_again(Duplicate.objects.get(one=ana, other=eva))
    assert len(found(now)) == 3


def test_what_looks_alike_no_longer_vanishes(norte: Dealership, now: datetime) -> None:
    person(norte, "Soto Ana", "+526141110000")
    eva = person(norte, "Vega Eva", "+526141110000")
    assert len(found(now)) == 1

    eva.contact_points.update(valid=False)

    assert found(now) == []


@pytest.mark.covers("S0-P.2")
def test_houses_are_not_compared_and_one_can_be_looked_through(
    norte: Dealership, jingbei: Dealership, now: datetime
) -> None:
    for house in (norte, jingbei):
        for name in ("Soto Ana", "Vega Eva"):
            person(house, f"{name} {house.code}", "+526141110000")

    assert found(now, dealership_ids=[norte.pk]) == [("Soto Ana NORTE", "Vega Eva NORTE", ["phone"])]
    assert len(found(now)) == 2
    assert len(found(now, dealership_ids=[])) == 2


def test_only_the_likes_of_some_are_looked_for(norte: Dealership, now: datetime) -> None:
    people = [
        person(norte, name, phone) for name, phone in (("A B", "+1"), ("C D", "+1"), ("E F", "+2"), ("G H", "+2"))
    ]

    assert found(now, customer_ids=[people[0].pk]) == [("A B", "C D", ["phone"])]
    assert len(found(now, customer_ids=[people[2].pk])) == 2


def test_a_person_and_a_company_are_never_one(norte: Dealership, now: datetime) -> None:
    person(norte, "Soto Ana", "+526141110000")
    person(norte, "Soto Ana SA", "+526141110000", kind="company")

    assert found(now) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(
        st.tuples(
            st.permutations(["José", "Zúñiga", "Пётр"]).map(lambda words: " ".join(words[:2])),
            st.sampled_from(["+1", "+2", "+3"]),
        ),
        max_size=7,
    )
)
def test_by_names_and_numbers_it_finds_what_comparing_all_with_all_finds(
    norte: Dealership, now: datetime, people: list[tuple[str, str]]
) -> None:
    Customer.objects.all().delete()
    files = [person(norte, name, phone) for name, phone in people]
    expected = {
        (one.pk, other.pk)
        for i, one in enumerate(files)
        for j, other in enumerate(files[i + 1 :], i + 1)
        if people[i][1] == people[j][1]
        or sorted(search_key(people[i][0]).split()) == sorted(search_key(people[j][0]).split())
    }

    duplicates.find(at=now)

    assert set(Duplicate.objects.values_list("one_id", "other_id")) == expected
