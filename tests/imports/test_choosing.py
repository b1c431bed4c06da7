"""What was found out about a file is shown and changeable; what a person chooses is checked, kept, and used."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clientela.contacts import planning
from clientela.contacts.models import ContactTask, Programme
from clientela.customers.models import Change, Customer, Vehicle, Visit
from clientela.imports import importing
from clientela.imports.models import Mapping, RefusedLine, Run
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Role, User
from tests import cast

Bring = Callable[..., Run]
ROWS = "Folio;Cliente;Celular;VIN;Fecha de entrega;Precio\n"


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def give(norte: Dealership, now: datetime, tmp_path: Path) -> Bring:
    def give(content: str | bytes, *, house: Dealership = norte, encoding: str = "utf-8", **facts: Any) -> Run:
        path = tmp_path / f"{Run.objects.count()}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return importing.open_run(path, path.name, house, by=None, at=now, **facts)

    return give


@pytest.fixture
def bring(give: Bring, now: datetime) -> Bring:
    """Given and imported."""

    def bring(content: str | bytes, **facts: Any) -> Run:
        run = give(content, **{key: value for key, value in facts.items() if key != "chosen"})
        if chosen := facts.get("chosen"):
            importing.choose(run, chosen, at=now)
        importing.perform(run, at=now)
        return run

    return bring


# Chosen -----------------------------------------------------------------------------------------------------


def test_what_was_found_out_is_told(give: Bring, now: datetime) -> None:
    run = give(ROWS + "1;Ana Peña Ruiz;614 555 0001;3GN3ESF49RR628194;27/02/2026;1.250,50\n", encoding="cp1252")

    importing.rehearse(run, at=now)

    told = {key: run.reading[key] for key in ("encoding", "delimiter", "header_line", "kind", "dates", "decimal")}
    assert told == {
        "encoding": "cp1252",
        "delimiter": ";",
        "header_line": 1,
        "kind": "vehicle_delivery",
        "dates": "dmy",
        "decimal": ",",
    }
    assert run.reading["family_first"] is False
    assert run.reading["columns"][1] == {"name": "Cliente", "field": "customer_name", "samples": ["Ana Peña Ruiz"]}


@pytest.mark.parametrize(
    ("chosen", "of", "found"),
    [
        ({"dates": "mdy"}, lambda visit: visit.delivered_on, date(2026, 1, 2)),
        ({"dates": "dmy"}, lambda visit: visit.delivered_on, date(2026, 2, 1)),
        ({"decimal": "."}, lambda visit: visit.amount, Decimal("1.25")),
        ({"decimal": ","}, lambda visit: visit.amount, Decimal("1250.00")),
        ({"kind": "hand_over"}, lambda visit: visit.kind, "hand_over"),
        ({"family_first": True}, lambda visit: visit.customer.family_name, "Camila"),
        ({"family_first": False}, lambda visit: visit.customer.family_name, "Rojas"),
        ({"columns": {"Precio": ""}}, lambda visit: visit.amount, None),
        ({"columns": {"0": ""}}, lambda visit: visit.number, ""),
        ({"columns": {"Folio": "work"}}, lambda visit: visit.work, "77"),
        ({"source": "event"}, lambda visit: visit.customer.source, "event"),
        ({"source": "event", "source_note": "Expo"}, lambda visit: visit.customer.source_note, "Expo"),
        ({"encoding": "cp1251"}, lambda visit: visit.customer.full_name, "Camila Rojas Soto"),
        ({"delimiter": ";", "header_line": 1}, lambda visit: visit.number, "77"),
    ],
)
def test_what_a_person_chooses_is_used(bring: Bring, chosen: dict[str, Any], of: Any, found: Any) -> None:
    bring(ROWS + "77;Camila Rojas Soto;614 555 0001;3GN3ESF49RR628194;01/02/2026;1.250\n", chosen=chosen)

    assert of(Visit.objects.get()) == found


@pytest.mark.parametrize(
    "chosen",
    [
        {"encoding": "zip"},
        {"encoding": "../../etc/passwd"},
        {"encoding": "utf-8:zip:utf-8"},
        {"encoding": 7},
        {"delimiter": "xx"},
        {"delimiter": "\n"},
        {"header_line": 0},
        {"header_line": 10**9},
        {"header_line": True},
        {"header_line": "1"},
        {"sheet": "x" * 201},
        {"kind": "people"},
        {"kind": ["customers"]},
        {"columns": ["vin"]},
        {"columns": {"Cliente": "password"}},
        {"columns": {"Cliente": None}},
        {"columns": {"A": "vin", "B": "vin"}},
        {"columns": {str(number): "" for number in range(501)}},
        {"dates": "dym"},
        {"decimal": "·"},
        {"family_first": "yes"},
        {"source": "nowhere"},
        {"source_note": "x" * 121},
        {"source_note": "a\0b"},
        {"house": 1},
        ["kind"],
        None,
    ],
)
def test_what_cannot_be_chosen_is_refused_and_nothing_kept(give: Bring, now: datetime, chosen: Any) -> None:
    run = give(ROWS)

    with pytest.raises(Refusal) as refused:
        importing.choose(run, chosen, at=now)

    assert str(refused.value).endswith(".")
    assert Run.objects.get(pk=run.pk).chosen == {}


def test_a_file_that_failed_is_mended_by_a_choice(give: Bring, now: datetime) -> None:
    run = give("Quién;Cuándo;Qué\nKyra Vonn;02/03/2026;Captiva\n")
    importing.rehearse(run, at=now)
    assert run.state == "failed"
    assert [column["name"] for column in run.reading["columns"]] == ["Quién", "Cuándo", "Qué"]

    columns = {"Quién": "customer_name", "Cuándo": "delivered", "Qué": "model"}
    importing.choose(run, {"columns": columns, "kind": "vehicle_delivery"}, at=now)
    assert (run.state, run.problem, run.counts) == ("uploaded", "", {})
    importing.rehearse(run, at=now)

    assert (run.state, run.good) == ("rehearsed", 1)


def test_a_rehearsal_by_an_older_choice_does_not_count(give: Bring, now: datetime) -> None:
    run = give(ROWS + "77;Camila Rojas Soto;614 555 0001;3GN3ESF49RR628194;01/02/2026;1.250\n")
    older = Run.objects.get(pk=run.pk)
    importing.choose(run, {"kind": "hand_over"}, at=now)

    importing.rehearse(older, at=now)

    run.refresh_from_db()
    assert (run.state, run.counts) == ("uploaded", {})


def test_what_was_imported_is_not_chosen_anew(bring: Bring, now: datetime) -> None:
    run = bring(ROWS + "77;Camila Rojas Soto;614 555 0001;3GN3ESF49RR628194;01/02/2026;1.250\n")

    with pytest.raises(Refusal, match="already dealt with"):
        importing.choose(run, {"kind": "hand_over"}, at=now)


# Kinds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "counts"),
    [
        ("Nombre;Teléfono;Región\nAna Ruiz;614 555 0001;Norte\n", "customers", (1, 0, 0)),
        ("NIV;Placas;Modelo\n3GN3ESF49RR628194;EKV-1;Captiva\n", "vehicles", (0, 1, 0)),
        ("Propietario;NIV;Placas\nAna Ruiz;3GN3ESF49RR628194;EKV-1\n", "vehicles", (1, 1, 0)),
        ("Cliente;Teléfono;Fecha de visita;Interés\nAna Ruiz;614 555 0001;02/03/2026;SUV\n", "consultation", (1, 0, 1)),
        ("Cliente;Fecha de venta;Producto;Importe\nAna Ruiz;02/03/2026;Tapetes;900\n", "goods_sale", (1, 0, 1)),
        ("Cliente;NIV;Fecha\nAna Ruiz;3GN3ESF49RR628194;02/03/2026\n", "vehicle_delivery", (1, 1, 1)),
    ],
)
def test_each_kind_of_file_comes_in(bring: Bring, content: str, kind: str, counts: tuple[int, int, int]) -> None:
    run = bring(content)

    assert run.kind == kind
    assert (Customer.objects.count(), Vehicle.objects.count(), Visit.objects.count()) == counts
    again = bring(content)
    nouns = ("customers", "vehicles", "visits")
    assert [again.counts[noun][what] for noun in nouns for what in ("new", "changed")] == [
        0, 0, 0, 0, 0, 0
    ]  # fmt: skip


@pytest.mark.covers("S1-P2.5.1a", "S1-1.1")
def test_region_type_of_vehicle_and_opening_of_the_order_come_in(bring: Bring) -> None:
    bring(
        "OT;Cliente;Región;Placas;Tipo de vehículo;Fecha de ingreso;Fecha de entrega;Trabajo\n"
        "1;Ana Ruiz;Norte;EKV-1;SUV;01/03/2026;02/03/2026;Frenos\n"
    )

    visit = Visit.objects.get()
    assert (visit.opened_on, visit.began_on) == (date(2026, 3, 1), date(2026, 3, 1))
    assert (visit.customer.region, visit.vehicle and visit.vehicle.vehicle_type) == ("Norte", "SUV")


@pytest.mark.covers("S2-6.1")
@pytest.mark.parametrize(("rows", "twice"), [(100, 8), (37, 5)])
def test_a_list_of_an_event_opens_files_with_their_source(bring: Bring, rows: int, twice: int) -> None:
    people = [f"Cliente Número{chr(97 + n // 26)}{chr(97 + n % 26)};614 555 {n:04d}" for n in range(rows - twice)]
    known, new = people[: twice // 2], people[twice // 2 :]
    bring("Nombre;Teléfono\n" + "\n".join(known) + "\n")

    run = bring(
        "Nombre;Teléfono\n" + "\n".join([*people, *reversed(new[: twice - twice // 2])]) + "\n",
        chosen={"source": "event", "source_note": "Expo 2026"},
    )
    assert run.counts["customers"]["new"] == len(new)
    assert run.counts["merged"] == run.counts["rows"] - len(new)
    assert Customer.objects.filter(source="event", source_note="Expo 2026").count() == len(new)
    assert Customer.objects.count() == rows - twice


@pytest.mark.covers("S2-6.1")
@pytest.mark.parametrize(("rows", "twice"), [(100, 8), (41, 6)])
def test_rows_of_an_event_that_are_one_customer_are_merged(bring: Bring, rows: int, twice: int) -> None:
    people = [f"Cliente Número{chr(97 + n // 26)}{chr(97 + n % 26)};614 555 {n:04d}" for n in range(rows - twice)]
    again = [person.upper() for person in people[:twice]]

    run = bring("Nombre;Teléfono\n" + "\n".join(people + again) + "\n", chosen={"source": "event"})

    assert (run.counts["rows"], run.counts["customers"]["new"], run.counts["merged"]) == (rows, rows - twice, twice)
    assert Customer.objects.filter(source="event").count() == rows - twice == Customer.objects.count()


# Warnings ---------------------------------------------------------------------------------------------------

WORKSHOP = "OT;Cliente;Placas;Fecha de entrega;Km;Asesor;Trabajo\n"


def remarks(run: Run) -> list[tuple[int, str, str]]:
    return [(remark.line, remark.column, remark.sentence) for remark in run.remarks.filter(refused=False)]


def test_a_mileage_lower_than_before_is_told_and_kept(bring: Bring) -> None:
    bring(WORKSHOP + "1;Ana Ruiz;EKV-1;01/02/2026;9000;;x\n")

    run = bring(WORKSHOP + "2;Ana Ruiz;EKV-1;01/03/2026;8500;;x\n3;Ana Ruiz;EKV-1;02/03/2026;9100;;x\n")

    assert remarks(run) == [
        (2, "Km", "The mileage is lower than before: 9000 km on 2026-02-01. Both readings are kept.")
    ]
    assert [visit.odometer_km for visit in Visit.objects.order_by("number")] == [9000, 8500, 9100]


def test_an_adviser_nobody_knows_is_told_once_if_the_house_has_advisers(norte: Dealership, bring: Bring) -> None:
    rows = "1;Ana Ruiz;A-1;01/02/2026;;Luis Vega;x\n2;Eva Paz;A-2;01/02/2026;;RÍOS PATRICIA;x\n"
    assert remarks(bring(WORKSHOP + rows)) == []

    patricia = cast.person("Patricia Ríos", Role.SERVICE_ADVISOR, norte)
    run = bring(WORKSHOP + rows.replace("1;Ana", "3;Ana").replace("2;Eva", "4;Eva"))

    assert remarks(run) == [(2, "Asesor", "None of the people of this house is called so. Kept as it is written.")]
    assert [visit.consultant for visit in Visit.objects.filter(number__in=["3", "4"]).order_by("number")] == [
        None, patricia
    ]  # fmt: skip


def test_a_name_with_letters_lost_is_kept_and_told(bring: Bring) -> None:
    run = bring(ROWS + "1;Mu\ufffdoz Ana;614 555 0001;3GN3ESF49RR628194;01/02/2026;\n")

    assert Customer.objects.get().full_name == "Mu?oz Ana"
    assert remarks(run) == [
        (2, "Cliente", "Some letters of this name cannot be read. Kept, with a question mark in their place.")
    ]


# Refused, given twice, mappings -----------------------------------------------------------------------------


def test_refused_lines_are_kept_as_they_came_with_the_files_own_numbers(bring: Bring) -> None:
    run = bring(
        "Entregas de marzo;;;;;\n\n" + ROWS
        + '1;"Ana\nMaría";614 555 0001;3GN3ESF49RR628194;01/02/2026;\n'
        + '2;"Eva\nSol";614 555 0002;;31/02/2026;"$1,5"\n'
    )  # fmt: skip

    assert list(RefusedLine.objects.values_list("line", "cells")) == [
        (6, ["2", "Eva\nSol", "614 555 0002", "", "31/02/2026", "$1,5"])
    ]
    assert {remark.line for remark in run.remarks.filter(refused=True)} == {6}


def test_the_same_file_again_is_told_and_changes_nothing(give: Bring, bring: Bring, now: datetime) -> None:
    content = ROWS + "1;Ana Ruiz;614 555 0001;3GN3ESF49RR628194;01/02/2026;1\n"
    first = bring(content)
    assert len(first.digest) == 64

    again = give(content)
    importing.rehearse(again, at=now)

    assert (again.digest, again.counts["same_as"]) == (first.digest, first.pk)
    assert [again.counts[noun]["unchanged"] for noun in ("customers", "vehicles", "visits")] == [1, 1, 1]


def test_what_a_file_has_no_column_for_stays_as_it_is(norte: Dealership, bring: Bring) -> None:
    cast.person("Luis Vera", Role.SALES_CONSULTANT, norte)
    known = "Folio;Cliente;VIN;Fecha de entrega;Precio;Asesor;Fecha apertura\n"
    bring(known + "1;Ana Ruiz;3GN3ESF49RR628194;14/02/2026;250;Luis Vera;13/02/2026\n")
    before = Visit.objects.values().get()

    silent = bring("Folio;Cliente;VIN;Fecha de entrega\n1;Ana Ruiz;3GN3ESF49RR628194;14/02/2026\n")

    assert silent.counts["visits"] == {"new": 0, "changed": 0, "unchanged": 1}
    assert Visit.objects.values().get() == before
    moved = bring("Folio;Cliente;VIN;Fecha de entrega;Asesor\n1;Ana Ruiz;3GN3ESF49RR628194;15/02/2026;\n")
    visit = Visit.objects.get()
    assert moved.counts["visits"]["changed"] == 1
    # What has a column and is empty there was emptied.
    assert (visit.delivered_on, visit.amount, visit.consultant_name) == (date(2026, 2, 15), Decimal(250), "")


def test_a_mapping_is_found_by_the_header_and_used(norte: Dealership, give: Bring, now: datetime) -> None:
    mapping = Mapping.objects.create(
        dealership=norte,
        name="Taller",
        header=["A", "B", "C"],
        chosen={"kind": "vehicle_delivery", "columns": {"A": "customer_name", "B": "delivered", "C": "plate"}},
    )
    run = give("A;B;C\nx1;02/03/2026;EKV-1\n")

    importing.rehearse(run, at=now)

    assert (run.state, run.mapping, run.good) == ("rehearsed", mapping, 1)


def test_a_neighbours_mapping_is_neither_found_nor_used(jingbei: Dealership, give: Bring, now: datetime) -> None:
    theirs = Mapping.objects.create(dealership=jingbei, name="Taller", header=["A", "B"], chosen={"kind": "customers"})
    found, used = give("A;B\nx;y\n"), give("A;B\nx;y\n", mapping=theirs)

    importing.rehearse(found, at=now)
    importing.rehearse(used, at=now)

    assert found.mapping is None
    assert (used.state, used.problem) == ("failed", "This mapping belongs to another dealership.")


def test_history_before_the_go_live_day_starts_no_contact(norte: Dealership, bring: Bring, now: datetime) -> None:
    Programme.objects.update(go_live_on=date(2026, 3, 2))
    bring(
        ROWS + "1;Ana Ruiz;614 555 0001;3GN3ESF49RR628194;01/03/2026;1\n"
        "2;Eva Paz;614 555 0002;3GN0WSMS2S8252760;02/03/2026;1\n"
    )
    planning.plan(at=now)

    assert [task.visit.number for task in ContactTask.objects.all()] == ["2"]
    assert Visit.objects.count() == 2


def test_whoever_gives_a_file_is_named_in_the_history(
    norte: Dealership, mariana: User, give: Bring, now: datetime
) -> None:
    importing.perform(give("Nombre;Teléfono;Domicilio\nAna Ruiz;614 555 0001;Calle 1\n"), at=now)
    second = give("Nombre;Teléfono;Domicilio;Región\nAna Ruiz;614 555 0001;Calle 1;Norte\n")
    second.by = mariana
    second.save()
    importing.perform(second, at=now)

    [change] = Change.objects.all()
    assert (change.field, change.new, change.by, change.run) == ("region", "Norte", mariana, second.pk)
