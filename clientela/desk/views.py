"""Today, the call, the files of customer, vehicle and visit, the houses side by side."""

from datetime import datetime
from typing import Any

from babel.dates import format_skeleton
from django.db.models import Count, Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import to_locale
from django.views.decorators.http import require_safe

from clientela.contacts import explaining
from clientela.contacts.models import Attempt, ContactTask, Finding, Outcome, Remedy, TimeBand
from clientela.contacts.retrying import next_try
from clientela.customers import completeness
from clientela.customers.models import Customer, OdometerReading, Vehicle, Visit
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network import calendars
from clientela.network.forms import people_of
from clientela.network.models import CallableInterval, Dealership, User
from clientela.network.paging import Page, page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed
from clientela.satisfaction.models import Grade, Response

from . import comparing, day, file

#: What the timeline can be narrowed to.
FILTERS: dict[str, list[str]] = {
    "visits": [Kind.VISIT, Kind.VISIT_CORRECTED],
    "calls": [Kind.ATTEMPT, Kind.ATTEMPT_UNDONE],
    "findings": [Kind.FINDING, Kind.REMEDY],
    "changes": [Kind.CUSTOMER_EDITED, Kind.MERGED, Kind.MERGE_UNDONE, Kind.CUSTOMER_ERASED],
}


