"""A dealer's file is read as it is, or turned away in plain words."""

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clientela.imports import reading, unreadable
from clientela.imports.reading import Row, Table, UnreadableFile, read

DEMO = Path(reading.__file__).with_name("demo")
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)

HEADERS = {
    "es": ["Cliente", "Teléfono", "Patente", "Fecha entrega"],
    "ru": ["ФИО", "Телефон", "Госномер", "Дата выдачи"],
    "zh": ["车主姓名", "手机", "车牌号", "交车时间"],
}
PEOPLE = {
    "es": ["Zúñiga Peña José Luis", "MUÑOZ ÁVILA BEGOÑA", "Antonia Güell", "Ana Sofía Cantú"],
    "ru": ["Соловьёв Сергей Львович", "ЁЛКИН ЮРИЙ ПЕТРОВИЧ", "Мельник Фёдор", "ИВАНОВ И.И."],
    "zh": ["欧阳洋", "刘敏磊", "李芳", "上海通用汽车有限公司"],
}
ENCODINGS = [
    ("es", "cp1252"),
    ("ru", "cp1251"),
    ("zh", "gb18030"),
    *((language, encoding) for language in HEADERS for encoding in ("utf-8", "utf-8-sig", "utf-16")),
]


def write(folder: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def as_csv(rows: list[list[str]], delimiter: str = ";") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def refused(path: Path) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as refusal:
        list(read(path).rows)
    assert refusal.value.sentence
    return refusal.value


def described(table: Table) -> tuple[str | None, str | None, int, int]:
    return (table.encoding, table.delimiter, table.header_line, sum(1 for _ in table.rows))


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("mx_entregas.csv", ("cp1252", ";", 1, 245)),
        ("cn_repair_orders.csv", ("gb18030", ",", 1, 201)),
        ("ru_vydacha.tsv", ("cp1251", "\t", 1, 60)),
        ("cl_servicios.xlsx", (None, None, 3, 120)),
    ],
)
def test_a_dealers_file_is_understood(name: str, description: object) -> None:
    assert described(read(DEMO / name)) == description


def test_a_sheet_keeps_its_dates_its_line_numbers_and_loses_title_and_total() -> None:
    table = read(DEMO / "cl_servicios.xlsx")
    rows = list(table.rows)

    assert table.sheet == "Servicios marzo"
    assert (rows[0].line, rows[-1].line) == (4, 124)
    assert rows[0].cells[:3] == (4000, "15.380.117-8", "Camila Rojas Soto")
    assert rows[0].cells[7:] == (79819, date(2026, 2, 26), "Desabolladura", "Ignacio Vera", 185240, 80000)
    assert (table.skipped.titles, table.skipped.totals, table.skipped.empty) == ((1,), [126], 2)


def test_the_old_workbook_of_an_old_program_is_read_too() -> None:
    """Binary `.xls`, with a title above the header and a sheet of notes behind."""
    table = read(Path(__file__).with_name("files") / "entregas.xls")
    rows = list(table.rows)

    assert (table.sheet, list(table.sheets), table.header_line) == ("Entregas", ["Entregas", "Notas"], 3)
    assert [row.line for row in rows] == [4, 5, 6]
    assert rows[0].cells == (
        "E-71", "Núñez Íñiguez Zoé", 6145550181, "3GN3ESF49RR628194", "EKV-573-C", date(2026, 2, 28), 15
    )  # fmt: skip
    assert rows[2].cells[1] == "Ортега Paz 王"
    assert rows[2].cells[5] == "31/02/2026"


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
@pytest.mark.parametrize("delimiter", ";,\t|")
def test_encoding_and_delimiter_are_found(tmp_path: Path, language: str, encoding: str, delimiter: str) -> None:
    rows = [[name, "6141234567", "ABC-12", "15/02/2026"] for name in PEOPLE[language]]
    table = read(write(tmp_path, as_csv([HEADERS[language], *rows], delimiter), encoding))

    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert table.header == HEADERS[language]
    assert [list(row.cells) for row in table.rows] == rows


@pytest.mark.parametrize(("language", "encoding"), [("es", "cp1252"), ("ru", "cp1251"), ("zh", "gb18030")])
@pytest.mark.parametrize("person", [0, 1, 2, 3])
def test_one_row_is_enough_to_tell_the_encoding(tmp_path: Path, language: str, encoding: str, person: int) -> None:
    rows = [HEADERS[language], [PEOPLE[language][person], "1", "A", "2"]]
    assert read(write(tmp_path, as_csv(rows), encoding)).encoding == encoding


def test_a_single_letter_late_in_the_file_counts(tmp_path: Path) -> None:
    rows = [["Cliente", "Placas"], *[["Perez", "A"]] * 60_000, ["Peña", "B"]]
    assert list(read(write(tmp_path, as_csv(rows), "cp1252")).rows)[-1].cells == ("Peña", "B")


