"""Typed rows made ready for the waiting room: names taken apart, numbers normalised, times in the house's zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer
from clientela.customers.models.customer import name_order
from clientela.lib import names, phones, plates, vins
from clientela.network.models import Dealership

from .reasons import CodedRefusal
from .rows import TypedRow

#: What the column can hold; more is a telephone number in the wrong column.
MOST_MONEY = Decimal(10) ** 12 - 1
#: Shorter than any chassis number ever was.
SHORTEST_VIN = 5


class Doubt(CodedRefusal):
    """Why a row that was kept should be looked at."""

    sentences = {
        "vin_length": _("A VIN has 17 characters. Kept as it is."),
        "vin_letters": _("A VIN never has the letters I, O or Q. Kept as it is."),
        "vin_check_digit": _("The check digit of this VIN does not fit. Kept as it is."),
        "phone_unusable": _("This is not a number that can be dialled. Kept, but marked."),
        "left_out": _("This cell could not be understood and was left out. The row was kept."),
    }


@dataclass(frozen=True)
class Warned:
    """A row that is kept although something about it is doubtful."""

    line: int
    column: str
    code: str
    value: str
    who: str


class Arrivals:
    """Turns typed rows into tuples for COPY; collects the warnings on the way."""

    def __init__(
        self, run: int, dealership: Dealership, *, shift: timedelta = timedelta(), family_first: bool = True
    ) -> None:
        self.run = run
        self.dealership = dealership
        self.zone = dealership.zone
        self.order = name_order(dealership.locale)
        self.shift = shift
        #: How this file writes names: surnames first, or as people are addressed.
        self.family_first = family_first
        self.warned: list[Warned] = []

    def tuples(self, rows: Iterator[TypedRow]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            self._warn(row)
            yield self._tuple(row)

    def _tuple(self, row: TypedRow) -> tuple[Any, ...]:
        company = names.is_company(row.customer_name, self.dealership.country)
        person = names.PersonName() if company else names.parse(row.customer_name, self.order, self.family_first)
        numbers = phones.read(row.phones, self.dealership.country)
        written = plates.written(row.plate)[:20]
        make, model = self._car(row)
        delivered_on = row.delivered_on + self.shift
        return (
            self.run,
            row.line,
            row.kind,
            self._key(row),
            row.number[:60],
            Customer.Kind.COMPANY if company else Customer.Kind.PERSON,
            row.customer_name[:200],
            names.search_key(row.customer_name)[:200],
            person.family[:80],
            person.second_family[:80],
            person.given[:80],
            person.patronymic[:80],
            [(phone.e164 or phone.shown)[:254] for phone in numbers],
            [phone.shown[:254] for phone in numbers],
            [phone.usable for phone in numbers],
            row.email.lower()[:254],
            row.address[:300],
            row.birth_date,
            make[:60],
            model[:100],
            row.model_year,
            _vin(row)[:30],
            written,
            _plate_key(row)[:20],
            row.odometer_km,
            delivered_on,
            self._moment(row, delivered_on),
            row.consultant[:120],
            row.technician[:120],
            row.amount if _is_money(row.amount) else None,
            row.used,
            row.service_line or "",
            row.work[:400],
            bool(row.special),
            row.next_service_km,
        )

    def _key(self, row: TypedRow) -> str:
        """What makes the row the same visit when it comes again."""
        if row.number:
            return f"number:{row.number.upper()}"[:80]
        car = _vin(row) or _plate_key(row) or names.search_key(row.customer_name)
        return f"car:{car[:50]}:{row.delivered_on + self.shift:%Y-%m-%d}"

    @staticmethod
    def _car(row: TypedRow) -> tuple[str, str]:
        """Make and model; a cell that holds both begins with the make."""
        if row.make or not row.vehicle:
            return row.make, row.model or row.vehicle
        make, _, model = row.vehicle.partition(" ")
        return (make, model) if model else ("", row.vehicle)

    def _moment(self, row: TypedRow, day: Any) -> datetime | None:
        if row.delivered_time is None or row.delivered_time == time():
            return None
        return datetime.combine(day, row.delivered_time, self.zone)

    def _warn(self, row: TypedRow) -> None:
        found: list[tuple[str, str, str]] = [
            (field, "left_out", "") for field, code in row.warnings if code != "not_a_phone"
        ]
        if not _is_money(row.amount):
            found.append(("amount", "left_out", str(row.amount)))
        if row.vin and not _vin(row):
            found.append(("vin", "left_out", row.vin))
        elif row.vin:
            found += [("vin", f"vin_{code}", row.vin) for code in vins.problems(vins.normalise(row.vin))]
        for phone in phones.read(row.phones, self.dealership.country) if row.phones else []:
            if not phone.usable:
                found.append(("phones", "phone_unusable", phone.shown))
        self.warned += [Warned(row.line, column, code, value, row.customer_name) for column, code, value in found]


def _vin(row: TypedRow) -> str:
    """The VIN, unless the cell only says that there is none: "S/N" is not one car that many people own."""
    vin = vins.normalise(row.vin)
    return vin if len(vin) >= SHORTEST_VIN and any(map(str.isdigit, vin)) else ""


def _plate_key(row: TypedRow) -> str:
    """The plate as search sees it, unless it is words: "SIN PLACAS"."""
    key = plates.key(plates.written(row.plate))
    return key if any(map(str.isdigit, key)) else ""


def _is_money(amount: Decimal | None) -> bool:
    return amount is None or abs(amount) < MOST_MONEY
