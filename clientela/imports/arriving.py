"""Typed rows made ready for the waiting room: names taken apart, numbers normalised, times in the house's zone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
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
NOBODY = names.PersonName()
#: Fewer are an extension or a slip of the finger.
FEWEST_DIGITS = 6
#: Shorter than any chassis number ever was.
SHORTEST_VIN = 5


class Doubt(CodedRefusal):
    """Why a row that was kept should be looked at."""

    sentences = {
        "vin_length": _("A VIN has 17 characters. Kept as it is."),
        "vin_letters": _("A VIN never has the letters I, O or Q. Kept as it is."),
        "vin_check_digit": _("The check digit of this VIN does not fit. Kept as it is."),
        "phone_unusable": _("This is not a number that can be dialled. Kept, but marked."),
        "lost_letters": _("Some letters of this name cannot be read. Kept, with a question mark in their place."),
        "odometer_lower": _("The mileage is lower than before: %(earlier)s km on %(on)s. Both readings are kept."),
        "adviser_unknown": _("None of the people of this house is called so. Kept as it is written."),
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
    facts: Mapping[str, Any] = field(default_factory=dict)


class Arrivals:
    """Turns typed rows into tuples for COPY; says its doubts about them on the way."""

    def __init__(
        self,
        run: int,
        dealership: Dealership,
        *,
        shift: timedelta = timedelta(),
        family_first: bool = True,
        warn: Callable[[Warned], object] = lambda warned: None,
    ) -> None:
        self.run = run
        self.dealership = dealership
        self.country = dealership.country.upper()
        self.zone = dealership.zone
        self.order = name_order(dealership.locale)
        self.shift = shift
        #: How this file writes names: surnames first, or as people are addressed.
        self.family_first = family_first
        self.warn = warn

    def tuples(self, rows: Iterator[TypedRow]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            numbers = phones.read(row.phones, self.country) if row.phones else []
            vin = _vin(row) if row.vin else ""
            self._doubt(row, numbers, vin)
            yield self._tuple(row, numbers, vin)

    def _tuple(self, row: TypedRow, numbers: list[phones.Phone], vin: str) -> tuple[Any, ...]:
        company = names.is_company(row.customer_name, self.country)
        person = NOBODY if company else names.parse(row.customer_name, self.order, self.family_first)
        written = plates.written(row.plate)[:20] if row.plate else ""
        plate = _plate_key(row) if row.plate else ""
        search_name = names.search_key(row.customer_name)
        make, model = self._car(row)
        delivered_on = row.delivered_on + self.shift if row.delivered_on else None
        return (
            self.run,
            row.line,
            row.kind,
            self._key(row, delivered_on, vin or plate or search_name),
            row.number[:60],
            Customer.Kind.COMPANY if company else Customer.Kind.PERSON,
            row.customer_name[:200],
            search_name[:200],
            names.word_key(search_name[:200]),
            person.family[:80],
            person.second_family[:80],
            person.given[:80],
            person.patronymic[:80],
            _array([(phone.e164 or _local(phone.shown))[:254] for phone in numbers]),
            _array([phone.shown[:254] for phone in numbers]),
            _array(["f" if phone.e164 is None else "t" for phone in numbers]),
            row.email.lower()[:254],
            row.region[:80],
            row.address[:300],
            row.birth_date,
            bool(row.member or row.member_level or row.member_since),
            row.member_level[:60],
            row.member_since,
            make[:60],
            model[:100],
            row.model_year,
            row.vehicle_type[:60],
            vin[:30],
            written,
            plate[:20],
            row.odometer_km,
            row.opened_on + self.shift if row.opened_on else None,
            delivered_on,
            self._moment(row, delivered_on),
            row.consultant[:120],
            row.technician[:120],
            row.amount if _is_money(row.amount) else None,
            row.used,
            row.service_line or "",
            row.work[:400],
            row.recommended[:400],
            bool(row.special),
            row.next_service_km,
        )

    @staticmethod
    def _key(row: TypedRow, delivered_on: date | None, car: str) -> str:
        """What makes the row the same visit when it comes again."""
        if row.number:
            return f"number:{row.number.upper()}"[:80]
        return f"car:{car[:50]}:{delivered_on.isoformat()}" if delivered_on else f"car:{car[:50]}"

    @staticmethod
    def _car(row: TypedRow) -> tuple[str, str]:
        """Make and model; a cell that holds both begins with the make."""
        if row.make or not row.vehicle:
            return row.make, row.model or row.vehicle
        make, _, model = row.vehicle.partition(" ")
        return (make, model) if model else ("", row.vehicle)

    def _moment(self, row: TypedRow, day: date | None) -> datetime | None:
        if day is None or row.delivered_time is None or row.delivered_time == time():
            return None
        return datetime.combine(day, row.delivered_time, self.zone)

    def _doubt(self, row: TypedRow, numbers: list[phones.Phone], vin: str) -> None:
        for column, code in row.warnings:
            if code != "not_a_phone":
                self._say(row, column, "lost_letters" if column == "customer_name" else "left_out", "")
        if not _is_money(row.amount):
            self._say(row, "amount", "left_out", str(row.amount))
        if row.vin and not vin:
            self._say(row, "vin", "left_out", row.vin)
        elif row.vin:
            for code in vins.problems(vin):
                self._say(row, "vin", f"vin_{code}", row.vin)
        for phone in numbers:
            if phone.e164 is None:
                self._say(row, "phones", "phone_unusable", phone.shown)

    def _say(self, row: TypedRow, column: str, code: str, value: str) -> None:
        self.warn(Warned(row.line, column, code, value, row.customer_name))


def _vin(row: TypedRow) -> str:
    """The VIN, unless the cell only says that there is none: "S/N" is not one car that many people own."""
    vin = vins.normalise(row.vin)
    return vin if len(vin) >= SHORTEST_VIN and any(map(str.isdigit, vin)) else ""


def _array(texts: list[str]) -> str:
    """As PostgreSQL writes it: psycopg takes longer over a list than over all the rest of a row."""
    return "{" + ",".join(f'"{text}"' if text.isalnum() else _quoted(text) for text in texts) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _local(shown: str) -> str:
    """A number that cannot be dialled from elsewhere is the same however it is written."""
    digits = phones.digits(shown)
    return digits if len(digits) >= FEWEST_DIGITS else shown


def _plate_key(row: TypedRow) -> str:
    """The plate as search sees it, unless it is words: "SIN PLACAS"."""
    key = plates.key(plates.written(row.plate))
    return key if any(map(str.isdigit, key)) else ""


def _is_money(amount: Decimal | None) -> bool:
    return amount is None or abs(amount) < MOST_MONEY
