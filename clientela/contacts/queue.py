"""The queue: the next task, taken in one statement, held by a lease that returns by itself."""

from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clientela.lib import planned_once
from clientela.lib.refusal import Refusal
from clientela.network.models import User

from . import deciding, holding, who
from .holding import NOT_HELD
from .models import ContactTask
from .who import LEADS, MAY_TAKE

#: How long a task stays with who took it; a call with its notes is shorter.
LEASE = timedelta(minutes=20)

# Looked up in turn, the first hit wins: what I hold already, what nobody holds or let run out.
# The coalesce stands in a subquery: bare, row-level security takes it for a leak and reads all tasks of the house.
_CLAIM = f"""
UPDATE contacts_contacttask SET leased_by_id = %(me)s, leased_until = %(until)s,
    -- who still holds it may go on in the window where the call was begun
    fence = fence + CASE WHEN leased_by_id = %(me)s AND leased_until > %(at)s THEN 0 ELSE 1 END
WHERE id = (SELECT coalesce(
    (SELECT id FROM contacts_contacttask
     WHERE dealership_id = %(dealership)s AND state = 'open' AND leased_by_id = %(me)s AND leased_until > %(at)s
     ORDER BY leased_until DESC LIMIT 1 FOR UPDATE SKIP LOCKED),
    (SELECT id FROM contacts_contacttask k
     WHERE dealership_id = %(dealership)s AND state = 'open' AND (leased_by_id IS NULL OR leased_until <= %(at)s)
        AND callable_from <= %(at)s AND {MAY_TAKE} AND {LEADS} AND {NOT_HELD}
     ORDER BY ranks_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)))
RETURNING id
""".replace("k.dealership_id", "%(dealership)s")  # who may take it is asked of one house, not of all one sees


def claim_next(dealership_id: int, *, by: User, at: datetime, today: date) -> int | None:
    """Take the next task of a dealership: the id of the one held now, or None when nobody is to be called.

    `today` is the day there: absences and designations go by it.
    """
    about = {"dealership": dealership_id, "at": at, "until": at + LEASE}
    parameters: dict[str, Any] = about | who.facts(by, dealership_id, today)
    row = planned_once.first(_CLAIM, parameters)
    return row[0] if row else None


@transaction.atomic
def claim(task: ContactTask, *, by: User, at: datetime, in_spite: str = "", to_write: bool = False) -> None:
    """Take one particular task, even before its time. Refused when somebody else is on it, or while it is held.

    In spite of rest hours it may be taken for a reason; to write a contact down that was made, at any time.
    """
    if who.called_first(task, by):
        raise Refusal(_("You made the first contact. This one must be made by somebody else."))
    free = ContactTask.objects.open().filter(pk=task.pk)
    taken = free.filter(leased_by__isnull=True) | free.filter(leased_until__lte=at) | free.filter(leased_by=by)
    rows = taken.select_for_update(skip_locked=True, of=("self",)).values_list("pk", "leased_by", "leased_until")
    ids = [pk for pk, _holder, _until in rows]
    if not ids:
        _say_why_not(task, at)
    on_the_call = any(holder == by.pk and until is not None and until > at for _pk, holder, until in rows)
    if not to_write and not on_the_call:
        _respect_holds(task, in_spite, by, at)
    again = models.Case(models.When(leased_by=by, leased_until__gt=at, then=0), default=1)
    ContactTask.objects.filter(pk__in=ids).update(
        leased_by=by, leased_until=at + LEASE, fence=models.F("fence") + again
    )
    task.refresh_from_db()
    if in_spite:
        deciding.call_in_spite(task, in_spite, by=by, at=at)


def release(task: ContactTask, *, by: User) -> None:
    """Give a task back without an outcome."""
    ContactTask.objects.open().filter(pk=task.pk, leased_by=by).update(leased_by=None, leased_until=None)


def _respect_holds(task: ContactTask, in_spite: str, by: User, at: datetime) -> None:
    """A consent withdrawn holds whatever one says; an hour of rest gives way to a reason."""
    held = holding.holds([task.pk], at=at, today=task.dealership.today(at)).get(task.pk, ())
    if holding.LINE_FREE in held:
        _refuse_beside_others(task, by, at)
    held = tuple(hold for hold in held if hold is not holding.LINE_FREE)
    lasting = [hold for hold in held if hold in holding.UNTIL_LIFTED]
    if held and (lasting or not in_spite):
        holding.mark(task, held[0].code, at=at)
        raise Refusal(holding.sentence(task))


def _refuse_beside_others(task: ContactTask, by: User, at: datetime) -> None:
    """Nobody calls a customer whom somebody else has on the phone for another contact."""
    theirs = ContactTask.objects.open().filter(customer=task.customer_id, leased_until__gt=at)
    other = theirs.exclude(leased_by=by).select_related("leased_by").first()
    if other and other.leased_until:
        _say_who_calls(other, _("%(name)s is on the phone with this customer since %(time)s. Take the next one."))


def _say_why_not(task: ContactTask, at: datetime) -> None:
    task.refresh_from_db()
    if not task.is_open:
        raise Refusal(_("This contact is already concluded: %(state)s.") % {"state": task.get_state_display()})
    if task.leased_by and task.leased_until and task.leased_until > at:
        _say_who_calls(task, _("%(name)s is on this contact since %(time)s. Take the next one."))
    raise Refusal(_("Somebody else is taking this contact right now. Take the next one."))


def _say_who_calls(task: ContactTask, sentence: str) -> NoReturn:
    assert task.leased_until
    since = timezone.localtime(task.leased_until - LEASE, task.dealership.zone)
    raise Refusal(sentence % {"name": task.leased_by, "time": f"{since:%H:%M}"})
