"""Editing a programme: a change is refused with what is wrong, or made, with what was there before kept as a version.

Contacts already planned keep the parameters of the version they were born with; new ones follow the new version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.network.models import User

from . import mistakes, wording
from .models import Programme, ProgrammeStep, ProgrammeVersion, StepVersion

#: What a manager may change about a step, and about the programme itself.
STEP = (
    *("names", "anchor", "after", "window_from", "from_unit", "window_to", "to_unit", "closed_days", "tolerance"),
    *("performer", "other_than", "channels", "attempts_max", "distinct_days", "distinct_bands", "questionnaire"),
    *("excludes", "satisfied_by", "is_duty", "topics_allowed", "topics_forbidden", "look_ahead_days", "catch_up_days"),
    *("cautions", "identity", "remedy_hours", "ideal_seconds", "script"),
)
PROGRAMME = ("names", "active", "trigger", "go_live_on", "precedence")

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Change:
    """One line of a history: who made this version when, what it changed, and what it was made from."""

    version: int
    by: User | None
    at: datetime
    differences: list[wording.Difference]
    before: StepVersion | ProgrammeVersion


def parameters(subject: ProgrammeStep | Programme) -> dict[str, Any]:
    """The parameters as they stand, as JSON holds them."""
    names = STEP if isinstance(subject, ProgrammeStep) else PROGRAMME
    found = {name: getattr(subject, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


@transaction.atomic
def change(step: ProgrammeStep, given: Mapping[str, Any], *, by: User | None, at: datetime) -> bool:
    """Change parameters of a step; whether anything was changed. Refused if somebody else was faster."""
    now = _held(ProgrammeStep, step)
    if now.version != step.version:
        raise Refusal(_too_late())
    before = parameters(now)
    new = {name: value for name, value in given.items() if before[name] != value}
    if not new:
        return False
    _refuse(mistakes.of_step(now, {**before, **new}))
    StepVersion.objects.create(
        dealership_id=now.dealership_id, step=now, version=now.version, parameters=before, by=by, at=at
    )
    _write(step, {**new, "version": now.version + 1})
    return True


@transaction.atomic
def change_programme(
    programme: Programme, given: Mapping[str, Any], *, by: User | None, at: datetime, version: int | None = None
) -> bool:
    """The same for what concerns the programme itself; `version` is the one that was read."""
    now = _held(Programme, programme)
    current = version_of(now)
    if version not in (None, current):
        raise Refusal(_too_late())
    before, after = parameters(now), {**parameters(now), **_plain(given)}
    if before == after:
        return False
    _refuse(mistakes.of_programme(after))
    ProgrammeVersion.objects.create(
        dealership_id=now.dealership_id, programme=now, version=current, parameters=before, by=by, at=at
    )
    _write(programme, given)
    return True


def version_of(programme: Programme) -> int:
    """How often it was changed, counted from one."""
    return 1 + ProgrammeVersion.objects.filter(dealership_id=programme.dealership_id, programme=programme).count()


def restore(version: StepVersion | ProgrammeVersion, *, by: User | None, at: datetime) -> bool:
    """Let an older version hold again, as a new version; whether that changes anything."""
    if isinstance(version, StepVersion):
        known = {name: value for name, value in version.parameters.items() if name in STEP}
        return change(version.step, known, by=by, at=at)
    known = {name: value for name, value in version.parameters.items() if name in PROGRAMME}
    known["go_live_on"] = date.fromisoformat(known["go_live_on"])
    return change_programme(version.programme, known, by=by, at=at)


def as_of(step: ProgrammeStep, version: int) -> dict[str, Any]:
    """The parameters a step had in one of its versions: those with which a task of that version was born."""
    older = StepVersion.objects.filter(dealership_id=step.dealership_id, step=step, version=version).first()
    return {**parameters(step), **(older.parameters if older else {})}


def history(subject: ProgrammeStep | Programme, versions: Iterable[StepVersion | ProgrammeVersion]) -> list[Change]:
    """Every change, newest first; `versions` are those of this subject."""
    names = names_of_steps(subject.dealership_id)
    after, found = parameters(subject), []
    for older in sorted(versions, key=lambda version: -version.version):
        changed = wording.differences(older.parameters, after, names)
        found.append(Change(older.version + 1, older.by, older.at, changed, older))
        after = older.parameters
    return found


def names_of_steps(dealership_id: int) -> dict[str, str]:
    """The contacts of a house by their code, in words: programme and contact."""
    steps = ProgrammeStep.objects.filter(dealership_id=dealership_id).select_related("programme").order_by("code")
    return {step.code: f"{step.programme.name}: {step.name}" for step in steps.defer("script", "sources")}


def _held(model: type[M], row: M) -> M:
    """The row as it stands now, and nobody else changes it until this is done. Planners may go on referring to it."""
    return model._default_manager.select_for_update(no_key=True).get(pk=row.pk)


def _write(row: models.Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}


def _refuse(found: Mapping[str, str]) -> None:
    for sentence in found.values():
        raise Refusal(sentence)


def _too_late() -> str:
    return _("Somebody else has changed this in the meantime. Look at it again before you change it.")
