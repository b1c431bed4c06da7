"""Throwing a file away that was not imported: nothing of it was written, so nothing of it need be kept."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clientela.lib.refusal import Refusal

from .models import Run

THROWN_AWAY = (Run.State.REHEARSED, Run.State.FAILED)


@transaction.atomic
def discard(run: Run) -> None:
    """Remove the run, what was found wrong with it, and the file itself."""
    kept = Run.objects.select_for_update(of=("self",)).filter(pk=run.pk, dealership=run.dealership_id)
    if not kept.filter(state__in=THROWN_AWAY).exists():
        raise Refusal(_("Somebody is at work on this file, or it is imported already. It was not thrown away."))
    kept.delete()
    folder = Path(settings.MEDIA_ROOT)
    path = folder / run.path
    # The demonstration's files lie elsewhere and are not ours to remove.
    if path.is_relative_to(folder):
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
