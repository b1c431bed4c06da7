"""Settling warnings: somebody looked at them, and put them right or let them be."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet

from clientela.network.models import User

from .models import Remark, Run

MOST_KINDS = 30


@dataclass(frozen=True)
class Kind:
    """Warnings of one column for one reason, how many, and the reason as one of them says it."""

    column: str
    code: str
    n: int
    sentence: str


def open_warnings(run: Run) -> QuerySet[Remark]:
    return Remark.objects.filter(run=run, dealership=run.dealership_id, refused=False, settled_at=None)


def settle(warnings: QuerySet[Remark], *, by: User, at: datetime) -> int:
    """Settle those of them that are open; how many. What somebody else settled keeps her name."""
    return warnings.filter(refused=False, settled_at=None).update(settled_at=at, settled_by=by)


def reopen(run: Run, *, by: User, settled_at: datetime) -> int:
    """Take back what this person settled at that moment, all of it."""
    settled = Remark.objects.filter(run=run, dealership=run.dealership_id, settled_by=by, settled_at=settled_at)
    return settled.update(settled_at=None, settled_by=None)


def kinds(run: Run) -> list[Kind]:
    """The open warnings by column and reason, most frequent first."""
    counted = open_warnings(run).values("column", "code").annotate(n=Count("pk"), first=Min("pk"))
    found = list(counted.order_by("-n", "column", "code")[:MOST_KINDS])
    examples = open_warnings(run).in_bulk([kind["first"] for kind in found])
    return [Kind(kind["column"], kind["code"], kind["n"], examples[kind["first"]].sentence) for kind in found]
