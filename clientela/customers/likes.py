"""Who may be meant while a file is being written: the customers already there who look like it."""

from dataclasses import dataclass, field
from datetime import date

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import Q

from clientela.lib import phones, plates, vins
from clientela.lib.names import search_key
from clientela.network.models import Dealership

from .duplicates import OTHER_BIRTH, SIMILAR, SIMILAR_ALONE, WEIGHTS, WORTH_A_LOOK
from .models import ContactPoint, Customer, Duplicate, Vehicle

Reason = Duplicate.Reason
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a form holds so far, as it was typed."""

    name: str = ""
    phone: str = ""
    email: str = ""
    plate: str = ""
    vin: str = ""
    birth_date: date | None = None


@dataclass
class Like:
    """A customer who looks like it, and why."""

    customer: Customer
    reasons: list[Reason] = field(default_factory=list)

    @property
    def score(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)


def of(draft: Draft, house: Dealership, *, but: int | None = None) -> list[Like]:
    """The customers of the house most like the draft, the surest first; without the one who is being edited."""
    reasons: dict[int, list[Reason]] = {}
    for reason, ids in (
        (Reason.PHONE, _by_point(_numbers(draft.phone, house), house)),
        (Reason.EMAIL, _by_point([draft.email.strip().lower()], house)),
        (Reason.VIN, _by_car(Q(vin=vins.normalise(draft.vin)) & ~Q(vin=""), house)),
        (Reason.PLATE, _by_car(Q(plate_key=plates.key(draft.plate)) & ~Q(plate_key=""), house)),
    ):
        for pk in ids:
            reasons.setdefault(pk, []).append(reason)
    alike = _by_name(draft.name, house)
    found = (
        Customer.objects.filter(dealership=house, pk__in={*reasons, *alike}).exclude(pk=but or 0).current().for_list()
    )
    likes = [Like(customer, reasons.get(customer.pk, [])) for customer in found]
    for like in likes:
        like.reasons += _of_name(like.customer, draft, alike.get(like.customer.pk, 0))
    likes = [like for like in likes if like.score + _against(like.customer, draft) >= WORTH_A_LOOK]
    return sorted(likes, key=lambda like: (-like.score, like.customer.pk))[:SHOWN]


def _numbers(text: str, house: Dealership) -> list[str]:
    return [phone.e164 for phone in phones.read(text, house.country) if phone.e164]


def _by_point(values: list[str], house: Dealership) -> list[int]:
    points = ContactPoint.objects.filter(dealership=house, value__in=[v for v in values if v], valid=True)
    return list(points.values_list("customer_id", flat=True).distinct()[: 4 * SHOWN])


def _by_car(which: Q, house: Dealership) -> list[int]:
    held = Vehicle.objects.filter(which, dealership=house, ownerships__to_on=None)
    return [pk for pk in held.values_list("ownerships__customer", flat=True).distinct()[: 4 * SHOWN] if pk]


def _by_name(name: str, house: Dealership) -> dict[int, float]:
    """How like theirs the names are; two words at least, or two signs of Chinese."""
    words = search_key(name).split()
    if len("".join(words)) < 2 or (len(words) < 2 and name.isascii()):
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id FROM customers_find(%s, '', '', '', %s)", [words[:8], [house.pk]])
        ids = [pk for (pk,) in cursor.fetchall()]
    likeness = TrigramSimilarity("search_name", " ".join(words))
    rows = Customer.objects.filter(dealership=house, pk__in=ids).annotate(likeness=likeness)
    return dict(rows.values_list("pk", "likeness"))


def _of_name(customer: Customer, draft: Draft, likeness: float) -> list[Reason]:
    same_birth = draft.birth_date is not None and customer.birth_date == draft.birth_date
    if draft.name and sorted(search_key(draft.name).split()) == sorted(customer.search_name.split()):
        return [Reason.NAME_AND_BIRTH if same_birth else Reason.NAME]
    if likeness >= (SIMILAR if same_birth else SIMILAR_ALONE):
        return [Reason.BIRTH, Reason.SIMILAR_NAME] if same_birth else [Reason.SIMILAR_NAME]
    return []


def _against(customer: Customer, draft: Draft) -> int:
    return OTHER_BIRTH if draft.birth_date and customer.birth_date not in {None, draft.birth_date} else 0
