"""What every list is made of: columns, orders, filters, and the asking."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.utils.functional import Promise

from clientela.network.models import Dealership, User
from clientela.network.paging import Page, page_after, page_nulls_last
from clientela.network.permissions import Permission

from .filters import Filters

Value = str | date | int | bool | None
Rows = QuerySet[Any]
#: Beyond this many a list says “more than”: counting a million takes longer than looking.
COUNTED = 10_000


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what stands in it, and how that is to be read.

    `kind` is text (a dealer's), word (ours), name, phone, plate, figure, year, day or flag. One that is `firm`
    cannot be put away.
    """

    code: str
    label: "str | Promise"
    value: Callable[[Any], Value]
    kind: str = "text"
    shown: bool = False
    firm: bool = False
    sort: str = ""


@dataclass(frozen=True)
class Sort:
    """One order. `page` overrides how its rows are found, where no key of the rows themselves says it."""

    code: str
    label: "str | Promise"
    keys: tuple[str, ...]
    may_be_empty: bool = False
    page: Callable[[Rows, Dealership, bool, str | None, int], Page[Any]] | None = None

    @property
    def falling(self) -> str:
        """What an address says for the other way round."""
        return f"-{self.code}"

    def directed(self, falls: bool) -> tuple[str, ...]:
        return tuple(f"-{key}" for key in self.keys) if falls else self.keys


@dataclass(frozen=True)
class Cell:
    """What stands in one row under one column."""

    column: Column
    value: Value


@dataclass(frozen=True)
class Line:
    """One row as it is shown."""

    pk: int
    cells: list[Cell]


@dataclass(frozen=True)
class Count:
    """How many rows there are; when `capped`, more than that."""

    rows: int
    capped: bool = False


@dataclass(frozen=True)
class List:
    """A list: where its rows come from, and what can be asked of them."""

    code: str
    title: "str | Promise"
    rows: Callable[[Dealership], Rows]
    dressed: Callable[[Rows], Rows]
    filters: type[Filters]
    columns: tuple[Column, ...]
    sorts: tuple[Sort, ...]
    detail: str
    by_code: dict[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {column.code: column for column in self.columns})

    def asked(self, query: Any, house: Dealership, *, by: User, right: Permission, columns: Iterable[str]) -> "Asked":
        """What an address asks of this list, of the rows that this person may have. Nothing, where it asks nonsense."""
        filters = self.filters(query, house=house)
        rows = self.rows(house).visible_to(by, right)  # type: ignore[attr-defined]
        rows = filters.narrow(rows) if filters.is_valid() else rows.none()
        sort, falls = self.sort(query.get("sort", ""))
        return Asked(self, house, filters, rows, sort, falls, self.chosen(columns))

    def sort(self, asked: str) -> tuple[Sort, bool]:
        """The order asked for, and whether it falls; else the first."""
        code = asked.removeprefix("-")
        found = next((sort for sort in self.sorts if sort.code == code), None)
        return (found, asked.startswith("-")) if found else (self.sorts[0], False)

    def page(self, asked: "Asked", token: str | None, size: int) -> Page[Any]:
        """The next rows, dressed with what their columns show."""
        rows, sort = self.dressed(asked.rows), asked.sort
        if sort.page:
            return sort.page(rows, asked.house, asked.falls, token, size)
        by = page_nulls_last if sort.may_be_empty else page_after
        return by(rows, sort.directed(asked.falls), token, size)

    def chosen(self, codes: Iterable[str]) -> list[Column]:
        """The columns asked for in the order of the list, the firm ones always; those at first when none is known."""
        asked = set(codes) & set(self.by_code)
        return [c for c in self.columns if c.firm or (c.code in asked if asked else c.shown)]


@dataclass(frozen=True)
class Asked:
    """A list as somebody asked for it."""

    of: List
    house: Dealership
    filters: Filters
    rows: Rows
    sort: Sort
    falls: bool
    columns: list[Column]

    def page(self, token: str | None, size: int) -> Page[Any]:
        return self.of.page(self, token, size)

    def lines(self, rows: Iterable[Any]) -> Iterator[Line]:
        for row in rows:
            yield Line(row.pk, [Cell(column, column.value(row)) for column in self.columns])

    def every_row(self, chunk: int) -> Iterator[Any]:
        """All rows in their order, a chunk in memory at a time. For an order that no key tells, page by page."""
        if self.sort.page:
            token: str | None = ""
            while token is not None:
                page = self.page(token, chunk)
                yield from page.rows
                token = page.more or None
            return
        first, *others = (F(key).desc(nulls_last=True) if self.falls else F(key).asc() for key in self.sort.keys)
        yield from self.of.dressed(self.rows).order_by(first, *others).iterator(chunk)


def count(rows: Rows, limit: int = COUNTED) -> Count:
    """How many, but never counting far beyond `limit`."""
    found = rows.order_by().values("pk")[: limit + 1].count()
    return Count(min(found, limit), capped=found > limit)
