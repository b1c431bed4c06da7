"""Seeing to a request: handed over, counted, and closed with an answer to the customer (S1-P2.2.2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import User
from clientela.network.permissions import Permission

from . import points, registering
from .models import ContactRecord, Request, RequestHandOver, TalkingPoint


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the customer was told. Told by a call or message of ours it is a line of the register, too."""

    answer: str
    told_by: str = ""


def may_see_to(request: Request, user: User) -> bool:
    """Its owner, and who may reassign work."""
    return request.owner_id == user.pk or user.may(Permission.REASSIGN, request.dealership_id)


@transaction.atomic
def hand_over(request: Request, taker: User, reason: str, *, by: User, at: datetime) -> RequestHandOver:
    """Give it to somebody else; from then on she is its one owner."""
    request = _locked(request, by)
    if taker.pk == request.owner_id:
        raise Refusal(_("%(name)s has this request already.") % {"name": taker})
    if not taker.may(Permission.CALL, request.dealership_id):
        raise Refusal(_("%(name)s cannot take requests in this house. Choose somebody else.") % {"name": taker})
    if not reason:
        raise Refusal(_("Say why it is handed over: the next one must not ask the customer again."))
    points.hand_along(request.record, taker, by=by, at=at)
    return _pass_on(request, taker, reason, by=by, at=at)


@transaction.atomic
def close(request: Request, reply: Reply, *, by: User, at: datetime) -> Request:
    """The customer has her answer."""
    request = _locked(request, by)
    if not reply.answer:
        raise Refusal(_("Write what the customer was told. A request ends with an answer."))
    if TalkingPoint.objects.open().filter(record=request.record_id).exists():
        raise Refusal(_("This request ends with its talking point: when the customer is informed and satisfied."))
    request.end(reply.answer, reply.told_by, by=by, at=at)
    _tell(request, by=by, at=at, act="closed", words=reply.answer)
    if reply.told_by:
        _enter_answer(request.record, reply, by=by, at=at)
    request.refresh_from_db()
    return request


@transaction.atomic
def inherit(giver: User, taker: User, *, at: datetime) -> int:
    """Who leaves hands over what she has open; how many requests."""
    houses = taker.dealerships_with(Permission.CALL)
    rows = list(Request.objects.open().filter(owner=giver, dealership__in=houses).select_related("record", "owner"))
    for request in rows:
        _pass_on(request, taker, "", by=None, at=at)
    return len(rows)


def _pass_on(request: Request, taker: User, reason: str, *, by: User | None, at: datetime) -> RequestHandOver:
    _tell(request, by=by, at=at, act="handed_over", words=reason, owner=taker.name)
    return request.pass_to(taker, reason, by=by, at=at)


def _locked(request: Request, by: User) -> Request:
    """As it is now; of two who act at once the second sees what the first did."""
    rows = Request.objects.select_for_update(of=("self",)).select_related("record__dealership", "owner", "closed_by")
    found = rows.get(pk=request.pk)
    if not found.is_open:
        raise Refusal(_("%(name)s has closed this request already.") % {"name": found.closed_by})
    if not may_see_to(found, by):
        raise Refusal(_("This request is %(name)s's. Only its owner or a manager can do that.") % {"name": found.owner})
    return found


def _enter_answer(asked: ContactRecord, reply: Reply, *, by: User, at: datetime) -> None:
    registering.enter(
        ContactRecord(
            dealership=asked.dealership,
            direction=ContactRecord.Direction.OUT,
            kind=ContactRecord.Kind.SOLUTION,
            channel=reply.told_by,
            customer_id=asked.customer_id,
            vehicle_id=asked.vehicle_id,
            caller=asked.caller,
            phone=asked.phone,
            summary=_("Answer to %(number)s") % {"number": asked},
            answer=reply.answer,
            started_at=at,
            at=at,
            by=by,
        )
    )


def _tell(request: Request, *, by: User | None, at: datetime, **facts: Any) -> None:
    asked = request.record
    if asked.customer_id:
        record(
            Kind.REQUEST,
            dealership_id=request.dealership_id,
            at=at,
            by=by,
            customer_id=asked.customer_id,
            vehicle_id=asked.vehicle_id,
            register_number=str(asked),
            request=request.pk,
            **facts,
        )
