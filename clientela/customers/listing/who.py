"""The list of customers."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clientela.lib.names import search_key
from clientela.network.forms import LANGUAGES, DayInput, people_of
from clientela.network.models import Dealership, User
from clientela.network.paging import Page, page_after, page_in_parts

from ..models import ContactPoint, Customer, CustomerFile, Ownership, Visit
from .filters import Filters, after_prefix
from .table import Column, List, Rows, Sort, Value

ANY = [("", _("any"))]
YES_OR_NO = [*ANY, ("yes", _("yes")), ("no", _("no"))]


def of_house(house: Dealership) -> Rows:
    """Everybody on file; not who became part of another file or was erased."""
    return Customer.objects.filter(dealership=house, merged_into=None, erased_at=None)


def dressed(rows: Rows) -> Rows:
    """With what a row shows, in as many questions for a thousand as for one."""
    last = Visit.objects.filter(customer=OuterRef("pk"), cancelled_at=None).order_by("-delivered_on", "-pk")
    with_all: Rows = rows.prefetch_related("contact_points__dealership", "ownerships__vehicle").annotate(
        last_visit_on=Subquery(last.values("delivered_on")[:1]),
        last_consultant=Subquery(last.values("consultant_name")[:1]),
    )
    return with_all


class CustomerFilters(Filters):
    name = forms.CharField(label=_("name begins with"), max_length=100)
    kind = forms.ChoiceField(label=_("kind"), choices=[*ANY, *Customer.Kind.choices])
    region = forms.CharField(label=_("region"), max_length=80)
    no_region = forms.BooleanField(label=_("without region"))
    source = forms.ChoiceField(label=_("source"), choices=[*ANY, *Customer.Source.choices, ("unknown", _("not known"))])
    language = forms.ChoiceField(label=_("language"), choices=[*ANY, *LANGUAGES])
    phone = forms.ChoiceField(
        label=_("telephone"), choices=[*ANY, ("valid", _("with a valid number")), ("none", _("without a valid number"))]
    )
    do_not_call = forms.ChoiceField(label=_("do not call for advertising"), choices=YES_OR_NO)
    visit_from = forms.DateField(label=_("last visit from"), widget=DayInput())
    visit_to = forms.DateField(label=_("last visit until"), widget=DayInput())
    consultant = forms.ModelChoiceField(label=_("attended by"), queryset=User.objects.none(), empty_label=_("any"))
    model = forms.CharField(label=_("vehicle model"), max_length=80)
    member = forms.ChoiceField(label=_("member"), choices=YES_OR_NO)
    open_task = forms.ChoiceField(label=_("open task"), choices=YES_OR_NO)
    incomplete = forms.BooleanField(label=_("incomplete file"))

    pairs = (("visit_from", "visit_to"),)

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, house=house)
        self.fields["consultant"].queryset = people_of(house)  # type: ignore[attr-defined]

    def by_name(self, rows: Rows, begins: str) -> Rows:
        # A range: LIKE loses its index under a row policy.
        key = search_key(begins)
        return rows.filter(search_name__gte=key, search_name__lt=after_prefix(key))

    def by_kind(self, rows: Rows, kind: str) -> Rows:
        return rows.filter(kind=kind)

    def by_region(self, rows: Rows, region: str) -> Rows:
        return rows.filter(region__iexact=region)

    def by_no_region(self, rows: Rows, _asked: bool) -> Rows:
        return rows.filter(region="")

    def by_source(self, rows: Rows, source: str) -> Rows:
        return rows.filter(source="" if source == "unknown" else source)

    def by_language(self, rows: Rows, language: str) -> Rows:
        return rows.filter(language=language)

    def by_phone(self, rows: Rows, which: str) -> Rows:
        has_one = Exists(ContactPoint.objects.filter(customer=OuterRef("pk"), kind=ContactPoint.Kind.PHONE, valid=True))
        return rows.filter(has_one if which == "valid" else ~has_one)

    def by_do_not_call(self, rows: Rows, answer: str) -> Rows:
        return rows.filter(do_not_call=answer == "yes")

    def by_visit_from(self, rows: Rows, day: date) -> Rows:
        return rows.filter(Exists(self._visits().filter(delivered_on__gte=day)))

    def by_visit_to(self, rows: Rows, day: date) -> Rows:
        """Came, and not again after that day."""
        return rows.filter(Exists(self._visits()), ~Exists(self._visits().filter(delivered_on__gt=day)))

    def by_consultant(self, rows: Rows, person: User) -> Rows:
        return rows.filter(Exists(self._visits().filter(consultant=person)))

    def by_model(self, rows: Rows, model: str) -> Rows:
        """Who has one now."""
        cars = Ownership.objects.filter(customer=OuterRef("pk"), to_on=None, vehicle__model__iexact=model)
        return rows.filter(Exists(cars))

    def by_member(self, rows: Rows, answer: str) -> Rows:
        return rows.filter(member_since__isnull=answer == "no")

    def by_open_task(self, rows: Rows, answer: str) -> Rows:
        # The tasks of a customer are the affair of a higher module; here they are only asked whether there is one.
        has_one = Exists(Customer.objects.filter(pk=OuterRef("pk"), tasks__state="open"))
        return rows.filter(has_one if answer == "yes" else ~has_one)

    def by_incomplete(self, rows: Rows, _asked: bool) -> Rows:
        return rows.filter(Exists(CustomerFile.objects.filter(customer=OuterRef("pk"), completed_on=None)))

    def _visits(self) -> Any:
        return Visit.objects.filter(customer=OuterRef("pk"), dealership=self.house, cancelled_at=None)


def by_last_visit(rows: Rows, house: Dealership, falls: bool, token: str | None, size: int) -> Page[Customer]:
    """By the day of the last visit, found from the visits' side; who never came stands last."""
    keys = ("delivered_on", "customer_id")
    visits = _last_visits(rows, house)

    def came(inner: str | None, most: int) -> Page[Customer]:
        page = page_after(visits, tuple(f"-{key}" for key in keys) if falls else keys, inner, most)
        found = {row.pk: row for row in rows.filter(pk__in=[visit.customer_id for visit in page.rows])}
        return Page([found[visit.customer_id] for visit in page.rows], page.more)

    def never_came(inner: str | None, most: int) -> Page[Customer]:
        visits = Visit.objects.filter(customer=OuterRef("pk"), cancelled_at=None)
        return page_after(rows.filter(~Exists(visits)), ("search_name", "pk"), inner, most)

    return page_in_parts([came, never_came], f"customers by last visit {falls}", token, size)