def test_utf8_with_a_character_cut_in_two_is_still_utf8(tmp_path: Path) -> None:
    rows = [["客户", "车牌号"], *[["欧阳明娟", "京A00001"]] * 5]
    table = read(write(tmp_path, as_csv(rows).encode() + "磊".encode()[:2] + b";x\r\n"))
    assert table.encoding == "utf-8"
    assert [row.cells for row in table.rows][-1] == ("\ufffd", "x")


CELL = st.text(st.characters(codec="gb18030", exclude_characters="\0\x1a\ufeff"), max_size=30)


@QUICK
@given(
    rows=st.lists(st.tuples(st.sampled_from(["Ana", "Eva"]), st.sampled_from(["x", "y"]), CELL, CELL), min_size=1),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    delimiter=st.sampled_from(";,\t|"),
)
def test_what_was_written_is_read(tmp_path: Path, rows: list[tuple[str, ...]], encoding: str, delimiter: str) -> None:
    header = ["Cliente", "Placas", "Notas", "Otra"]
    path = write(tmp_path, as_csv([header, *map(list, rows)], delimiter), encoding)
    table = read(path, encoding=encoding, delimiter=delimiter, header_line=1)
    assert [row.cells for row in table.rows] == rows


@QUICK
@given(rows=st.lists(st.tuples(st.just("Ana"), CELL.filter(lambda c: "\r" not in c))))
def test_a_row_knows_its_line(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    text = as_csv([["Cliente", "Placas"], *map(list, rows), ["Eva", "B"]])
    begins = [2]
    for _, cell in rows:
        begins.append(begins[-1] + 1 + cell.count("\n"))
    table = read(write(tmp_path, text), encoding="utf-8", delimiter=";", header_line=1)
    assert [row.line for row in table.rows] == begins


@QUICK
@given(content=st.binary(max_size=400))
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + b"\0" * 18)
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000)
@example(b"\xff\xfe\x00")
@example(b"\xff\xfe\x00\x00a")
@example(b'"')
@example(b'a;b\n"')
def test_no_bytes_do_anything_but_be_refused(tmp_path: Path, content: bytes) -> None:
    read_or_refuse(write(tmp_path, content))


@QUICK
@given(
    content=st.text(st.sampled_from('aé7 ";,\t|\r\n=\0\x1a\ufeff'), max_size=200),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_no_text_does_anything_but_be_refused(tmp_path: Path, content: str, encoding: str) -> None:
    read_or_refuse(write(tmp_path, content.encode(encoding, "ignore")))


@settings(QUICK, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 17_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=20))
def test_no_damaged_workbook_does_anything_but_be_refused(tmp_path: Path, damages: list[tuple[int, bytes]]) -> None:
    content = bytearray((DEMO / "cl_servicios.xlsx").read_bytes())
    for at, damage in damages:
        content[at : at + len(damage)] = damage
    read_or_refuse(write(tmp_path, bytes(content)))


def read_or_refuse(path: Path) -> None:
    try:
        list(read(path).rows)
    except UnreadableFile as refusal:
        str(refusal)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"MZ\x90\0\3\0\0\0", "not_a_table"),
        (b"%PDF-1.7\n", "not_a_table"),
        (b"  <html><table>", "web_page"),
        (b"<?xml version='1.0'?><Workbook>", "web_page"),
        (b"Cliente;Placas\nAna\0;B\n", "binary"),
        (b"Cliente;Placas\n" + bytes(range(1, 9)) * 9, "binary"),
        (b"Cliente;Placas\n\x81\x8d\x8f;\x90\x9d\x98\n" * 3, "unknown_encoding"),
        (b"Dear Sir,\nplease find the list below.\n", "no_header"),
        (b"1;2;3\n4;5;6\n", "no_header"),
        (b"Cliente;Placas\r\n", "no_rows"),
        (b"Cliente;Placas\n" + b"x" * 300_000, "line_too_long"),
        (";".join(f"Columna {i}" for i in range(501)).encode() + b"\n1;2\n", "too_many_columns"),
        (b"PK\x03\x04 but no more", "damaged_workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged_workbook"),
    ],
)
def test_what_is_no_table_is_turned_away(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(write(tmp_path, content)).code == code


def test_a_file_too_large_is_turned_away_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(unreadable.LARGEST_FILE + 1)
    assert refused(path).code == "too_large"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('Ana;"B\n' + "Eva;C\n" * 600, 2),
        ('Ana;B\nEva;"C\n' + "Eva;C\n" * 3, 3),
        ('Ana;"B\nEva;"C"\nEva;"D"\n', 2),
        ('"two\nlines";B\nEva;"C\nEva;D\n', 4),
        ('"two\nlines";"C\nEva;D\n', 3),
        ('Ana;"' + "Z" * 70_000 + "\n" + ("Z" * 70_000 + "\n") * 4, 2),
    ],
)
def test_the_line_of_an_unclosed_quote_is_named(tmp_path: Path, body: str, line: int) -> None:
    refusal = refused(write(tmp_path, "Cliente;Placas\n" + body))
    assert (refusal.code, refusal.facts) == ("unclosed_quote", {"line": line})


