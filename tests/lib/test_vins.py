from __future__ import annotations

import pytest

from clientela.lib.vins import normalise, problems, tail

#: From a dealer's export in Mexico; the digit in line 199 was altered, those of its neighbours are right.
LINE_199 = "3GN8C04J1SY590701"
NEIGHBOURS = [
    "3GN3ESF49RR628194",
    "3GN0WSMS2S8252760",
    "3GN5V1ZB6PL667127",
    "3GNFLLJB4NK826330",
    "3GNYV9EHXSF462889",
    "3GNEWFN44PV790303",
    "3GNE3H9Z5SP440086",
]


@pytest.mark.parametrize("vin", [*NEIGHBOURS, "LSGHT3XV1R8246815", "LSG06ZHB3PJ655013", "XW8LE8TW4RU824848"])
def test_real_numbers_have_no_problem(vin: str) -> None:
    assert problems(vin) == []


@pytest.mark.parametrize(
    ("vin", "found"),
    [
        (LINE_199, ["check_digit"]),
        ("LSGHT3XV2R8246815", ["check_digit"]),
        ("JM71PCFB8PY702093", []),  # Japan and Europe have no check digit
        ("XW8LE8TW5RU824848", []),
        ("FJ40123456", ["length"]),
        ("", ["length"]),
        ("3GN3ESF49RR62819", ["length"]),
        ("3GN3ESF49RR62819O", ["letters"]),
        ("3GNIESF49RR628194", ["letters"]),
        ("3GNQESF49RR628194", ["letters"]),
        ("3GNЖESF49RR628194", ["letters"]),
        ("3GN?ESF49RR628194", ["letters"]),
        ("3GN3ESF48UR628194", []),  # U is no model year, but the check digit is right
    ],
)
def test_what_is_doubtful_about_a_number(vin: str, found: list[str]) -> None:
    assert problems(vin) == found


def test_there_is_one_spelling() -> None:
    assert normalise(" 3gn3esf49-rr 628194\t") == "3GN3ESF49RR628194"
    assert normalise("ХW8LЕ8ТW4RU824848") == "XW8LE8TW4RU824848"  # typed on a Russian keyboard
    assert normalise("fj40–123456") == "FJ40123456"


def test_a_workshop_knows_a_vehicle_by_its_last_eight_characters() -> None:
    assert tail("3GN3ESF49RR628194") == "RR628194"
    assert tail("FJ40") == "FJ40"
