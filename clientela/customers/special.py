"""Special vehicles: visits that are not followed up where a programme leaves them out (S4-3.2.4.2b).

A manager says so, with the reason; from then on no file says otherwise.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal

from .models import Visit
from .signals import visits_changed

if TYPE_CHECKING:
    from clientela.network.models import User


@transaction.atomic
def decide(visit: Visit, *, special: bool, reason: str, by: "User", at: datetime) -> None:
    """Set a visit apart, or take that back; both need a reason, and both stand on the timeline."""
    if not reason:
        raise Refusal(_("Say why. The list of those left out shows it."))
    facts = {"special": special, "special_reason": reason, "special_by": by, "special_at": at, "changed_at": at}
    if not Visit.objects.filter(pk=visit.pk, special=not special).update(**facts):
        raise Refusal(_("This is already so. Look at the visit again."))
    visit.refresh_from_db()
    record(
        Kind.VISIT_SET_APART,
        dealership_id=visit.dealership_id,
        at=at,
        by=by,
        customer_id=visit.customer_id,
        vehicle_id=visit.vehicle_id,
        visit_id=visit.pk,
        special=special,
        words=reason,
    )
    visits_changed.send(Visit, visit_ids=[visit.pk], at=at)
