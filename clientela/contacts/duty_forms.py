"""Designations, absences, and handing work from one to another."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clientela.network.forms import DayInput, OfTheHouse, people_of
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from .models import Absence, Cap, Designation, Performer


def callers_of(house: Dealership) -> Any:
    """Who may make calls in this house."""
    callers = [user.pk for user in people_of(house) if user.may(Permission.CALL, house.pk)]
    return User.objects.filter(pk__in=callers).order_by("name")


class DesignationForm(OfTheHouse[Designation]):
    class Meta:
        model = Designation
        fields = ("performer", "user", "from_on", "to_on")
        widgets = {"from_on": DayInput(), "to_on": DayInput()}
        help_texts = {"to_on": _("Empty means until further notice.")}

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, dealership=dealership, **kwargs)
        self.fields["user"].queryset = callers_of(dealership)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("user") and given.get("from_on") and given.get("performer"):
            others = Designation.objects.filter(user=given["user"], performer=given["performer"])
            if _overlapping(others, self.instance, given["from_on"], given.get("to_on")).exists():
                self.add_error(
                    "from_on", _("This person is already designated in these days. Change that line instead.")
                )
        return given


def _overlapping(rows: Any, instance: Designation | Absence, from_on: date, to_on: date | None) -> Any:
    """Others of the same house that share a day with it."""
    rows = rows.filter(dealership=instance.dealership).exclude(pk=instance.pk)
    rows = rows.filter(Q(to_on=None) | Q(to_on__gte=from_on))
    return rows.filter(from_on__lte=to_on) if to_on else rows


class AbsenceForm(OfTheHouse[Absence]):
    class Meta:
        model = Absence
        fields = ("user", "substitute", "from_on", "to_on")
        widgets = {"from_on": DayInput(), "to_on": DayInput()}
        help_texts = {"substitute": _("Calls what falls due in these days; promises included.")}

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, dealership=dealership, **kwargs)
        for name in ("user", "substitute"):
            self.fields[name].queryset = callers_of(dealership)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("user") and given.get("from_on") and given.get("to_on"):
            others = Absence.objects.filter(user=given["user"])
            if _overlapping(others, self.instance, given["from_on"], given["to_on"]).exists():
                self.add_error("from_on", _("This person is already away in these days. Change that line instead."))
        return given


class CapForm(OfTheHouse[Cap]):
    class Meta:
        model = Cap
        fields = ("contacts", "days")


class ReassignForm(forms.Form):
    """Open contacts of one person, or of nobody, given to another."""

    giver = forms.ModelChoiceField(
        label=_("contacts of"), queryset=User.objects.none(), required=False, empty_label=_("nobody yet")
    )
    taker = forms.ModelChoiceField(label=_("go to"), queryset=User.objects.none())
    performer = forms.ChoiceField(
        label=_("only those made by the"), required=False, choices=[("", _("all kinds")), *Performer.choices]
    )
    until = forms.DateField(label=_("only those due until"), required=False, widget=DayInput())

    def __init__(self, *args: Any, dealership: Dealership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        givers = User.objects.filter(tasks__state="open", tasks__dealership=dealership)
        self.fields["giver"].queryset = givers.distinct().order_by("name")  # type: ignore[attr-defined]
        self.fields["taker"].queryset = callers_of(dealership)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("taker") and cleaned.get("giver") == cleaned.get("taker"):
            self.add_error("taker", _("Choose somebody else than who has them now."))
        return cleaned
