"""Which column holds what, guessed from its name and, where names leave it open, from what it holds."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from clientela.imports.cells import BadCell, day, number
from clientela.imports.synonyms import NAME_PARTS, NAME_PARTS_BESIDE_OTHERS, Field, coverage, plain
from clientela.imports.table import Cell, Row, is_blank

__all__ = ["KINDS", "Field", "Kind", "guess", "kind", "missing", "required"]

Kind = Literal["vehicle_delivery", "workshop_visit", "hand_over"]
KINDS: tuple[Kind, ...] = ("vehicle_delivery", "workshop_visit", "hand_over")

#: A header must be this much of a name to be taken for it.
LEAST_COVERAGE = 0.4
#: With a name that only resembles the field's, a column of which less is what the field needs is not taken.
TOO_LITTLE = 0.2
#: Whatever its name, a column of which so much is a VIN is taken for one.
PLENTY = 0.6
#: What comes in several columns: a home and a mobile telephone, a street and a town.
#: To be taken as well, a column must match this well.
REPEATABLE = {Field.PHONES: 0.55, Field.ADDRESS: 0.9, Field.WORK: 0.9}

VIN = re.compile(r"(?=.*\d)[A-HJ-NPR-Z0-9]{17}", re.IGNORECASE)
PHONE = re.compile(r"(?:\D*\d){6,}\D*")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LETTERS = re.compile(r"[^\W\d_]{2}")


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
    return dict(sorted(taken.items()))


def kind(header: Sequence[str], fields: Iterable[Field]) -> Kind:
    """What kind of event the rows are, by what only that kind has."""
    have, names = set(fields), " ".join(plain(name) for name in header)
    if have & {Field.TECHNICIAN, Field.SERVICE_LINE, Field.WORK, Field.NEXT_SERVICE_KM}:
        return "workshop_visit"
    if re.search(r"заявк|подбор|поиск|busqueda|\bsourc(?:ing|ed)\b|选车", names):
        return "hand_over"
    if Field.CONDITION in have or re.search(r"venta|sales|продав|销售", names):
        return "vehicle_delivery"
    return "workshop_visit" if Field.ODOMETER_KM in have else "vehicle_delivery"


def required(kind: Kind) -> tuple[frozenset[Field], ...]:
    """At least one field of each set must have a column. All kinds need who, when and which vehicle."""
    return (
        frozenset({Field.CUSTOMER_NAME}),
        frozenset({Field.DELIVERED}),
        frozenset({Field.VIN, Field.PLATE, Field.VEHICLE, Field.MODEL}),
    )


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
    Field.ODOMETER_KM: _is_number,
    Field.NEXT_SERVICE_KM: _is_number,
    Field.AMOUNT: _is_number,
    Field.MODEL_YEAR: _is_year,
}
#: A column of these is recognised under any name.
SPEAKS_FOR_ITSELF = frozenset({Field.VIN, Field.EMAIL})
