"""Which columns of which tables name a customer: read from the models, so no module of tomorrow is forgotten."""

from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import models

from .models import Arrival, Customer, Duplicate, Merge

#: What a merge treats by itself: the files, the record of merges, pairs of files, rows on their way in.
APART: set[type[models.Model]] = {Arrival, Customer, Duplicate, Merge}


@dataclass(frozen=True)
class Reference:
    """A column that holds the key of a customer."""

    model: type[models.Model]
    column: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)

    @property
    def attribute(self) -> str:
        """The name under which the model has the plain number."""
        return next(f.attname for f in self.model._meta.concrete_fields if f.column == self.column)


@cache
def references() -> tuple[Reference, ...]:
    """Foreign keys to customers, and the plain `customer_id` of tables that may outlive them (journal, history)."""
    found = [
        Reference(model, str(field.column))
        for model in apps.get_models(include_auto_created=True)
        if model not in APART and model._meta.managed and not model._meta.proxy
        for field in model._meta.concrete_fields
        if field.related_model is Customer or (field.column == "customer_id" and not field.is_relation)
    ]
    return tuple(sorted(found, key=lambda reference: (reference.table, reference.column)))
