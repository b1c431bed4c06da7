"""What is wrong with the parameters of a programme: one sentence a field, in words that say how to mend it."""

from collections.abc import Collection, Mapping
from string import Formatter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clientela.customers.models import Visit
from clientela.satisfaction import questionnaires

from . import scripts, windows, wording
from .models import Channel, Performer, ProgrammeStep, Topic

#: The lowest and highest value of each number.
LIMITS = {
    "window_from": (-365, 1100),
    "window_to": (-365, 1100),
    "tolerance": (0, 31),
    "attempts_max": (1, 20),
    "look_ahead_days": (0, 60),
    "catch_up_days": (1, 1200),
    "ideal_seconds": (30, 3600),
    "remedy_hours": (1, 720),
    "precedence": (1, 999),
}
#: What a script may have filled in.
MERGE_FIELDS = ("agent", "dealership", "customer", "vehicle", "day", "service", "work", "wish")
_KNOWN: dict[str, Collection[str]] = {
    "anchor": ProgrammeStep.Anchor.values,
    "from_unit": ProgrammeStep.Unit.values,
    "to_unit": ProgrammeStep.Unit.values,
    "closed_days": ProgrammeStep.ClosedDays.values,
    "performer": Performer.values,
    "channels": Channel.values,
    "excludes": ProgrammeStep.Exclusion.values,
    "cautions": ProgrammeStep.Caution.values,
    "trigger": Visit.Kind.values,
}


def of_step(step: ProgrammeStep, given: Mapping[str, Any]) -> dict[str, str]:
    """By field, what is wrong with these parameters for this step; nothing if they can be followed."""
    simple = _unknown(given) | _out_of_limits(given) | _unnamed(given) | _script(given["script"])
    if simple:
        return simple
    return _silent(step, given) | _window(step, given) | _others(step, given) | _talk(given)


def of_programme(given: Mapping[str, Any]) -> dict[str, str]:
    """The same for what concerns the programme itself."""
    found = _unknown(given) | _out_of_limits(given) | _unnamed(given)
    if not given["trigger"]:
        found["trigger"] = _("Say which visits it follows: choose at least one kind.")
    return found


def of_line(text: str) -> str:
    """What is wrong with a line of a script; empty if it can be spoken."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return _("A curly bracket is missing or too many. A place that is filled in looks like this: {customer}.")
    for _text, field, spec, conversion in parts:
        if field is not None and (field not in MERGE_FIELDS or spec or conversion):
            return _("“{%(field)s}” cannot be filled in. There are: %(known)s.") % {
                "field": field,
                "known": " ".join(f"{{{name}}}" for name in MERGE_FIELDS),
            }
    return ""


def _unknown(given: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name, known in _KNOWN.items():
        values = given.get(name, [])
        for value in [values] if isinstance(values, str) else values:
            if value not in known:
                found[name] = _("%(field)s: “%(value)s” is not known.") % {
                    "field": _capital(name),
                    "value": value,
                }
    return found


def _out_of_limits(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: _("%(field)s: choose a number from %(low)d to %(high)d.")
        % {"field": _capital(name), "low": low, "high": high}
        for name, (low, high) in LIMITS.items()
        if given.get(name) is not None and not low <= given[name] <= high
    }


def _unnamed(given: Mapping[str, Any]) -> dict[str, str]:
    if any(text.strip() for text in given["names"].values()):
        return {}
    return {"names": _("Give it a name in at least one language.")}


def _script(script: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Keyed by line and language, as the form names its fields."""
    return {
        f"script_{key}_{language}": sentence
        for key, texts in script.items()
        for language, text in texts.items()
        if (sentence := of_line(text))
    }


def _silent(step: ProgrammeStep, given: Mapping[str, Any]) -> dict[str, str]:
    """Lines to which the call comes and that would say nothing any more in any language: a branch that leads nowhere.

    One that said nothing before stops no other change; the screen of the call says that it is missing.
    """
    before, after, language = _spoken(step.script), _spoken(given["script"]), step.dealership.locale.split("-")[0]
    silent = [key for key in _lines(step, given) if key in before - after]
    sentence = _("Nothing is said here in any language, and the call leads here. Write it in at least one language.")
    return {f"script_{key}_{language}": sentence for key in silent}


def _spoken(script: Mapping[str, Mapping[str, str]]) -> set[str]:
    return {key for key, texts in script.items() if any(text.strip() for text in texts.values())}


