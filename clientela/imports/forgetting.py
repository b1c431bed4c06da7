"""Files that were given to us hold people's rows: who is erased goes from them, and in time they all go."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from clientela.customers.models import ContactPoint, Customer, Visit
from clientela.customers.privacy import Identity, Sighting

from .models import Mapping, RefusedLine, Remark, Run

#: What is not needed any more once it was dealt with.
FINISHED = (Run.State.DONE, Run.State.FAILED, Run.State.UNDONE)


def forget(identity: Identity, dealership_id: int) -> None:
    """Let a house's runs no longer name this person.

    The files themselves go with all they hold: to look for one row in every one of them would take minutes, and the
    dealer has the originals. A file that still waits to be imported stays; its rows come as a new customer's.
    """
    for run in Run.objects.filter(dealership_id=dealership_id):
        lines = _refused_lines(run, identity)
        RefusedLine.objects.filter(run=run, line__in=lines).delete()
        hers = [mark for mark in run.remarks.all() if mark.line in lines or _names(mark, identity)]
        _empty_remarks(hers)
        _empty_reading(run, identity)
        if run.state in FINISHED:
            _delete_file(run)
    for mapping in Mapping.objects.filter(dealership_id=dealership_id):
        if identity.stands_in_any([mapping.header, mapping.chosen]):
            mapping.delete()


def seen(identity: Identity, dealership_id: int, customer_ids: Sequence[int]) -> list[Sighting]:
    """The files that brought this person, and the refused rows that name her."""
    runs: set[int | None] = set()
    for model, way in ((Customer, "pk__in"), (ContactPoint, "customer__in"), (Visit, "customer__in")):
        runs |= set(model._default_manager.filter(**{way: customer_ids}).values_list("run", flat=True).distinct())
    found = []
    for run in Run.objects.filter(dealership_id=dealership_id).order_by("uploaded_at"):
        lines = {mark.line for mark in run.remarks.all() if _names(mark, identity)} | _refused_lines(run, identity)
        if lines or run.pk in runs:
            found.append(Sighting(run.name, run.uploaded_at, sorted(lines)))
    return found


def forget_old(*, days: int, at: datetime) -> int:
    """Delete files, refused rows and quoted values of runs that were given longer ago; of how many."""
    count = 0
    for run in Run.objects.filter(uploaded_at__lt=at - timedelta(days=days)).exclude(path=""):
        if run.is_at_work:
            continue
        if run.state == Run.State.REHEARSED:
            run.move(Run.State.FAILED, finished_at=at, problem=_("Nobody imported this file in time. Give it again."))
        run.refused_lines.all().delete()
        _empty_remarks(run.remarks.all())
        run.reading = _without_samples(run.reading)
        run.save(update_fields=["reading"])
        _delete_file(run)
        count += 1
    return count


def _refused_lines(run: Run, identity: Identity) -> set[int]:
    return {row.line for row in run.refused_lines.all().iterator() if identity.stands_in_any(row.cells)}


def _names(mark: Remark, identity: Identity) -> bool:
    return identity.stands_in_any([mark.value, mark.who, mark.facts])


def _empty_remarks(marks: Iterable[Remark]) -> None:
    """The reason stays, without what stood in the cell."""
    changed = list(marks)
    for mark in changed:
        mark.value, mark.who = "", ""
        mark.facts = {key: value if isinstance(value, bool | int) else "" for key, value in mark.facts.items()}
    Remark.objects.bulk_update(changed, ["value", "who", "facts"], batch_size=1000)


def _empty_reading(run: Run, identity: Identity) -> None:
    if identity.stands_in_any(run.reading):
        run.reading = _without_samples(run.reading)
        run.reading = {} if identity.stands_in_any(run.reading) else run.reading
    run.chosen = {} if identity.stands_in_any(run.chosen) else run.chosen
    run.problem = "" if identity.stands_in(run.problem) else run.problem
    run.name = _("a file") if identity.stands_in(run.name) else run.name
    run.save(update_fields=["reading", "chosen", "problem", "name"])


def _without_samples(value: Any) -> Any:
    """How a file was read, without the cells that were quoted from it."""
    if isinstance(value, dict):
        return {key: [] if key == "samples" else _without_samples(inner) for key, inner in value.items()}
    return [_without_samples(inner) for inner in value] if isinstance(value, list) else value


def _delete_file(run: Run) -> None:
    """After the transaction, and only what we keep ourselves: a file that lies elsewhere is not ours."""
    files = Path(settings.MEDIA_ROOT).resolve()
    path = (files / run.path).resolve()
    Run.objects.filter(pk=run.pk).update(path="")
    if run.path and path.is_relative_to(files) and path.is_file():
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
