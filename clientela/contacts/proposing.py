"""What could come next for a customer (S1-2.1): proposals from cycle, mileage, history and desires, each with its why.

A proposal is computed when somebody looks; only what was decided is stored. Its key names what gave rise to it, so
that it is decided once: the maintenance after a certain service, a certain need, a certain absence.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clientela.customers import completeness
from clientela.customers.models import Customer, OdometerReading, Profile, Vehicle, Visit
from clientela.network.templatetags.clientela import day as say_day

from .models import Finding, NextService, ServiceKind

Rule = ServiceKind.Rule
#: Days from which two readings of an odometer say how much a car is used.
BASE = 28
#: A need is proposed for so many days after it was said; who has not come for a year is proposed an inspection.
FRESH, LONG = timedelta(days=180), timedelta(days=365)
MONTH = 365.25 / 12


@dataclass(frozen=True)
class Proposal:
    """Something that could come next, and what it was computed from."""

    key: str
    kind: ServiceKind
    planned_on: date
    facts: dict[str, Any]
    vehicle: Vehicle | None = None
    content: str = ""

    @property
    def reason(self) -> str:
        return reason_of(self.facts)


@dataclass
class Upkeep:
    """What is known of a car's maintenance: its services, the latest first, and what its odometer said."""

    car: Vehicle
    due_on: date | None
    services: list[Visit] = field(default_factory=list)
    readings: list[OdometerReading] = field(default_factory=list)


def proposals(customer: Customer, *, at: datetime, profiles: bool) -> list[Proposal]:
    """What nobody has decided yet, soonest first. From her profile only for who may see it."""
    kinds = ServiceKind.objects.filter(dealership=customer.dealership_id, retired=False).exclude(rule="")
    if customer.do_not_call:
        kinds = kinds.exclude(advertises=True)
    of_rule: dict[str, list[ServiceKind]] = defaultdict(list)
    for kind in kinds.order_by("pk"):
        of_rule[kind.rule].append(kind)
    if not of_rule:
        return []
    today = customer.dealership.today(at)
    found = [
        proposal
        for rule, rules_kinds in of_rule.items()
        for proposal in _BY_RULE[Rule(rule)](customer, rules_kinds[0], today)
        if rule != Rule.INTEREST or profiles
    ]
    keys = [proposal.key for proposal in found]
    decided = set(
        NextService.objects.filter(dealership=customer.dealership_id, proposal__in=keys).values_list(
            "proposal", flat=True
        )
    )
    return sorted((one for one in found if one.key not in decided), key=lambda one: (one.planned_on, one.key))


def reason_of(facts: dict[str, Any]) -> str:
    """Why it was proposed, in words; empty when somebody thought of it."""
    said = {name: _spoken(name, value) for name, value in facts.items()}
    match facts.get("from"):
        case "set":
            return _("The file says: next maintenance on %(due)s.") % said
        case "cycle":
            text = ngettext(
                "Last maintenance on %(last)s, every month: due on %(due)s.",
                "Last maintenance on %(last)s, every %(months)s months: due on %(due)s.",
                facts["months"],
            )
            return text % said
        case "interval":
            text = ngettext(
                "Between the last two services lay %(days)s day: due about %(due)s.",
                "Between the last two services lay %(days)s days: due about %(due)s.",
                facts["days"],
            )
            return text % said
        case "km":
            return (
                _("The car runs about %(rate)s km a month; the %(km)s km of its next service come about %(due)s.")
                % said
            )
        case "need":
            return _("Said on a call on %(on)s.") % said
        case "wish":
            return _("The file names services that the customer desires.")
        case "absence":
            return _("Last seen here on %(last)s.") % said
        case "interest":
            return _("The profile names interests that fit.")
    return ""


def _spoken(name: str, value: Any) -> Any:
    if name in {"due", "last", "on"}:
        return say_day(date.fromisoformat(value))
    return f"{value:,}".replace(",", " ") if name in {"km", "rate"} else value


# The rules -----------------------------------------------------------------------------------------------


def _maintenance(customer: Customer, kind: ServiceKind, today: date) -> Iterator[Proposal]:
    """A car's next maintenance, by date or by mileage, whichever comes first."""
    for known in _cars(customer):
        facts = _first_due(known)
        if facts is None:
            continue
        due = date.fromisoformat(facts["due"])
        if not due - timedelta(kind.ahead_days) <= today <= due + LONG:
            continue
        since = known.services[0].delivered_on if known.services else None
        base = known.car.next_service_on or since or ""
        yield Proposal(
            key=f"maintenance:{known.car.pk}:{base}",
            kind=kind,
            planned_on=max(today, due - timedelta(kind.notice_days)),
            facts=facts,
            vehicle=known.car,
        )


