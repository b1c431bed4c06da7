"""What one cell says: a text, a day, a number. What it cannot say is refused with the reason and the remedy.

Nothing is ever evaluated: a cell that looks like a formula is the text it shows.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from clientela.imports.reasons import CodedRefusal
from clientela.imports.table import BLANKS, Cell

Order = Literal["dmy", "mdy", "ymd"]
Mark = Literal[",", "."]
ServiceLine = Literal["repair", "care", "beauty"]

LONGEST_TEXT = 2_000
LONGEST_QUOTE = 60
#: Control characters, marks of writing direction and zero width, halves of characters.
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
#: No car has gone further; what is larger is a telephone number in the wrong column.
MOST_KILOMETRES = 3_000_000
EARLIEST_YEAR, LATEST_YEAR = 1880, 2199
#: Two digits above this are of the last century, as everywhere else.
LAST_SHORT_YEAR = 68
#: Spreadsheets count days from here; a bare number in this range is such a count (1954 to 2119).
SPREADSHEET_EPOCH = date(1899, 12, 30)
SPREADSHEET_DAYS = range(20_000, 80_001)

ORDERS = {"dmy": _("day/month/year"), "mdy": _("month/day/year"), "ymd": _("year-month-day")}
SENTENCES = {
    "missing": _("This cell is empty. Fill it in."),
    "too_long": _("This text is longer than %(limit)s characters. Shorten it."),
    "lost_letters": _("“%(value)s”: some letters cannot be read. Write them again."),
    "not_a_date": _("“%(value)s” is not a date. Write it like 15/02/2026."),
    "no_such_day": _("%(value)s: %(month)s has no day %(day)s. Correct the date."),
    "no_leap_day": _("%(value)s: %(year)s has no 29 February. Correct the date."),
    "no_such_month": _("%(value)s: there is no month %(number)s. Dates of this column are read as %(order)s."),
    "no_such_year": _("%(value)s: the year %(year)s cannot be right. Correct the date."),
    "no_such_time": _("%(value)s: there is no such time of day. Correct the time."),
    "not_a_number": _("“%(value)s” is not a number. Write digits only."),
    "scientific": _(
        "%(value)s has lost its digits in the spreadsheet. Format the column as a number and export again."
    ),
    "negative": _("%(value)s: this cannot be less than zero. Correct the number."),
    "too_far": _("%(value)s km is further than any car has gone. Correct the number."),
    "not_a_flag": _("“%(value)s” is neither yes nor no. Write yes, no or nothing."),
    "not_a_condition": _("“%(value)s” is neither new nor used. Write one of the two."),
    "not_a_service_line": _("“%(value)s” is none of repair, care or beauty."),
    "not_an_email": _("“%(value)s” is not an e-mail address."),
    "not_a_phone": _("“%(value)s” is not a telephone number."),
    "future": _("%(value)s lies in the future. Correct the date, or import the row when it has happened."),
    "too_long_ago": _("%(value)s is too long ago to be right. Correct the date."),
    "not_a_name": _("“%(value)s” is not a name: it has no letters. Write the customer's name."),
    "not_a_model_year": _("“%(value)s” cannot be the year of a model."),
    "no_vehicle": _("Nothing says which vehicle this is. Give its VIN, its plate or its model."),
    "no_owner": _(
        "This line names no customer, and nobody is known as owner of the vehicle. Add the customer's name, "
        "or import the file as vehicles."
    ),
    "too_many_cells": _(
        "This line has %(found)s cells, the header %(expected)s. A separator in a cell needs quotation marks."
    ),
}


class BadCell(CodedRefusal):
    """A cell that does not say what its column promises."""

    sentences = SENTENCES
    words = {"month": MONTHS, "order": ORDERS}


class Moment(NamedTuple):
    day: date
    time: time | None


# Text


def text(cell: Cell) -> str:
    """What the cell shows, on one line, without control characters or doubled spaces."""
    if isinstance(cell, str):
        shown = cell.strip()
        if not (shown.isprintable() and "  " not in shown and (shown.isascii() or _is_clean(shown))):
            shown = _tidy(shown)
    else:
        shown = _shown(cell)
    if len(shown) > LONGEST_TEXT:
        raise BadCell("too_long", limit=LONGEST_TEXT)
    return shown


def _is_clean(shown: str) -> bool:
    return unicodedata.is_normalized("NFC", shown) and "\ufffd" not in shown


def _tidy(shown: str) -> str:
    if "\ufffd" in shown:
        raise BadCell("lost_letters", value=quote(shown))
    spaced = (" " if character.isspace() else character for character in unicodedata.normalize("NFC", shown))
    return " ".join("".join(c for c in spaced if unicodedata.category(c) not in INVISIBLE).split())


def _shown(cell: int | float | date | None) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.isoformat(" ", "seconds" if cell.second else "minutes")
        case float():
            return format(Decimal(repr(cell)), "f")
        case _:
            return str(cell)


def quote(cell: Cell) -> str:
    """As much of a cell as fits into a sentence about it."""
    shown = cell if isinstance(cell, str) else _shown(cell)
    shown = " ".join("".join(c if c.isprintable() else " " for c in shown[: LONGEST_QUOTE * 2]).split())
    return shown if len(shown) <= LONGEST_QUOTE else shown[: LONGEST_QUOTE - 1] + "…"


def _plain(cell: str) -> str:
    """Full-width digits, non-breaking spaces and the like as everyone else writes them."""
    return (cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).strip(BLANKS)


# Days and moments

DATE = re.compile(
    r"(?P<a>\d{1,4})\s*[./\-年 ]\s*(?P<b>\d{1,2})\s*[./\-月 ]\s*(?P<c>\d{4}|\d{1,2})"
    r"(?:\s*(?:日|г\.?))?(?P<rest>.*)",
    re.DOTALL,
)
WRITTEN_DATE = re.compile(
    r"(?P<day>\d{1,2})[\s./\-]+(?:de\s+)?(?P<month>[^\W\d_]{3,10})\.?[\s./\-]+(?:de\s+)?(?P<year>\d{4}|\d{2})"
    r"(?:\s*г\.?)?(?P<rest>\D.*)?",
    re.DOTALL,
)
COMPACT_DATE = re.compile(r"(?P<a>(?:19|20)\d\d)(?P<b>[01]\d)(?P<c>[0-3]\d)(?P<rest>)")
TIME = re.compile(
    r"[\s,T]*(?P<hour>\d{1,2})[:时点h](?P<minute>\d{2})分?(?::?(?P<second>\d{2})(?:[.,]\d+)?秒?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?:Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
#: Three letters tell months apart in Spanish, English and Russian; where two languages share them they agree.
MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        [
            "ene jan янв",
            "feb фев",
            "mar мар",
            "abr apr апр",
            "may май мая",
            "jun июн",
            "jul июл",
            "ago aug авг",
            "sep set сен",
            "oct окт",
            "nov ноя",
            "dic dec дек",
        ],
        start=1,
    )
    for name in names.split()
}


def day_order(samples: Iterable[Cell], default: Order = "dmy") -> Order:
    """How a column orders day, month and year: as most of its cells allow, else by default."""
    return likeliest_order(order_votes(samples), default)


def order_votes(samples: Iterable[Cell]) -> dict[Order, int]:
    """How many cells are days in each order."""
    written = [sample for sample in samples if isinstance(sample, str) and sample]
    return {order: sum(_is_day(sample, order) for sample in written) for order in get_args(Order)}


def likeliest_order(votes: dict[Order, int], default: Order = "dmy") -> Order:
    return max(votes, key=lambda order: (votes[order], order == default))


def _is_day(cell: str, order: Order) -> bool:
    try:
        _written_moment(cell, order)
    except BadCell:
        return False
    return True


def day(cell: Cell, order: Order) -> date:
    return moment(cell, order).day


def moment(cell: Cell, order: Order) -> Moment:
    """A day, and the time of day where one is given. Midnight sharp is how programs write "no time"."""
    match cell:
        case datetime():
            return _moment(cell.date(), cell.time().replace(microsecond=0))
        case date():
            return Moment(_in_range(cell, cell), None)
        case str():
            return _written_moment(cell, order)
        case int() | float() if SPREADSHEET_DAYS[0] <= cell <= SPREADSHEET_DAYS[-1]:
            return _counted_moment(float(cell))
        case None:
            raise BadCell("missing")
        case _:
            raise BadCell("not_a_date", value=quote(cell))


def _counted_moment(days: float) -> Moment:
    seconds = round(days % 1 * 86_400)
    at = datetime.combine(SPREADSHEET_EPOCH, time()) + timedelta(days=int(days), seconds=seconds)
    return _moment(at.date(), at.time())


@lru_cache(maxsize=16_384)
def _written_moment(cell: str, order: Order) -> Moment:
    """The same few days recur all over a file, hence the cache."""
    shown = _plain(cell)
    if not shown:
        raise BadCell("missing")
    if shown.isdecimal() and len(shown) == 5 and int(shown) in SPREADSHEET_DAYS:
        return _counted_moment(int(shown))
    if found := COMPACT_DATE.fullmatch(shown) or DATE.fullmatch(shown):
        year, month, number = _in_order(found["a"], found["b"], found["c"], order)
    elif (found := WRITTEN_DATE.fullmatch(shown)) and (name := found["month"][:3].casefold()) in MONTH_NAMES:
        year, month, number = found["year"], str(MONTH_NAMES[name]), found["day"]
    else:
        raise BadCell("not_a_date", value=quote(cell))
    on = _checked_day(year, month, number, order, cell)
    return _moment(on, _time_of_day(found["rest"] or "", cell))


def _in_order(a: str, b: str, c: str, order: Order) -> tuple[str, str, str]:
    """Year, month and day. Four digits in front are a year whatever the column's order."""
    if len(a) > 2 or (order == "ymd" and len(c) <= 2):
        return a, b, c
    return (c, a, b) if order == "mdy" else (c, b, a)


