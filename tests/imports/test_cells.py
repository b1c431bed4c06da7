"""A cell says what it says, or why not."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clientela.imports import cells
from clientela.imports.cells import BadCell, Moment, Order, day_order

at = partial(datetime, tzinfo=None)  # a spreadsheet knows no time zones
ANY_CELL = st.one_of(
    st.none(), st.text(max_size=40), st.integers(), st.floats(), st.dates(), st.datetimes(), st.booleans()
)
READS = [
    cells.text,
    cells.number,
    cells.whole,
    cells.flag,
    cells.is_used,
    cells.service_line,
    *(lambda cell, order=order: cells.moment(cell, order) for order in ("dmy", "mdy", "ymd")),
]


def refused(read: Callable[..., Any], *arguments: Any) -> BadCell:
    with pytest.raises(BadCell) as refusal:
        read(*arguments)
    assert refusal.value.sentence
    return refusal.value


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""),
        ("  Ana \t Sofía\r\nCantú ", "Ana Sofía Cantú"),
        ("Ana\x00\x07 Peña\u200b", "Ana Peña"),
        ("Pen\u0303a", "Peña"),
        ("=1+1", "=1+1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("𠮷野家", "𠮷野家"),
        (4000, "4000"),
        (6.14e9, "6140000000.0"),
        (1e22, "10000000000000000000000"),
        (date(2026, 2, 3), "2026-02-03"),
        (at(2026, 2, 3, 4, 5), "2026-02-03 04:05"),
    ],
)
def test_a_text_is_what_one_sees(cell: Any, shown: str) -> None:
    assert cells.text(cell) == shown


def test_a_text_too_long_or_with_lost_letters_is_refused() -> None:
    assert len(cells.text("x" * 2000)) == 2000
    assert refused(cells.text, "x" * 2001).code == "too_long"
    assert refused(cells.text, "Pe\ufffda").facts == {"value": "Pe\ufffda"}


@pytest.mark.parametrize(
    ("cell", "order", "moment"),
    [
        ("15/02/2026", "dmy", (date(2026, 2, 15), None)),
        ("15-02-2026", "dmy", (date(2026, 2, 15), None)),
        (" 5.2.2026 г. ", "dmy", (date(2026, 2, 5), None)),
        ("2026-02-14", "dmy", (date(2026, 2, 14), None)),
        ("2026-02-14 17:26", "dmy", (date(2026, 2, 14), time(17, 26))),
        ("2026-02-14T17:26:05.123Z", "mdy", (date(2026, 2, 14), time(17, 26, 5))),
        ("2026-02-14 00:00:00", "dmy", (date(2026, 2, 14), None)),
        ("2026年2月14日", "dmy", (date(2026, 2, 14), None)),
        ("2026年2月14日 17时26分", "dmy", (date(2026, 2, 14), time(17, 26))),
        ("２０２６/２/１４", "ymd", (date(2026, 2, 14), None)),
        ("20260214", "dmy", (date(2026, 2, 14), None)),
        ("01-02-2024", "mdy", (date(2024, 1, 2), None)),
        ("01-02-2024", "dmy", (date(2024, 2, 1), None)),
        ("26-02-14", "ymd", (date(2026, 2, 14), None)),
        ("15/02/26", "dmy", (date(2026, 2, 15), None)),
        ("15/02/75", "dmy", (date(1975, 2, 15), None)),
        ("15-FEB-26", "dmy", (date(2026, 2, 15), None)),
        ("15 de agosto de 2026", "dmy", (date(2026, 8, 15), None)),
        ("15 мая 2026 г.", "dmy", (date(2026, 5, 15), None)),
        ("15/02/2026 5:26 p. m.", "dmy", (date(2026, 2, 15), time(17, 26))),
        ("15/02/2026 12:05 AM", "dmy", (date(2026, 2, 15), time(0, 5))),
        (date(2026, 2, 15), "mdy", (date(2026, 2, 15), None)),
        (at(2026, 2, 15, 9, 8), "dmy", (date(2026, 2, 15), time(9, 8))),
        (at(2026, 2, 15), "dmy", (date(2026, 2, 15), None)),
        (46068, "dmy", (date(2026, 2, 15), None)),
        (46068.5, "dmy", (date(2026, 2, 15), time(12))),
        ("46068", "dmy", (date(2026, 2, 15), None)),
    ],
)
def test_a_moment_is_written_in_many_ways(cell: Any, order: Order, moment: tuple[date, time | None]) -> None:
    assert cells.moment(cell, order) == Moment(*moment)


@pytest.mark.parametrize(
    ("cell", "code", "sentence"),
    [
        (None, "missing", "This cell is empty. Fill it in."),
        ("pendiente", "not_a_date", "“pendiente” is not a date. Write it like 15/02/2026."),
        ("31/02/2026", "no_such_day", "31/02/2026: February has no day 31. Correct the date."),
        ("29/02/2026", "no_leap_day", "29/02/2026: 2026 has no 29 February. Correct the date."),
        (
            "02/15/2026",
            "no_such_month",
            "02/15/2026: there is no month 15. Dates of this column are read as day/month/year.",
        ),
        ("01/01/0001", "no_such_year", "01/01/0001: the year 1 cannot be right. Correct the date."),
        (
            "15/02/2026 25:00",
            "no_such_time",
            "15/02/2026 25:00: there is no such time of day. Correct the time.",
        ),
        ("15/02/2026 later", "not_a_date", "“15/02/2026 later” is not a date. Write it like 15/02/2026."),
        (7, "not_a_date", "“7” is not a date. Write it like 15/02/2026."),
    ],
)
def test_an_impossible_day_is_refused_in_plain_words(cell: Any, code: str, sentence: str) -> None:
    refusal = refused(cells.day, cell, "dmy")
    assert (refusal.code, refusal.sentence) == (code, sentence)


@pytest.mark.parametrize(
    ("samples", "order"),
    [
        (["01/02/2026", "15/02/2026"], "dmy"),
        (["01-02-2024", "02-15-2024", "31/02/2026"], "mdy"),
        (["2026-02-14", "26/02/31", "26-12-31"], "dmy"),
        (["99-12-31", "98-01-30"], "ymd"),
        (["01/02/2026"], "dmy"),
        ([date(2026, 2, 1), None, "x"], "dmy"),
    ],
)
def test_the_order_of_a_column_is_what_most_cells_allow(samples: list[Any], order: Order) -> None:
    assert day_order(samples) == order


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from("/-."))
def test_every_day_is_read_back_in_every_order(on: date, mark: str) -> None:
    written: dict[Order, str] = {
        "dmy": f"%d{mark}%m{mark}%Y",
        "mdy": f"%m{mark}%d{mark}%Y",
        "ymd": f"%Y{mark}%m{mark}%d",
    }
    short = {order: form.replace("%Y", "%y") for order, form in written.items()}
    for order, form in [*written.items(), *short.items()]:
        assert cells.day(on.strftime(form), order) == on


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("$385,595.00", "385595.00"),
        ("2323 400,50", "2323400.50"),
        ("2323\xa0400,50 руб.", "2323400.50"),
        ("1.234,50", "1234.50"),
        ("1,234,567", "1234567"),
        ("185.240", "185240"),
        ("1'234.50", "1234.50"),
        ("0.123", "0.123"),
        ("12,5", "12.5"),
        ("MXN 1,000.00", "1000.00"),
        ("¥3879.97元", "3879.97"),
        ("-5", "-5"),
        ("5-", "-5"),
        ("(1,234.50)", "-1234.50"),
        ("１２３", "123"),
        (3879.97, "3879.97"),
        (5, "5"),
    ],
)
def test_a_number_is_written_in_many_ways(cell: Any, value: Any) -> None:
    assert cells.number(cell) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "missing"),
        (" ", "missing"),
        ("1.2E+05", "scientific"),
        ("gratis", "not_a_number"),
        ("1,2,3", "not_a_number"),
        ("1,23,4.5", "not_a_number"),
        ("12-34", "not_a_number"),
        ("9" * 30, "not_a_number"),
        ("9" * 3000, "not_a_number"),
        (float("nan"), "not_a_number"),
        (1e300, "not_a_number"),
        (date(2026, 1, 1), "not_a_number"),
    ],
)
def test_what_is_no_number_is_refused(cell: Any, code: str) -> None:
    assert refused(cells.number, cell).code == code


@given(st.decimals(-(10**9), 10**9, places=2))
def test_every_sum_is_read_back_as_every_country_writes_it(value: Any) -> None:
    american = f"{value:,.2f}"
    for marks in (",.", ".,", " ,", "\xa0,", "'."):
        written = american.replace(",", "#").replace(".", marks[1]).replace("#", marks[0])
        assert cells.number(written) == value


@pytest.mark.parametrize(
    ("cell", "kilometres"),
    [
        ("62.993", 62993),
        ("62,993 km", 62993),
        ("62 993", 62993),
        ("62993公里", 62993),
        (62993.7, 62993),
        ("0", 0),
    ],
)
def test_kilometres_are_whole(cell: Any, kilometres: int) -> None:
    assert cells.whole(cell) == kilometres


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-5", "negative"),
        (-5, "negative"),
        ("6141234567", "too_far"),
        ("1.2E+05", "scientific"),
        ("?", "not_a_number"),
    ],
)
def test_kilometres_that_cannot_be_are_refused(cell: Any, code: str) -> None:
    assert refused(cells.whole, cell).code == code


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (cells.flag, "是", True),
        (cells.flag, "Sí", True),
        (cells.flag, " X ", True),
        (cells.flag, 1, True),
        (cells.flag, "Нет", False),
        (cells.flag, "否", False),
        (cells.flag, "", None),
        (cells.is_used, "Seminuevo", True),
        (cells.is_used, "б/у", True),
        (cells.is_used, "NUEVO", False),
        (cells.is_used, None, None),
        (cells.service_line, "养护", "care"),
        (cells.service_line, "维修", "repair"),
        (cells.service_line, "美容", "beauty"),
        (cells.service_line, "Mantención 20.000", "care"),
        (cells.service_line, "Desabolladura", "repair"),
        (cells.service_line, "ТО-2", "care"),
        (cells.service_line, "Кузовной ремонт автомобиля", "repair"),
    ],
)
def test_words_have_meanings(read: Callable[..., Any], cell: Any, value: Any) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (cells.flag, "not_a_flag"),
        (cells.is_used, "not_a_condition"),
        (cells.service_line, "not_a_service_line"),
    ],
)
def test_words_without_a_meaning_are_refused(read: Callable[..., Any], code: str) -> None:
    assert refused(read, "quizás").code == code


@pytest.mark.parametrize("read", READS)
@given(cell=ANY_CELL)
@example(cell="9" * 5000)
@example(cell="١٢/٠٢/٢٠٢٦")
@example(cell="²/2/2026")
@example(cell="99999")
@example(cell=date(1, 1, 1))
def test_no_cell_does_anything_but_be_refused(read: Callable[..., Any], cell: Any) -> None:
    try:
        read(cell)
    except BadCell as refusal:
        str(refusal)
