"""What the bar of every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from .models import Dealership
from .permissions import Permission


def bar(request: HttpRequest) -> dict[str, Any]:
    """The dealership one stands in, those one could stand in, and what one may do."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"languages": settings.LANGUAGES}
    return {
        "languages": settings.LANGUAGES,
        "dealership": getattr(request, "dealership", None),
        # One house needs no menu of houses, and no question for it.
        "dealerships": Dealership.objects.visible_to(user).by_name() if len(user.dealership_ids) > 1 else [],
        "may": {permission.value: user.may(permission) for permission in Permission},
        "section": section(request),
    }


def section(request: HttpRequest) -> str:
    """Which word of the navigation one is under."""
    match = request.resolver_match
    if match is None:
        return ""
    return SECTIONS.get(match.view_name, match.namespace)


#: Pages whose module is not their place in the navigation.
SECTIONS = {
    "desk:today": "today",
    "desk:call": "today",
    "desk:customer": "customers",
    "desk:vehicle": "customers",
    "desk:visit": "customers",
    "desk:compare": "customers",
    "desk:group": "group",
    "desk:more": "more",
    "contacts:remedies": "remedies",
    "contacts:remedy": "remedies",
    "contacts:programmes": "programmes",
    "contacts:programme": "programmes",
    "contacts:step": "programmes",
    "contacts:activate": "programmes",
    "network:preferences": "",
}
