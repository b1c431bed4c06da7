"""The file to mend: refused rows as they came, each with its reasons, to be mended and uploaded again.

Its header is the file's own, so whatever read the file reads this one. The reasons stand in one column more, at the
end, whose name begins with our own: nobody takes that for a column of the dealer's, neither guessing nor mapping.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from io import TextIOWrapper
from itertools import groupby
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clientela.lib.refusal import Refusal

from .cells import BadCell
from .models import RefusedLine, Remark, Run

MARK = "Clientela:"
#: A formula to a spreadsheet program; a number with its sign, or a telephone number, is none.
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s()./,-]*$)")
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
SHEET_ROWS = 1_048_576
LONGEST_CELL = 32_767
#: Comments are held in memory until the workbook is closed; the column of reasons says the same.
MOST_COMMENTS = 20_000
BAD = {"bg_color": "#FBD9D3", "font_color": "#7A1B0C"}
WIDTH, WIDTH_OF_REASONS = 18, 70


@dataclass(frozen=True)
class ToMend:
    """A refused row: its cells, why each bad one was refused (by column), and all of it in one text."""

    cells: list[Any]
    bad: dict[int, str]
    reasons: str


def is_ours(column: str) -> bool:
    """Whether this column was put there by us when the file was given back."""
    return column.startswith(MARK)


def name_of(run: Run, suffix: str) -> str:
    """What the file to mend is called: entregas (rechazadas).csv."""
    word = pgettext("rows", "refused")
    return f"{PurePath(run.name).stem} ({word}).{suffix}"


def as_csv(run: Run) -> IO[bytes]:
    """In the file's own encoding and with its own separator, as far as both can say the reasons."""
    file = TemporaryFile()  # noqa: SIM115  who asked for it sends it and closes it
    text = TextIOWrapper(file, encoding=_encoding(run), errors="replace", newline="")
    writer = csv.writer(text, delimiter=run.reading.get("delimiter") or ",", lineterminator="\r\n")
    writer.writerow([*_header(run), _reasons_column()])
    for row in rows(run):
        writer.writerow([harmless(_text(cell)) for cell in (*row.cells, row.reasons)])
    text.flush()
    text.detach()
    file.seek(0)
    return file


def as_workbook(run: Run) -> IO[bytes]:
    """Bad cells coloured and commented; what was text stays text, so no telephone number loses its zero."""
    if int(run.counts.get("refused", 0)) >= SHEET_ROWS:
        raise Refusal(_("A sheet cannot hold so many rows. Take the CSV file."))
    file = TemporaryFile()  # noqa: SIM115  who asked for it sends it and closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        header = [*_header(run), _reasons_column()]
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 2, WIDTH)
        sheet.set_column(len(header) - 1, len(header) - 1, WIDTH_OF_REASONS)
        sheet.write_row(0, 0, header, book.add_format({"bold": True, "text_wrap": True}))
        write = _writer(book, sheet, has_days=bool(run.reading.get("sheet")))
        for line, row in enumerate(rows(run), start=1):
            for column, cell in enumerate((*row.cells, row.reasons)):
                write(line, column, cell, row.bad.get(column))
    file.seek(0)
    return file


def rows(run: Run) -> Iterator[ToMend]:
    """Every refused row in the order of the file, as wide as its header."""
    places = {name[:200]: index for index, name in reversed(list(enumerate(_header(run))))}
    remarks = Remark.objects.filter(run=run, dealership=run.dealership_id, refused=True)
    waiting = groupby(remarks.order_by("line", "id").iterator(), key=lambda remark: remark.line)
    line, its = next(waiting, (0, iter(())))
    for refused in RefusedLine.objects.filter(run=run, dealership=run.dealership_id).order_by("line", "id").iterator():
        while line and line < refused.line:
            line, its = next(waiting, (0, iter(())))
        yield _to_mend(refused, list(its) if line == refused.line else [], run, places)


def harmless(cell: str) -> str:
    """A cell that a spreadsheet program would run as a formula, as the text it is."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def _to_mend(refused: RefusedLine, remarks: Sequence[Remark], run: Run, places: dict[str, int]) -> ToMend:
    said = [f"{remark.column}: {remark.sentence}" if remark.column else remark.sentence for remark in remarks]
    bad = {places[remark.column]: remark.sentence for remark in remarks if remark.column in places}
    return ToMend(_fitted(refused.cells, run), bad, " ".join(said))


def _fitted(cells: list[Any], run: Run) -> list[Any]:
    """As wide as the header; reasons of last time are left out, and what overflows goes into the last cell."""
    width = len(run.reading.get("columns", []))
    over = [_text(cell) for cell in cells[width:] if cell not in (None, "")]
    fitted = [*cells[:width], *[""] * (width - len(cells))]
    kept = [fitted[index] for index in _kept(run)]
    if over and kept:
        kept[-1] = (run.reading.get("delimiter") or " ").join([_text(kept[-1]), *over])
    return kept


def _kept(run: Run) -> list[int]:
    columns = run.reading.get("columns", [])
    return [index for index, column in enumerate(columns) if not is_ours(column["name"])]


def _header(run: Run) -> list[str]:
    return [run.reading["columns"][index]["name"] for index in _kept(run)]


def _reasons_column() -> str:
    word = pgettext("column", "to mend")
    return f"{MARK} {word}"


def _encoding(run: Run) -> str:
    """The file's own; with a mark where it is UTF-8, without which Excel would take it for something else."""
    # Letters that had been misread were put right; what is written is as the file's bytes are.
    own = (run.reading.get("encoding") or "utf-8").partition(":")[0]
    if own.startswith("utf-8"):
        return "utf-8-sig"
    sentences = [str(sentence) for sentence in BadCell.sentences.values()]
    return own if _can_write(own, _reasons_column(), *sentences) else "utf-8-sig"


def _can_write(encoding: str, *texts: str) -> bool:
    try:
        "".join(texts).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


Write = Callable[[int, int, Any, str | None], None]


def _writer(book: Any, sheet: Any, *, has_days: bool) -> Write:
    bad = book.add_format(BAD)
    days = {
        (has_time, is_bad): book.add_format({"num_format": form} | (BAD if is_bad else {}))
        for has_time, form in enumerate(("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
        for is_bad in (0, 1)
    }
    left = MOST_COMMENTS

    def write(line: int, column: int, cell: Any, reason: str | None) -> None:
        nonlocal left
        moment = _moment(cell) if has_days else None
        if moment:
            sheet.write_datetime(line, column, moment, days[moment.time() != time(), bool(reason)])
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            sheet.write_number(line, column, cell, bad if reason else None)
        else:
            sheet.write_string(line, column, _text(cell)[:LONGEST_CELL], bad if reason else None)
        if reason and left:
            left -= 1
            sheet.write_comment(line, column, reason, {"author": MARK.rstrip(":"), "x_scale": 2})

    return write


def _moment(cell: Any) -> datetime | None:
    """A real date of a spreadsheet, which is kept as text meanwhile."""
    if not isinstance(cell, str) or not ISO_DAY.fullmatch(cell):
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment if moment.year >= 1900 else None
