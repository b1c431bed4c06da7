"""What a person may write about a customer."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _

from clientela.lib import phones, vins
from clientela.network.forms import LANGUAGES, ClockInput, DayInput, OfTheHouse
from clientela.network.models import User

from . import completeness
from .models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerRestHours,
    OdometerReading,
    Ownership,
    Profile,
    Vehicle,
)
from .models.customer import NAME_PARTS_IN_ORDER
from .signals import numbers_added

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Nobody alive was born before; a year of two figures would be.
OLDEST = date(1900, 1, 1)
TOO_OLD: "StrOrPromise" = _("This day is too long ago. Write the year with four figures.")
STILL_TO_COME: "StrOrPromise" = _("This day is still to come.")
#: The parts of a name, as the language orders them.
PARTS = {
    "es": ("family_name", "second_family_name", "given_name"),
    "ru": ("family_name", "given_name", "patronymic"),
    "zh": ("family_name", "given_name"),
    "en": ("given_name", "family_name"),
}


def past(day: date | None, today: date) -> date | None:
    """A day that has been, in somebody's lifetime."""
    if day and day > today:
        raise forms.ValidationError(STILL_TO_COME)
    if day and day < OLDEST:
        raise forms.ValidationError(TOO_OLD)
    return day


class CustomerForm(forms.ModelForm[Customer]):
    """Person or company. The parts of the name that her country does not know are shown only if she has them."""

    language = forms.ChoiceField(label=_("language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("time zone"),
        required=False,
        choices=[("", "—"), *((name, name) for name in sorted(available_timezones()))],
        widget=forms.Select(attrs={"translate": "no"}),
        help_text=_("Only if her clock goes otherwise than the dealership's: her rest hours are told by it."),
    )
    #: Which state of the file the page showed.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = (
            "kind",
            "full_name",
            "family_name",
            "second_family_name",
            "given_name",
            "patronymic",
            "sex",
            "birth_date",
            "address",
            "region",
            "language",
            "time_zone",
            "source",
            "source_note",
            "member_since",
            "member_level",
            "desired_services",
        )
        widgets = {
            "birth_date": DayInput(),
            "member_since": DayInput(),
            "desired_services": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "full_name": _("Change the whole name or its parts; what you do not touch follows."),
            "source_note": _("For an event or a list: its name."),
        }

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial["version"] = self.instance.version
        self._order_name()

    def _order_name(self) -> None:
        parts = PARTS.get(str(self.instance.language or "en").split("-")[0], PARTS["en"])
        usual = () if self.instance.is_company else parts
        for name in NAME_PARTS_IN_ORDER:
            if name not in usual and not getattr(self.instance, name):
                del self.fields[name]
        self.order_fields(["kind", "full_name", *parts])

    def clean_birth_date(self) -> date | None:
        return past(self.cleaned_data["birth_date"], self.today or date.max)

    def clean_member_since(self) -> date | None:
        return past(self.cleaned_data["member_since"], self.today or date.max)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("member_level") and not given.get("member_since") and "member_since" not in self.errors:
            self.add_error("member_since", _("Say since when she is a member."))
        shown = given.get("version")
        if shown and self.instance.pk and shown != self.instance.version:
            raise forms.ValidationError(
                _("Somebody else has changed this file since you opened it. Look at it again, then repeat your change.")
            )
        return given

    @property
    def changed_fields(self) -> list[str]:
        return [name for name in self.changed_data if name != "version"]


class PhoneForm(forms.Form):
    """One more number."""

    phone = forms.CharField(label=_("phone"), max_length=60)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_phone(self) -> phones.Phone:
        return one_number(self.cleaned_data["phone"], self.country)

    def keep(self, customer: Customer, *, at: datetime, by: User | None = None) -> ContactPoint:
        phone: phones.Phone = self.cleaned_data["phone"]
        point, _created = ContactPoint.objects.update_or_create(
            customer=customer,
            kind=ContactPoint.Kind.PHONE,
            value=phone.e164,
            defaults={"dealership_id": customer.dealership_id, "shown": phone.shown, "valid": True},
        )
        numbers_added.send(ContactPoint, customer_ids=[customer.pk], at=at, by=by)
        return point


def one_number(text: str, country: str) -> phones.Phone:
    """The one number that somebody typed."""
    found = [phone for phone in phones.read(text, country) if phone.usable]
    if len(found) != 1:
        raise forms.ValidationError(
            _("This is not one number that can be dialled. Write it with its area code, or with + and country.")
        )
    return found[0]


class PointForm(forms.Form):
    """A number or an address, new or corrected."""

    kind = forms.ChoiceField(label=_("kind"), choices=ContactPoint.Kind.choices)
    written = forms.CharField(label=_("number or address"), max_length=120)

    #: Those that are telephone numbers too.
    DIALLED = frozenset({"phone", "whatsapp", "viber"})

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        kind, written = given.get("kind"), given.get("written", "").strip()
        if not kind or not written:
            return given
        try:
            given["value"], given["shown"] = self._normal(kind, written)
        except forms.ValidationError as error:
            self.add_error("written", error)
        return given

    def _normal(self, kind: str, written: str) -> tuple[str, str]:
        if kind in self.DIALLED:
            phone = one_number(written, self.country)
            return str(phone.e164), phone.shown
        if kind == ContactPoint.Kind.EMAIL:
            validators.validate_email(written)
            return written.lower(), written
        return written.casefold(), written


