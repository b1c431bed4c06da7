"""Refused rows and doubts, kept aside in a file while a million rows pass: memory stays flat."""

import pickle
from collections.abc import Iterator
from contextlib import AbstractContextManager
from tempfile import TemporaryFile
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Spool(AbstractContextManager["Spool[T]"], Generic[T]):
    """Put in one by one, gone through in the same order, as often as one likes."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  closed by __exit__
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, thing: T) -> None:
        pickle.dump(thing, self._file, protocol=5)
        self._count += 1

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        for _number in range(self._count):
            yield pickle.load(self._file)  # noqa: S301  our own

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
