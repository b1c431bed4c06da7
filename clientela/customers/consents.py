"""Consents: what a customer allowed, and withdrew; whether she is on a do-not-call list, and of which day."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal

from .models import Consent, Customer

if TYPE_CHECKING:
    from clientela.network.models import User


@transaction.atomic
def give(consent: Consent, *, by: "User", at: datetime) -> Consent:
    """Write down what she allowed, with the text she agreed to. One stands for each channel and purpose."""
    if consent.given_on > consent.dealership.today(at):
        raise Refusal(_("A consent cannot be given on a day to come."))
    consent.by = by
    consent.save()
    _tell(consent.customer, "consents", by=by, at=at)
    return consent


@transaction.atomic
def withdraw(consent: Consent, *, on: date, by: "User", at: datetime) -> None:
    """From that day on it no longer holds; that it once did stays on file."""
    if on < consent.given_on:
        raise Refusal(_("A consent cannot be withdrawn before it was given."))
    if on > consent.dealership.today(at):
        raise Refusal(_("A consent cannot be withdrawn on a day to come."))
    if not Consent.objects.filter(pk=consent.pk, withdrawn_on=None).update(withdrawn_on=on):
        raise Refusal(_("This consent was already withdrawn."))
    _tell(consent.customer, "consents", by=by, at=at)


def stands(customer: Customer, channel: str, purpose: str) -> bool:
    """Whether she may be contacted so; a do-not-call list forbids advertising by phone whatever she once allowed."""
    if customer.do_not_call and channel == Consent.Channel.PHONE and purpose == Consent.Purpose.ADVERTISING:
        return False
    return Consent.objects.filter(customer=customer, channel=channel, purpose=purpose, withdrawn_on=None).exists()


def _tell(customer: Customer, field: str, *, by: "User", at: datetime) -> None:
    record(
        Kind.CUSTOMER_EDITED,
        dealership_id=customer.dealership_id,
        at=at,
        by=by,
        customer_id=customer.pk,
        fields=[field],
    )
