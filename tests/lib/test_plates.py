from __future__ import annotations

import pytest

from clientela.lib.plates import key, written


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("EKV-573-C", "EKV573C"),
        (" ekv 573 c ", "EKV573C"),
        ("JDBV90", "JDBV90"),
        ("JD·BV·90", "JDBV90"),
        ("А480ВС96", "A480BC96"),
        ("а 480 вс 96", "A480BC96"),
        ("A480BC96", "A480BC96"),
        ("京N00909", "京N00909"),
        ("京Ｎ·00909", "京N00909"),
        ("1234 ЖШ", "1234ЖШ"),
        ("", ""),
    ],
)
def test_a_plate_is_found_however_it_was_typed(text: str, found_by: str) -> None:
    assert key(text) == found_by
    assert key(key(text)) == key(text)


def test_people_see_it_as_written() -> None:
    assert written("  ekv-573-c ") == "EKV-573-C"
    assert written("а 480  вс 96") == "А 480 ВС 96"
