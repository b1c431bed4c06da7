"""Which column holds what, guessed from its name and, where names leave it open, from what it holds."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, get_args

from clientela.imports.cells import BadCell, day, flag, is_used, number
from clientela.imports.synonyms import NAME_PARTS, NAME_PARTS_BESIDE_OTHERS, Field, coverage, plain
from clientela.imports.table import Cell, Row, is_blank
from clientela.lib.names import is_known_name

__all__ = ["KINDS", "Field", "Kind", "guess", "kind", "missing", "required", "suited"]

Kind = Literal["customers", "vehicles", "vehicle_delivery", "workshop_visit", "consultation", "goods_sale", "hand_over"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Lists of what there is, from which no visit follows.
REGISTERS = frozenset[Kind]({"customers", "vehicles"})
#: Whose rows must say when, who, and which vehicle.
DATED = frozenset(KINDS) - REGISTERS
NAMED = frozenset(KINDS) - {"vehicles"}
WITH_VEHICLE = frozenset[Kind]({"vehicles", "vehicle_delivery", "workshop_visit", "hand_over"})

#: A header must be this much of a name to be taken for it.
LEAST_COVERAGE = 0.4
#: With a name that only resembles the field's, a column of which less is what the field needs is not taken.
TOO_LITTLE = 0.2
#: Whatever its name, a column of which so much is a VIN is taken for one.
PLENTY = 0.6
#: What comes in several columns: a home and a mobile telephone, a street and a town.
#: To be taken as well, a column must match this well.
REPEATABLE = {Field.PHONES: 0.55, Field.ADDRESS: 0.9, Field.WORK: 0.9}

#: Without a name that tells, a column must hold the thing nearly always, and often enough to say so.
MOSTLY = 0.8
FEWEST = 3
VEHICLE = frozenset({Field.VIN, Field.PLATE, Field.VEHICLE, Field.MODEL})
TELLS_VEHICLE = frozenset({Field.VIN, Field.PLATE})
WHEN = frozenset({Field.DELIVERED, Field.OPENED})
GOODS = re.compile(
    r"producto|articulo|refaccion|repuesto|accesori|product|\bitem|goods|accessor|товар|запчаст|商品|配件|用品|精品"
)
CONSULTATION = re.compile(
    r"consulta\b|visita|interes|enquiry|inquiry|consultation|консультац|интерес|визит|咨询|到店|意向|来访"
)

VIN = re.compile(r"(?=.*\d)[A-HJ-NPR-Z0-9]{17}", re.IGNORECASE)
PHONE = re.compile(r"(?:\D*\d){6,}\D*")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LETTERS = re.compile(r"[^\W\d_]{2}")
WRITTEN_PHONE = re.compile(r"\+\d|\(\d{2,4}\)|\d{2,4}[ -]\d{2,4}[ -]\d{2,4}")
#: The state of an order is no state of a country.
STATUS = re.compile(
    r"abiert|cerrad|entregad|factur|pendient|cancel|proceso|activ|vigente|open|closed|done|закры|откры|выдан|完成|结算",
    re.IGNORECASE,
)


def guess(header: Sequence[str], samples: Iterable[Row]) -> dict[int, Field]:
    """Field by column. The best match takes its column and its field; what matches nothing stays out."""
    columns = _columns(len(header), samples)
    taken = _name_parts(header)
    spoken_for = set(taken.values())
    for score, column, field in _matches(header, columns):
        is_free = field not in spoken_for or score >= REPEATABLE.get(field, 2)
        if column not in taken and is_free:
            taken[column] = field
            spoken_for.add(field)
    _by_content(taken, columns)
    return dict(sorted(taken.items()))


def _by_content(taken: dict[int, Field], columns: list[list[Cell]]) -> None:
    """Whatever the names of the columns: the one that plainly holds what every file has."""
    for field, test in BY_CONTENT.items():
        if field in taken.values() or (field is Field.DELIVERED and Field.OPENED in taken.values()):
            continue
        shares = {
            column: sum(map(test, cells)) / len(cells)
            for column, cells in enumerate(columns)
            if column not in taken and len(cells) >= FEWEST
        }
        plain_enough = [column for column, share in shares.items() if share >= MOSTLY]
        if len(plain_enough) == 1 or (plain_enough and field is not Field.DELIVERED):
            taken[max(plain_enough, key=shares.__getitem__)] = field


def kind(header: Sequence[str], fields: Iterable[Field]) -> Kind:
    """What the rows are, by what only that kind has."""
    have, names = set(fields), " ".join(plain(name) for name in header)
    has_vehicle = bool(have & VEHICLE)
    if not have & WHEN or Field.CUSTOMER_NAME not in have:
        if have & TELLS_VEHICLE:
            return "vehicles"
        return "customers" if have & {Field.CUSTOMER_NAME, Field.PHONES, Field.EMAIL} else "vehicle_delivery"
    if not has_vehicle:
        return _without_vehicle(have, names)
    if have & {Field.TECHNICIAN, Field.SERVICE_LINE, Field.WORK, Field.NEXT_SERVICE_KM}:
        return "workshop_visit"
    if re.search(r"заявк|подбор|поиск|busqueda|\bsourc(?:ing|ed)\b|选车", names):
        return "hand_over"
    if Field.CONDITION in have or re.search(r"venta|sales|продав|销售", names):
        return "vehicle_delivery"
    return "workshop_visit" if Field.ODOMETER_KM in have else "vehicle_delivery"


def _without_vehicle(have: set[Field], names: str) -> Kind:
    if GOODS.search(names):
        return "goods_sale"
    if CONSULTATION.search(names) or Field.CONSULTANT in have:
        return "consultation"
    return "goods_sale" if have & {Field.AMOUNT, Field.WORK} else "customers"


def required(kind: Kind) -> tuple[frozenset[Field], ...]:
    """At least one field of each set must have a column: who, when and which vehicle, as far as the kind has them."""
    needs: list[frozenset[Field]] = []
    if kind == "workshop_visit":
        needs.append(frozenset({Field.CUSTOMER_NAME}) | TELLS_VEHICLE)  # else the owner we know
    elif kind in NAMED:
        needs.append(frozenset({Field.CUSTOMER_NAME}))
    if kind in DATED:
        needs.append(frozenset({Field.DELIVERED}))
    if kind in WITH_VEHICLE:
        needs.append(TELLS_VEHICLE if kind == "vehicles" else VEHICLE)
    return tuple(needs)


def suited(kind: Kind, fields: Mapping[int, Field]) -> dict[int, Field]:
    """Where nothing says when it ended, the day it began counts: for a consultation it is the same."""
    if kind not in DATED or Field.DELIVERED in fields.values():
        return dict(fields)
    return {column: Field.DELIVERED if field is Field.OPENED else field for column, field in fields.items()}


def missing(kind: Kind, fields: Iterable[Field]) -> tuple[frozenset[Field], ...]:
    """Of what is required, what no column holds."""
    have = set(fields)
    return tuple(choice for choice in required(kind) if not choice & have)


def _columns(width: int, samples: Iterable[Row]) -> list[list[Cell]]:
    columns: list[list[Cell]] = [[] for _ in range(width)]
    for row in samples:
        for column, cell in zip(columns, row.cells, strict=False):
            if not is_blank(cell):
                column.append(cell)
    return columns


def _name_parts(header: Sequence[str]) -> dict[int, Field]:
    names = [plain(name) for name in header]
    if not any(name in NAME_PARTS for name in names):
        return {}
    parts = NAME_PARTS | NAME_PARTS_BESIDE_OTHERS
    return {column: Field.CUSTOMER_NAME for column, name in enumerate(names) if name in parts}


def _matches(header: Sequence[str], columns: list[list[Cell]]) -> list[tuple[float, int, Field]]:
    """Best first; of equals, the leftmost column."""
    found = [
        (_score(name, field, columns[column]), column, field) for column, name in enumerate(header) for field in Field
    ]
    return sorted((match for match in found if match[0] > 0), key=lambda match: (-match[0], match[1]))


def _score(name: str, field: Field, cells: list[Cell]) -> float:
    covered, support = coverage(name, field), _support(field, cells)
    if covered and field in SPEAKS_FOR_ITSELF and support and support >= MOSTLY:
        return 1 + covered  # a part of the name, and the cells beyond doubt
    if support is None:
        return covered if covered >= LEAST_COVERAGE else 0
    if covered < LEAST_COVERAGE:
        return LEAST_COVERAGE * support if field in SPEAKS_FOR_ITSELF and support >= PLENTY else 0
    if covered < 1 and support < TOO_LITTLE:
        return 0
    return covered * (0.5 + support / 2)


def _support(field: Field, cells: list[Cell]) -> float | None:
    """The share of cells that are what the field needs; nothing for fields that may hold anything."""
    test = TESTS.get(field)
    return sum(map(test, cells)) / len(cells) if test and cells else None


def _is_vin(cell: Cell) -> bool:
    return VIN.fullmatch(str(cell).strip()) is not None


def _is_phone(cell: Cell) -> bool:
    return PHONE.fullmatch(str(cell)) is not None and not _is_day(cell) and not _is_vin(cell)


def _is_email(cell: Cell) -> bool:
    return EMAIL.fullmatch(str(cell).strip()) is not None


def _is_name(cell: Cell) -> bool:
    has_letters = isinstance(cell, str) and LETTERS.search(cell) is not None
    return has_letters and not _is_email(cell) and not _is_vin(cell)


def _is_day(cell: Cell) -> bool:
    return _can(lambda: day(cell, "dmy")) or _can(lambda: day(cell, "mdy"))


def _is_number(cell: Cell) -> bool:
    return _can(lambda: number(cell))


def _is_year(cell: Cell) -> bool:
    return str(cell).strip()[:4].isdecimal() and len(str(cell).strip()) in (4, 9)


def _is_recent_day(cell: Cell) -> bool:
    return not isinstance(cell, int | float) and _is_day(cell)


def _is_written_phone(cell: Cell) -> bool:
    """With the brackets, hyphens or plus that nothing else has: bare digits may be any number."""
    return _is_phone(cell) and WRITTEN_PHONE.match(str(cell).strip()) is not None


def _is_person(cell: Cell) -> bool:
    return isinstance(cell, str) and is_known_name(cell)


def _is_condition(cell: Cell) -> bool:
    return _can(lambda: is_used(cell))


def _is_flag(cell: Cell) -> bool:
    return _can(lambda: flag(cell))


def _is_type(cell: Cell) -> bool:
    return _is_name(cell) and not _is_condition(cell)


def _is_place(cell: Cell) -> bool:
    return _is_name(cell) and STATUS.search(str(cell)) is None


def _can(read: Callable[[], object]) -> bool:
    try:
        read()
    except BadCell:
        return False
    return True


TESTS: dict[Field, Callable[[Cell], bool]] = {
    Field.VIN: _is_vin,
    Field.PHONES: _is_phone,
    Field.EMAIL: _is_email,
    Field.CUSTOMER_NAME: _is_name,
    Field.CONSULTANT: _is_name,
    Field.DELIVERED: _is_day,
    Field.OPENED: _is_day,
    Field.BIRTH_DATE: _is_day,
    Field.MEMBER: _is_flag,
    Field.MEMBER_SINCE: _is_day,
    Field.ODOMETER_KM: _is_number,
    Field.NEXT_SERVICE_KM: _is_number,
    Field.AMOUNT: _is_number,
    Field.MODEL_YEAR: _is_year,
    Field.CONDITION: _is_condition,
    Field.VEHICLE_TYPE: _is_type,
    Field.REGION: _is_place,
}
#: What is looked for under any name, if no name says it.
BY_CONTENT: dict[Field, Callable[[Cell], bool]] = {
    Field.CUSTOMER_NAME: _is_person,
    Field.PHONES: _is_written_phone,
    Field.DELIVERED: _is_recent_day,
}
#: A column of these is recognised under any name.
SPEAKS_FOR_ITSELF = frozenset({Field.VIN, Field.EMAIL})
