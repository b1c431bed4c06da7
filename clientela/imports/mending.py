"""Letters that some program read in the wrong encoding and then saved like that: “JosÃ©” for “José”.

Such a file is readable UTF-8, so nothing about its bytes is wrong. It is written as a way: `utf-8:cp1252:utf-8` is a
file read as UTF-8, whose letters are put back into Windows-1252 and read as UTF-8 once more.
"""

import re
from collections.abc import Callable
from functools import cache

Mend = Callable[[str], str]

#: In what letters are written that were read as another's.
MISREAD_AS = ("cp1252", "cp1251")
#: Of the letters that are not plain, so many must make sense only when mended.
ENOUGH = 0.2


def mending(way: str) -> Mend | None:
    """What makes a text of that way readable; nothing for a plain encoding."""
    _base, *steps = way.split(":")
    if not steps:
        return None
    mends = [_mend(steps[i], steps[i + 1]) for i in range(0, len(steps) - 1, 2)]
    return lambda text: text if text.isascii() else _through(mends, text)


def misread(text: str) -> str:
    """How this text, readable or not, was misread: the end of a way, empty if it was not."""
    found = ""
    for _time in range(2):  # some were saved wrongly twice
        inner = next((inner for inner in MISREAD_AS if _share(inner, text) >= ENOUGH), None)
        if inner is None:
            break
        found += f":{inner}:utf-8"
        text = _mend(inner, "utf-8")(text)
    return found


def as_read(text: str, inner: str = "cp1252") -> bytes | None:
    """The bytes that were taken for that encoding, if all of the letters can have come from it."""
    letters = _letters(inner)
    try:
        return bytes(letters[c] if c > "\x7f" else ord(c) for c in text)
    except KeyError:
        return None


def _through(mends: list[Mend], text: str) -> str:
    for mend in mends:
        text = mend(text)
    return text


@cache
def _mend(inner: str, outer: str) -> Mend:
    if outer != "utf-8":
        return lambda text: (as_read(text, inner) or text.encode()).decode(
            outer if as_read(text, inner) else "utf-8", "replace"
        )
    runs, letters = _runs(inner), _letters(inner)

    def put_right(found: re.Match[str]) -> str:
        try:
            return bytes(letters[c] for c in found[0]).decode()
        except UnicodeDecodeError:
            return found[0]  # a letter that was right all along

    return lambda text: runs.sub(put_right, text)


def _share(inner: str, text: str) -> float:
    strange = sum(1 for c in text if c > "\x7f")
    runs, mend = _runs(inner), _mend(inner, "utf-8")
    mended = sum(len(found) for found in runs.findall(text) if mend(found) != found)
    return mended / max(1, strange)


@cache
def _letters(inner: str) -> dict[str, int]:
    """Letter to byte; for bytes that stand for nothing, also what careless programs make of them."""
    letters = {chr(byte): byte for byte in range(0x80, 0x100)} if inner == "cp1252" else {}
    for byte in range(0x80, 0x100):
        shown = bytes([byte]).decode(inner, "ignore") or chr(byte)
        letters[shown] = byte
    return letters


@cache
def _runs(inner: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(_letters(inner)))}]{{2,}}")