def _checked_day(year: str, month: str, number: str, order: Order, cell: str) -> date:
    y, m, d = _full_year(year), int(month), int(number)
    if not 1 <= m <= 12:
        raise BadCell("no_such_month", value=quote(cell), number=m, order=order)
    if not EARLIEST_YEAR <= y <= LATEST_YEAR:
        raise BadCell("no_such_year", value=quote(cell), year=y)
    try:
        return date(y, m, d)
    except ValueError:
        if (m, d) == (2, 29):
            raise BadCell("no_leap_day", value=quote(cell), year=y) from None
        raise BadCell("no_such_day", value=quote(cell), month=m, day=d) from None


def _full_year(year: str) -> int:
    if len(year) > 2:
        return int(year)
    return int(year) + (2000 if int(year) <= LAST_SHORT_YEAR else 1900)


def _time_of_day(rest: str, cell: str) -> time:
    if not rest.strip():
        return time()
    found = TIME.fullmatch(rest)
    if not found:
        raise BadCell("not_a_date", value=quote(cell))
    try:
        return time(_hour(found), int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        raise BadCell("no_such_time", value=quote(cell)) from None


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"])
    if not found["half"]:
        return hour
    return hour % 12 + (12 if found["half"][0] in "pP" else 0)


def _moment(on: date, at: time) -> Moment:
    return Moment(_in_range(on, on), at if at != time() else None)


def _in_range(on: date, cell: Cell) -> date:
    if not EARLIEST_YEAR <= on.year <= LATEST_YEAR:
        raise BadCell("no_such_year", value=quote(cell), year=on.year)
    return on


# Numbers

MONEY_SIGNS = re.compile(
    r"(?:[$€£¥₽元₸]|u\$s|us\$|mx\$|руб\.?|р\.|(?<![^\W\d])(?:mxn|clp|usd|eur|rub|cny|rmb|pesos|m\.n\.))",
    re.IGNORECASE,
)
DISTANCE_SIGNS = re.compile(r"(?:\b|(?<=\d))(?:km|kms|kilómetros|км|公里|千米)\.?$", re.IGNORECASE)
SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
AS_COMPUTERS_WRITE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
AS_AMERICANS_WRITE = re.compile(r"\$?[1-9][0-9]{0,2}(?:,[0-9]{3}){0,3}\.[0-9]{1,2}")
SPACES = re.compile(r"[\s'’_]")
DIGITS = re.compile(r"\d[\d.,]{,40}|[.,]\d{1,40}")
IN_THREES = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
#: Thousands and then pairs, as in India: 1,07,905.
IN_LAKHS = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d{1,4})?")
#: A point or comma that parts the last digits of a number: any number of them but three.
TELLS_DECIMAL = re.compile(r"\d([.,])(?:\d{1,2}|\d{4,})(?![\d.,])")
#: More digits than any sum of money has, and than a column of money can hold.
MOST_DIGITS = 15


