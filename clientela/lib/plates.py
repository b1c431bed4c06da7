"""Number plates: as written for people, and as a key by which a plate is found however it was typed."""

from __future__ import annotations

import unicodedata

#: Cyrillic capitals that look like Latin ones; Russian plates use no others, keyboards produce both.
LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")


def written(text: str) -> str:
    """The plate as people write it, with its hyphens and dots: capitals, single spaces, none around it."""
    return " ".join(text.upper().split())


def key(text: str) -> str:
    """What a plate is searched by: only letters and digits, capitals, Cyrillic look-alikes as Latin ones."""
    plain = latin(text)
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


def latin(text: str) -> str:
    """Capitals in their usual width, with Cyrillic look-alikes made Latin; other scripts stay as they are."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKC", text).upper().translate(LOOK_ALIKES)
