"""Saved mappings: what the columns of one source mean in one house, used whenever that header comes again.

A mapping knows what columns mean, not how bytes are read: encoding, delimiter and header line are found anew in each
file, because the same system's export passes through many hands on its way here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, QuerySet
from django.utils.translation import gettext_lazy as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership

from .models import Mapping, Run
from .refused import is_ours

#: What a mapping keeps of a reading, beside its columns.
KEPT = ("kind", "dates", "decimal", "family_first", "source", "source_note")
#: Among so many files with refused rows is looked for the one that a mended file comes from.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Basis:
    """By what a file is read where nobody chooses otherwise: a saved mapping, or the run that refused its rows."""

    mapping: Mapping | None = None
    like: Run | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        if self.mapping:
            return dict(self.mapping.chosen)
        return _complete(self.like) if self.like else {}

    def is_of(self, header: Sequence[str]) -> bool:
        """Whether its columns are those of the file."""
        if self.mapping:
            return bool(self.mapping.header == names_of(header))
        return not self.like or _names_in(self.like) == names_of(header)


def basis(run: Run, header: Sequence[str]) -> Basis:
    """What is known of these columns: a mapping of the house, else the run whose refused rows come back mended."""
    if mapping := find(run.dealership, header):
        return Basis(mapping=mapping)
    return Basis(like=_origin(run, header))


def _origin(run: Run, header: Sequence[str]) -> Run | None:
    """The last file of these columns that had rows refused, if this one has our column of reasons at its end.

    Of its few rows nobody could tell the order of dates, which the whole file had made plain.
    """
    names = names_of(header)
    if not header or header[:-1] != names:
        return None
    states = [Run.State.REHEARSED, Run.State.DONE]
    refused = Run.objects.filter(dealership=run.dealership_id, state__in=states, counts__refused__gt=0)
    latest = refused.exclude(pk=run.pk).order_by("-pk")[:MOST_LOOKED_AT]
    return next((earlier for earlier in latest if _names_in(earlier) == names), None)


def find(house: Dealership, header: Sequence[str]) -> Mapping | None:
    """The mapping of exactly this header in this house; of several, the one used last."""
    alike = Mapping.objects.filter(dealership=house, header=names_of(header))
    return alike.order_by(F("used_at").desc(nulls_last=True), "-pk").first()


@transaction.atomic
def save(run: Run, name: str, *, at: datetime) -> Mapping:
    """Keep how this run was read under a name. The same name for the same columns is the same mapping, corrected."""
    header = _names_in(run)
    if not header:
        raise Refusal(_("This file has not been read yet, so there is nothing to save."))
    same = Mapping.objects.select_for_update().filter(dealership=run.dealership_id, name=name).first()
    if same and same.header != header:
        raise Refusal(_("There is already a mapping of this name, for other columns. Choose another name."))
    mapping = same or Mapping(dealership_id=run.dealership_id, name=name, header=header)
    mapping.chosen, mapping.used_at = _complete(run), at
    mapping.save()
    Run.objects.filter(pk=run.pk, dealership=run.dealership_id).update(mapping=mapping)
    return mapping


def names_of(header: Sequence[str]) -> list[str]:
    """The header as the source writes it: without the column of reasons that a file to mend comes back with."""
    return [name for name in header if not is_ours(name)]


def _names_in(run: Run) -> list[str]:
    return names_of([column["name"] for column in run.reading.get("columns", [])])


def with_use(mappings: QuerySet[Mapping]) -> QuerySet[Mapping]:
    """… with how many files each has read, and when the last of them came."""
    return mappings.annotate(files=Count("runs"), last_file_at=Max("runs__uploaded_at"))


def _complete(run: Run) -> dict[str, Any]:
    known = {"kind": run.kind} | run.chosen | run.reading
    columns = {
        str(index): column["field"]
        for index, column in enumerate(run.reading["columns"])
        if not is_ours(column["name"])
    }
    return {key: known[key] for key in KEPT if known.get(key) not in (None, "")} | {"columns": columns}
