"""What dealers call the columns we know. The names themselves stand in `synonyms.yaml`, to be added to."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


class Field(StrEnum):
    """What a column can tell us."""

    NUMBER = "number"
    CUSTOMER_NAME = "customer_name"
    PHONES = "phones"
    EMAIL = "email"
    REGION = "region"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    NATIONAL_ID = "national_id"
    MEMBER = "member"
    MEMBER_LEVEL = "member_level"
    MEMBER_SINCE = "member_since"
    MAKE = "make"
    MODEL = "model"
    VEHICLE = "vehicle"
    MODEL_YEAR = "model_year"
    VEHICLE_TYPE = "vehicle_type"
    VIN = "vin"
    PLATE = "plate"
    ODOMETER_KM = "odometer_km"
    DELIVERED = "delivered"
    OPENED = "opened"
    CONSULTANT = "consultant"
    TECHNICIAN = "technician"
    AMOUNT = "amount"
    CONDITION = "condition"
    SERVICE_LINE = "service_line"
    WORK = "work"
    RECOMMENDED = "recommended"
    SPECIAL_VEHICLE = "special_vehicle"
    NEXT_SERVICE_KM = "next_service_km"


#: Within a field no order is meant: the name that covers most of a header wins.
_DATA: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
ABBREVIATIONS: dict[str, str] = _DATA["abbreviations"]
IDLE_WORDS = frozenset(_DATA["idle"].split())
#: Some write a sign where others write "amount".
CURRENCY = re.compile(r"\s*[$€£¥₽]+\s*")
HAN = re.compile(r"[\u3400-\u9fff]")
LANGUAGES = ("es", "en", "ru", "zh")


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A header without accents, case, punctuation, abbreviations and idle words."""
    if CURRENCY.fullmatch(name):
        return "importe"
    name = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", " ", name.strip())
    name = unicodedata.normalize("NFKD", name.casefold().replace("ф.и.о", "фио").replace("№", "numero "))
    name = "".join(c for c in name if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", name.replace("n°", "numero ").replace("ё", "е"))
    return " ".join(ABBREVIATIONS.get(word, word) for word in words if word not in IDLE_WORDS)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(plain, listed.split(";"))))


SYNONYMS: dict[Field, tuple[str, ...]] = {
    field: _names(";".join(_DATA["fields"][field][language] for language in LANGUAGES)) for field in Field
}
NOT: dict[Field, tuple[str, ...]] = {
    field: tuple(map(plain, f"{_DATA['fields'][field].get('not', '')} {_DATA['not']}".split())) for field in Field
}
NAME_PARTS = frozenset(_names(_DATA["name_parts"]))
NAME_PARTS_BESIDE_OTHERS = frozenset(_names(_DATA["name_parts_beside_others"]))
KNOWN_NAMES = frozenset(name for names in SYNONYMS.values() for name in names) | NAME_PARTS


def is_known(name: str) -> bool:
    """Is this, to the letter, what some dealer calls a column."""
    return plain(name) in KNOWN_NAMES


def coverage(name: str, field: Field) -> float:
    """How much of a header is a name of the field: 1 if all of it, 0 if none or about something else."""
    header = plain(name)
    if header in SYNONYMS[field]:
        return 1
    if any(_holds(header, word) for word in NOT[field]):
        return 0
    covered = max((len(s.replace(" ", "")) for s in SYNONYMS[field] if _holds(header, s)), default=0)
    return covered / max(1, len(header.replace(" ", "")))


def _holds(header: str, words: str) -> bool:
    """Chinese is written without spaces; elsewhere only whole words count."""
    return words in header if HAN.search(words) else f" {words} " in f" {header} "
