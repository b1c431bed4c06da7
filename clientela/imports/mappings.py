"""Saved mappings: what the columns of one source mean in one house, used whenever that header comes again.

A mapping knows what columns mean, not how bytes are read: encoding, delimiter and header line are found anew in each
file, because the same system's export passes through many hands on its way here.
"""

from collections.abc import Sequence
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


def find(house: Dealership, header: Sequence[str]) -> Mapping | None:
    """The mapping of exactly this header in this house; of several, the one used last."""
    alike = Mapping.objects.filter(dealership=house, header=names_of(header))
    return alike.order_by(F("used_at").desc(nulls_last=True), "-pk").first()


@transaction.atomic
def save(run: Run, name: str, *, at: datetime) -> Mapping:
    """Keep how this run was read under a name. The same name for the same columns is the same mapping, corrected."""
    header = names_of([column["name"] for column in run.reading.get("columns", [])])
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
