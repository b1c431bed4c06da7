"""Today, the call, the files of customer, vehicle and visit, the houses side by side."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clientela.contacts import (
    explaining,
    handing_on,
    levelling,
)
from clientela.contacts.models import Attempt, ContactTask
from clientela.customers import completeness
from clientela.customers.models import Customer, Vehicle, Visit
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import comparing, day, file, forecast, on_call, worklist
from .asking import ForecastForm
from .worklist import Desk

#: So many lines of a timeline stand on a page.
LINES = 100
#: What the timeline can be narrowed to.
FILTERS: dict[str, list[str]] = {
    "visits": [Kind.VISIT, Kind.VISIT_CORRECTED, Kind.VISIT_SET_APART, Kind.HANDED_OVER],
    "calls": [
        Kind.ATTEMPT,
        Kind.ATTEMPT_UNDONE,
        Kind.NEXT_SERVICE,
        Kind.TARGET_RECORDED,
        Kind.DECISION,
        Kind.CALL_NOTED,
        Kind.RECOGNISED,
        Kind.REQUEST,
        Kind.LETTER,
    ],
    "findings": [Kind.FINDING, Kind.REMEDY, Kind.POINT],
    "changes": [Kind.CUSTOMER_EDITED, Kind.MERGED, Kind.MERGE_UNDONE, Kind.CUSTOMER_ERASED],
}


@require_safe
def today(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The list an agent works down; whoever makes no calls sees what her house has open."""
    if not request.user.dealership_ids:
        return TemplateResponse(request, "desk/nobody.html", {})
    desk = Desk(request.dealership, request.user, timezone.now())
    asked = {name: request.GET.get(name, "") for name in ("of", "kind", "after")}
    return TemplateResponse(request, "desk/today.html", {**worklist.listed(desk, **asked), **worklist.beside(desk)})


@require_safe
@allowed(Permission.CALL)
def call(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The call screen: who, what to say, how it ended."""
    tasks = ContactTask.objects.visible_to(request.user, Permission.CALL)
    at = timezone.now()
    task = get_object_or_404(on_call.with_all_facts(tasks, at), pk=pk)
    if not task.is_open or task.leased_by_id != request.user.pk or not task.leased_until or task.leased_until <= at:
        return TemplateResponse(request, "desk/not_on_call.html", {"task": task, "at": at}, status=409)
    return TemplateResponse(request, "desk/call.html", on_call.facts(task, request.user, at))


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def customer(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The whole file: the timeline, the vehicles, why she is on today's list or not."""
    people = Customer.objects.visible_to(request.user).select_related("dealership")
    found = get_object_or_404(people, pk=pk)
    if found.is_merged:
        return redirect(f"{reverse('desk:customer', args=[found.survivor().pk])}?was={found.pk}")
    at = timezone.now()
    if found.erased_at:
        timeline = _timeline(request, Entry.objects.of_customer(found.pk))
        return TemplateResponse(request, "desk/erased.html", {"customer": found, **timeline})
    reasons = explaining.why(found.pk, found.dealership_id, at=at)
    facts = {
        "customer": found,
        "at": at,
        "points": list(found.contact_points.select_related("dealership")),
        "ownerships": found.ownerships.select_related("vehicle").order_by("to_on", "-from_on"),
        "reasons": reasons,
        "next_task": file.next_call([r.task.pk for r in reasons if r.task and r.task.is_open], found, request.user, at),
        "may_call": request.user.may(Permission.CALL, found.dealership_id),
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS, found.dealership_id),
        "may_erase": request.user.may(Permission.ERASE, found.dealership_id),
        "visit_count": len({reason.visit.pk for reason in reasons}),
        **file.about(found, request.user, at=at),
        **comparing.beside(found, request.user, request.GET.get("was", "")),
        **_timeline(request, Entry.objects.of_customer(found.pk)),
    }
    return TemplateResponse(request, "desk/customer.html", facts)


