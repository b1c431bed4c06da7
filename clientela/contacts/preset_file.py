"""A preset's file: what may stand in it, and in plain words what is wrong with it."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from clientela.customers import completeness
from clientela.customers.models import Visit
from clientela.lib.refusal import Refusal
from clientela.satisfaction import questionnaires

from .models import Channel, Performer, ProgrammeStep, ServiceKind

FOLDER = Path(__file__).resolve().parent.parent / "presets"

_PRESET = {"preset": str, "name": str, "programmes": list}
_PROGRAMME = {"code": str, "name": dict, "trigger": list, "sources": dict, "steps": list}
_STEP = {
    "code": str,
    "name": dict,
    "anchor": str,
    "window": dict,
    "performer": str,
    "channels": list,
    "attempts": dict,
    "questionnaire": str,
    "look_ahead_days": int,
    "catch_up_days": int,
    "ideal_seconds": int,
    "script": (str, dict),
    "sources": dict,
}
#: A kind of next service (S1-2.2).
_KIND = {"code": str, "name": dict, "sources": dict}
#: What a customer's file holds, and how soon (S1-1.1).
_FILE = {"triggers": list, "days": int, "required": list, "sources": dict}
_WINDOW = {"from": int, "to": int}
_ATTEMPTS = {"max": (int, type(None)), "distinct_days": bool, "distinct_bands": bool}
#: What may be left out.
_OPTIONAL: dict[str, dict[str, Any]] = {
    "preset": {"customer_file": dict, "next_services": dict},
    "programme": {"precedence": int},
    "step": {
        "after": str,
        "other_than": str,
        "excludes": list,
        "cautions": list,
        "identity": bool,
        "remedy_hours": int,
        "satisfied_by": list,
        "topics": list,
        "topics_forbidden": list,
        "is_duty": bool,
    },
    "file": {"known": list, "stale_months": int, "call_plan": bool},
    "kind": {"proposed_from": str, "ahead_days": int, "notice_days": int, "advertises": bool},
    "window": {"unit": str, "to_unit": str, "closed_days": str, "tolerance": int},
    "attempts": {},
}
_CHANNELS = set(Channel.values)
_UNITS = set(ProgrammeStep.Unit.values)


def read(path: Path) -> dict[str, Any]:
    """The file as data; refused when it is no YAML, with the line."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise Refusal(
            _("The preset file %(file)s cannot be read at line %(line)d.") % {"file": path.name, "line": line}
        ) from wrong
    if not isinstance(found, dict):
        raise Refusal(_("The preset file %(file)s says nothing.") % {"file": path.name})
    return found


def script(name: str) -> dict[str, Any]:
    """What is said, shared by several presets."""
    return read(_script_path(name))


def _script_path(name: str) -> Path:
    path = FOLDER / "scripts" / f"{name}.yaml"
    if path.parent != FOLDER / "scripts" or not path.is_file():
        raise Refusal(_("There is no script “%(name)s”.") % {"name": name})
    return path


def check(preset: dict[str, Any]) -> None:
    """Refuse a preset that cannot be followed: what is missing, unknown or impossible, and where."""
    _shape(preset, _PRESET, "preset", str(preset.get("preset", "?")))
    _check_services(preset.get("next_services", {"kinds": []}), str(preset["preset"]))
    if "customer_file" in preset:
        _check_file(preset["customer_file"], f"{preset['preset']}.customer_file")
    for programme in preset["programmes"]:
        place = f"{preset['preset']}.{programme.get('code', '?')}"
        _shape(programme, _PROGRAMME, "programme", place)
        _known(programme["trigger"], Visit.Kind.values, f"{place}.trigger")
        for step in programme["steps"]:
            _check_step(step, f"{place}.{step.get('code', '?')}")
        _refuse_circles(programme, place)


def _check_services(section: dict[str, Any], preset: str) -> None:
    place = f"{preset}.next_services"
    if not isinstance(section.get("kinds"), list):
        raise Refusal(_("%(place)s: %(name)s is missing.") % {"place": place, "name": "kinds"})
    for kind in section["kinds"]:
        _shape(kind, _KIND, "kind", f"{place}.{kind.get('code', '?') if isinstance(kind, dict) else '?'}")
        _known([kind["proposed_from"]] if "proposed_from" in kind else [], ServiceKind.Rule.values, place)


def _check_file(section: dict[str, Any], place: str) -> None:
    _shape(section, _FILE, "file", place)
    _known(section["triggers"], Visit.Kind.values, f"{place}.triggers")
    for name in ("required", "known"):
        _known(section.get(name, []), completeness.FIELDS, f"{place}.{name}")
    _sourced(section, {"sources"}, place)


