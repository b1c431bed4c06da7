"""What an administrator may write about the network, and how every form of the product is drawn."""

from datetime import date
from operator import itemgetter
from typing import Any, TypeVar

from babel import Locale
from django import forms
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.forms.renderers import TemplatesSetting
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from .models import (
    CalendarException,
    Dealership,
    Department,
    FunctionMapping,
    OpeningHours,
    RestHours,
    RoleAssignment,
    User,
)
from .models.group import COUNTRIES, check_currency
from .permissions import GROUP_WIDE, Permission, Role

M = TypeVar("M", bound=models.Model)
LANGUAGES = [(code, name) for code, name in settings.LANGUAGES]


class Renderer(TemplatesSetting):
    """Label above, hint below, an error in place of the hint."""

    form_template_name = "components/form.html"
    field_template_name = "components/_field.html"


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


class DealershipForm(forms.ModelForm[Dealership]):
    country = forms.ChoiceField(
        label=_("country"),
        choices=lambda: countries(),
        error_messages={"invalid_choice": _("“%(value)s” is not a country we know. Choose one from the list.")},
    )
    # Its own validator only: Django's sentence on the length would say nothing of currencies.
    currency = forms.CharField(
        label=_("currency"), validators=[check_currency], widget=forms.TextInput(attrs={"maxlength": 3})
    )
    locale = forms.ChoiceField(label=_("language of letters and scripts"), choices=LANGUAGES)

    class Meta:
        model = Dealership
        fields = (
            "code",
            "trade_name",
            "legal_name",
            "brands",
            "country",
            "time_zone",
            "currency",
            "locale",
            "address",
            "hotline",
            "records_years",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["records_years"].required = False

    def clean_records_years(self) -> int:
        years: int | None = self.cleaned_data["records_years"]
        return years if years is not None else self.instance.records_years


class OfTheHouse(forms.ModelForm[M]):
    """A row of one house: what may stand there once is refused in words, not by the database."""

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.dealership = dealership  # type: ignore[attr-defined]

    def _get_validation_exclusions(self) -> set[str]:
        # Django leaves out every constraint that names a field which the form does not show.
        return super()._get_validation_exclusions() - {"dealership"}  # type: ignore[misc, no-any-return]


class OpeningHoursForm(OfTheHouse[OpeningHours]):
    class Meta:
        model = OpeningHours
        fields = ("weekday", "opens", "closes")
        widgets = {"opens": ClockInput(), "closes": ClockInput()}


class RestHoursForm(OfTheHouse[RestHours]):
    class Meta:
        model = RestHours
        fields = ("weekday", "starts", "ends")
        widgets = {"starts": ClockInput(), "ends": ClockInput()}


class CalendarExceptionForm(OfTheHouse[CalendarException]):
    class Meta:
        model = CalendarException
        fields = ("on", "name", "opens", "closes")
        widgets = {"on": DayInput(), "opens": ClockInput(), "closes": ClockInput()}
        help_texts = {"opens": _("Leave both hours empty for a closed day.")}


class DepartmentForm(OfTheHouse[Department]):
    class Meta:
        model = Department
        fields = ("kind", "name", "head")

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, dealership=dealership, **kwargs)
        self.fields["head"].queryset = people_of(dealership)  # type: ignore[attr-defined]


class FunctionMappingForm(OfTheHouse[FunctionMapping]):
    class Meta:
        model = FunctionMapping
        fields = ("function", "department", "user")

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, dealership=dealership, **kwargs)
        self.fields["department"].queryset = dealership.departments.all()  # type: ignore[attr-defined]
        self.fields["user"].queryset = people_of(dealership)  # type: ignore[attr-defined]


class InvitationForm(forms.ModelForm[User]):
    language = forms.ChoiceField(label=_("language"), choices=LANGUAGES)
    role = forms.ChoiceField(label=_("role"), choices=Role.choices)

    class Meta:
        model = User
        fields = ("name", "email", "position", "phone", "language")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        known = User.objects.filter(email__iexact=email).first()
        if known and not known.is_active:
            raise forms.ValidationError(
                _("Somebody with this address worked here before. Under People, among those who left, invite again.")
            )
        if known:
            raise forms.ValidationError(
                _("Somebody with this address is already here. Give that person another role instead.")
            )
        return email


class PersonForm(forms.ModelForm[User]):
    language = forms.ChoiceField(label=_("language"), choices=LANGUAGES)

    class Meta:
        model = User
        fields = ("name", "position", "phone", "language", "department")

    def __init__(self, *args: Any, dealerships: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = Department.objects.filter(dealership__in=dealerships).order_by("name")
        self.fields["department"].queryset = choices  # type: ignore[attr-defined]
        self.fields["department"].required = False
        if self.instance.department_id and not choices.filter(pk=self.instance.department_id).exists():
            del self.fields["department"]  # it is another house's, and stays


class RoleForm(forms.ModelForm[RoleAssignment]):
    class Meta:
        model = RoleAssignment
        fields = ("role", "dealership")

    def __init__(self, *args: Any, user: User, giver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = user
        self.giver = giver
        houses = Dealership.objects.filter(pk__in=giver.dealerships_with(Permission.CONFIGURE))
        field = self.fields["dealership"]
        field.queryset = houses.by_name()  # type: ignore[attr-defined]
        field.empty_label = _("the whole group")  # type: ignore[attr-defined]

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"user"}  # type: ignore[misc, no-any-return]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("dealership") is None and not self.errors:
            if cleaned.get("role") not in GROUP_WIDE:
                self.add_error("dealership", _("This role belongs to one dealership. Choose which."))
            elif not self.giver.administers_group:
                self.add_error("dealership", _("Only a group administrator gives roles in the whole group."))
        return cleaned


class LeavingForm(forms.Form):
    """Somebody leaves: who takes over her open work?"""

    heir = forms.ModelChoiceField(label=_("takes over the open work"), queryset=User.objects.none())
    on = forms.DateField(label=_("last day"), widget=DayInput(), initial=date.today)

    def __init__(self, *args: Any, leaver: User, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        houses = by.dealerships_with(Permission.CONFIGURE)
        hers = [role.dealership_id for role in leaver.roles_held if role.dealership_id in houses]
        # Work stays in its house: a neighbour could not even see it.
        there = Q(roles__dealership__in=hers or houses)
        if by.administers_group:
            there |= Q(roles__isnull=False, roles__dealership=None)
        colleagues = User.objects.filter(there, is_active=True).exclude(pk=leaver.pk)
        self.fields["heir"].queryset = colleagues.distinct().order_by("name")  # type: ignore[attr-defined]


class PreferencesForm(forms.ModelForm[User]):
    language = forms.ChoiceField(label=_("language"), choices=LANGUAGES)
    theme = forms.ChoiceField(
        label=_("appearance"),
        required=False,
        choices=[("", _("as the device")), ("light", _("light")), ("dark", _("dark"))],
    )

    class Meta:
        model = User
        fields = ("language", "theme", "single_keys")
        help_texts = {"single_keys": _("N for next, 1 to 7 for outcomes. Switch off if they get in your way.")}


def people_of(dealership: Dealership) -> Any:
    return User.objects.filter(is_active=True, roles__dealership=dealership).distinct().order_by("name")


def countries() -> list[tuple[str, str]]:
    """The countries in which a house can stand, by their names in the language of the page."""
    names = Locale.parse(to_locale(get_language() or "en")).territories
    return sorted(((code, names[code]) for code in COUNTRIES if code in names), key=itemgetter(1))
