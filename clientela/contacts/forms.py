"""What a call brings, and what a manager may change about a programme."""

from datetime import datetime
from typing import Any

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _

from clientela.network.forms import DayInput, people_of
from clientela.network.models import Dealership, User
from clientela.satisfaction.models import Grade

from .calling import Answer
from .models import Finding, Outcome, Programme, ProgrammeStep

#: Longer than anything ever said on a call; what is longer was pasted by mistake.
LONGEST = 20_000

# Said whether a field was left empty or holds what its page never offers.
NO_OUTCOME = _("Say how the call ended: choose an outcome, keys 1 to 7.")
NO_GRADE = _("Say how satisfied the customer is, keys Q, W and E.")
NO_TIME = _("Say when the customer wants to be called: day and time.")
NO_KIND = _("Say what it is: a need, a shortcoming or market information.")
NO_OWNER = _("A shortcoming needs somebody who puts it right. Choose an owner.")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")


class OutcomeForm(forms.Form):
    """The call screen's form. An answer to the question is a call that reached her: no second key for that."""

    fence = forms.IntegerField(widget=forms.HiddenInput)
    started_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("outcome"),
        choices=Outcome.choices,
        required=False,
        error_messages={"invalid_choice": NO_OUTCOME},
    )
    grade = forms.ChoiceField(
        label=_("answer"), choices=Grade.choices, required=False, error_messages={"invalid_choice": NO_GRADE}
    )
    words = forms.CharField(label=_("customer's words"), required=False, max_length=LONGEST)
    call_back_at = forms.DateTimeField(
        label=_("call back at"),
        required=False,
        widget=MomentInput(),
        input_formats=["%Y-%m-%dT%H:%M"],
        error_messages={"invalid": NO_TIME},
    )
    finding_kind = forms.ChoiceField(
        label=_("finding"),
        choices=Finding.Kind.choices,
        required=False,
        error_messages={"invalid_choice": NO_KIND},
    )
    finding_text = forms.CharField(label=_("what was found"), required=False, max_length=LONGEST)
    remedy_owner = forms.ModelChoiceField(
        label=_("person responsible"),
        queryset=User.objects.none(),
        required=False,
        error_messages={"invalid_choice": NO_OWNER},
    )

    def __init__(self, *args: Any, dealership: Dealership, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        self.fields["remedy_owner"].queryset = people_of(dealership)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("grade") and not given.get("outcome") and "outcome" not in self.errors:
            given["outcome"] = Outcome.REACHED.value
        outcome = given.get("outcome")
        if not outcome and "outcome" not in self.errors:
            self.add_error("outcome", NO_OUTCOME)
        if outcome == Outcome.REACHED and not given.get("grade") and "grade" not in self.errors:
            self.add_error("grade", NO_GRADE)
        if outcome and outcome != Outcome.REACHED and given.get("grade"):
            self.add_error("grade", _("An answer was given, so the customer was reached. Choose “Follow-up done”."))
        self._check_call_back(outcome, given.get("call_back_at"))
        self._check_finding(given)
        return given

    def _check_call_back(self, outcome: str | None, moment: datetime | None) -> None:
        if outcome != Outcome.CALL_BACK or "call_back_at" in self.errors:
            return
        if moment is None:
            self.add_error("call_back_at", NO_TIME)
        elif moment <= self.at:
            self.add_error("call_back_at", _("This time has passed. Choose a later one."))
        elif (moment - self.at).days > 60:
            self.add_error("call_back_at", _("This is more than 60 days away. Choose a nearer day."))

    def _check_finding(self, given: dict[str, Any]) -> None:
        kind, text = given.get("finding_kind"), (given.get("finding_text") or "").strip()
        if kind and not text and "finding_text" not in self.errors:
            self.add_error("finding_text", _("Write what was found."))
        if text and not kind and "finding_kind" not in self.errors:
            self.add_error("finding_kind", NO_KIND)
        if kind == Finding.Kind.SHORTCOMING and not given.get("remedy_owner") and "remedy_owner" not in self.errors:
            self.add_error("remedy_owner", NO_OWNER)

    @property
    def answer(self) -> Answer:
        given = self.cleaned_data
        return Answer(
            outcome=Outcome(given["outcome"]),
            grade=given["grade"],
            words=given["words"].strip(),
            call_back_at=given["call_back_at"],
            started_at=given["started_at"],
            finding_kind=given["finding_kind"],
            finding_text=given["finding_text"].strip(),
            remedy_owner=given["remedy_owner"],
        )


class MeasureForm(forms.Form):
    measure = forms.CharField(label=_("what was done"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class ActivationForm(forms.Form):
    """Take up a preset: its programmes are copied, then the dealership's own."""

    preset = forms.ChoiceField(label=_("preset"))
    go_live_on = forms.DateField(
        label=_("goes live on"), widget=DayInput(), help_text=_("Visits before this day create no tasks.")
    )

    def __init__(self, *args: Any, presets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["preset"]
        field.choices = presets


class ProgrammeForm(forms.ModelForm[Programme]):
    class Meta:
        model = Programme
        fields = ("active", "go_live_on")
        widgets = {"go_live_on": DayInput()}
        help_texts = {"go_live_on": _("Visits before this day create no tasks.")}


class StepForm(forms.ModelForm[ProgrammeStep]):
    class Meta:
        model = ProgrammeStep
        fields = (
            "window_from",
            "window_to",
            "attempts_max",
            "distinct_days",
            "distinct_bands",
            "ideal_seconds",
        )
        help_texts = {"attempts_max": _("Empty means without limit.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, low, high in (
            ("window_from", 0, 730),
            ("window_to", 0, 730),
            ("attempts_max", 1, 20),
            ("ideal_seconds", 30, 3600),
        ):
            field: Any = self.fields[name]
            field.min_value, field.max_value = low, high
            field.validators += [validators.MinValueValidator(low)]
            field.validators += [validators.MaxValueValidator(high)]
            field.widget.attrs.update(min=low, max=high)
        self.closed_on_day = self.instance.window_to

    def save(self, commit: bool = True) -> ProgrammeStep:
        """What is caught up moves with the window: else a late window would close before anything is planned."""
        self.instance.catch_up_days += self.instance.window_to - self.closed_on_day
        return super().save(commit)
