"""What an administrator may write about the network, and how every form of the product is drawn."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.forms.renderers import TemplatesSetting
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
from .models.group import COUNTRIES
from .permissions import GROUP_WIDE, Role

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
    country = forms.ChoiceField(label=_("country"), choices=[(code, code) for code in COUNTRIES])
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
        )


class OpeningHoursForm(forms.ModelForm[OpeningHours]):
    class Meta:
        model = OpeningHours
        fields = ("weekday", "opens", "closes")
        widgets = {"opens": ClockInput(), "closes": ClockInput()}


class RestHoursForm(forms.ModelForm[RestHours]):
    class Meta:
        model = RestHours
        fields = ("weekday", "starts", "ends")
        widgets = {"starts": ClockInput(), "ends": ClockInput()}


class CalendarExceptionForm(forms.ModelForm[CalendarException]):
    class Meta:
        model = CalendarException
        fields = ("on", "name", "opens", "closes")
        widgets = {"on": DayInput(), "opens": ClockInput(), "closes": ClockInput()}
        help_texts = {"opens": _("Leave both hours empty for a closed day.")}


class DepartmentForm(forms.ModelForm[Department]):
    class Meta:
        model = Department
        fields = ("kind", "name", "head")

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["head"].queryset = people_of(dealership)  # type: ignore[attr-defined]


class FunctionMappingForm(forms.ModelForm[FunctionMapping]):
    class Meta:
        model = FunctionMapping
        fields = ("function", "department", "user")

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
        if User.objects.filter(email__iexact=email).exists():
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
        self.fields["department"].queryset = Department.objects.filter(dealership__in=dealerships)  # type: ignore[attr-defined]
        self.fields["department"].required = False


class RoleForm(forms.ModelForm[RoleAssignment]):
    class Meta:
        model = RoleAssignment
        fields = ("role", "dealership")

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.giver = giver
        field = self.fields["dealership"]
        field.queryset = Dealership.objects.visible_to(giver).by_name()  # type: ignore[attr-defined]
        field.empty_label = _("the whole group")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("dealership") is None and not self.errors:
            if cleaned.get("role") not in GROUP_WIDE:
                self.add_error("dealership", _("This role belongs to one dealership. Choose which."))
            elif not self.giver.is_group_wide:
                self.add_error("dealership", _("Only a group administrator gives roles in the whole group."))
        return cleaned


class LeavingForm(forms.Form):
    """Somebody leaves: who takes over her open work?"""

    heir = forms.ModelChoiceField(label=_("takes over the open work"), queryset=User.objects.none())
    on = forms.DateField(label=_("last day"), widget=DayInput(), initial=date.today)

    def __init__(self, *args: Any, leaver: User, dealerships: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = User.objects.filter(is_active=True, roles__dealership__in=dealerships).exclude(pk=leaver.pk)
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
        help_texts = {"single_keys": _("N for next, 1 to 9 for outcomes. Switch off if they get in your way.")}


def people_of(dealership: Dealership) -> Any:
    return User.objects.filter(is_active=True, roles__dealership=dealership).distinct().order_by("name")
