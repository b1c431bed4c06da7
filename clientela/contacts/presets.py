"""Presets: rules as files, copied into a dealership when they are activated there."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers import filing
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership

from . import preset_file
from .models import Programme, ProgrammeStep, ServiceKind

FOLDER = preset_file.FOLDER


@dataclass(frozen=True)
class Draft:
    """A programme with its steps as a preset's file has them, in no table yet."""

    programme: Programme
    steps: tuple[ProgrammeStep, ...]


def load(code: str) -> dict[str, Any]:
    """The preset as its file says."""
    path = FOLDER / f"{code}.yaml"
    if code not in available():
        raise Refusal(_("There is no preset “%(code)s”.") % {"code": code})
    return preset_file.read(path)


def available() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def names() -> list[tuple[str, str]]:
    """Every preset that can be followed, with the name people know it by."""
    return [(code, _read_once(FOLDER / f"{code}.yaml")["name"]) for code in available() if not _mistake_in(code)]


def mistakes() -> list[str]:
    """What is wrong with the files that cannot be followed. It keeps nobody from the others."""
    return [sentence for code in available() if (sentence := _mistake_in(code))]


def _mistake_in(code: str) -> str:
    try:
        preset_file.check(_read_once(FOLDER / f"{code}.yaml"))
    except Refusal as refusal:
        return refusal.sentence
    return ""


def drafts(preset: dict[str, Any], dealership: Dealership) -> list[Draft]:
    """What a preset would bring to a dealership. Refused if it cannot be followed."""
    preset_file.check(preset)
    return [_draft(data, preset["preset"], dealership) for data in preset["programmes"]]


def brings(code: str, dealership: Dealership) -> list[Draft]:
    """The same of one of the presets at hand."""
    return drafts(_read_once(FOLDER / f"{code}.yaml"), dealership)


def original(step: ProgrammeStep) -> ProgrammeStep | None:
    """A step as its preset's file has it; none if it came from no file that is here."""
    steps = [known for draft in _originals(step.programme) for known in draft.steps if known.code == step.code]
    return steps[0] if steps else None


def original_programme(programme: Programme) -> Programme | None:
    """A programme as its preset's file has it; none if it came from no file that is here."""
    found = [draft.programme for draft in _originals(programme) if draft.programme.code == programme.code]
    return found[0] if found else None


@dataclass(frozen=True)
class Vocabulary:
    """Words that have no list of their own: those the presets and the house use."""

    topics: frozenset[str]
    questionnaires: frozenset[str]


def vocabulary(dealership: Dealership) -> Vocabulary:
    """The topics and questionnaires known to a house or to any preset."""
    of_files = [step for code, _name in names() for draft in brings(code, dealership) for step in draft.steps]
    of_house = ProgrammeStep.objects.filter(dealership=dealership).only(
        "topics_allowed", "topics_forbidden", "questionnaire"
    )
    steps = [*of_files, *of_house]
    return Vocabulary(
        topics=frozenset(code for step in steps for code in [*step.topics_allowed, *step.topics_forbidden]),
        questionnaires=frozenset(step.questionnaire for step in steps if step.questionnaire),
    )


def _originals(programme: Programme) -> list[Draft]:
    at_hand = dict(names())
    return brings(programme.preset, programme.dealership) if programme.preset in at_hand else []


@cache
def _read_once(path: Path) -> dict[str, Any]:
    return preset_file.read(path)


@cache
def _script_once(name: str) -> dict[str, Any]:
    return preset_file.script(name)


@transaction.atomic
def activate(code: str, dealership: Dealership, *, go_live_on: date) -> list[Programme]:
    """Copy a preset's programmes and its rule of the file into a dealership. What is there stays as it was edited."""
    return adopt(load(code), dealership, go_live_on=go_live_on)


