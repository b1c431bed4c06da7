"""Deciding what comes next for a customer: plan it, turn a proposal down, withdraw it (S1-2.1)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers.models import Customer, Vehicle
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import User

from . import explaining, planning, proposing, serving
from .models import ContactTask, NextService, ServiceKind
from .proposing import Proposal

State = NextService.State
#: What may stand against a contact for a while; the plan stays, and the contact comes when it is over.
_WAITS = {"near", "hours", "active"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What somebody wants to come next."""

    kind: ServiceKind
    planned_on: date
    channel: str
    content: str = ""
    vehicle: Vehicle | None = None
    proposal: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def plan_of(proposal: Proposal, channel: str) -> Plan:
    """A proposal as it stands."""
    return Plan(
        kind=proposal.kind,
        planned_on=proposal.planned_on,
        channel=channel,
        content=proposal.content,
        vehicle=proposal.vehicle,
        proposal=proposal.key,
        facts=proposal.facts,
    )


@transaction.atomic
def plan(customer: Customer, given: Plan, *, by: User, at: datetime) -> NextService:
    """Put it on the file; planning makes the contact of it, at once if its day is near."""
    _refuse_unless_free(customer, given)
    if not customer.visits.filter(cancelled_at=None).exists():
        raise Refusal(_("There is no visit yet on this file. Note down the consultation first."))
    if given.kind.advertises and customer.do_not_call:
        raise Refusal(_("The customer does not want to be called for advertising. Choose another type."))
    service = NextService.objects.create(
        dealership_id=customer.dealership_id, customer=customer, by=by, at=at, **vars(given)
    )
    planning.plan_services(customer.dealership_id, at=at)
    _refuse_what_never_comes(service, at)
    _tell(service, by=by, at=at)
    return service


@transaction.atomic
def dismiss(customer: Customer, proposal: Proposal, *, reason: str, by: User, at: datetime) -> NextService:
    """Turn a proposal down, with the reason; it does not come again."""
    given = plan_of(proposal, "phone")
    _refuse_unless_free(customer, given)
    service = NextService.objects.create(
        dealership_id=customer.dealership_id,
        customer=customer,
        state=State.DISMISSED,
        reason=_said(reason),
        by=by,
        at=at,
        ended_by=by,
        ended_at=at,
        **vars(given),
    )
    _tell(service, by=by, at=at)
    return service


@transaction.atomic
def withdraw(service: NextService, *, reason: str, by: User, at: datetime) -> None:
    """Take it off the file and its contact off the list."""
    task = serving.task_of(service)
    if task and task.state == ContactTask.State.DONE:
        raise Refusal(_("This contact was already made."))
    if (
        task
        and task.is_open
        and task.leased_by_id not in {None, by.pk}
        and task.leased_until
        and task.leased_until > at
    ):
        raise Refusal(_("%(name)s is on this contact right now.") % {"name": task.leased_by})
    planned = NextService.objects.filter(pk=service.pk, state=State.PLANNED)
    if not planned.update(state=State.WITHDRAWN, reason=_said(reason), ended_by=by, ended_at=at):
        raise Refusal(_("This was already decided."))
    if task and task.is_open:
        task.move(ContactTask.State.CANCELLED, at=at)
    service.refresh_from_db()
    _tell(service, by=by, at=at)


def proposal_of(customer: Customer, key: str, *, at: datetime, profiles: bool) -> Proposal | None:
    """The proposal with this key, if it still stands."""
    found = proposing.proposals(customer, at=at, profiles=profiles)
    return next((proposal for proposal in found if proposal.key == key), None)


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refusal(_("Say why, in a few words."))
    return reason.strip()[:400]


def _refuse_unless_free(customer: Customer, given: Plan) -> None:
    if given.proposal:
        taken = NextService.objects.filter(dealership=customer.dealership_id, proposal=given.proposal)
        if taken.exists():
            raise Refusal(_("This was already decided."))


def _refuse_what_never_comes(service: NextService, at: datetime) -> None:
    """A plan of which no contact can come is refused, with the sentence that stands against it."""
    for reason in explaining.why(service.customer_id, service.dealership_id, at=at):
        if reason.service and reason.service.pk == service.pk and reason.task is None:
            standing = [condition for condition in reason.unmet if condition.code not in _WAITS]
            if standing and standing[0].code == "live":
                raise Refusal(_("The programme of next services goes live after that day. Choose a later one."))
            if standing:
                raise Refusal(str(standing[0].unmet))


def _tell(service: NextService, *, by: User, at: datetime) -> None:
    record(
        Kind.NEXT_SERVICE,
        at=at,
        by=by,
        dealership_id=service.dealership_id,
        customer_id=service.customer_id,
        vehicle_id=service.vehicle_id,
        state=service.state,
        kind=service.kind.names,
        content=service.content,
        planned_on=service.planned_on.isoformat(),
        reason=service.reason,
    )
