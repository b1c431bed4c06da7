"""Jobs of imports: a file is rehearsed, then taken in, whether or not the page stays open."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from clientela.contacts import planning
from clientela.customers import privacy
from clientela.lib.refusal import Refusal
from clientela.network import tenancy

from . import dropping, forgetting, importing
from .models import Run

log = logging.getLogger(__name__)
#: A worker that has not been heard of for so long is dead.
SILENCE = timedelta(minutes=2)
#: So often is a file tried of which the worker died.
MOST_TRIES = 3


@app.task(queue="imports")
def rehearse(run_id: int) -> None:
    with _at_work_on(run_id) as run:
        importing.rehearse(run, at=timezone.now())


@app.task(queue="imports")
def perform(run_id: int) -> None:
    """Import, and plan what follows, in one transaction."""
    at = timezone.now()
    with _at_work_on(run_id) as run:
        importing.perform(run, at=at)
        planning.plan(at=at, dealership_ids=[run.dealership_id])


@app.task(queue="upkeep", queueing_lock="forget old files")
def forget_old_files(timestamp: int) -> None:
    """What was given to us is kept as long as docs/privacy.yaml says."""
    with tenancy.everywhere():
        forgetting.forget_old(days=privacy.load().import_files_days, at=timezone.now())


@app.task(queue="imports", queueing_lock="take what was dropped")
def take_dropped(timestamp: int) -> None:
    """The files that lie in the drop folder, one after the other; the fault of one keeps no other waiting."""
    for path in dropping.waiting(at=timezone.now()):
        try:
            with dropping.alone_with(path.parent.name, path.name) as is_mine:
                if is_mine and path.exists():
                    _take(path)
        except Exception:
            log.exception("dropped file not taken", extra={"dealership": path.parent.name})


def _take(path: Path) -> None:
    """Imported if it is understood, else left for a person to look at."""
    at = timezone.now()
    try:
        with tenancy.everywhere():
            run = dropping.given(path, at=at)
    except Refusal as refused:
        log.warning("dropped file refused", extra={"dealership": path.parent.name, "why": refused.sentence})
        dropping.put_away(path, refused=True)
        return
    with _at_work_on(run.pk) as found:
        importing.rehearse(found, at=at)
    with tenancy.everywhere():
        run = Run.objects.get(pk=run.pk)
        understood = dropping.is_understood(run)
        if understood:
            run.move(Run.State.IMPORTING)
    if understood:
        perform(run_id=run.pk)
    with tenancy.everywhere():
        run.refresh_from_db()
    dropping.put_away(path, refused=run.state == Run.State.FAILED)


@app.task(queue="upkeep", queueing_lock="go on with imports")
def go_on(timestamp: int) -> None:
    """Files left at work by a worker that died are tried again, or told to have failed."""
    since = timezone.now() - SILENCE
    at_work = [Run.State.UPLOADED, Run.State.IMPORTING]
    with tenancy.everywhere():
        left = list(Run.objects.select_related("dealership").filter(state__in=at_work, uploaded_at__lt=since))
    for run in left:
        if run.origin == Run.Origin.FOLDER:
            with dropping.alone_with(run.dealership.code, run.name) as nobody_has_it:
                if nobody_has_it:
                    _fail(run.pk, _("The import broke off. Nothing was written; the file will be taken once more."))
        else:
            _go_on_with(run)


def _go_on_with(run: Run) -> None:
    task = perform if run.state == Run.State.IMPORTING else rehearse
    jobs = ProcrastinateJob.objects.filter(task_name=task.name, args__run_id=run.pk)
    if any(map(_is_alive, jobs.filter(status__in=["todo", "doing"]).select_related("worker"))):
        return
    if jobs.count() >= MOST_TRIES:
        _fail(run.pk, _("The import broke off by a fault of ours. Nothing was written. Give the file again."))
        return
    log.warning("import tried again", extra={"run": run.pk, "tries": jobs.count()})
    task.defer(run_id=run.pk)


def _is_alive(job: ProcrastinateJob) -> bool:
    """Waiting, or in the hands of a worker that was heard of lately."""
    if job.status == "todo":
        return True
    return job.worker is not None and timezone.now() - job.worker.last_heartbeat < SILENCE


@contextmanager
def _at_work_on(run_id: int) -> Iterator[Run]:
    """All or nothing; and whoever waits on the page is told when it came to nothing, in her language."""
    runs = Run.objects.select_related("dealership", "by", "mapping", "like")
    with tenancy.everywhere():
        run = runs.get(pk=run_id)
    with translation.override(run.by.language if run.by else run.dealership.locale):
        try:
            with tenancy.everywhere():
                yield run
        except Refusal as refused:
            _fail(run_id, refused.sentence)
        except Exception:
            _fail(run_id, _("The import broke off by a fault of ours. Nothing was written. Give the file again."))
            raise


def _fail(run_id: int, problem: str) -> None:
    with tenancy.everywhere():
        run = Run.objects.get(pk=run_id)
        if run.is_at_work:  # else somebody was faster, and what she did stands
            run.move(Run.State.FAILED, problem=problem, finished_at=timezone.now())
