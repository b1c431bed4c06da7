"""Supervising the after-sales follow-up: a sample of each agent's records, and what was found in them (S1-4.10a)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission

from .models import SPOKEN_TO, Channel, ContactRecord, ContactTask, Inspection, Request
from .registers import dressed_calls

#: So many records of each agent are looked at in a week, if nobody asks for more.
SAMPLE = 3
MOST = 20


@dataclass
class OfAgent:
    """One agent's week: her records, those drawn, what inspections found; and what she has late now."""

    agent: User
    records: int
    sample: list[ContactRecord] = field(default_factory=list)
    inspected: int = 0
    findings: int = 0
    #: Calls longer than the ideal length of their step (S4-1.3.3d).
    too_long: int = 0
    late: int = 0
    requests: int = 0


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def has_records(house: Dealership, monday: date) -> bool:
    """Whether anything was recorded in that week."""
    return _records(house, monday).exists()


def read(house: Dealership, monday: date, *, size: int = SAMPLE, at: datetime) -> list[OfAgent]:
    """Each agent who recorded anything in that week, by name. The draw is by chance, and the same whenever asked."""
    rows = _records(house, monday)
    drawn: dict[int, list[int]] = {}
    for pk, agent in rows.order_by("pk").values_list("pk", "by_id"):
        drawn.setdefault(agent, []).append(pk)
    looked_at = set(Inspection.objects.filter(record__in=rows, dealership=house).values_list("record_id", flat=True))
    chosen = {agent: _draw(ids, monday, size) | (looked_at & set(ids)) for agent, ids in drawn.items()}
    shown = _dressed(house, {pk for ids in chosen.values() for pk in ids})
    people = User.objects.in_bulk(list(drawn))
    found = {agent: OfAgent(people[agent], len(ids)) for agent, ids in drawn.items()}
    for line in shown:
        found[line.by_id].sample.append(line)
    _count(found, house, rows, at=at)
    return sorted(found.values(), key=lambda row: (row.agent.name, row.agent.pk))


@transaction.atomic
def inspect(line: ContactRecord, *, in_order: bool, finding: str, by: User, at: datetime) -> Inspection:
    """Note what was found in a record: that it is in order, or what is not."""
    if not by.may(Permission.SUPERVISE, line.dealership_id):
        raise Refusal(_("Records are inspected by a manager."))
    if line.by_id == by.pk:
        raise Refusal(_("Nobody inspects her own record. Another manager must."))
    if not in_order and not finding:
        raise Refusal(_("Write what was found."))
    try:
        with transaction.atomic():
            return Inspection.objects.create(
                dealership_id=line.dealership_id,
                record=line,
                agent_id=line.by_id,
                in_order=in_order,
                finding=finding,
                by=by,
                at=at,
            )
    except IntegrityError as error:
        raise Refusal(_("You have inspected this record already.")) from error


def _too_long(rows: Any) -> Any:
    ideal = ExpressionWrapper(
        F("attempt__task__step__ideal_seconds") * Value(timedelta(seconds=1)), output_field=DurationField()
    )
    spoken = rows.filter(attempt__outcome__in=SPOKEN_TO, attempt__channel=Channel.PHONE, attempt__undone_at=None)
    return spoken.filter(at__gt=F("started_at") + ideal).order_by()


def _records(house: Dealership, monday: date) -> QuerySet[ContactRecord]:
    begins, ends = (datetime.combine(monday + timedelta(days=n), time(), house.zone) for n in (0, 7))
    return ContactRecord.objects.filter(dealership=house, at__gte=begins, at__lt=ends)


def _draw(ids: Iterable[int], monday: date, size: int) -> set[int]:
    """By the fingerprint of week and number: chance to whoever is inspected, and drawn again it is the same."""
    ordered = sorted(ids, key=lambda pk: hashlib.sha256(f"{monday} {pk}".encode()).digest())
    return set(ordered[:size])


def _dressed(house: Dealership, ids: set[int]) -> list[ContactRecord]:
    rows = ContactRecord.objects.filter(pk__in=ids, dealership=house)
    dressed = dressed_calls(rows).order_by("at", "pk")
    return list(dressed.prefetch_related("inspections__by"))


def _count(found: dict[int, OfAgent], house: Dealership, rows: Any, *, at: datetime) -> None:
    inspections = Inspection.objects.filter(record__in=rows, dealership=house).order_by()
    for agent, n, bad in (
        inspections.values("agent")
        .annotate(n=Count("pk"), bad=Count("pk", filter=Q(in_order=False)))
        .values_list("agent", "n", "bad")
    ):
        found[agent].inspected, found[agent].findings = n, bad
    for agent, n in _too_long(rows).values("by").annotate(n=Count("pk")).values_list("by", "n"):
        found[agent].too_long = n
    late = ContactTask.objects.open().filter(dealership=house, due_at__lte=at, assignee__in=list(found)).order_by()
    for agent, n in late.values("assignee").annotate(n=Count("pk")).values_list("assignee", "n"):
        found[agent].late = n
    asked = Request.objects.open().filter(dealership=house, owner__in=list(found)).order_by()
    for agent, n in asked.values("owner").annotate(n=Count("pk")).values_list("owner", "n"):
        found[agent].requests = n
