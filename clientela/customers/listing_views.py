"""The lists of customers and vehicles: looking, taking out of the house, and the log of what was taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_POST, require_safe

from clientela.network.paging import SIZE, page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import taking_out
from .exporting import Format
from .listing import CUSTOMERS, LISTS, VEHICLES, Asked, Count, List, count
from .models import Export

#: What an address of a list may say beside its filters.
SORT, COLUMNS, AFTER = "sort", "cols", "after"


@dataclass(frozen=True)
class Heading:
    """The head of a column: its name, and where a click on it leads."""

    label: "str | Promise"
    kind: str
    link: str = ""
    order: str = ""


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def customers(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Everybody on file, as asked. What was typed in the box of every page is searched for."""
    if request.GET.get("q", "").strip():
        return redirect(f"{reverse('customers:search')}?{request.GET.urlencode()}")
    return _list(request, CUSTOMERS)


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def vehicles(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    return _list(request, VEHICLES)


def _list(request: AuthenticatedHttpRequest, listed: List) -> HttpResponseBase:
    if any("" in values for _name, values in request.GET.lists()):
        return redirect(f"{request.path}{_address(_without_blanks(request.GET))}")
    asked = _asked(request, listed, Permission.SEE_CUSTOMERS)
    page = asked.page(request.GET.get(AFTER), SIZE)
    is_whole = not page.more and not request.GET.get(AFTER)
    found = Count(len(page.rows)) if is_whole else count(asked.rows)
    facts = {
        "asked": asked,
        "lines": list(asked.lines(page.rows)),
        "headings": list(_headings(request, asked)),
        "more": page.more,
        "count": found.rows,
        "is_capped": found.capped,
        "chips": [(chip, _address(request.GET, **{chip.name: None})) for chip in _chips(asked)],
        "sorting": f"-{asked.sort.code}" if asked.falls else asked.sort.code,
        "may_export": request.user.may(Permission.EXPORT, request.dealership.pk),
        "query": _address(request.GET, **{AFTER: None}),
        "formats": Format,
    }
    return TemplateResponse(request, "customers/rows.html", facts, status=200 if asked.filters.is_valid() else 422)


def _asked(request: AuthenticatedHttpRequest, listed: List, right: Permission) -> Asked:
    """What the address says; the columns chosen last stay chosen until one signs out."""
    key = f"columns of {listed.code}"
    if COLUMNS in request.GET:
        request.session[key] = request.GET.getlist(COLUMNS)[: len(listed.columns)]
    columns = request.session.get(key, [])
    return listed.asked(request.GET, request.dealership, by=request.user, right=right, columns=columns)


def _chips(asked: Asked) -> Iterator[Any]:
    if asked.filters.is_valid():
        yield from asked.filters.chips()


def _headings(request: AuthenticatedHttpRequest, asked: Asked) -> Iterator[Heading]:
    for column in asked.columns:
        if not column.sort:
            yield Heading(column.label, column.kind)
            continue
        is_this = column.sort == asked.sort.code
        turned = f"-{column.sort}" if is_this and not asked.falls else column.sort
        order = ("descending" if asked.falls else "ascending") if is_this else ""
        yield Heading(column.label, column.kind, _address(request.GET, **{SORT: turned, AFTER: None}), order)


def _without_blanks(query: QueryDict) -> QueryDict:
    rest = query.copy()
    for name, values in query.lists():
        rest.setlist(name, [value for value in values if value])
    return rest


def _address(query: QueryDict, **changes: str | None) -> str:
    """The same address with other filters."""
    rest = query.copy()
    for name, value in changes.items():
        rest.pop(name, None)
        if value:
            rest[name] = value
    return f"?{rest.urlencode()}"


# Out of the house ----------------------------------------------------------------------------------------


@require_POST
@allowed(Permission.EXPORT)
def export(request: AuthenticatedHttpRequest, what: str) -> HttpResponseBase:
    """The list that the address describes, as a file or to be printed."""
    return taking_out.answer(
        request,
        lambda: _asked(request, LISTS[what], Permission.EXPORT),
        at=timezone.now(),
        printed=taking_out.on_paper(request),
    )


@require_safe
@allowed(Permission.OVERSEE)
def exports(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Who took which data out of this house."""
    lines = Export.objects.visible_to(request.user, Permission.OVERSEE).filter(dealership=request.dealership)
    page = page_after(lines.select_related("by"), ("-at", "-pk"), request.GET.get(AFTER))
    facts = {"lines": [(line, _in_words(line, request)) for line in page.rows], "more": page.more}
    return TemplateResponse(request, "customers/exports.html", facts)


def _in_words(line: Export, request: AuthenticatedHttpRequest) -> list[Any]:
    """The filters of an export as one reads them."""
    if line.what not in LISTS:
        return []
    filters = LISTS[line.what].filters(line.filters, house=request.dealership)
    return list(filters.chips()) if filters.is_valid() else []
