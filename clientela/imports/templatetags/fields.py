"""Words for the fields that columns are read as."""

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import ContactPoint, Customer, Vehicle

register = template.Library()

WORDS = {
    "number": _("document number"),
    "customer_name": _("customer"),
    "phones": _("phone"),
    "email": _("e-mail"),
    "region": _("region"),
    "address": _("address"),
    "birth_date": _("date of birth"),
    "national_id": _("national number"),
    "member": _("member"),
    "member_level": _("level of membership"),
    "member_since": _("member since"),
    "make": _("make"),
    "model": _("model"),
    "vehicle": _("vehicle"),
    "model_year": _("model year"),
    "vehicle_type": _("type of vehicle"),
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
    "recommended": _("recommended repairs"),
    "special_vehicle": _("special vehicle"),
    "next_service_km": _("next service at"),
}


@register.filter
def field_word(code: str) -> str:
    return str(WORDS.get(code, code))


KINDS = {
    "customers": _("customers"),
    "vehicles": _("vehicles"),
    "vehicle_delivery": _("vehicle deliveries"),
    "workshop_visit": _("workshop visits"),
    "consultation": _("consultations"),
    "goods_sale": _("sales of goods"),
    "hand_over": _("hand-overs of sourced vehicles"),
}


@register.filter
def kind_word(code: str) -> str:
    """What the rows of a file are."""
    return str(KINDS.get(code, code))


@register.filter
def encoding_word(way: str) -> str:
    """An encoding as people know it. Of letters that some program had misread, that they were put right."""
    name, _colon, misread = way.partition(":")
    shown = name.removesuffix("-sig").upper().replace("CP", "Windows-")
    return gettext("%(encoding)s, misread letters put right") % {"encoding": shown} if misread else shown


CONTACT_POINTS = dict(ContactPoint.Kind.choices)


@register.filter
def file_field(code: str) -> str:
    """A field of a customer's or vehicle's file, as its history names it."""
    if code in CONTACT_POINTS:
        return str(CONTACT_POINTS[code])
    fields = {field.name: field for model in (Vehicle, Customer) for field in model._meta.fields}
    return capfirst(str(fields[code].verbose_name)) if code in fields else code
