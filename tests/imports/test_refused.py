"""The file to mend: what was refused comes back as it came, says why, and is understood when it is given again."""

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given as assuming
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from clientela.imports import columns, reading, refused
from clientela.imports.models import RefusedLine, Remark, Run
from clientela.imports.table import Row
from clientela.network.models import Dealership, User

NAMES = ["Cliente", "Tel", "Salida"]


def returned(house: Dealership, at: datetime, rows: list[list[Any]], names: list[str] = NAMES, **reading: Any) -> Run:
    """A run that refused these rows: each because of its day."""
    facts = {"encoding": "utf-8", "delimiter": ";", "header_line": 1} | reading
    facts["columns"] = [{"name": name, "field": "", "samples": []} for name in names]
    run = Run.objects.create(
        dealership=house,
        name="entregas de marzo.csv",
        path="imports/none",
        state="rehearsed",
        uploaded_at=at,
        reading=facts,
        counts={"refused": len(rows)},
    )
    for line, cells in enumerate(rows, start=5):
        RefusedLine.objects.create(run=run, dealership=house, line=line, cells=cells)
        Remark.objects.create(
            run=run, dealership=house, refused=True, line=line, column="Salida", code="not_a_date", facts={"value": "x"}
        )
    return run


def lines(run: Run, encoding: str, delimiter: str) -> list[list[str]]:
    with refused.as_csv(run) as file:
        return list(csv.reader(io.StringIO(file.read().decode(encoding)), delimiter=delimiter))


def sheet(run: Run, tmp_path: Path) -> list[list[Any]]:
    path = tmp_path / "mend.xlsx"
    with refused.as_workbook(run) as file:
        path.write_bytes(file.read())
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


REASON = "Salida: “x” is not a date. Write it like 15/02/2026."


@pytest.mark.parametrize(
    ("encoding", "delimiter", "name"),
    [("cp1252", ";", "Muñoz"), ("cp1251", "\t", "Щукина"), ("gb18030", ",", "欧阳敏"), ("utf-16", "|", "Ünal")],
)
def test_it_is_written_as_the_file_was(
    norte: Dealership, now: datetime, encoding: str, delimiter: str, name: str
) -> None:
    run = returned(norte, now, [[name, "614; 1", "ayer"], ["", "", 'a "b"']], encoding=encoding, delimiter=delimiter)

    assert lines(run, encoding, delimiter) == [
        [*NAMES, "Clientela: to mend"],
        [name, "614; 1", "ayer", REASON],
        ["", "", 'a "b"', REASON],
    ]


def test_where_the_files_encoding_cannot_say_the_reasons_it_is_utf8(norte: Dealership, now: datetime) -> None:
    run = returned(norte, now, [["Muñoz", "1", "ayer"]], encoding="cp1252")

    with translation.override("zh-hans"):
        [header, row] = lines(run, "utf-8-sig", ";")
    assert header[-1] == "Clientela: 待修改"
    assert row[0] == "Muñoz"
    assert "日期" in row[-1]


def test_utf8_has_a_mark_by_which_excel_knows_it(norte: Dealership, now: datetime) -> None:
    with refused.as_csv(returned(norte, now, [["Ana", "1", "ayer"]])) as file:
        assert file.read().startswith(b"\xef\xbb\xbfCliente;")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("\t=1", "'\t=1"),
        ("+52 614 178 1799", "+52 614 178 1799"),
        ("-12,50", "-12,50"),
        ("Ana = Eva", "Ana = Eva"),
        ("", ""),
    ],
)
def test_a_formula_comes_back_as_text_and_a_number_as_it_was(cell: str, shown: str) -> None:
    assert refused.harmless(cell) == shown


@assuming(st.text(max_size=40))
def test_no_cell_is_left_that_a_spreadsheet_would_run(cell: str) -> None:
    shown = refused.harmless(cell)

    assert shown.lstrip("'").startswith(cell.lstrip("'")) or shown == f"'{cell}"
    if shown[:1] in set("=+-@\t\r"):
        assert set(shown[1:]) <= set("0123456789()./,- \t\n\r\v\f\x1c\x1d\x1e\x1f\x85") or not shown.isascii()


def test_a_workbook_keeps_numbers_days_and_the_zeros_of_a_telephone(
    norte: Dealership, now: datetime, tmp_path: Path
) -> None:
    cells = ["=HYPERLINK(1)", "0614", "2026-02-15", 7, "2026-02-15 17:26", None]
    names = ["Cliente", "Tel", "Día", "Km", "Hora", "Salida"]
    run = returned(norte, now, [cells], names, sheet="Hoja1", encoding=None, delimiter=None)

    assert sheet(run, tmp_path) == [
        [*names, "Clientela: to mend"],
        ["=HYPERLINK(1)", "0614", date(2026, 2, 15), 7, datetime.fromisoformat("2026-02-15T17:26"), "", REASON],
    ]


def test_cells_too_many_and_too_few_leave_the_reasons_in_their_column(norte: Dealership, now: datetime) -> None:
    run = returned(norte, now, [["Ana", "1", "ayer", "más", "aún"], ["Eva"]])

    assert lines(run, "utf-8-sig", ";")[1:] == [["Ana", "1", "ayer;más;aún", REASON], ["Eva", "", "", REASON]]


def test_a_file_mended_in_vain_comes_back_with_the_reasons_of_this_time_only(norte: Dealership, now: datetime) -> None:
    run = returned(norte, now, [["Ana", "1", "ayer", "la razón de antes"]], [*NAMES, "Clientela: motivo"])

    assert lines(run, "utf-8-sig", ";") == [[*NAMES, "Clientela: to mend"], ["Ana", "1", "ayer", REASON]]


@pytest.mark.parametrize("language", ["es-mx", "en", "ru", "zh-hans"])
def test_nobody_takes_the_reasons_for_a_column(norte: Dealership, now: datetime, tmp_path: Path, language: str) -> None:
    names = ["Nombre del Cliente", "Teléfono", "Placas", "Fecha de entrega"]
    rows = [[f"Ana Ríos {n}", f"614 555 00{n:02d}", f"EKV-{n:03d}-C", "31/02/2026"] for n in range(40)]
    run = returned(norte, now, rows, names, encoding="utf-8", delimiter=";")
    Remark.objects.filter(run=run).update(
        column="Fecha de entrega",
        code="no_such_day",
        facts={"value": "31/02/2026", "month": 2, "day": 31},
    )
    path = tmp_path / "mend.csv"
    with translation.override(language), refused.as_csv(run) as file:
        path.write_bytes(file.read())

    table = reading.read(path)
    fields = columns.guess(table.header, table.sample)

    assert [str(fields.get(index, "")) for index in range(5)] == ["customer_name", "phones", "plate", "delivered", ""]
    assert refused.is_ours(table.header[4])
    assert isinstance(table.sample[0], Row)


def test_it_is_downloaded_under_a_name_that_says_what_it_is(
    norte: Dealership, mariana: User, lixue: User, now: datetime, as_user: Any
) -> None:
    run = returned(norte, now, [["Ana", "1", "ayer"]])
    browser = as_user(mariana)

    text = browser.get(reverse("imports:refused_csv", args=[run.pk]))
    book = browser.get(reverse("imports:refused_xlsx", args=[run.pk]))

    assert text.headers["Content-Disposition"] == 'attachment; filename="entregas de marzo (refused).csv"'
    assert book.content.startswith(b"PK\x03\x04")
    assert as_user(lixue).get(reverse("imports:refused_csv", args=[run.pk])).status_code == 404