def number(cell: Cell, decimal: Mark | None = None) -> Decimal:
    """A number as people of any of our countries write it: the last of two separators is the decimal one.

    `decimal` says it where "1.234" leaves it open.
    """
    if isinstance(cell, int | float):
        return _counted_number(cell)
    if not isinstance(cell, str):
        raise BadCell("missing") if cell is None else BadCell("not_a_number", value=quote(cell))
    return _written_number(cell, MONEY_SIGNS, decimal)


def decimal_mark(cells: Iterable[Cell]) -> Mark | None:
    """What parts the whole from the rest in most of these numbers, as far as they tell."""
    votes = {",": 0, ".": 0}
    for cell in cells:
        found = TELLS_DECIMAL.search(cell) if isinstance(cell, str) else None
        if found:
            votes[found[1]] += 1
    return None if votes[","] == votes["."] else "," if votes[","] > votes["."] else "."


def whole(cell: Cell) -> int:
    """Kilometres: whole, and never fewer than none."""
    value = _written_number(cell, DISTANCE_SIGNS) if isinstance(cell, str) else number(cell)
    if value < 0:
        raise BadCell("negative", value=quote(cell))
    if value > MOST_KILOMETRES:
        raise BadCell("too_far", value=quote(cell))
    return int(value)


def _counted_number(cell: int | float) -> Decimal:
    return _limited(Decimal(int(cell)) if isinstance(cell, bool) else Decimal(str(cell)), cell)


