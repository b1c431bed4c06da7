"""Telephone numbers: what a cell of somebody's spreadsheet holds, in the one form that can be dialled.

A number counts as usable when its length can be right in its country. Whether its range has been given out
is not asked: carriers get new ranges faster than any list learns of them, and a number refused is a customer
never called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

EXTENSION = r"(?:(?:ext(?:ensi[oó]n)?|anexo|int(?:erno)?|доб(?:авочный)?|вн(?:утр)?|转|分机)[.:\s]*|[x#]\s*)"
SEPARATOR = re.compile(rf"[/,;、，；|\n\r]+(?!\s*{EXTENSION}\d)", re.IGNORECASE)
#: A number as people write it; a plus or a word ends it, spaces do not.
NUMBER = re.compile(
    r"(?P<number>[+＋]?[(（]?\d(?:[\d\s().（）\-－‐‑–]*\d)?)"
    rf"(?:[\s,;]*{EXTENSION}(?P<extension>\d{{1,7}}))?",
    re.IGNORECASE,
)
#: Spreadsheets turn a number into 954507181.0.
DECIMAL = re.compile(r"(\d{7,})[.,]0+")
#: Prefixes that a country, by calling code, has abolished and address books keep: Mexico, Chile.
ABOLISHED = {52: re.compile(r"(?:1|01|044|045)(\d{10})"), 56: re.compile(r"0(\d{9})")}
#: In China people write the extension behind the number with another hyphen.
CHINESE_EXTENSION = re.compile(r"(\(?0\d{2,3}\)?[\s-]?\d{7,8})-(\d{1,6})")

#: One number of a country, written as most are: nothing beside it, no prefix in doubt. Half of an import would
#: otherwise be spent on taking these apart.
PLAIN = re.compile(r"\(?\d{2,4}\)?[ -]?[\d -]{4,12}\d")
NOT_A_DIGIT = str.maketrans("", "", "() -")
PLAIN_OF = {
    "MX": (re.compile(r"[2-9]\d{9}"), "+52", 0),
    "CL": (re.compile(r"[2-9]\d{8}"), "+56", 0),
    "RU": (re.compile(r"8?[349]\d{9}"), "+7", -10),
    "CN": (re.compile(r"1[3-9]\d{9}"), "+86", 0),
}

REASONS = {
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "wrong_length",
    ValidationResult.INVALID_COUNTRY_CODE: "unknown_country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "no_area_code",
}
PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "unknown_country",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """One number of a cell: in E.164 if it can be dialled, and as the source wrote it, with words beside it.

    `reason` says why it cannot be dialled: `not_a_number`, `too_short`, `too_long`, `wrong_length`,
    `no_area_code` or `unknown_country`.
    """

    e164: str | None
    shown: str
    reason: str | None = None
    extension: str = ""

    @property
    def usable(self) -> bool:
        return self.e164 is not None


def read(text: str, country: str) -> list[Phone]:
    """All telephone numbers in a cell, in order, each once; what cannot be dialled is kept with a reason.

    `country` (ISO 3166, two letters) is where numbers without a country code belong.
    """
    if plain := _plain(text, country):
        return [plain]
    found: dict[tuple[str, str], Phone] = {}
    for piece in _pieces(text):
        for phone in _phones(piece, country.upper()):
            found.setdefault((phone.e164 or phone.shown, phone.extension), phone)
    return list(found.values())


def national(e164: str, country: str) -> str:
    """A number as people in `country` write it; with the country code if it belongs to another one.

    ValueError: it is not a number in E.164.
    """
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException as error:
        raise ValueError(f"{e164!r} is not a number in E.164.") from error
    at_home = number.country_code == phonenumbers.country_code_for_region(country.upper())
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def digits(text: str) -> str:
    """Only the digits, in ASCII: what a search can always fall back on."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def _plain(text: str, country: str) -> Phone | None:
    if country not in PLAIN_OF or not text.isascii() or not PLAIN.fullmatch(text):
        return None
    usual, code, start = PLAIN_OF[country]
    number = text.translate(NOT_A_DIGIT)
    return Phone(code + number[start:], text) if usual.fullmatch(number) else None


def _pieces(text: str) -> Iterator[str]:
    """The cell cut into what should be one number each, together with the words beside it."""
    if not digits(text) or DECIMAL.fullmatch(text.strip()):
        parts = [text]
    else:
        parts = [piece for part in SEPARATOR.split(text) for piece in _apart_at_words(part)]
    return (part.strip() for part in parts if any(map(str.isalnum, part)))


def _apart_at_words(part: str) -> Iterator[str]:
    """'casa 614… trabajo 614…' as two: words stand before their numbers if the first does, else behind."""
    numbers = list(NUMBER.finditer(part))
    words_lead = part.lstrip()[:1].isalpha()
    start = 0
    for number, following in pairwise(numbers):
        cut = number.end() if words_lead else following.start()
        yield part[start:cut]
        start = cut
    yield part[start:]


def _phones(piece: str, country: str) -> list[Phone]:
    """One number; or two, if the whole is too long to be one and is two numbers with a space between them."""
    if plain := _plain(piece, country):
        return [plain]
    whole = _phone(piece, country)
    if whole.reason == "too_long":
        for space in re.finditer(r"\s+", piece):
            both = [_phone(piece[: space.start()], country), _phone(piece[space.end() :], country)]
            if all(map(_is_known, both)):
                return both
    return [whole]


def _phone(piece: str, country: str) -> Phone:
    match = NUMBER.search(DECIMAL.sub(r"\1", piece))
    if not match:
        return Phone(None, piece, "not_a_number")
    written, extension = match["number"], match["extension"] or ""
    if country == "CN" and (parts := CHINESE_EXTENSION.fullmatch(written)):
        written, extension = parts.groups()
    try:
        number = _mend(phonenumbers.parse(written, country))
    except NumberParseException as error:
        return Phone(None, piece, PARSE_REASONS.get(error.error_type, "not_a_number"), extension)
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        return Phone(None, piece, REASONS[verdict], extension)
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), piece, None, extension)


def _mend(number: PhoneNumber) -> PhoneNumber:
    code = number.country_code
    if code in ABOLISHED:
        old = ABOLISHED[code].fullmatch(phonenumbers.national_significant_number(number))
        return phonenumbers.parse(f"+{code}{old[1]}") if old else number
    return number


def _is_known(phone: Phone) -> bool:
    return phone.e164 is not None and phonenumbers.is_valid_number(phonenumbers.parse(phone.e164))
