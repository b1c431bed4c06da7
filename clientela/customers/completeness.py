"""What a file holds and what it lacks: each field once, as the sentence people read and as the SQL that counts.

A field that cannot apply is not missing: who came for advice without a car has no plate, and her maintenance
history is empty because there was none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import DateField, Func
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from .models import Customer, FileRule, Profile, Vehicle, Visit
from .models.visit import VisitQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Field:
    """One field: its name, and when it is filled, asked of the aliases of `FACTS`."""

    code: str
    title: "StrOrPromise"
    filled: str
    #: Needs nothing but the customer's own row and contact points, so that a whole house can be counted.
    of_customer: bool = False


def _named(model: Any, name: str) -> "StrOrPromise":
    title: StrOrPromise = model._meta.get_field(name).verbose_name
    return title


def _customer(name: str) -> Field:
    return Field(name, _named(Customer, name), f"c.{name}::text <> ''", of_customer=True)


def _reached_by(code: str, title: "StrOrPromise", kind: str) -> Field:
    sql = (
        f"EXISTS (SELECT 1 FROM customers_contactpoint n WHERE n.customer_id = c.id AND n.kind = '{kind}' AND n.valid)"
    )
    return Field(code, title, sql, of_customer=True)


#: Who came for advice, or for goods, may have no car.
_NO_CAR = "k.id IS NULL AND v.kind IN ('consultation', 'goods_sale')"
#: What one may know of a customer as a person, in the order of the profile.
TRAITS = tuple(
    field.name for field in Profile._meta.concrete_fields if field.name not in {"id", "dealership", "customer"}
)
_FIELDS = (
    Field("name", _("name"), "c.full_name <> ''", of_customer=True),
    # A patronymic is kept where there is one; not everybody has one by birth.
    Field(
        "full_name",
        _("full name"),
        "c.kind = 'company' OR (c.family_name <> '' AND c.given_name <> '')",
        of_customer=True,
    ),
    _customer("address"),
    _reached_by("phone", _("phone"), "phone"),
    _reached_by("email", _("e-mail"), "email"),
    Field("birth_date", _("date of birth"), "c.kind = 'company' OR c.birth_date IS NOT NULL", of_customer=True),
    _customer("region"),
    _customer("source"),
    _customer("desired_services"),
    Field("visit_date", _("date of repair or visit"), "v.id IS NOT NULL"),
    Field("car", _("vehicle"), "k.id IS NOT NULL"),
    Field("car_model", _("vehicle model"), f"k.model <> '' OR ({_NO_CAR})"),
    Field("plate", _("licence plate"), f"k.plate <> '' OR ({_NO_CAR})"),
    Field("vin", _("VIN"), f"k.vin <> '' OR ({_NO_CAR})"),
    Field("vehicle_type", _("type of vehicle"), f"k.vehicle_type <> '' OR ({_NO_CAR})"),
    Field("maintenance_items", _("maintenance items"), "v.work <> '' OR v.kind IN ('consultation', 'goods_sale')"),
    Field("maintenance_cycle", _("maintenance cycle"), f"k.cycle_months IS NOT NULL OR ({_NO_CAR})"),
    Field(
        "next_maintenance",
        _("next maintenance"),
        f"k.next_service_on IS NOT NULL OR (k.cycle_months IS NOT NULL AND served.last_on IS NOT NULL) OR ({_NO_CAR})",
    ),
    # It comes from the repair orders by itself; that there was none yet is an answer too.
    Field("maintenance_history", _("maintenance history"), "true"),
    *(Field(name, _named(Profile, name), f"p.\"{name}\" <> ''") for name in TRAITS),
)
FIELDS: Mapping[str, Field] = {field.code: field for field in _FIELDS}

#: The twelve of S1-1.3, in the order in which form 1 prints them.
TWELVE = (
    "name",
    "address",
    "phone",
    "visit_date",
    "car_model",
    "plate",
    "vehicle_type",
    "maintenance_items",
    "maintenance_cycle",
    "next_maintenance",
    "desired_services",
    "maintenance_history",
)

#: Her row `c`; the visit `v` in question, else her latest; its car `k`, else the one she has; her profile `p`.
FACTS = """
    LEFT JOIN customers_profile p ON p.customer_id = c.id
    LEFT JOIN LATERAL (
        SELECT * FROM customers_visit
        WHERE customer_id = c.id AND cancelled_at IS NULL AND (asked.visit_id IS NULL OR id = asked.visit_id)
        ORDER BY coalesce(opened_on, delivered_on) DESC, id DESC LIMIT 1
    ) v ON true
    LEFT JOIN customers_vehicle k ON k.id = coalesce(v.vehicle_id, (
        SELECT o.vehicle_id FROM customers_ownership o WHERE o.customer_id = c.id AND o.to_on IS NULL
        ORDER BY o.from_on DESC NULLS LAST, o.id DESC LIMIT 1))
    LEFT JOIN LATERAL (
        SELECT max(w.delivered_on) AS last_on FROM customers_visit w
        WHERE w.vehicle_id = k.id AND w.cancelled_at IS NULL AND {maintains}
    ) served ON true
