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
#: What a failed formula shows is no content either.
SHOWS_NOTHING = frozenset({"", "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


def main(path: str) -> None:
    gc.disable()  # nothing here goes in circles, and there is a great deal of it
    for what, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        with suppress(ValueError, OSError):  # some systems know no such limit
            resource.setrlimit(what, (most, most))
    try:
        for message in messages(path):
            pickle.dump(message, sys.stdout.buffer, protocol=5)
        sys.stdout.buffer.flush()
    except MemoryError:
        os.abort()  # as the library does when it gets no memory


def messages(path: str) -> Iterator[Any]:
    """The sheet's name and width, batches of its rows, and None when all is said; or a code of refusal.

    Whatever else a damaged file makes the library raise ends the process, which says as much.
    """
    try:
        sheet = first_sheet_with_rows(calamine.load_workbook(path))
    except calamine.PasswordError:
        yield "encrypted"
        return
    yield ("no_sheet" if sheet is None else (sheet.name, sheet.width))
    yield from batches(sheet) if sheet else ()
    yield None


def first_sheet_with_rows(workbook: calamine.CalamineWorkbook) -> calamine.CalamineSheet | None:
    """Of the sheets one sees, the first that is a table; else the first with anything in it."""
    in_order = sorted(workbook.sheets_metadata, key=lambda sheet: sheet.visible != SheetVisible.Visible)
    with_cells = None
    for name in (sheet.name for sheet in in_order if sheet.typ == SheetType.WorkSheet):
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
    main(sys.argv[1])
