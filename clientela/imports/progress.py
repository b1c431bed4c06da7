"""How far an import has come, for whoever looks: written past its own transaction, which nobody can look into."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from clientela.lib.postgres import PLANNER

from .models import Run

T = TypeVar("T")
#: A file is done before anybody looks if it has fewer.
WORTH_TELLING = 2_000
#: At most so often is it written down.
STEPS = 50
#: Reading takes this part of the work, the database does the rest.
READING = 0.6


class Progress:
    """Of about so many lines, how many are done."""

    def __init__(self, run: int, total: int, outside: BaseDatabaseWrapper | None) -> None:
        self._run = run
        self._total = max(1, total)
        self._outside = outside

    def counting(self, rows: Iterable[T]) -> Iterator[T]:
        """The same rows; while they pass it is told."""
        step = max(WORTH_TELLING // 2, self._total // STEPS)
        for number, row in enumerate(rows, start=1):
            if number % step == 0:
                self.tell(min(1.0, number / self._total) * READING)
            yield row

    def tell_of_merging(self, share: float) -> None:
        self.tell(READING + share * (1 - READING))

    def tell(self, share: float) -> None:
        if self._outside is None:
            return
        with suppress(OperationalError), self._outside.cursor() as cursor:
            cursor.execute(
                "UPDATE imports_run SET done = %s, total = %s WHERE id = %s AND state IN ('uploaded', 'importing')",
                [int(self._total * share), self._total, self._run],
            )


@contextmanager
def of(run: Run, total: int) -> Iterator[Progress]:
    """A connection of its own, for as long as it takes. It waits for nobody: the import itself may hold the row."""
    if total < WORTH_TELLING:
        yield Progress(run.pk, total, None)
        return
    outside = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with outside.cursor() as cursor:
            # For the whole of the connection, which serves nobody else and ends here.
            cursor.execute(f"SET ROLE {PLANNER}; SET lock_timeout = '50ms'")
        yield Progress(run.pk, total, outside)
    finally:
        outside.close()
