"""Giving us a file, and saying how it is to be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clientela.customers import intake
from clientela.customers.models import Customer

from . import columns, rows
from .cells import ORDERS
from .mappings import Basis
from .models import Mapping, Remark, Run
from .refused import is_ours
from .templatetags.fields import WORDS, encoding_word, field_word, kind_word
from .unreadable import LARGEST_FILE, MEBIBYTE, UnreadableFile

LOWEST_HEADER = 1_000
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": _("Windows-1252 (Spanish, English)"),
    "cp1251": _("Windows-1251 (Russian)"),
    "gb18030": _("GB18030 (Chinese)"),
    "utf-16": "UTF-16",
}
DELIMITERS = {
    ";": _("semicolon (;)"),
    ",": _("comma (,)"),
    "\t": _("tab"),
    "|": _("bar (|)"),
}
DECIMALS = {",": _("comma: 1.234,50"), ".": _("point: 1,234.50")}
NAME_ORDERS = {"true": _("surname first"), "false": _("given name first")}
#: How bytes become cells: with another of these the columns are other columns.
READ = ("encoding", "delimiter", "header_line", "sheet")
#: What the cells mean.
MEANT = ("kind", "dates", "decimal", "family_first")
SOURCES = ("source", "source_note")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("file of deliveries or workshop visits"),
        help_text=_("CSV, TSV, Excel or OpenDocument, as your system exports it. Nothing is written yet."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods"}),
        error_messages={"required": _("Choose a file first."), "empty": _("This file is empty.")},
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            refused = UnreadableFile("too_large", limit=LARGEST_FILE // MEBIBYTE)
            raise forms.ValidationError(refused.sentence, code="too_large")
        return file


@dataclass(frozen=True)
class Column:
    """A column of the file beside the field that says what it is."""

    name: str
    samples: list[str]
    field: forms.BoundField
    is_guessed: bool


class ReadingForm(forms.Form):
    """How the file was read, each thing to be changed. What nobody touches stays to be found out."""

    encoding = forms.ChoiceField(label=_("encoding"))
    delimiter = forms.ChoiceField(label=_("separator"))
    sheet = forms.CharField(label=_("sheet"), max_length=200, required=False)
    header_line = forms.IntegerField(
        label=_("names of columns in line"), min_value=1, max_value=LOWEST_HEADER, required=False
    )
    kind = forms.ChoiceField(label=_("kind of rows"))
    dates = forms.ChoiceField(label=_("order of dates"))
    decimal = forms.ChoiceField(label=_("decimal mark"))
    family_first = forms.ChoiceField(label=_("order of names"))
    source = forms.ChoiceField(
        label=_("source of new customers"),
        required=False,
        choices=[("", _("as the kind of rows says")), *Customer.Source.choices],
    )
    source_note = forms.CharField(label=_("which event or list"), max_length=120, required=False)

    def __init__(self, *args: Any, run: Run, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run, self.reading = run, run.reading
        self._drop_what_the_file_has_not()
        self._offer_what_was_found()
        for index, column in enumerate(self.reading.get("columns", [])):
            if not is_ours(column["name"]):
                self.fields[f"column_{index}"] = _field_of(column)
        self.initial = {name: field.initial for name, field in self.fields.items()}

    @property
    def ways(self) -> list[forms.BoundField]:
        """All but the columns, in the order of the class."""
        return [self[name] for name in self.fields if not name.startswith("column_")]

    @property
    def columns(self) -> Iterator[Column]:
        chosen = self.run.chosen.get("columns") or Basis(self.run.mapping, self.run.like).chosen.get("columns") or {}
        for index, column in enumerate(self.reading.get("columns", [])):
            if f"column_{index}" in self.fields:
                is_guessed = bool(column["field"]) and str(index) not in chosen
                yield Column(column["name"], column["samples"], self[f"column_{index}"], is_guessed)

    @property
    def lacking(self) -> list[str]:
        """Fields without which no row can come in, as far as no column gives them now."""
        kind = self["kind"].value() if "kind" in self.fields else self.run.kind
        if kind not in columns.KINDS or not self.reading.get("columns"):
            return []
        have = {field for field in columns.Field if str(field) in self._codes()}
        return [said(choice) for choice in columns.missing(kind, have)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self._reads_anew:
            self._refuse_twice(given)
            if not self.errors and self.lacking:
                self.add_error(None, gettext("No column gives: %(names)s.") % {"names": "; ".join(self.lacking)})
        return given

    @property
    def chosen(self) -> dict[str, Any]:
        """What a person chose, this time or before, over what was found."""
        given, changed = self.cleaned_data, set(self.changed_data)
        kept = dict(self.run.chosen)
        if self._reads_anew:
            kept = {key: value for key, value in kept.items() if key in (*READ, *SOURCES)}
        chosen = kept | {key: given[key] for key in (*READ, *MEANT) if key in changed and given[key] not in (None, "")}
        if "family_first" in chosen:
            chosen["family_first"] = str(chosen["family_first"]).lower() == "true"
        if not self._reads_anew and any(name.startswith("column_") for name in changed):
            names = [name for name in self.fields if name.startswith("column_")]
            chosen["columns"] = {name.removeprefix("column_"): given[name] for name in names}
        # Also emptied: then the kind of rows says it again, whatever a mapping says.
        return chosen | {key: given[key].strip() for key in SOURCES if key in changed}

    @property
    def _reads_anew(self) -> bool:
        return bool(set(READ) & set(self.changed_data))

    def _drop_what_the_file_has_not(self) -> None:
        """A workbook has sheets and real dates; a text file an encoding and a separator; unread, none has a meaning."""
        is_workbook = bool(self.reading.get("sheet"))
        gone = {"encoding", "delimiter"} if is_workbook else {"sheet"}
        if not self.reading:
            gone |= {*MEANT, *SOURCES}
        for name in gone:
            del self.fields[name]

    def _offer_what_was_found(self) -> None:
        found = {"kind": self.run.kind} | self.run.chosen | {k: v for k, v in self.reading.items() if v is not None}
        if "family_first" in found:
            found["family_first"] = str(found["family_first"]).lower()
        for name, field in self.fields.items():
            field.initial = found.get(name, "")
        kinds: dict[str, Any] = {kind: kind_word(kind) for kind in columns.KINDS}
        offered: dict[str, dict[str, Any]] = {"encoding": ENCODINGS, "delimiter": DELIMITERS, "kind": kinds}
        offered |= {"dates": ORDERS, "decimal": DECIMALS, "family_first": NAME_ORDERS}
        for name, known in offered.items():
            self._choices(name, known, found)
        if sheets := self.reading.get("sheets"):
            self.fields["sheet"] = forms.ChoiceField(
                label=_("sheet"), choices=[(name, name) for name in sheets], initial=found.get("sheet")
            )

    def _choices(self, name: str, known: dict[str, Any], found: dict[str, Any]) -> None:
        """What we know, and first whatever else was found; nothing found leaves it open."""
        if (field := self.fields.get(name)) is None:
            return
        own = found.get(name) or ""
        assert isinstance(field, forms.ChoiceField)
        shown = encoding_word(own) if name == "encoding" else own
        further = [] if own in known else [(own, shown or _("to be found out"))]
        field.choices = [*further, *known.items()]
        field.required = False

    def _codes(self) -> list[str]:
        return [self[name].value() for name in self.fields if name.startswith("column_")]

    def _refuse_twice(self, given: dict[str, Any]) -> None:
        """A field stands in one column, but for those that are joined: two telephones, a street and a town."""
        taken: dict[str, int] = {}
        for name in [name for name in self.fields if name.startswith("column_") and given.get(name)]:
            code, index = given[name], int(name.removeprefix("column_"))
            if code in taken and columns.Field(code) not in rows.JOINTS:
                facts = {"field": field_word(code), "other": self.reading["columns"][taken[code]]["name"]}
                self.add_error(
                    name, gettext("“%(other)s” is already read as %(field)s. Choose one of the two.") % facts
                )
            taken.setdefault(code, index)


class MappingForm(forms.ModelForm[Mapping]):
    """What a mapping is called."""

    class Meta:
        model = Mapping
        fields = ("name",)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Mapping.objects.filter(dealership=self.instance.dealership_id, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(gettext("There is already a mapping of this name."))
        return name


class NameForm(forms.Form):
    """Under what name a mapping is to be kept."""

    name = forms.CharField(
        label=_("save these columns as"),
        max_length=80,
        help_text=_("Files with the same names of columns are then read so by themselves."),
    )


class SettleForm(forms.Form):
    """Which warnings: one, or all of one column for one reason; `within` is the column that the list was cut to."""

    remark = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    column = forms.CharField(required=False, max_length=200, strip=False)
    code = forms.CharField(required=False, max_length=60)
    within = forms.CharField(required=False, max_length=200, strip=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("remark") and not given.get("code"):
            self.add_error(None, gettext("Say which warnings."))
        return given

    def of(self, warnings: QuerySet[Remark]) -> QuerySet[Remark]:
        given = self.cleaned_data
        if given["remark"]:
            return warnings.filter(pk=given["remark"])
        return warnings.filter(column=given["column"], code=given["code"])


@dataclass(frozen=True)
class Understood:
    """What the rows of a kind must say, in words."""

    kind: str
    needed: list[str]


def understood() -> list[Understood]:
    """For who has no file yet: what is needed for each kind of file."""
    return [Understood(kind_word(kind), [said(choice) for choice in columns.required(kind)]) for kind in columns.KINDS]


def source_word(run: Run) -> str:
    """Where new customers of this file are said to come from (S2-6.1), and which event or list it was."""
    source = run.reading.get("source") or intake.source_of(run.kind)
    note = run.reading.get("source_note", "")
    word = Customer.Source(source).label
    return f"{word} ({note})" if note else str(word)


def said(choice: frozenset[columns.Field]) -> str:
    """One of these fields, in words: VIN / licence plate."""
    return " / ".join(field_word(field) for field in columns.Field if field in choice)


def _field_of(column: dict[str, Any]) -> forms.ChoiceField:
    choices = [("", _("do not import")), *WORDS.items()]
    own = column["field"]
    if own and own not in WORDS:
        choices.append((own, own))
    return forms.ChoiceField(label=column["name"] or "—", choices=choices, required=False, initial=own)
