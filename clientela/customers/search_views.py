"""The box on every page: suggestions while one types, and the page of what was found."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import search

SUGGESTED = 7


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def results(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Who fits; the only one at once. Who became part of another file is found there."""
    term = request.GET.get("q", "").strip()
    hits = search.find(term, request.user)
    if len(hits) == 1:
        return redirect("desk:customer", hits[0].customer.pk)
    facts = {"hits": hits, "term": term, "words": search.words_of(term), "cut": len(hits) >= search.LIMIT}
    return TemplateResponse(request, "customers/search/results.html", facts)


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def suggestions(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """The best few, to be chosen with the arrow keys."""
    term = request.GET.get("q", "").strip()
    facts = {"hits": search.find(term, request.user, SUGGESTED), "term": term, "words": search.words_of(term)}
    return TemplateResponse(request, "customers/search/_suggestions.html", facts)
