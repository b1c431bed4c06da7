"""Two files beside one another: what each holds, and what stays when they become one."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from clientela.contacts.models import Attempt, ContactTask
from clientela.customers import duplicates
from clientela.customers.choosing import choices
from clientela.customers.models import ContactPoint, Customer, Duplicate, Merge, Ownership, Visit
from clientela.network.models import User
from clientela.network.permissions import Permission


@dataclass(frozen=True)
class Contents:
    """What a file holds."""

    customer: Customer
    points: list[ContactPoint]
    ownerships: list[Ownership]
    visit_count: int
    last_visit: Visit | None
    open_tasks: list[ContactTask]
    last_call: Attempt | None
    proposed: bool


@dataclass(frozen=True)
class Field:
    """One field of both, in the order of the columns, and whose value is proposed."""

    name: str
    label: str
    values: list[tuple[int, Any, bool]]


def side_by_side(one: Customer, other: Customer) -> dict[str, Any]:
    """The page: both files, the fields that differ, the reasons why they were put together."""
    visits = {customer.pk: _visits(customer).count() for customer in (one, other)}
    # The fuller file stays, else the older.
    survivor = max((one, other), key=lambda customer: (visits[customer.pk], -customer.pk))
    files = [_contents(customer, visits[customer.pk], customer == survivor) for customer in (one, other)]
    first, second = sorted((one.pk, other.pk))
    pair = Duplicate.objects.filter(dealership=one.dealership_id, one=first, other=second).first()
    fields = [
        Field(
            choice.field,
            str(choice.label),
            [(one.pk, choice.survivors, not choice.others_stays), (other.pk, choice.others, choice.others_stays)],
        )
        for choice in choices(one, other)
        if choice.differs
    ]
    return {
        "files": files,
        "one": one,
        "other": other,
        "pair": pair,
        "fields": fields,
        "kinds_differ": one.kind != other.kind,
    }


def beside(customer: Customer, user: User, was: str) -> dict[str, Any]:
    """What a customer's page says of other files: that may be hers, and that became part of hers."""
    merges = Merge.objects.filter(survivor=customer, undone_at=None).select_related("gone", "by").order_by("-pk")
    pairs = Duplicate.objects.none()
    if user.may(Permission.EDIT_CUSTOMERS, customer.dealership_id):
        hers = Duplicate.objects.filter(Q(one=customer) | Q(other=customer), duplicates.to_be_looked_at())
        pairs = hers.filter(dealership=customer.dealership_id).select_related("one", "other").order_by("-score", "pk")
    former = Customer.objects.filter(dealership=customer.dealership_id, pk=int(was)) if was.isdecimal() else None
    arrived = former.exclude(merged_into=None).first() if former is not None else None
    return {
        "merges": list(merges[:20]),
        "likely": [(pair, pair.other if pair.one_id == customer.pk else pair.one) for pair in pairs[:5]],
        "arrived_from": arrived if arrived and arrived.survivor() == customer else None,
    }


def _visits(customer: Customer) -> Any:
    return Visit.objects.filter(customer=customer, dealership=customer.dealership_id, cancelled_at=None)


def _contents(customer: Customer, visits: int, proposed: bool) -> Contents:
    house = customer.dealership_id
    tasks = ContactTask.objects.open().filter(customer=customer, dealership=house)
    calls = Attempt.objects.filter(task__customer=customer, dealership=house, undone_at=None).select_related("by")
    return Contents(
        customer=customer,
        points=list(ContactPoint.objects.filter(customer=customer).select_related("dealership")),
        ownerships=list(Ownership.objects.filter(customer=customer).select_related("vehicle").order_by("to_on", "pk")),
        visit_count=visits,
        last_visit=_visits(customer).newest_first().first(),
        open_tasks=list(tasks.select_related("step").order_by("due_at", "pk")[:5]),
        last_call=calls.order_by("-at", "-pk").first(),
        proposed=proposed,
    )
