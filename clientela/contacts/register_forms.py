"""What is written into the registers: calls, requests, letters, inspections, closings."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Vehicle
from clientela.network.forms import DayInput, OfTheHouse
from clientela.network.models import Dealership, User

from . import letters
from .models import Channel, ContactRecord, Counter, Letter, LetterTemplate, TalkingPoint
from .plan_forms import callers_of
from .register_filters import YEARS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Longer than anything ever said on a call; what is longer was pasted by mistake.
LONGEST = 20_000
ANSWERED, NOT_YET = "answered", "not_yet"
NO_WORDS: "StrOrPromise" = _("Write what was said.")
NO_KIND: "StrOrPromise" = _("Say what it was about.")
NO_ANSWER: "StrOrPromise" = _("Write what was answered, or choose “not yet”.")
NO_OWNER: "StrOrPromise" = _("Choose who sees to it until the customer has her answer.")


def area(rows: int) -> forms.Textarea:
    return forms.Textarea({"rows": rows})


class WordingForm(forms.Form):
    """The wording of a record: what it was about, what was said, what was answered."""

    summary = forms.CharField(label=_("about, in a line"), max_length=200, required=False)
    words = forms.CharField(
        label=_("what was said"), max_length=LONGEST, widget=area(4), error_messages={"required": NO_WORDS}
    )
    answer = forms.CharField(label=_("what was answered"), max_length=LONGEST, widget=area(3), required=False)


class InboundForm(WordingForm):
    """A call that is written down. Where it was not answered on the spot, somebody sees to it."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=36)
    started_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label=_("who called"),
        choices=[
            (ContactRecord.Direction.IN, _("the customer called us")),
            (ContactRecord.Direction.OUT, _("we called the customer")),
        ],
        widget=forms.RadioSelect,
        initial=ContactRecord.Direction.IN,
    )
    kind = forms.ChoiceField(
        label=_("what about"),
        choices=[
            (kind.value, kind.label)
            for kind in (
                ContactRecord.Kind.INQUIRY,
                ContactRecord.Kind.COMPLAINT,
                ContactRecord.Kind.ADVICE,
                ContactRecord.Kind.OTHER,
            )
        ],
        widget=forms.RadioSelect,
        error_messages={"required": NO_KIND, "invalid_choice": NO_KIND},
    )
    channel = forms.ChoiceField(label=_("channel"), choices=Channel.choices, initial=Channel.PHONE)
    vehicle = forms.ModelChoiceField(
        label=_("vehicle"), queryset=Vehicle.objects.none(), required=False, empty_label=_("none in particular")
    )
    caller = forms.CharField(label=_("name of the caller"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("telephone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    outcome = forms.ChoiceField(
        label=_("answered on the spot?"),
        choices=[(ANSWERED, _("yes, answered")), (NOT_YET, _("not yet: it becomes a request"))],
        widget=forms.RadioSelect,
        initial=ANSWERED,
    )
    owner = forms.ModelChoiceField(
        label=_("who sees to it"), queryset=User.objects.none(), required=False, error_messages={"required": NO_OWNER}
    )
    point = forms.ChoiceField(
        label=_("is it a talking point?"),
        choices=[("", _("no, a question")), *TalkingPoint.Kind.choices],
        required=False,
        help_text=_("As a talking point it is solved or reported to the manager within two days."),
    )
    about = forms.ChoiceField(
        label=_("about"), choices=[("", _("neither")), *TalkingPoint.About.choices], required=False
    )

    def __init__(self, data: Any, *, house: Dealership, customer: Customer | None, by: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.customer = customer
        self.fields["owner"].queryset = callers_of(house)  # type: ignore[attr-defined]
        self.initial.setdefault("owner", by.pk)
        self.initial.setdefault("key", str(uuid4()))
        if customer:
            cars = Vehicle.objects.filter(dealership=house, ownerships__customer=customer, ownerships__to_on=None)
            self.fields["vehicle"].queryset = cars.distinct().order_by("pk")  # type: ignore[attr-defined]
            held = list(cars.distinct().values_list("pk", flat=True)[:2])
            self.initial.setdefault("vehicle", held[0] if len(held) == 1 else None)
        else:
            del self.fields["vehicle"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("outcome") == ANSWERED:
            given["owner"], given["point"], given["about"] = None, "", ""
            if not given.get("answer") and "answer" not in self.errors:
                self.add_error("answer", NO_ANSWER)
        elif given.get("outcome") == NOT_YET:
            given["answer"] = ""
            if not given.get("owner") and "owner" not in self.errors:
                self.add_error("owner", NO_OWNER)
            self._settle_point(given)
        if not self.customer and not (given.get("caller") or given.get("phone")):
            self.add_error("caller", _("Find the customer above, or write a name or a telephone."))
        return given

    def _settle_point(self, given: dict[str, Any]) -> None:
        """A complaint always is one; without a file it becomes one when the caller is found."""
        if given.get("kind") == ContactRecord.Kind.COMPLAINT:
            given["point"] = TalkingPoint.Kind.COMPLAINT if self.customer else ""
        elif given.get("point") and not self.customer:
            self.add_error("point", _("Find the customer's file first: a point is answered to somebody."))

    @property
    def talk(self) -> dict[str, Any]:
        """As `inbound.Talk` takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "outcome"}
        return {"customer": self.customer, **given}


class PassOnForm(forms.Form):
    """To whom a request goes, and what she must know."""

    taker = forms.ModelChoiceField(label=_("to"), queryset=User.objects.none())
    reason = forms.CharField(label=_("why, and what the next one must know"), max_length=400, widget=area(2))

    def __init__(self, data: Any = None, *, house: Dealership, owner: User) -> None:
        super().__init__(data, auto_id="pass_%s")
        self.fields["taker"].queryset = callers_of(house).exclude(pk=owner.pk)  # type: ignore[attr-defined]


class ReplyForm(forms.Form):
    """What the customer was told, and by what."""

    told_by = forms.ChoiceField(
        label=_("told by"),
        required=False,
        choices=[*Channel.choices, ("", _("she called again and heard it then"))],
        initial=Channel.PHONE,
    )
    answer = forms.CharField(label=_("what the customer was told"), max_length=LONGEST, widget=area(3))


class LetterForm(forms.ModelForm[Letter]):
    """A letter before it leaves the house."""

    class Meta:
        model = Letter
        fields = ("kind", "channel", "addressee", "address", "vehicle", "event", "subject", "text", "key")
        widgets = {"text": area(14), "key": forms.HiddenInput()}
        help_texts = {"event": _("What is announced: content, day and place. Only if the letter is about an event.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cars = Vehicle.objects.filter(
            dealership=self.instance.dealership, ownerships__customer=self.instance.customer, ownerships__to_on=None
        )
        self.fields["vehicle"].queryset = cars.distinct().order_by("pk")  # type: ignore[attr-defined]

    def validate_constraints(self) -> None:
        """Sent twice from one page it is one letter, and no mistake."""


class BeginForm(forms.Form):
    """Which template a letter begins with."""

    template = forms.ModelChoiceField(
        label=_("begin with a template"),
        queryset=LetterTemplate.objects.none(),
        required=False,
        empty_label=_("a blank page"),
    )

    def __init__(self, data: Any, *, house: Dealership) -> None:
        super().__init__(data, auto_id="b_%s")
        rows = LetterTemplate.objects.filter(dealership=house, retired=False).order_by("kind", "name")
        self.fields["template"].queryset = rows  # type: ignore[attr-defined]


class LetterAnswerForm(forms.Form):
    """What came back."""

    answered_on = forms.DateField(label=_("answer received on"), widget=DayInput())
    answer = forms.CharField(label=_("what the customer answered"), max_length=LONGEST, widget=area(3))


class TemplateForm(OfTheHouse[LetterTemplate]):
    """A template: its places in curly brackets are filled in when a letter begins with it."""

    class Meta:
        model = LetterTemplate
        fields = ("name", "kind", "subject", "text", "retired")
        widgets = {"text": area(12)}

    def clean_subject(self) -> str:
        return self._filled("subject")

    def clean_text(self) -> str:
        return self._filled("text")

    def _filled(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if wrong := letters.wrong_place(text):
            raise forms.ValidationError(wrong)
        return text


class InspectionForm(forms.Form):
    """What a manager found in a record."""

    IN_ORDER, FINDING = "in_order", "finding"
    verdict = forms.ChoiceField(
        label=_("what was found"),
        choices=[(IN_ORDER, _("in order")), (FINDING, _("a finding"))],
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(label=_("finding"), max_length=2000, widget=area(2), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("verdict") == self.FINDING and not given.get("finding") and "finding" not in self.errors:
            self.add_error("finding", _("Write what was found."))
        return given


class MonthForm(forms.Form):
    """Which month of which register is closed."""

    register = forms.ChoiceField(choices=Counter.Register.choices)
    month = forms.DateField()

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        if month.year not in YEARS:
            raise forms.ValidationError(_("There is no register of that year."))
        return month
