"""Spreadsheets: xlsx, xlsb, xls, ods."""

import pickle
import sys
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from clientela.imports.table import Row
from clientela.imports.unreadable import (
    LARGEST_RATIO,
    LARGEST_UNPACKED,
    MEBIBYTE,
    MOST_COLUMNS,
    UnreadableFile,
)

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The stream in which a workbook with a password is wrapped, as its directory spells it.
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
#: A ratio says nothing about what is small anyway.
SMALL = 16 * MEBIBYTE
MOST_PARTS = 10_000
UNPACKING = Path(__file__).with_name("unpacking.py")
#: Lets the other process work ahead.
PIPE_SIZE = MEBIBYTE


def is_workbook(head: bytes) -> bool:
    return head.startswith((ZIP, OLE))


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: all its lines, also the empty ones."""

    name: str
    names: tuple[str, ...]
    height: int
    lines: Iterator[Row]


def open_sheet(path: Path, named: str | None = None) -> Sheet:
    """The sheet of that name, else the first with rows."""
    _refuse_bomb(path) if zipfile.is_zipfile(path) else _refuse_encrypted(path)
    messages = _unpacked(path, named)
    match next(messages):
        case (str() as name, int() as width, int() as height, list() as names) if width <= MOST_COLUMNS:
            return Sheet(name, tuple(names), height, _lines(messages))
        case (str(), int(), *_):
            refusal = UnreadableFile("too_many_columns", limit=MOST_COLUMNS)
        case code:
            refusal = UnreadableFile(code)
    messages.close()
    raise refusal


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise UnreadableFile("damaged_workbook") from None
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile("encrypted")
    unpacked = sum(part.file_size for part in parts)
    is_packed_too_well = unpacked > SMALL and unpacked > LARGEST_RATIO * path.stat().st_size
    if unpacked > LARGEST_UNPACKED or is_packed_too_well or len(parts) > MOST_PARTS:
        raise UnreadableFile("zip_bomb")


def _refuse_encrypted(path: Path) -> None:
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(MEBIBYTE):
            if ENCRYPTED_PACKAGE in before + chunk:
                raise UnreadableFile("encrypted")
            before = chunk[-len(ENCRYPTED_PACKAGE) :]


def _unpacked(path: Path, named: str | None) -> Generator[Any, None, None]:
    """What the process that unpacks has to say: pickles of our own making, so safe to read."""
    command = [sys.executable, "-I", str(UNPACKING), str(path), *([named] if named else [])]
    pipes: dict[str, Any] = {"stdin": DEVNULL, "stdout": PIPE, "stderr": DEVNULL}
    with Popen(command, **pipes, bufsize=PIPE_SIZE, pipesize=PIPE_SIZE) as child:
        assert child.stdout is not None
        try:
            while (message := pickle.load(child.stdout)) is not None:  # noqa: S301 see above
                yield message
        except (EOFError, pickle.UnpicklingError):
            raise UnreadableFile(_cause_of_death(child)) from None
        finally:
            child.kill()


def _cause_of_death(child: Popen[bytes]) -> str:
    """Killed by the system for want of memory or time, or by what the library could not digest."""
    return "too_much_to_unpack" if child.wait() < 0 else "damaged_workbook"


def _lines(messages: Iterator[Any]) -> Iterator[Row]:
    for line, cells in enumerate(chain.from_iterable(messages), start=1):
        yield Row(line, cells)
