"""Paging by key: page 60,000 costs what page 1 costs, and nothing is skipped when rows come in between."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows, and the token of those that follow; empty at the end."""

    rows: list[M]
    more: str


Part = Callable[[str | None, int], Page[M]]


def page_after(
    rows: QuerySet[M], keys: tuple[str, ...], token: str | None, size: int = SIZE, *, drawn: QuerySet[M] | None = None
) -> Page[M]:
    """The next `size` rows in the order of `keys`, which end with a unique one. A foreign token starts anew.

    All keys rise, or all fall (`-name`, `-pk`); none may be empty. `drawn` are the same rows with what is shown of
    them: where finding them takes long conditions, PostgreSQL need not plan those once more.
    """
    ordered = rows.order_by(*keys)
    if last := _read(token, _salt(rows, keys)):
        ordered = ordered.filter(_beyond(keys, last))
    # The page is cut before anything is joined to it: else PostgreSQL joins every row of a long list, then cuts.
    cut = list(ordered.select_related(None).values_list("pk", flat=True)[: size + 1])
    whole = rows if drawn is None else drawn
    found = list(whole.filter(pk__in=cut).order_by(*keys)) if cut else []
    if len(found) <= size:
        return Page(found, "")
    return Page(found[:size], _token([_plain(found[size - 1], _name(key)) for key in keys], _salt(rows, keys)))


def page_nulls_last(rows: QuerySet[M], keys: tuple[str, ...], token: str | None, size: int = SIZE) -> Page[M]:
    """The same where the first key may be empty: rows without it come last, by the other keys."""
    is_empty = f"{_name(keys[0])}__isnull"
    parts: list[Part[M]] = [
        lambda inner, most: page_after(rows.filter(**{is_empty: False}), keys, inner, most),
        lambda inner, most: page_after(rows.filter(**{is_empty: True}), keys[1:], inner, most),
    ]
    return page_in_parts(parts, f"{_salt(rows, keys)}, in parts", token, size)


def page_in_parts(parts: list[Part[M]], salt: str, token: str | None, size: int = SIZE) -> Page[M]:
    """Lists that stand one behind the other, as if they were one. A part is given its own token and how many."""
    place, inner = _read(token, salt) or (0, "")
    rows: list[M] = []
    for number, part in enumerate(parts[place:], start=place):
        page = part(inner, size - len(rows))
        rows, inner = [*rows, *page.rows], page.more
        if inner:
            return Page(rows, _token([number, inner], salt))
        if len(rows) == size:
            goes_on = number + 1 < len(parts) and parts[number + 1]("", 1).rows
            return Page(rows, _token([number + 1, ""], salt) if goes_on else "")
    return Page(rows, "")


def _beyond(keys: tuple[str, ...], last: list[Any]) -> Any:
    falls = keys[0].startswith("-")
    return (TupleLessThan if falls else TupleGreaterThan)(Tuple(*(F(_name(key)) for key in keys)), last)


def _name(key: str) -> str:
    return key.removeprefix("-")


def _salt(rows: QuerySet[M], keys: tuple[str, ...]) -> str:
    return f"page of {rows.model._meta.label} by {keys}"


def _token(place: list[Any], salt: str) -> str:
    return signing.dumps(place, salt=salt, compress=True)


def _read(token: str | None, salt: str) -> list[Any] | None:
    try:
        last: list[Any] | None = signing.loads(token, salt=salt) if token else None
    except signing.BadSignature:
        return None
    return last


def _plain(row: Model, key: str) -> Any:
    value = getattr(row, key)
    return value.isoformat() if hasattr(value, "isoformat") else value
