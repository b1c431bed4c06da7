"""Parameters of a programme in words: what each is called, and what a value says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from clientela.customers.models import Visit
from clientela.satisfaction import questionnaires

from .models import Channel, Performer, ProgrammeStep, Topic
from .models.programme import spoken

#: What each parameter is called, where it is edited and in its history.
LABELS: dict[str, "str | Promise"] = {
    "names": pgettext_lazy("programme", "name"),
    "anchor": gettext_lazy("counts from"),
    "after": gettext_lazy("after the contact"),
    "window_from": gettext_lazy("window opens on"),
    "from_unit": gettext_lazy("opening counted in"),
    "window_to": gettext_lazy("window closes on"),
    "to_unit": gettext_lazy("closing counted in"),
    "closed_days": gettext_lazy("if its last day is closed"),
    "tolerance": gettext_lazy("days after it that still count"),
    "performer": gettext_lazy("performed by"),
    "other_than": gettext_lazy("by another person than"),
    "channels": gettext_lazy("contacted by"),
    "attempts_max": gettext_lazy("attempts at most"),
    "distinct_days": gettext_lazy("on different days"),
    "distinct_bands": gettext_lazy("at different times of day"),
    "questionnaire": gettext_lazy("questionnaire"),
    "excludes": gettext_lazy("leaves out"),
    "cautions": gettext_lazy("wants a decision first if"),
    "identity": gettext_lazy("identity verified before the questions"),
    "remedy_hours": gettext_lazy("working hours to put a shortcoming right"),
    "satisfied_by": gettext_lazy("also counts if made for"),
    "is_duty": gettext_lazy("is owed, whatever the cap on contacts"),
    "topics_allowed": gettext_lazy("asks about"),
    "topics_forbidden": gettext_lazy("must not ask about"),
    "look_ahead_days": gettext_lazy("planned ahead by days"),
    "catch_up_days": gettext_lazy("caught up for days"),
    "ideal_seconds": gettext_lazy("ideal length of the call in seconds"),
    "script": gettext_lazy("script"),
    "active": gettext_lazy("active"),
    "trigger": gettext_lazy("follows"),
    "go_live_on": gettext_lazy("goes live on"),
    "precedence": gettext_lazy("precedence"),
}

#: The lines of a script, in the order in which they are said.
LINES: dict[str, "str | Promise"] = {
    "greeting": gettext_lazy("Greeting"),
    "thanks_delivery": gettext_lazy("Thanks after a delivery"),
    "thanks_workshop": gettext_lazy("Thanks after a workshop visit"),
    "question_delivery": gettext_lazy("Question after a delivery"),
    "question_workshop": gettext_lazy("Question after a workshop visit"),
    "question_consultation": gettext_lazy("Question after a consultation"),
    "question_goods": gettext_lazy("Question after a sale of goods"),
    "question_planned": gettext_lazy("What a planned next service is about"),
    "question_workshop_work": gettext_lazy("The same with the work that was done"),
    "suggestion": gettext_lazy("If she is satisfied"),
    "aspects": gettext_lazy("If she is dissatisfied"),
    "farewell": gettext_lazy("Farewell"),
    "farewell_sorry": gettext_lazy("Farewell to who was not satisfied"),
    "wish": gettext_lazy("Wish"),
    "wish_festival": gettext_lazy("Wish on a public holiday"),
}

#: Languages in which a programme is named and a script is spoken.
LANGUAGES = {code.split("-")[0]: name.split(" (")[0] for code, name in settings.LANGUAGES}

#: What the places of a script are filled with where no customer is at hand.
SAMPLES = {
    "en": (
        "Mary Smith",
        "North Motors",
        "Mr Brown",
        "GMC Terrain 2026",
        "2 March",
        "Notice of scheduled maintenance",
        "first maintenance",
        "Have a good drive",
    ),
    "es": (
        "Mariana Ruiz",
        "Autos del Norte",
        "la señora Martínez",
        "GMC Terrain 2026",
        "2 de marzo",
        "Aviso de mantenimiento programado",
        "primer mantenimiento",
        "Que disfrute su vehículo",
    ),
    "ru": (
        "Ольга Лебедева",
        "АвтоПодбор Урал",
        "Пётр Иванович",
        "Skoda Octavia 2024",
        "2 марта",
        "Напоминание о плановом ТО",
        "первое ТО",
        "Лёгких вам дорог",
    ),
    "zh": ("李雪", "京北别克4S店", "欧阳女士", "别克君威", "3月2日", "定期保养提醒", "首次保养", "祝您用车愉快"),
}
_PLACES = ("agent", "dealership", "customer", "vehicle", "day", "service", "work", "wish")

_CHOICES: dict[str, Any] = {
    "anchor": ProgrammeStep.Anchor,
    "from_unit": ProgrammeStep.Unit,
    "to_unit": ProgrammeStep.Unit,
    "closed_days": ProgrammeStep.ClosedDays,
    "performer": Performer,
    "channels": Channel,
    "excludes": ProgrammeStep.Exclusion,
    "cautions": ProgrammeStep.Caution,
    "trigger": Visit.Kind,
    "topics_allowed": Topic,
    "topics_forbidden": Topic,
}
#: Parameters that name other contacts by their code.
NAMING = ("after", "other_than", "satisfied_by")


@dataclass(frozen=True)
class Difference:
    """What one parameter said before, and what it says after."""

    label: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]) -> list[Difference]:
    """What changed between two versions, in words; `names` are those of contacts by their code."""
    return [
        difference
        for name in LABELS
        if name in after and before.get(name) != after[name]
        for difference in _differences_in(name, before.get(name), after[name], names)
    ]


def said(name: str, value: Any, names: Mapping[str, str]) -> str:
    """A value of a parameter in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return pgettext("separator", ", ").join(said(name, one, names) for one in value) or "—"
    if name == "attempts_max" and value is None:
        return _("without limit")
    if name in NAMING:
        return names.get(value, value) or "—"
    if name.startswith("topics"):
        return Topic.said(value)
    if name == "questionnaire" and value:
        return questionnaires.of(value).name
    choices = _CHOICES.get(name)
    if choices is not None and value in choices.values:
        return str(choices(value).label)
    if name == "names":
        return spoken(value)
    return "—" if value in (None, "") else str(value)


