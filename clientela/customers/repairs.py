"""Repairs that the workshop recommends and the customer puts off: calls speak of them until settled (S2-9.6)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal

from .models import Visit

if TYPE_CHECKING:
    from clientela.network.models import User


@transaction.atomic
def recommend(visit: Visit, text: str, *, by: "User", at: datetime) -> None:
    """Write down what a visit left to be done, or correct it; what was settled is open again."""
    if not visit.vehicle_id:
        raise Refusal(_("This visit is about no vehicle: there is nothing to repair."))
    _keep(visit, by, at, recommended=text, recommended_settled_on=None)


@transaction.atomic
def settle(visit: Visit, *, by: "User", at: datetime) -> None:
    """The repairs are done, or the customer wants none of them."""
    if not visit.is_repair_put_off:
        raise Refusal(_("Nothing is put off on this visit any more."))
    _keep(visit, by, at, recommended_settled_on=visit.dealership.today(at))


def _keep(visit: Visit, by: "User", at: datetime, **facts: object) -> None:
    Visit.objects.filter(pk=visit.pk).update(**facts, changed_at=at)
    visit.refresh_from_db()
    record(
        Kind.VISIT_CORRECTED,
        dealership_id=visit.dealership_id,
        at=at,
        by=by,
        customer_id=visit.customer_id,
        vehicle_id=visit.vehicle_id,
        visit_id=visit.pk,
        kind=visit.kind,
        repairs=visit.recommended,
        settled=visit.recommended_settled_on is not None,
    )
