"""Writing letters: from a template or freely, issued once, kept word for word (S1-4.8)."""

from datetime import date, datetime
from string import Formatter
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from clientela.customers.models import Customer, Vehicle
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import User
from clientela.network.templatetags.clientela import long_day

from .models import Counter, Letter, LetterTemplate
from .registering import next_number

#: What a template may have filled in.
PLACES = ("customer", "vehicle", "plate", "day", "dealership", "agent")


def wrong_place(text: str) -> str:
    """What is wrong with the curly brackets of a template; nothing if all can be filled in."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return _("A curly bracket is missing or too many. A place that is filled in looks like this: {customer}.")
    for _text, place, spec, conversion in parts:
        if place is not None and (place not in PLACES or spec or conversion):
            return _("“{%(field)s}” cannot be filled in. There are: %(known)s.") % {
                "field": place,
                "known": " ".join(f"{{{name}}}" for name in PLACES),
            }
    return ""


def begun(template: LetterTemplate, customer: Customer, vehicle: Vehicle | None, *, by: User, at: datetime) -> Any:
    """What a letter of this template to this customer begins with."""
    house = customer.dealership
    with translation.override(customer.language or house.locale):
        places = {
            "customer": customer.polite_name,
            "vehicle": vehicle.title if vehicle else "",
            "plate": vehicle.plate if vehicle else "",
            "day": long_day(house.today(at)),
            "dealership": house.trade_name,
            "agent": by.name,
        }
    return {
        "kind": template.kind,
        "subject": _filled(template.subject, places)[:200],
        "text": _filled(template.text, places),
    }


@transaction.atomic
def issue(letter: Letter, *, by: User, at: datetime) -> Letter:
    """Number it and keep it as it is; sent twice from one page, it is one letter."""
    house = letter.dealership
    if kept := Letter.objects.filter(dealership=house, key=letter.key).first():
        return kept
    if not letter.text.strip():
        raise Refusal(_("Write the text of the letter."))
    letter.by, letter.at = by, at
    letter.year = house.today(at).year
    letter.number = next_number(house.pk, Counter.Register.LETTERS, year=letter.year)
    letter.save(force_insert=True)
    record(Kind.LETTER, by=by, at=at, about=letter.subject, act="issued", **_about(letter))
    return letter


@transaction.atomic
def note_answer(letter: Letter, on: date, words: str, *, by: User, at: datetime) -> None:
    """The customer answered. The one thing that is added to a letter after it left the house."""
    house = letter.dealership
    if on < house.today(letter.at) or on > house.today(at):
        raise Refusal(_("The answer came between the day of the letter and today. Choose such a day."))
    Letter.objects.filter(pk=letter.pk).update(answered_on=on, answer=words, answer_by=by)
    record(Kind.LETTER, by=by, at=at, about=words, act="answered", **_about(letter))


def _filled(text: str, places: dict[str, str]) -> str:
    """A template that was spoiled by hand stays as it is."""
    return text if wrong_place(text) else text.format(**places)


def _about(letter: Letter) -> dict[str, Any]:
    return {
        "dealership_id": letter.dealership_id,
        "customer_id": letter.customer_id,
        "vehicle_id": letter.vehicle_id,
        "letter": letter.pk,
        "letter_kind": letter.kind,
        "register_number": str(letter),
    }
