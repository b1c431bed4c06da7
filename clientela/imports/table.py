"""A dealer's table as it stands in the file: a header, and rows that know their line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

#: Real dates and numbers of a spreadsheet stay what they are; a cell of a text file is text.
Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is the file's own number: what the user sees when looking the row up."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Skipped:
    """Lines that are not rows. Complete once the rows have been read to the end."""

    titles: tuple[int, ...] = ()
    totals: list[int] = field(default_factory=list)
    empty: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` can be gone through once; a file is never held in memory. Reading on may still refuse it."""

    header: list[str]
    rows: Iterator[Row]
    sample: tuple[Row, ...]
    header_line: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    #: All sheets of the workbook that one might mean.
    sheets: tuple[str, ...] = ()
    #: About how many lines there are, to say how far one has come.
    lines: int = 0
    skipped: Skipped = field(default_factory=Skipped)


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(BLANKS))


def filled(cells: Sequence[Cell]) -> list[Cell]:
    """The cells with something in them. Asked of every row, hence without a call for every cell."""
    return [cell for cell in cells if not (cell is None or cell == "" or (type(cell) is str and cell.isspace()))]


#: What leaves a cell empty to the eye: also the byte-order mark and the old end-of-file mark of DOS.
BLANKS = " \t\r\n\v\f\xa0\u3000\ufeff\x1a\x00"
