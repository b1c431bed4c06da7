"""The list of customers, and correcting a file. The customer's whole page is the desk's."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clientela.network.paging import page_after
from clientela.network.permissions import AuthenticatedHttpRequest, Permission, allowed

from . import forms, search
from .models import Customer


@require_safe
@allowed(Permission.SEE_CUSTOMERS)
def customers(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    """Everybody by name, or who fits what was typed in the box of every page."""
    term = request.GET.get("q", "").strip()
    if term:
        found = search.find(term, request.user)
        if len(found) == 1:
            return redirect("desk:customer", found[0].pk)
        facts = {"customers": found, "term": term, "more": "", "cut": len(found) >= search.LIMIT}
        return TemplateResponse(request, "customers/list.html", facts)
    everybody = Customer.objects.visible_to(request.user).filter(dealership=request.dealership).for_list()
    page = page_after(everybody, ("search_name", "pk"), request.GET.get("after"))
    return TemplateResponse(request, "customers/list.html", {"customers": page.rows, "term": "", "more": page.more})


@allowed(Permission.EDIT_CUSTOMERS)
def edit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = get_object_or_404(Customer.objects.visible_to(request.user, Permission.EDIT_CUSTOMERS), pk=pk)
    form = forms.CustomerForm(request.POST or None, instance=customer)
    if request.method == "POST" and form.is_valid():
        customer.correct(form.changed_data, by=request.user, at=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("desk:customer", pk)
    facts = {"form": form, "phone_form": forms.PhoneForm(country=""), "customer": Customer.objects.get(pk=pk)}
    return TemplateResponse(request, "customers/edit.html", facts, status=422 if form.is_bound else 200)


@require_POST
@allowed(Permission.EDIT_CUSTOMERS)
def add_phone(request: AuthenticatedHttpRequest, pk: int) -> HttpResponseBase:
    customer = get_object_or_404(Customer.objects.visible_to(request.user, Permission.EDIT_CUSTOMERS), pk=pk)
    form = forms.PhoneForm(request.POST, country=customer.dealership.country)
    if not form.is_valid():
        facts = {"form": forms.CustomerForm(instance=customer), "phone_form": form, "customer": customer}
        return TemplateResponse(request, "customers/edit.html", facts, status=422)
    form.keep(customer, at=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("desk:customer", pk)
