"""A follow-up plan: whom a team follows up in a period, with what, and what came of each (S4-2.3, S4-2.4a)."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clientela.customers.models import Customer, Visit
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .task import ContactTask

_State = ContactTask.State
#: A contact whose call brought a result; the result of its target is read from it.
CALLED = (_State.DONE, _State.REFUSED, _State.UNREACHED, _State.INVALID)


class PlanQuerySet(OfDealerships["Plan"]):
    def counted(self) -> Self:
        """With how many targets each has, and how many are recorded."""
        return self.annotate(
            total=Count("targets"),
            recorded=Count("targets", filter=_recorded("targets__")),
        )


class Plan(models.Model):
    """Made by who leads, worked down by those responsible, closed by the leader's review."""

    class Mode(models.TextChoices):
        PHONE = "phone", _("by telephone")
        VISIT = "visit", _("by home visit")
        NEW_CUSTOMER = "new_customer", _("call to meet new customers")

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        SUBMITTED = "submitted", _("at the leader's review")
        CLOSED = "closed", pgettext_lazy("plan", "closed")

    #: Every move a plan may make; back to open leads only the leader who sends it back.
    MOVES: ClassVar[dict[str, set[str]]] = {
        State.OPEN: {State.SUBMITTED},
        State.SUBMITTED: {State.CLOSED, State.OPEN},
        State.CLOSED: set(),
    }

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name of the plan"), max_length=120)
    mode = models.CharField(_("how"), max_length=12, choices=Mode, default=Mode.PHONE)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("until"))
    #: What is prepared beforehand, and what is to be spoken about.
    material = models.TextField(_("material and topics prepared"), max_length=4000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    made_by = models.ForeignKey("network.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    submitted_by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(to_on__gte=models.F("from_on")),
                name="plan_ends_after_it_began",
                violation_error_message=_("It ends before it begins. Choose a later last day."),
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(submitted_at__isnull=False), name="plan_was_submitted_before_its_review"
            ),
        )
        indexes = (models.Index(fields=["dealership", "-made_at", "-id"], name="plan_newest"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_by_phone(self) -> bool:
        return self.mode == self.Mode.PHONE

    def is_late(self, at: datetime) -> bool:
        """Still under way though its period is over."""
        return self.is_open and self.dealership.today(at) > self.to_on


class TargetQuerySet(OfDealerships["PlanTarget"]):
    def recorded(self) -> Self:
        return self.filter(_recorded())

    def unrecorded(self) -> Self:
        return self.exclude(pk__in=PlanTarget.objects.filter(_recorded()).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("customer", "visit__vehicle", "task", "responsible", "recorded_by")


class PlanTarget(models.Model):
    """One customer of a plan, with the visit and the contact behind it where there are any."""

    class Result(models.TextChoices):
        REACHED = "reached", _("reached")
        NOT_REACHED = "not_reached", _("not reached")
        BOOKED = "booked", _("visit booked")
        MET = "met", _("new customer met")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="targets")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="planned_for")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="planned_for")
    task = models.ForeignKey(ContactTask, null=True, on_delete=models.SET_NULL, related_name="planned_for")
    responsible = models.ForeignKey(
        "network.User", verbose_name=_("responsible"), on_delete=models.PROTECT, related_name="plan_targets"
    )
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    words = models.TextField(_("what was said"), max_length=2000, blank=True)
    visit_at = models.DateTimeField(_("visit booked for"), null=True, blank=True)
    recorded_by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(null=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["plan", "visit"], condition=Q(visit__isnull=False), name="target_once_a_visit"
            ),
            models.UniqueConstraint(
                fields=["plan", "customer"], condition=Q(visit__isnull=True), name="target_once_a_customer"
            ),
            models.CheckConstraint(
                condition=Q(result="", recorded_at__isnull=True, recorded_by__isnull=True)
                | (~Q(result="") & Q(recorded_at__isnull=False, recorded_by__isnull=False)),
                name="target_recorded_with_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(result="booked") | Q(visit_at__isnull=False), name="booked_visit_has_a_time"
            ),
        )

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def from_call(self) -> bool:
        """Whether what came of it is read from the call screen."""
        return not self.result and self.task is not None and self.task.state in CALLED

    @property
    def is_recorded(self) -> bool:
        return bool(self.result) or self.from_call

    @property
    def waits_for_call(self) -> bool:
        """Its contact is open: what comes of it is recorded on the call screen."""
        return not self.result and self.task is not None and self.task.is_open

    @property
    def result_said(self) -> str:
        if self.result:
            return str(self.get_result_display())
        if self.from_call and self.task:
            return str(self.Result.REACHED.label if self.task.state == _State.DONE else self.task.get_state_display())
        return ""


class PlanReview(models.Model):
    """What the leader said of a plan, and on which day: closed, or sent back."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="reviews")
    by = models.ForeignKey("network.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    closes = models.BooleanField()
    remarks = models.TextField(_("remarks"), max_length=2000)

    objects = OfDealerships["PlanReview"].as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(remarks=""), name="review_has_remarks"),)

    def __str__(self) -> str:
        return f"{self.plan} {self.at:%Y-%m-%d}"


def _recorded(path: str = "") -> Q:
    """Written down on the plan, or the call behind it came to an end."""
    return Q(**{f"{path}recorded_at__isnull": False}) | Q(**{f"{path}task__state__in": CALLED})