@require_safe
def today(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The list an agent works down; whoever makes no calls sees what her house has open."""
    if not request.user.dealership_ids:
        return TemplateResponse(request, "desk/nobody.html", {})
    at, house, user = timezone.now(), request.dealership, request.user
    calls = user.may(Permission.CALL, house.pk)
    sees_all = user.may(Permission.SEE_TASKS, house.pk)
    of = request.GET.get("of", "mine" if calls else "team")
    due = ContactTask.objects.visible_to(user).filter(dealership=house).due_by(day.end_of_day(house, at))
    mine = due.mine_or_free(user)
    shown = due if of == "team" and sees_all else mine if calls else due.none()
    # What a row shows and no more: eight tables take PostgreSQL longer to plan than fifty rows to read.
    rows = shown.select_related("customer", "vehicle", "visit", "step", "leased_by")
    rows = rows.defer("step__script", "step__sources")
    page = page_after(rows, ("ranks_at", "pk"), request.GET.get("after"))
    counts = day.section_counts(shown, at=at)
    total = sum(counts.values())
    facts = {
        "at": at,
        "of": of,
        "calls": calls,
        "sees_all": sees_all,
        "total": total,
        "late": counts["late"],
        # Of the two views one is on the page, and counted.
        "mine_count": total if shown is mine else mine.count() if sees_all else 0,
        "team_count": total if shown is due else due.count() if sees_all else 0,
        "sections": day.sections(page.rows, counts, at=at),
        "more": page.more,
        "next": _next_up(page, request, at) if calls else None,
        "opens_at": _opens_at(house, at) if calls else None,
        "rest": house.rest_hours.filter(Q(weekday=house.today(at).weekday()) | Q(weekday=None)).order_by("starts"),
        "tally": day.tally(user, house, at=at) if calls else None,
        "goal": day.DONE_A_DAY,
        "coverage": day.coverage(house, at=at) if calls or sees_all else None,
        "remedies": Remedy.objects.open().filter(dealership=house, owner=user).for_list().order_by("opened_at")[:5],
    }
    return TemplateResponse(request, "desk/today.html", facts)


def _opens_at(house: Dealership, at: datetime) -> datetime | None:
    """When calling hours begin again; None while they last."""
    moment = calendars.next_callable(house.pk, at)
    return moment if moment and moment > at else None


def _next_up(page: Page[ContactTask], request: AuthenticatedHttpRequest, at: datetime) -> ContactTask | None:
    """Whom the queue would hand out now; only a look, nothing is taken. On the first page she mostly stands."""
    user = request.user
    if not request.GET.get("after"):
        for task in page.rows:
            free = not task.leased_until or task.leased_until <= at or task.leased_by_id == user.pk
            if free and task.callable_from <= at and task.assignee_id in {None, user.pk}:
                return task
        if not page.more:
            return None
    held_by_nobody = Q(leased_by__isnull=True) | Q(leased_until__lte=at) | Q(leased_by=user)
    queue = ContactTask.objects.filter(held_by_nobody, dealership=request.dealership).callable_at(at).mine_or_free(user)
    # First who, then her facts: joined to a long queue, all of it would be read.
    first = queue.ranked().values_list("pk", flat=True).first()
    return ContactTask.objects.for_list().filter(dealership=request.dealership, pk=first).first() if first else None


@require_safe
@allowed(Permission.CALL)
def call(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The call screen: who, what to say, how it ended."""
    tasks = ContactTask.objects.visible_to(request.user, Permission.CALL).for_list()
    task = get_object_or_404(tasks, pk=pk)
    at = timezone.now()
    if not task.is_open or task.leased_by_id != request.user.pk or not task.leased_until or task.leased_until <= at:
        return TemplateResponse(request, "desk/not_on_call.html", {"task": task, "at": at}, status=409)
    customer = task.customer
    facts = {
        "task": task,
        "at": at,
        "customer": customer,
        "visit": task.visit,
        "points": list(customer.contact_points.select_related("dealership")),
        "reading": OdometerReading.objects.filter(vehicle=task.vehicle).order_by("-read_on", "-pk").first(),
        "visits": Visit.objects.filter(customer=customer).exclude(pk=task.visit_id).newest_first()[:3],
        "said": Response.objects.filter(customer=customer, withdrawn_at=None).order_by("-answered_at")[:3],
        "tries": Attempt.objects.filter(task=task, undone_at=None).select_related("by").order_by("number"),
        "open_findings": Finding.objects.filter(
            customer=customer, remedy__done_at=None, remedy__isnull=False, withdrawn_at=None
        )[:3],
        "script": _script(task, request.user),
        "retry_at": _retry_at(task, at),
        "grades": zip(Grade.choices, ("KeyQ", "KeyW", "KeyE"), ("good", "soon", "late"), strict=True),
        "finding_kinds": Finding.Kind.choices,
        "owners": people_of(task.dealership),
        "rest_hours": customer.rest_hours.order_by("weekday", "starts"),
        "outcomes": Outcome,
    }
    return TemplateResponse(request, "desk/call.html", facts)


def _script(task: ContactTask, agent: User) -> dict[str, str]:
    """The lines to say, in the customer's language."""
    language = task.customer.language
    question = "question_workshop" if task.visit.is_workshop else "question_delivery"
    with translation.override(language):
        facts = {
            "agent": agent.name,
            "dealership": task.dealership.trade_name,
            "customer": task.customer.polite_name,
            "vehicle": task.vehicle.title if task.vehicle else "",
            "day": format_skeleton("MMMMd", task.visit.delivered_on, locale=to_locale(language)),
        }
    lines = {"greeting": "greeting", "question": question, "aspects": "aspects", "farewell": "farewell"}
    return {
        "language": language,
        **{name: task.step.line(key, language, **facts) for name, key in lines.items()},
    }


def _retry_at(task: ContactTask, at: datetime) -> datetime | None:
    """When a failed try would be repeated; None when it would be the last."""
    if task.attempts_max is not None and task.attempts + 1 >= task.attempts_max:
        return None
    zone = task.dealership.zone
    return next_try(
        CallableInterval.objects.filter(dealership=task.dealership_id, ends_at__gt=at)
        .order_by("ends_at")
        .values_list("starts_at", "ends_at")[:60],
        at=at,
        zone=zone,
        bands_used=[*task.bands_used, TimeBand.of(at.astimezone(zone).time())],
        distinct_days=task.distinct_days,
        distinct_bands=task.distinct_bands,
    )


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
        "next_task": next((r.task for r in reasons if r.task and r.task.is_open), None),
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
    found = get_object_or_404(visits, pk=pk)
    facts = {
        "visit": found,
        "at": timezone.now(),
        "tasks": found.tasks.for_list().order_by("opens_on", "pk"),
        "tries": Attempt.objects.filter(task__visit=found).select_related("by", "response").order_by("-at"),
        "responses": found.responses.filter(withdrawn_at=None),
    }
    return TemplateResponse(request, "desk/visit.html", facts)


def _timeline(request: AuthenticatedHttpRequest, entries: Any) -> dict[str, Any]:
    chosen = request.GET.get("shows", "")
    by_kind = dict(entries.order_by().values_list("kind").annotate(Count("pk")))
    rows = entries.of_kinds(FILTERS[chosen]) if chosen in FILTERS else entries
    shown = list(rows.newest_first()[:100])
    return {
        "entries": shown,
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
        figure = figures.get(house.pk, {"due": 0, "made": 0, "in_window": 0, "late": 0})
        share = 100 * figure["made"] / figure["due"] if figure["due"] else None
        rows.append({"house": house, "share": share, **figure})
    return TemplateResponse(request, "desk/group.html", {"rows": rows, "at": at})


@require_safe
def more(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Where a phone finds what its five words at the thumb leave out."""
    return TemplateResponse(request, "desk/more.html", {})


@require_safe
def style(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Every component of the interface in its states."""
    return TemplateResponse(request, "desk/style.html", {})
