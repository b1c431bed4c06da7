"""What can be asked of a list: a form read from the address, and the words for what was asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clientela.network.models import Dealership
from clientela.network.templatetags.clientela import figures


@dataclass(frozen=True)
class Chip:
    """One filter in words, with the name under which it can be taken away."""

    name: str
    label: str
    text: str


class Filters(forms.Form):
    """Every field may be empty. For each one that is not there is a method `by_…` that narrows the rows."""

    house: Dealership
    #: Fields that only together mean something, shown side by side.
    pairs: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, prefix=None, auto_id="f_%s")
        self.house = house
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        for first, last in self.pairs:
            begins, ends = self.cleaned_data.get(first), self.cleaned_data.get(last)
            if begins and ends and begins > ends:
                self.add_error(last, _("The end lies before the beginning."))
        return self.cleaned_data

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for, without what was left open."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that meet everything asked."""
        for name, value in self.asked.items():
            rows = getattr(self, f"by_{name}")(rows, value)
        return rows

    def chips(self) -> Iterator[Chip]:
        for name, value in self.asked.items():
            label = str(self.fields[name].label)
            yield Chip(name, label, "" if value is True else self._word(name, value))

    def _word(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            return figures(value)
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(getattr(value, "pk", value), value))

    def as_data(self) -> dict[str, Any]:
        """As the log keeps it."""
        return {
            name: value.isoformat() if isinstance(value, date) else getattr(value, "pk", value)
            for name, value in self.asked.items()
        }


def after_prefix(prefix: str) -> str:
    """The first text that no longer begins with it, in the order of code points in which the database sorts."""
    return prefix + "\U0010ffff"
