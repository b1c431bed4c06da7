"""Finding a customer by whatever one has: a name, a number, a plate, the tail of a VIN, an order number."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from clientela.lib.names import search_key
from clientela.lib.phones import digits
from clientela.lib.plates import key as plate_key
from clientela.network.permissions import Permission

from .models import Customer, Visit

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from clientela.network.models import User

LIMIT = 50
#: As many digits as any country's numbers end with, whatever prefix is dialled before them.
NUMBER = 10
#: What a name is not made of; to LIKE the last three are no letters.
NO_LETTERS = re.compile(r"[,;%_\\]")


@dataclass(frozen=True)
class Hit:
    """A customer who was found, and what of her fits the words typed.

    `formerly` is the name of a file that became part of hers, if it was found by that.
    """

    customer: Customer
    by: "StrOrPromise"
    value: str
    formerly: str = ""


def words_of(term: str) -> list[str]:
    """The words of what was typed, as names are searched."""
    return list(dict.fromkeys(search_key(NO_LETTERS.sub(" ", term)).split()))[:8]


def find(term: str, user: "User", limit: int = LIMIT) -> list[Hit]:
    """Who fits, the best first, at most `limit`; only of the dealerships this person sees (S0-P.2).

    What is exactly so stands before what begins so, what contains it, and what is but a slip of the keyboard away.
    """
    term = term.replace("\0", "")  # PostgreSQL keeps no such text
    places = user.dealerships_with(Permission.SEE_CUSTOMERS)
    if not term.strip() or not places:
        return []
    ids = _ids(term, places)
    found = Customer.objects.visible_to(user).for_list().select_related("dealership", "merged_into").in_bulk(ids)
    hits: dict[int, Hit] = {}
    for pk in ids:
        if customer := found.get(pk):
            hit = _hit(customer, term)
            hits.setdefault(hit.customer.pk, hit)
    return list(hits.values())[:limit]


def number_of(term: str) -> str:
    """The digits of what may be a telephone number; none of what has letters."""
    return "" if any(map(str.isalpha, term)) else digits(term)[-NUMBER:]


def _ids(term: str, places: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        # LIKE loses its index under a row policy, so one function of the owner's reads past it, and only there.
        cursor.execute(
            "SELECT customer_id FROM customers_find(%s, %s, %s, %s, %s)",
            [words_of(term), number_of(term), plate_key(term), term.strip(), places],
        )
        return list(dict.fromkeys(pk for (pk,) in cursor.fetchall()))


def _hit(customer: Customer, term: str) -> Hit:
    if customer.is_merged:
        return Hit(customer.survivor(), _("formerly"), customer.listed_name, formerly=customer.listed_name)
    number, plate = number_of(term), plate_key(term)
    for point in customer.contact_points.all():
        if (number and number in point.value) or ("@" in term and term.strip().lower() in point.value):
            return Hit(customer, point.get_kind_display(), point.readable)
    for ownership in customer.ownerships.all():
        car = ownership.vehicle
        if len(plate) > 2 and car.plate_key and (car.plate_key.startswith(plate) or car.plate_key.endswith(plate)):
            return Hit(customer, _("licence plate"), car.plate)
        if len(plate) > 2 and car.vin and (car.vin.startswith(plate) or car.vin.endswith(plate)):
            return Hit(customer, _("VIN"), car.vin)
    if all(word in customer.search_name for word in words_of(term)):
        return Hit(customer, _("name"), customer.listed_name)
    number_matches = Visit.objects.filter(customer=customer, key=f"number:{term.strip().upper()}").exists()
    return Hit(customer, _("document number"), term.strip()) if number_matches else Hit(customer, _("name"), "")
