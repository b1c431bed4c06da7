"""Unpacks one workbook in a process of its own, run by `workbook.py` as a script.

A workbook of a few kilobytes can ask for more memory than there is: two cells in opposite corners, or one
long text used a million times. The library then ends the process it runs in. So it runs in one that may be
ended, with its memory and time limited; only the standard library and calamine are imported here.
"""

import gc
import os
import pickle
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any

import python_calamine as calamine
from python_calamine import SheetTypeEnum as SheetType
from python_calamine import SheetVisibleEnum as SheetVisible

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 180
BATCH = 500
#: Nobody chooses among more.
MOST_NAMES = 100
#: What a failed formula shows is no content either.
SHOWS_NOTHING = frozenset({"", "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


def main(path: str, named: str | None = None) -> None:
    gc.disable()  # nothing here goes in circles, and there is a great deal of it
    for what, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        with suppress(ValueError, OSError):  # some systems know no such limit
            resource.setrlimit(what, (most, most))
    try:
        for message in messages(path, named):
            pickle.dump(message, sys.stdout.buffer, protocol=5)
        sys.stdout.buffer.flush()
    except MemoryError:
        os.abort()  # as the library does when it gets no memory


def messages(path: str, named: str | None = None) -> Iterator[Any]:
    """The sheet's name, width and height and the names of all; its rows; None when all is said. Or a code of refusal.

    Whatever else a damaged file makes the library raise ends the process, which says as much.
    """
    try:
        workbook = calamine.load_workbook(path)
        names = visible_sheets(workbook)
        if named is not None and named not in names:
            yield "no_such_sheet"
            return
        sheet = workbook.get_sheet_by_name(named) if named else first_sheet_with_rows(workbook, names)
    except calamine.PasswordError:
        yield "encrypted"
        return
    yield ("no_sheet" if sheet is None else (sheet.name, sheet.width, sheet.height, names[:MOST_NAMES]))
    yield from batches(sheet) if sheet else ()
    yield None


def visible_sheets(workbook: calamine.CalamineWorkbook) -> list[str]:
    """The names of the sheets with cells, those that one sees first."""
    in_order = sorted(workbook.sheets_metadata, key=lambda sheet: sheet.visible != SheetVisible.Visible)
    return [sheet.name for sheet in in_order if sheet.typ == SheetType.WorkSheet]


def first_sheet_with_rows(workbook: calamine.CalamineWorkbook, names: list[str]) -> calamine.CalamineSheet | None:
    """The first that is a table; else the first with anything in it."""
    with_cells = None
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height > 1 and sheet.width > 1:
            return sheet
        with_cells = with_cells or (sheet if sheet.height else None)
    return with_cells


def batches(sheet: calamine.CalamineSheet) -> Iterator[list[tuple[Any, ...]]]:
    rows = sheet.iter_rows()
    # Most cells are plain text, which needs no call.
    while batch := [
        tuple([c if type(c) is str and c and c[0] != "#" else value(c) for c in row]) for row in islice(rows, BATCH)
    ]:
        yield batch


def value(cell: Any) -> str | int | float | date | None:
    """Whole numbers without a point; nothing instead of an empty text."""
    if isinstance(cell, str):
        return None if cell in SHOWS_NOTHING else cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, bool):
        return int(cell)
    return cell if isinstance(cell, int | date) else str(cell)  # a time of day, or a duration


if __name__ == "__main__":
    main(*sys.argv[1:])
