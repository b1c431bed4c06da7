"""What can be asked of a register: its period, whose lines, what about, what came of them."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from clientela.customers.listing.filters import Filters
from clientela.customers.listing.table import Rows
from clientela.lib.names import search_key
from clientela.network.forms import DayInput
from clientela.network.models import Dealership, User

from .coverage import Period
from .models import Channel, ContactRecord, Letter, LetterKind, Outcome

#: More days at once are no period any more.
LONGEST = timedelta(days=366)
#: Of other years there is no register.
YEARS = range(1970, 2200)
ANY = [("", _("any"))]
ANSWERED, ASKED, INFORMED, TAKEN_BACK = "answered", "asked", "informed", "taken_back"
#: What came of a line, in the order in which it is asked for.
RESULTS = [
    *Outcome.choices,
    (ANSWERED, _("answered on the spot")),
    (ASKED, _("became a request")),
    (INFORMED, _("customer informed")),
    (TAKEN_BACK, _("taken back")),
]
_Direction = ContactRecord.Direction


class RegisterFilters(Filters):
    """A period, and words to look for. The period's days are always there: the view fills them in."""

    q = forms.CharField(label=_("search"), max_length=100)
    first = forms.DateField(label=_("from"), widget=DayInput())
    last = forms.DateField(label=_("until"), widget=DayInput())

    pairs = (("first", "last"),)
    #: Which moment of a row lies in the period.
    moment = "at"

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, house=house)
        for name in ("first", "last"):
            self.fields[name].required = True
        people = User.objects.filter(roles__dealership=house).distinct().order_by("name", "pk")
        for name in {"agent", "owner"} & set(self.fields):
            self.fields[name].queryset = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, last = given.get("first"), given.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and day.year not in YEARS:
                self.add_error(name, _now("There is no register of that year."))
        if first and last and last - first > LONGEST:
            self.add_error("last", _now("Look at one year at most."))
        return given

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])

    def chips(self) -> Iterator[Any]:
        """The period stands in the heading of the page."""
        return (chip for chip in super().chips() if chip.name not in {"first", "last"})

    def narrow(self, rows: Rows) -> Rows:
        begins, ends = (
            datetime.combine(day, time(), self.house.zone)
            for day in (self.period.first, self.period.last + timedelta(days=1))
        )
        rows = rows.filter(**{f"{self.moment}__gte": begins, f"{self.moment}__lt": ends})
        for name, value in self.asked.items():
            if name not in {"first", "last"}:
                rows = getattr(self, f"by_{name}")(rows, value)
        return rows

    def by_agent(self, rows: Rows, agent: User) -> Rows:
        return rows.filter(by=agent)

    def by_kind(self, rows: Rows, kind: str) -> Rows:
        return rows.filter(kind=kind)

    def by_channel(self, rows: Rows, channel: str) -> Rows:
        return rows.filter(channel=channel)


def _whom(term: str) -> Q:
    """A customer by name or plate, as they are searched."""
    words = Q()
    for word in search_key(term).split()[:8]:
        words &= Q(customer__search_name__contains=word)
    plate = "".join(sign for sign in term.upper() if sign.isalnum())
    return (words if words else Q(pk=None)) | (Q(vehicle__plate_key__contains=plate) if len(plate) > 2 else Q(pk=None))


def _number(term: str) -> Q:
    """A line by its number: 2026-00012, or 12."""
    year, _dash, number = term.strip().rpartition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        return Q(pk=None)
    found = Q(number=int(number))
    return found & Q(year=int(year)) if year.isascii() and year.isdigit() and len(year) == 4 else found


class CallFilters(RegisterFilters):
    """Which calls: out or in, what about, by whom, by what, and what came of them."""

    direction = forms.ChoiceField(label=_("direction"), choices=[*ANY, *_Direction.choices])
    kind = forms.ChoiceField(label=_("kind"), choices=[*ANY, *ContactRecord.Kind.choices])
    agent = forms.ModelChoiceField(label=_("recorded by"), queryset=User.objects.none(), empty_label=_("any"))
    channel = forms.ChoiceField(label=_("channel"), choices=[*ANY, *Channel.choices])
    result = forms.ChoiceField(label=_("result"), choices=[*ANY, *RESULTS])
    known = forms.ChoiceField(label=_("caller"), choices=[*ANY, ("yes", _("has a file")), ("no", _("unknown caller"))])

    def by_direction(self, rows: Rows, direction: str) -> Rows:
        return rows.filter(direction=direction)

    def by_result(self, rows: Rows, result: str) -> Rows:
        if result == TAKEN_BACK:
            return rows.filter(attempt__undone_at__isnull=False)
        if result == ASKED:
            return rows.filter(request__isnull=False)
        if result == ANSWERED:
            return rows.filter(attempt=None, request=None).exclude(answer="").exclude(kind=ContactRecord.Kind.SOLUTION)
        if result == INFORMED:
            return rows.filter(kind=ContactRecord.Kind.SOLUTION)
        return rows.filter(attempt__outcome=result, attempt__undone_at=None)

    def by_known(self, rows: Rows, known: str) -> Rows:
        return rows.filter(customer__isnull=known == "no")

    def by_q(self, rows: Rows, term: str) -> Rows:
        said = Q(summary__icontains=term) | Q(words__icontains=term) | Q(answer__icontains=term)
        heard = Q(attempt__words__icontains=term) | Q(caller__icontains=term) | Q(phone__icontains=term)
        return rows.filter(said | heard | _whom(term) | _number(term))


class LetterFilters(RegisterFilters):
    """Which letters."""

    kind = forms.ChoiceField(label=_("kind"), choices=[*ANY, *LetterKind.choices])
    agent = forms.ModelChoiceField(label=_("sent by"), queryset=User.objects.none(), empty_label=_("any"))
    channel = forms.ChoiceField(label=_("channel"), choices=[*ANY, *Letter.Channel.choices])
    answered = forms.ChoiceField(
        label=_("answer"), choices=[*ANY, ("yes", _("answer received")), ("no", _("no answer yet"))]
    )

    def by_answered(self, rows: Rows, answered: str) -> Rows:
        return rows.filter(answered_on__isnull=answered == "no")

    def by_q(self, rows: Rows, term: str) -> Rows:
        said = Q(subject__icontains=term) | Q(text__icontains=term) | Q(addressee__icontains=term)
        return rows.filter(said | Q(event__icontains=term) | _whom(term) | _number(term))


class RequestFilters(RegisterFilters):
    """Which requests that were closed or opened in a period."""

    moment = "opened_at"
    owner = forms.ModelChoiceField(label=_("responsible"), queryset=User.objects.none(), empty_label=_("any"))

    def by_owner(self, rows: Rows, owner: User) -> Rows:
        return rows.filter(owner=owner)

    def by_q(self, rows: Rows, term: str) -> Rows:
        said = Q(record__summary__icontains=term) | Q(record__words__icontains=term) | Q(answer__icontains=term)
        known = Q(record__caller__icontains=term) | Q(customer__search_name__contains=search_key(term))
        return rows.filter(said | known)
