"""Special vehicles: visits that are not followed up where a programme leaves them out (S4-3.2.4.2b).

A manager says so, with the reason. A dealer's file only proposes it: until she decides the visit is followed up like
any other, and once she did no file proposes it again.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal

from .models import Visit
from .signals import visits_changed

if TYPE_CHECKING:
    from clientela.network.models import Dealership, User

#: The file calls it special, and nobody has decided.
PROPOSED = Q(special_said=True, special_at=None, cancelled_at=None)


def proposed(house: "Dealership") -> QuerySet[Visit]:
    """Visits of this house about which a manager is to decide."""
    return Visit.objects.filter(PROPOSED, dealership=house, customer__erased_at=None)


def apart(house: "Dealership") -> QuerySet[Visit]:
    """Visits of this house that a manager set apart."""
    return Visit.objects.filter(dealership=house, special=True, cancelled_at=None, customer__erased_at=None)


@transaction.atomic
def decide(visit: Visit, *, special: bool, reason: str, by: "User", at: datetime) -> None:
    """Set a visit apart, or take that back; both need a reason, and both stand on the timeline."""
    if not reason:
        raise Refusal(_("Say why. The list of those left out shows it."))
    facts = {"special": special, "special_reason": reason, "special_by": by, "special_at": at, "changed_at": at}
    # A proposal is declined although the visit was never set apart.
    if not Visit.objects.filter(Q(special=not special) | PROPOSED, pk=visit.pk).update(**facts):
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
