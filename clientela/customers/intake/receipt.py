"""What an intake did, counted."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Count:
    """How many rows of one noun were new, changed or unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Noticed:
    """Something about a row that only the files of the house show: lower mileage than before, an unknown adviser."""

    line: int
    column: str
    code: str
    value: str
    facts: dict[str, Any]


@dataclass
class Receipt:
    """What an intake did; `duplicates` are (line, line of the first) within the file.

    `ownerless` are lines without a name whose vehicle has no owner we know: they were not taken in. `again` counts,
    by earlier run, rows that it brought first.
    """

    customers: Count = field(default_factory=Count)
    vehicles: Count = field(default_factory=Count)
    visits: Count = field(default_factory=Count)
    duplicates: list[tuple[int, int]] = field(default_factory=list)
    ownerless: list[int] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    again: dict[int, int] = field(default_factory=dict)
