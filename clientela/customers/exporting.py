"""Taking a list out of the house: as a workbook, as delimited text, on paper. Each time it is written down."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import xlsxwriter
from babel.numbers import get_decimal_symbol
from django.db import connection, models, transaction
from django.db.models import Count, Sum
from django.utils.translation import get_language, gettext_lazy, ngettext, to_locale
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.lib.spreadsheets import harmless
from clientela.network.models import Dealership, User

from .listing import Asked, Column, Line, count
from .models import Export
from .privacy.policy import load

#: So many rows are in memory at a time.
CHUNK = 5_000
#: So many fit on paper; who needs more takes a file.
ON_PAPER = 1_000
#: Nothing but a telephone number: no formula can be made of these signs.
NUMBER = re.compile(r"\+?[\d\s().-]+\Z")


class Format(models.TextChoices):
    XLSX = "xlsx", gettext_lazy("Excel workbook")
    CSV = "csv", gettext_lazy("CSV file")
    PRINT = "print", gettext_lazy("on paper")


@transaction.atomic
def export(asked: Asked, form: Format, *, by: User, at: datetime) -> IO[bytes]:
    """Every row of the list as a file, in its order and with its columns. It stands in the log, or there is none."""
    _refuse_too_much(asked, by=by, at=at)
    file: IO[bytes] = SpooledTemporaryFile(max_size=4 * 2**20)  # noqa: SIM115  who sends it closes it
    lines = asked.lines(asked.every_row(CHUNK))
    rows = (_write_workbook if form is Format.XLSX else _write_text)(file, asked, lines)
    _write_down(asked, form, rows, by=by, at=at)
    file.seek(0)
    return file


@transaction.atomic
def on_paper(asked: Asked, *, by: User, at: datetime, most: int | None = None) -> list[Line]:
    """The rows to print, at most so many; by itself as many as `ON_PAPER`."""
    most = most or ON_PAPER
    _refuse_too_much(asked, by=by, at=at, most=most)
    lines = list(asked.lines(asked.page(None, most).rows))
    _write_down(asked, Format.PRINT, len(lines), by=by, at=at)
    return lines


def file_name(asked: Asked, form: Format, *, at: datetime) -> str:
    return f"{asked.of.code}-{asked.house.code}-{asked.house.today(at):%Y-%m-%d}.{form.value}"


# Limits --------------------------------------------------------------------------------------------------


def _refuse_too_much(asked: Asked, *, by: User, at: datetime, most: int | None = None) -> None:
    """A day has its limits (docs/privacy.yaml). Of two exports at once the second waits and counts the first."""
    limits = load().limits
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"export {by.pk}"])
    taken = _taken_today(asked.house, by=by, at=at)
    if taken["times"] >= limits.exports_a_day:
        raise Refusal(
            _("You have taken lists out %(times)d times today, as often as is allowed. Ask again tomorrow.")
            % {"times": taken["times"]}
        )
    room = limits.rows_a_day - (taken["rows"] or 0)
    wanted = count(asked.rows, min(room, most or room))
    if wanted.capped and (most is None or room < most):
        raise Refusal(
            ngettext(
                "You may take %(limit)s row out of the house in a day; %(room)s are left. Narrow the list.",
                "You may take %(limit)s rows out of the house in a day; %(room)s are left. Narrow the list.",
                limits.rows_a_day,
            )
            % {"limit": f"{limits.rows_a_day:,}", "room": f"{max(0, room):,}"}
        )


def _taken_today(house: Dealership, *, by: User, at: datetime) -> dict[str, Any]:
    midnight = datetime.combine(house.today(at), time(), house.zone)
    lists = Export.objects.filter(by=by, at__gte=midnight).exclude(what=Export.What.PERSON)
    return lists.aggregate(times=Count("pk"), rows=Sum("rows"))


def _write_down(asked: Asked, form: Format, rows: int, *, by: User, at: datetime) -> None:
    Export.objects.create(
        dealership=asked.house,
        what=asked.of.code,
        format=form,
        filters=asked.filters.as_data(),
        rows=rows,
        by=by,
        at=at,
    )


# Writing -------------------------------------------------------------------------------------------------


def _write_text(file: IO[bytes], asked: Asked, lines: Iterator[Line]) -> int:
    """UTF-8 with the mark by which Excel knows it, parted as Excel of that country parts."""
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=delimiter(get_language() or "en"))
    writer.writerow([str(column.label) for column in asked.columns])
    rows = 0
    for rows, line in enumerate(lines, start=1):  # noqa: B007  how many there were
        writer.writerow([_in_text(cell.column, cell.value) for cell in line.cells])
    text.detach()
    return rows


def _write_workbook(file: IO[bytes], asked: Asked, lines: Iterator[Line]) -> int:
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", str(asked.of.title))[:31])
        day, text = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "@"})
        for place, column in enumerate(asked.columns):
            sheet.set_column(place, place, 28 if column.kind == "name" else 16)
        sheet.write_row(0, 0, [str(column.label) for column in asked.columns], book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        rows = 0
        for rows, line in enumerate(lines, start=1):
            for place, cell in enumerate(line.cells):
                value = cell.value
                if isinstance(value, date):
                    sheet.write_datetime(rows, place, datetime.combine(value, time()), day)
                elif isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(rows, place, value)
                elif words := _in_workbook(cell.column, value):
                    sheet.write_string(rows, place, words, text)
        sheet.autofilter(0, 0, rows, len(asked.columns) - 1)
    return rows


def _in_text(column: Column, value: Any) -> str:
    """A spreadsheet makes figures of a number that it opens, and drops its zeros: a mark keeps it a text."""
    words = _words(value)
    is_bare = column.kind in {"phone", "plate"} and words.lstrip("+").isdigit()
    return f"'{words}" if is_bare else harmless(words)


def _in_workbook(column: Column, value: Any) -> str:
    """Here a text stays a text; marked nevertheless, because a workbook is saved again in other forms."""
    words = _words(value)
    is_number = column.kind == "phone" and NUMBER.match(words)
    return words if is_number else harmless(words)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def delimiter(language: str) -> str:
    """Where the comma parts decimals, spreadsheets part cells by a semicolon."""
    return ";" if get_decimal_symbol(to_locale(language)) == "," else ","
