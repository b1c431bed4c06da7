"""The registers of answers: who was asked, and what each objected to; only valid follow-ups count (S4-3.2.4.4.1)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clientela.customers.listing.filters import Filters
from clientela.customers.listing.table import Column, List, Rows, Sort, Value
from clientela.network.forms import DayInput
from clientela.network.models import Dealership
from clientela.satisfaction import questionnaires
from clientela.satisfaction.models import Grade, Response
from clientela.satisfaction.questionnaires import Item, Questionnaire

from .models import ContactTask, ProgrammeStep

State = ContactTask.State
ANY = [("", _("any"))]
OBJECTED, SATISFIED = "objected", "satisfied"


class AnswerFilters(Filters):
    """The days on which it was answered, and who said what. The days are always there: the view fills them in."""

    first = forms.DateField(label=_("from"), widget=DayInput())
    last = forms.DateField(label=_("until"), widget=DayInput())
    consultant = forms.CharField(label=_("attended by"), max_length=120)
    shows = forms.ChoiceField(
        label=_("show"), choices=[*ANY, (OBJECTED, _("not satisfied")), (SATISFIED, _("satisfied with everything"))]
    )

    pairs = (("first", "last"),)

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, house=house)
        for name in ("first", "last"):
            self.fields[name].required = True

    def chips(self) -> Iterator[Any]:
        """The period stands in the heading of the page."""
        return (chip for chip in super().chips() if chip.name not in {"first", "last"})

    def narrow(self, rows: Rows) -> Rows:
        given = self.cleaned_data
        rows = rows.filter(answered_at__gte=self.house.midnight(given["first"]))
        rows = rows.filter(answered_at__lt=self.house.midnight(given["last"], days=1))
        if given.get("consultant"):
            rows = rows.filter(consultant_name__icontains=given["consultant"])
        not_satisfied = ~Q(grade=Grade.SATISFIED) | ~Q(answers={})
        if given.get("shows"):
            rows = rows.filter(not_satisfied if given["shows"] == OBJECTED else ~not_satisfied)
        return rows


def register(of: Questionnaire) -> List:
    """The register of one questionnaire: a column for each of its items."""

    def rows(house: Dealership) -> Rows:
        return Response.objects.filter(dealership=house, questionnaire=of.code, withdrawn_at=None)

    return List(
        code="answers",
        title=of.name,
        rows=rows,
        dressed=lambda found: found.select_related("customer", "visit__vehicle", "recorded_by", "dealership"),
        filters=AnswerFilters,
        columns=(
            Column("at", _("Answered"), _day, kind="day", shown=True, firm=True),
            Column("name", _("Customer"), lambda r: r.customer.listed_name, kind="name", shown=True, firm=True),
            Column("plate", _("Plate"), _plate, kind="plate", shown=True),
            Column("number", _("Number"), lambda r: r.visit.number, shown=True),
            *(Column(f"item_{item.code}", item.name, _verdict(of, item), kind="word", shown=True) for item in of.items),
            *(Column(f"text_{q.code}", q.name, _said(q.code), shown=True) for q in of.texts),
            Column("grade", _("Answer"), lambda r: str(r.get_grade_display()), kind="word", shown=True),
            Column("words", _("Customer's words"), lambda r: r.words, shown=True),
            Column("attended", _("Attended by"), lambda r: r.consultant_name, shown=True),
            Column("by", _("Recorded by"), lambda r: str(r.recorded_by), shown=True),
        ),
        sorts=(Sort("at", _("Answered"), ("answered_at", "pk")),),
        detail="desk:visit",
    )


def known(house: Dealership) -> list[Questionnaire]:
    """The questionnaires that were answered in a house or that its steps ask, those with items first."""
    of_steps = ProgrammeStep.objects.filter(dealership=house, programme__active=True)
    from_steps = of_steps.values_list("questionnaire", flat=True)
    answered = Response.objects.filter(dealership=house).values_list("questionnaire", flat=True).distinct()
    codes = sorted({*from_steps, *answered} - {""})
    return sorted(map(questionnaires.of, codes), key=lambda found: (not found.items, found.code))


@dataclass(frozen=True)
class Validity:
    """Of the follow-ups concluded in a period: how many count, and why the others do not (S4-3.2.4.4.1d)."""

    valid: int
    declined: int
    unreached: int
    refused: int
    invalid: int

    @property
    def asked(self) -> int:
        return self.valid + self.not_valid

    @property
    def not_valid(self) -> int:
        return self.declined + self.unreached + self.refused + self.invalid


def validity(house: Dealership, of: Questionnaire, filters: AnswerFilters) -> Validity:
    """What became of the contacts that ask this questionnaire and were concluded in the period."""
    given = filters.cleaned_data
    rows = ContactTask.objects.filter(
        dealership=house,
        step__questionnaire=of.code,
        concluded_at__gte=house.midnight(given["first"]),
        concluded_at__lt=house.midnight(given["last"], days=1),
    )
    answered = Q(state=State.DONE, tries__response__withdrawn_at=None, tries__undone_at=None)
    valid = rows.filter(answered, tries__response__isnull=False).values("pk").distinct().count()
    states = Counter(rows.values_list("state", flat=True))
    return Validity(
        valid=valid,
        declined=states[State.DONE] - valid,
        unreached=states[State.UNREACHED],
        refused=states[State.REFUSED],
        invalid=states[State.INVALID],
    )


@dataclass(frozen=True)
class Objected:
    """One item: how many of the valid follow-ups objected to it."""

    item: Item
    objections: int
    of: int

    @property
    def percent(self) -> float | None:
        """Share satisfied, in percent; without any answer there is none."""
        return 100 * (self.of - self.objections) / self.of if self.of else None


def by_item(of: Questionnaire, rows: Rows) -> list[Objected]:
    """How often each item was objected to. One that was not mentioned is satisfied (S4-3.2.4.4.1c)."""
    given = list(rows.order_by().values_list("answers", flat=True))
    counted = Counter(item.code for answers in given for item in of.objected(answers))
    return [Objected(item, counted[item.code], len(given)) for item in of.items]


def _day(response: Response) -> Value:
    return timezone.localtime(response.answered_at, response.dealership.zone).date()


def _plate(response: Response) -> Value:
    return response.visit.vehicle.plate if response.visit.vehicle else ""


def _verdict(of: Questionnaire, item: Item) -> Any:
    def value(response: Response) -> Value:
        return str(_("not satisfied") if item in of.objected(response.answers) else _("satisfied"))

    return value


def _said(code: str) -> Any:
    def value(response: Response) -> Value:
        return response.texts.get(code) or str(response.not_obtained or _("not asked"))

    return value
