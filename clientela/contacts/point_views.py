"""Pages of talking points: the boards, one point and its next step, the report of suggestions, plans of later calls."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import taking_out
from clientela.customers.exporting import Format
from clientela.customers.listing import Asked, count
from clientela.lib.refusal import Refusal
from clientela.network.forms import people_of
from clientela.network.models import Dealership, Department
from clientela.network.paging import SIZE
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import point_forms, point_lists, points, repeating
from .models import ContactTask, TalkingPoint, TaskPlan
from .point_lists import ALL, ASKED, MINE
from .service_forms import TaskPlanForm

SEE = Permission.SEE_FINDINGS
State = TalkingPoint.State
#: Of a department so many suggestions stand in the report; the list has all.
SHOWN = 20


@require_safe
@allowed(SEE)
def listed(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The board: mine, asked of me, or everybody's, by what runs out next."""
    house, at, of = _house(request), timezone.now(), _of(request)
    asked = point_lists.asked(request.GET, house, of, by=request.user, right=SEE, at=at)
    form: Any = asked.filters
    page = asked.page(request.GET.get("after"), SIZE)
    # The key that opens it: what the customer is to hear first.
    first = next((row for row in page.rows if row.state == State.SOLVED and row.may_act(request.user)), None)
    facts = {
        "form": form,
        "of": of,
        "rows": [{"point": row, "late": row.is_late(at), "inform_first": row is first} for row in page.rows],
        "more": page.more,
        "count": count(asked.rows),
        "counts": point_lists.counts(house, request.user, at=at),
        "solves": request.user.may(Permission.SOLVE_POINTS, house.pk),
        "calls": request.user.may(Permission.CALL, house.pk),
        "chips": _chips(request, form),
        "sorts": asked.of.sorts,
        "sort": asked.sort.code,
        "formats": Format,
        "may_export": request.user.may(Permission.EXPORT, house.pk),
        "tab": "points",
        "query": f"?{request.GET.urlencode()}",
    }
    return TemplateResponse(request, "contacts/points.html", facts, status=200 if form.is_valid() else 422)


