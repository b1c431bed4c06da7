"""The registers: calls, each record, months that are closed, and the forms of the regulation."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import exporting, taking_out
from clientela.customers.exporting import Format
from clientela.customers.listing import Asked, List, count
from clientela.customers.models import CustomerFile
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.paging import SIZE
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import closing, register_forms, registering, registers
from .models import ContactRecord, Counter, Letter, Programme, RegisterClosing
from .periods import chips_of, spans, weeks, with_period, without

SEE, SUPERVISE, EXPORT = Permission.SEE_REGISTERS, Permission.SUPERVISE, Permission.EXPORT
Register = Counter.Register
LISTS: dict[str, List] = {
    listed.code: listed for listed in (registers.CALLS, registers.RECORDS, registers.LETTERS, registers.REQUESTS)
}
_PAGES = {
    "calls": "contacts:calls",
    "records": "contacts:calls",
    "letters": "contacts:letters",
    "requests": "contacts:requests",
}
#: A busy month on paper: the register is printed whole.
ON_PAPER = 5_000
#: The regulation whose four forms these are.
PRESET = "after_sales_phone"


def house_of(request: AuthenticatedHttpRequest, right: Permission = SEE) -> Dealership:
    """The house one stands in, if one has the right there."""
    if not request.user.may(right, request.dealership.pk):
        raise Http404
    return request.dealership


# The register of calls -----------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def calls(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """One line a call, out and in (S1-4.7)."""
    house = house_of(request)
    asked = asked_of(request, house, registers.CALLS)
    facts = page_facts(request, asked, tab="calls")
    facts |= {
        "rows": [line_facts(row) for row in facts["page"].rows],
        "totals": registers.totals(asked.rows),
        "kinds": ContactRecord.Kind.choices,
    }
    return TemplateResponse(request, "contacts/calls.html", facts, status=facts["status"])


def asked_of(request: AuthenticatedHttpRequest, house: Dealership, of: List, right: Permission = SEE) -> Asked:
    """What the address asks of a register; on the screen the newest stands first."""
    query = with_period(request, house.today(timezone.now()))
    if right == SEE and not query.get("sort"):
        query["sort"] = f"-{of.sorts[0].code}"
    return of.asked(query, house, by=request.user, right=right, columns=())


def page_facts(request: AuthenticatedHttpRequest, asked: Asked, *, tab: str) -> dict[str, Any]:
    """What every register's page shows."""
    form: Any = asked.filters
    is_valid = form.is_valid()
    house, user = asked.house, request.user
    page = asked.page(request.GET.get("after"), SIZE)
    return {
        "asked": asked,
        "form": form,
        "page": page,
        "more": page.more,
        "count": count(asked.rows),
        "period": form.period if is_valid else None,
        "spans": [*weeks(house.today(timezone.now())), *spans(house.today(timezone.now()))],
        "chips": chips_of(request, form) if is_valid else [],
        "formats": Format,
        "may_export": user.may(EXPORT, house.pk),
        "tab": tab,
        "query": without(request.GET, "after"),
        "status": 200 if is_valid else 422,
        **tabs(house, request),
    }


def tabs(house: Dealership, request: AuthenticatedHttpRequest) -> dict[str, Any]:
    """Which tabs stand over the pages of the registers."""
    return {"has_forms": Programme.objects.filter(dealership=house, preset=PRESET, active=True).exists()}


def line_facts(line: ContactRecord) -> dict[str, Any]:
    """A line of the register in words."""
    return {
        "line": line,
        "whose": registers.whose(line),
        "kind": registers.kind_said(line),
        "agent": registers.who_said(line),
        "summary": registers.summary_of(line),
        "result": registers.result_of(line),
        "lasted": int((line.at - line.started_at).total_seconds()) if line.attempt else None,
        "too_long": registers.is_too_long(line),
        "taken_back": bool(line.attempt and line.attempt.undone_at),
    }


@require_POST
@allowed(EXPORT)
def export(request: AuthenticatedHttpRequest, what: str) -> HttpResponseBase:
    """A register as a file or on paper, in the order of its lines; it stands in the log."""
    return taking_out.answer(
        request,
        lambda: asked_of(request, request.dealership, LISTS[what], EXPORT),
        at=timezone.now(),
        printed=lambda asked, at: _printed(request, asked, what, at=at),
    )


def _printed(request: AuthenticatedHttpRequest, asked: Asked, what: str, *, at: datetime) -> HttpResponseBase:
    filters: Any = asked.filters
    period = filters.period
    register = Register.LETTERS if what == "letters" else Register.CALLS
    month = period.first if _is_month(period.first, period.last) else None
    facts = {
        "asked": asked,
        "lines": exporting.on_paper(asked, by=request.user, at=at, most=ON_PAPER),
        "total": count(asked.rows),
        "totals": registers.totals(asked.rows) if what in {"calls", "records"} else None,
        "chips": list(filters.chips()),
        "period": period,
        "closing": closing.of_month(asked.house, register, month) if month else None,
        "back": f"{reverse(_PAGES[what])}{without(request.GET, 'after')}",
        "at": at,
    }
    return TemplateResponse(request, "contacts/paper_register.html", facts)


def _is_month(first: date, last: date) -> bool:
    return first.day == 1 and (last + timedelta(days=1)).day == 1 and first.month == last.month


# One record ----------------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def record(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """A call as its form shows it (form 2), with what was corrected and what inspections found."""
    return record_page(request, record_of(request, pk))


