"""Giving new contacts to the designated: to whom the customer knows, else evenly (S1-4.1, S4-1.3.2a).

Everybody's share is counted in open contacts. Of those with the least, who speaks the customer's language comes first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When

from clientela.network.models import Dealership, User

from .models import Absence, ContactTask, Designation


@dataclass(frozen=True)
class Agent:
    """Somebody who is designated, with what decides between two."""

    pk: int
    language: str


#: Agents by house and by whose contacts they make.
Designated = dict[tuple[int, str], list[Agent]]


@transaction.atomic
def allocate(dealership_ids: Sequence[int], *, at: datetime) -> int:
    """Give every free open contact to a designated person; how many. Without anybody designated it stays free."""
    given = choose(dealership_ids, at=at)
    if not given:
        return 0
    about: dict[str, Any] = {
        "ids": list(given),
        "agents": list(given.values()),
        "houses": list(dealership_ids),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, about | {"at": at})
        return int(cursor.rowcount)


def choose(dealership_ids: Sequence[int], *, at: datetime) -> dict[int, int]:
    """To whom every free open contact of these houses would be given, by key."""
    designated = _designated(dealership_ids, at=at)
    free = _free(designated, at=at)
    if not free:
        return {}
    loads = _loads(designated)
    callers = _callers_of(free, designated)
    given: dict[int, int] = {}
    for group, tasks in free.items():
        given |= _share_out(tasks, designated[group], loads[group], callers)
    return given


# Who is on the phone with one keeps it; that one is given the next time.
_GIVE = """
UPDATE contacts_contacttask k SET assignee_id = n.agent
FROM (
    SELECT t.id, u.agent FROM unnest(%(ids)s::bigint[], %(agents)s::bigint[]) AS u (id, agent)
    JOIN contacts_contacttask t ON t.id = u.id AND t.dealership_id = ANY (%(houses)s)
    WHERE t.state = 'open' AND t.assignee_id IS NULL AND (t.leased_by_id IS NULL OR t.leased_until <= %(at)s)
    FOR NO KEY UPDATE OF t SKIP LOCKED
) n
WHERE k.id = n.id
"""


@dataclass(frozen=True)
class Load:
    """How many contacts somebody has open, and how many of those are late; without a name, nobody has them."""

    name: str
    open: int
    late: int


@dataclass(frozen=True)
class Uncovered:
    """Somebody away for whom nobody stands in, with how many contacts fall due meanwhile (S1-4.9)."""

    absence: Absence
    due: int


def reassign(
    house: Dealership, *, giver: User | None, taker: User, performer: str = "", until: date | None = None, at: datetime
) -> int:
    """Give open contacts of `giver` (of nobody, without one) to `taker`; how many. Who is on one keeps it."""
    rows = ContactTask.objects.open().filter(Q(leased_by=None) | Q(leased_until__lte=at), dealership=house)
    rows = rows.filter(assignee=giver)
    if performer:
        rows = rows.filter(performer=performer)
    if until:
        rows = rows.filter(due_on__lte=until)
    return rows.update(assignee=taker)


def loads(house: Dealership, today: date) -> list[Load]:
    """What each has open, most first."""
    rows = ContactTask.objects.open().filter(dealership=house).order_by().values("assignee__name")
    counted = rows.annotate(n=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today))).order_by(
        "-n", "assignee__name"
    )
    return [Load(row["assignee__name"] or "", row["n"], row["late"]) for row in counted]


def absences(house: Dealership, today: date) -> list[Absence]:
    """Who is away now or will be; of each how many contacts fall due meanwhile (`due`), and if nobody who is here
    stands in (`uncovered`).
    """
    # What is due before she goes she makes herself; what is late when she is gone already, she cannot.
    theirs = Q(user__tasks__state="open", user__tasks__dealership=house, user__tasks__due_on__lte=F("to_on"))
    theirs &= Q(from_on__lte=today) | Q(user__tasks__due_on__gte=F("from_on"))
    away_too = Absence.objects.filter(
        dealership=house, user=OuterRef("substitute"), from_on__lte=OuterRef("to_on"), to_on__gte=OuterRef("from_on")
    )
    nobody = Q(substitute=None) | Q(substitute__is_active=False) | Exists(away_too)
    rows = Absence.objects.filter(dealership=house, to_on__gte=today).select_related("user", "substitute")
    if not rows.exists():
        return []  # as on most days; to plan the counting takes longer than all the rest
    counted = rows.annotate(
        due=Count("user__tasks", filter=theirs), uncovered=Case(When(nobody, then=True), default=False)
    )
    return list(counted.order_by("from_on", "pk"))


def uncovered(rows: Iterable[Absence]) -> list[Uncovered]:
    """Of these absences those in which contacts of the absent fall due and nobody who is here stands in."""
    return [Uncovered(row, row.due) for row in rows if row.uncovered and row.due]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Task:
    """What decides whose a free contact becomes."""

    pk: int
    customer_id: int
    language: str


def _designated(dealership_ids: Sequence[int], *, at: datetime) -> Designated:
    """Who is designated in these houses today, each by the house's own day, and is here."""
    rows = Designation.objects.filter(dealership__in=dealership_ids, user__is_active=True)
    today = {house.pk: house.today(at) for house in Dealership.objects.filter(pk__in=rows.values("dealership"))}
    away = {
        (row.dealership_id, row.user_id)
        for row in Absence.objects.filter(dealership__in=today)
        if row.from_on <= today[row.dealership_id] <= row.to_on
    }
    found: Designated = {}
    for row in rows.select_related("user").order_by("dealership", "performer", "user"):
        day = today[row.dealership_id]
        if row.from_on <= day <= (row.to_on or day) and (row.dealership_id, row.user_id) not in away:
            agent = Agent(row.user_id, row.user.language.split("-")[0])
            found.setdefault((row.dealership_id, row.performer), []).append(agent)
    return found


