"""Saying of an unknown caller who she was, and taking it back: by whom and when is kept (S1-4.7).

The line of the register stays as it was printed once its month is closed; then a correction names the customer.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers.models import Customer
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import User

from . import closing, inbound, points, registering
from .models import ContactRecord, Counter, Recognition, Request, TalkingPoint
from .points import Heard


@transaction.atomic
def recognise(line: ContactRecord, customer: Customer, *, by: User, at: datetime) -> ContactRecord:
    """She was this customer: the call is in her file, with its request; a complaint becomes a talking point.

    The line that names her: the call's own, or the correction of a closed month.
    """
    line = _locked(line)
    if line.customer_id:
        raise Refusal(_("Somebody has said already who called."))
    if customer.dealership_id != line.dealership_id or customer.erased_at:
        raise Refusal(_("Choose a customer of this house."))
    if closing.of_month(line.dealership, Counter.Register.CALLS, line.dealership.today(line.at)):
        wording = registering.Wording(summary=line.summary, words=line.words, answer=line.answer)
        named = registering.correct(line, wording, by=by, at=at)
    else:
        named = line
    _name(named, customer)
    Request.objects.filter(record=line).update(customer=customer)
    Recognition.objects.create(dealership=line.dealership, record=named, customer=customer, by=by, at=at)
    _tell(named, customer, "found", by=by, at=at)
    line.customer = customer
    _complain(line, by=by, at=at)
    return named


@transaction.atomic
def take_back(line: ContactRecord, *, by: User, at: datetime) -> None:
    """It was not she: the caller is unknown again, and what came of the mistake is taken back."""
    line = _locked(line)
    found = Recognition.objects.filter(record=line, withdrawn_at=None).select_related("customer").first()
    if found is None:
        raise Refusal(_("Nobody has said who called."))
    closing.refuse_if_closed(line.dealership, Counter.Register.CALLS, line.at)
    calls = ContactRecord.objects.filter(pk__in=[line.pk, line.corrects_id or line.pk])
    points.withdraw_of(calls, by=by, at=at)
    Recognition.objects.filter(pk=found.pk).update(withdrawn_by=by, withdrawn_at=at)
    _name(line, None)
    Request.objects.filter(record__in=calls).update(customer=None)
    _tell(line, found.customer, "withdrawn", by=by, at=at)


def standing(line: ContactRecord) -> Recognition | None:
    """Who said that it was she, unless it was taken back."""
    return line.recognitions.filter(withdrawn_at=None).select_related("by", "customer").first()


def _locked(line: ContactRecord) -> ContactRecord:
    """As it is now; of two who act at once the second sees what the first did."""
    return ContactRecord.objects.select_for_update(of=("self",)).select_related("dealership").get(pk=line.pk)


def _name(line: ContactRecord, customer: Customer | None) -> None:
    ContactRecord.objects.filter(pk=line.pk).update(customer=customer)
    line.customer = customer


def _complain(line: ContactRecord, *, by: User, at: datetime) -> None:
    """A complaint that nobody has answered yet is a talking point from now on, with the clock of the call."""
    asked = Request.objects.open().filter(record=line).select_related("owner").first()
    said = TalkingPoint.objects.open().filter(record=line)
    if asked and line.kind == ContactRecord.Kind.COMPLAINT and not said.exists():
        heard = Heard(kind=TalkingPoint.Kind.COMPLAINT, text=line.words)
        points.keep(line, [heard], by=by, at=at, owner=asked.owner)


def _tell(line: ContactRecord, customer: Customer, act: str, *, by: User, at: datetime) -> None:
    record(
        Kind.RECOGNISED,
        dealership_id=line.dealership_id,
        at=at,
        by=by,
        customer_id=customer.pk,
        act=act,
        called_at=line.started_at.isoformat(),
        **inbound.said_of(line),
    )
