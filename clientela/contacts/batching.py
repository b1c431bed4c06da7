"""Whom a plan could follow up: closed workshop visits of a period, or customers on file; and who not, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clientela.customers.listing import CUSTOMERS
from clientela.customers.models import Customer, Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from .models import ContactTask, Plan, PlanTarget

State = ContactTask.State
#: A plan of more is no plan; who needs more makes two.
MOST = 1_000


@dataclass(frozen=True)
class Candidate:
    """One customer, with the visit and the contact behind her; `why_not` says what speaks against her."""

    customer: Customer
    visit: Visit | None = None
    task: ContactTask | None = None
    why_not: "Promise | str" = ""


@dataclass(frozen=True)
class Proposal:
    """Whom to follow up, and whom not."""

    chosen: list[Candidate]
    left_out: list[Candidate]

    @property
    def found(self) -> int:
        return len(self.chosen) + len(self.left_out)


def of_visits(house: Dealership, first: date, last: date, kind: str, consultant: User | None = None) -> Proposal:
    """The visits closed in these days, without those already followed up (S4-2.4a)."""
    visits = Visit.objects.filter(
        dealership=house, kind=kind, delivered_on__range=(first, last), cancelled_at=None, customer__erased_at=None
    )
    if consultant:
        visits = visits.filter(consultant=consultant)
    rows = list(visits.select_related("customer", "vehicle").order_by("delivered_on", "pk")[: MOST + 1])
    _refuse_too_many(rows)
    tasks = _tasks(rows)
    planned = _planned(house, visit__in=rows)
    return _parted(
        Candidate(visit.customer, visit, tasks.get(visit.pk), _why_not(visit, tasks.get(visit.pk), planned))
        for visit in rows
    )


def of_customers(house: Dealership, query: Any, *, by: User) -> Proposal:
    """Customers as a list of them is filtered, each with her last visit; without those whom another plan has."""
    asked = CUSTOMERS.asked(query, house, by=by, right=Permission.REASSIGN, columns=())
    if not asked.filters.is_valid():
        return Proposal([], [])
    rows = list(asked.rows.order_by("search_name", "pk")[: MOST + 1])
    _refuse_too_many(rows)
    planned = {customer for customer, _visit in _planned(house, customer__in=rows)}
    return _parted(
        Candidate(customer, why_not=_("on another plan that is not closed") if customer.pk in planned else "")
        for customer in rows
    )


def _parted(candidates: Iterable[Candidate]) -> Proposal:
    found = list(candidates)
    return Proposal([one for one in found if not one.why_not], [one for one in found if one.why_not])


def _refuse_too_many(rows: list[Any]) -> None:
    if len(rows) > MOST:
        raise Refusal(_("These are more than %(most)s. Narrow the choice.") % {"most": f"{MOST:,}"})


def _tasks(visits: list[Visit]) -> dict[int, ContactTask]:
    """The contact of each visit that says most: one that was made, else one that is open, else the last."""
    rank = {State.DONE: 3, State.OPEN: 2}
    found: dict[int, ContactTask] = {}
    rows = ContactTask.objects.filter(visit__in=visits).exclude(state__in=[State.CANCELLED, State.MERGED])
    for task in rows.order_by("pk"):
        best = found.get(task.visit_id)
        if best is None or rank.get(State(task.state), 1) >= rank.get(State(best.state), 1):
            found[task.visit_id] = task
    return found


def _planned(house: Dealership, **which: Any) -> set[tuple[int, int | None]]:
    """Customers, with the visit, whom a plan that is not closed has already."""
    rows = PlanTarget.objects.filter(dealership=house, **which).exclude(plan__state=Plan.State.CLOSED)
    return set(rows.values_list("customer", "visit"))


def _why_not(visit: Visit, task: ContactTask | None, planned: set[tuple[int, int | None]]) -> "Promise | str":
    if visit.special:
        return visit.special_reason or _("special vehicle")
    if (visit.customer_id, visit.pk) in planned:
        return _("on another plan that is not closed")
    return _WHY_NOT.get(State(task.state), "") if task else ""


#: What came of the contact already.
_WHY_NOT: dict[str, "Promise | str"] = {
    State.DONE: _("already followed up"),
    State.REFUSED: _("declined already"),
    State.UNREACHED: _("not reached in all calls"),
}
