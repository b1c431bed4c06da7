"""Opens what a dealer sends, by its content and not by its name, and hands out its rows one by one."""

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from clientela.imports import headers
from clientela.imports.delimited import SAMPLE, delimiter_of, lines_of
from clientela.imports.encoding import encoding_of
from clientela.imports.headers import Header
from clientela.imports.table import Cell, Row, Skipped, Table, is_blank
from clientela.imports.unreadable import LARGEST_FILE, MEBIBYTE, MOST_COLUMNS, UnreadableFile
from clientela.imports.workbook import is_workbook, open_sheet

__all__ = ["Cell", "Row", "Skipped", "Table", "UnreadableFile", "read"]

#: How files begin that people take for tables.
OTHER_KINDS = {
    b"%PDF": "PDF",
    b"MZ\x90": "EXE",
    b"\x7fELF": "ELF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "GZIP",
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7Z",
    b"BZh": "BZIP2",
    b"\xfd7zXZ": "XZ",
    b"SQLite format 3": "SQLite",
    b"{\\rtf": "RTF",
}
WEB_PAGES = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta", b"<style", b"<body")
#: Who says where the header is may say any line up to this.
LOWEST_HEADER = 1_000
#: So many lines at the end may be sums.
MOST_TOTALS = 20


def read(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
    sheet: str | None = None,
) -> Table:
    """The table in a file. What is not told is found out; what is no table is refused, now or while rows
    are read."""
    head = _head(path)
    if is_workbook(head):
        opened = open_sheet(path, sheet)
        return _table(opened.lines, header_line, sheet=opened.name, sheets=opened.names, number_of_lines=opened.height)
    _refuse_other_kinds(head)
    encoding = encoding or encoding_of(path)
    delimiter = delimiter or delimiter_of(path, encoding)
    lines = lines_of(path, encoding, delimiter)
    return _table(lines, header_line, encoding=encoding, delimiter=delimiter, number_of_lines=_count_lines(path))


def _count_lines(path: Path) -> int:
    feeds = returns = 0
    with path.open("rb") as file:
        while chunk := file.read(MEBIBYTE):
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
    return max(feeds, returns)


def _head(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise UnreadableFile("too_large", limit=LARGEST_FILE // MEBIBYTE)
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x1a"):
        raise UnreadableFile("empty")
    return head


def _refuse_other_kinds(head: bytes) -> None:
    for beginning, kind in OTHER_KINDS.items():
        if head.startswith(beginning):
            raise UnreadableFile("not_a_table", found=kind)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(WEB_PAGES):
        raise UnreadableFile("web_page")


def _table(
    lines: Iterator[Row],
    header_line: int | None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    sheets: tuple[str, ...] = (),
    number_of_lines: int = 0,
) -> Table:
    first = list(islice(lines, SAMPLE + min(header_line or 0, LOWEST_HEADER)))
    header = _header(first, header_line)
    titles = [row.line for row in first[: header.position] if not all(map(is_blank, row.cells))]
    body = first[header.position + 1 :]
    skipped = Skipped(titles=tuple(titles))
    width = len(header.names)
    # The same lines twice: once to look at, once to import.
    sample = tuple(_rows(iter(body), width, Skipped()))
    if not sample and len(first) < SAMPLE:
        raise UnreadableFile("no_rows")
    return Table(
        header=header.names,
        rows=_rows(chain(body, lines), width, skipped),
        sample=sample,
        header_line=first[header.position].line,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        sheets=sheets,
        lines=number_of_lines,
        skipped=skipped,
    )


def _header(first: list[Row], header_line: int | None) -> Header:
    lines = [row.cells for row in first]
    if header_line is None:
        found = headers.find(lines)
    else:
        position = next((i for i, row in enumerate(first) if row.line == header_line), None)
        if position is None or all(map(is_blank, lines[position])):
            raise UnreadableFile("no_such_header", line=header_line)
        found = headers.header(lines, position)
    if found is None:
        raise UnreadableFile("no_header", lines=headers.HEADER_WITHIN)
    if len(found.names) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", limit=MOST_COLUMNS)
    return found


def _rows(lines: Iterator[Row], width: int, skipped: Skipped) -> Iterator[Row]:
    """Lines with content, as wide as the header. Sums count as rows only if rows follow them."""
    totals: deque[Row] = deque()
    for line in lines:
        row = _fitted(line, width)
        if row is None:
            skipped.empty += 1
        elif len(totals) < MOST_TOTALS and headers.is_total(row.cells):
            totals.append(row)
        else:
            yield from totals
            totals.clear()
            yield row
    skipped.totals.extend(row.line for row in totals)


def _fitted(row: Row, width: int) -> Row | None:
    """Cells missing at the end are empty; cells too many are kept if there is something in them."""
    cells = row.cells
    if all(map(is_blank, cells)):
        return None
    if len(cells) == width:
        return row
    while len(cells) > width and is_blank(cells[-1]):
        cells = cells[:-1]
    return Row(row.line, cells + ("",) * (width - len(cells)))
