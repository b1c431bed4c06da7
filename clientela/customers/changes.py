"""Changes: the history of a file, as people read it (S4-1.1b, S1-P2.5.1b)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Model
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from .completeness import FIELDS, titles
from .models import Change, ContactPoint, Customer, FileRule, Vehicle

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Noun = Change.Noun
_MODELS: dict[str, type[Model]] = {
    Noun.CUSTOMER: Customer,
    Noun.CONTACT_POINT: ContactPoint,
    Noun.VEHICLE: Vehicle,
    Noun.FILE_RULE: FileRule,
}
#: What has no name of its own in the model, or a clearer one here.
_TITLES: dict[str, "StrOrPromise"] = {
    "shown": gettext_lazy("number or address"),
    "valid": gettext_lazy("can be used"),
    "preferred": gettext_lazy("preferred"),
    "consents": gettext_lazy("consents"),
    **dict(ContactPoint.Kind.choices),
}


@dataclass(frozen=True)
class Line:
    """One change in words; `day` where the value is a date, which the page writes as its country does."""

    change: Change
    title: str
    old: str | date
    new: str | date


def lines(rows: Sequence[Change]) -> list[Line]:
    return [
        Line(
            row,
            title(row.noun, row.field),
            value(row.noun, row.field, row.old),
            value(row.noun, row.field, row.new),
        )
        for row in rows
    ]


def title(noun: str, field: str) -> str:
    """What people call the field."""
    if field in _TITLES:
        return str(_TITLES[field])
    found = _field(noun, field)
    return str(getattr(found, "verbose_name", field))


def _field(noun: str, name: str) -> Any:
    model = _MODELS[noun]
    return next((field for field in model._meta.concrete_fields if field.name == name), None)


def value(noun: str, name: str, text: str) -> str | date:
    """A field's value, kept as text, as people read it; a date where it is one."""
    field = _field(noun, name)
    if noun == Noun.FILE_RULE and name in {"triggers", "required", "known"}:
        return _listed(name, text)
    if isinstance(field, models.BooleanField):
        return {"true": _("yes"), "false": _("no")}.get(text, text)
    if isinstance(field, models.DateField):
        return parse_date(text) or text
    choices = dict(settings.LANGUAGES) if name == "language" else dict(getattr(field, "flatchoices", []))
    return str(choices.get(text, text))


def _listed(parameter: str, text: str) -> str:
    codes = [code for code in text.split(",") if code]
    if parameter == "triggers":
        words = dict(FileRule._meta.get_field("triggers").base_field.flatchoices)
        return pgettext("separator", ", ").join(str(words.get(code, code)) for code in codes)
    return titles(FIELDS[code] for code in codes if code in FIELDS)
