"""What a person may write about a customer."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.lib import phones
from clientela.network.forms import LANGUAGES, DayInput

from .models import ContactPoint, Customer
from .signals import numbers_added


class CustomerForm(forms.ModelForm[Customer]):
    language = forms.ChoiceField(label=_("language"), choices=LANGUAGES)

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
            "language",
        )
        widgets = {"birth_date": DayInput()}


class PhoneForm(forms.Form):
    """One more number."""

    phone = forms.CharField(label=_("phone"), max_length=60)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_phone(self) -> phones.Phone:
        found = [phone for phone in phones.read(self.cleaned_data["phone"], self.country) if phone.usable]
        if len(found) != 1:
            raise forms.ValidationError(
                _("This is not one number that can be dialled. Write it with its area code, or with + and country.")
            )
        return found[0]

    def keep(self, customer: Customer, *, at: datetime) -> ContactPoint:
        phone: phones.Phone = self.cleaned_data["phone"]
        point, _created = ContactPoint.objects.update_or_create(
            customer=customer,
            kind=ContactPoint.Kind.PHONE,
            value=phone.e164,
            defaults={"dealership_id": customer.dealership_id, "shown": phone.shown, "valid": True},
        )
        numbers_added.send(ContactPoint, customer_ids=[customer.pk], at=at)
        return point
