"""Presets: rules as files, copied into a dealership when they are activated there."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers import filing
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership

from .models import Programme, ProgrammeStep

FOLDER = Path(__file__).resolve().parent.parent / "presets"


def load(code: str) -> dict[str, Any]:
    """The preset as its file says."""
    path = FOLDER / f"{code}.yaml"
    if code not in available():
        raise Refusal(_("There is no preset “%(code)s”.") % {"code": code})
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def available() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def names() -> list[tuple[str, str]]:
    """Every preset with the name people know it by."""
    return [(code, load(code)["name"]) for code in available()]


@transaction.atomic
def activate(code: str, dealership: Dealership, *, go_live_on: date) -> list[Programme]:
    """Copy a preset's programmes and its rule of the file into a dealership. What is there stays as it was edited."""
    preset = load(code)
    if section := preset.get("customer_file"):
        filing.adopt(section, code, dealership, live_on=go_live_on)
    programmes = []
    for data in preset["programmes"]:
        programme, _created = Programme.objects.get_or_create(
            dealership=dealership,
            preset=code,
            code=data["code"],
            defaults={
                "names": data["name"],
                "trigger": data["trigger"],
                "go_live_on": go_live_on,
                "sources": data["sources"],
            },
        )
        for step in data["steps"]:
            _copy_step(step, programme)
        programmes.append(programme)
    return programmes


def _copy_step(data: dict[str, Any], programme: Programme) -> None:
    window, attempts = data["window"], data["attempts"]
    ProgrammeStep.objects.get_or_create(
        dealership_id=programme.dealership_id,
        code=f"{programme.preset}.{programme.code}.{data['code']}",
        defaults={
            "programme": programme,
            "names": data["name"],
            "anchor": data["anchor"],
            "window_from": window["from"],
            "window_to": window["to"],
            "unit": window["unit"],
            "attempts_max": attempts["max"],
            "distinct_days": attempts["distinct_days"],
            "distinct_bands": attempts["distinct_bands"],
            **{
                name: data[name]
                for name in (
                    "performer",
                    "channels",
                    "questionnaire",
                    "excludes_special",
                    "look_ahead_days",
                    "catch_up_days",
                    "ideal_seconds",
                    "script",
                    "sources",
                )
            },
        },
    )
