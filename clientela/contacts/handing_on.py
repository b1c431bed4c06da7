"""Handing on: who makes the second contact gets what the consultant knows of the sale (S4-3.2.4.3.1b).

The first contact made says it by itself; otherwise the consultant says it. A step waits for it that another caller than
the first must make.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from clientela.customers.models import Visit
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from . import who
from .models import Attempt, ContactTask, HandOver, Outcome, ProgrammeStep
from .models.task import TaskQuerySet


def waiting(house: Dealership) -> TaskQuerySet:
    """Second contacts that are open and whose sale was not handed over."""
    given = HandOver.objects.standing().filter(visit=OuterRef("visit"))
    tasks = ContactTask.objects.open().filter(~Exists(given), dealership=house).exclude(step__other_than="")
    return tasks.select_related("customer", "vehicle", "visit__consultant", "step").defer(
        "step__script", "step__sources"
    )


def missing(house: Dealership, user: User, today: date) -> TaskQuerySet:
    """Those whose window is open already: of the whole house for who leads, else of one's own sales and calls."""
    rows = waiting(house).filter(opens_on__lte=today)
    if user.may(Permission.REASSIGN, house.pk):
        return rows
    return rows.filter(_hers(house, user, today))


def of_mine(house: Dealership, user: User, today: date) -> TaskQuerySet:
    """What waits and is hers to hand over, or hers to call and so to ask for."""
    return waiting(house).filter(_hers(house, user, today))


def _hers(house: Dealership, user: User, today: date) -> Q:
    calls = Q(assignee=user) | Q(assignee=None, performer__in=who.facts(user, house.pk, today)["performs"])
    return Q(visit__consultant=user) | calls


def awaited(task: ContactTask) -> bool:
    """Whether this contact is made without the data that the consultant owes."""
    return bool(task.step.other_than) and standing(task.visit) is None


def may_hand_on(visit: Visit, user: User) -> bool:
    """Who sold it may, and who may reassign work."""
    return visit.consultant_id == user.pk or user.may(Permission.REASSIGN, visit.dealership_id)


def standing(visit: Visit) -> HandOver | None:
    return HandOver.objects.standing().filter(visit=visit).select_related("by").first()


@transaction.atomic
def hand_on(visit: Visit, *, by: User, at: datetime) -> HandOver:
    """Say that the data of a sale were handed over; said twice, the first stands."""
    if not may_hand_on(visit, by):
        raise Refusal(_("Only the consultant of this sale or a manager can say that its data were handed over."))
    Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    return standing(visit) or _keep(visit, by=by, at=at, attempt=None)


def follow(task: ContactTask, *, by: User, at: datetime) -> None:
    """The first contact was made: with its record the data are handed over."""
    if task.state != ContactTask.State.DONE:
        return
    second = ProgrammeStep.objects.filter(dealership=task.dealership_id, other_than=task.step_code)
    tried = Attempt.objects.filter(task=task, undone_at=None, outcome=Outcome.REACHED).order_by("-pk").first()
    if tried is None or not second.exists():
        return
    # One call may count for other sales to the same customer.
    done = [task, *tried.counts_for.filter(step_code=task.step_code).select_related("visit")]
    for visit in (one.visit for one in done):
        if standing(visit) is None:
            _keep(visit, by=by, at=at, attempt=tried)


def _keep(visit: Visit, *, by: User, at: datetime, attempt: Attempt | None) -> HandOver:
    facts: dict[str, Any] = {"dealership_id": visit.dealership_id, "by": by, "at": at, "attempt": attempt}
    kept, _new = HandOver.objects.update_or_create(visit=visit, defaults=facts)
    if attempt is None:
        record(
            Kind.HANDED_OVER,
            dealership_id=visit.dealership_id,
            at=at,
            by=by,
            customer_id=visit.customer_id,
            vehicle_id=visit.vehicle_id,
            visit_id=visit.pk,
        )
    return kept
