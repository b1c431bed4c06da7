"""The queue: the next task, taken in one statement, held by a lease that returns by itself."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.network.models import User

from .models import ContactTask

#: How long a task stays with who took it; a call with its notes is shorter.
LEASE = timedelta(minutes=20)

# Looked up in turn, the first hit wins: what I hold already, what somebody let run out, what is free.
# The coalesce stands in a subquery: bare, row-level security takes it for a leak and reads all tasks of the house.
_CLAIM = """
UPDATE contacts_contacttask SET leased_by_id = %(me)s, leased_until = %(until)s,
    -- who still holds it may go on in the window where the call was begun
    fence = fence + CASE WHEN leased_by_id = %(me)s AND leased_until > %(at)s THEN 0 ELSE 1 END
WHERE id = (SELECT coalesce(
    (SELECT id FROM contacts_contacttask
     WHERE dealership_id = %(dealership)s AND state = 'open' AND leased_by_id = %(me)s AND leased_until > %(at)s
     ORDER BY leased_until DESC LIMIT 1 FOR UPDATE SKIP LOCKED),
    (SELECT id FROM contacts_contacttask
     WHERE dealership_id = %(dealership)s AND state = 'open' AND leased_by_id IS NOT NULL
        AND leased_until <= %(at)s AND callable_from <= %(at)s
        AND (assignee_id IS NULL OR assignee_id = %(me)s)
     ORDER BY ranks_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),
    (SELECT id FROM contacts_contacttask
     WHERE dealership_id = %(dealership)s AND state = 'open' AND leased_by_id IS NULL
        AND callable_from <= %(at)s
        AND (assignee_id IS NULL OR assignee_id = %(me)s)
     ORDER BY ranks_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)))
RETURNING id
"""


def claim_next(dealership_id: int, *, by: User, at: datetime) -> int | None:
    """Take the next task of a dealership: the id of the one held now, or None when nobody is to be called."""
    parameters: dict[str, Any] = {"dealership": dealership_id, "me": by.pk, "at": at, "until": at + LEASE}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def claim(task: ContactTask, *, by: User, at: datetime) -> None:
    """Take one particular task, even before its time. Refused when somebody else is on it."""
    free = ContactTask.objects.open().filter(pk=task.pk)
    taken = free.filter(leased_by__isnull=True) | free.filter(leased_until__lte=at) | free.filter(leased_by=by)
    ids = list(taken.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    if not ids:
        _say_why_not(task, at)
    again = models.Case(models.When(leased_by=by, leased_until__gt=at, then=0), default=1)
    ContactTask.objects.filter(pk__in=ids).update(
        leased_by=by, leased_until=at + LEASE, fence=models.F("fence") + again
    )
    task.refresh_from_db()


def release(task: ContactTask, *, by: User) -> None:
    """Give a task back without an outcome."""
    ContactTask.objects.open().filter(pk=task.pk, leased_by=by).update(leased_by=None, leased_until=None)


def _say_why_not(task: ContactTask, at: datetime) -> None:
    task.refresh_from_db()
    if not task.is_open:
        raise Refusal(_("This contact is already concluded: %(state)s.") % {"state": task.get_state_display()})
    if task.leased_by and task.leased_until and task.leased_until > at:
        since = timezone.localtime(task.leased_until - LEASE, task.dealership.zone)
        raise Refusal(
            _("%(name)s is on this contact since %(time)s. Take the next one.")
            % {"name": task.leased_by, "time": f"{since:%H:%M}"}
        )
    raise Refusal(_("Somebody else is taking this contact right now. Take the next one."))
