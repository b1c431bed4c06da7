"""Which value stays when two files become one."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise

from .models import Customer

#: What one chooses between, each with the columns that go with it.
CHOICES: dict[str, tuple[str, ...]] = {
    "full_name": ("full_name", "family_name", "second_family_name", "given_name", "patronymic", "search_name"),
    "sex": ("sex",),
    "birth_date": ("birth_date",),
    "address": ("address",),
    "region": ("region",),
    "language": ("language",),
    "time_zone": ("time_zone",),
    "source": ("source", "source_note"),
    "desired_services": ("desired_services",),
    "last_verified_on": ("last_verified_on",),
    "member_since": ("member_since", "member_level"),
    "do_not_call": ("do_not_call", "do_not_call_list_on"),
}


@dataclass(frozen=True)
class Choice:
    """One field of the two files, side by side, and whose value stays unless somebody says otherwise."""

    field: str
    label: "str | Promise"
    survivors: Any
    others: Any
    others_stays: bool

    @property
    def differs(self) -> bool:
        return bool(self.survivors != self.others)

    @property
    def value(self) -> Any:
        return self.others if self.others_stays else self.survivors


def choices(survivor: Customer, other: Customer) -> list[Choice]:
    """Every field, with what is proposed: what is filled, else what was said last; never to call, if either said so."""
    visited = {customer.pk: _last_visit(customer) for customer in (survivor, other)}
    return [
        Choice(
            field=field,
            label=Customer._meta.get_field(field).verbose_name,  # type: ignore[union-attr]
            survivors=getattr(survivor, field),
            others=getattr(other, field),
            others_stays=_others_stays(field, survivor, other, visited),
        )
        for field in CHOICES
    ]


def _others_stays(field: str, survivor: Customer, other: Customer, visited: dict[int, date]) -> bool:
    ours, theirs = getattr(survivor, field), getattr(other, field)
    if ours == theirs or not theirs:
        return False
    if not ours:
        return True
    if field == "last_verified_on":
        return bool(theirs > ours)
    newest = [(_said(customer, field), visited[customer.pk]) for customer in (survivor, other)]
    return newest[1] > newest[0]


def _said(customer: Customer, field: str) -> str:
    """The day of the fact that was last believed, as far as a file told it; a correction by hand tells none."""
    said = customer.said.get(field) or ""
    return str(said[0] if isinstance(said, list) and said else said)


def _last_visit(customer: Customer) -> date:
    newest = customer.visits.filter(cancelled_at=None).newest_first().first()
    return newest.delivered_on if newest else date.min
