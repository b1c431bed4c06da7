"""Vehicle identification numbers: one spelling, and what is doubtful about a number.

A doubtful number is a warning and never a refusal: older vehicles have other numbers, and typing errors have
to be kept until somebody can look at the car.
"""

from __future__ import annotations

import re

from vininfo import Vin

from clientela.lib.plates import latin

LENGTH = 17
#: First characters of the regions where the law prescribes the check digit: North America and China.
CHECKED_REGIONS = frozenset("12345HL")


def normalise(text: str) -> str:
    """The number in Latin capitals, without spaces and hyphens; anything else stays, to be seen."""
    return re.sub(r"[\s\-‐‑‒–—]", "", latin(text))


def problems(vin: str) -> list[str]:
    """What is doubtful about a normalised number, as codes; nothing if it can be right.

    `length`: not 17 characters, as with chassis numbers of before 1981. `letters`: I, O, Q or something that
    is no letter or digit among the 17. `check_digit`: the ninth character does not fit the others; said only
    where the law prescribes it.
    """
    if len(vin) != LENGTH:
        return ["length"]
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]+", vin):
        return ["letters"]
    if vin[0] in CHECKED_REGIONS and not Vin(vin).verify_checksum(check_year=False):
        return ["check_digit"]
    return []


def tail(vin: str) -> str:
    """The last eight characters, by which workshops know a vehicle."""
    return vin[-8:]