def _limited(value: Decimal, cell: Cell) -> Decimal:
    if not value.is_finite() or value.adjusted() >= MOST_DIGITS:
        raise BadCell("not_a_number", value=quote(str(cell)))
    return value


def _written_number(cell: str, signs: re.Pattern[str], decimal: Mark | None = None) -> Decimal:
    if decimal != ",":
        if AS_COMPUTERS_WRITE.fullmatch(cell):
            return Decimal(cell)
        if AS_AMERICANS_WRITE.fullmatch(cell):
            return Decimal(cell.replace("$", "").replace(",", ""))
    shown = _plain(cell)
    if not shown:
        raise BadCell("missing")
    if SCIENTIFIC.fullmatch(shown):
        raise BadCell("scientific", value=quote(cell))
    bare, is_negative = _without_sign(SPACES.sub("", signs.sub("", shown)))
    if not DIGITS.fullmatch(bare):
        raise BadCell("not_a_number", value=quote(cell))
    value = _limited(Decimal(_with_decimal_point(bare, cell, decimal)), cell)
    return -value if is_negative else value


def _without_sign(shown: str) -> tuple[str, bool]:
    """Less than zero is written -5, 5- or (5)."""
    shown = shown.replace("−", "-").removeprefix("+")
    if shown.startswith("(") and shown.endswith(")"):
        return shown[1:-1], True
    bare = shown.removeprefix("-") if shown.startswith("-") else shown.removesuffix("-")
    return bare, bare != shown


def _with_decimal_point(bare: str, cell: str, told: Mark | None = None) -> str:
    if IN_THREES.fullmatch(bare) and not (told and bare.count(told) == 1):
        return bare.replace(".", "").replace(",", "")
    if IN_LAKHS.fullmatch(bare):
        return bare.replace(",", "")
    decimal = max(".,", key=bare.rfind)
    head, point, tail = bare.rpartition(decimal)
    if not head.isdecimal() and head and not IN_THREES.fullmatch(head):
        raise BadCell("not_a_number", value=quote(cell))
    return head.replace(".", "").replace(",", "") + (point and ".") + tail


# Words with a meaning


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split(","))


YES = _words("是,有,对,√,✓,✔,sí,si,s,yes,y,да,д,x,х,true,verdadero,истина,v,1")
NO = _words("否,无,不是,no,n,не,нет,н,-,–,false,falso,ложь,0")
NEW = _words("nuevo,nueva,nuevos,n,0 km,0km,cero kilómetros,demo,new,новый,новая,новое,新,新车,全新")
USED = _words(
    "seminuevo,seminueva,semi-nuevo,semi nuevo,usado,usada,s,u,used,pre-owned,preowned,cpo,"
    "б/у,бу,с пробегом,подержанный,вторичный,二手,二手车,旧,旧车"
)
#: Of work that is of several lines, the first named here counts.
SERVICE_LINES: dict[ServiceLine, re.Pattern[str]] = {
    "beauty": re.compile(r"美容|洗车|\b(?:est[eé]tica|detail|детейл|beauty|pulido|lavado)"),
    "care": re.compile(r"养护|保养|\b(?:mant|maint|cuidado|care\b|уход|техобслуж|техническое обслуж|то\b|то[ -]?\d)"),
    "repair": re.compile(
        r"维修|修理|钣金|索赔|\b(?:repar|repair|ремонт|desabolladura|hojalater|mec[aá]nica|pintura|кузов|слесар"
        r"|garant|warranty|гарант)"
    ),
}


def flag(cell: Cell) -> bool | None:
    """Yes, no, or nothing said."""
    return _either(cell, YES, NO, "not_a_flag")


def is_used(cell: Cell) -> bool | None:
    """Used rather than new, or nothing said."""
    return _either(cell, USED, NEW, "not_a_condition")


def service_line(cell: Cell) -> ServiceLine:
    shown = text(cell).casefold()
    for line, words in SERVICE_LINES.items():
        if words.search(shown):
            return line
    raise BadCell("not_a_service_line", value=quote(cell))


def _either(cell: Cell, true: frozenset[str], false: frozenset[str], code: str) -> bool | None:
    shown = text(cell).casefold().rstrip(".")
    if not shown:
        return None
    if shown in true or shown in false:
        return shown in true
    raise BadCell(code, value=quote(cell))
