from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.lib.phones import Phone, digits, national, read


def one(text: str, country: str) -> tuple[str | None, str | None, str]:
    [phone] = read(text, country)
    assert phone.shown == text.strip()
    assert phone.usable is (phone.reason is None)
    return phone.e164, phone.reason, phone.extension


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("(614) 662-4039", "MX", "+526146624039"),
        ("6142011649", "MX", "+526142011649"),
        ("+52 614 152 6903", "MX", "+526141526903"),
        ("(+52) 614 152 6903", "MX", "+526141526903"),
        ("5216146624039", "MX", "+526146624039"),
        ("+52 1 614 662 4039", "CL", "+526146624039"),
        ("044 614 662 4039", "mx", "+526146624039"),
        ("01 614 662 4039", "MX", "+526146624039"),
        ("954507181", "CL", "+56954507181"),
        ("954507181.0", "CL", "+56954507181"),
        ("09 5450 7181", "CL", "+56954507181"),
        ("+56 9 5450 7181", "MX", "+56954507181"),
        ("19739039523", "CN", "+8619739039523"),
        ("19480126214", "CN", "+8619480126214"),  # a range that no list knows yet
        ("１３８００１３８０００", "CN", "+8613800138000"),
        ("（010）62345678", "CN", "+861062345678"),
        ("89128754969", "RU", "+79128754969"),
        ("8 (912) 8499411", "RU", "+79128499411"),
        ("+7 912 1752694", "RU", "+79121752694"),
        ("9128754969", "RU", "+79128754969"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(text: str, country: str, e164: str) -> None:
    assert one(text, country) == (e164, None, "")


@pytest.mark.parametrize(
    ("text", "country", "e164", "extension"),
    [
        ("(614) 662-4039 ext. 12", "MX", "+526146624039", "12"),
        ("(614) 662-4039, ext 12", "MX", "+526146624039", "12"),
        ("2 2345 6789 anexo 305", "CL", "+56223456789", "305"),
        ("8 343 212-34-56 доб. 7", "RU", "+73432123456", "7"),
        ("010-62345678-801", "CN", "+861062345678", "801"),
        ("010-62345678转801", "CN", "+861062345678", "801"),
    ],
)
def test_an_extension_is_kept_apart(text: str, country: str, e164: str, extension: str) -> None:
    assert one(text, country) == (e164, None, extension)


@pytest.mark.parametrize(
    ("text", "country", "reason"),
    [
        ("нет", "RU", "not_a_number"),
        ("n/a", "MX", "not_a_number"),
        ("pendiente 2", "MX", "not_a_number"),
        ("614", "MX", "too_short"),
        ("6624039", "MX", "no_area_code"),
        ("614 662 4039 99", "MX", "too_long"),
        ("+999 1234567", "MX", "unknown_country"),
        ("614 662 4039", "", "unknown_country"),
    ],
)
def test_what_cannot_be_dialled_is_kept_with_its_reason(text: str, country: str, reason: str) -> None:
    assert one(text, country) == (None, reason, "")


@pytest.mark.parametrize("text", ["", "   ", "-", "--- / ---"])
def test_an_empty_cell_holds_no_number(text: str) -> None:
    assert read(text, "MX") == []


@pytest.mark.parametrize(
    "text",
    [
        "614 997 1871 / 614 178 1799",
        "6149971871;6141781799",
        "6149971871、6141781799",
        "6149971871, 6141781799",
        "614 997 1871\n614 178 1799",
        "6149971871 6141781799",
        "614 997 1871  614 178 1799",
        "614 997 1871 y 614 178 1799",
        "casa 614 997 1871 oficina 614 178 1799",
        "614 997 1871 (casa) 614 178 1799 (esposa)",
        "614 997 1871 / 614 178 1799 / 6149971871",
    ],
)
def test_a_cell_may_hold_several_numbers_each_is_read_once(text: str) -> None:
    assert [phone.e164 for phone in read(text, "MX")] == ["+526149971871", "+526141781799"]


def test_the_words_beside_a_number_stay_with_it() -> None:
    assert read("casa 614 997 1871 oficina 614 178 1799", "MX") == [
        Phone("+526149971871", "casa 614 997 1871"),
        Phone("+526141781799", "oficina 614 178 1799"),
    ]
    assert read("614 997 1871/72, no contesta", "MX") == [
        Phone("+526149971871", "614 997 1871"),
        Phone(None, "72", "too_short"),
        Phone(None, "no contesta", "not_a_number"),
    ]


thoroughly = settings(deadline=None, derandomize=True, database=None, max_examples=300)


@given(
    numbers=st.lists(st.text("0123456789０٣ -.()", min_size=1, max_size=14), max_size=5, unique_by=digits),
    between=st.sampled_from(["/", ", ", "; ", "、", "\n", " y ", " ext ", " доб. ", " casa ", "转", "+"]),
    country=st.sampled_from(["", "MX", "CL", "CN", "RU"]),
)
@thoroughly
def test_no_digit_is_ever_lost(numbers: list[str], between: str, country: str) -> None:
    text = between.join(numbers)
    phones = read(text, country)

    # The same number written in two ways is kept once; where none can be dialled, all are kept.
    if not any(phone.usable for phone in phones):
        assert "".join(digits(phone.shown) for phone in phones) == digits(text)
    position = 0
    for phone in phones:
        position = text.index(phone.shown, position) + len(phone.shown)


@given(st.text(max_size=40), st.text(max_size=3))
@thoroughly
def test_any_text_can_be_read(text: str, country: str) -> None:
    for phone in read(text, country):
        assert phone.shown in text
        assert phone.usable is (phone.reason is None)


@pytest.mark.parametrize(
    ("e164", "country", "shown"),
    [
        ("+526146624039", "MX", "614 662 4039"),
        ("+56954507181", "cl", "9 5450 7181"),
        ("+8619739039523", "CN", "197 3903 9523"),
        ("+79128754969", "RU", "8 (912) 875-49-69"),
        ("+79128754969", "MX", "+7 912 875-49-69"),
        ("+526146624039", "", "+52 614 662 4039"),
    ],
)
def test_people_see_a_number_as_their_country_writes_it(e164: str, country: str, shown: str) -> None:
    assert national(e164, country) == shown


def test_what_is_no_number_cannot_be_shown_as_one() -> None:
    with pytest.raises(ValueError, match="'нет' is not a number"):
        national("нет", "RU")


def test_digits_are_what_a_search_falls_back_on() -> None:
    assert digits("(614) 662-4039 ext. １２ ½²") == "614662403912"
