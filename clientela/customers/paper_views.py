"""A paper of one customer, in the language of the house or of who reads it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation

from clientela.network.permissions import AuthenticatedHttpRequest

from .models import Customer


def paper(
    request: AuthenticatedHttpRequest,
    pk: int,
    template: str,
    facts_of: Callable[..., dict[str, Any]],
    *,
    at: datetime,
) -> HttpResponseBase:
    """The page of a paper of which `facts_of` tells what stands on it."""
    people = Customer.objects.visible_to(request.user).select_related("dealership")
    customer = get_object_or_404(people, pk=pk, merged_into=None)
    ours = request.GET.get("language") != "mine"
    language = customer.dealership.locale if ours else request.user.language
    about = {
        "customer": customer,
        "house": customer.dealership,
        "paper_language": language,
        "ours": ours,
        "back": reverse("desk:customer", args=[pk]),
    }
    with translation.override(language):
        return TemplateResponse(request, template, facts_of(customer, at=at) | about).render()
