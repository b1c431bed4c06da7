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
    "desk:week": "today",
    "desk:call": "today",
    "desk:customer": "customers",
    "desk:vehicle": "customers",
    "desk:visit": "customers",
    "desk:compare": "customers",
    "desk:group": "group",
    "desk:more": "more",
    "contacts:remedies": "remedies",
    "contacts:points": "remedies",
    "contacts:point": "remedies",
    "contacts:export_points": "remedies",
    "contacts:suggestions": "remedies",
    "contacts:plan_task": "customers",
    "contacts:remedy": "remedies",
    "contacts:programmes": "programmes",
    "contacts:programme": "programmes",
    "contacts:step": "programmes",
    "contacts:activate": "programmes",
    "contacts:who": "who",
    "contacts:add_duty": "who",
    "contacts:edit_duty": "who",
    "contacts:reassign": "who",
    "contacts:service_kinds": "programmes",
    "contacts:service_kind": "programmes",
    "contacts:plan_service": "customers",
    "contacts:call_plan": "customers",
    "contacts:capacity": "programmes",
    "contacts:coverage": "coverage",
    "contacts:duties": "coverage",
    "contacts:unreached": "coverage",
    "contacts:left_out": "coverage",
    "contacts:export_coverage": "coverage",
    "contacts:export_duties": "coverage",
    "contacts:export_unreached": "coverage",
    "contacts:hand_overs": "coverage",
    "contacts:plans": "coverage",
    "contacts:new_plan": "coverage",
    "contacts:plan": "coverage",
    "contacts:target": "coverage",
    "contacts:inbound": "registers",
    "contacts:requests": "registers",
    "contacts:request": "registers",
    "contacts:hand_over_request": "registers",
    "contacts:close_request": "registers",
    "contacts:calls": "registers",
    "contacts:record": "registers",
    "contacts:amend_record": "registers",
    "contacts:correct_record": "registers",
    "contacts:inspect_record": "registers",
    "contacts:supervision": "registers",
    "contacts:closings": "registers",
    "contacts:forms": "registers",
    "contacts:letters": "registers",
    "contacts:letter": "registers",
    "contacts:letter_templates": "registers",
    "contacts:new_letter_template": "registers",
    "contacts:letter_template": "registers",
    "contacts:answer_letter": "registers",
    "contacts:write_letter": "registers",
    "desk:forecast": "programmes",
    "contacts:combinations": "programmes",
    "contacts:programme_history": "programmes",
    "contacts:step_history": "programmes",
    "network:preferences": "",
}