@transaction.atomic
def adopt(preset: dict[str, Any], dealership: Dealership, *, go_live_on: date) -> list[Programme]:
    """The same with a preset at hand. Refused as a whole, with what is wrong, if it cannot be followed."""
    preset_file.check(preset)
    if section := preset.get("customer_file"):
        filing.adopt(section, preset["preset"], dealership, live_on=go_live_on)
    for kind in preset.get("next_services", {"kinds": []})["kinds"]:
        _copy_kind(kind, dealership)
    return [_copy_programme(data, preset["preset"], dealership, go_live_on) for data in preset["programmes"]]


def _copy_kind(data: dict[str, Any], dealership: Dealership) -> None:
    """A kind of next service of the file; one that is there stays as the house has it."""
    optional = {"ahead_days", "notice_days", "advertises"} & set(data)
    ServiceKind.objects.get_or_create(
        dealership=dealership,
        code=data["code"],
        defaults={
            "names": data["name"],
            "rule": data.get("proposed_from", ""),
            "source": data["sources"].get("name", ""),
            **{name: data[name] for name in optional},
        },
    )


def _copy_programme(data: dict[str, Any], preset: str, dealership: Dealership, go_live_on: date) -> Programme:
    programme, _created = Programme.objects.get_or_create(
        dealership=dealership,
        preset=preset,
        code=data["code"],
        defaults={"go_live_on": go_live_on, **_facts(data)},
    )
    for step in data["steps"]:
        ProgrammeStep.objects.get_or_create(
            dealership_id=programme.dealership_id,
            code=_whole(step["code"], programme),
            defaults={"programme": programme, **_parameters(step, programme)},
        )
    return programme


def _draft(data: dict[str, Any], preset: str, dealership: Dealership) -> Draft:
    programme = Programme(dealership=dealership, preset=preset, code=data["code"], **_facts(data))
    steps = (
        ProgrammeStep(
            dealership=dealership,
            programme=programme,
            code=_whole(step["code"], programme),
            **_parameters(step, programme),
        )
        for step in data["steps"]
    )
    return Draft(programme, tuple(steps))


def _facts(data: dict[str, Any]) -> dict[str, Any]:
    """A programme of the file as the columns of its row."""
    return {
        "names": data["name"],
        "trigger": data["trigger"],
        "precedence": data.get("precedence", 100),
        "sources": data["sources"],
    }


def _parameters(data: dict[str, Any], programme: Programme) -> dict[str, Any]:
    """A step of the file as the columns of its row."""
    window, attempts, script = data["window"], data["attempts"], data["script"]
    unit = window.get("unit", "calendar_day")
    optional = {
        "excludes": data.get("excludes", []),
        "cautions": data.get("cautions", []),
        "identity": data.get("identity", False),
        "remedy_hours": data.get("remedy_hours", 24),
        "topics_allowed": data.get("topics", []),
        "topics_forbidden": data.get("topics_forbidden", []),
        "satisfied_by": [_whole(code, programme) for code in data.get("satisfied_by", [])],
        "after": _whole(data["after"], programme) if "after" in data else "",
        "other_than": _whole(data["other_than"], programme) if "other_than" in data else "",
        "closed_days": window.get("closed_days", "keep"),
        "tolerance": window.get("tolerance", 0),
        "is_duty": data.get("is_duty", True),
    }
    plain = ("anchor", "performer", "channels", "questionnaire", "look_ahead_days", "catch_up_days", "ideal_seconds")
    return {
        "names": data["name"],
        "window_from": window["from"],
        "from_unit": unit,
        "window_to": window["to"],
        "to_unit": window.get("to_unit", unit),
        "attempts_max": attempts["max"],
        "distinct_days": attempts["distinct_days"],
        "distinct_bands": attempts["distinct_bands"],
        "script": script if isinstance(script, dict) else _script_once(script),
        "sources": data["sources"],
        **{name: data[name] for name in plain},
        **optional,
    }


def _whole(code: str, programme: Programme) -> str:
    """A step's code for good: of this programme, unless the file names another's whole."""
    return code if "." in code else f"{programme.preset}.{programme.code}.{code}"
