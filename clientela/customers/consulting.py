"""Consulting: somebody walks in for advice, bought nothing perhaps, and gets a file all the same (S1-1.1)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction

from clientela.journal.models import Kind, record
from clientela.lib.names import GIVEN, Order, PersonName, is_company, parse, search_key
from clientela.lib.phones import Phone
from clientela.network.models import Dealership

from .models import ContactPoint, Customer, Vehicle, Visit
from .models.customer import name_order
from .signals import numbers_added, visits_changed

if TYPE_CHECKING:
    from clientela.network.models import User


NOON = time(12)


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who came in for the first time: a name, and how to reach her."""

    full_name: str
    phone: Phone | None = None
    email: str = ""
    source: str = Customer.Source.CONSULTATION


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What was spoken of. `key` is the page's: sent twice, it is one talk."""

    key: str
    on: date
    topic: str
    interest: str = ""
    vehicle: Vehicle | None = None
    consultant: "User | None" = None


def open_file(newcomer: Newcomer, dealership: Dealership, *, at: datetime) -> Customer:
    """A file with what was said at the counter."""
    company = is_company(newcomer.full_name, dealership.country)
    parts = None if company else _taken_apart(newcomer.full_name, name_order(dealership.locale))
    customer = Customer.objects.create(
        dealership=dealership,
        kind=Customer.Kind.COMPANY if company else Customer.Kind.PERSON,
        full_name=newcomer.full_name,
        family_name=parts.family[:80] if parts else "",
        second_family_name=parts.second_family[:80] if parts else "",
        given_name=parts.given[:80] if parts else "",
        patronymic=parts.patronymic[:80] if parts else "",
        language=dealership.locale,
        source=newcomer.source,
        created_at=at,
    )
    if newcomer.phone and newcomer.phone.e164:
        _reach(customer, ContactPoint.Kind.PHONE, newcomer.phone.e164, newcomer.phone.shown)
    if newcomer.email:
        _reach(customer, ContactPoint.Kind.EMAIL, newcomer.email.lower(), newcomer.email)
    if newcomer.phone or newcomer.email:
        numbers_added.send(Customer, customer_ids=[customer.pk], at=at)
    return customer


def _taken_apart(name: str, order: Order) -> PersonName:
    """One says the given name first, but for Russian and Chinese; in Spanish only a known given name at the end
    shows that the surnames were written first.
    """
    words = search_key(name).split()
    surnames_first = order == "es" and words[-1] in GIVEN and words[0] not in GIVEN
    return parse(name, order, family_first=surnames_first or order in {"ru", "zh"})


def _reach(customer: Customer, kind: str, value: str, shown: str) -> None:
    ContactPoint.objects.create(
        dealership_id=customer.dealership_id, customer=customer, kind=kind, value=value, shown=shown
    )


@transaction.atomic
def note(who: Customer | Newcomer, talk: Talk, dealership: Dealership, *, by: "User", at: datetime) -> Visit:
    """Write a consultation down, exactly as a repair order comes in: a visit, and what follows from it."""
    known = Visit.objects.filter(dealership=dealership, kind=Visit.Kind.CONSULTATION, key=talk.key).first()
    if known:
        return known
    customer = open_file(who, dealership, at=at) if isinstance(who, Newcomer) else who
    consultant = talk.consultant
    visit = Visit.objects.create(
        dealership=dealership,
        kind=Visit.Kind.CONSULTATION,
        key=talk.key,
        customer=customer,
        vehicle=talk.vehicle,
        delivered_on=talk.on,
        work=talk.topic,
        interest=talk.interest,
        consultant=consultant,
        consultant_name=consultant.name if consultant else "",
        created_at=at,
        changed_at=at,
    )
    _tell(visit, by=by, at=at if talk.on == dealership.today(at) else datetime.combine(talk.on, NOON, dealership.zone))
    visits_changed.send(Visit, visit_ids=[visit.pk], at=at)
    return visit


def _tell(visit: Visit, *, by: "User", at: datetime) -> None:
    car = visit.vehicle
    record(
        Kind.VISIT,
        dealership_id=visit.dealership_id,
        at=at,
        by=by,
        customer_id=visit.customer_id,
        vehicle_id=visit.vehicle_id,
        visit_id=visit.pk,
        kind=visit.kind,
        number="",
        work=visit.work,
        consultant=visit.consultant_name,
        vehicle=car.title if car else visit.interest,
        used=None,
        delivered_on=visit.delivered_on.isoformat(),
        has_time=False,
    )
