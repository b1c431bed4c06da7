"""Files to complete, files to look after, who walked in, and the papers of a file."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.network.models import Dealership
from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import changes, completeness, consulting, filing, likes, papers, search, upkeep
from .consulting import Newcomer, Talk
from .duplicate_forms import DraftForm
from .filing_forms import ConsultationForm, NewCustomerForm, RuleForm
from .models import Change, Customer, CustomerFile, FileRule, Upkeep
from .paper_views import paper

SEE, EDIT = Permission.SEE_CUSTOMERS, Permission.EDIT_CUSTOMERS
#: The files of so many days are judged together.
PERIOD = timedelta(days=90)
#: The list of those who may be the same customer, where there is one.
DUPLICATES = ["customers/_duplicates.html", "customers/_no_duplicates.html"]


# Files to complete ---------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def files(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Whose file is to be completed, the latest first; how many were complete in time (S1-1.2)."""
    house, user = request.dealership, request.user
    today = house.today(timezone.now())
    rows = CustomerFile.objects.visible_to(user).filter(dealership=house)
    of = "mine" if request.GET.get("of") == "mine" else "team"
    if of == "mine":
        rows = rows.filter(Q(owner=user) | Q(owner=None))
    counts = rows.aggregate(
        open=Count("pk", filter=Q(completed_on=None)),
        late=Count("pk", filter=Q(completed_on=None, due_on__lt=today)),
        done=Count("pk", filter=Q(completed_on__isnull=False, due_on__gte=today - PERIOD)),
    )
    views = {
        "open": rows.open(),
        "late": rows.late(today),
        "done": rows.filter(completed_on__isnull=False, due_on__gte=today - PERIOD),
    }
    shows = request.GET.get("shows", "")
    shows = shows if shows in views else "open"
    page = page_after(views[shows].for_list(), ("due_on", "pk"), request.GET.get("after"))
    facts = {
        "rows": [{"file": file, "late": file.days_late(today)} for file in page.rows],
        "lacking": _lacking(house.pk, page.rows),
        "more": page.more,
        "of": of,
        "shows": shows,
        "counts": counts,
        "today": today,
        "on_time": filing.on_time(house.pk, since=today - PERIOD, today=today),
        "period": PERIOD.days,
        "rule": _rule(request),
        "tab": "files",
    }
    return TemplateResponse(request, "customers/files.html", facts)


def _rule(request: AuthenticatedHttpRequest) -> FileRule | None:
    return FileRule.objects.visible_to(request.user).filter(dealership=request.dealership).first()


def _lacking(house: int, rows: list[CustomerFile]) -> dict[int, str]:
    """By file, what it still needs; one question for the page."""
    required = FileRule.objects.filter(dealership=house).values_list("required", flat=True).first() or []
    pairs = [(file.customer_id, file.visit_id) for file in rows if file.is_open]
    found = completeness.lacking_in(pairs, required)
    return {
        file.pk: completeness.titles(completeness.FIELDS[code] for code in found.get(file.visit_id, []))
        for file in rows
    }


@require_POST
@allowed(EDIT)
def move_file(request: AuthenticatedHttpRequest, pk: int, act: str) -> HttpResponseBase:
    """Complete a file, put it away, or open it again."""
    files = CustomerFile.objects.visible_to(request.user, EDIT).select_related("dealership", "customer", "visit")
    file, at = get_object_or_404(files, pk=pk), timezone.now()
    verbs: dict[str, Callable[[], None]] = {
        "complete": lambda: filing.complete(file, by=request.user, at=at),
        "put-away": lambda: filing.put_away(file, at=at),
        "reopen": lambda: filing.reopen(file),
    }
    if act not in verbs:
        raise Http404
    verbs[act]()
    messages.success(request, f"{file.customer.listed_name}: {file.get_state_display()}")
    return redirect("desk:customer", file.customer_id)


