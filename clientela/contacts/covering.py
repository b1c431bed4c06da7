"""The page of coverage: every step with its figures, those of members, bars to look at, and the same as a list."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from clientela.customers.listing import Asked, Column, List, Sort
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from . import coverage, left_out
from .coverage import Row, Tally
from .duties import PeriodFilters
from .models import ProgrammeStep


@dataclass(frozen=True)
class Bar:
    """The lengths of a row's bar, of 100: followed up in all, and of that by a call that reached somebody."""

    followed: str
    made: str


@dataclass(frozen=True)
class Shown:
    """All that the page says."""

    rows: list[Row]
    total: Tally
    members: Tally
    left_out: int

    @property
    def bars(self) -> list[tuple[Row, Bar]]:
        return [(row, _bar(row.tally)) for row in self.rows if row.tally.due]


def read(house: Dealership, form: PeriodFilters, *, by: User, at: datetime) -> Shown:
    """Every active step, and every other that had something due; the figures of members beside."""
    tasks: Any = form.narrow(coverage.owed(house, form.period).visible_to(by, Permission.SEE_TASKS))
    found = coverage.tallies(tasks, at=at)
    out = left_out.counts(house, form.period, members=form.members_only, at=at)
    rows = [
        Row(step, found.get(step.pk, Tally()), out.get(step.pk, 0))
        for step in steps(house, form)
        if step.programme.active or step.pk in found
    ]
    members = sum(coverage.tallies(coverage.of_members(tasks), at=at).values(), Tally())
    return Shown(rows, coverage.total(rows), members, sum(row.left_out for row in rows))


def steps(house: Dealership, form: PeriodFilters) -> Any:
    """Those asked for, in the order in which programmes go."""
    asked = form.asked
    found = ProgrammeStep.objects.filter(dealership=house).select_related("programme").defer("script", "sources")
    if asked.get("programme"):
        found = found.filter(programme=asked["programme"])
    if asked.get("kind"):
        found = found.filter(programme__trigger__contains=[asked["kind"]])
    return found.order_by("programme__precedence", "programme", "pk")


def as_list(house: Dealership, form: PeriodFilters, *, by: User, at: datetime) -> Asked:
    """The same figures as a list that can be taken out."""
    rows = {row.step.pk: row for row in read(house, form, by=by, at=at).rows} if form.is_valid() else {}
    figures = (
        ("due", _("Due")),
        ("in_window", _("Made in the window")),
        ("late_made", _("Made late")),
        ("early", _("Made early")),
        ("refused", _("Declined")),
        ("unreached", _("Not reached")),
        ("open", _("Open")),
        ("late", _("Late")),
        ("invalid", _("No valid number")),
    )
    columns = (
        Column("programme", _("Programme"), lambda step: step.programme.name, kind="word"),
        Column("step", _("Contact"), lambda step: step.name, kind="word"),
        *(Column(code, words, partial(_figure, rows, code), kind="figure") for code, words in figures),
        Column("percent", _("Coverage in %"), partial(_percent, rows)),
        Column("left_out", _("Left out"), lambda step: rows[step.pk].left_out, kind="figure"),
    )
    listed = ProgrammeStep.objects.filter(dealership=house, pk__in=rows).select_related("programme")
    sort = Sort("programme", _("programme"), ("programme__precedence", "pk"))
    of = List(
        "coverage", _("Coverage of the duties"), lambda _house: listed, _same, PeriodFilters, columns, (sort,), ""
    )
    return Asked(of, house, form, listed, sort, falls=False, columns=list(columns))


def _same(rows: Any) -> Any:
    return rows


def _figure(rows: dict[int, Row], code: str, step: ProgrammeStep) -> int:
    return int(getattr(rows[step.pk].tally, code))


def _percent(rows: dict[int, Row], step: ProgrammeStep) -> str:
    tally = rows[step.pk].tally
    return "" if tally.percent is None else f"{tally.percent:.{tally.decimals}f}"


def _bar(tally: Tally) -> Bar:
    return Bar(f"{100 * tally.followed_up / tally.due:.2f}", f"{100 * (tally.made + tally.refused) / tally.due:.2f}")