def _lines(step: ProgrammeStep, given: Mapping[str, Any]) -> list[str]:
    """What every call of this step comes to; nothing if it is not made by telephone."""
    if Channel.PHONE not in given["channels"]:
        return []
    branches = ["aspects"] if given["questionnaire"] else []
    return list(dict.fromkeys(["greeting", *_questions(step, given), *branches, "farewell"]))


def _questions(step: ProgrammeStep, given: Mapping[str, Any]) -> list[str]:
    """The lines that ask after its visits; a questionnaire in sections brings its own."""
    if questionnaires.of(given["questionnaire"]).sections:
        return []
    if given["anchor"] == ProgrammeStep.Anchor.PLANNED:
        return ["question_planned"]
    return [scripts.question_after(kind) for kind in step.programme.trigger]


def _window(step: ProgrammeStep, given: Mapping[str, Any]) -> dict[str, str]:
    days = windows.Days(step.dealership_id)
    opens = windows.End(given["window_from"], given["from_unit"])
    closes = windows.End(given["window_to"], given["to_unit"])
    if given["window_from"] < 0 and given["anchor"] != ProgrammeStep.Anchor.YEARLY:
        return {"window_from": _("A window opens before its day 0 only if it counts from an anniversary.")}
    if days.closes_first(windows.Window(opens, closes)):
        if opens.unit == closes.unit:
            return {"window_to": _("The window closes before it opens. Choose a later last day.")}
        return {
            "window_to": _(
                "The window can close before it opens: %(opens)s may be as late as day %(late)d, %(closes)s as "
                "early as day %(early)d. Choose a later last day."
            )
            % {
                "opens": opens,
                "closes": closes,
                "late": days.span(opens).longest,
                "early": days.span(closes).shortest,
            }
        }
    last = days.span(closes).longest + given["tolerance"]
    if given["catch_up_days"] < last:
        return {
            "catch_up_days": _(
                "The window may close as late as day %(last)d: what is caught up for a shorter time would be lost. "
                "Choose at least %(last)d days."
            )
            % {"last": last}
        }
    return {}


def _others(step: ProgrammeStep, given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the other contacts that this one names."""
    after = dict(
        ProgrammeStep.objects.filter(dealership_id=step.dealership_id).exclude(pk=step.pk).values_list("code", "after")
    )
    found = {}
    for name in wording.NAMING:
        named = [given[name]] if isinstance(given[name], str) else given[name]
        for code in filter(None, named):
            if code == step.code:
                found[name] = _("%(field)s: a contact cannot name itself.") % {"field": _capital(name)}
            elif code not in after:
                found[name] = _("%(field)s: there is no contact “%(code)s” here.") % {
                    "field": _capital(name),
                    "code": code,
                }
    return found or _order(step.code, given, after)


def _order(code: str, given: Mapping[str, Any], after: Mapping[str, str]) -> dict[str, str]:
    follows = given["anchor"] == ProgrammeStep.Anchor.STEP_DONE
    if follows and not given["after"]:
        return {"after": _("Say after which contact it is made.")}
    if not follows and given["after"]:
        return {"after": _("It counts from a day, not from another contact. Leave this empty.")}
    seen, at = {code}, given["after"]
    while at and at not in seen:
        seen.add(at)
        at = after.get(at, "")
    if at:
        return {"after": _("These contacts would wait for one another in a circle. Choose another one.")}
    return {}


def _talk(given: Mapping[str, Any]) -> dict[str, str]:
    if not given["channels"]:
        return {"channels": _("Say how the customer is contacted: choose at least one way.")}
    both = [Topic.said(code) for code in given["topics_allowed"] if code in given["topics_forbidden"]]
    if both:
        return {
            "topics_forbidden": _("It would ask and must not ask about the same: %(topics)s.")
            % {"topics": ", ".join(both)}
        }
    return _asked_all_the_same(given)


def _asked_all_the_same(given: Mapping[str, Any]) -> dict[str, str]:
    """A questionnaire that asks what must not be asked (S2-9.4)."""
    of = questionnaires.of(given["questionnaire"])
    asked = of.about(set(given["topics_forbidden"]))
    if not asked:
        return {}
    return {
        "questionnaire": _("%(name)s asks about what must not be asked: %(items)s.")
        % {"name": of.name, "items": pgettext("separator", ", ").join(item.name for item in asked)}
    }


def _capital(name: str) -> str:
    label = str(wording.LABELS[name])
    return label[:1].upper() + label[1:]
