"""Which line names the columns, and which lines at the end are no rows but sums."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clientela.imports.synonyms import is_known, plain
from clientela.imports.table import BLANKS, Cell, filled, is_blank

#: A header stands within so many lines from the top.
HEADER_WITHIN = 30
LONGEST_NAME = 100
#: This share of a header's cells must look like names of columns.
MOSTLY = 0.75

DATA = re.compile(r"[^@\s]+@[^@\s]+|[A-HJ-NPR-Z0-9]{17}|[$€£¥₽]?\s*[\d.,]+")
#: What programs call columns that have no name: C1, F12.
NUMBERED = re.compile(r"[A-Z]{1,3}_?\d{1,2}", re.IGNORECASE)
TOTAL = re.compile(
    r"(?:gran |sub|общий )?(?:total(?:es)?|sumas?|sum|totals|итого|всего|сумма|итог)\b|[总合小共]计|总数",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[\s$€£¥₽\d.,-]*\d[\s$€£¥₽\d.,-]*(?:руб\.?|元|км|km)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """`position` among the lines looked at; `names` without what surrounds them."""

    position: int
    names: list[str]
    known: int


def find(lines: Sequence[Sequence[Cell]]) -> Header | None:
    """The line with most names we know; if we know none, the first that looks like names."""
    likely = [
        header(lines, position)
        for position in range(min(HEADER_WITHIN, len(lines)))
        if _looks_like_names(lines[position]) and _fits(lines[position], lines[position + 1 :])
    ]
    return max(likely, key=lambda header: header.known, default=None)


def header(lines: Sequence[Sequence[Cell]], position: int) -> Header:
    """That line as the header, as wide as most of the lines under it."""
    names = [name_of(cell) for cell in lines[position]]
    width = max(_width(names), _usual([_width(line) for line in lines[position + 1 :]]))
    names = (names + [""] * width)[:width]
    return Header(position, names, sum(is_known(name) for name in names if name))


def name_of(cell: Cell) -> str:
    return " ".join(str("" if cell is None else cell).strip(BLANKS).split())


def is_total(cells: Sequence[Cell]) -> bool:
    """A line of sums: with cells left empty, and either it says so or there is little but numbers."""
    first = cells[0]
    if not is_blank(first) and not _says_total(first) and (all(cells) or not _is_number(first)):
        return False  # as nearly every row: the rest of the question takes longer
    some = filled(cells)
    if not 0 < len(some) < len(cells):
        return False
    if _says_total(some[0]):
        return 2 * len(some) <= len(cells) or all(map(_is_number, some[1:]))
    return 3 * len(some) <= len(cells) and all(map(_is_number, some))


def _says_total(cell: Cell) -> bool:
    return isinstance(cell, str) and TOTAL.match(cell.strip(BLANKS)) is not None


def _is_number(cell: Cell) -> bool:
    return NUMBER.fullmatch(cell.strip()) is not None if isinstance(cell, str) else isinstance(cell, int | float)


def _looks_like_names(line: Sequence[Cell]) -> bool:
    some = filled(line)
    names = {plain(str(cell)) for cell in some if _is_like_a_name(cell)}
    return len(names) >= 2 and len(names) >= MOSTLY * len(some)


def _is_like_a_name(cell: Cell) -> bool:
    if not isinstance(cell, str) or len(name := name_of(cell)) > LONGEST_NAME or DATA.fullmatch(name):
        return False
    letters, digits = sum(map(str.isalpha, name)), sum(map(str.isdigit, name))
    return letters > digits or NUMBERED.fullmatch(name) is not None


def _fits(line: Sequence[Cell], body: Sequence[Sequence[Cell]]) -> bool:
    """Rows have about as many cells filled as the header names."""
    rows = [row for row in body if not all(map(is_blank, row)) and not is_total(row)]
    if not rows:
        return True
    usual = sorted(len(filled(row)) for row in rows)[len(rows) // 2]
    no_wider = sum(_width(row) <= len(line) for row in rows)
    return len(filled(line)) >= usual / 2 and 2 * no_wider >= len(rows)


def _width(line: Sequence[Cell]) -> int:
    """Cells up to the last that is filled."""
    return next((len(line) - i for i, cell in enumerate(reversed(line)) if not is_blank(cell)), 0)


def _usual(widths: Sequence[int]) -> int:
    """The width that half of the lines have at least; 0 without lines."""
    return sorted(widths)[(len(widths) - 1) // 2] if widths else 0
