"""Words for the fields that columns are read as."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

WORDS = {
    "number": _("document number"),
    "customer_name": _("customer"),
    "phones": _("phone"),
    "email": _("e-mail"),
    "address": _("address"),
    "birth_date": _("date of birth"),
    "national_id": _("national number"),
    "make": _("make"),
    "model": _("model"),
    "vehicle": _("vehicle"),
    "model_year": _("model year"),
    "vin": _("VIN"),
    "plate": _("licence plate"),
    "odometer_km": _("mileage"),
    "delivered": _("delivered on"),
    "opened": _("received on"),
    "consultant": _("attended by"),
    "technician": _("technician"),
    "amount": _("amount"),
    "condition": _("new or used"),
    "service_line": _("service line"),
    "work": _("work"),
    "special_vehicle": _("special vehicle"),
    "next_service_km": _("next service at"),
}


@register.filter
def field_word(code: str) -> str:
    return str(WORDS.get(code, code))
