"""The page “Data of this person”: hand out everything, or erase her. Both ask for the password once more."""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clientela.lib.names import search_key
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import privacy
from .models import Customer


class ErasingForm(forms.Form):
    """What makes erasing certain: her name, typed, and the reason."""

    name = forms.CharField(label=gettext_lazy("her full name, to be certain"), max_length=200)
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=200,
        help_text=gettext_lazy("It stays on file: do not name her here."),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        shown = (self.customer.full_name, self.customer.listed_name, self.customer.spoken_name)
        if search_key(name) not in map(search_key, shown):
            raise forms.ValidationError(_("This is not the name on the file. Nothing was erased."))
        return name


@require_safe
@allowed(Permission.ERASE)
def person(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    """What is held on her, by table, and the two things that can be done with it."""
    customer = _find(request, pk)
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired
    return _page(request, customer, ErasingForm(customer=customer))


@require_POST
@allowed(Permission.ERASE)
def hand_out(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = _find(request, pk)
    if not did_recently_reauthenticate(request):
        return redirect("customers:person", pk)
    archive = privacy.hand_out(customer, by=request.user, at=timezone.now())
    return FileResponse(archive, as_attachment=True, filename=f"customer-{customer.pk}.zip")


@require_POST
@allowed(Permission.ERASE)
def erase(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = _find(request, pk)
    if not did_recently_reauthenticate(request):
        return redirect("customers:person", pk)
    form = ErasingForm(request.POST, customer=customer)
    if not form.is_valid():
        return _page(request, customer, form, status=422)
    privacy.erase(customer, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Erased. Visits and answers are still counted; they name nobody."))
    return redirect("customers:list")


def _find(request: AuthenticatedHttpRequest, pk: int) -> Customer:
    everybody = Customer.objects.visible_to(request.user, Permission.ERASE).filter(erased_at=None)
    return get_object_or_404(everybody.select_related("dealership"), pk=pk)


def _page(
    request: AuthenticatedHttpRequest, customer: Customer, form: ErasingForm, status: int = 200
) -> HttpResponseBase:
    mine = privacy.holdings(customer)
    counts = [count for _table, rows in mine.tables() if (count := rows.count())]
    facts = {
        "customer": customer,
        "files": len(mine.ids),
        "tables": len(counts),
        "rows": sum(counts),
        "form": form,
    }
    return TemplateResponse(request, "customers/person.html", facts, status=status)
