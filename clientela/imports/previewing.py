"""A preview: some of the customers, vehicles and visits that a file brings or changes, as they would stand.

Taken at the end of a rehearsal, before it is undone, so it shows exactly what an import does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clientela.customers.models import Change, ContactPoint, Customer, Vehicle, Visit

from .models import Run

MOST = 20
LONGEST = 120
#: Which changes of a customer's file are hers.
OF_HER = Q(noun__in=[Change.Noun.CUSTOMER, Change.Noun.CONTACT_POINT])
Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Examples of one noun that are new or changed, under what stands above their columns."""

    title: str
    columns: list[str]
    rows: list[Row]
    n: int


def sample(run: Run, counts: dict[str, Any], *, at: datetime) -> dict[str, dict[str, list[Row]]]:
    """Examples by noun and by what happened to them; to be asked in the transaction that received the rows."""
    asked = {
        "customers": {"new": _new_customers, "changed": _changed_customers},
        "vehicles": {"new": _new_vehicles, "changed": _changed_vehicles},
        "visits": {"new": _new_visits, "changed": _changed_visits},
    }
    # Without any there is nothing to look for, and no index to find nothing with.
    return {
        noun: {what: ask(run, at) if counts.get(noun, {}).get(what) else [] for what, ask in by_what.items()}
        for noun, by_what in asked.items()
    }


def parts(run: Run) -> list[Part]:
    """What the page shows of it."""
    kept: dict[str, dict[str, list[Row]]] = run.counts.get("preview") or {}
    words = {
        ("visits", "new"): (_("New visits"), [_("Delivered"), _("Customer"), _("Visit")]),
        ("visits", "changed"): (_("Changed visits"), [_("Delivered"), _("Customer"), _("Visit")]),
        ("customers", "new"): (_("New customers"), [_("Customer"), _("Ways to reach")]),
        ("customers", "changed"): (_("Changed customers"), [_("Customer"), _("Ways to reach"), _("What changes")]),
        ("vehicles", "new"): (_("New vehicles"), [_("Vehicle"), pgettext("of a vehicle", "Plate and VIN")]),
        ("vehicles", "changed"): (
            _("Changed vehicles"),
            [_("Vehicle"), pgettext("of a vehicle", "Plate and VIN"), _("What changes")],
        ),
    }
    return [
        Part(title, columns, rows, run.counts[noun][what])
        for (noun, what), (title, columns) in words.items()
        if (rows := kept.get(noun, {}).get(what))
    ]


def _new_customers(run: Run, at: datetime) -> list[Row]:
    # The newest keys first, so that the search ends after a few.
    found = Customer.objects.filter(dealership=run.dealership_id, run=run.pk).order_by("-pk")
    return [_customer(customer) for customer in found.prefetch_related("contact_points__dealership")[:MOST]]


def _changed_customers(run: Run, at: datetime) -> list[Row]:
    changes = _changes(run, OF_HER, "customer_id")
    added = ContactPoint.objects.filter(dealership=run.dealership_id, run=run.pk).exclude(customer__run=run.pk)
    for point in added.order_by("-pk")[:MOST]:
        changes.setdefault(point.customer_id, []).append(_change(point.kind, "", point.shown))
    found = Customer.objects.filter(dealership=run.dealership_id, pk__in=list(changes)).exclude(run=run.pk)
    found = found.prefetch_related("contact_points__dealership").order_by("pk")
    return [_customer(customer) | {"changes": changes[customer.pk]} for customer in found[:MOST]]


def _new_vehicles(run: Run, at: datetime) -> list[Row]:
    found = Vehicle.objects.filter(dealership=run.dealership_id, run=run.pk).order_by("-pk")
    return [_vehicle(vehicle) for vehicle in found[:MOST]]


def _changed_vehicles(run: Run, at: datetime) -> list[Row]:
    changes = _changes(run, Q(noun=Change.Noun.VEHICLE), "vehicle_id")
    found = Vehicle.objects.filter(dealership=run.dealership_id, pk__in=list(changes)).exclude(run=run.pk)
    return [_vehicle(vehicle) | {"changes": changes[vehicle.pk]} for vehicle in found.order_by("pk")[:MOST]]


def _new_visits(run: Run, at: datetime) -> list[Row]:
    found = Visit.objects.filter(dealership=run.dealership_id, run=run.pk, created_at=at).order_by("-pk")
    return [_visit(visit) for visit in found.select_related("customer")[:MOST]]


def _changed_visits(run: Run, at: datetime) -> list[Row]:
    found = Visit.objects.filter(dealership=run.dealership_id, changed_at=at).exclude(created_at=at).order_by("-pk")
    return [_visit(visit) for visit in found.select_related("customer")[:MOST]]


def _changes(run: Run, which: Q, key: str) -> dict[int, list[Row]]:
    """What this run changed, by whose file; of a few files."""
    changes = Change.objects.filter(which, dealership=run.dealership_id, run=run.pk).exclude(**{key: None})
    some = list(changes.order_by(key).values_list(key, flat=True).distinct()[: 2 * MOST])
    found: dict[int, list[Row]] = {}
    for change in changes.filter(**{f"{key}__in": some}).order_by("pk"):
        found.setdefault(getattr(change, key), []).append(_change(change.field, change.old, change.new))
    return found


def _customer(customer: Customer) -> Row:
    return {"name": customer.listed_name, "about": _listed(point.shown for point in customer.contact_points.all())}


def _vehicle(vehicle: Vehicle) -> Row:
    return {"name": vehicle.title or vehicle.vin or vehicle.plate, "about": _listed([vehicle.plate, vehicle.vin])}


def _visit(visit: Visit) -> Row:
    about = _listed([visit.number, visit.work])
    return {"day": visit.delivered_on.isoformat(), "name": visit.customer.listed_name, "about": about}


def _change(field: str, old: str, new: str) -> Row:
    return {"field": field, "old": old[:LONGEST], "new": new[:LONGEST]}


def _listed(facts: Iterable[str]) -> str:
    return " · ".join(filter(None, facts))[:LONGEST]
