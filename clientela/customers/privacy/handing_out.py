"""Everything that is held on a person, as one archive: for her to read, and for a program."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from clientela.lib.spreadsheets import harmless
from clientela.network.models import User

from ..models import Customer, Export
from ..signals import person_asked
from .holdings import Holdings, holdings
from .identity import Sighting
from .policy import TablePolicy


@transaction.atomic
def hand_out(customer: Customer, *, by: User | None, at: datetime) -> IO[bytes]:
    """A ZIP with `data.json`, one CSV a table, and the files in which she was found. The log of exports tells of it."""
    mine = holdings(customer)
    tables = {table: list(_rows(table, rows)) for table, rows in mine.tables() if _fields(table)}
    sightings = list(_sightings(mine))
    file: IO[bytes] = SpooledTemporaryFile(max_size=4 * 2**20)  # noqa: SIM115  who sends it closes it
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data.json", _as_json(mine, tables, sightings, at=at))
        for table, rows in tables.items():
            archive.writestr(f"{table.label}.csv", _as_text(_fields(table), rows))
        seen = [{"file": s.file, "given_at": s.given_at, "lines": s.lines} for s in sightings]
        archive.writestr("files.csv", _as_text(["file", "given_at", "lines"], seen))
    Export.objects.create(
        dealership=mine.customer.dealership,
        what=Export.What.PERSON,
        format="zip",
        filters={"customer": mine.customer.pk},
        rows=sum(map(len, tables.values())),
        by=by,
        at=at,
    )
    file.seek(0)
    return file


def _fields(table: TablePolicy) -> list[str]:
    return [field.name for field in table.fields(export="include")]


def _rows(table: TablePolicy, rows: Any) -> Iterator[dict[str, Any]]:
    names = _fields(table)
    for row in rows:
        yield {name: getattr(row, table.model._meta.get_field(name).attname) for name in names}  # type: ignore[union-attr]


def _sightings(mine: Holdings) -> Iterator[Sighting]:
    asked = {"customer_ids": mine.ids, "dealership_id": mine.customer.dealership_id, "identity": mine.identity}
    answers: list[tuple[Any, Any]] = person_asked.send(Customer, **asked)
    for _receiver, found in answers:
        yield from found


def _as_json(mine: Holdings, tables: dict[TablePolicy, Any], sightings: list[Sighting], *, at: datetime) -> str:
    whole = {
        "dealership": mine.customer.dealership.legal_name,
        "customer": mine.customer.pk,
        "made_at": at,
        "tables": {table.label: {"why": table.why, "kept": table.kept, "rows": rows} for table, rows in tables.items()},
        "files": [{"file": s.file, "given_at": s.given_at, "lines": s.lines} for s in sightings],
    }
    return json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def _as_text(names: list[str], rows: list[dict[str, Any]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row[name]) for name in names})
    return f"\ufeff{text.getvalue()}"


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return harmless(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False))
    return "" if value is None else harmless(str(value))