def _need(customer: Customer, kind: ServiceKind, today: date) -> Iterator[Proposal]:
    """What she said she needs, and the services that her file says she desires."""
    since = today - FRESH
    needs = Finding.objects.filter(
        dealership=customer.dealership_id, customer=customer, kind=Finding.Kind.NEED, withdrawn_at=None
    ).select_related("visit__vehicle")
    for finding in needs.filter(found_at__date__gte=since).order_by("pk"):
        facts = {"from": "need", "on": finding.found_at.astimezone(customer.dealership.zone).date().isoformat()}
        yield Proposal(f"need:{finding.pk}", kind, _tomorrow(today), facts, finding.visit.vehicle, finding.text[:400])
    wish = customer.desired_services.strip()
    if wish:
        key = f"wish:{customer.pk}:{crc32(wish.encode())}"
        yield Proposal(key, kind, _tomorrow(today), {"from": "wish"}, content=wish[:400])


def _absence(customer: Customer, kind: ServiceKind, today: date) -> Iterator[Proposal]:
    """Who has a car and has not come for a year."""
    last = Visit.objects.filter(dealership=customer.dealership_id, customer=customer, cancelled_at=None)
    last_one = last.select_related("vehicle").newest_first().first()
    if last_one is None or last_one.vehicle is None or today - last_one.delivered_on < LONG:
        return
    if not customer.ownerships.filter(vehicle=last_one.vehicle, to_on=None).exists():
        return
    facts = {"from": "absence", "last": last_one.delivered_on.isoformat()}
    yield Proposal(f"absence:{last_one.pk}", kind, _tomorrow(today), facts, last_one.vehicle)


def _interest(customer: Customer, kind: ServiceKind, today: date) -> Iterator[Proposal]:
    """Her interests and hobbies; they are not repeated in what others may read."""
    profile = Profile.objects.filter(customer=customer).first()
    said = " ".join(filter(None, [profile.interests, profile.hobbies])) if profile else ""
    if said:
        key = f"interest:{customer.pk}:{crc32(said.encode())}"
        yield Proposal(key, kind, _tomorrow(today), {"from": "interest"})


_BY_RULE = {
    Rule.MAINTENANCE: _maintenance,
    Rule.NEED: _need,
    Rule.ABSENCE: _absence,
    Rule.INTEREST: _interest,
}


def _tomorrow(today: date) -> date:
    return today + timedelta(days=1)


# When a car is due ---------------------------------------------------------------------------------------


def _cars(customer: Customer) -> list[Upkeep]:
    cars = list(Vehicle.objects.filter(ownerships__customer=customer, ownerships__to_on=None).distinct().order_by("pk"))
    due = completeness.next_maintenance_of([car.pk for car in cars])
    known = {car.pk: Upkeep(car, due.get(car.pk)) for car in cars}
    services = Visit.objects.filter(
        vehicle__in=cars,
        cancelled_at=None,
        kind__in=[Visit.Kind.WORKSHOP_VISIT, Visit.Kind.VEHICLE_DELIVERY, Visit.Kind.HAND_OVER],
        service_line__in=["", Visit.ServiceLine.CARE],
    )
    for visit in services.newest_first():
        known[visit.vehicle_id or 0].services.append(visit)
    for reading in OdometerReading.objects.filter(vehicle__in=cars).order_by("read_on", "pk"):
        known[reading.vehicle_id].readings.append(reading)
    return list(known.values())


def _first_due(known: Upkeep) -> dict[str, Any] | None:
    """When the car is due, and from what that follows; none if nothing says so."""
    found = [facts for facts in (_by_date(known), _by_mileage(known)) if facts]
    return min(found, key=lambda facts: str(facts["due"]), default=None)


def _by_date(known: Upkeep) -> dict[str, Any] | None:
    car, services = known.car, known.services
    if known.due_on and car.next_service_on:
        return {"from": "set", "due": known.due_on.isoformat()}
    if known.due_on and services:
        last = services[0].delivered_on
        return {
            "from": "cycle",
            "due": known.due_on.isoformat(),
            "last": last.isoformat(),
            "months": car.cycle_months,
        }
    if len(services) > 1:
        days = (services[0].delivered_on - services[1].delivered_on).days
        if days >= BASE:
            due = services[0].delivered_on + timedelta(days)
            return {"from": "interval", "due": due.isoformat(), "days": days}
    return None


def _by_mileage(known: Upkeep) -> dict[str, Any] | None:
    goal = next((visit.next_service_km for visit in known.services if visit.next_service_km), None)
    rate = km_a_day(known.readings)
    if not goal or not rate:
        return None
    last = known.readings[-1]
    days = (goal - last.km) / rate
    if not 0 <= days <= 3650:
        return None
    due = last.read_on + timedelta(round(days))
    return {"from": "km", "due": due.isoformat(), "km": goal, "rate": round(rate * MONTH)}


def km_a_day(readings: Sequence[OdometerReading]) -> float | None:
    """How much a car runs, from its first and last reading since the odometer was last put right."""
    begun = max((n for n, reading in enumerate(readings) if reading.reason), default=0)
    counted = readings[begun:]
    if not counted:
        return None
    first, last = counted[0], counted[-1]
    days, km = (last.read_on - first.read_on).days, last.km - first.km
    return km / days if days >= BASE and km > 0 else None
