"""What the pages of the desk are asked for in their address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.contacts import presets
from clientela.contacts.forecasting import Change
from clientela.contacts.models import Programme
from clientela.network.forms import DayInput
from clientela.network.models import Dealership, User


class ForecastForm(forms.Form):
    """Whose load, of which programme, with which visits; and what if a programme were switched on."""

    team = forms.TypedChoiceField(label=_("whose calls"), required=False, coerce=int, empty_value=None)
    programme = forms.TypedChoiceField(label=_("programme"), required=False, coerce=int, empty_value=None)
    known = forms.BooleanField(label=_("only visits that are known already"), required=False)
    change = forms.ChoiceField(label=_("switched on"), required=False)
    window_from = forms.IntegerField(label=_("window opens on day"), required=False, min_value=0, max_value=730)
    window_to = forms.IntegerField(label=_("window closes on day"), required=False, min_value=0, max_value=730)
    live_on = forms.DateField(label=_("for visits from"), required=False, widget=DayInput())
    day = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, house: Dealership, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = {row.pk: row for row in Programme.objects.filter(dealership=house).order_by("preset", "code")}
        self._choose("team", [("", _("the follow-up team"))], [(user.pk, user.name) for user in people])
        active = [(row.pk, row.name) for row in self.programmes.values() if row.active]
        self._choose("programme", [("", _("all programmes"))], active)
        self._choose("change", [("", _("as it is"))], self._changes())

    def _choose(self, name: str, first: list[Any], others: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = [*first, *others]

    def _changes(self) -> list[tuple[str, str]]:
        """Programmes that are switched off here, and presets nobody took up yet."""
        off = [(f"programme-{row.pk}", row.name) for row in self.programmes.values() if not row.active]
        taken = {row.preset for row in self.programmes.values()}
        return off + [(f"preset-{code}", name) for code, name in presets.names() if code not in taken]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        opens, closes = given.get("window_from"), given.get("window_to")
        if (opens is None) != (closes is None) and not self.errors:
            self.add_error("window_to", _("Give both days of the window, or neither."))
        elif opens is not None and closes is not None and closes < opens:
            self.add_error("window_to", _("The window closes before it opens. Choose a later last day."))
        return given

    @property
    def asked(self) -> dict[str, Any]:
        """What holds of it: of an address that cannot be followed, nothing."""
        return self.cleaned_data if self.is_valid() else {}

    @property
    def changed(self) -> Change | None:
        """What if; nothing when things stay as they are."""
        kind, _dash, which = self.asked.get("change", "").partition("-")
        if not kind:
            return None
        return Change(
            programme=self.programmes[int(which)] if kind == "programme" else None,
            preset=which if kind == "preset" else "",
            live_on=self.asked["live_on"],
            window_from=self.asked["window_from"],
            window_to=self.asked["window_to"],
        )

    @property
    def change_name(self) -> str:
        return str(dict(self.fields["change"].choices).get(self.asked.get("change", ""), ""))  # type: ignore[attr-defined]


class WeekForm(forms.Form):
    """Which week of whose contacts, in lines by agent or by kind; and of which cell the list is shown."""

    start = forms.DateField(required=False)
    by = forms.ChoiceField(required=False, choices=[("agent", ""), ("step", "")])
    of = forms.ChoiceField(required=False, choices=[("mine", ""), ("team", "")])
    day = forms.DateField(required=False)
    line = forms.CharField(required=False, max_length=120)

    def asked(self, name: str, default: Any) -> Any:
        """What the address says of it; what cannot be followed counts as not said."""
        self.is_valid()
        return self.cleaned_data.get(name) or default