def _last_visits(rows: Rows, house: Dealership) -> Any:
    """Of each of these customers the last visit."""
    newer = Q(delivered_on__gt=OuterRef("delivered_on")) | Q(
        delivered_on=OuterRef("delivered_on"), pk__gt=OuterRef("pk")
    )
    later = Visit.objects.filter(newer, customer=OuterRef("customer"), cancelled_at=None)
    hers = rows.order_by().values("pk")
    return Visit.objects.filter(~Exists(later), dealership=house, cancelled_at=None, customer__in=hers)


def _point(customer: Customer, kind: str) -> str:
    points = [point for point in customer.contact_points.all() if point.kind == kind]
    return (sorted(points, key=lambda point: not point.valid)[0]).readable if points else ""


def _car(customer: Customer) -> Any:
    """The car she has now, else the one she had."""
    held = sorted(customer.ownerships.all(), key=lambda o: (o.to_on is not None, -(o.pk or 0)))
    return held[0].vehicle if held else None


def _of_car(name: str) -> Any:
    def value(customer: Customer) -> Value:
        car = _car(customer)
        return getattr(car, name) if car else ""

    return value


def _language(customer: Customer) -> str:
    return dict(LANGUAGES).get(customer.language, customer.language)


COLUMNS = (
    Column("name", _("Customer"), lambda c: c.listed_name, kind="name", shown=True, firm=True, sort="name"),
    Column("kind", _("Kind"), lambda c: str(c.get_kind_display()), kind="word"),
    Column("phone", _("Telephone"), lambda c: _point(c, ContactPoint.Kind.PHONE), kind="phone", shown=True),
    Column("email", _("E-mail"), lambda c: _point(c, ContactPoint.Kind.EMAIL)),
    Column("vehicle", _("Vehicle"), _of_car("title"), shown=True),
    Column("plate", _("Plate"), _of_car("plate"), kind="plate", shown=True),
    Column("vin", _("VIN"), _of_car("vin")),
    Column("region", _("Region"), lambda c: c.region, shown=True, sort="region"),
    Column("address", _("Address"), lambda c: c.address),
    Column("birth_date", _("Date of birth"), lambda c: c.birth_date, kind="day"),
    Column("language", _("Language"), _language),
    Column("source", _("Known from"), lambda c: str(c.get_source_display()), kind="word", shown=True),
    Column("consultant", _("Attended by"), lambda c: c.last_consultant),
    Column("visit", _("Last visit"), lambda c: c.last_visit_on, kind="day", shown=True, sort="visit"),
    Column("opened", _("On file since"), lambda c: timezone.localtime(c.created_at).date(), kind="day", sort="opened"),
    Column("verified", _("Verified"), lambda c: c.last_verified_on, kind="day"),
    Column("member", _("Member since"), lambda c: c.member_since, kind="day"),
    Column("level", _("Level of membership"), lambda c: c.member_level),
    Column("do_not_call", _("Do not call"), lambda c: c.do_not_call, kind="flag"),
)
SORTS = (
    Sort("name", _("name"), ("search_name", "pk")),
    Sort("visit", _("last visit"), (), page=by_last_visit),
    Sort("opened", _("on file since"), ("created_at", "pk")),
    Sort("region", _("region"), ("region", "pk")),
)
CUSTOMERS = List(
    code="customers",
    title=_("Customers"),
    rows=of_house,
    dressed=dressed,
    filters=CustomerFilters,
    columns=COLUMNS,
    sorts=SORTS,
    detail="desk:customer",
)
