"""Upkeep: what in a file proved wrong or old, and somebody should put right (S2-6.2, S1-P2.5.1a, S4-1.1b)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from clientela.lib.months import later
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership

from .completeness import FIELDS, Field
from .models import ContactPoint, Customer, FileRule, Upkeep
from .models.customer import CustomerQuerySet

if TYPE_CHECKING:
    from clientela.network.models import User

#: Looked after in every house, whatever its rule asks for.
ALWAYS = ("region", "phone", "address", "birth_date", "source")
_OF_KIND = {ContactPoint.Kind.PHONE: Upkeep.Kind.FIND_NUMBER, ContactPoint.Kind.EMAIL: Upkeep.Kind.FIND_EMAIL}


# Numbers -------------------------------------------------------------------------------------------------


def number_failed(point: ContactPoint, *, at: datetime) -> None:
    """A number proved wrong: it is flagged, and somebody should find a new one."""
    ContactPoint.objects.filter(pk=point.pk).update(valid=False)
    kind = _OF_KIND.get(ContactPoint.Kind(point.kind))
    if kind is None:
        return
    Upkeep.objects.bulk_create(
        [
            Upkeep(
                dealership_id=point.dealership_id,
                customer_id=point.customer_id,
                kind=kind,
                about=point.shown,
                opened_at=at,
            )
        ],
        ignore_conflicts=True,  # open once a kind; the earlier one stands
    )


def number_was_right(point: ContactPoint) -> None:
    """It was said by mistake that the number is wrong."""
    ContactPoint.objects.filter(pk=point.pk).update(valid=True)
    kind = _OF_KIND.get(ContactPoint.Kind(point.kind))
    Upkeep.objects.filter(customer=point.customer_id, kind=kind, about=point.shown, done_at=None).delete()


def numbers_found(customer_ids: Sequence[int], *, at: datetime, by: "User | None" = None) -> None:
    """Customers got another number: nobody has to look for one any more."""
    for point_kind, kind in _OF_KIND.items():
        usable = ContactPoint.objects.filter(customer=OuterRef("customer_id"), kind=point_kind, valid=True)
        wanted = Upkeep.objects.filter(Exists(usable), customer__in=customer_ids, kind=kind, done_at=None)
        wanted.update(done_at=at, done_by=by)


def finish(task: Upkeep, *, by: "User", at: datetime) -> None:
    """Somebody looked after it, or found that nothing can be found."""
    if not Upkeep.objects.filter(pk=task.pk, done_at=None).update(done_at=at, done_by=by):
        raise Refusal(_("This is already done."))


def verify(customer: Customer, *, by: "User", at: datetime) -> None:
    """She was asked, and the file is right (S4-1.1b)."""
    today = customer.dealership.today(at)
    Customer.objects.filter(pk=customer.pk).update(last_verified_on=today, version=F("version") + 1)
    Upkeep.objects.filter(customer=customer, kind=Upkeep.Kind.VERIFY, done_at=None).update(done_at=at, done_by=by)


# Quality -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quality:
    """How many of a house's customers have a field."""

    field: Field
    n: int
    lacking: int

    @property
    def share(self) -> float | None:
        return 100 * (self.n - self.lacking) / self.n if self.n else None


def looked_after(rule: FileRule | None) -> list[Field]:
    """The fields whose quality is shown: those of every house, and those of the rule that are the customer's own."""
    wanted = {*ALWAYS, *(rule.required if rule else [])}
    return [field for field in FIELDS.values() if field.of_customer and field.code in wanted]


def quality(dealership: Dealership, fields: Sequence[Field]) -> list[Quality]:
    """One pass over the customers of the house."""
    counts = ", ".join(f"count(*) FILTER (WHERE NOT coalesce({field.filled}, false))" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {counts} FROM customers_customer c "
            "WHERE c.dealership_id = %s AND c.merged_into_id IS NULL AND c.erased_at IS NULL",
            [dealership.pk],
        )
        n, *lacking = cursor.fetchone()
    return [Quality(field, n, count) for field, count in zip(fields, lacking, strict=True)]


def lacking(customers: CustomerQuerySet, field: Field) -> CustomerQuerySet:
    """Those of the customers whose field is blank."""
    blank = f"SELECT c.id FROM customers_customer c WHERE NOT coalesce({field.filled}, false)"
    return customers.filter(pk__in=RawSQL(blank, []))  # noqa: S611


def stale(customers: CustomerQuerySet, months: int, today: date) -> CustomerQuerySet:
    """Those whom nobody has verified for so many months; who never was, since her file was opened."""
    known = Coalesce("last_verified_on", TruncDate("created_at"))
    return customers.annotate(known_on=known).filter(Q(known_on__lte=later(today, -months)))
