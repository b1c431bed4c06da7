"""A customer register from file to tables: the product's own import against the load of the same rows by bare SQL, and
against django-import-export with the product's own cleaning of names and numbers; and the reading of a workbook.

The peers get a sample; their time is scaled up and the table says so. Each import goes into a house of its own.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import server
from .register import HEADER, rows
from .scale import Scale
from .table import Figure, s
from .timing import in_turns, median, seconds

MEBIBYTE = 2**20


def measure(scale: Scale) -> list[Figure]:
    with server.connect() as connection:
        # Beyond all numbers that `growth` gives its customers and vehicles.
        for table in ("customers_customer", "customers_contactpoint"):
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, 100 * scale.vehicles])
    with TemporaryDirectory() as folder:
        files = {size: _csv(Path(folder), size) for size in {scale.import_rows, *_samples(scale)}}
        return [*_imports(scale, files), *_workbooks(Path(folder), scale)]


def _samples(scale: Scale) -> tuple[int, int]:
    return scale.bulk_rows, scale.default_rows


def _csv(folder: Path, size: int) -> Path:
    path = folder / f"{size}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows(size))
    return path


# Imports ------------------------------------------------------------------------------------------------------------


def _imports(scale: Scale, files: dict[int, Path]) -> list[Figure]:
    memory: list[int] = []
    whole, (bulk, default) = scale.import_rows, _samples(scale)
    ways: dict[str, Callable[[], float]] = {
        "ours": partial(_in_a_process, "ours", files[whole], memory),
        "bare": partial(_in_a_process, "bare", files[whole], []),
        "bulk": partial(_in_a_process, "bulk", files[bulk], []),
        "default": partial(_in_a_process, "default", files[default], []),
    }
    took = in_turns(scale.import_rounds, ways)
    ours, bare = median(took["ours"]), median(took["bare"])
    figures = [
        Figure(f"import of {whole:,} customers / bare load", s(ours), s(bare), ours / bare, at_most=3),
        Figure(
            "its memory in MiB at most", f"{max(memory) / MEBIBYTE:.0f}", "150", max(memory) / MEBIBYTE, at_most=150
        ),
    ]
    for name, size, target in (("use_bulk", bulk, 5), ("default", default, 50)):
        theirs = median(took["bulk" if name == "use_bulk" else name]) * whole / size
        title = f"django-import-export {name} (1/{whole // size} timed) / import"
        figures.append(Figure(title, s(ours), s(theirs), theirs / ours, at_least=target))
    return figures


def _in_a_process(way: str, path: Path, memory: list[int]) -> float:
    """Seconds of the import alone, in a process whose memory holds nothing else."""
    command = [sys.executable, "-m", "bench.register", way, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    said: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    memory.append(said["memory"])
    with server.connect() as connection:
        connection.execute("VACUUM ANALYZE customers_customer, customers_contactpoint")
    return float(said["seconds"])


# Workbooks ----------------------------------------------------------------------------------------------------------


def _workbooks(folder: Path, scale: Scale) -> list[Figure]:
    path = folder / "register.xlsx"
    _write(path, scale.workbook_rows)
    took = in_turns(scale.rounds, {"ours": partial(seconds, partial(_read, path)), "peer": partial(_peer, path)})
    ours, theirs = median(took["ours"]), median(took["peer"])
    title = f"openpyxl / reading {scale.workbook_rows:,} rows of a workbook"
    return [Figure(title, s(ours), s(theirs), theirs / ours, at_least=10)]


def _write(path: Path, size: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER, *rows(size)]):
            sheet.write_row(number, 0, row)


def _read(path: Path) -> None:
    from clientela.imports import reading

    for _row in reading.read(path).rows:
        pass


def _peer(path: Path) -> float:
    import openpyxl

    def read() -> None:
        book = openpyxl.load_workbook(path, read_only=True)
        for _row in book.active.iter_rows(values_only=True):
            pass
        book.close()

    return seconds(read)
