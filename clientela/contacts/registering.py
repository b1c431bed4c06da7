"""The register of calls: each gets its line with the next number, as the last act of keeping it (S1-4.7)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from clientela.customers.models import ContactPoint, Customer
from clientela.lib.refusal import Refusal
from clientela.network.models import User
from clientela.network.permissions import Permission

from . import closing
from .models import Attempt, Channel, ContactRecord, ContactTask, Counter, ProgrammeStep

_NEXT = """
INSERT INTO contacts_counter (dealership_id, register, year, last) VALUES (%(house)s, %(register)s, %(year)s, 1)
ON CONFLICT (dealership_id, register, year) DO UPDATE SET last = contacts_counter.last + 1 RETURNING last
"""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What somebody wrote of a call."""

    summary: str
    words: str
    answer: str


def enter_attempt(tried: Attempt, task: ContactTask) -> ContactRecord:
    """The line of a call out, written with the call."""
    planned = task.step.anchor == ProgrammeStep.Anchor.PLANNED
    return enter(
        ContactRecord(
            dealership=task.dealership,
            direction=ContactRecord.Direction.OUT,
            kind=ContactRecord.Kind.NEXT_SERVICE if planned else ContactRecord.Kind.FOLLOW_UP,
            channel=tried.channel,
            started_at=tried.started_at,
            at=tried.at,
            by=tried.by,
            instead_of_id=tried.instead_of_id,
            attempt=tried,
            customer_id=task.customer_id,
            vehicle_id=task.vehicle_id,
            visit_id=task.visit_id,
            phone=_number_dialled(tried, task),
        )
    )


def enter(line: ContactRecord) -> ContactRecord:
    """Give a line its number and keep it. The number's row stays locked until the transaction ends: be the last."""
    line.year = line.dealership.today(line.at).year
    line.number = next_number(line.dealership_id, Counter.Register.CALLS, year=line.year)
    line.save(force_insert=True)
    return line


def next_number(dealership_id: int, register: Counter.Register, *, year: int) -> int:
    """The next number of a register, counted from one each year."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"house": dealership_id, "register": register, "year": year})
        row = cursor.fetchone()
    assert row
    return int(row[0])


def is_hers_today(line: ContactRecord, by: User, *, at: datetime) -> bool:
    """Whether she wrote it down herself, today: until then its wording can be mended."""
    house = line.dealership
    return line.attempt_id is None and line.by_id == by.pk and house.today(line.at) == house.today(at)


@transaction.atomic
def amend(line: ContactRecord, wording: Wording, *, by: User, at: datetime) -> None:
    """Mend the wording of a call that one wrote down oneself, on the same day and while the month is open."""
    closing.refuse_if_closed(line.dealership, Counter.Register.CALLS, line.at)
    if line.attempt_id:
        raise Refusal(_("What a call from the list came to is taken back on the call itself, or corrected."))
    if not is_hers_today(line, by, at=at):
        raise Refusal(_("Only who wrote a call down can change it, and only on the same day. Write a correction."))
    ContactRecord.objects.filter(pk=line.pk).update(**vars(wording))


@transaction.atomic
def correct(line: ContactRecord, wording: Wording, *, by: User, at: datetime) -> ContactRecord:
    """A new line that says what is right; the wrong one stays, closed month or not."""
    if line.by_id != by.pk and not by.may(Permission.SUPERVISE, line.dealership_id):
        raise Refusal(_("Only who wrote this record, or a manager, can correct it."))
    ContactRecord.objects.select_for_update(of=("self",)).get(pk=line.pk)
    if line.corrections.exists():
        raise Refusal(_("This record was corrected already. Correct its correction."))
    copied = ("dealership", "direction", "kind", "channel", "customer", "vehicle", "visit", "caller", "phone")
    facts = {name: getattr(line, name) for name in copied}
    return enter(ContactRecord(**facts, **vars(wording), corrects=line, started_at=at, at=at, by=by))


def shown_number(customer: Customer) -> str:
    """The number of hers that one is shown first to dial."""
    valid = customer.contact_points.filter(kind=ContactPoint.Kind.PHONE, valid=True)
    point = valid.select_related("dealership").first()
    return point.readable[:40] if point else ""


def _number_dialled(tried: Attempt, task: ContactTask) -> str:
    """The number as it was shown on the screen; none of what was no call."""
    if tried.channel != Channel.PHONE:
        return ""
    return tried.invalidated.readable[:40] if tried.invalidated else shown_number(task.customer)
