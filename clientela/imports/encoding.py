"""Which letters the bytes of a text file stand for.

UTF-8 proves itself: other encodings hardly ever look like it. Between the others nothing is proved, so
each candidate is asked how much of what it yields is writing: words of Cyrillic letters, single accented
letters within Latin words, everyday Chinese characters. charset-normalizer takes Mexican names for
Windows-1250, so it has no vote.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from clientela.imports.mending import as_read, mending, misread
from clientela.imports.unreadable import MEBIBYTE, UnreadableFile

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
ENOUGH_EVIDENCE = 256 * 1024
#: Below this share of sense the bytes are not writing we know.
LEAST_SENSE = 0.4
#: Letters of which so little makes sense as Latin, and so much as another writing, were misread and saved so.
DOUBTFUL_SENSE, GOOD_SENSE = 0.5, 0.85
MISREAD = frozenset({"cp1251", "gb18030"})
#: Text has tabs and line ends and, from old systems, an end-of-file mark; hardly any other control codes.
CONTROLS = bytes(sorted(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b")))
MOST_CONTROLS = 0.01

LATIN = "áéíóúüñàèìòùâêîôûãõçäöëïÿåæøœšžßÁÉÍÓÚÜÑÀÈÌÒÙÂÊÎÔÛÃÕÇÄÖËÏŸÅÆØŒŠŽ"
LATIN_SIGNS = frozenset("°ºª€¿¡–—‘’“”…·«»®™´\xa0")
ACCENTED_WITHIN_A_WORD = re.compile(f"(?<=[A-Za-z])[{LATIN}]{{1,2}}|[{LATIN}]{{1,2}}(?=[A-Za-z])")
CYRILLIC_WORD = re.compile(
    r"(?<![A-Za-zА-яЁё])(?:[А-ЯЁІЇЄҐ]?[а-яёіїєґ]+|[А-ЯЁІЇЄҐ]+)(?:-[А-ЯЁа-яё]+)?(?![A-Za-zА-яЁё])"
)
CYRILLIC_VOWEL = re.compile("[аеёиоуыэюяіїє]", re.IGNORECASE)
CYRILLIC_SIGNS = frozenset("№«»–—“”„…°\xa0")
CHINESE_SIGNS = frozenset("，。、；：？！（）《》“”‘’…—·￥　０１２３４５６７８９")


def encoding_of(path: Path) -> str:
    """The encoding of a text file, by its content. Refuses what is not text."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    is_utf8, evidence = _look_through(path)
    return _way_of_utf8(evidence.decode(errors="ignore")) if is_utf8 else _most_sensible(evidence)


def is_encoding(way: str) -> bool:
    """Whether this is one we read: an encoding, or one and how it was misread."""
    base, *steps = way.split(":")
    return base in OFFERED and len(steps) in (0, 2, 4) and all(step in OFFERED for step in steps)


@contextmanager
def lines(path: Path, way: str) -> Iterator[Callable[[int], str]]:
    """What reads a text file line by line, up to so many characters."""
    base, mend = way.partition(":")[0], mending(way)
    with path.open(encoding=base, errors="replace", newline="") as file:
        yield file.readline if mend is None else lambda most: mend(file.readline(most))


def _way_of_utf8(evidence: str) -> str:
    if ways := misread(evidence):
        return "utf-8" + ways
    raw = as_read(evidence)
    if not evidence or raw is None or _sense_of_latin(evidence) >= DOUBTFUL_SENSE:
        return "utf-8"
    senses = {name: sense(raw.decode(name, "replace")) for name, sense in CANDIDATES.items() if name in MISREAD}
    best = max(senses, key=senses.__getitem__)
    return f"utf-8:cp1252:{best}" if senses[best] >= GOOD_SENSE else "utf-8"


