"""What a call brings."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Visit
from clientela.network.forms import DayInput, people_of
from clientela.network.models import User
from clientela.satisfaction import questionnaires
from clientela.satisfaction.models import Grade

from . import announcing, gating, point_forms, repeating
from .calling import Answer
from .models import SPOKEN_TO, Announcement, Capacity, Channel, ChannelResult, ContactTask, Finding, Outcome

#: Longer than anything ever said on a call; what is longer was pasted by mistake.
LONGEST = 20_000

# Said whether a field was left empty or holds what its page never offers.
NO_OUTCOME = _("Say how the call ended: choose an outcome, keys 1 to 7.")
NO_GRADE = _("Say how satisfied the customer is, keys Q, W and E.")
NO_TIME = _("Say when the customer wants to be called: day and time.")
NO_RESULT = _("Say what came of it: choose one of the results.")
NO_KIND = _("Say what it is: a need, a shortcoming or market information.")
NO_DECISION = _("Decide: call, postpone or leave out.")
NO_OWNER = _("A shortcoming needs somebody who puts it right. Choose an owner.")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")


class Words(forms.CharField):
    """What somebody typed. A line break counts once, as it does in the browser that counts along."""

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class AnyWords(forms.MultipleChoiceField):
    """Boxes with words of somebody's own: a plan that changed during the call does not hold it up."""

    def valid_value(self, value: str) -> bool:
        return True


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
    identity_verified = forms.BooleanField(label=_("identity verified"), required=False)
    declined = forms.BooleanField(label=_("the customer declined to answer"), required=False)
    not_obtained = forms.CharField(label=_("why it was not obtained"), required=False, max_length=300)
    words = Words(label=_("customer's words"), required=False, max_length=LONGEST)
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
    finding_text = Words(label=_("what was found"), required=False, max_length=LONGEST)
    told = forms.ModelMultipleChoiceField(
        label=_("what the customer was told"), queryset=Announcement.objects.none(), required=False
    )
    told_repairs = forms.ModelMultipleChoiceField(
        label=_("recommended repairs"), queryset=Visit.objects.none(), required=False
    )
    spoken = AnyWords(label=_("spoken of"), required=False)
    spoken_further = forms.CharField(label=_("also spoken of"), required=False, max_length=400)
    remedy_owner = forms.ModelChoiceField(
        label=_("person responsible"),
        queryset=User.objects.none(),
        required=False,
        error_messages={"invalid_choice": NO_OWNER},
    )

    def __init__(self, *args: Any, task: ContactTask, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task, self.at = task, at
        self.questionnaire = questionnaires.of(task.step.questionnaire)
        self.sections = self.questionnaire.sections
        for section in self.sections:
            self.fields[f"answer_{section.code}"] = forms.ChoiceField(
                label=section.name, choices=Grade.choices, required=False, error_messages={"invalid_choice": NO_GRADE}
            )
        self.fields["told"].queryset = Announcement.objects.filter(dealership=task.dealership_id)  # type: ignore[attr-defined]
        self.fields["told_repairs"].queryset = announcing.put_off(task)  # type: ignore[attr-defined]
        for item in self.questionnaire.items:
            self.fields[f"item_{item.code}"] = forms.BooleanField(label=item.name, required=False)
        for question in self.questionnaire.texts:
            self.fields[f"text_{question.code}"] = Words(label=question.name, required=False, max_length=LONGEST)
        self.fields["remedy_owner"].queryset = people_of(task.dealership)  # type: ignore[attr-defined]
        self.rows = point_forms.rows_of(self.data, today=task.dealership.today(at))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.sections:
            given["grade"] = questionnaires.worst(self._answers(given).values())
            if given.get("declined") and not given.get("outcome") and "outcome" not in self.errors:
                given["outcome"] = Outcome.REACHED.value
        if given.get("grade") and not given.get("outcome") and "outcome" not in self.errors:
            given["outcome"] = Outcome.REACHED.value
        outcome = given.get("outcome")
        if not outcome and "outcome" not in self.errors:
            self.add_error("outcome", NO_OUTCOME)
        if outcome == Outcome.REACHED:
            self._check_reached(given)
        if outcome and outcome != Outcome.REACHED and given.get("grade"):
            self.add_error("grade", _("An answer was given, so the customer was reached. Choose “Follow-up done”."))
        self._check_call_back(outcome, given.get("call_back_at"))
        self._check_finding(given)
        self._check_points(outcome)
        reached = outcome == Outcome.REACHED
        given["topics"] = (
            repeating.topics_in(given.get("spoken", ()), given.get("spoken_further", "")) if reached else []
        )
        return given

    def _answers(self, given: dict[str, Any]) -> dict[str, str]:
        """The grade of each section that has one."""
        answers = {section.code: given.get(f"answer_{section.code}") for section in self.sections}
        return {code: grade for code, grade in answers.items() if grade}

    def _check_reached(self, given: dict[str, Any]) -> None:
        """Who she is was made sure of, if the step asks for it, and every section is filled, or she declined."""
        if self.task.step.identity and not given.get("identity_verified"):
            self.add_error("identity_verified", gating.NO_IDENTITY)
        asks = self.task.step.questionnaire and not self.sections
        if asks and not given.get("grade") and "grade" not in self.errors:
            self.add_error("grade", NO_GRADE)
        missing = gating.missing_sections(
            self.task, self._answers(given), declined=bool(self.sections and given.get("declined"))
        )
        for section in missing:
            if f"answer_{section.code}" not in self.errors:
                self.add_error(f"answer_{section.code}", gating.unanswered([section]))
        if gating.lacks_aspect(self.task, given.get("grade") or "", self._objections(given)):
            self.add_error(None, gating.NO_ASPECT)
        reason = (given.get("not_obtained") or "").strip()
        for question in gating.not_asked(self.task, self._texts(given), reason=reason, declined=False):
            self.add_error(f"text_{question.code}", gating.without_reason([question]))

    def _objections(self, given: dict[str, Any]) -> list[str]:
        return [item.code for item in self.questionnaire.items if given.get(f"item_{item.code}")]

    def _texts(self, given: dict[str, Any]) -> dict[str, str]:
        """What was answered in her own words; what is empty was not asked (S1-3.1)."""
        return {
            question.code: (given.get(f"text_{question.code}") or "").strip() for question in self.questionnaire.texts
        }

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

    def _check_points(self, outcome: str | None) -> None:
        for number, sentence in point_forms.errors_of(self.rows):
            self.add_error(None, _("Point %(number)d: %(sentence)s") % {"number": number, "sentence": sentence})
        heard = [row for row in self.rows if row.is_valid() and row.is_filled]
        if heard and outcome and outcome not in SPOKEN_TO:
            self.add_error(None, point_forms.NOBODY)

    @property
    def answer(self) -> Answer:
        given = self.cleaned_data
        return Answer(
            outcome=Outcome(given["outcome"]),
            grade=given["grade"],
            answers=self._answers(given),
            objections=self._objections(given),
            texts=self._texts(given),
            not_obtained=given["not_obtained"].strip(),
            declined=bool(self.sections and given["declined"]),
            identity_verified=given["identity_verified"],
            words=given["words"].strip(),
            call_back_at=given["call_back_at"],
            started_at=given["started_at"],
            finding_kind=given["finding_kind"],
            finding_text=given["finding_text"].strip(),
            remedy_owner=given["remedy_owner"],
            told=[one.pk for one in given["told"]],
            told_repairs=[visit.pk for visit in given["told_repairs"]],
            points=[row.heard for row in self.rows if row.is_filled],
            topics=given["topics"],
        )


class DecisionForm(forms.Form):
    """What to do with a contact that wants a decision first (C-19)."""

    CALL, POSTPONE, LEAVE_OUT = "call", "postpone", "leave_out"
    what = forms.ChoiceField(
        choices=[(CALL, _("Call")), (POSTPONE, _("Postpone")), (LEAVE_OUT, _("Leave out"))],
        error_messages={"required": NO_DECISION, "invalid_choice": NO_DECISION},
    )
    on = forms.DateField(label=_("call on"), required=False, widget=DayInput())
    reason = forms.CharField(label=_("reason"), required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("what") == self.POSTPONE and not given.get("on") and "on" not in self.errors:
            self.add_error("on", _("Choose a day from tomorrow on, within 60 days."))
        if given.get("what") == self.LEAVE_OUT and not (given.get("reason") or "").strip():
            self.add_error("reason", _("Say why this contact is left out."))
        return given


class OtherwiseForm(forms.Form):
    """A contact that was not made by a call from the list. Each channel has results of its own (S4-1.3.1)."""

    channel = forms.ChoiceField(
        widget=forms.HiddenInput,
        choices=[choice for choice in Channel.choices if choice[0] != Channel.PHONE],
    )
    result = forms.ChoiceField(
        label=_("what came of it"),
        choices=ChannelResult.choices,
        widget=forms.RadioSelect,
        error_messages={"required": NO_RESULT, "invalid_choice": NO_RESULT},
    )
    words = Words(label=_("what was said or written"), max_length=LONGEST, widget=forms.Textarea({"rows": 3}))

    def __init__(self, data: Any = None, *, channel: str, **kwargs: Any) -> None:
        super().__init__(data, initial={"channel": channel}, **kwargs)
        offered = [(result.value, result.label) for result in ChannelResult.of(channel)]
        self.fields["result"].choices = offered  # type: ignore[attr-defined]


class InSpiteForm(forms.Form):
    """Why a customer is called though she rests."""

    reason = forms.CharField(label=_("reason"), max_length=500)


class MeasureForm(forms.Form):
    measure = forms.CharField(label=_("what was done"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class CapacityForm(forms.ModelForm[Capacity]):
    class Meta:
        model = Capacity
        fields = ("calls_an_hour", "agents")
