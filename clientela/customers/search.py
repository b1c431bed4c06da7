"""Finding a customer by whatever one has: a name, a number, a plate, the tail of a VIN, an order number."""

import re
from typing import TYPE_CHECKING

from django.db import connection

from clientela.lib.names import search_key
from clientela.lib.phones import digits
from clientela.lib.plates import key as plate_key
from clientela.network.permissions import Permission

from .models import Customer

if TYPE_CHECKING:
    from clientela.network.models import User

LIMIT = 50
#: As many digits as any country's numbers end with, whatever prefix is dialled before them.
NUMBER = 10


def find(term: str, user: "User") -> list[Customer]:
    """Customers that fit, at most `LIMIT`, by name; only of the dealerships this person sees (S0-P.2)."""
    term = term.replace("\0", "")  # PostgreSQL keeps no such text
    # To LIKE these are no letters; nobody has them in her name.
    words = search_key(re.sub(r"[%_\\]", " ", term)).split()
    number = "" if any(map(str.isalpha, term)) else digits(term)[-NUMBER:]
    places = user.dealerships_with(Permission.SEE_CUSTOMERS)
    if not term.strip() or not places:
        return []
    with connection.cursor() as cursor:
        # LIKE loses its index under a row policy, so one function of the owner's reads past it, and only there.
        cursor.execute(
            "SELECT customer_id FROM customers_find(%s, %s, %s, %s, %s)",
            [words[:8], number, plate_key(term), term.strip(), places],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Customer.objects.visible_to(user).filter(pk__in=ids).for_list().order_by("search_name", "pk"))
