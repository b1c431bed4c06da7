"""Who was it? An unknown caller of the register is found among the customers, or is unknown again."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clientela.lib.refusal import Refusal
from clientela.network.permissions import AuthenticatedHttpRequest, allowed

from . import recognising, registers
from .inbound_views import CALL, chosen_customer, hits_of
from .register_views import record_of, tabs


@allowed(CALL)
def caller(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Look for the customer by name, number or plate, and say that it was she."""
    line = record_of(request, pk, CALL)
    if request.method == "POST":
        customer = chosen_customer(request, line.dealership)
        if customer is None:
            raise Refusal(_("Choose a customer of this house."))
        named = recognising.recognise(line, customer, by=request.user, at=timezone.now())
        messages.success(
            request, _("Call %(number)s is in the file of %(name)s.") % {"number": named, "name": customer}
        )
        return redirect("contacts:record", named.pk)
    term = request.GET.get("q", line.phone or line.caller)
    facts = {
        "line": line,
        "whose": registers.whose(line),
        "tab": "calls",
        **hits_of(request, line.dealership, term),
        **tabs(line.dealership, request),
    }
    page = "contacts/_recognised.html" if request.htmx else "contacts/caller.html"
    return TemplateResponse(request, page, facts)


@require_POST
@allowed(CALL)
def unknown_again(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """It was not she."""
    recognising.take_back(record_of(request, pk, CALL), by=request.user, at=timezone.now())
    messages.success(request, _("Taken back: the caller is unknown again."))
    return redirect("contacts:record", pk)