@require_POST
@allowed(Permission.EXPORT)
def export(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The board that the address describes, as a file or to be printed; it stands in the log."""
    at = timezone.now()

    def asked() -> Asked:
        right, house = Permission.EXPORT, request.dealership
        return point_lists.asked(request.GET, house, _of(request), by=request.user, right=right, at=at)

    return taking_out.answer(request, asked, at=at, printed=taking_out.on_paper(request, reverse("contacts:points")))


def _chips(request: AuthenticatedHttpRequest, form: Any) -> list[tuple[Any, str]]:
    if not form.is_valid():
        return []
    return [(chip, _without(request.GET, chip.name, "after")) for chip in form.chips()]


def _of(request: AuthenticatedHttpRequest) -> str:
    """Which board; who calls sees her own first, a manager what is asked of her."""
    user, house = request.user, request.dealership
    of = request.GET.get("of", "")
    if of in {MINE, ASKED, ALL}:
        return of
    if user.may(Permission.SOLVE_POINTS, house.pk):
        return ASKED
    return MINE if user.may(Permission.CALL, house.pk) else ALL


def _house(request: AuthenticatedHttpRequest) -> Dealership:
    if not request.user.may(SEE, request.dealership.pk):
        raise Http404
    return request.dealership


def _without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return f"?{rest.urlencode()}"


# One point -----------------------------------------------------------------------------------------------


@allowed(SEE)
def point(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """A point with the steps behind it and the next one as a form."""
    found = get_object_or_404(TalkingPoint.objects.visible_to(request.user, SEE).for_list(), pk=pk)
    at, form = timezone.now(), _form(request, found)
    if request.method == "POST" and form is None:
        raise Refusal(_("There is nothing for you to do on this point."))
    if request.method == "POST" and form is not None and form.is_valid():
        # What was typed for this step must not appear again when the point comes back to it.
        kept = f"draft point-{pk}-{found.state}"
        messages.success(request, _act(request, found, form.cleaned_data, at), extra_tags=kept)
        return redirect("contacts:point", pk)
    facts = {
        "point": found,
        "at": at,
        "late": found.is_late(at),
        "form": form,
        "steps": list(found.steps.select_related("by", "to", "record").order_by("at", "pk")),
        "phones": list(found.customer.contact_points.filter(kind="phone", valid=True).select_related("dealership")),
        "may_pass": found.is_open and request.user.may(Permission.REASSIGN, found.dealership_id),
        "pass_form": point_forms.PassOnForm(people=people_of(found.dealership)),
    }
    return TemplateResponse(
        request, "contacts/point.html", facts, status=422 if form is not None and form.is_bound else 200
    )


@require_POST
@allowed(Permission.REASSIGN)
def pass_on(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Somebody else sees to it."""
    rows = TalkingPoint.objects.visible_to(request.user, Permission.REASSIGN)
    found = get_object_or_404(rows.for_list(), pk=pk)
    form = point_forms.PassOnForm(request.POST, people=people_of(found.dealership))
    if not form.is_valid():
        raise Refusal(_("Choose who sees to it from now on."))
    points.pass_on(found, form.cleaned_data["to"], by=request.user, at=timezone.now())
    messages.success(request, _("Passed on to %(name)s.") % {"name": found.owner})
    return redirect("contacts:point", pk)


def _form(request: AuthenticatedHttpRequest, found: TalkingPoint) -> Any:
    """The form of the next step, for who may take it; nothing for others."""
    data = request.POST or None
    if not found.is_open:
        return None
    if found.state == State.REPORTED:
        return point_forms.TextForm(data) if found.may_solve(request.user) else None
    if not found.may_act(request.user):
        return None
    return point_forms.InformForm(data) if found.state == State.SOLVED else point_forms.ReportForm(data, point=found)


def _act(request: AuthenticatedHttpRequest, found: TalkingPoint, given: dict[str, Any], at: datetime) -> str:
    """Take the step; what is said of it."""
    by, text = request.user, given["text"]
    if found.state == State.REPORTED:
        points.solve(found, text, by=by, at=at)
        return _("The solution is there. %(owner)s informs the customer today.") % {"owner": found.owner}
    if found.state == State.SOLVED:
        points.inform(found, satisfied=given["satisfied"] == "yes", words=text, by=by, at=at)
        return _("Closed: the customer is satisfied.") if found.satisfied else _("It went back to the manager.")
    if "solved" in request.POST:
        points.answer(found, text, by=by, at=at)
        return _("Solved. Inform the customer today.")
    points.report(found, text, given["asked"], by=by, at=at)
    return _("Reported to %(name)s.") % {"name": found.asked}


# Suggestions ---------------------------------------------------------------------------------------------


@dataclass
class Part:
    """The suggestions of one department in a period."""

    department: str
    total: int = 0
    product: int = 0
    service: int = 0
    rows: list[TalkingPoint] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(Department.Kind(self.department).label) if self.department else _("no department")


@require_safe
@allowed(SEE)
def suggestions(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What customers suggested, by the department whose affair it is (S4-1.3.3a)."""
    house, at = _house(request), timezone.now()
    today = house.today(at)
    query = request.GET.copy()
    query.setdefault("first", today.replace(day=1).isoformat())
    query.setdefault("last", today.isoformat())
    form = point_forms.PeriodForm(query)
    is_valid = form.is_valid()
    first, last = form.days if is_valid else (today, today)
    facts = {
        "form": form,
        "parts": _parts(request, house, first, last) if is_valid else [],
        "first": first,
        "last": last,
        "tab": "suggestions",
        "shown": SHOWN,
    }
    return TemplateResponse(request, "contacts/suggestions.html", facts, status=200 if is_valid else 422)


def _parts(request: AuthenticatedHttpRequest, house: Dealership, first: date, last: date) -> list[Part]:
    period = (points.start_of(house, first), points.end_of(house, last))
    rows = TalkingPoint.objects.standing().visible_to(request.user, SEE).filter(dealership=house)
    rows = rows.filter(kind=TalkingPoint.Kind.SUGGESTION, recorded_at__range=period)
    parts: dict[str, Part] = {}
    for row in rows.order_by().values("department", "about").annotate(n=Count("pk")):
        part = parts.setdefault(row["department"], Part(row["department"]))
        part.total += row["n"]
        part.product += row["n"] if row["about"] == TalkingPoint.About.PRODUCT else 0
        part.service += row["n"] if row["about"] == TalkingPoint.About.SERVICE else 0
    place = Window(RowNumber(), partition_by=F("department"), order_by=[F("recorded_at").desc(), F("pk").desc()])
    newest = rows.annotate(place=place).filter(place__lte=SHOWN).select_related("customer", "owner")
    for suggestion in newest.order_by("-recorded_at", "-pk"):
        parts[suggestion.department].rows.append(suggestion)
    return sorted(parts.values(), key=lambda part: (-part.total, part.department))


# The plan of a later call --------------------------------------------------------------------------------


@allowed(Permission.CALL)
def plan_task(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Of what a later call is to speak, beside what earlier ones spoke of (S1-4.5b)."""
    tasks = ContactTask.objects.visible_to(request.user, Permission.CALL).for_list()
    task, at = get_object_or_404(tasks, pk=pk), timezone.now()
    if not task.is_open:
        raise Refusal(_("This contact was already made."))
    plan = repeating.planned(task) or TaskPlan(task=task, dealership_id=task.dealership_id, topics=[])
    form = TaskPlanForm(request.POST or None, instance=plan, topics=repeating.choices(task, plan))
    if request.method == "POST" and form.is_valid():
        for one in repeating.keep(form.instance, by=request.user, at=at):
            messages.warning(request, _("“%(topic)s” was already spoken of on an earlier call.") % {"topic": one.said})
        messages.success(request, _("The topics of this call are planned."))
        return redirect("desk:visit", task.visit_id)
    before = repeating.before(task, at=at)
    facts = {"form": form, "task": task, "before": before, "planned": before.planned(plan.topics)}
    return TemplateResponse(request, "contacts/task_plan.html", facts, status=422 if form.is_bound else 200)
