"""What is held on a person: which files, cars and rows are hers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from ..models import Change, ContactPoint, Customer, Ownership, Vehicle, Visit
from .identity import Identity
from .policy import TablePolicy, load


@dataclass(frozen=True)
class Holdings:
    """Her file, the files that were merged into it, and the cars that are hers alone."""

    customer: Customer
    ids: list[int]
    cars: list[int]

    def rows(self, table: TablePolicy) -> QuerySet[Any]:
        """Her rows of one table."""
        ends = {"customer": self.ids, "car": self.cars}
        mine = Q()
        for way, end in table.link.items():
            mine |= Q(**{f"{way}__in": ends[end]})
        found = table.model._default_manager.filter(mine, dealership_id=self.customer.dealership_id)
        return found.order_by("pk")

    def tables(self) -> Iterator[tuple[TablePolicy, QuerySet[Any]]]:
        for table in load().linked():
            yield table, self.rows(table)

    @cached_property
    def identity(self) -> Identity:
        """Also under names and numbers that she no longer has."""
        changes = Change.objects.filter(dealership_id=self.customer.dealership_id, customer_id__in=self.ids)
        points = ContactPoint.objects.filter(customer__in=self.ids).values_list("value", "shown")
        cars = Vehicle.objects.filter(pk__in=self.cars).values_list("vin", "plate")
        former = changes.filter(noun=Change.Noun.CONTACT_POINT).values_list("old", "new")
        names = changes.filter(field="full_name").values_list("old", "new")
        known = Customer.objects.filter(pk__in=self.ids, erased_at=None)
        return Identity.of(
            names=[name for pair in names for name in pair] + list(known.values_list("full_name", flat=True)),
            points=[point for pair in (*points, *former) for point in pair],
            cars=[mark for pair in cars for mark in pair],
        )


def holdings(customer: Customer) -> Holdings:
    """All that is hers, starting from any of her files."""
    ids = _family(customer)
    return Holdings(Customer.objects.select_related("dealership").get(pk=ids[0]), ids, _cars(customer, ids))


def _family(customer: Customer) -> list[int]:
    """The surviving file first, then all that became part of it."""
    root = customer.pk
    while (into := Customer.objects.values_list("merged_into", flat=True).get(pk=root)) is not None:
        root = into
    found, newest = [root], [root]
    while newest:
        newest = list(Customer.objects.filter(merged_into__in=newest).order_by("pk").values_list("pk", flat=True))
        found += newest
    return found


def _cars(customer: Customer, ids: list[int]) -> list[int]:
    """Cars she holds or held or came with, unless somebody else holds them today."""
    of_house = {"dealership_id": customer.dealership_id}
    held = set(Ownership.objects.filter(customer__in=ids, **of_house).values_list("vehicle", flat=True))
    came = set(
        Visit.objects.filter(customer__in=ids, **of_house).exclude(vehicle=None).values_list("vehicle", flat=True)
    )
    theirs = Ownership.objects.filter(vehicle__in=held | came, to_on=None, **of_house).exclude(customer__in=ids)
    visited = Visit.objects.filter(vehicle__in=came - held, **of_house).exclude(customer__in=ids)
    not_hers = set(theirs.values_list("vehicle", flat=True)) | set(visited.values_list("vehicle", flat=True))
    return sorted((held | came) - not_hers)