def _check_step(step: dict[str, Any], place: str) -> None:
    _shape(step, _STEP, "step", place)
    window = step["window"]
    _shape(window, _WINDOW, "window", f"{place}.window")
    _shape(step["attempts"], _ATTEMPTS, "attempts", f"{place}.attempts")
    _known([step["anchor"]], ProgrammeStep.Anchor.values, f"{place}.anchor")
    _known([step["performer"]], Performer.values, f"{place}.performer")
    _known(step["channels"], _CHANNELS, f"{place}.channels")
    _known(step.get("excludes", []), ProgrammeStep.Exclusion.values, f"{place}.excludes")
    _known(step.get("cautions", []), ProgrammeStep.Caution.values, f"{place}.cautions")
    if step.get("remedy_hours", 1) < 1:
        raise Refusal(_("%(place)s: remedy_hours must be at least 1.") % {"place": place})
    _known([window.get("unit", "calendar_day"), window.get("to_unit", "calendar_day")], _UNITS, f"{place}.window")
    _known([window.get("closed_days", "keep")], ProgrammeStep.ClosedDays.values, f"{place}.window.closed_days")
    if window.get("unit") == window.get("to_unit", window.get("unit")) and window["to"] < window["from"]:
        raise Refusal(_("%(place)s: the window closes before it opens.") % {"place": place})
    if (step["anchor"] == "step_done") != ("after" in step):
        raise Refusal(
            _("%(place)s: say after which step, for the anchor step_done and only for it.") % {"place": place}
        )
    if isinstance(step["script"], str):
        _script_path(step["script"])
    _refuse_typos(step["questionnaire"], place)
    _sourced(step, {"code", "name", "script", "sources"}, place)


def _refuse_typos(questionnaire: str, place: str) -> None:
    """A questionnaire may have no file; one that is almost the name of another is a slip of the pen."""
    known = [found.code for found in questionnaires.every()]
    meant = get_close_matches(questionnaire, known, n=1, cutoff=0.85)
    if meant and questionnaire not in known:
        raise Refusal(
            _("%(place)s: there is no questionnaire “%(name)s”. Do you mean “%(meant)s”?")
            % {"place": place, "name": questionnaire, "meant": meant[0]}
        )


def _sourced(data: dict[str, Any], apart: set[str], place: str) -> None:
    """Each parameter but those apart names the requirement it comes from."""
    unsourced = set(data) - apart - set(data["sources"])
    if unsourced:
        raise Refusal(
            _("%(place)s: sources does not say where %(names)s come from.")
            % {"place": place, "names": ", ".join(sorted(unsourced))}
        )


def _shape(data: Any, required: dict[str, Any], kind: str, place: str) -> None:
    optional = _OPTIONAL[kind]
    if not isinstance(data, dict):
        raise Refusal(_("%(place)s is not a list of names and values.") % {"place": place})
    for name, type_ in required.items():
        if name not in data:
            raise Refusal(_("%(place)s: %(name)s is missing.") % {"place": place, "name": name})
        _right_type(data[name], type_, f"{place}.{name}")
    for name, value in data.items():
        if name in optional:
            _right_type(value, optional[name], f"{place}.{name}")
        elif name not in required:
            raise Refusal(_("%(place)s: there is no parameter “%(name)s”.") % {"place": place, "name": name})


def _right_type(value: Any, type_: Any, place: str) -> None:
    is_flag = isinstance(value, bool) and type_ is not bool
    if is_flag or not isinstance(value, type_):
        raise Refusal(_("%(place)s has a value of the wrong kind: %(value)s.") % {"place": place, "value": value})


def _known(values: Iterable[str], known: Iterable[str], place: str) -> None:
    for value in values:
        if value not in set(known):
            raise Refusal(_("%(place)s: “%(value)s” is not known.") % {"place": place, "value": value})


def _refuse_circles(programme: dict[str, Any], place: str) -> None:
    after = {step["code"]: step["after"] for step in programme["steps"] if "after" in step}
    codes = {step["code"] for step in programme["steps"]}
    for code in after:
        seen, at = {code}, after[code]
        while at in after and at not in seen:
            seen.add(at)
            at = after[at]
        if at in seen:
            raise Refusal(_("%(place)s: the steps follow one another in a circle.") % {"place": place})
        if at not in codes and "." not in at:
            raise Refusal(_("%(place)s: there is no step “%(name)s”.") % {"place": place, "name": at})
