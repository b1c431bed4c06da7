"""Papers: what the printed file and the information card say (S1 form 1, S4-1.1a), and where a rule comes from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import ngettext

from . import changes, completeness, filing
from .models import ContactPoint, Customer, FileRule, Vehicle, Visit

#: As many repairs as a page of form 1 has room for.
HISTORY = 12


@dataclass(frozen=True)
class Said:
    """One parameter of a rule: its name, and the sources that ask for it; `ours` if the house set it."""

    title: str
    sources: list[str]
    edited: bool


def sources(rule: FileRule | None) -> list[Said]:
    if rule is None:
        return []
    of, edited = rule.sources.get("of", {}), rule.sources.get("edited", [])
    return [
        Said(changes.title("file_rule", name), of.get(name, []), name in edited)
        for name in filing.PARAMETERS
        if of.get(name) or name in edited
    ]


def basic_information(customer: Customer, *, at: datetime) -> dict[str, Any]:
    """Form 1: the twelve fields of the source, and those with which we complete them."""
    duty = filing.open_duty(customer)
    visit = duty.visit if duty else _latest_visit(customer)
    car = _car(customer, visit)
    history = _history(customer)
    return {
        "duty": duty,
        "visit": visit,
        "car": car,
        "phones": _points(customer, ContactPoint.Kind.PHONE),
        "cycle": _cycle(car),
        "next_on": completeness.next_maintenance(car) if car else None,
        "next_km": visit.next_service_km if visit else None,
        "history": history[:HISTORY],
        "history_count": len(history),
        "printed_on": customer.dealership.today(at),
    }


def card(customer: Customer, *, at: datetime) -> dict[str, Any]:
    """The card: who she is, how she is classed, her cars, what she came for last."""
    rule = FileRule.objects.filter(dealership=customer.dealership_id).first()
    held = list(customer.ownerships.filter(to_on=None).select_related("vehicle").order_by("-from_on", "-pk")[:4])
    due = completeness.next_maintenance_of([row.vehicle_id for row in held])
    return {
        "points": list(customer.contact_points.filter(valid=True).select_related("dealership")[:6]),
        "stage": completeness.stage(customer, rule) if rule else None,
        "cars": [{"held": row, "car": row.vehicle, "next_on": due.get(row.vehicle_id)} for row in held],
        "visits": list(customer.visits.filter(cancelled_at=None).select_related("vehicle").newest_first()[:8]),
        "consents": list(customer.consents.filter(withdrawn_on=None).order_by("channel", "purpose")),
        "rest_hours": list(customer.rest_hours.order_by("weekday", "starts")),
        "printed_on": customer.dealership.today(at),
    }


def _latest_visit(customer: Customer) -> Visit | None:
    return customer.visits.filter(cancelled_at=None).select_related("vehicle").newest_first().first()


def _car(customer: Customer, visit: Visit | None) -> Vehicle | None:
    if visit and visit.vehicle:
        return visit.vehicle
    held = customer.ownerships.filter(to_on=None).select_related("vehicle").order_by("-from_on", "-pk").first()
    return held.vehicle if held else None


def _points(customer: Customer, kind: str) -> list[ContactPoint]:
    return list(customer.contact_points.filter(kind=kind, valid=True).select_related("dealership"))


def _cycle(car: Vehicle | None) -> str:
    if car is None or not car.cycle_months:
        return ""
    return ngettext("every month", "every %(n)s months", car.cycle_months) % {"n": car.cycle_months}


def _history(customer: Customer) -> list[Visit]:
    """Her visits to our workshop; of all her cars."""
    visits = Visit.objects.filter(customer=customer, kind=Visit.Kind.WORKSHOP_VISIT, cancelled_at=None)
    return list(visits.select_related("vehicle").newest_first())
