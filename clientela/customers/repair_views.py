"""What the workshop recommended and the customer put off, on the page of the visit (S2-9.6)."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clientela.lib.refusal import Refusal
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import repairs
from .forms import RepairsForm
from .models import Visit

EDIT = Permission.EDIT_CUSTOMERS


@require_POST
@allowed(EDIT)
def recommend(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Write down or correct what is recommended."""
    form = RepairsForm(request.POST)
    visit = _visit(request, pk)
    if not form.is_valid():
        raise Refusal(_("Write what is recommended, in at most 400 letters."))
    repairs.recommend(visit, form.cleaned_data["recommended"], by=request.user, at=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("desk:visit", pk)


@require_POST
@allowed(EDIT)
def settle(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """Done, or not wanted: no call speaks of it any more."""
    repairs.settle(_visit(request, pk), by=request.user, at=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("desk:visit", pk)


def _visit(request: AuthenticatedHttpRequest, pk: int) -> Visit:
    return get_object_or_404(Visit.objects.visible_to(request.user, EDIT).select_related("dealership"), pk=pk)
