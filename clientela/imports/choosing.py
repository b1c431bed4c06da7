"""What a person chose over what was found out about a file: checked, because it comes from outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer
from clientela.lib.refusal import Refusal

from . import cells
from .columns import KINDS, Field, Kind
from .delimited import DELIMITERS
from .encoding import is_encoding
from .reading import LOWEST_HEADER
from .rows import JOINTS
from .unreadable import MOST_COLUMNS

LONGEST_SHEET = 200
LONGEST_NOTE = 120
LONGEST_COLUMN = 2_000
SOURCES = frozenset(Customer.Source.values)


@dataclass(frozen=True)
class Choice:
    """`Run.chosen`, read; what was not chosen is None and is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    kind: Kind | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    dates: cells.Order | None = None
    decimal: cells.Mark | None = None
    family_first: bool | None = None
    source: str = ""
    source_note: str = ""

    @property
    def of_the_file(self) -> dict[str, Any]:
        """How its letters, cells and header are found."""
        return {name: getattr(self, name) for name in ("encoding", "delimiter", "header_line", "sheet")}

    def fields(self, header: list[str], guessed: Mapping[int, Field]) -> dict[int, Field]:
        """The chosen columns, the others as guessed where that is not taken. One that is not there says nothing."""
        told = {place: self._chosen(place, name, header) for place, name in enumerate(header)}
        fields = {place: Field(code) for place, code in told.items() if code}
        for place, found in guessed.items():
            if told[place] is None and (found not in fields.values() or found in JOINTS):
                fields[place] = found
        return dict(sorted(fields.items()))

    def _chosen(self, place: int, name: str, header: list[str]) -> str | None:
        if (by_place := self.columns.get(str(place))) is not None and str(place) not in header:
            return by_place
        return self.columns.get(name) if name and header.index(name) == place else None


def checked(chosen: Any) -> Choice:
    """The choice, or a refusal that says what is wrong with it."""
    if not isinstance(chosen, Mapping) or set(chosen) - set(CHECKS):
        raise Refusal(_("This choice cannot be read. Open the page of the file again."))
    told = {name: value for name, value in chosen.items() if value is not None and value != ""}
    for name, value in told.items():
        is_right, sentence = CHECKS[name]
        if not is_right(value):
            raise Refusal(sentence)
    return Choice(**told)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= most and "\0" not in value


def _are_columns(value: Any) -> bool:
    is_name, codes = _is_text(LONGEST_COLUMN), {str(code) for code in Field} | {""}
    if not isinstance(value, Mapping) or len(value) > MOST_COLUMNS:
        return False
    return all(is_name(name) and isinstance(code, str) and code in codes for name, code in value.items())


def _is_each_once(value: Any) -> bool:
    taken = [code for code in value.values() if code and code not in JOINTS]
    return len(taken) == len(set(taken))


#: Name of a choice: what it must be, and what is said if it is not.
CHECKS: dict[str, tuple[Callable[[Any], bool], Any]] = {
    "encoding": (lambda v: isinstance(v, str) and is_encoding(v), _("We do not read this encoding. Choose another.")),
    "delimiter": (
        lambda v: isinstance(v, str) and len(v) == 1 and v in DELIMITERS + ":^~",
        _("Cells are separated by a semicolon, a comma, a tab or a line. Choose one of them."),
    ),
    "header_line": (
        lambda v: _is_int(v) and 1 <= v <= LOWEST_HEADER,
        _("The names of the columns stand in one of the first 1000 lines. Choose one of them."),
    ),
    "sheet": (_is_text(LONGEST_SHEET), _("The workbook has no sheet of this name.")),
    "kind": (lambda v: v in KINDS, _("There is no such kind of file. Choose another.")),
    "columns": (
        lambda v: _are_columns(v) and _is_each_once(v),
        _("Two columns cannot both be the same field, and each must be a field we know. Choose again."),
    ),
    "dates": (lambda v: v in get_args(cells.Order), _("Choose in which order days, months and years stand.")),
    "decimal": (lambda v: v in get_args(cells.Mark), _("The decimal mark is a point or a comma. Choose one.")),
    "family_first": (lambda v: isinstance(v, bool), _("Choose whether surnames stand first.")),
    "source": (lambda v: isinstance(v, str) and v in SOURCES, _("There is no such source. Choose another.")),
    "source_note": (_is_text(LONGEST_NOTE), _("The name of the event or list is too long. Shorten it.")),
}
