"""Names of people: read from one cell, written in the order of a language, found without accents.

Reading never loses anything: a name that follows no pattern stays whole, as `family`, and is shown like that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Order = Literal["es", "ru", "zh", "en"]

#: Given names common among speakers of Spanish, as `search_key` writes them; none is usual as a surname.
GIVEN = frozenset(
    """
    adriana agustin alberto alejandra alejandro alfredo alicia alma alonso amalia ana andrea andres angel angela
    angelica antonia antonio araceli armando arturo aurora beatriz begona benjamin benito berenice bernardo blanca
    brenda carlos carmen carolina catalina cecilia cesar clara claudia concepcion constanza cristian cristina cristobal
    daniel daniela david diana diego dolores eduardo elena elisa elizabeth elsa emilia emiliano emilio enrique erika
    ernesto esperanza esteban estela esther eva evelyn fabiola federico felipe fernanda fernando florencia francisca
    francisco gabriel gabriela genaro gerardo gilberto gloria graciela guadalupe guillermo gustavo hector hugo ignacia
    ignacio ines inigo irene irma isabel isabella isidora ismael ivan jacqueline jaime javier jesus joaquin jorge jose
    josefa josefina juan juana juanita julia julian juliana julieta julio karina karla laura leonardo leonor leticia
    liliana lorena lourdes lucia luis luisa luz magdalena manuel manuela marcela marcelo marcos margarita maria mariana
    mario marisol marta martha martina mateo matias mauricio maximiliano mayra mercedes micaela miguel miriam monica
    natalia nicolas noemi norma olga oscar pablo paola patricia patricio paula paulina pedro pilar rafael ramon raquel
    raul rebeca regina renata ricardo roberto rocio rodrigo rogelio rosa rosario ruben salvador samuel sandra santiago
    sara sebastian sergio silvia sofia sonia susana tamara teresa tomas valentina valeria vanessa veronica vicente
    victor victoria violeta viviana ximena yolanda
    """.split()  # noqa: SIM905  a list of two hundred quoted names is harder to read
)
#: The hundred family names that four of five people in China bear.
FAMILY_ZH = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
#: Words that belong to the one behind them: "de la Cruz", "San Martín", "фон Берг", "ИП Иванов".
PARTICLE = {
    "es": re.compile("de|del|la|las|los|y|e|da|dos|san|santa", re.IGNORECASE),
    "ru": re.compile("ип|фон|де", re.IGNORECASE),
    "en": re.compile("de|da|dos|del|du|di|la|van|von|der|den", re.IGNORECASE),
}
#: Words that belong to the one before them: "Гасан оглы".
SUFFIX = re.compile("оглы|оглу|улы|уулу|кызы|гызы", re.IGNORECASE)
PATRONYMIC = re.compile(rf".+(ович|евич|[ькмт]ич|овна|евна|ична| ({SUFFIX.pattern}))", re.IGNORECASE)
#: Chinese family names of two characters, in both scripts; all others have one.
COMPOUND_FAMILY_NAME = re.compile(
    "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|夏侯|皇甫|尉迟|尉遲|公孙|公孫|慕容|令狐|司徒|端木|东方|東方|独孤|獨孤"
    "|南宫|南宮|长孙|長孫|宇文|轩辕|軒轅|司空|淳于|澹台|澹臺|申屠|赫连|赫連|呼延|钟离|鍾離|闻人|聞人|西门|西門"
    "|东郭|東郭|百里|濮阳|濮陽|太史|公羊|拓跋|鲜于|鮮于|闾丘|閭丘|完颜|完顏|耶律|纳兰|納蘭"
)
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
HAN_KEY = re.compile(r"[\u3400-\u9fff]")
BETWEEN_WORDS = str.maketrans(dict.fromkeys(",.;:-‐‑–—''’`´\"«»()", " "))
READABLE = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .,'’`´‐-]|[\u0300-\u036f])*")
#: Letters with a stroke or a tail through them, which Unicode does not take apart.
STRICKEN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})

COMPANY = re.compile(
    # Spanish: S.A. de C.V., S.A.P.I. de C.V., S. de R.L., S.A.S., SpA, Ltda., E.I.R.L.
    r"\bS ?A (P ?I )?DE C ?V\b|\bS DE R ?L\b|\b(S ?P ?A|S ?A ?S|S ?A|E ?I ?R ?L|S ?R ?L|LTDA|LIMITADA)$"
    # Russian, before the name or behind it; an ИП is a person in business.
    r"|\b(ООО|ОАО|ЗАО|ПАО|НАО|АО|НКО|АНО|ГУП|МУП|ФГУП|ФГБУ|ГБУ|МБУ|ТОО)\b"
    r"|公司|集团|集團|合伙企业|合作社|事务所"
    r"|\b(GMBH|INC|LLC|LLP|LTD|LIMITED|PLC|CORP|CORPORATION|CO|AG|KG|OHG)$"
)
#: What each of them has a word of, unless it is written with single letters.
LEGAL_WORDS = frozenset(
    """
    SA CV RL SPA SAS EIRL SRL LTDA LIMITADA PI SC AC SAPI ООО ОАО ЗАО ПАО НАО АО НКО АНО ГУП МУП ФГУП ФГБУ ГБУ МБУ ТОО
    GMBH INC LLC LLP LTD LIMITED PLC CORP CORPORATION CO AG KG OHG
    """.split()  # noqa: SIM905
)
#: Endings that only mean a company in their country.
COMPANY_IN = {
    "MX": re.compile(r"\b(S ?C|A ?C)$"),
    "CN": re.compile(r"(厂|店|局|处|学校|医院|银行|中心|委员会)$"),
}


@dataclass(frozen=True, slots=True)
class PersonName:
    """The parts of a name as written; a part that the name does not have is empty."""

    family: str = ""
    second_family: str = ""
    given: str = ""
    patronymic: str = ""


def writes_family_first(texts: Iterable[str]) -> bool:
    """Whether a column of Spanish names begins with the surnames, judged by where common given names stand.

    "Zúñiga Hernández José Luis" begins with them, "Camila Rojas Soto" does not. In doubt it does.
    """
    first = last = 0
    for text in texts:
        words = search_key(text).split()
        if len(words) > 1 and "," not in text:
            first += words[0] in GIVEN
            last += words[-1] in GIVEN
    return first <= last


def is_known_name(text: str) -> bool:
    """Whether this can hardly be anything but a person: by a common given name, a patronymic, a Chinese family name."""
    text = " ".join(text.split())
    if HAN.fullmatch(text):
        return (text[0] in FAMILY_ZH and len(text) in (2, 3)) or bool(COMPOUND_FAMILY_NAME.match(text))
    words = search_key(text.replace(",", " ")).split()
    if not READABLE.fullmatch(text) or len(words) > 6:
        return False
    return (len(words) > 1 and not GIVEN.isdisjoint(words)) or bool(words and PATRONYMIC.fullmatch(text.split()[-1]))


def parse(text: str, order: Order, family_first: bool = True) -> PersonName:
    """Take a name apart; each of its characters but spaces and one separating comma is in some part.

    `order` is the custom that the name follows: Spanish with two surnames, Russian with a patronymic, Chinese
    without spaces, or English. `family_first` is how the source writes: "Zúñiga Hernández José Luis", "Иванов
    Пётр Иванович", or the other way round. A comma, as in "Zúñiga Hernández, José Luis", decides by itself;
    in Chinese the family name is always first. A single word, or what fits no pattern, is all `family`.
    """
    text = " ".join(text.split())
    if order == "zh":
        name = _chinese(text)
    elif not READABLE.fullmatch(text) or text.count(",") > 1:
        name = None
    elif "," in text:
        name = _with_comma(text, order)
    elif order == "es":
        name = _spanish(_words(text, order), family_first)
    elif order == "ru":
        name = _russian(_words(text, order), family_first)
    else:
        name = _english(_words(text, order), family_first)
    return name or PersonName(text)


def is_company(text: str, country: str) -> bool:
    """Whether the name shows a legal form of companies; `country` (ISO 3166) settles the doubtful ones."""
    if not HAN.search(text) and not any(map(_is_of_a_company, text.split())):
        return False
    plain = " ".join(re.sub(r"[\W_]", " ", text).upper().split())
    local = COMPANY_IN.get(country.upper())
    return bool(COMPANY.search(plain) or (local and local.search(plain)))


@lru_cache(maxsize=32_768)
def _is_of_a_company(word: str) -> bool:
    """Whether a legal form can begin or end with it: "S.A.", "Ltda", "«ООО"."""
    parts = re.sub(r"[\W_]", " ", word).upper().split()
    return any(len(part) == 1 or part in LEGAL_WORDS for part in parts)


def full(name: PersonName, language: str) -> str:
    """The whole name in the formal order of the language, as on a letter: "José Luis Zúñiga Hernández"."""
    if _is_chinese(name):
        return name.family + name.given
    if _base(language) == "ru":
        return _joined(name.family, name.second_family, name.given, name.patronymic)
    return _joined(name.given, name.patronymic, name.family, name.second_family)


def listed(name: PersonName, language: str) -> str:
    """The whole name as in a list, which is sorted by family name: "Zúñiga Hernández, José Luis"."""
    family = _joined(name.family, name.second_family)
    given = _joined(name.given, name.patronymic)
    if _base(language) in ("ru", "zh") or _is_chinese(name) or not (family and given):
        return full(name, language)
    return f"{family}, {given}"


#: How Chinese addresses somebody by the surname: 李女士, 王先生 (S4-1.3.5a).
_TITLES = {"f": "女士", "m": "先生"}


def polite(name: PersonName, language: str, sex: str = "") -> str:
    """The name by which its bearer is spoken to: "Пётр Иванович", "José Luis Zúñiga", 李女士; else the whole name."""
    if _base(language) == "zh" and name.family and sex in _TITLES:
        return name.family + _TITLES[sex]
    if _base(language) == "ru":
        return _joined(name.given, name.patronymic) if name.given and name.patronymic else full(name, language)
    return full(PersonName(family=name.family, given=name.given), language) or full(name, language)


def search_key(text: str) -> str:
    """What a name is searched by: lower case, Latin letters without accents, ё as е, single spaces."""
    # Word by word: the same few thousand make up all names.
    return " ".join(filter(None, map(_word_key, text.split())))


def word_key(key: str) -> str:
    """A `search_key` whatever the order of its words, and what stands between them. `customers_name_key` in SQL."""
    if HAN_KEY.search(key):
        return key.replace(" ", "")
    return " ".join(sorted(key.translate(BETWEEN_WORDS).split()))


@lru_cache(maxsize=32_768)
def _word_key(text: str) -> str:
    plain = []
    base = ""
    for sign in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()):
        if not unicodedata.combining(sign):
            base = sign
        elif "a" <= base <= "z" or (base == "е" and sign == "\u0308"):
            continue
        plain.append(sign)
    return " ".join(unicodedata.normalize("NFC", "".join(plain)).translate(STRICKEN).split())


def _words(text: str, order: Order) -> list[str]:
    """The words of a name, each with the particles before it and the suffix behind it."""
    written = text.split()
    if not any(_belongs(word, order) for word in written):
        return written
    words: list[str] = []
    particles: list[str] = []
    for word in written:
        if SUFFIX.fullmatch(word) and words and not particles:
            words[-1] += f" {word}"
        elif PARTICLE[order].fullmatch(word):
            particles.append(word)
        else:
            words.append(" ".join([*particles, word]))
            particles = []
    return words + particles


@lru_cache(maxsize=32_768)
def _belongs(word: str, order: Order) -> bool:
    return bool(SUFFIX.fullmatch(word) or PARTICLE[order].fullmatch(word))


def _spanish(words: list[str], family_first: bool) -> PersonName | None:
    if len(words) < 2:
        return None
    surnames = min(2, len(words) - 1)
    if not family_first:
        words = words[-surnames:] + words[:-surnames]
    return PersonName(words[0], " ".join(words[1:surnames]), " ".join(words[surnames:]))


def _russian(words: list[str], family_first: bool) -> PersonName | None:
    if len(words) == 2:
        first, second = words
        if family_first and PATRONYMIC.fullmatch(second):
            return PersonName(given=first, patronymic=second)
        return PersonName(first, given=second) if family_first else PersonName(second, given=first)
    if len(words) != 3:
        return None
    # A patronymic is known by its ending, and in the middle it has the family name behind it.
    middle, end = (bool(PATRONYMIC.fullmatch(word)) for word in words[1:])
    if end if middle != end else family_first:
        family, given, patronymic = words
    else:
        given, patronymic, family = words
    return PersonName(family, given=given, patronymic=patronymic)


def _english(words: list[str], family_first: bool) -> PersonName | None:
    if len(words) < 2:
        return None
    if family_first:
        return PersonName(words[0], given=" ".join(words[1:]))
    return PersonName(words[-1], given=" ".join(words[:-1]))


def _chinese(text: str) -> PersonName | None:
    family, space, given = text.partition(" ")
    if not space:
        size = 2 if COMPOUND_FAMILY_NAME.match(text) else 1
        family, given = text[:size], text[size:]
    # Longer ones are transcribed from other languages and have no family name in front.
    readable = HAN.fullmatch(family + given) and 1 <= len(given) <= 2
    return PersonName(family, given=given) if readable else None


def _with_comma(text: str, order: Order) -> PersonName | None:
    family, given = (part.strip() for part in text.split(","))
    if not (family and given):
        return None
    if order == "es":
        first, *others = _words(family, order)
        return PersonName(first, " ".join(others), given)
    if order == "ru" and len(names := _words(given, order)) == 2:
        return PersonName(family, given=names[0], patronymic=names[1])
    return PersonName(family, given=given)


def _is_chinese(name: PersonName) -> bool:
    return bool(HAN.fullmatch(name.family + name.given)) and not (name.second_family or name.patronymic)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _base(language: str) -> str:
    return re.split("[-_]", language.lower())[0]