class ConsentForm(forms.ModelForm[Consent]):
    class Meta:
        model = Consent
        fields = ("channel", "purpose", "text_version", "source", "evidence", "given_on")
        widgets = {"given_on": DayInput()}
        help_texts = {
            "text_version": _("Which wording she agreed to."),
            "evidence": _("The paper's folder, the call's number, the form's address."),
        }

    def __init__(self, *args: Any, customer: Customer, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.customer, self.instance.dealership = customer, customer.dealership
        self.today = today

    def clean_given_on(self) -> date | None:
        return past(self.cleaned_data["given_on"], self.today)

    def _get_validation_exclusions(self) -> set[str]:
        # Django leaves out every constraint that names a field which the form does not show.
        return super()._get_validation_exclusions() - {"customer", "withdrawn_on"}  # type: ignore[misc, no-any-return]


class DoNotCallForm(forms.ModelForm[Customer]):
    class Meta:
        model = Customer
        fields = ("do_not_call", "do_not_call_list_on")
        widgets = {"do_not_call_list_on": DayInput()}
        help_texts = {"do_not_call_list_on": _("The day of the do-not-call list with which she was compared.")}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_do_not_call_list_on(self) -> date | None:
        return past(self.cleaned_data["do_not_call_list_on"], self.today)


class CustomerRestForm(forms.ModelForm[CustomerRestHours]):
    class Meta:
        model = CustomerRestHours
        fields = ("weekday", "starts", "ends")
        widgets = {"starts": ClockInput(), "ends": ClockInput()}


class DayForm(forms.Form):
    """Since or until when."""

    on = forms.DateField(label=_("day"), widget=DayInput())


class ReasonForm(forms.Form):
    """Whether a visit is a special one, and why."""

    special = forms.BooleanField(required=False)
    reason = forms.CharField(max_length=300)


class RepairsForm(forms.Form):
    """What the workshop recommends after a visit."""

    recommended = forms.CharField(label=_("recommended repairs"), max_length=400)


class VehicleForm(OfTheHouse[Vehicle]):
    class Meta:
        model = Vehicle
        fields = (
            "make",
            "model",
            "model_year",
            "vehicle_type",
            "plate",
            "vin",
            "colour",
            "cycle_months",
            "next_service_on",
        )
        widgets = {"next_service_on": DayInput()}
        help_texts = {
            "next_service_on": _("Empty: it follows from the last maintenance and the cycle."),
            "cycle_months": _("Months from one maintenance to the next."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, low, high in (("model_year", 1900, 2100), ("cycle_months", 1, 120)):
            field: Any = self.fields[name]
            field.validators += [validators.MinValueValidator(low), validators.MaxValueValidator(high)]
            field.widget.attrs.update(min=low, max=high)

    def clean_vin(self) -> str:
        vin = vins.normalise(self.cleaned_data["vin"])
        others = Vehicle.objects.filter(dealership=self.instance.dealership, vin=vin).exclude(pk=self.instance.pk)
        if vin and self.instance.pk and others.exists():
            raise forms.ValidationError(_("Another car of this house has this VIN."))
        return vin

    def _get_validation_exclusions(self) -> set[str]:
        """That a house holds a VIN once is asked above, in words; a known one is taken as it is."""
        return {*super()._get_validation_exclusions(), "vin"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and not any(given.get(name) for name in ("vin", "plate", "make", "model")):
            raise forms.ValidationError(_("Say at least the plate, the VIN, the make or the model."))
        return given


class NewVehicleForm(VehicleForm):
    """A car for a customer; one that the house knows by its VIN or plate is taken as it is."""

    capacity = forms.ChoiceField(label=_("she is its"), choices=Ownership.Capacity.choices)
    from_on = forms.DateField(label=_("since"), required=False, widget=DayInput())

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.order_fields(["capacity", "from_on"])

    def clean_from_on(self) -> date | None:
        return past(self.cleaned_data["from_on"], self.today)


class ReadingForm(forms.Form):
    km = forms.IntegerField(label=_("mileage"), min_value=0, max_value=5_000_000)
    on = forms.DateField(label=_("read on"), widget=DayInput())
    reason = forms.ChoiceField(
        label=_("reason for a lower reading"),
        required=False,
        choices=[("", "—"), *OdometerReading.Reason.choices],
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].initial = today

    def clean_on(self) -> date | None:
        return past(self.cleaned_data["on"], self.today)


class ProfileForm(forms.ModelForm[Profile]):
    class Meta:
        model = Profile
        fields = completeness.TRAITS
