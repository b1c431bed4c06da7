"""Paging by key: page 60,000 costs what page 1 costs, and nothing is skipped when rows come in between."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows, and the token of those that follow; empty at the end."""

    rows: list[M]
    more: str


def page_after(rows: QuerySet[M], keys: tuple[str, ...], token: str | None, size: int = SIZE) -> Page[M]:
    """The next `size` rows in the order of `keys`, which end with a unique one. A foreign token starts anew."""
    ordered = rows.order_by(*keys)
    salt = f"page of {rows.model._meta.label} by {keys}"
    if last := _read(token, salt):
        ordered = ordered.filter(TupleGreaterThan(Tuple(*map(F, keys)), last))
    # The page is cut before anything is joined to it: else PostgreSQL joins every row of a long list, then cuts.
    cut = list(ordered.select_related(None).values_list("pk", flat=True)[: size + 1])
    found = list(rows.filter(pk__in=cut).order_by(*keys)) if cut else []
    if len(found) <= size:
        return Page(found, "")
    return Page(found[:size], signing.dumps([_plain(found[size - 1], key) for key in keys], salt=salt, compress=True))


def _read(token: str | None, salt: str) -> list[Any] | None:
    try:
        last: list[Any] | None = signing.loads(token, salt=salt) if token else None
    except signing.BadSignature:
        return None
    return last


def _plain(row: Model, key: str) -> Any:
    value = getattr(row, key)
    return value.isoformat() if hasattr(value, "isoformat") else value