""".format(
    # The delivery of a car starts its first cycle; a repair or a detailing is no maintenance.
    maintains="w.kind IN ('workshop_visit', 'vehicle_delivery', 'hand_over') AND w.service_line IN ('', 'care')"
)


def missing_of(required: str) -> str:
    """SQL: the codes in the array `required` that are not filled, in the order of `FIELDS`."""
    each = ", ".join(
        f"CASE WHEN '{field.code}' = ANY ({required}) AND NOT coalesce({field.filled}, false) THEN '{field.code}' END"
        for field in _FIELDS
    )
    return f"array_remove(ARRAY[{each}]::text[], NULL)"


def lacking(customer_ids: Sequence[int], required: Iterable[str], visit_id: int | None = None) -> dict[int, list[str]]:
    """What each of these customers' files lacks; of one customer also with a certain visit in mind."""
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, {"customers": list(customer_ids), "required": list(required), "visit": visit_id})
        return dict(cursor.fetchall())


def lacking_in(pairs: Sequence[tuple[int, int]], required: Iterable[str]) -> dict[int, list[str]]:
    """By visit, what the files of these (customer, visit) lack."""
    customers, visits = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with connection.cursor() as cursor:
        cursor.execute(_LACKING_IN, {"customers": customers, "visits": visits, "required": list(required)})
        return dict(cursor.fetchall())


def missing(customer: Customer, rule: FileRule, visit: Visit | None = None) -> list[Field]:
    """The fields that her file still needs under the rule."""
    codes = lacking([customer.pk], rule.required, visit.pk if visit else None)
    return [FIELDS[code] for code in codes.get(customer.pk, [])]


@dataclass(frozen=True)
class Stage:
    """How well one knows a customer (S2-2.2): 2 once every field of the rule is filled; until then what is missing."""

    number: int
    missing: list[Field]
    of: int


def stage(customer: Customer, rule: FileRule) -> Stage | None:
    """None where the house has no such rule."""
    if not rule.known:
        return None
    codes = lacking([customer.pk], rule.known).get(customer.pk, [])
    return Stage(1 if codes else 2, [FIELDS[code] for code in codes], len(rule.known))


def in_order(codes: Iterable[str]) -> list[str]:
    """Those of the codes that mean a field, in the order of the registry."""
    chosen = set(codes)
    return [code for code in FIELDS if code in chosen]


def titles(fields: Iterable[Field]) -> str:
    """As one says them: name, address, phone."""
    return pgettext("separator", ", ").join(str(field.title) for field in fields)


def next_maintenance(vehicle: Vehicle) -> date | None:
    """When the car is due next: as a person set it, else its last maintenance and its cycle (S1-1.3)."""
    return next_maintenance_of([vehicle.pk]).get(vehicle.pk)


class Months(Func):
    """So many months after a day, in a query."""

    template = "(%(expressions)s)::date"
    arg_joiner = " + interval '1 month' * "
    output_field = DateField()


def maintenances() -> VisitQuerySet:
    """The visits from which the next maintenance counts: the delivery itself, and care in the workshop."""
    kinds = (Visit.Kind.WORKSHOP_VISIT, Visit.Kind.VEHICLE_DELIVERY, Visit.Kind.HAND_OVER)
    return Visit.objects.filter(kind__in=kinds, service_line__in=("", Visit.ServiceLine.CARE), cancelled_at=None)


def next_maintenance_of(vehicle_ids: Sequence[int]) -> dict[int, date]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"vehicles": list(vehicle_ids)})
        return {pk: due for pk, due in cursor.fetchall() if due}


_LACKING = f"""
SELECT c.id, {missing_of("%(required)s::text[]")}
FROM customers_customer c CROSS JOIN (SELECT %(visit)s::bigint AS visit_id) asked {FACTS}
WHERE c.id = ANY (%(customers)s)
"""

_LACKING_IN = f"""
SELECT asked.visit_id, {missing_of("%(required)s::text[]")}
FROM unnest(%(customers)s::bigint[], %(visits)s::bigint[]) AS asked (customer_id, visit_id)
JOIN customers_customer c ON c.id = asked.customer_id {FACTS}
"""

# PostgreSQL keeps to the last day of a month that is too short, as people do.
_NEXT = """
SELECT k.id, coalesce(k.next_service_on, (max(w.delivered_on) + make_interval(months => k.cycle_months))::date)
FROM customers_vehicle k
LEFT JOIN customers_visit w ON w.vehicle_id = k.id AND w.cancelled_at IS NULL
    AND w.kind IN ('workshop_visit', 'vehicle_delivery', 'hand_over') AND w.service_line IN ('', 'care')
WHERE k.id = ANY (%(vehicles)s)
GROUP BY k.id
"""
