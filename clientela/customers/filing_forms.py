"""What a person may write about who came in, and what a manager may change about the rule of the file."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _

from clientela.lib import phones
from clientela.network.forms import DayInput, people_of
from clientela.network.models import Dealership, User

from .completeness import FIELDS, in_order
from .forms import OLDEST, TOO_OLD, one_number, past
from .models import Customer, FileRule, Vehicle, Visit


class RuleForm(forms.ModelForm[FileRule]):
    """What a complete file holds here, and how soon."""

    triggers = forms.MultipleChoiceField(
        label=_("a file is due after"), choices=Visit.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    required = forms.MultipleChoiceField(label=_("a complete file holds"), widget=forms.CheckboxSelectMultiple)
    known = forms.MultipleChoiceField(
        label=_("a customer is well known with"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = FileRule
        fields = ("triggers", "days", "required", "known", "stale_months", "call_plan", "live_on")
        widgets = {"live_on": DayInput()}
        help_texts = {
            "live_on": _("Visits before this day ask for no file."),
            "call_plan": _("When after the visit the customer is called, and of what is spoken."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(field.code, str(field.title)) for field in FIELDS.values()]
        for name in ("required", "known"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name, low, high in (("days", 0, 60), ("stale_months", 1, 120)):
            field: Any = self.fields[name]
            field.validators += [validators.MinValueValidator(low), validators.MaxValueValidator(high)]
            field.widget.attrs.update(min=low, max=high)

    def clean_live_on(self) -> date:
        day: date = self.cleaned_data["live_on"]
        if day < OLDEST:
            raise forms.ValidationError(TOO_OLD)
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in ("required", "known"):
            given[name] = in_order(given.get(name, []))
        return given

    @property
    def changed_fields(self) -> list[str]:
        """What differs from what stood there; the order of a list is no difference."""
        return [
            name
            for name in self.changed_data
            if name not in {"triggers", "required", "known"}
            or set(self.initial.get(name) or []) != set(self.cleaned_data[name])
        ]


class ConsultationForm(forms.Form):
    """Somebody came in: who, what about, with whom. `key` makes it one, however often it is sent."""

    key = forms.RegexField(regex=re.compile(r"^[0-9a-f-]{8,36}$"), widget=forms.HiddenInput)
    full_name = forms.CharField(label=_("name"), max_length=200, required=False)
    phone = forms.CharField(label=_("phone"), max_length=60, required=False)
    email = forms.EmailField(label=_("e-mail"), required=False, max_length=120)
    topic = forms.CharField(label=_("what about"), max_length=300)
    vehicle = forms.ModelChoiceField(label=_("her vehicle"), queryset=Vehicle.objects.none(), required=False)
    interest = forms.CharField(label=_("vehicle of interest"), max_length=160, required=False)
    consultant = forms.ModelChoiceField(label=_("attended by"), queryset=User.objects.none(), required=False)
    on = forms.DateField(label=_("day"), widget=DayInput())

    def __init__(
        self, *args: Any, dealership: Dealership, customer: Customer | None, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.dealership, self.today = dealership, today
        self.fields["consultant"].queryset = people_of(dealership)  # type: ignore[attr-defined]
        if customer:
            for name in ("full_name", "phone", "email"):
                del self.fields[name]
            hers = Vehicle.objects.filter(ownerships__customer=customer, ownerships__to_on=None).distinct()
            self.fields["vehicle"].queryset = hers.order_by("pk")  # type: ignore[attr-defined]
        else:
            del self.fields["vehicle"]
            self.fields["full_name"].required = True

    def clean_full_name(self) -> str:
        name = " ".join(self.cleaned_data["full_name"].split())
        if not any(map(str.isalnum, name)):
            raise forms.ValidationError(_("Write the name as the customer says it."))
        return name

    def clean_phone(self) -> phones.Phone | None:
        written = self.cleaned_data["phone"].strip()
        return one_number(written, self.dealership.country) if written else None

    def clean_on(self) -> date | None:
        return past(self.cleaned_data["on"], self.today)


class NewCustomerForm(forms.Form):
    """A file opened by hand."""

    full_name = forms.CharField(label=_("name"), max_length=200)
    phone = forms.CharField(label=_("phone"), max_length=60, required=False)
    email = forms.EmailField(label=_("e-mail"), required=False, max_length=120)
    source = forms.ChoiceField(label=_("source"), choices=[("", "—"), *Customer.Source.choices])

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dealership = dealership

    clean_full_name = ConsultationForm.clean_full_name
    clean_phone = ConsultationForm.clean_phone
