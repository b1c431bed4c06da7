"""Vehicle identification numbers: one spelling, and what is doubtful about a number.

A doubtful number is a warning and never a refusal: older vehicles have other numbers, and typing errors have
to be kept until somebody can look at the car.
"""

from __future__ import annotations

import re

from clientela.lib.plates import latin

LENGTH = 17
#: First characters of the regions where the law prescribes the check digit: North America and China.
CHECKED_REGIONS = frozenset("12345HL")
DASHES = re.compile(r"[\s\-‐‑‒–—]")
LETTERS = re.compile("[A-HJ-NPR-Z0-9]+")
VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def normalise(text: str) -> str:
    """The number in Latin capitals, without spaces and hyphens; anything else stays, to be seen."""
    plain = latin(text)
    return plain if plain.isalnum() else DASHES.sub("", plain)


def problems(vin: str) -> list[str]:
    """What is doubtful about a normalised number, as codes; nothing if it can be right.

    `length`: not 17 characters, as with chassis numbers of before 1981. `letters`: I, O, Q or something that
    is no letter or digit among the 17. `check_digit`: the ninth character does not fit the others; said only
    where the law prescribes it.
    """
    if len(vin) != LENGTH:
        return ["length"]
    if not LETTERS.fullmatch(vin):
        return ["letters"]
    if vin[0] in CHECKED_REGIONS and _check_digit(vin) != vin[8]:
        return ["check_digit"]
    return []


def _check_digit(vin: str) -> str:
    """As ISO 3779 and the American rule 49 CFR 565 have it: weighted values, modulo eleven."""
    rest = sum(weight * VALUES[sign] for weight, sign in zip(WEIGHTS, vin, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def tail(vin: str) -> str:
    """The last eight characters, by which workshops know a vehicle."""
    return vin[-8:]
