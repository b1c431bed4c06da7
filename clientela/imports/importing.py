"""A run: read, rehearse, import. Either all of a file's good rows are in, or none."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clientela.customers import intake
from clientela.customers.intake import Receipt
from clientela.lib.names import writes_family_first
from clientela.lib.refusal import Refusal
from clientela.network import tenancy
from clientela.network.models import Dealership, User

from . import cells, columns, mappings, previewing, progress, reading, rows
from .arriving import Arrivals
from .choosing import Choice, checked
from .columns import Field
from .finding import Findings
from .mappings import Basis
from .models import Mapping, Run
from .reasons import CodedRefusal
from .table import Row, Table
from .templatetags.fields import field_word
from .unreadable import LARGEST_FILE, MEBIBYTE, UnreadableFile

log = logging.getLogger(__name__)
State = Run.State


class Incomplete(CodedRefusal):
    """A table that lacks a column without which no row can be kept."""

    sentences = {
        "columns_missing": _(
            "No column was recognised for: %(names)s. Name the column so in the first line, or add it."
        )
    }


class _Rehearsed(Exception):  # noqa: N818  not an error: it takes the rehearsal's transaction back
    pass


def open_run(
    path: Path,
    name: str,
    dealership: Dealership,
    *,
    by: User | None,
    at: datetime,
    origin: str = Run.Origin.UPLOAD,
    mapping: Mapping | None = None,
) -> Run:
    """Note that a file was given to us. Nothing is read yet."""
    files = Path(settings.MEDIA_ROOT)
    # Within our files so that a backup can be restored elsewhere; what lies outside (the demonstration's) stays there.
    place = path.relative_to(files) if path.is_relative_to(files) else path
    facts = {"path": str(place), "by": by, "uploaded_at": at, "origin": origin, "mapping": mapping}
    return Run.objects.create(dealership=dealership, name=name.replace("\0", "")[-200:], **facts)


def choose(run: Run, chosen: dict[str, Any], *, at: datetime) -> None:
    """Keep what a person chose over what was found out; the file is to be rehearsed again."""
    checked(chosen)
    run.move(State.UPLOADED, chosen=chosen, counts={}, problem="", finished_at=None, done=0, total=0)
    log.info("chosen", extra={"run": run.pk, "what": sorted(chosen), "on": at.isoformat()})


def rehearse(run: Run, *, at: datetime) -> None:
    """Do everything and undo it: the counts are those of the import itself."""
    run.refuse_unless_it_may_become(State.REHEARSED)
    with Findings(run) as findings:
        try:
            with transaction.atomic():
                _take_in(run, findings, at=at)
                findings.counts["preview"] = previewing.sample(run, findings.counts, at=at)
                raise _Rehearsed
        except _Rehearsed:
            if not Run.objects.filter(pk=run.pk, chosen=run.chosen).exists():
                return  # meanwhile somebody chose otherwise; that will be rehearsed next
            findings.write()
            run.move(State.REHEARSED, **findings.facts, counts=findings.counts, reading=findings.reading)
        except Refusal as refused:
            # With the columns as they were read, so that one may choose others.
            read = findings.reading or run.reading
            run.move(State.FAILED, problem=refused.sentence, finished_at=at, reading=read)


@transaction.atomic
def perform(run: Run, *, at: datetime, shift: timedelta = timedelta()) -> Receipt:
    """Take the good rows in, keep the others with their reasons."""
    run.refuse_unless_it_may_become(State.DONE)
    with Findings(run) as findings:
        receipt = _take_in(run, findings, at=at, shift=shift)
        findings.write()
        run.move(State.DONE, **findings.facts, counts=findings.counts, reading=findings.reading, finished_at=at)
    if run.mapping_id:
        Mapping.objects.filter(dealership=run.dealership_id, pk=run.mapping_id).update(used_at=at)
    log.info("imported", extra={"run": run.pk, "counts": run.counts})
    return receipt


def _take_in(run: Run, findings: Findings, *, at: datetime, shift: timedelta = timedelta()) -> Receipt:
    house, path = run.dealership, Path(settings.MEDIA_ROOT) / run.path
    plan = _plan(run, path)
    findings.read(plan.table, plan.fields, **plan.how)
    _refuse_incomplete(plan.kind, plan.fields)
    arrivals = Arrivals(run.pk, house, shift=shift, family_first=plan.family_first, warn=findings.warn)
    tenancy.attribute(by=run.by_id, at=at, run=run.pk)
    with progress.of(run, plan.table.lines) as told:
        good = findings.good(told.counting(plan.typed(today=house.today(at))))
        staged = intake.stage(run.pk, arrivals.tuples(good))
        source = {"source": plan.choice.source, "source_note": plan.choice.source_note}
        receipt = intake.receive(run.pk, house, at=at, **source, columns=plan.columns, tell=told.tell_of_merging)
    tenancy.attribute()
    findings.notice(receipt.noticed)
    if receipt.ownerless:
        findings.refuse_ownerless(_lines(path, plan.choice, set(receipt.ownerless)))
    findings.count(receipt, staged, plan.table)
    if plan.kind == "customers":
        findings.counts["merged"] = staged - receipt.customers.new
    if earlier := _given_before(run, digest := _digest(path)):
        findings.counts["same_as"] = earlier
    findings.facts = {"kind": plan.kind, "digest": digest, "mapping": plan.basis.mapping, "like": plan.basis.like}
    return receipt


@dataclass(frozen=True)
class _Plan:
    """How a file is read: what was chosen, else what was found out."""

    table: Table
    choice: Choice
    basis: Basis
    fields: dict[int, Field]
    kind: columns.Kind
    orders: dict[int, cells.Order]
    decimal: cells.Mark | None
    family_first: bool

    @property
    def how(self) -> dict[str, Any]:
        days = (Field.DELIVERED, Field.OPENED, Field.BIRTH_DATE)
        used = {self.fields[column]: order for column, order in self.orders.items() if column in self.fields}
        return {
            "kind": self.kind,
            "dates": next((used[field] for field in days if field in used), ""),
            "decimal": self.decimal or "",
            "family_first": self.family_first,
            "source": self.choice.source,
            "source_note": self.choice.source_note,
        }

    @property
    def columns(self) -> set[str]:
        return {str(field) for field in self.fields.values()}

    def typed(self, *, today: Any) -> Iterator[rows.TypedRow | rows.RefusedRow]:
        return rows.typed(
            self.table, self.fields, kind=self.kind, today=today, orders=self.orders, decimal=self.decimal
        )


def _plan(run: Run, path: Path) -> _Plan:
    choice, table, basis = _opened(run, path)
    fields = choice.fields(table.header, columns.guess(table.header, table.sample))
    kind = choice.kind or columns.kind(table.header, fields.values())
    fields = columns.suited(kind, fields)
    orders, ahead = rows.orders_read_ahead(table.rows, fields)
    if choice.dates:
        orders = dict.fromkeys(orders, choice.dates)
    amounts = [column for column, field in fields.items() if field is Field.AMOUNT]
    found = cells.decimal_mark(row.cells[column] for row in table.sample for column in amounts)
    return _Plan(
        table=replace(table, rows=ahead),
        choice=choice,
        basis=basis,
        fields=fields,
        kind=kind,
        orders=orders,
        decimal=choice.decimal or found,
        family_first=_writes_family_first(table, fields) if choice.family_first is None else choice.family_first,
    )


def _opened(run: Run, path: Path) -> tuple[Choice, Table, Basis]:
    """The file by what was chosen, else by what is known of its columns."""
    basis = Basis(run.mapping, run.like)
    if basis.mapping and basis.mapping.dealership_id != run.dealership_id:
        raise Refusal(_("This mapping belongs to another dealership."))
    choice = checked({**basis.chosen, **run.chosen})
    table = reading.read(path, **choice.of_the_file)
    if not basis.is_of(table.header):
        if basis.mapping and not any(checked(run.chosen).of_the_file.values()):
            raise Refusal(_("The mapping “%(name)s” is for a file with other columns.") % {"name": basis.mapping.name})
        return checked(run.chosen), table, Basis()
    if basis == Basis() and not run.chosen:
        basis = mappings.basis(run, table.header)
        choice = checked(basis.chosen)
        table = reading.read(path, **choice.of_the_file)
    return choice, table, basis


def _lines(path: Path, choice: Choice, numbers: set[int]) -> Iterator[Row]:
    """These lines of the file once more, as they stand in it."""
    return (row for row in reading.read(path, **choice.of_the_file).rows if row.line in numbers)


def _writes_family_first(table: Table, fields: dict[int, Field]) -> bool:
    """Which way round the names stand: Chile's files have "Camila Rojas Soto", Mexico's "Rojas Soto Camila"."""
    places = [place for place, field in fields.items() if field is Field.CUSTOMER_NAME]
    return writes_family_first(" ".join(str(row.cells[place] or "") for place in places) for row in table.sample)


def _refuse_incomplete(kind: columns.Kind, fields: dict[int, Field]) -> None:
    missing = columns.missing(kind, fields.values())
    if missing:
        lacking = [" / ".join(field_word(field) for field in Field if field in choice) for choice in missing]
        raise Incomplete("columns_missing", names=", ".join(lacking))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _given_before(run: Run, digest: str) -> int | None:
    """The run that took in this very file already."""
    same = Run.objects.filter(dealership=run.dealership_id, digest=digest, state=State.DONE).exclude(pk=run.pk)
    return same.order_by("pk").values_list("pk", flat=True).first()


def store(name: str, chunks: Iterator[bytes], token: str) -> Path:
    """Keep an upload outside of what the web server shows, under a name of ours."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    suffix = Path(name).suffix.lower()[:8]
    path = folder / f"{token}{suffix if suffix.isascii() else ''}"
    left = LARGEST_FILE
    with path.open("xb") as file:
        for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                path.unlink()
                raise UnreadableFile("too_large", limit=LARGEST_FILE // MEBIBYTE)
            file.write(chunk)
    return path
