"""What a lead writes into a follow-up plan, and what those responsible write down."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Visit
from clientela.network.forms import DayInput, OfTheHouse, people_of
from clientela.network.models import Dealership, User
from clientela.network.permissions import RIGHTS, Permission

from .models import Plan, PlanTarget

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: More days at once are no batch any more.
LONGEST = timedelta(days=366)
HOW = [("even", _("evenly")), ("owner", _("to who looks after the customer, the rest evenly"))]
TOO_LONG: "StrOrPromise" = _("Look at one year at most.")
WRONG_WAY: "StrOrPromise" = _("The end lies before the beginning.")


def callers_of(house: Dealership) -> Any:
    """Who may contact customers of this house."""
    roles = [role for role, rights in RIGHTS.items() if Permission.CALL in rights]
    found = User.objects.filter(is_active=True, roles__dealership=house, roles__role__in=roles)
    return found.distinct().order_by("name", "pk")


class BatchForm(forms.Form):
    """Which visits a plan is made of; read from the address."""

    first = forms.DateField(label=_("closed from"), widget=DayInput())
    last = forms.DateField(label=_("closed until"), widget=DayInput())
    kind = forms.ChoiceField(label=_("kind of visit"), choices=Visit.Kind.choices, initial=Visit.Kind.WORKSHOP_VISIT)
    consultant = forms.ModelChoiceField(
        label=_("attended by"), queryset=User.objects.none(), required=False, empty_label=_("any")
    )

    def __init__(self, data: Any, *, dealership: Dealership) -> None:
        super().__init__(data, auto_id="b_%s")
        self.fields["consultant"].queryset = people_of(dealership)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", WRONG_WAY)
        elif first and last and last - first > LONGEST:
            self.add_error("last", TOO_LONG)
        return given


class AllotForm(forms.Form):
    """Who is responsible, and how the customers are shared out among them."""

    takers = forms.ModelMultipleChoiceField(
        label=_("persons responsible"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    how = forms.ChoiceField(label=_("shared out"), choices=HOW, initial="even")

    def __init__(self, data: Any = None, *, dealership: Dealership, auto_id: str = "id_%s") -> None:
        super().__init__(data, auto_id=auto_id)
        self.fields["takers"].queryset = callers_of(dealership)  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        return {"takers": list(self.cleaned_data["takers"]), "by_owner": self.cleaned_data["how"] == "owner"}


class ShareForm(AllotForm):
    """The same anew, of everybody's customers or of one person's."""

    giver = forms.ModelChoiceField(
        label=_("customers of"), queryset=User.objects.none(), required=False, empty_label=_("everybody")
    )

    def __init__(self, data: Any = None, *, plan: Plan) -> None:
        super().__init__(data, dealership=plan.dealership, auto_id="share_%s")
        givers = User.objects.filter(plan_targets__plan=plan).distinct().order_by("name", "pk")
        self.fields["giver"].queryset = givers  # type: ignore[attr-defined]
        self.order_fields(["giver", "takers", "how"])

    @property
    def asked(self) -> dict[str, Any]:
        return super().asked | {"giver": self.cleaned_data["giver"]}


class GiveForm(forms.Form):
    """Chosen customers for one person."""

    targets = forms.TypedMultipleChoiceField(coerce=int)
    taker = forms.ModelChoiceField(label=_("give the chosen to"), queryset=User.objects.none())

    def __init__(self, data: Any = None, *, plan: Plan) -> None:
        super().__init__(data, auto_id="give_%s")
        self.fields["taker"].queryset = callers_of(plan.dealership)  # type: ignore[attr-defined]
        keys = plan.targets.unrecorded().values_list("pk", flat=True) if self.is_bound else []
        self.fields["targets"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]


class PlanForm(OfTheHouse[Plan]):
    class Meta:
        model = Plan
        fields = ("name", "mode", "from_on", "to_on", "material")
        widgets = {"from_on": DayInput(), "to_on": DayInput(), "material": forms.Textarea(attrs={"rows": 3})}


class RecordForm(forms.Form):
    """What came of one customer."""

    result = forms.ChoiceField(label=_("result"), choices=PlanTarget.Result.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("what was said"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    visit_at = forms.DateTimeField(
        label=_("visit booked for"),
        required=False,
        help_text=_("Only for a booked visit."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_visit_at(self) -> Any:
        moment = self.cleaned_data["visit_at"]
        if moment and not 1900 < moment.year < 2200:
            raise forms.ValidationError(_("Write the year with four figures."))
        return moment

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("result") == PlanTarget.Result.BOOKED and not given.get("visit_at"):
            self.add_error("visit_at", _("Say for which day and time the visit is booked."))
        if given.get("result") in {"reached", "met"} and not given.get("words"):
            self.add_error("words", _("Write what was said."))
        return given

    @classmethod
    def of(cls, target: PlanTarget) -> "RecordForm":
        at = timezone.localtime(target.visit_at, target.dealership.zone) if target.visit_at else None
        return cls(initial={"result": target.result, "words": target.words, "visit_at": at})


class ReviewForm(forms.Form):
    """The leader's word."""

    remarks = forms.CharField(
        label=_("remarks of the leader"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


def week_before(today: date) -> tuple[date, date]:
    """Monday to Sunday of last week: what a plan is mostly made of."""
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)
