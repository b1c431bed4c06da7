"""What taking a file in found out: how it was read, what was counted, which rows were refused and doubted."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from typing import Any

from clientela.customers.intake import Receipt
from clientela.customers.intake.receipt import Noticed

from .arriving import Warned
from .columns import Field
from .models import RefusedLine, Remark, Run
from .rows import Reason, RefusedRow, TypedRow
from .spooling import Spool
from .table import Cell, Row, Table

BATCH = 2_000


class Findings(ExitStack):
    """Kept outside of the database, so that they outlive a rehearsal's undoing."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self.refused: Spool[RefusedRow] = self.enter_context(Spool())
        self.warned: Spool[Warned] = self.enter_context(Spool())
        self.facts: dict[str, Any] = {}
        self.counts: dict[str, Any] = {}
        self.reading: dict[str, Any] = {}
        self._header: list[str] = []
        self._fields: Mapping[int, Field] = {}
        #: A byte a line: whether there is any doubt about it.
        self._doubted = bytearray()

    def read(self, table: Table, fields: Mapping[int, Field], **how: Any) -> None:
        """Say how the file was read."""
        self._header, self._fields = table.header, fields
        samples = [[shown(cell) for cell in row.cells] for row in table.sample[:3]]
        self.reading = {
            "encoding": table.encoding,
            "delimiter": table.delimiter,
            "sheet": table.sheet,
            "sheets": list(table.sheets),
            "header_line": table.header_line,
            **how,
            "columns": [
                {
                    "name": shown(name),
                    "field": str(fields[place]) if place in fields else "",
                    "samples": [row[place] for row in samples if place < len(row) and row[place]][:2],
                }
                for place, name in enumerate(table.header)
            ],
        }

    def good(self, rows: Iterator[TypedRow | RefusedRow]) -> Iterator[TypedRow]:
        """Those that can be taken in; the others are kept aside."""
        for row in rows:
            if isinstance(row, RefusedRow):
                self.refused.add(row)
            else:
                yield row

    def warn(self, warned: Warned) -> None:
        self.warned.add(warned)
        if warned.line >= len(self._doubted):
            self._doubted.extend(bytes(warned.line + 10_000 - len(self._doubted)))
        self._doubted[warned.line] = 1

    def notice(self, noticed: list[Noticed]) -> None:
        """What only the files of the house showed."""
        for found in noticed:
            self.warn(Warned(found.line, found.column, found.code, found.value, "", found.facts))

    def refuse_ownerless(self, rows: Iterator[Row]) -> None:
        for row in rows:
            self.refused.add(RefusedRow(row.line, (Reason("", Field.CUSTOMER_NAME, "no_owner", {}),), row.cells))

    def count(self, receipt: Receipt, staged: int, table: Table) -> None:
        self.reading |= {"empty": table.skipped.empty, "totals": table.skipped.totals}
        refused = len(self.refused)
        self.counts = {
            "rows": staged - len(receipt.ownerless) + refused,
            "refused": refused,
            "customers": asdict(receipt.customers),
            "vehicles": asdict(receipt.vehicles),
            "visits": asdict(receipt.visits),
            "duplicates": len(receipt.duplicates),
            "warned": self._doubted.count(1),
        }
        if receipt.again:
            self.counts["again"] = {str(run): rows for run, rows in receipt.again.items()}

    def write(self) -> None:
        """Refused rows and doubts, as rows of their own."""
        self.run.remarks.all().delete()
        self.run.refused_lines.all().delete()
        _write(Remark, self._remarks())
        _write(RefusedLine, (self._line(row) for row in self.refused))

    def _line(self, row: RefusedRow) -> RefusedLine:
        cells = [shown(cell) for cell in row.cells]
        return RefusedLine(run=self.run, dealership_id=self.run.dealership_id, line=row.line, cells=cells)

    def _remarks(self) -> Iterator[Remark]:
        about = {"run": self.run, "dealership_id": self.run.dealership_id}
        names = {field: self._header[place] for place, field in reversed(list(self._fields.items()))}
        for row in self.refused:
            for reason in row.reasons:
                yield Remark(**about, refused=True, **self._of(reason, row))
        for warned in self.warned:
            yield Remark(
                **about,
                refused=False,
                line=warned.line,
                column=shown(names.get(Field(warned.column), warned.column))[:200],
                code=warned.code,
                value=shown(warned.value),
                who=shown(warned.who)[:200],
                facts=dict(warned.facts),
            )

    def _of(self, reason: Reason, row: RefusedRow) -> dict[str, Any]:
        place = self._header.index(reason.column_name) if reason.column_name in self._header else None
        who = next((place for place, field in self._fields.items() if field is Field.CUSTOMER_NAME), None)
        return {
            "line": row.line,
            "column": shown(reason.column_name)[:200],
            "code": reason.code,
            "value": shown(row.cells[place]) if place is not None else "",
            "who": shown(row.cells[who])[:200] if who is not None else "",
            "facts": {key: value if isinstance(value, int) else str(value) for key, value in reason.facts.items()},
        }


def shown(cell: Cell) -> str:
    """A cell as it came, without what a database cannot keep."""
    return "" if cell is None else str(cell).replace("\x00", "")


def _write(model: Any, rows: Iterator[Any]) -> None:
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)
