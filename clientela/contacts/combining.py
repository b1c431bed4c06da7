"""Combining: whether one contact can serve several steps, in which days, and if not, why not.

Each step goes on judging the contact by its own window, channel and performer (`satisfied_by`); here it is made sure
that one contact can pass all of them, and a combination that cannot is refused with its reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations, permutations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clientela.lib.refusal import Refusal
from clientela.network.models import User

from . import editing
from .models import Channel, ProgrammeStep, Topic
from .windows import Days, Window, window_of


@dataclass(frozen=True)
class Verdict:
    """What speaks for and against one contact for these steps."""

    steps: tuple[ProgrammeStep, ...]
    window: Window | None
    channels: tuple[str, ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        return not self.refusals

    @property
    def is_combined(self) -> bool:
        """Whether each of them already counts the others' contact."""
        return all(
            other.code in step.satisfied_by for step in self.steps for other in self.steps if other.code != step.code
        )

    @property
    def state(self) -> str:
        if self.is_combined:
            return "combined"
        return "possible" if self.is_possible else "refused"

    @property
    def narrows(self) -> bool:
        """Whether some step may be planned on days that serve it alone."""
        return self.window is not None and any(window_of(step) != self.window for step in self.steps)

    def days(self, anchor: date) -> tuple[date, date] | None:
        """The common days for one day 0, as an example."""
        return self.window.on(anchor) if self.window else None

    @property
    def channels_said(self) -> str:
        return _list(str(Channel(code).label) for code in self.channels if code in Channel.values)


def verdict(*steps: ProgrammeStep, days: Days | None = None) -> Verdict:
    """Whether one contact can serve all of these: the strictest common window, or every reason why not."""
    days = days or Days(steps[0].dealership_id)
    channels = tuple(code for code in Channel.values if all(code in step.channels for step in steps))
    window = days.common([window_of(step) for step in steps])
    reasons = (
        _anchors(steps),
        "" if window else _no_day(steps),
        _topics(steps),
        "" if channels else _no_channel(steps),
        _same_person(steps),
    )
    warnings = (_performers(steps),)
    return Verdict(steps, window, channels, tuple(filter(None, reasons)), tuple(filter(None, warnings)))


def pairs(steps: Sequence[ProgrammeStep]) -> list[Verdict]:
    """The verdict on any two of these steps that follow the same visits: combined first, then possible, then not."""
    order = ("combined", "possible", "refused")
    days = Days(steps[0].dealership_id) if steps else None
    found = [verdict(a, b, days=days) for a, b in combinations(steps, 2) if meet(a, b)]
    return sorted(found, key=lambda pair: (order.index(pair.state), [step.code for step in pair.steps]))


def meet(first: ProgrammeStep, second: ProgrammeStep) -> bool:
    """Whether one visit can give both."""
    triggers = set(first.programme.trigger) & set(second.programme.trigger)
    return bool(triggers) and (first.anchor, first.after) == (second.anchor, second.after)


@transaction.atomic
def combine(first: ProgrammeStep, second: ProgrammeStep, *, narrow: bool, by: User | None, at: datetime) -> Verdict:
    """Let one contact count for both. With `narrow` both are planned in their common window from now on."""
    found = verdict(first, second)
    if first.pk == second.pk or not meet(first, second):
        raise Refusal(_("These two contacts never follow the same visit."))
    for reason in found.refusals:
        raise Refusal(reason)
    window = _columns(found.window) if narrow and found.window else {}
    for step, other in ((first, second), (second, first)):
        both = [*step.satisfied_by, *({other.code} - set(step.satisfied_by))]
        editing.change(step, {"satisfied_by": both, **window}, by=by, at=at)
    return verdict(first, second)


@transaction.atomic
def separate(first: ProgrammeStep, second: ProgrammeStep, *, by: User | None, at: datetime) -> None:
    """Let each have a contact of its own again. Their windows stay as they are; the history has those of before."""
    for step, other in ((first, second), (second, first)):
        left = [code for code in step.satisfied_by if code != other.code]
        editing.change(step, {"satisfied_by": left}, by=by, at=at)


def _columns(window: Window) -> dict[str, int | str]:
    return {
        "window_from": window.opens.number,
        "from_unit": window.opens.unit,
        "window_to": window.closes.number,
        "to_unit": window.closes.unit,
    }


def _anchors(steps: Sequence[ProgrammeStep]) -> str:
    if len({(step.anchor, step.after) for step in steps}) == 1:
        return ""
    return _("They count from different days: %(which)s.") % {
        "which": _list(f"{_name(step)} – {step.get_anchor_display()}" for step in steps)
    }


def _no_day(steps: Sequence[ProgrammeStep]) -> str:
    return _("No day lies in every window: %(windows)s.") % {
        "windows": _list(_("%(name)s (%(facts)s)") % {"name": _name(s), "facts": window_of(s)} for s in steps)
    }


def _topics(steps: Sequence[ProgrammeStep]) -> str:
    for asking, forbidding in permutations(steps, 2):
        topics = [code for code in asking.topics_allowed if code in forbidding.topics_forbidden]
        if topics:
            return _("%(asking)s asks about what %(forbidding)s must not ask about: %(topics)s.") % {
                "asking": _name(asking),
                "forbidding": _name(forbidding),
                "topics": _list(map(Topic.said, topics)),
            }
    return ""


def _no_channel(steps: Sequence[ProgrammeStep]) -> str:
    return _("They have no channel in common: %(channels)s.") % {
        "channels": _list(
            _("%(name)s (%(facts)s)")
            % {"name": _name(step), "facts": _list(str(Channel(code).label) for code in step.channels)}
            for step in steps
        )
    }


def _same_person(steps: Sequence[ProgrammeStep]) -> str:
    codes = {step.code: step for step in steps}
    for step in steps:
        if step.other_than in codes:
            return _("%(name)s must be made by another person than %(other)s.") % {
                "name": _name(step),
                "other": _name(codes[step.other_than]),
            }
    return ""


def _performers(steps: Sequence[ProgrammeStep]) -> str:
    roles = dict.fromkeys(str(step.get_performer_display()) for step in steps)
    if len(roles) == 1:
        return ""
    return _("One contact only if the same person holds these roles: %(roles)s.") % {"roles": _list(roles)}


def _name(step: ProgrammeStep) -> str:
    return _("“%(step)s” of “%(programme)s”") % {"step": step.name, "programme": step.programme.name}


def _list(words: Iterable[str]) -> str:
    return pgettext("separator", ", ").join(words)
