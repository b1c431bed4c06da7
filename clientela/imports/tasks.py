"""Jobs of imports: a file is rehearsed, then taken in, whether or not the page stays open."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from clientela.contacts import planning
from clientela.lib.refusal import Refusal
from clientela.network import tenancy

from . import importing
from .models import Run


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


@contextmanager
def _at_work_on(run_id: int) -> Iterator[Run]:
    """All or nothing; and whoever waits on the page is told when it came to nothing, in her language."""
    runs = Run.objects.select_related("dealership", "by")
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
