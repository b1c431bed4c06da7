"""The list of vehicles."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Case, DateField, Exists, F, OuterRef, Prefetch, Subquery, When
from django.utils.translation import gettext_lazy as _

from clientela.lib.plates import key as plate_key
from clientela.network.forms import DayInput
from clientela.network.models import Dealership

from ..completeness import Months
from ..models import Ownership, Vehicle, Visit
from .filters import Filters, after_prefix
from .table import Column, List, Rows, Sort
from .who import ANY, YES_OR_NO


def of_house(house: Dealership) -> Rows:
    """Every car of the house, with the day of its next maintenance: set by a person, else the last and its cycle."""
    care = Visit.objects.filter(vehicle=OuterRef("pk"), kind=Visit.Kind.WORKSHOP_VISIT, cancelled_at=None).order_by(
        "-delivered_on", "-pk"
    )
    follows = Months(Subquery(care.values("delivered_on")[:1]), F("cycle_months"))
    return Vehicle.objects.filter(dealership=house).annotate(
        next_on=Case(
            When(next_service_on__isnull=False, then=F("next_service_on")),
            When(cycle_months__isnull=False, then=follows),
            output_field=DateField(),
        )
    )


def dressed(rows: Rows) -> Rows:
    last = Visit.objects.filter(vehicle=OuterRef("pk"), cancelled_at=None).order_by("-delivered_on", "-pk")
    now_held = Ownership.objects.filter(to_on=None).select_related("customer").order_by("capacity", "pk")
    with_all: Rows = rows.prefetch_related(Prefetch("ownerships", now_held, to_attr="held")).annotate(
        last_visit_on=Subquery(last.values("delivered_on")[:1]),
        last_km=Subquery(last.exclude(odometer_km=None).values("odometer_km")[:1]),
    )
    return with_all


class VehicleFilters(Filters):
    make = forms.CharField(label=_("make"), max_length=60)
    model = forms.CharField(label=_("model begins with"), max_length=100)
    plate = forms.CharField(label=_("plate begins with"), max_length=20)
    year_from = forms.IntegerField(label=_("model year from"), min_value=1900, max_value=2100)
    year_to = forms.IntegerField(label=_("model year until"), min_value=1900, max_value=2100)
    special = forms.ChoiceField(label=_("special vehicle"), choices=YES_OR_NO)
    owner = forms.ChoiceField(
        label=_("owner"), choices=[*ANY, ("known", _("with an owner")), ("none", _("without an owner"))]
    )
    next_from = forms.DateField(label=_("next maintenance from"), widget=DayInput())
    next_to = forms.DateField(label=_("next maintenance until"), widget=DayInput())
    visit_from = forms.DateField(label=_("last visit from"), widget=DayInput())
    visit_to = forms.DateField(label=_("last visit until"), widget=DayInput())

    pairs = (("year_from", "year_to"), ("next_from", "next_to"), ("visit_from", "visit_to"))

    def by_make(self, rows: Rows, make: str) -> Rows:
        return rows.filter(make__iexact=make)

    def by_model(self, rows: Rows, begins: str) -> Rows:
        return rows.filter(model__istartswith=begins)

    def by_plate(self, rows: Rows, begins: str) -> Rows:
        key = plate_key(begins)
        return rows.filter(plate_key__gte=key, plate_key__lt=after_prefix(key)).exclude(plate_key="")

    def by_year_from(self, rows: Rows, year: int) -> Rows:
        return rows.filter(model_year__gte=year)

    def by_year_to(self, rows: Rows, year: int) -> Rows:
        return rows.filter(model_year__lte=year)

    def by_special(self, rows: Rows, answer: str) -> Rows:
        return rows.filter(special=answer == "yes")

    def by_owner(self, rows: Rows, which: str) -> Rows:
        held = Exists(Ownership.objects.filter(vehicle=OuterRef("pk"), to_on=None, capacity=Ownership.Capacity.OWNER))
        return rows.filter(held if which == "known" else ~held)

    def by_next_from(self, rows: Rows, day: date) -> Rows:
        return rows.filter(next_on__gte=day)

    def by_next_to(self, rows: Rows, day: date) -> Rows:
        return rows.filter(next_on__lte=day)

    def by_visit_from(self, rows: Rows, day: date) -> Rows:
        return rows.filter(Exists(self._visits().filter(delivered_on__gte=day)))

    def by_visit_to(self, rows: Rows, day: date) -> Rows:
        """Came, and not again after that day."""
        return rows.filter(Exists(self._visits()), ~Exists(self._visits().filter(delivered_on__gt=day)))

    def _visits(self) -> Any:
        return Visit.objects.filter(vehicle=OuterRef("pk"), dealership=self.house, cancelled_at=None)


def _holder(car: Any) -> str:
    return car.held[0].customer.listed_name if car.held else ""


COLUMNS = (
    Column("name", _("Vehicle"), lambda v: v.title or str(v), kind="name", shown=True, firm=True, sort="name"),
    Column("plate", _("Plate"), lambda v: v.plate, kind="plate", shown=True, sort="plate"),
    Column("vin", _("VIN"), lambda v: v.vin, shown=True),
    Column("year", _("Model year"), lambda v: v.model_year, kind="year", sort="year"),
    Column("type", _("Type"), lambda v: v.vehicle_type),
    Column("colour", _("Colour"), lambda v: v.colour),
    Column("owner", _("Owner"), _holder, shown=True),
    Column("km", _("Mileage"), lambda v: v.last_km, kind="figure"),
    Column("visit", _("Last visit"), lambda v: v.last_visit_on, kind="day", shown=True),
    Column("next", _("Next maintenance"), lambda v: v.next_on, kind="day", shown=True, sort="next"),
    Column("cycle", _("Cycle in months"), lambda v: v.cycle_months, kind="figure"),
    Column("special", _("Special"), lambda v: v.special, kind="flag"),
)
SORTS = (
    Sort("name", _("make and model"), ("make", "model", "pk")),
    Sort("plate", _("plate"), ("plate_key", "pk")),
    Sort("year", _("model year"), ("model_year", "pk"), may_be_empty=True),
    Sort("next", _("next maintenance"), ("next_on", "pk"), may_be_empty=True),
)
VEHICLES = List(
    code="vehicles",
    title=_("Vehicles"),
    rows=of_house,
    dressed=dressed,
    filters=VehicleFilters,
    columns=COLUMNS,
    sorts=SORTS,
    detail="desk:vehicle",
)