def _differences_in(name: str, before: Any, after: Any, names: Mapping[str, str]) -> Iterator[Difference]:
    label = str(LABELS[name])
    if name == "script":
        for key in sorted({*before, *after}, key=[*LINES, *before, *after].index):
            yield from _by_language(line_said(key), before.get(key, {}), after.get(key, {}))
    elif name == "names":
        yield from _by_language(label, before, after)
    elif name == "go_live_on":
        yield Difference(label, *(date_format(date.fromisoformat(day), "SHORT_DATE_FORMAT") for day in (before, after)))
    else:
        yield Difference(label, said(name, before, names), said(name, after, names))


def _by_language(label: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for code in sorted({*before, *after}):
        if before.get(code) != after.get(code):
            language = LANGUAGES.get(code, code)
            yield Difference(
                pgettext("text and its language", "%(label)s, %(language)s") % {"label": label, "language": language},
                before.get(code) or "—",
                after.get(code) or "—",
            )


def sample(text: str, language: str) -> str:
    """A line as a customer would hear it; empty while it cannot be filled in."""
    try:
        return text.format_map(dict(zip(_PLACES, SAMPLES.get(language, SAMPLES["en"]), strict=True)))
    except (ValueError, LookupError, AttributeError):
        return ""


def line_said(key: str) -> str:
    """What a line of a script is called; one that a preset brought along speaks for itself."""
    return str(LINES.get(key, key.replace("_", " ")))
