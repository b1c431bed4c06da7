"""Rows of a table turned into what they say: values of the right type, or the reasons why not.

A line is either kept or handed back, never lost. What would spoil the customer's file (no name, no
possible day of delivery, an odometer below zero) refuses the line; what can do without (an e-mail address
with no @) is left out with a warning.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any

from clientela.imports import cells
from clientela.imports.cells import BadCell, Mark, Order, ServiceLine
from clientela.imports.columns import DATED, NAMED, WITH_VEHICLE, Field, Kind
from clientela.imports.table import Cell, Row, Table, is_blank

#: Rows read ahead, if need be, to learn in which order a column writes day and month.
MOST_READ_AHEAD = 5_000
EARLIEST_DELIVERY = date(1990, 1, 1)
EARLIEST_MEMBER = date(1950, 1, 1)
OLDEST_CUSTOMER = 110
EARLIEST_MODEL_YEAR = 1900
#: A clock in another zone may be a day ahead of ours.
AHEAD = timedelta(days=1)

Warnings = tuple[tuple[Field, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRow:
    """One event at a dealer's: a vehicle delivered, a workshop visit closed, a sourced car handed over.

    Or a line of a register, of customers or of vehicles: then the day may be missing, and so may the customer.
    """

    line: int
    kind: Kind
    customer_name: str = ""
    delivered_on: date | None = None
    delivered_time: time | None = None
    number: str = ""
    phones: str = ""
    email: str = ""
    address: str = ""
    region: str = ""
    birth_date: date | None = None
    national_id: str = ""
    member: bool | None = None
    member_level: str = ""
    member_since: date | None = None
    make: str = ""
    model: str = ""
    vehicle: str = ""
    model_year: int | None = None
    vehicle_type: str = ""
    vin: str = ""
    plate: str = ""
    odometer_km: int | None = None
    opened_on: date | None = None
    opened_time: time | None = None
    consultant: str = ""
    technician: str = ""
    amount: Decimal | None = None
    used: bool | None = None
    service_line: ServiceLine | None = None
    work: str = ""
    recommended: str = ""
    special: bool | None = None
    next_service_km: int | None = None
    warnings: Warnings = ()

    @property
    def identity(self) -> tuple[str, ...]:
        """Two lines with the same identity tell of the same event."""
        if self.number:
            return (self.number, self.kind)
        vehicle = self.vin or self.plate or f"{self.customer_name} {self.vehicle or self.model}"
        return (vehicle.casefold(), self.delivered_on.isoformat() if self.delivered_on else "")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line was refused. Code and facts can be stored, the sentence is for the reader of the moment."""

    column_name: str
    field: Field | None
    code: str
    facts: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        return BadCell(self.code, **self.facts).sentence


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line handed back as it came, to be mended and sent again."""

    line: int
    reasons: tuple[Reason, ...]
    cells: tuple[Cell, ...]


def typed(
    table: Table,
    columns: Mapping[int, Field],
    *,
    kind: Kind,
    today: date,
    orders: Mapping[int, Order] | None = None,
    decimal: Mark | None = None,
) -> Iterator[TypedRow | RefusedRow]:
    """Every row of the table, in its order. `orders` says how columns write days where that is known."""
    rows = table.rows
    if orders is None:
        orders, rows = orders_read_ahead(rows, columns)
    reader = _Reader(table.header, columns, orders, kind=kind, today=today, decimal=decimal)
    return map(reader.read, rows)


def day_orders(rows: Iterable[Row], columns: Mapping[int, Field]) -> dict[int, Order]:
    """How each column of days orders day, month and year, judged by all of the rows."""
    votes = _Votes(columns)
    for row in rows:
        votes.count(row)
    return votes.orders()


def orders_read_ahead(rows: Iterator[Row], columns: Mapping[int, Field]) -> tuple[dict[int, Order], Iterator[Row]]:
    """The same, judged by as many rows as it takes; and all of the rows."""
    votes, ahead = _Votes(columns), list[Row]()
    for row in rows:
        votes.count(row)
        ahead.append(row)
        if len(ahead) >= MOST_READ_AHEAD or (len(ahead) >= SETTLED_AFTER and votes.are_settled()):
            break
    return votes.orders(), chain(ahead, rows)


#: A few rows may be wrong themselves.
SETTLED_AFTER = 200
DAYS = frozenset({Field.DELIVERED, Field.OPENED, Field.BIRTH_DATE, Field.MEMBER_SINCE})


class _Votes:
    """How many cells of each column of days can be read in each order."""

    def __init__(self, columns: Mapping[int, Field]) -> None:
        self._votes: dict[int, dict[Order, int]] = {
            column: {"dmy": 0, "mdy": 0, "ymd": 0} for column, field in columns.items() if field in DAYS
        }

    def count(self, row: Row) -> None:
        for column, votes in self._votes.items():
            for order, vote in cells.order_votes(row.cells[column : column + 1]).items():
                votes[order] += vote

    def are_settled(self) -> bool:
        """Day and month are told apart in each column, or are never in doubt because real dates come."""
        return all(_is_certain(votes) or not votes["dmy"] for votes in self._votes.values())

    def orders(self) -> dict[int, Order]:
        """A column in doubt follows those of the same file that are not."""
        certain = [cells.likeliest_order(votes) for votes in self._votes.values() if _is_certain(votes)]
        default: Order = certain[0] if certain else "dmy"
        return {column: cells.likeliest_order(votes, default) for column, votes in self._votes.items()}


def _is_certain(votes: dict[Order, int]) -> bool:
    return votes["dmy"] != votes["mdy"]


Read = Callable[[Cell], Any]

REFUSING = frozenset({Field.CUSTOMER_NAME, Field.DELIVERED, Field.ODOMETER_KM})
#: A letter that some program could not read stays to be seen, and to be put right.
LOST_LETTER = "\ufffd"
#: What stands between the parts of what several columns hold together.
JOINTS = {Field.CUSTOMER_NAME: " ", Field.PHONES: " / ", Field.ADDRESS: ", ", Field.WORK: ". "}
ATTRIBUTES = {Field.CONDITION: "used", Field.SPECIAL_VEHICLE: "special"}
EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
ENOUGH_DIGITS = re.compile(r"(?:\D*\d){6}")
READS: dict[Field, Read] = {
    Field.ODOMETER_KM: cells.whole,
    Field.NEXT_SERVICE_KM: cells.whole,
    Field.CONDITION: cells.is_used,
    Field.SPECIAL_VEHICLE: cells.flag,
    Field.MEMBER: cells.flag,
    Field.SERVICE_LINE: cells.service_line,
}
IDENTIFIES_VEHICLE = (Field.VIN, Field.PLATE, Field.VEHICLE, Field.MODEL)
TELLS_VEHICLE = (Field.VIN, Field.PLATE)


class _Reader:
    """Reads row after row by one plan, made once."""

    def __init__(
        self,
        header: Sequence[str],
        columns: Mapping[int, Field],
        orders: Mapping[int, Order],
        *,
        kind: Kind,
        today: date,
        decimal: Mark | None = None,
    ) -> None:
        self._refuse_doubled(columns)
        self._header = header
        self._columns = {field: column for column, field in columns.items()}
        self._kind = kind
        self._refusing = REFUSING if kind in DATED else REFUSING - {Field.DELIVERED}
        # A file without a column of customers tells of the owners we know.
        self._needs_name = kind in NAMED and (Field.CUSTOMER_NAME in self._columns or kind != "workshop_visit")
        reads = READS | {Field.AMOUNT: partial(cells.number, decimal=decimal)}
        self._steps = [
            (column, field, ATTRIBUTES.get(field, str(field)), _read(field, orders.get(column, "dmy"), today, reads))
            for column, field in columns.items()
        ]
        if Field.WORK not in self._columns and Field.SERVICE_LINE in self._columns:
            # "Mantención 20.000" tells the work as well as the line.
            self._steps.append((self._columns[Field.SERVICE_LINE], Field.WORK, "work", cells.text))

    def read(self, row: Row) -> TypedRow | RefusedRow:
        values, reasons, warnings = self._values(row)
        reasons += self._lacking(values, reasons)
        if len(row.cells) > len(self._header):
            reasons = [self._too_many_cells(row)]
        if reasons:
            return RefusedRow(row.line, tuple(reasons), row.cells)
        if delivered := values.pop("delivered", None):
            values |= {"delivered_on": delivered.day, "delivered_time": delivered.time}
        if opened := values.pop("opened", None):
            values |= {"opened_on": opened.day, "opened_time": opened.time}
        if (phones := values.get("phones")) and not ENOUGH_DIGITS.match(phones):
            warnings.append((Field.PHONES, "not_a_phone"))  # kept: it may say why there is none
        return TypedRow(
            line=row.line,
            kind=self._kind,
            warnings=tuple(warnings),
            **values,
        )

    def _values(self, row: Row) -> tuple[dict[str, Any], list[Reason], list[tuple[Field, str]]]:
        values: dict[str, Any] = {}
        reasons: list[Reason] = []
        warnings: list[tuple[Field, str]] = []
        for column, field, attribute, read in self._steps:
            cell = row.cells[column]
            if cell is None or cell == "":
                continue
            try:
                value = read(cell)
            except BadCell as bad:
                if is_blank(cell):
                    continue
                if bad.code == "lost_letters" and field is Field.CUSTOMER_NAME:
                    values[attribute] = _joined_to(values, attribute, field, cells.text(_guessed(cell)))
                    warnings.append((field, bad.code))
                elif field in self._refusing:
                    reasons.append(Reason(self._header[column], field, bad.code, bad.facts))
                else:
                    warnings.append((field, bad.code))
            else:
                values[attribute] = _joined_to(values, attribute, field, value)
        return values, reasons, warnings

    def _lacking(self, values: dict[str, Any], reasons: list[Reason]) -> list[Reason]:
        """What a row must say and this one does not even try to."""
        tried = {reason.field for reason in reasons}
        lacking = []
        name = values.get("customer_name", "")
        if self._needs_name and Field.CUSTOMER_NAME not in tried and not any(map(str.isalpha, name)):
            said = ("not_a_name", {"value": cells.quote(name)}) if any(map(str.isalnum, name)) else ("missing", {})
            lacking.append(self._reason(Field.CUSTOMER_NAME, *said))
        if self._kind in DATED and Field.DELIVERED not in tried and "delivered" not in values:
            lacking.append(self._reason(Field.DELIVERED, "missing"))
        # Without her name only what tells this car from others leads to its owner, or to its file.
        which = IDENTIFIES_VEHICLE if self._needs_name else TELLS_VEHICLE
        if self._kind in WITH_VEHICLE and not any(values.get(field) for field in which):
            column = next((field for field in which if field in self._columns), Field.VIN)
            lacking.append(self._reason(column, "no_vehicle"))
        return lacking

    def _reason(self, field: Field, code: str, facts: Mapping[str, Any] | None = None) -> Reason:
        column = self._columns.get(field)
        return Reason("" if column is None else self._header[column], field, code, facts or {})

    def _too_many_cells(self, row: Row) -> Reason:
        """From which cell on the rest is out of place nobody can tell."""
        facts = {"found": len(row.cells), "expected": len(self._header)}
        return Reason("", None, "too_many_cells", facts)

    @staticmethod
    def _refuse_doubled(columns: Mapping[int, Field]) -> None:
        fields = [field for field in columns.values() if field not in JOINTS]
        if len(fields) != len(set(fields)):
            raise ValueError("Two columns cannot both be the same field.")


def _joined_to(values: Mapping[str, Any], attribute: str, field: Field, value: Any) -> Any:
    """What several columns hold together, is one."""
    return JOINTS[field].join(filter(None, (values[attribute], value))) if attribute in values else value


def _guessed(cell: Cell) -> Cell:
    return re.sub(f"{LOST_LETTER}+", "?", cell)[: cells.LONGEST_TEXT] if isinstance(cell, str) else cell


def _read(field: Field, order: Order, today: date, reads: Mapping[Field, Read]) -> Read:
    match field:
        case Field.DELIVERED:
            return partial(_delivery, order=order, today=today)
        case Field.OPENED:
            return partial(cells.moment, order=order)
        case Field.BIRTH_DATE:
            return partial(_birth, order=order, today=today)
        case Field.MEMBER_SINCE:
            return partial(_joined, order=order, today=today)
        case Field.MODEL_YEAR:
            return partial(_model_year, today=today)
        case Field.EMAIL:
            return _email
        case _:
            return reads.get(field, cells.text)


def _delivery(cell: Cell, order: Order, today: date) -> cells.Moment:
    delivered = cells.moment(cell, order)
    if delivered.day > today + AHEAD:
        raise BadCell("future", value=cells.quote(cell))
    if delivered.day < EARLIEST_DELIVERY:
        raise BadCell("too_long_ago", value=cells.quote(cell))
    return delivered


def _birth(cell: Cell, order: Order, today: date) -> date:
    born = cells.day(cell, order)
    if born > today and str(born.year) not in str(cell):
        born = born.replace(year=born.year - 100)  # written with two digits: '45 is 1945 for a customer
    if born > today:
        raise BadCell("future", value=cells.quote(cell))
    if born.year < today.year - OLDEST_CUSTOMER:
        raise BadCell("too_long_ago", value=cells.quote(cell))
    return born


def _joined(cell: Cell, order: Order, today: date) -> date:
    """Since when somebody is a member: not before the first club, and not from tomorrow on."""
    joined = cells.day(cell, order)
    if joined > today + AHEAD:
        raise BadCell("future", value=cells.quote(cell))
    if joined < EARLIEST_MEMBER:
        raise BadCell("too_long_ago", value=cells.quote(cell))
    return joined


def _model_year(cell: Cell, today: date) -> int:
    shown = cells.text(cell)[:4]
    if not shown.isdecimal() or not EARLIEST_MODEL_YEAR <= int(shown) <= today.year + 2:
        raise BadCell("not_a_model_year", value=cells.quote(cell))
    return int(shown)


def _email(cell: Cell) -> str:
    """The address, or the first of several."""
    found = EMAIL.search(cells.text(cell))
    if not found:
        raise BadCell("not_an_email", value=cells.quote(cell))
    return found[0]
