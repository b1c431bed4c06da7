"""What there is to tell on a call, and what this customer was told before (S1-3.3 to S1-3.5, S2-9.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, OuterRef, Q, Subquery, When
from django.utils.translation import gettext as _

from clientela.customers.models import Visit
from clientela.customers.models.visit import REPAIRS_PUT_OFF, VisitQuerySet

from .models import Announcement, Attempt, ContactTask, Told

#: The screen of a call has room for so many.
SHOWN = 8
#: So many of the visits before are on it, and the one that it is about.
NEWEST = 4


@dataclass(frozen=True)
class Tip:
    """Something to tell, and when she was told it last."""

    #: The field of the form that says that it was told, and with which value.
    field: str
    pk: int
    title: str
    kind: str
    text: str
    told_on: date | None
    held_on: date | None = None
    address: str = ""


def for_call(task: ContactTask, visits: Iterable[Visit], today: date) -> list[Tip]:
    """What was put off on her car, and what is offered today and concerns it: what she does not know yet first.

    `visits` are those of `visits_known`.
    """
    tips = [*_put_off(task, visits), *_offered(task, today)]
    return sorted(tips, key=lambda tip: tip.told_on is not None)[:SHOWN]


def visits_known(task: ContactTask) -> list[Visit]:
    """The newest visits of the customer, and those of the car that left something to repair: in one question."""
    undone = _undone(task)
    visits = Visit.objects.filter(Q(customer=task.customer_id) | undone, dealership=task.dealership_id)
    # A company may have had thirty cars here since: what was put off on this one comes first.
    ranked = visits.order_by(Case(When(undone, then=0), default=1), "-delivered_on", "-pk")
    found = ranked.annotate(last_told=_last_told(task, "visit"))[: SHOWN + NEWEST]
    return sorted(found, key=lambda visit: (visit.delivered_on, visit.pk), reverse=True)


def put_off(task: ContactTask) -> VisitQuerySet:
    """The visits of her car whose recommended repairs nobody has done (S2-9.6)."""
    return Visit.objects.filter(_undone(task), dealership=task.dealership_id)


def keep(tried: Attempt, announced: Iterable[int], repairs: Iterable[int] = ()) -> None:
    """Write down what was told on a call: of what this house offers, and of what was put off."""
    about = {"dealership_id": tried.dealership_id, "attempt": tried}
    offered = Announcement.objects.filter(dealership=tried.dealership_id, pk__in=list(announced))
    visits = Visit.objects.filter(dealership=tried.dealership_id, pk__in=list(repairs))
    told = [Told(**about, announcement=one) for one in offered] if announced else []
    Told.objects.bulk_create(told + [Told(**about, visit=visit) for visit in visits] if repairs else told)


def _undone(task: ContactTask) -> Q:
    return Q(vehicle=task.vehicle_id) & REPAIRS_PUT_OFF if task.vehicle_id else Q(pk=None)


def _put_off(task: ContactTask, visits: Iterable[Visit]) -> list[Tip]:
    return [
        Tip(
            "told_repairs",
            visit.pk,
            visit.recommended,
            _("recommended repairs"),
            f"{visit.title}, {visit.number}".strip(", "),
            _day(visit, task),
            visit.delivered_on,
        )
        for visit in visits
        if visit.is_repair_put_off and visit.vehicle_id == task.vehicle_id
    ]


def _offered(task: ContactTask, today: date) -> list[Tip]:
    offered = Announcement.objects.filter(dealership=task.dealership_id).on(today).order_by("kind", "pk")
    car = task.vehicle.title if task.vehicle else ""
    return [
        Tip("told", one.pk, one.title, one.get_kind_display(), one.text, _day(one, task), one.held_on, one.address)
        for one in offered.annotate(last_told=_last_told(task, "announcement"))
        if one.concerns_car(car)
    ]


def _last_told(task: ContactTask, what: str) -> Subquery:
    told = Told.objects.filter(
        **{what: OuterRef("pk")}, attempt__task__customer=task.customer_id, attempt__undone_at=None
    )
    return Subquery(told.order_by("-attempt__at").values("attempt__at")[:1])


def _day(one: Any, task: ContactTask) -> date | None:
    moment: datetime | None = one.last_told
    return task.dealership.today(moment) if moment else None
