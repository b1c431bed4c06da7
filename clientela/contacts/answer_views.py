"""The registers of answers, one for each questionnaire: to look at, take out and print (S4-3.2.4.4.1)."""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clientela.customers import taking_out
from clientela.customers.exporting import Format
from clientela.customers.listing import Asked, count
from clientela.network.paging import SIZE
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed
from clientela.satisfaction.questionnaires import Questionnaire

from . import answers
from .periods import chips_of, spans, with_period

SEE = Permission.SEE_TASKS


@require_safe
@allowed(SEE)
def register(request: AuthenticatedHttpRequest, code: str = "") -> HttpResponseBase:
    """Who answered in the period, what each objected to, how many are valid, and why the others are not."""
    house = request.dealership
    if not request.user.may(SEE, house.pk):
        raise Http404
    known = answers.known(house)
    facts: dict[str, Any] = {"tab": "answers", "known": known}
    if not known:
        return TemplateResponse(request, "contacts/answers.html", facts)
    of = _chosen(known, code)
    asked = _asked(request, of, SEE)
    form: Any = asked.filters
    is_valid = form.is_valid()
    page = asked.page(request.GET.get("after"), SIZE)
    facts |= {
        "of": of,
        "asked": asked,
        "form": form,
        "lines": list(zip(asked.lines(page.rows), page.rows, strict=True)),
        "more": page.more,
        "count": count(asked.rows),
        "validity": answers.validity(house, of, form) if is_valid else None,
        "by_item": answers.by_item(of, asked.rows) if is_valid else [],
        "period": form.cleaned_data if is_valid else None,
        "spans": spans(house.today(timezone.now())),
        "chips": chips_of(request, form) if is_valid else [],
        "formats": Format,
        "may_export": request.user.may(Permission.EXPORT, house.pk),
        "query": f"?{request.GET.urlencode()}",
    }
    return TemplateResponse(request, "contacts/answers.html", facts, status=200 if is_valid else 422)


@require_POST
@allowed(Permission.EXPORT)
def export(request: AuthenticatedHttpRequest, code: str) -> HttpResponseBase:
    """The register that the address describes, as a file or to be printed; it stands in the log."""

    def asked() -> Asked:
        return _asked(request, _chosen(answers.known(request.dealership), code), Permission.EXPORT)

    back = reverse("contacts:answers_of", args=[code])
    paper = taking_out.on_paper(request, back, period=lambda rows: rows.filters.cleaned_data)
    return taking_out.answer(request, asked, at=timezone.now(), printed=paper)


def _chosen(known: list[Questionnaire], code: str) -> Questionnaire:
    found = next((of for of in known if of.code == code), None) if code else known[0]
    if found is None:
        raise Http404
    return found


def _asked(request: AuthenticatedHttpRequest, of: Questionnaire, right: Permission) -> Asked:
    house = request.dealership
    query = with_period(request, house.today(timezone.now()))
    return answers.register(of).asked(query, house, by=request.user, right=right, columns=())
