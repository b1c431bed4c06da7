"""What a person decides about two files, and what she has typed into a form so far."""

from collections.abc import Sequence
from typing import Any

from django import forms

from .choosing import CHOICES
from .likes import Draft
from .models import Customer


class MergeForm(forms.Form):
    """Which file stays, and for each field whose value: the answers are keys of customers."""

    def __init__(self, *args: Any, pair: Sequence[Customer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair = {customer.pk: customer for customer in pair}
        either = [(pk, pk) for pk in self.pair]
        self.fields["survivor"] = forms.TypedChoiceField(choices=either, coerce=int)
        for name in CHOICES:
            self.fields[name] = forms.TypedChoiceField(choices=either, coerce=int, required=False, empty_value=None)

    @property
    def survivor(self) -> Customer:
        return self.pair[self.cleaned_data["survivor"]]

    @property
    def gone(self) -> Customer:
        return next((found for pk, found in self.pair.items() if pk != self.cleaned_data["survivor"]), self.survivor)

    @property
    def keep(self) -> dict[str, Any]:
        """The chosen values; what was not asked is left to the proposal."""
        chosen = {name: self.cleaned_data[name] for name in CHOICES}
        return {name: getattr(self.pair[pk], name) for name, pk in chosen.items() if pk is not None}


class DraftForm(forms.Form):
    """Any form of a customer: whatever it holds of these."""

    customer = forms.IntegerField(required=False)
    full_name = forms.CharField(required=False, max_length=200)
    family_name = forms.CharField(required=False, max_length=80)
    second_family_name = forms.CharField(required=False, max_length=80)
    given_name = forms.CharField(required=False, max_length=80)
    patronymic = forms.CharField(required=False, max_length=80)
    phone = forms.CharField(required=False, max_length=254)
    email = forms.CharField(required=False, max_length=254)
    plate = forms.CharField(required=False, max_length=20)
    vin = forms.CharField(required=False, max_length=30)
    birth_date = forms.DateField(required=False)

    @property
    def draft(self) -> Draft:
        """What of it can be read."""
        typed = self.cleaned_data
        parts = [typed.get(name, "") for name in ("family_name", "second_family_name", "given_name", "patronymic")]
        return Draft(
            name=typed.get("full_name") or " ".join(filter(None, parts)),
            phone=typed.get("phone", ""),
            email=typed.get("email", ""),
            plate=typed.get("plate", ""),
            vin=typed.get("vin", ""),
            birth_date=typed.get("birth_date"),
        )
