"""A whole import taken back, while nothing depends on it."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clientela.contacts.models import Attempt
from clientela.customers.intake import undoing
from clientela.lib.refusal import Refusal
from clientela.network import tenancy

from .models import Run

if TYPE_CHECKING:
    from clientela.network.models import User

log = logging.getLogger(__name__)


@transaction.atomic
def undo(run: Run, *, by: "User | None", at: datetime) -> None:
    """Remove what the run opened and restore what it changed; all of it, or nothing."""
    run.refuse_unless_it_may_become(Run.State.UNDONE)
    # First, so that of two who take it back at once one waits and is told.
    run.move(Run.State.UNDONE, undone_at=at, undone_by=by)
    forgotten = list(
        Run.objects.filter(dealership=run.dealership_id, state=Run.State.UNDONE)
        .exclude(pk=run.pk)
        .values_list("pk", flat=True)
    )
    depend = _said(run, forgotten)
    if depend:
        sentence = _("This import can no longer be taken back. What builds on it: %(what)s.")
        raise Refusal(sentence % {"what": pgettext("separator", ", ").join(depend)})
    tenancy.attribute(by=by.pk if by else None, at=at, run=run.pk)
    try:
        with transaction.atomic():
            undoing.undo(run.pk, run.dealership, forgotten=forgotten, at=at)
    except IntegrityError as error:
        log.warning("not taken back", extra={"run": run.pk, "held_by": str(error.__cause__)[:200]})
        raise Refusal(_("This import can no longer be taken back: something later builds on it.")) from error
    tenancy.attribute()
    log.info("taken back", extra={"run": run.pk})


def _said(run: Run, forgotten: list[int]) -> list[str]:
    """What depends on the run, in words."""
    found = undoing.dependents(run.pk, run.dealership, forgotten=forgotten)
    again = _brought_again(run)
    calls = Attempt.objects.filter(
        dealership=run.dealership_id, task__visit__in=undoing.visits_of(run.pk, run.dealership)
    ).count()
    words = {
        "calls": ngettext("%(n)s call", "%(n)s calls", calls),
        "again": ngettext(
            "%(n)s row that a later file brought again", "%(n)s rows that a later file brought again", again
        ),
        "visits": ngettext("%(n)s later visit", "%(n)s later visits", found.get("visits", 0)),
        "corrections": ngettext("%(n)s corrected visit", "%(n)s corrected visits", found.get("corrections", 0)),
        "edits": ngettext(
            "%(n)s customer or vehicle changed since",
            "%(n)s customers or vehicles changed since",
            found.get("edits", 0),
        ),
        "merges": ngettext("%(n)s merge", "%(n)s merges", found.get("merges", 0)),
        "files": ngettext("%(n)s file in hand", "%(n)s files in hand", found.get("files", 0)),
        "notes": ngettext("%(n)s note on a customer", "%(n)s notes on customers", found.get("notes", 0)),
        "readings": ngettext("%(n)s later mileage", "%(n)s later mileages", found.get("readings", 0)),
    }
    counts = {name: count for name, count in (("calls", calls), ("again", again)) if count} | found
    return [words[name] % {"n": count} for name, count in counts.items()]


def _brought_again(run: Run) -> int:
    """How many of its rows the later file with most of them told of once more."""
    key = str(run.pk)
    later = Run.objects.filter(dealership=run.dealership_id, state=Run.State.DONE, counts__again__has_key=key)
    return max((int(counts["again"][key]) for counts in later.values_list("counts", flat=True)), default=0)
