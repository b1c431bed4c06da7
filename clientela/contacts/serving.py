"""Which contact is made for which next service: a contact's anchor says so (`service:<id>`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from clientela.customers.models import Customer

from . import proposing
from .models import ContactTask, NextService

_PREFIX = "service:"


def by_anchor(anchors: Iterable[str]) -> dict[str, NextService]:
    """The next services that these anchors name; no question if they name none."""
    keys = {int(anchor.removeprefix(_PREFIX)) for anchor in anchors if anchor.startswith(_PREFIX)}
    if not keys:
        return {}
    rows = NextService.objects.filter(pk__in=keys).select_related("kind", "vehicle", "by")
    return {row.anchor: row for row in rows}


def attach(tasks: Iterable[ContactTask]) -> None:
    """Give each of these contacts the next service it is made for."""
    tasks = list(tasks)
    services = by_anchor(task.anchor for task in tasks)
    for task in tasks:
        task.service = services.get(task.anchor)


def task_of(service: NextService) -> ContactTask | None:
    """The contact that a next service has, if planning gave it one."""
    return tasks_of([service]).get(service.anchor)


def tasks_of(services: Iterable[NextService]) -> dict[str, ContactTask]:
    """By anchor, the contacts of these next services."""
    services = list(services)
    anchors = [service.anchor for service in services]
    houses = {service.dealership_id for service in services}
    rows = ContactTask.objects.filter(dealership__in=houses, anchor__in=anchors, step__anchor="planned")
    return {task.anchor: task for task in rows.select_related("assignee", "dealership")}


@dataclass(frozen=True)
class Planned:
    """A next service that is planned, with the contact it has and why it was proposed."""

    service: NextService
    task: ContactTask | None
    why: str


def planned_for(customer: Customer) -> list[Planned]:
    """What is planned for a customer, soonest first."""
    rows = list(_of(customer).filter(state=NextService.State.PLANNED).order_by("planned_on", "pk"))
    tasks = tasks_of(rows) if rows else {}
    return [Planned(row, tasks.get(row.anchor), proposing.reason_of(row.facts)) for row in rows]


def ended_of(customer: Customer) -> list[NextService]:
    """What was turned down or withdrawn, the latest first."""
    return list(_of(customer).exclude(state=NextService.State.PLANNED).order_by("-ended_at", "-pk"))


def _of(customer: Customer) -> QuerySet[NextService]:
    rows = NextService.objects.filter(dealership=customer.dealership_id, customer=customer)
    return rows.select_related("kind", "vehicle", "by", "ended_by")
