"""Text files with separated cells: CSV as it is really written."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

from clientela.imports import headers
from clientela.imports.encoding import lines
from clientela.imports.table import Cell, Row
from clientela.imports.unreadable import (
    LONGEST_CELL,
    LONGEST_LINE,
    MOST_LINES_IN_A_CELL,
    UnreadableFile,
)

DELIMITERS = ";,\t|"
#: Rows looked at to tell the separator and the header.
SAMPLE = 200
LINE_END = re.compile(r"\r\n|\r|\n")
#: A first line with which spreadsheet programs tell each other the separator.
SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=([;,\t|:^~])"?[\r\n]*')


def delimiter_of(path: Path, encoding: str) -> str:
    """The separator under which the file has the best header."""
    with lines(path, encoding) as readline:
        if told := SEPARATOR_LINE.fullmatch(readline(LONGEST_LINE)):
            return told[1]
    return max(DELIMITERS, key=partial(_merit, path, encoding))


def _merit(path: Path, encoding: str, delimiter: str) -> tuple[int, int]:
    rows: list[tuple[Cell, ...]] = []
    # A wrong separator may well make nonsense of the quotation marks: judge by what came before.
    with suppress(UnreadableFile):
        for row in islice(lines_of(path, encoding, delimiter), SAMPLE):
            rows.append(row.cells)
    found = headers.find(rows)
    return (found.known, len(found.names)) if found else (0, 0)


def lines_of(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    """All rows, also the header and what is above it, with the physical line on which each begins."""
    with lines(path, encoding) as readline:
        source = _Lines(partial(readline, LONGEST_LINE), delimiter)
        # Strictly: text after a closing quote is how an unclosed one shows when it meets the next.
        reader = csv.reader(source, delimiter=delimiter, strict=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = source.forgive()
            line = source.begin_row()
            if line > 1 or not SEPARATOR_LINE.fullmatch(delimiter.join(cells)):
                yield Row(line, tuple(cells))


class _Lines:
    """Physical lines for the csv module, counted; and kept while a row still goes on."""

    def __init__(self, readline: Callable[[], str], delimiter: str) -> None:
        self._readline = readline
        self._delimiter = delimiter
        self._line = 0
        self._row: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        text = self._readline()
        if not text:
            raise StopIteration
        self._line += 1
        self._row.append(text)
        if len(text) >= LONGEST_LINE:
            raise UnreadableFile("line_too_long", line=self._line)
        if len(self._row) > 1:
            self._refuse_endless_cell()
        return text

    def begin_row(self) -> int:
        """Where the row just read began."""
        line = self._line - len(self._row) + 1
        self._row.clear()
        return line

    def forgive(self) -> list[str]:
        """The row with its careless quotation marks, unless one of them swallows lines."""
        at = open_quote("".join(self._row), self._delimiter)
        if at is not None:
            raise self._unclosed(at)
        try:
            return next(csv.reader(self._row, delimiter=self._delimiter))
        except csv.Error:
            raise UnreadableFile("line_too_long", line=self._line) from None

    def _refuse_endless_cell(self) -> None:
        if len(self._row) > MOST_LINES_IN_A_CELL or sum(map(len, self._row)) > LONGEST_CELL + LONGEST_LINE:
            raise self._unclosed(open_quote("".join(self._row), self._delimiter) or 0)

    def _unclosed(self, at: int) -> UnreadableFile:
        before = "".join(self._row)[:at]
        line = self._line - len(self._row) + 1 + len(LINE_END.findall(before))
        return UnreadableFile("unclosed_quote", line=line)


def open_quote(text: str, delimiter: str) -> int | None:
    """Where a quotation mark opens that is not closed in its own line or, properly, in a later one."""
    edges, opened, at = delimiter + "\r\n", None, -1
    while (at := text.find('"', at + 1)) >= 0:
        follows = text[at + 1 : at + 2]
        if opened is None:
            opened = at if at == 0 or text[at - 1] in edges else None
        elif follows == '"':
            at += 1
        elif follows in edges or not LINE_END.search(text, opened, at):
            opened = None
        else:
            break
    return opened
