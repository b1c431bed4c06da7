"""A run: read, rehearse, import. Either all of a file's good rows are in, or none."""

import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clientela.customers import intake
from clientela.customers.intake import Receipt
from clientela.lib.names import writes_family_first
from clientela.network.models import Dealership, User

from . import columns, reading
from .arriving import Arrivals
from .models import Remark, Run
from .reasons import CodedRefusal
from .rows import RefusedRow, TypedRow, typed
from .table import Cell, Table
from .templatetags.fields import field_word
from .unreadable import UnreadableFile

log = logging.getLogger(__name__)
State = Run.State


class Incomplete(CodedRefusal):
    """A table that lacks a column without which no row can be kept."""

    sentences = {
        "columns_missing": _(
            "No column was recognised for: %(names)s. Name the column so in the first line, or add it."
        )
    }


class _Rehearsed(Exception):  # noqa: N818  it carries what the rehearsal found out of the transaction it undoes
    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt


def open_run(path: Path, name: str, dealership: Dealership, *, by: User | None, at: datetime) -> Run:
    """Note that a file was given to us. Nothing is read yet."""
    files = Path(settings.MEDIA_ROOT)
    # Within our files so that a backup can be restored elsewhere; what lies outside (the demonstration's) stays there.
    place = path.relative_to(files) if path.is_relative_to(files) else path
    return Run.objects.create(dealership=dealership, name=name[:200], path=str(place), by=by, uploaded_at=at)


def rehearse(run: Run, *, at: datetime) -> None:
    """Do everything and undo it: the counts are those of the import itself."""
    try:
        with transaction.atomic():
            raise _Rehearsed(_take_in(run, at=at))
    except _Rehearsed as rehearsed:
        _note(run, rehearsed.receipt)
        run.move(State.REHEARSED, counts=run.counts, reading=run.reading, kind=run.kind)
    except (UnreadableFile, Incomplete) as refused:
        run.move(State.FAILED, problem=refused.sentence, finished_at=at)


@transaction.atomic
def perform(run: Run, *, at: datetime, shift: timedelta = timedelta()) -> Receipt:
    """Take the good rows in, keep the others with their reasons."""
    receipt = _take_in(run, at=at, shift=shift)
    _note(run, receipt)
    run.move(State.DONE, counts=run.counts, reading=run.reading, kind=run.kind, finished_at=at)
    log.info("imported", extra={"run": run.pk, "counts": run.counts})
    return receipt


def _take_in(run: Run, *, at: datetime, shift: timedelta = timedelta()) -> Receipt:
    house = run.dealership
    table = reading.read(Path(settings.MEDIA_ROOT) / run.path)
    fields = columns.guess(table.header, table.sample)
    kind = columns.kind(table.header, fields.values())
    _refuse_incomplete(kind, fields)
    arrivals = Arrivals(run.pk, house, shift=shift, family_first=_writes_family_first(table, fields))
    refused: list[RefusedRow] = []
    good = _good(typed(table, fields, kind=kind, today=house.today(at)), refused)
    staged = intake.stage(run.pk, arrivals.tuples(good))
    receipt = intake.receive(run.pk, house, at=at)
    run.kind = kind
    run.reading = _how_it_was_read(table, fields)
    run.counts = {"rows": staged + len(refused), "refused": len(refused)}
    run.kept_remarks = _remarks(run, table, fields, refused, arrivals)  # type: ignore[attr-defined]
    return receipt


def _writes_family_first(table: Table, fields: dict[int, columns.Field]) -> bool:
    """Which way round the names stand: Chile's files have "Camila Rojas Soto", Mexico's "Rojas Soto Camila"."""
    holds_names = [index for index, field in fields.items() if field is columns.Field.CUSTOMER_NAME]
    return len(holds_names) != 1 or writes_family_first(str(row.cells[holds_names[0]]) for row in table.sample)


def _good(rows: Iterator[TypedRow | RefusedRow], refused: list[RefusedRow]) -> Iterator[TypedRow]:
    for row in rows:
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            yield row


def _refuse_incomplete(kind: columns.Kind, fields: dict[int, columns.Field]) -> None:
    missing = columns.missing(kind, fields.values())
    if missing:
        lacking = [" / ".join(field_word(field) for field in columns.Field if field in choice) for choice in missing]
        raise Incomplete("columns_missing", names=", ".join(lacking))


def _note(run: Run, receipt: Receipt) -> None:
    """Write counts and remarks; they outlive the rehearsal's undoing."""
    run.counts |= {
        "customers": asdict(receipt.customers),
        "vehicles": asdict(receipt.vehicles),
        "visits": asdict(receipt.visits),
        "duplicates": len(receipt.duplicates),
    }
    remarks: list[Remark] = run.kept_remarks  # type: ignore[attr-defined]
    run.counts["warned"] = len({remark.line for remark in remarks if not remark.refused})
    run.remarks.all().delete()
    Remark.objects.bulk_create(remarks, batch_size=2000)


def _remarks(
    run: Run, table: Table, fields: dict[int, columns.Field], refused: list[RefusedRow], arrivals: Arrivals
) -> list[Remark]:
    names = {field: table.header[index] for index, field in fields.items()}
    who = next((index for index, field in fields.items() if field is columns.Field.CUSTOMER_NAME), None)

    def of_row(row: RefusedRow) -> Iterator[Remark]:
        for reason in row.reasons:
            place = table.header.index(reason.column_name) if reason.column_name in table.header else None
            yield Remark(
                run=run,
                dealership_id=run.dealership_id,
                refused=True,
                line=row.line,
                column=_shown(reason.column_name)[:200],
                code=reason.code,
                value=_shown(row.cells[place]) if place is not None else "",
                who=_shown(row.cells[who])[:200] if who is not None else "",
                facts={key: str(value) if not isinstance(value, int) else value for key, value in reason.facts.items()},
            )

    found = [remark for row in refused for remark in of_row(row)]
    found += [
        Remark(
            run=run,
            dealership_id=run.dealership_id,
            refused=False,
            line=warned.line,
            column=_shown(names.get(columns.Field(warned.column), warned.column))[:200],
            code=warned.code,
            value=warned.value,
            who=warned.who[:200],
        )
        for warned in arrivals.warned
    ]
    return found


def _how_it_was_read(table: Table, fields: dict[int, columns.Field]) -> dict[str, Any]:
    samples = [[_shown(cell) for cell in row.cells] for row in table.sample[:3]]
    return {
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "header_line": table.header_line,
        "empty": table.skipped.empty,
        "totals": table.skipped.totals,
        "columns": [
            {
                "name": _shown(name),
                "field": str(fields[index]) if index in fields else "",
                "samples": [row[index] for row in samples if index < len(row) and row[index]][:2],
            }
            for index, name in enumerate(table.header)
        ],
    }


def _shown(cell: Cell) -> str:
    """A cell as it came, without what a database cannot keep."""
    return "" if cell is None else str(cell).replace("\x00", "")


def store(name: str, chunks: Iterator[bytes], token: str) -> Path:
    """Keep an upload outside of what the web server shows, under a name of ours."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    suffix = Path(name).suffix.lower()[:8]
    path = folder / f"{token}{suffix if suffix.isascii() else ''}"
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
    return path