def test_careless_quotes_within_a_line_are_forgiven(tmp_path: Path) -> None:
    table = read(write(tmp_path, 'Cliente;Placas\n"Taller "El Rayo" SA";B\nLlantas 15";C\n'))
    assert [row.cells for row in table.rows] == [('Taller El Rayo" SA"', "B"), ('Llantas 15"', "C")]


def test_titles_blank_lines_and_totals_are_no_rows(tmp_path: Path) -> None:
    text = (
        "Concesionaria Demo\n;;\n;Marzo 2026;\nCliente;Placas;Precio\nAna;A;1\n;;\nTotal Taxi;B;2\n"
        "Subtotal;;3\nEva;C;3\nTotal:;;6\n;;6\n\x1a"
    )
    table = read(write(tmp_path, text))
    assert [(row.line, row.cells[0]) for row in table.rows] == [
        (5, "Ana"),
        (7, "Total Taxi"),
        (8, "Subtotal"),
        (9, "Eva"),
    ]
    assert table.header_line == 4
    assert (table.skipped.titles, table.skipped.totals, table.skipped.empty) == ((1, 3), [10, 11], 2)


def test_a_separator_line_is_believed(tmp_path: Path) -> None:
    table = read(write(tmp_path, "sep=|\r\nCliente|Placas, estado\r\nAna, Eva|A, B\r\n"))
    assert (table.delimiter, table.header_line) == ("|", 2)
    assert list(table.rows) == [Row(3, ("Ana, Eva", "A, B"))]


def test_decimal_commas_do_not_make_columns(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Cliente;Precio\n" + "Ana;1,5\n" * 5))
    assert (table.delimiter, table.header) == (";", ["Cliente", "Precio"])


def test_the_header_line_may_be_told(tmp_path: Path) -> None:
    path = write(tmp_path, "1;2\n3;4\n5;6\n")
    assert [row.cells for row in read(path, delimiter=";", header_line=2).rows] == [("5", "6")]
    with pytest.raises(UnreadableFile) as refusal:
        read(path, delimiter=";", header_line=9)
    assert refusal.value.code == "no_such_header"


def test_short_rows_are_filled_up_and_long_ones_keep_what_is_too_much(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Cliente;Placas;Modelo\nAna;A;X\nEva\nAda;B;Y;;\nIda;C;Z;W\n"))
    assert [row.cells for row in table.rows] == [
        ("Ana", "A", "X"),
        ("Eva", "", ""),
        ("Ada", "B", "Y"),
        ("Ida", "C", "Z", "W"),
    ]


def workbook(folder: Path, cells: Mapping[str, object], *, empty_sheet: bool = False) -> Path:
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        if empty_sheet:
            book.add_worksheet("Portada")
        sheet = book.add_worksheet("Datos")
        for where, value in cells.items():
            sheet.write(where, value)
    return path


def test_a_sheet_may_begin_anywhere_and_a_formula_error_is_nothing(tmp_path: Path) -> None:
    cells = {"C4": "Cliente", "D4": "Placas", "E4": "Km", "C6": "Ana", "D6": "#N/A", "E6": 1.5}
    table = read(workbook(tmp_path, cells, empty_sheet=True))
    assert (table.sheet, table.header_line) == ("Datos", 4)
    assert list(table.rows) == [Row(6, ("Ana", None, 1.5))]


def test_a_workbook_without_rows_is_turned_away(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path, {})).code == "no_sheet"
    assert refused(workbook(tmp_path, {"A1": "Cliente", "B1": "Placas"})).code == "no_rows"


def test_a_workbook_of_charts_is_turned_away(tmp_path: Path) -> None:
    path = tmp_path / "chart.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Datos")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Datos!$A$1:$A$3"})
        book.add_chartsheet("Gráfico").set_chart(chart)
    assert refused(path).code == "no_sheet"


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    assert refused(path).code == "zip_bomb"


@pytest.mark.parametrize("corner", ["XFD1048576", "SF1048576"])
def test_two_cells_in_opposite_corners_cost_no_memory_here(tmp_path: Path, corner: str) -> None:
    path = workbook(tmp_path, {"A1": "Cliente", corner: "Placas"})
    assert refused(path).code == "too_much_to_unpack"


def test_a_wide_sheet_is_turned_away(tmp_path: Path) -> None:
    cells = {"A1": "Cliente", "B1": "Placas", "A2": "Ana", "ZZ2": "x"}
    assert refused(workbook(tmp_path, cells)).code == "too_many_columns"
