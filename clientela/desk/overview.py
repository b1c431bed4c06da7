"""Today by kind: how many contacts each view holds, of which kind, and how many of them are late; one query."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Count, Q, Value
from django.db.models.expressions import RawSQL

from clientela.contacts.models import Absence, Attempt
from clientela.contacts.models.programme import spoken
from clientela.contacts.models.task import TaskQuerySet
from clientela.contacts.who import may_take, stands_in
from clientela.network.models import Dealership, User

#: Whose contacts: what I may take, what I take for who is away, and everybody's.
MINE, SUBSTITUTE, TEAM = "mine", "substitute", "team"
LATE, AGREED, TRIED = "late", "agreed", "tried"


@dataclass(frozen=True)
class Kind:
    """A kind of contact among those of a view: its word, how many, and how many of them are late."""

    code: str
    title: str
    count: int
    late: int


@dataclass(frozen=True)
class Overview:
    """What is to be done today: a row for each step, and whether it is mine or that of whom I stand in for."""

    rows: list[dict[str, Any]]

    def of_view(self, view: str) -> dict[str, Any]:
        """What today's page says of a view, and how many stand in the others."""
        return {
            "total": self.total(view),
            "late": self.late(view),
            "agreed": self.agreed(view),
            "kinds": self.kinds(view),
            "mine_count": self.total(MINE),
            "team_count": self.total(TEAM),
            "substitute_count": self.total(SUBSTITUTE),
        }

    def total(self, view: str) -> int:
        return sum(row["n"] for row in self._of(view))

    def late(self, view: str) -> int:
        return sum(row["late"] for row in self._of(view))

    def agreed(self, view: str) -> int:
        return sum(row["agreed"] for row in self._of(view))

    def kinds(self, view: str) -> list[Kind]:
        """The steps of a view, the most frequent first."""
        count, late = Counter[str](), Counter[str]()
        titles, programmes = {}, {}
        for row in self._of(view):
            count[row["step_code"]] += row["n"]
            late[row["step_code"]] += row["late"]
            titles[row["step_code"]] = spoken(row["step__names"])
            programmes[row["step_code"]] = spoken(row["step__programme__names"])
        often = Counter(titles.values())
        return [
            # Two programmes may call their first contact the same.
            Kind(code, titles[code] if often[titles[code]] == 1 else programmes[code], count[code], late[code])
            for code, _n in count.most_common()
        ]

    def sections(self, view: str, kind: str) -> dict[str, int]:
        """How many stand under each heading of the list, also beyond the page."""
        found = Counter({LATE: 0, AGREED: 0})
        for row in self._of(view):
            if kind in {"", LATE, row["step_code"]}:
                found[LATE] += row["late"]
            if kind in {"", AGREED, row["step_code"]}:
                found[AGREED] += row["agreed"]
            if kind in {"", row["step_code"]}:
                found[row["step_code"]] += row["n"] - row["late"] - row["agreed"]
        return dict(found)

    def _of(self, view: str) -> Iterable[dict[str, Any]]:
        return (row for row in self.rows if view == TEAM or row["takes" if view == MINE else "stands_in"])


def read(due: TaskQuerySet, user: User, house: Dealership, stood_in: list[Absence], *, at: datetime) -> Overview:
    """Count what is due, by step and by whose it is."""
    late = Q(due_at__lte=at, contacted_on=None)
    rows = (
        due.order_by()
        .annotate(takes=may_take(user, house.pk, house.today(at)), stands_in=standing(user, house, stood_in, at=at))
        .values("step_code", "step__names", "step__programme__names", "takes", "stands_in")
        .annotate(
            n=Count("pk"),
            late=Count("pk", filter=late),
            agreed=Count("pk", filter=Q(call_back_at__isnull=False) & ~late),
        )
    )
    return Overview([dict(row) for row in rows])


def standing(user: User, house: Dealership, stood_in: list[Absence], *, at: datetime) -> RawSQL | Value:
    """Whether a contact is that of somebody for whom she stands in; not asked while she does for nobody."""
    return stands_in(user, house.today(at)) if stood_in else Value(False, output_field=BooleanField())


def shown(tasks: TaskQuerySet, kind: str, *, end: datetime, at: datetime) -> TaskQuerySet:
    """Of these what is to be done before the day's `end`, of one kind if one is chosen; or what was tried today."""
    if kind == TRIED:
        # Without an end, and not to be tried again before tomorrow.
        tried = Attempt.objects.filter(at__gte=end - timedelta(days=1), undone_at=None).values("task")
        return tasks.open().filter(pk__in=tried, callable_from__gte=end)
    due = tasks.due_by(end)
    if kind == LATE:
        return due.filter(due_at__lte=at, contacted_on=None)
    if kind == AGREED:
        return due.filter(call_back_at__isnull=False).exclude(due_at__lte=at, contacted_on=None)
    return due.filter(step_code=kind) if kind else due


def stood_in_for(absences: Iterable[Absence], user: User, today: date) -> list[Absence]:
    """For whom she stands in today."""
    return [row for row in absences if row.substitute_id == user.pk and row.from_on <= today <= row.to_on]
