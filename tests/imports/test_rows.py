"""A line becomes an event, or is handed back with the reasons; none is lost."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clientela.imports import reading
from clientela.imports.columns import Field, guess, kind
from clientela.imports.reading import Row, Table, read
from clientela.imports.rows import RefusedRow, TypedRow, day_orders, typed

DEMO = Path(reading.__file__).with_name("demo")
TODAY = date(2026, 4, 1)
F = Field


def table_of(header: list[str], *rows: tuple[object, ...]) -> Table:
    lines = tuple(Row(line, row) for line, row in enumerate(rows, start=2))  # type: ignore[arg-type]
    return Table(header=header, rows=iter(lines), sample=lines, header_line=1)


def events(table: Table, **options: Any) -> list[TypedRow | RefusedRow]:
    columns = guess(table.header, table.sample)
    return list(typed(table, columns, kind=kind(table.header, columns.values()), today=TODAY, **options))


def only(table: Table) -> TypedRow:
    [row] = events(table)
    assert isinstance(row, TypedRow)
    return row


def codes(row: TypedRow | RefusedRow) -> list[tuple[str, Field | None, str]]:
    assert isinstance(row, RefusedRow)
    return [(reason.column_name, reason.field, reason.code) for reason in row.reasons]


DATE, NAME, KM = "Fecha de entrega", "Nombre del Cliente", "行驶里程"


@pytest.mark.parametrize(
    ("file", "event", "rows", "bad"),
    [
        (
            "mx_entregas.csv",
            "vehicle_delivery",
            245,
            {
                25: [(NAME, F.CUSTOMER_NAME, "missing")],
                39: [(DATE, F.DELIVERED, "not_a_date")],
                99: [(DATE, F.DELIVERED, "no_such_day")],
                149: [(DATE, F.DELIVERED, "no_such_day")],
            },
        ),
        (
            "cn_repair_orders.csv",
            "workshop_visit",
            201,
            {128: [(KM, F.ODOMETER_KM, "negative")], 134: [(KM, F.ODOMETER_KM, "negative")]},
        ),
        ("ru_vydacha.tsv", "hand_over", 60, {}),
        ("cl_servicios.xlsx", "workshop_visit", 120, {}),
    ],
)
def test_of_a_dealers_file_just_the_bad_lines_are_refused(file: str, event: str, rows: int, bad: object) -> None:
    found = events(read(DEMO / file))

    assert len(found) == rows
    assert {row.line: codes(row) for row in found if isinstance(row, RefusedRow)} == bad
    assert {row.kind for row in found if isinstance(row, TypedRow)} == {event}


@pytest.mark.parametrize(
    ("file", "lines"),
    [("mx_entregas.csv", [(179, 242), (88, 243), (241, 244)]), ("cn_repair_orders.csv", [(8, 202)])],
)
def test_lines_sent_twice_stay_and_have_one_identity(file: str, lines: list[tuple[int, int]]) -> None:
    found = {row.line: row for row in events(read(DEMO / file)) if isinstance(row, TypedRow)}
    first: dict[tuple[str, ...], int] = {}
    pairs = [(first.setdefault(row.identity, line), line) for line, row in found.items()]
    assert [pair for pair in pairs if pair[0] != pair[1]] == lines


def test_a_telephone_that_is_none_is_kept_with_a_warning() -> None:
    found = [row for row in events(read(DEMO / "ru_vydacha.tsv")) if isinstance(row, TypedRow)]
    assert [(row.line, row.phones, row.warnings) for row in found if row.warnings] == [
        (38, "нет", ((F.PHONES, "not_a_phone"),))
    ]


def test_every_cell_of_a_line_arrives() -> None:
    [row, *_] = events(read(DEMO / "cn_repair_orders.csv"))
    assert row == TypedRow(
        line=2,
        kind="workshop_visit",
        number="RO202600000",
        customer_name="欧阳洋",
        phones="19739039523",
        plate="京N00909",
        vin="LSGHT3XV1R8246815",
        vehicle="别克君威",
        odometer_km=62993,
        delivered_on=date(2026, 2, 14),
        delivered_time=time(17, 26),
        service_line="repair",
        work="全车打蜡",
        consultant="孙丽",
        technician="郑师傅",
        amount=Decimal("3879.97"),
    )


HEADER = ["Cliente", "Correo", "Nacimiento", "Año", "Placas", "Fecha entrega", "Tipo"]


def test_what_one_can_do_without_is_left_out_with_a_warning() -> None:
    row = only(table_of(HEADER, ("Ana", "ana.mx", "01/01/1890", "20?5", "A", "15/02/2026", "raro")))
    assert (row.email, row.birth_date, row.model_year, row.used) == ("", None, None, None)
    assert row.warnings == (
        (F.EMAIL, "not_an_email"),
        (F.BIRTH_DATE, "too_long_ago"),
        (F.MODEL_YEAR, "not_a_model_year"),
        (F.CONDITION, "not_a_condition"),
    )


def test_blanks_are_nothing_and_no_cause_for_warnings() -> None:
    row = only(table_of(HEADER, ("Ana", " ", None, "\xa0", "A", "15/02/2026", "")))
    assert row.warnings == ()


def test_of_two_digits_a_birth_is_in_the_past() -> None:
    row = only(table_of(HEADER, ("Ana", "a@b.mx; c@d.mx", "15/02/45", "2026", "A", "15/02/26", "Nuevo")))
    assert (row.birth_date, row.delivered_on) == (date(1945, 2, 15), date(2026, 2, 15))
    assert (row.email, row.used) == ("a@b.mx", False)


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        (("", "", "", "", "A", "15/02/2026", ""), [("Cliente", F.CUSTOMER_NAME, "missing")]),
        (("---", "", "", "", "A", "15/02/2026", ""), [("Cliente", F.CUSTOMER_NAME, "missing")]),
        (("=1+1", "", "", "", "A", "15/02/2026", ""), [("Cliente", F.CUSTOMER_NAME, "not_a_name")]),
        (("Ana", "", "", "", "A", "", ""), [("Fecha entrega", F.DELIVERED, "missing")]),
        (("Ana", "", "", "", "A", "03/04/2026", ""), [("Fecha entrega", F.DELIVERED, "future")]),
        (("Ana", "", "", "", "A", "01/01/1900", ""), [("Fecha entrega", F.DELIVERED, "too_long_ago")]),
        (("Ana", "", "", "", "", "15/02/2026", ""), [("Placas", F.PLATE, "no_vehicle")]),
        (("Ana", "", "", "", "A", "15/02/2026", "", "x"), [("", None, "too_many_cells")]),
        (
            ("", "", "", "", "", "31/02/2026", ""),
            [
                ("Fecha entrega", F.DELIVERED, "no_such_day"),
                ("Cliente", F.CUSTOMER_NAME, "missing"),
                ("Placas", F.PLATE, "no_vehicle"),
            ],
        ),
    ],
)
def test_a_line_is_handed_back_as_it_came_with_every_reason(row: tuple[object, ...], reasons: object) -> None:
    [refused] = events(table_of(HEADER, row))
    assert codes(refused) == reasons
    assert isinstance(refused, RefusedRow)
    assert refused.cells == row
    assert all(reason.sentence for reason in refused.reasons)


def test_delivered_tomorrow_may_be_another_clock() -> None:
    assert only(table_of(HEADER, ("Ana", "", "", "", "A", "02/04/2026", ""))).delivered_on == date(2026, 4, 2)


def test_without_a_number_the_vehicle_and_the_day_identify_a_row() -> None:
    row = only(table_of(HEADER, ("Ana", "", "", "", "EKV-1", "15/02/2026", "")))
    assert row.identity == ("ekv-1", "2026-02-15")


def test_a_formula_is_only_a_text() -> None:
    assert only(table_of(HEADER, ("=HYPERLINK(1)", "", "", "", "A", "15/02/2026", ""))).customer_name[0] == "="


def test_the_order_of_days_is_judged_by_all_rows_or_read_ahead() -> None:
    ambiguous = [("Ana", "", "", "", "A", "01/02/2026", "")] * 300
    telling = ("Ana", "", "", "", "A", "01/13/2026", "")
    table = table_of(HEADER, *ambiguous, telling)

    found = events(table)

    assert {row.delivered_on for row in found if isinstance(row, TypedRow)} == {
        date(2026, 1, 2),
        date(2026, 1, 13),
    }
    assert day_orders(table.sample, {5: F.DELIVERED, 0: F.CUSTOMER_NAME}) == {5: "mdy"}


def test_a_column_in_doubt_follows_one_that_is_certain() -> None:
    orders = day_orders([Row(2, ("01/02/1980", "01/13/2026"))], {0: F.BIRTH_DATE, 1: F.DELIVERED})
    assert orders == {0: "mdy", 1: "mdy"}


def test_two_columns_cannot_be_one_field() -> None:
    with pytest.raises(ValueError, match="Two columns"):
        typed(table_of(["A", "B"]), {0: F.VIN, 1: F.VIN}, kind="hand_over", today=TODAY)


def test_parts_of_a_name_are_joined() -> None:
    table = table_of(
        ["Фамилия", "Имя", "Отчество", "Госномер", "Дата выдачи"], ("Котова", "Анна", "", "А1", "15.02.2026")
    )
    assert only(table).customer_name == "Котова Анна"
