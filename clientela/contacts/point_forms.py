"""What somebody may write about a talking point: on the call screen, and on its own page."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.network.forms import DayInput
from clientela.network.models import User

from . import asking_managers, points
from .models import TalkingPoint
from .points import Heard

#: Longer than anything ever said on a call; what is longer was pasted by mistake.
LONGEST = 20_000
#: So many points one call takes.
ROWS = range(1, 9)
#: As far ahead as a need is planned.
FAR = timedelta(days=730)
NO_KIND = _("Say what the point is: requirement, wish, complaint, suggestion or criticism.")
NO_TEXT = _("Write what the customer said.")
NO_DAY = _("Choose a day from today on, within two years.")
NOBODY = _("Nobody was spoken to on this call, so no point can have been heard. Choose another outcome, or empty it.")


class PointRow(forms.Form):
    """One point on the call screen. Empty it counts as not there; with an answer it was answered on the spot."""

    kind = forms.ChoiceField(
        label=_("what it is"),
        choices=TalkingPoint.Kind.choices,
        required=False,
        error_messages={"invalid_choice": NO_KIND},
    )
    about = forms.ChoiceField(label=_("about"), choices=TalkingPoint.About.choices, required=False)
    text = forms.CharField(label=_("what the customer said"), required=False, max_length=LONGEST)
    answer = forms.CharField(label=_("answered on the spot"), required=False, max_length=LONGEST)
    wanted_on = forms.DateField(label=_("needed by"), required=False, error_messages={"invalid": NO_DAY})

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def add_prefix(self, field_name: str) -> str:
        return f"{self.prefix}_{field_name}"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.is_filled and not self.errors:
            return given
        if not given.get("kind") and "kind" not in self.errors:
            self.add_error("kind", NO_KIND)
        if not given.get("text") and "text" not in self.errors:
            self.add_error("text", NO_TEXT)
        self._check_day(given.get("wanted_on"), given.get("kind"))
        return given

    def _check_day(self, day: date | None, kind: str | None) -> None:
        if day is None or "wanted_on" in self.errors:
            return
        if not self.today <= day <= self.today + FAR:
            self.add_error("wanted_on", NO_DAY)
        elif kind and kind not in points.NEEDS:
            self.add_error("wanted_on", _("A day is for a requirement or a wish. Take it away, or change what it is."))

    @property
    def is_filled(self) -> bool:
        """Whether there is a point: its text, its answer or its day was written; a kind alone is none."""
        return any(self.cleaned_data.get(name) for name in ("text", "answer", "wanted_on"))

    @property
    def heard(self) -> Heard:
        return Heard(**self.cleaned_data)


def rows_of(data: Any, *, today: date) -> list[PointRow]:
    """The rows of the call screen as they were sent."""
    return [PointRow(data, prefix=f"point_{number}", today=today) for number in ROWS]


def errors_of(rows: list[PointRow]) -> Iterator[tuple[int, str]]:
    """What is wrong, with the number of the row."""
    for number, row in zip(ROWS, rows, strict=True):
        for sentences in row.errors.values():
            yield from ((number, str(sentence)) for sentence in sentences)


# On its own page -----------------------------------------------------------------------------------------


class TextForm(forms.Form):
    """The solution."""

    text = forms.CharField(label=_("solution"), max_length=LONGEST, widget=forms.Textarea({"rows": 3}))


class ReportForm(forms.Form):
    """What is asked of which manager; or the solution, if the agent has found it herself."""

    text = forms.CharField(
        label=_("what is asked, or the solution"), max_length=LONGEST, widget=forms.Textarea({"rows": 3})
    )
    asked = forms.ModelChoiceField(
        label=_("who is asked"), queryset=User.objects.none(), required=False, empty_label=None
    )

    def __init__(self, *args: Any, point: TalkingPoint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = asking_managers.managers_for(point)
        field: Any = self.fields["asked"]
        field.queryset = User.objects.filter(pk__in=[user.pk for user in found])
        field.choices = [(user.pk, _named(user)) for user in found]


class InformForm(forms.Form):
    """How the customer took it."""

    satisfied = forms.ChoiceField(
        label=_("is the customer satisfied?"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether the customer is satisfied.")},
    )
    text = forms.CharField(
        label=_("what the customer said"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("If she is not satisfied: why. With that it goes back to the manager."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("satisfied") == "no" and not (given.get("text") or "").strip() and "text" not in self.errors:
            self.add_error("text", _("Write why the customer is not satisfied."))
        return given


class PassOnForm(forms.Form):
    to = forms.ModelChoiceField(label=_("who sees to it from now on"), queryset=User.objects.none())

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class PeriodForm(forms.Form):
    """The days of the report of suggestions."""

    first = forms.DateField(label=_("from"), widget=DayInput())
    last = forms.DateField(label=_("until"), widget=DayInput())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", _("The end lies before the beginning."))
        return given

    @property
    def days(self) -> tuple[date, date]:
        return self.cleaned_data["first"], self.cleaned_data["last"]


def _named(user: User) -> str:
    return f"{user}, {user.position}" if user.position else str(user)