def _look_through(path: Path) -> tuple[bool, bytes]:
    """Is all of the file UTF-8, and some lines whose bytes are not plain ASCII."""
    is_utf8, evidence = True, bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in _chunks(path):
        _refuse_binary(chunk)
        is_utf8 = is_utf8 and _goes_on(decoder, chunk)
        if len(evidence) < ENOUGH_EVIDENCE and not chunk.isascii():
            evidence += b"\n".join(line for line in chunk.splitlines() if not line.isascii())
            evidence += b"\n"
    return is_utf8 and _goes_on(decoder, b"", final=True), bytes(evidence[:ENOUGH_EVIDENCE])


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(MEBIBYTE):
            yield chunk


def _refuse_binary(chunk: bytes) -> None:
    controls = len(chunk) - len(chunk.translate(None, CONTROLS))
    if b"\0" in chunk or controls > MOST_CONTROLS * len(chunk) + 1:
        raise UnreadableFile("binary")


def _goes_on(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _most_sensible(evidence: bytes) -> str:
    senses = {encoding: sense(evidence.decode(encoding, "replace")) for encoding, sense in CANDIDATES.items()}
    best = max(senses, key=senses.__getitem__)
    if senses[best] < LEAST_SENSE:
        raise UnreadableFile("unknown_encoding")
    return best


def _sense_of_latin(text: str) -> float:
    letters = sum(len(found) for found in ACCENTED_WITHIN_A_WORD.findall(text))
    signs = sum(1 for character in text if character in LATIN_SIGNS)
    return (letters + 0.5 * signs) / max(1, _strange(text))


def _sense_of_cyrillic(text: str) -> float:
    letters = sum(_letters_that_make_a_word(word) for word in CYRILLIC_WORD.findall(text))
    signs = sum(1 for character in text if character in CYRILLIC_SIGNS)
    return (letters + 0.4 * signs) / max(1, _strange(text))


def _sense_of_old_cyrillic(text: str) -> float:
    """As DOS and early Unix wrote it: seldom now, so only whole words prove it."""
    words = [word for word in CYRILLIC_WORD.findall(text) if len(word) > 3]
    return sum(map(_letters_that_make_a_word, words)) / max(1, _strange(text))


def _letters_that_make_a_word(word: str) -> float:
    if len(word) == 1:
        return 0.5
    return len(word) if len(word) < 4 or CYRILLIC_VOWEL.search(word) else 0


def _sense_of_chinese(text: str) -> float:
    everyday, rarer = _chinese_characters()
    counts = Counter(character for character in text if character > "\x7f")
    common = sum(n for character, n in counts.items() if character in everyday)
    seldom = sum(n for character, n in counts.items() if character in rarer)
    return (common + 0.3 * seldom) / max(1, counts.total())


def _sense_of_broken_utf8(text: str) -> float:
    """UTF-8 in which a few characters were cut in two, as exports of fixed width do."""
    broken, strange = text.count("\ufffd"), _strange(text)
    return 1.0 if strange and broken <= 0.1 * strange else 0.0


def _strange(text: str) -> int:
    return sum(1 for character in text if character > "\x7f")


@cache
def _chinese_characters() -> tuple[frozenset[str], frozenset[str]]:
    """The standard of 1980 orders its characters by use: the everyday ones first, then the rarer."""

    def rows(first: int, last: int) -> frozenset[str]:
        pairs = (bytes((row, cell)) for row in range(first, last + 1) for cell in range(0xA1, 0xFF))
        return frozenset("".join(pair.decode("gb2312", "ignore") for pair in pairs))

    return rows(0xB0, 0xD7) | CHINESE_SIGNS, rows(0xD8, 0xF7)


#: Of two that make equal sense the first is taken.
CANDIDATES: dict[str, Callable[[str], float]] = {
    "utf-8": _sense_of_broken_utf8,
    "cp1252": _sense_of_latin,
    "cp1251": _sense_of_cyrillic,
    "gb18030": _sense_of_chinese,
    "cp850": _sense_of_latin,
    "cp866": _sense_of_old_cyrillic,
    "koi8-r": _sense_of_old_cyrillic,
    "mac-roman": _sense_of_latin,
}
#: What one may choose.
OFFERED = (
    "utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "cp1251", "gb18030", "cp850", "cp866", "koi8-r", "mac-roman",
    "latin-1", "big5",
)  # fmt: skip
