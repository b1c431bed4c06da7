"""What somebody may write about the next service of a customer, and about its kinds."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import CallPlan, Customer, Vehicle
from clientela.network.forms import ClockInput, DayInput

from . import repeating, wording
from .models import Channel, NextService, ServiceKind, TaskPlan
from .next_services import Plan
from .proposing import Proposal

#: As far ahead as something is planned.
FAR = timedelta(days=730)


class ServiceForm(forms.ModelForm[NextService]):
    """Type, content, day, channel; of which vehicle."""

    class Meta:
        model = NextService
        fields = ("kind", "vehicle", "content", "planned_on", "channel")
        widgets = {"planned_on": DayInput(), "content": forms.Textarea(attrs={"rows": 2, "maxlength": 400})}

    def __init__(self, *args: Any, customer: Customer, today: date, proposal: Proposal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.proposal = today, proposal
        kinds: Any = self.fields["kind"]
        kinds.queryset = ServiceKind.objects.filter(dealership=customer.dealership_id, retired=False).order_by("pk")
        cars: Any = self.fields["vehicle"]
        cars.queryset = (
            Vehicle.objects.filter(ownerships__customer=customer, ownerships__to_on=None).distinct().order_by("pk")
        )
        channels: Any = self.fields["channel"]
        channels.choices = [(code, Channel(code).label) for code in (Channel.PHONE, Channel.LETTER)]

    def clean_planned_on(self) -> date:
        day: date = self.cleaned_data["planned_on"]
        if day < self.today:
            raise forms.ValidationError(_("This day has passed. Choose today or a later one."))
        if day > self.today + FAR:
            raise forms.ValidationError(_("This is more than two years away. Choose a nearer day."))
        return day

    @property
    def plan(self) -> Plan:
        given, proposal = self.cleaned_data, self.proposal
        return Plan(
            kind=given["kind"],
            planned_on=given["planned_on"],
            channel=given["channel"],
            content=given["content"].strip(),
            vehicle=given["vehicle"],
            proposal=proposal.key if proposal else "",
            facts=proposal.facts if proposal else {},
        )


class CallPlanForm(forms.ModelForm[CallPlan]):
    """How many days after the pick-up the customer is called first, at about what time, and of what."""

    topics = forms.MultipleChoiceField(
        label=_("topics"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one topic for the call.")},
    )
    further = forms.CharField(
        label=_("further topics"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line."),
    )

    class Meta:
        model = CallPlan
        fields = ("after_days", "clock", "notes")
        widgets = {"clock": ClockInput()}

    def __init__(self, *args: Any, topics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.file.visit.has_pick_up:
            self.fields["after_days"].label = _("days after the visit")
        chosen: Any = self.fields["topics"]
        chosen.choices, chosen.initial = topics, self.instance.topics or []
        # Topics of her own are enough.
        chosen.required = not self.data.get("further", "").strip()
        self.order_fields(["after_days", "clock", "topics", "further", "notes"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        lines = [line.strip()[:80] for line in given.get("further", "").splitlines()]
        topics = list(dict.fromkeys([*given.get("topics", []), *filter(None, lines)]))
        self.instance.topics = topics or [""]
        return given


class TaskPlanForm(forms.ModelForm[TaskPlan]):
    """Of what a later call is to speak."""

    topics = forms.MultipleChoiceField(label=_("topics"), widget=forms.CheckboxSelectMultiple, required=False)
    further = forms.CharField(
        label=_("further topics"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line."),
    )

    class Meta:
        model = TaskPlan
        fields = ("notes",)

    def __init__(self, *args: Any, topics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["topics"]
        chosen.choices, chosen.initial = topics, self.instance.topics
        self.order_fields(["topics", "further", "notes"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        topics = repeating.topics_in(given.get("topics", []), given.get("further", ""))
        if not topics and "topics" not in self.errors:
            self.add_error("topics", _("Choose at least one topic for the call."))
        self.instance.topics = topics or [""]
        return given


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("why"), max_length=400)


class KindForm(forms.ModelForm[ServiceKind]):
    """A kind of next service, named in every language of the product."""

    class Meta:
        model = ServiceKind
        fields = ("rule", "ahead_days", "notice_days", "advertises", "retired")
        help_texts = {
            "rule": _("Empty: it is only chosen by hand."),
            "retired": _("It can be chosen no more; what is planned stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rest = {name: self.fields.pop(name) for name in list(self.fields)}
        for code, language in wording.LANGUAGES.items():
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("name in %(language)s") % {"language": language},
                required=False,
                max_length=80,
                initial=self.instance.names.get(code, "") if self.instance.pk else "",
            )
        self.fields |= rest
        for name in ("ahead_days", "notice_days"):
            field: Any = self.fields[name]
            field.max_value = 365
            field.widget.attrs["max"] = 365
        if not self.instance.pk:
            del self.fields["retired"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        names = {code: given.get(f"name_{code}", "").strip() for code in wording.LANGUAGES}
        if not any(names.values()):
            self.add_error(None, _("Give it a name in at least one language."))
        for name in ("ahead_days", "notice_days"):
            if (given.get(name) or 0) > 365:
                self.add_error(name, _("Choose a number from 0 to 365."))
        self.instance.names = {code: name for code, name in names.items() if name}
        return given