# Files to look after -------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def quality(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """How complete the house's data is, field by field, and who lacks what (S1-P2.5.1a, S4-1.1b)."""
    house, at = request.dealership, timezone.now()
    rule, today = _rule(request), house.today(at)
    fields = upkeep.looked_after(rule)
    months = rule.stale_months if rule else 12
    people = Customer.objects.visible_to(request.user).filter(dealership=house, merged_into=None, erased_at=None)
    old = upkeep.stale(people, months, today)
    by_code = {field.code: field for field in fields}
    lacks = request.GET.get("lacks", "")
    rows: Any = old if lacks == "verified" else None
    if lacks in by_code:
        rows = upkeep.lacking(people, by_code[lacks])
    page = page_after(rows.for_list(), ("search_name", "pk"), request.GET.get("after")) if rows is not None else None
    figures = upkeep.quality(house, fields)
    facts = {
        "figures": figures,
        "n": figures[0].n,
        "stale": old.count(),
        "months": months,
        "lacks": lacks if rows is not None else "",
        "chosen": next((figure for figure in figures if figure.field.code == lacks), None),
        "customers": page.rows if page else [],
        "more": page.more if page else "",
        "tab": "quality",
    }
    return TemplateResponse(request, "customers/quality.html", facts)


@require_safe
@allowed(SEE)
def sources(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Where the house's customers are known from (S2-6.1)."""
    people = Customer.objects.visible_to(request.user).filter(
        dealership=request.dealership, merged_into=None, erased_at=None
    )
    since = request.dealership.today(timezone.now()).replace(day=1)
    this_month = Count("pk", filter=Q(created_at__date__gte=since))
    counted = list(people.values("source", "source_note").annotate(n=Count("pk"), month=this_month).order_by("-n"))
    words = dict(Customer.Source.choices)
    total = sum(row["n"] for row in counted)
    facts = {
        "rows": [{**row, "title": words.get(row["source"], ""), "share": 100 * row["n"] / total} for row in counted],
        "total": total,
        "tab": "sources",
    }
    return TemplateResponse(request, "customers/sources.html", facts)


@require_safe
@allowed(SEE)
def upkeep_list(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What somebody should put right: numbers to be found, files to be verified (S2-6.2)."""
    house = request.dealership
    rows = Upkeep.objects.visible_to(request.user).filter(dealership=house, done_at=None, customer__merged_into=None)
    by_kind = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    kind = request.GET.get("kind", "")
    shown = rows.filter(kind=kind) if kind in Upkeep.Kind else rows
    page = page_after(shown.select_related("customer"), ("opened_at", "pk"), request.GET.get("after"))
    facts = {
        "rows": page.rows,
        "more": page.more,
        "kinds": [(value, label, by_kind.get(value, 0)) for value, label in Upkeep.Kind.choices],
        "total": sum(by_kind.values()),
        "kind": kind if kind in Upkeep.Kind else "",
        "may_edit": request.user.may(EDIT, house.pk),
        "tab": "upkeep",
    }
    return TemplateResponse(request, "customers/upkeep.html", facts)


@require_POST
@allowed(EDIT)
def finish_upkeep(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    task = get_object_or_404(Upkeep.objects.visible_to(request.user, EDIT), pk=pk)
    upkeep.finish(task, by=request.user, at=timezone.now())
    messages.success(request, _("Done."))
    return redirect("customers:upkeep")


# The rule ------------------------------------------------------------------------------------------------


@allowed(Permission.EDIT_PROGRAMMES)
def rule(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """What a complete file holds in this house, and how soon; each parameter with its source."""
    house, at = request.dealership, timezone.now()
    if not request.user.may(Permission.EDIT_PROGRAMMES, house.pk):
        raise Http404
    rules = FileRule.objects.visible_to(request.user, Permission.EDIT_PROGRAMMES)
    found = rules.filter(dealership=house).first()
    subject = found or FileRule(dealership=house, triggers=[], required=[], live_on=house.today(at))
    form = RuleForm(request.POST or None, instance=subject)
    if request.method == "POST" and form.is_valid():
        filing.edit_rule(form.instance, form.changed_fields, by=request.user, at=at)
        messages.success(request, _("Saved. Files already asked for keep their day."))
        return redirect("customers:rule")
    edits = Change.objects.visible_to(request.user).filter(dealership=house, noun=Change.Noun.FILE_RULE)
    facts = {
        "form": form,
        "rule": found,
        "sources": papers.sources(found),
        "lines": changes.lines(list(edits.select_related("by").order_by("-at", "-pk")[:20])),
        "tab": "rule",
    }
    return TemplateResponse(request, "customers/rule.html", facts, status=422 if form.is_bound else 200)


# Who walked in -------------------------------------------------------------------------------------------


@allowed(Permission.RECEIVE)
def consultation(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Somebody came for advice: her file is found or opened, and is to be completed like any other (S1-1.1)."""
    house, at = _counter(request), timezone.now()
    customer = _chosen(request)
    form = ConsultationForm(
        request.POST or None,
        dealership=house,
        customer=customer,
        today=house.today(at),
        initial={
            "key": str(uuid4()),
            "on": house.today(at),
            "consultant": request.user,
            "full_name": request.GET.get("q", ""),
        },
    )
    unseen = [] if customer else _unseen(request, house)
    if request.method == "POST" and form.is_valid() and not unseen:
        given = form.cleaned_data
        who = customer or Newcomer(full_name=given["full_name"], phone=given["phone"], email=given["email"])
        visit = consulting.note(who, _talk(given), house, by=request.user, at=at)
        messages.success(request, _("Noted. The file is to be completed next."))
        return redirect("desk:customer", visit.customer_id)
    term = request.GET.get("q", "").strip()
    facts = {
        "form": form,
        "customer": customer,
        "term": term,
        "found": [hit.customer for hit in search.find(term, request.user, 8)] if term and not customer else [],
        "duplicates": DUPLICATES,
        "likes": unseen,
        "tab": "consultation",
    }
    return TemplateResponse(request, "customers/consultation.html", facts, status=422 if form.is_bound else 200)


def _unseen(request: AuthenticatedHttpRequest, house: Dealership) -> list[likes.Like]:
    """Who is there already and looks like the one to be opened, if that was not on the page that was sent."""
    if request.method != "POST":
        return []
    typed = DraftForm(request.POST)
    typed.is_valid()
    found = likes.of(typed.draft, house) if house.pk in request.user.dealerships_with(EDIT) else []
    return found if {str(like.customer.pk) for like in found} - set(request.POST.getlist("seen")) else []


def _counter(request: AuthenticatedHttpRequest) -> Any:
    if not request.user.may(Permission.RECEIVE, request.dealership.pk):
        raise Http404
    return request.dealership


def _chosen(request: AuthenticatedHttpRequest) -> Customer | None:
    """The customer whom the page was opened for."""
    given = request.GET.get("customer", "")
    if not given.isdecimal():
        return None
    people = Customer.objects.visible_to(request.user, Permission.RECEIVE)
    return get_object_or_404(people, pk=int(given), dealership=request.dealership, merged_into=None)


def _talk(given: dict[str, Any]) -> Talk:
    return Talk(
        key=given["key"],
        on=given["on"],
        topic=given["topic"],
        interest=given["interest"],
        vehicle=given.get("vehicle"),
        consultant=given["consultant"],
    )


@allowed(Permission.RECEIVE)
def new_customer(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    house = _counter(request)
    form = NewCustomerForm(request.POST or None, dealership=house)
    unseen = _unseen(request, house)
    if request.method == "POST" and form.is_valid() and not unseen:
        customer = consulting.open_file(Newcomer(**form.cleaned_data), house, at=timezone.now())
        messages.success(request, _("Saved."))
        edits = request.user.may(EDIT, house.pk)
        return redirect("customers:edit" if edits else "desk:customer", customer.pk)
    facts = {"form": form, "duplicates": DUPLICATES, "likes": unseen, "tab": "new"}
    return TemplateResponse(request, "customers/new.html", facts, status=422 if form.is_bound else 200)


# The papers ----------------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def print_card(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """The customer information card (S4-1.1a)."""
    return paper(request, pk, "customers/paper_card.html", papers.card, at=timezone.now())
