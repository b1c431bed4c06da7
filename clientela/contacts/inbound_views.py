"""Calls that are written down, and the requests that come of them: one owner at a time until the answer (S1-P2.2.2)."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import search
from clientela.customers.exporting import Format
from clientela.customers.models import Customer
from clientela.network.models import Dealership, User
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import inbound as calling_in
from . import register_forms, registers, requesting
from .models import ContactRecord, ContactTask, Request, TalkingPoint
from .models.request import RequestQuerySet
from .register_views import SEE, house_of, tabs

CALL = Permission.CALL
FOUND = 8


@allowed(CALL)
def inbound(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Somebody calls: who, what about, what was said, what was answered. From every page within one step."""
    house, user, at = house_of(request, CALL), request.user, timezone.now()
    customer = chosen_customer(request, house)
    if request.htmx and request.method == "GET":
        return _found(request, house, customer)
    initial = {"started_at": at.isoformat(), "phone": request.GET.get("phone", "")[:40]}
    form = register_forms.InboundForm(request.POST or None, house=house, customer=customer, by=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        line = calling_in.keep(calling_in.Talk(**form.talk), house, by=user, at=at)
        asked = Request.objects.filter(record=line, dealership=house).first()
        said = _("Written down as no. %(number)s.") if asked is None else _("Request %(number)s is open.")
        messages.success(request, said % {"number": line}, extra_tags=f"draft {_draft(request, customer)}")
        return redirect("contacts:request", asked.pk) if asked else redirect("contacts:record", line.pk)
    facts = {
        "form": form,
        "draft": _draft(request, customer),
        "tab": "inbound",
        **_about(house, customer, request.GET.get("phone", ""), request.user),
        **hits_of(request, house, request.GET.get("q", "")),
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/inbound.html", facts, status=422 if form.is_bound else 200)


def _draft(request: AuthenticatedHttpRequest, customer: Customer | None) -> str:
    """Under which name the browser keeps what is typed: one customer's words must not appear at another's."""
    given = request.POST.get("draft", "")
    if given.removeprefix("inbound-").isalnum() and len(given) < 40:
        return given
    return f"inbound-{customer.pk if customer else 'new'}"


def _found(request: AuthenticatedHttpRequest, house: Dealership, customer: Customer | None) -> HttpResponseBase:
    """While one types: who fits; then who was chosen."""
    if "q" in request.GET:
        return TemplateResponse(request, "contacts/_callers.html", hits_of(request, house, request.GET["q"]))
    form = register_forms.InboundForm(None, house=house, customer=customer, by=request.user)
    facts = {"form": form, "swaps": True, **_about(house, customer, "", request.user)}
    return TemplateResponse(request, "contacts/_caller.html", facts)


def hits_of(request: AuthenticatedHttpRequest, house: Dealership, term: str) -> dict[str, Any]:
    """Who of this house fits what was typed."""
    term = term.strip()[:100]
    hits = [hit for hit in search.find(term, request.user, FOUND) if hit.customer.dealership_id == house.pk]
    return {"sought": term, "hits": hits}


def chosen_customer(request: AuthenticatedHttpRequest, house: Dealership) -> Customer | None:
    """Who was chosen; of a file that was merged, the one it became part of."""
    given = (request.POST if request.method == "POST" else request.GET).get("customer", "")
    if not (given.isascii() and given.isdigit() and len(given) < 18):
        return None
    people = Customer.objects.visible_to(request.user, CALL).select_related("dealership", "merged_into")
    found = people.filter(pk=int(given), dealership=house, erased_at=None).first()
    return found.survivor() if found else None


def _about(house: Dealership, customer: Customer | None, phone: str, user: User) -> dict[str, Any]:
    """What whoever takes the call should know: what is open, what was said last."""
    again = list(calling_in.open_of(house, customer, phone).for_list().order_by("opened_at", "pk")[:5])
    facts: dict[str, Any] = {"customer": customer, "asked_before": again}
    if customer is None:
        return facts
    tasks = ContactTask.objects.open().filter(customer=customer).select_related("step").order_by("due_at", "pk")
    last = registers.dressed_calls(ContactRecord.objects.filter(customer=customer)).order_by("-at", "-pk")[:3]
    return facts | {
        "points": list(customer.contact_points.filter(valid=True).select_related("dealership")[:4]),
        "due": [task for task in tasks[:3] if task.opens_on <= house.today(timezone.now())],
        "last": [{"line": line, "summary": registers.summary_of(line)} for line in last],
        "said_open": list(TalkingPoint.objects.filter(customer=customer).open().order_by("report_by", "pk")[:3]),
    }


# Requests ------------------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def requests(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What callers wait for: whose, since when, how often it was handed over, who called again."""
    house, at = house_of(request), timezone.now()
    rows: RequestQuerySet = Request.objects.filter(dealership=house)
    mine = request.GET.get("of") == "mine"
    shows = request.GET.get("shows", "")
    term = request.GET.get("q", "").replace("\0", "").strip()[:100]
    if mine:
        rows = rows.filter(owner=request.user)
    counts = {"open": rows.open().count(), "again": _again(rows).count()}
    rows = {"closed": rows.filter(closed_at__isnull=False), "again": _again(rows)}.get(shows, rows.open())
    if term:
        rows = rows.filter(_looked_for(term))
    keys = ("-opened_at", "-pk") if shows == "closed" else ("opened_at", "pk")
    page = page_after(rows.for_list(), keys, request.GET.get("after"))
    facts = {
        "rows": [{"asked": row, "age": row.age(at), "whose": registers.whose(row.record)} for row in page.rows],
        "more": page.more,
        "counts": counts,
        "shows": shows if shows in {"closed", "again"} else "",
        "of": "mine" if mine else "",
        "sought": term,
        "may_export": request.user.may(Permission.EXPORT, house.pk),
        "formats": Format,
        "query": "",
        "tab": "requests",
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/requests.html", facts)


def _again(rows: RequestQuerySet) -> RequestQuerySet:
    """Open ones about which the customer called again."""
    return rows.open().filter(pk__in=rows.filter(again__isnull=False).values("pk"))


def _looked_for(term: str) -> Q:
    said = Q(record__summary__icontains=term) | Q(record__words__icontains=term) | Q(record__caller__icontains=term)
    return said | Q(customer__full_name__icontains=term)


@require_safe
@allowed(SEE)
def asked(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """One request with its way: who had it, who called again, what she was told."""
    return _request_page(request, _request(request, pk))


def _request_page(
    request: AuthenticatedHttpRequest, found: Request, *, status: int = 200, **forms: Any
) -> HttpResponseBase:
    house, at = found.dealership, timezone.now()
    said = [{"point": row, "late": row.is_late(at)} for row in found.record.points.standing().order_by("pk")]
    facts = {
        "asked": found,
        "said": said,
        "open_points": found.record.points.open().exists(),
        "line": found.record,
        "whose": registers.whose(found.record),
        "age": found.age(at),
        "way": found.hand_overs.select_related("giver", "taker", "by").order_by("pk"),
        "again": found.again.select_related("by").order_by("at", "pk"),
        "may_call": request.user.may(CALL, house.pk),
        "may_see_to": found.is_open and request.user.may(CALL, house.pk) and requesting.may_see_to(found, request.user),
        "pass_form": register_forms.PassOnForm(house=house, owner=found.owner),
        "reply_form": register_forms.ReplyForm(),
        "tab": "requests",
        **tabs(house, request),
        **forms,
    }
    return TemplateResponse(request, "contacts/request.html", facts, status=status)


def _request(request: AuthenticatedHttpRequest, pk: int, right: Permission = SEE) -> Request:
    rows = Request.objects.visible_to(request.user, right).for_list().select_related("record__by", "record__vehicle")
    return get_object_or_404(rows, pk=pk)


@require_POST
@allowed(CALL)
def hand_over_request(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    found = _request(request, pk, CALL)
    form = register_forms.PassOnForm(request.POST, house=found.dealership, owner=found.owner)
    if not form.is_valid():
        return _request_page(request, found, status=422, pass_form=form)
    given = form.cleaned_data
    requesting.hand_over(found, given["taker"], given["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s has it now.") % {"name": given["taker"]})
    return redirect("contacts:request", pk)


@require_POST
@allowed(CALL)
def close_request(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The customer has her answer."""
    found = _request(request, pk, CALL)
    form = register_forms.ReplyForm(request.POST)
    if not form.is_valid():
        return _request_page(request, found, status=422, reply_form=form)
    requesting.close(found, requesting.Reply(**form.cleaned_data), by=request.user, at=timezone.now())
    messages.success(request, _("Closed: the customer has her answer."))
    return redirect("contacts:requests")
