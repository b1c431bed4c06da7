"""The drop folder: files that a dealer's system leaves at night, `drop/<code of the dealership>/`.

A file is taken once nobody writes it any more. What is understood is imported; what is not waits, rehearsed, for a
person to decide. Then it is moved to `done/` or `refused/` beside where it lay. Until then it stays where it is: a
worker that dies loses nothing, and importing a file twice changes nothing.
"""

import logging
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from clientela.network.models import Dealership

from . import importing
from .models import Run

log = logging.getLogger(__name__)

#: A file that changed since may still be being written.
QUIET = timedelta(minutes=1)
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
DONE, REFUSED = "done", "refused"
#: Of a file whose columns were only guessed so many rows may be refused; with more, the guess was wrong.
MOST_REFUSED = 0.2


def waiting(*, at: datetime) -> list[Path]:
    """Files to be taken now, the oldest first; folders of no dealership are named in the log."""
    place = Path(settings.DROP_FOLDER)
    codes = set(Dealership.objects.values_list("code", flat=True))
    houses = [house for house in sorted(place.iterdir()) if house.is_dir()] if place.is_dir() else []
    for house in houses:
        if house.name not in codes:
            log.warning("no such dealership", extra={"folder": house.name})
    found = [file for house in houses if house.name in codes for file in house.iterdir() if _is_ready(file, at)]
    return sorted(found, key=lambda file: (file.stat().st_mtime, file.name))


@contextmanager
def alone_with(house: str, name: str) -> Iterator[bool]:
    """Whether nobody else has this file in hand. Held by a connection of its own, so it ends with the process."""
    outside = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with outside.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"drop {house}/{name}"])
            yield bool(cursor.fetchone()[0])
    finally:
        outside.close()


def given(path: Path, *, at: datetime) -> Run:
    """The file as a run of the dealership whose folder it lies in."""
    house = Dealership.objects.get(code=path.parent.name)
    with path.open("rb") as file:
        kept = importing.store(path.name, iter(lambda: file.read(1 << 20), b""), uuid.uuid4().hex)
    return importing.open_run(kept, path.name, house, by=None, at=at, origin=Run.Origin.FOLDER)


def is_understood(run: Run) -> bool:
    """Whether it may be imported with nobody looking: by a saved mapping, or because nearly all rows make sense."""
    if run.state != Run.State.REHEARSED or not run.good:
        return False
    return bool(run.mapping_id) or run.counts["refused"] <= MOST_REFUSED * run.counts["rows"]


def put_away(path: Path, *, refused: bool) -> None:
    """Under its name, or the next that is free."""
    place = path.parent / (REFUSED if refused else DONE)
    place.mkdir(exist_ok=True)
    target, number = place / path.name, 1
    while target.exists():
        number += 1
        target = place / f"{path.stem}-{number}{path.suffix}"
    shutil.move(path, target)


def _is_ready(file: Path, at: datetime) -> bool:
    if file.name.startswith((".", "~")) or file.name.lower().endswith(UNFINISHED):
        return False
    if file.is_symlink() or not file.is_file():
        return False
    return file.stat().st_mtime <= (at - QUIET).timestamp()
