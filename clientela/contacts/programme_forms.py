"""What a manager may change about a programme: every parameter in words, with where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Visit
from clientela.network.forms import DayInput
from clientela.satisfaction import questionnaires

from . import combining, editing, mistakes, presets, quotes, rehearsing, windows, wording
from .models import Channel, Performer, Programme, ProgrammeStep, Topic
from .programme_sections import PROGRAMME_SECTIONS, STEP_SECTIONS, Section

Choices = list[tuple[str, Any]]
NOBODY: Choices = [("", "—")]


#: Parameters whose source goes by the name of the whole.
_SOURCED_AS = {"planning": "look_ahead_days"}


@dataclass(frozen=True)
class Part:
    """A section as the page draws it."""

    section: Section
    fields: list[forms.BoundField]
    source: str
    quote: quotes.Quote | None
    changes: list[wording.Difference]

    @property
    def is_ours(self) -> bool:
        return self.source == quotes.OURS


@dataclass(frozen=True)
class Spoken:
    """A line of the script in one language, and what it sounds like with its places filled in."""

    language: str
    field: forms.BoundField
    sample: str


@dataclass(frozen=True)
class Line:
    """One line of the script in every language."""

    key: str
    title: str
    spoken: list[Spoken]


class ParametersForm(forms.Form):
    """A form of parameters: what stands in the row, what was sent, and what the preset's file says."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    sections: tuple[Section, ...] = ()

    def __init__(self, data: QueryDict | None, *, subject: Any, original: Any, version: int) -> None:
        self.subject = subject
        self.stored = editing.parameters(subject)
        self.original = editing.parameters(original) if original else None
        self.codes = editing.names_of_steps(subject.dealership_id)
        super().__init__(data, initial=flat(self.stored) | {"version": version})
        for code, language in wording.LANGUAGES.items():
            self.fields[f"names_{code}"] = forms.CharField(label=language, max_length=120, required=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """What was sent, as `editing` takes it."""
        given = self.cleaned_data
        found = {name: given[name] for name in self.stored if name in given}
        return found | {"names": _texts(given, "names", self.stored["names"])}

    @property
    def parts(self) -> list[Part]:
        return [self._part(section) for section in self.sections]

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the preset's file."""
        return self.original is not None and any(
            self.original[name] != self.stored[name] for name in self.stored if name not in ("active", "go_live_on")
        )

    def back_to_the_preset(self, key: str) -> QueryDict:
        """What was sent, but for one section, which is as the preset's file has it."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        names = next((section.names for section in self.sections if section.key == key), ())
        original = flat({name: self.original[name] for name in names}) if self.original else {}
        for name in [name for name in data if key == "names" and name.startswith("names_")]:
            data.pop(name)
        for name, value in original.items():
            data.setlist(name, value if isinstance(value, list) else ["" if value is None else value])
            if value is False:
                data.pop(name)
        return data

    def _part(self, section: Section) -> Part:
        names = [name for one in section.names for name in self._names_of(one)]
        source = self.subject.sources.get(_SOURCED_AS.get(section.key, section.key), "")
        return Part(section, [self[name] for name in names], source, quotes.of(source), self.changes(section.names))

    def changes(self, names: Iterable[str]) -> list[wording.Difference]:
        """How the preset's values of these differ from what the form holds."""
        if self.original is None:
            return []
        valid = self.is_bound and not self.errors
        now = {**self.stored, **(self.parameters if valid else {})}
        # What a preset's file says nothing of has no value to go back to.
        known = {name: self.original[name] for name in names if name not in ("active", "go_live_on")}
        return wording.differences(now, known, self.codes)

    def _names_of(self, name: str) -> list[str]:
        return [f"names_{code}" for code in wording.LANGUAGES] if name == "names" else [name]

    def _complain(self, found: Mapping[str, str]) -> None:
        for name, sentence in found.items():
            field = next(iter(self._names_of(name)))
            self.add_error(field if field in self.fields else None, sentence)


class StepForm(ParametersForm):
    """Change a step. Tasks keep what they were born with; new ones follow the new version."""

    sections = STEP_SECTIONS

    anchor = forms.ChoiceField(choices=ProgrammeStep.Anchor.choices)
    after = forms.ChoiceField(required=False)
    window_from = forms.IntegerField()
    from_unit = forms.ChoiceField(choices=ProgrammeStep.Unit.choices)
    window_to = forms.IntegerField()
    to_unit = forms.ChoiceField(choices=ProgrammeStep.Unit.choices)
    closed_days = forms.ChoiceField(choices=ProgrammeStep.ClosedDays.choices)
    tolerance = forms.IntegerField()
    performer = forms.ChoiceField(choices=Performer.choices)
    other_than = forms.ChoiceField(required=False)
    channels = forms.MultipleChoiceField(
        choices=Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say how the customer is contacted: choose at least one way.")},
    )
    attempts_max = forms.IntegerField(required=False, help_text=_("Empty means without limit."))
    distinct_days = forms.BooleanField(required=False)
    distinct_bands = forms.BooleanField(required=False)
    excludes = forms.MultipleChoiceField(
        choices=ProgrammeStep.Exclusion.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    cautions = forms.MultipleChoiceField(
        choices=ProgrammeStep.Caution.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    identity = forms.BooleanField(required=False)
    remedy_hours = forms.IntegerField()
    topics_allowed = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    topics_forbidden = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    questionnaire = forms.ChoiceField(required=False)
    satisfied_by = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    is_duty = forms.BooleanField(required=False)
    look_ahead_days = forms.IntegerField()
    catch_up_days = forms.IntegerField()
    ideal_seconds = forms.IntegerField()

    def __init__(self, data: QueryDict | None, *, step: ProgrammeStep) -> None:
        super().__init__(data, subject=step, original=presets.original(step), version=step.version)
        self.step = step
        self._offer()
        self._add_script()
        _label(self)

    @property
    def parameters(self) -> dict[str, Any]:
        """What was sent; a list in another order is the same list."""
        given = super().parameters
        for name, before in self.stored.items():
            if isinstance(before, list) and sorted(before) == sorted(given[name]):
                given[name] = before
        script = self.stored["script"]
        lines = {key: _texts(self.cleaned_data, f"script_{key}", script.get(key, {})) for key in self._keys}
        given["script"] = {key: texts for key, texts in lines.items() if texts}
        return given

    @property
    def window(self) -> str:
        """The window as it stands in the table."""
        return windows.said(self.step)

    @property
    def script(self) -> list[Line]:
        return [Line(key, wording.line_said(key), self._spoken(key)) for key in self._keys]

    @property
    def rehearsals(self) -> list[rehearsing.Rehearsal]:
        """The whole call as it stands in the form, language by language."""
        return rehearsing.of_step(
            self.step,
            {line.key: {one.language: one.field.value() or "" for one in line.spoken} for line in self.script},
        )

    @property
    def script_changes(self) -> list[wording.Difference]:
        return self.changes(["script"])

    def _spoken(self, key: str) -> list["Spoken"]:
        fields = ((code, self[f"script_{key}_{code}"]) for code in wording.LANGUAGES)
        return [Spoken(code, field, wording.sample(field.value() or "", code)) for code, field in fields]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            self._let_it_be_caught_up(given)
            self._complain(mistakes.of_step(self.step, self.parameters))
        if not self.errors:
            self._complain(self._clash())
        return given

    def _offer(self) -> None:
        """The other contacts of the house, topics and questionnaires that are known here or to a preset."""
        others = [(code, name) for code, name in self.codes.items() if code != self.step.code]
        known = presets.vocabulary(self.step.dealership)
        topics = {**dict(Topic.choices), **{code: Topic.said(code) for code in sorted(known.topics)}}
        choices: dict[str, Choices] = {
            "after": NOBODY + others,
            "other_than": NOBODY + others,
            "satisfied_by": others,
            "topics_allowed": list(topics.items()),
            "topics_forbidden": list(topics.items()),
            "questionnaire": NOBODY + [(code, questionnaires.of(code).name) for code in sorted(known.questionnaires)],
        }
        for name, offered in choices.items():
            field: Any = self.fields[name]
            field.choices = offered
        if not others:
            self.fields["satisfied_by"].help_text = _("There is no other contact here.")

    def _add_script(self) -> None:
        self._keys = list(dict.fromkeys([*wording.LINES, *self.step.script]))
        for key in self._keys:
            for code, language in wording.LANGUAGES.items():
                self.fields[f"script_{key}_{code}"] = forms.CharField(
                    label=language,
                    max_length=1000,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 2, "lang": code, "class": "voice", "translate": "no"}),
                )

    def _let_it_be_caught_up(self, given: dict[str, Any]) -> None:
        """What is caught up moves with a later window: else it would close before anything is planned."""
        if "catch_up_days" in self.changed_data:
            return
        days = windows.Days(self.step.dealership_id)
        before = days.span(windows.window_of(self.step).closes).longest + self.step.tolerance
        last = days.span(windows.End(given["window_to"], given["to_unit"])).longest + given["tolerance"]
        if last > given["catch_up_days"]:
            given["catch_up_days"] = min(last + max(0, given["catch_up_days"] - before), 1200)

    def _clash(self) -> dict[str, str]:
        """Contacts that count for this one must be able to: else they never would."""
        given = self.parameters
        as_sent = ProgrammeStep(
            dealership=self.step.dealership, programme=self.step.programme, code=self.step.code, **given
        )
        others = ProgrammeStep.objects.filter(dealership=self.step.dealership_id, code__in=given["satisfied_by"])
        for other in others.select_related("programme"):
            for reason in combining.verdict(as_sent, other).refusals:
                return {"satisfied_by": reason}
        return {}


class ProgrammeForm(ParametersForm):
    """Change what concerns a programme itself."""

    sections = PROGRAMME_SECTIONS

    active = forms.BooleanField(required=False)
    trigger = forms.MultipleChoiceField(
        choices=Visit.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say which visits it follows: choose at least one kind.")},
    )
    go_live_on = forms.DateField(widget=DayInput())
    precedence = forms.IntegerField()

    def __init__(self, data: QueryDict | None, *, programme: Programme) -> None:
        original = presets.original_programme(programme)
        version = editing.version_of(programme)
        super().__init__(data, subject=programme, original=original, version=version)
        _label(self)

    @property
    def parameters(self) -> dict[str, Any]:
        given = super().parameters
        if sorted(given["trigger"]) == sorted(self.stored["trigger"]):
            given["trigger"] = self.stored["trigger"]
        return given

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            self._complain(mistakes.of_programme(self.parameters))
        return given


class ActivationForm(forms.Form):
    """Take up a preset: its programmes are copied, then the dealership's own."""

    preset = forms.ChoiceField(widget=forms.HiddenInput)
    go_live_on = forms.DateField(
        label=_("goes live on"), widget=DayInput(), help_text=_("Visits before this day create no contacts.")
    )

    def __init__(self, *args: Any, known: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["preset"]
        field.choices = [(code, code) for code in known]


def flat(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the fields of a form: a text for each language, a line of the script for each too."""
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if name == "names":
            found |= {f"names_{code}": value.get(code, "") for code in wording.LANGUAGES}
        elif name == "script":
            found |= {f"script_{key}_{code}": text for key, texts in value.items() for code, text in texts.items()}
        else:
            found[name] = value.isoformat() if isinstance(value, date) else value
    return found


def _texts(given: Mapping[str, Any], prefix: str, stored: Mapping[str, str]) -> dict[str, str]:
    """The texts of one thing by language, without the empty ones; languages that are not offered keep theirs."""
    others = {code: text for code, text in stored.items() if code not in wording.LANGUAGES}
    texts = others | {
        code: given.get(f"{prefix}_{code}", "").replace("\r\n", "\n").strip() for code in wording.LANGUAGES
    }
    return {code: text for code, text in texts.items() if text}


def _label(form: ParametersForm) -> None:
    """Each field is called what its history calls it; a number has its limits."""
    for name, field in form.fields.items():
        if name in wording.LABELS:
            field.label = str(capfirst(str(wording.LABELS[name])))
        if isinstance(field, forms.IntegerField) and name in mistakes.LIMITS:
            low, high = mistakes.LIMITS[name]
            field.widget.attrs.update(min=low, max=high)
