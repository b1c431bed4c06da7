"""Closing a month of a register: from then on its lines stand, and what was wrong is corrected by later ones (S1-4.7b).

A month can be closed when it is over, the months one after the other.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.lib import months
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.templatetags.clientela import month as in_words

from .models import ContactRecord, Counter, Letter, RegisterClosing

Register = Counter.Register
_LINES: dict[str, type[ContactRecord] | type[Letter]] = {Register.CALLS: ContactRecord, Register.LETTERS: Letter}


@dataclass(frozen=True)
class Month:
    """A month of a register: how many lines, and its closing if it was closed."""

    register: str
    first: date
    lines: int
    closing: RegisterClosing | None
    is_over: bool

    @property
    def last(self) -> date:
        return months.later(self.first, 1) - timedelta(days=1)


def refuse_if_closed(house: Dealership, register: Register, at: datetime) -> None:
    """What happened at `at` can be changed no longer once its month is closed."""
    if closing := of_month(house, register, house.today(at)):
        raise Refusal(
            _("The register of %(month)s is closed since %(day)s. Write a correction; the line itself stays.")
            % {"month": in_words(closing.month), "day": house.today(closing.at).isoformat()}
        )


def of_month(house: Dealership, register: str, day: date) -> RegisterClosing | None:
    """The closing of the month in which a day lies."""
    rows = RegisterClosing.objects.filter(dealership=house, register=register, month=day.replace(day=1))
    return rows.select_related("by").first()


@transaction.atomic
def close(house: Dealership, register: Register, month: date, *, by: User, at: datetime) -> RegisterClosing:
    """Close a month for good. Closed twice at once, it is closed once."""
    first = month.replace(day=1)
    Dealership.objects.select_for_update(of=("self",), no_key=True).get(pk=house.pk)
    if found := of_month(house, register, first):
        return found
    if months.later(first, 1) > house.today(at):
        raise Refusal(_("%(month)s is not over yet. It can be closed from its end on.") % {"month": _named(first)})
    if before := _open_before(house, register, first):
        raise Refusal(_("Close %(month)s first: the months are closed in their order.") % {"month": in_words(before)})
    lines = count(house, register, first)
    return RegisterClosing.objects.create(dealership=house, register=register, month=first, lines=lines, by=by, at=at)


def count(house: Dealership, register: str, first: date) -> int:
    """How many lines a month has."""
    begins, ends = (datetime.combine(day, time(), house.zone) for day in (first, months.later(first, 1)))
    return _LINES[register].objects.filter(dealership=house, at__gte=begins, at__lt=ends).count()


def recent(house: Dealership, register: str, *, at: datetime, how_many: int = 13) -> list[Month]:
    """The last months of a register, this one first; none before its first line."""
    this = house.today(at).replace(day=1)
    begun = _first_month(house, register) or this
    closed = {
        row.month: row
        for row in RegisterClosing.objects.filter(dealership=house, register=register).select_related("by")
    }
    firsts = [first for n in range(how_many) if (first := months.later(this, -n)) >= begun]
    return [Month(register, day, count(house, register, day), closed.get(day), day < this) for day in firsts]


def _open_before(house: Dealership, register: str, first: date) -> date | None:
    """The first earlier month with lines that is not closed."""
    month = _first_month(house, register)
    closed = set(RegisterClosing.objects.filter(dealership=house, register=register).values_list("month", flat=True))
    while month and month < first:
        if month not in closed and count(house, register, month):
            return month
        month = months.later(month, 1)
    return None


def _first_month(house: Dealership, register: str) -> date | None:
    at = _LINES[register].objects.filter(dealership=house).order_by("at").values_list("at", flat=True).first()
    return house.today(at).replace(day=1) if at else None


def _named(first: date) -> str:
    words = in_words(first)
    return words[:1].upper() + words[1:]