@require_safe
@allowed(Permission.EDIT_CUSTOMERS)
def compare(request: AuthenticatedHttpRequest, one: int, other: int) -> HttpResponseBase:
    """Two files side by side, to be made one or to stay two."""
    people = Customer.objects.visible_to(request.user, Permission.EDIT_CUSTOMERS).current()
    pair = [get_object_or_404(people.select_related("dealership"), pk=pk) for pk in (one, other)]
    if pair[0].dealership_id != pair[1].dealership_id or one == other:
        raise Refusal(_("Compare two files of one dealership."))
    facts = comparing.side_by_side(*pair)
    may_merge = request.user.may(Permission.MERGE_CUSTOMERS, pair[0].dealership_id)
    return TemplateResponse(request, "desk/compare.html", facts | {"may_merge": may_merge})


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def vehicle(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    cars = Vehicle.objects.visible_to(request.user).select_related("dealership")
    found = get_object_or_404(cars, pk=pk)
    facts = {
        "vehicle": found,
        "ownerships": found.ownerships.select_related("customer").order_by("to_on", "-from_on"),
        "readings": found.readings.order_by("-read_on", "-pk")[:10],
        "visits": found.visits.select_related("customer").newest_first()[:50],
        "next_on": completeness.next_maintenance(found),
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS, found.dealership_id),
        **_timeline(request, Entry.objects.of_vehicle(found.pk)),
    }
    return TemplateResponse(request, "desk/vehicle.html", facts)


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def visit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    visits = Visit.objects.visible_to(request.user).select_related("customer", "vehicle", "dealership", "consultant")
    found = get_object_or_404(visits.select_related("special_by"), pk=pk)
    facts = {
        "visit": found,
        "at": timezone.now(),
        "tasks": found.tasks.for_list().order_by("opens_on", "pk"),
        "tries": Attempt.objects.filter(task__visit=found).select_related("by", "response").order_by("-at"),
        "responses": found.responses.filter(withdrawn_at=None),
        "handed_over": handing_on.standing(found),
        "to_hand_over": handing_on.waiting(found.dealership).filter(visit=found).exists(),
        "may_hand_over": handing_on.may_hand_on(found, request.user),
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS, found.dealership_id),
        "may_set_apart": request.user.may(Permission.SET_APART, found.dealership_id),
        "may_call": request.user.may(Permission.CALL, found.dealership_id),
    }
    return TemplateResponse(request, "desk/visit.html", facts)


def _timeline(request: AuthenticatedHttpRequest, entries: Any) -> dict[str, Any]:
    chosen = request.GET.get("shows", "")
    by_kind = dict(entries.order_by().values_list("kind").annotate(Count("pk")))
    rows = entries.of_kinds(FILTERS[chosen]) if chosen in FILTERS else entries
    page = page_after(rows.newest_first(), ("-at", "-pk"), request.GET.get("after"), LINES)
    return {
        "entries": page.rows,
        "older": page.more,
        "shows": chosen if chosen in FILTERS else "",
        "filter_counts": {name: sum(by_kind.get(kind, 0) for kind in kinds) for name, kinds in FILTERS.items()},
        "entry_count": sum(by_kind.values()),
    }


@require_safe
@allowed(Permission.OVERSEE)
def group(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The houses one oversees side by side; each figure with its n and a way to the records (S0-P.2)."""
    at = timezone.now()
    ids = request.user.dealerships_with(Permission.OVERSEE)
    figures = day.houses(ids, at=at)
    rows = []
    for house in Dealership.objects.filter(pk__in=ids).by_name():
        figure = figures.get(house.pk, {"due": 0, "followed": 0, "made": 0, "in_window": 0, "late": 0})
        share = 100 * figure["followed"] / figure["due"] if figure["due"] else None
        rows.append({"house": house, "share": share, **figure})
    return TemplateResponse(request, "desk/group.html", {"rows": rows, "at": at})


@require_safe
@allowed(Permission.SEE_TASKS)
def outlook(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The next thirty days of the house one stands in, and what if a programme were switched on."""
    at, house = timezone.now(), request.dealership
    if not request.user.may(Permission.SEE_TASKS, house.pk):
        raise Http404
    form = ForecastForm(request.GET, house=house, people=forecast.people(house))
    asked, change = form.asked, form.changed
    room = levelling.room(house, at=at)
    after = request.GET.get("after")
    base = forecast.read(house, room, asked, at=at, change=None, after=after)
    other = forecast.read(house, room, asked, at=at, change=change, after=after) if change else None
    facts = {
        "at": at,
        "form": form,
        "room": room,
        "base": base,
        "other": other,
        "shown": other or base,
        "chart": forecast.chart(base.loads, other.loads if other else ()),
        "other_chart": forecast.chart(other.loads, base.loads) if other else None,
        "rows": zip(base.loads, other.loads if other else base.loads, strict=True),
        "day": asked.get("day"),
        "chosen": next((load for load in (other or base).loads if load.on == asked.get("day")), None),
        "of": "team",
        "may_set": request.user.may(Permission.EDIT_PROGRAMMES, house.pk),
    }
    return TemplateResponse(request, "desk/forecast.html", facts, status=200 if form.is_valid() else 422)
