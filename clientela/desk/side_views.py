"""Pages beside the work: what a phone's five words leave out, and the living style guide."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clientela.network.permissions import AuthenticatedHttpRequest


@require_safe
def more(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Where a phone finds what its five words at the thumb leave out."""
    return TemplateResponse(request, "desk/more.html", {})


@require_safe
def style(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Every component of the interface in its states."""
    return TemplateResponse(request, "desk/style.html", {})