def _houses(groups: Iterable[tuple[int, str]]) -> list[int]:
    return sorted({house for house, _performer in groups})


def _free(designated: Designated, *, at: datetime) -> dict[tuple[int, str], list[_Task]]:
    """The free contacts that somebody is designated for, in the order of the queue."""
    rows = (
        ContactTask.objects.open()
        .filter(Q(leased_by=None) | Q(leased_until__lte=at), dealership__in=_houses(designated), assignee=None)
        .filter(performer__in={performer for _house, performer in designated})
        .order_by("ranks_at", "pk")
    )
    found: dict[tuple[int, str], list[_Task]] = {}
    facts = rows.values_list("dealership", "performer", "pk", "customer", "customer__language")
    for house, performer, pk, customer_id, language in facts:
        if (house, performer) in designated:
            found.setdefault((house, performer), []).append(_Task(pk, customer_id, language))
    return found


def _loads(designated: Designated) -> dict[tuple[int, str], Counter[int]]:
    """How many contacts of its kind each of them has open."""
    found = {group: Counter(dict.fromkeys((agent.pk for agent in agents), 0)) for group, agents in designated.items()}
    rows = ContactTask.objects.open().filter(dealership__in=_houses(designated)).exclude(assignee=None)
    counted = rows.order_by().values_list("dealership", "performer", "assignee").annotate(Count("pk"))
    for house, performer, agent, count in counted:
        if agent in found.get((house, performer), {}):
            found[house, performer][agent] = count
    return found


# The latest last.
_CALLERS = """
SELECT k.customer_id, t.by_id FROM contacts_attempt t JOIN contacts_contacttask k ON k.id = t.task_id
WHERE k.customer_id = ANY (%(customers)s) AND t.by_id = ANY (%(agents)s) AND t.undone_at IS NULL
    AND k.dealership_id = ANY (%(houses)s)
ORDER BY t.at, t.id
"""


def _callers_of(free: dict[tuple[int, str], list[_Task]], designated: Designated) -> dict[int, list[int]]:
    """Who of the designated spoke with each customer, the latest last."""
    about = {
        "customers": sorted({task.customer_id for tasks in free.values() for task in tasks}),
        "agents": sorted({agent.pk for agents in designated.values() for agent in agents}),
        "houses": _houses(free),
    }
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CALLERS, about)
        for customer, agent in cursor.fetchall():
            found.setdefault(customer, []).append(agent)
    return found


def _share_out(
    tasks: list[_Task], agents: list[Agent], load: Counter[int], callers: dict[int, list[int]]
) -> dict[int, int]:
    """Whose each of these contacts of one kind becomes: whom the customer knows, else who has the least."""
    known: dict[int, int] = {}
    given = {}
    for task in tasks:
        if task.customer_id not in known:
            spoke = [agent for agent in callers.get(task.customer_id, ()) if agent in load]
            language = task.language.split("-")[0]
            known[task.customer_id] = spoke[-1] if spoke else _least_loaded(agents, load, language)
        given[task.pk] = known[task.customer_id]
        load[given[task.pk]] += 1
    return given


def _least_loaded(agents: list[Agent], load: Counter[int], language: str) -> int:
    return min(agents, key=lambda agent: (load[agent.pk], agent.language != language, agent.pk)).pk