def record_page(
    request: AuthenticatedHttpRequest, line: ContactRecord, *, status: int = 200, **forms: Any
) -> HttpResponseBase:
    user, house, at = request.user, line.dealership, timezone.now()
    inspects, may_call = user.may(SUPERVISE, house.pk), user.may(Permission.CALL, house.pk)
    inspections = list(line.inspections.select_related("by").order_by("pk")) if inspects or line.by == user else []
    facts = {
        **line_facts(line),
        **form_facts(line),
        "inspections": inspections,
        "may_inspect": inspects and line.by_id != user.pk and all(row.by_id != user.pk for row in inspections),
        "inspection_form": register_forms.InspectionForm(),
        "recognitions": list(line.recognitions.select_related("customer", "by", "withdrawn_by").order_by("pk")),
        "may_call": may_call,
        "may_recognise": may_call and not line.customer_id and not line.corrections.all(),
        "may_amend": registering.is_hers_today(line, user, at=at),
        "may_correct": (line.by_id == user.pk or inspects) and not line.corrections.all(),
        "closing": closing.of_month(house, Register.CALLS, house.today(line.at)),
        "tab": "calls",
        **tabs(house, request),
        **forms,
    }
    return TemplateResponse(request, "contacts/record.html", facts, status=status)


def form_facts(line: ContactRecord) -> dict[str, Any]:
    """The fields of form 2 (section 2.9)."""
    task = line.attempt.task if line.attempt else None
    return {
        "points": registers.Points.of(line),
        "on_the_spot": registers.on_the_spot(line),
        "solution": registers.solution_of(line),
        "informed": registers.informed_on(line),
        "use": registers.use_of(line),
        "opinion": registers.answers_of(line),
        "words": line.words or (line.attempt.words if line.attempt else ""),
        "planned_on": task.due_on if task else None,
        "house": line.dealership,
    }


def record_of(request: AuthenticatedHttpRequest, pk: int, right: Permission = SEE) -> ContactRecord:
    visible = ContactRecord.objects.visible_to(request.user, right)
    rows = registers.dressed_calls(visible).select_related("visit", "again_on__record", "request__owner")
    line: ContactRecord = get_object_or_404(rows.prefetch_related("corrections", "points"), pk=pk)
    return line


@require_safe
@allowed(SEE)
def print_record(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Form 2 on paper, in the language of the house or the reader's."""
    line = record_of(request, pk)
    ours = request.GET.get("language") != "mine"
    language = line.dealership.locale if ours else request.user.language
    facts: dict[str, Any] = {
        "paper_language": language,
        "ours": ours,
        "back": reverse("contacts:record", args=[pk]),
        "printed_on": line.dealership.today(timezone.now()),
    }
    with translation.override(language):
        facts |= {**line_facts(line), **form_facts(line)}
        return TemplateResponse(request, "contacts/paper_record.html", facts).render()


@allowed(Permission.CALL)
def amend(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Mend the wording of a call written down today."""
    line = record_of(request, pk, Permission.CALL)
    return _wording(request, line, registering.amend, "amend", _("Mended."))


@allowed(SEE)
def correct(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """A correction: a new line that names the wrong one (S1-4.7b)."""
    return _wording(request, record_of(request, pk), registering.correct, "correct", _("The correction is written."))


def _wording(
    request: AuthenticatedHttpRequest, line: ContactRecord, verb: Any, how: str, done: str
) -> HttpResponseBase:
    before = {"summary": line.summary, "words": form_facts(line)["words"], "answer": line.answer}
    form = register_forms.WordingForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        kept = verb(line, registering.Wording(**form.cleaned_data), by=request.user, at=timezone.now())
        messages.success(request, done)
        return redirect("contacts:record", kept.pk if kept else line.pk)
    facts = {"line": line, "form": form, "how": how, "tab": "calls", **tabs(line.dealership, request)}
    return TemplateResponse(request, "contacts/record_wording.html", facts, status=422 if form.is_bound else 200)


# Months that are closed ----------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def closings(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The months of both registers: under way, to be closed, closed."""
    house, at = house_of(request), timezone.now()
    facts = {
        "of": [(register, label, closing.recent(house, register, at=at)) for register, label in Register.choices],
        "pages": {Register.CALLS.value: "contacts:calls", Register.LETTERS.value: "contacts:letters"},
        "may_close": request.user.may(SUPERVISE, house.pk),
        "may_export": request.user.may(EXPORT, house.pk),
        "house": house,
        "tab": "closings",
        **tabs(house, request),
    }
    return TemplateResponse(request, "contacts/closings.html", facts)


@require_POST
@allowed(SUPERVISE)
def close_month(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Close a month of a register for good."""
    house = house_of(request, SUPERVISE)
    form = register_forms.MonthForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("Choose a month of a register."))
    given = form.cleaned_data
    closed: RegisterClosing = closing.close(
        house, Register(given["register"]), given["month"], by=request.user, at=timezone.now()
    )
    messages.success(request, _("Closed, with %(n)d lines.") % {"n": closed.lines})
    return redirect("contacts:closings")


# The four forms ------------------------------------------------------------------------------------------


@require_safe
@allowed(SEE)
def forms(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The four forms of the regulation, each to be looked at, printed and taken out (S1-4.11)."""
    house = house_of(request)
    if not tabs(house, request)["has_forms"]:
        raise Http404
    rows = registers.dressed_calls(ContactRecord.objects.filter(dealership=house))
    files = CustomerFile.objects.filter(dealership=house, customer__erased_at=None).select_related("customer")
    facts = {
        "files": files.order_by("-began_on", "-pk")[:5],
        "records": [line_facts(line) for line in rows.order_by("-at", "-pk")[:5]],
        "letters": Letter.objects.filter(dealership=house).select_related("customer").order_by("-at", "-pk")[:5],
        "month": spans(house.today(timezone.now()))[0],
        "may_export": request.user.may(EXPORT, house.pk),
        "formats": Format,
        "tab": "forms",
        "has_forms": True,
    }
    return TemplateResponse(request, "contacts/forms.html", facts)
