"""A talking point: what the customer asked for, wished or complained of, until it is answered to her satisfaction."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clientela.customers.models import Customer, Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, Department, User
from clientela.network.permissions import Permission
from clientela.network.scoping import OfDealerships

from .next_service import NextService
from .record import ContactRecord


class PointQuerySet(OfDealerships["TalkingPoint"]):
    def standing(self) -> Self:
        """Not taken back with their call."""
        return self.filter(withdrawn_at=None)

    def open(self) -> Self:
        return self.filter(closed_at=None, withdrawn_at=None)

    def clocked(self) -> Self:
        """Each with the moment at which its clock runs out; none while the manager is asked, or when it is closed."""
        return self.annotate(
            due_at=Case(
                When(state=TalkingPoint.State.PENDING, then=F("report_by")),
                When(state=TalkingPoint.State.SOLVED, then=F("inform_by")),
                output_field=models.DateTimeField(),
            )
        )

    def late(self, at: datetime) -> Self:
        """Whose clock has run out."""
        return self.open().filter(
            Q(state=TalkingPoint.State.PENDING, report_by__lt=at) | Q(state=TalkingPoint.State.SOLVED, inform_by__lt=at)
        )

    def breached(self, at: datetime) -> Self:
        """Late now, or late once: what was done in the end does not make it good (S1-4.4f)."""
        once = PointStep.objects.filter(point=OuterRef("pk"), at__gt=F("due_at"))
        return self.filter(Exists(once) | Q(pk__in=self.late(at).order_by().values("pk")))

    def for_list(self) -> Self:
        return self.select_related("customer", "visit", "owner", "asked", "dealership", "record")


class TalkingPoint(models.Model):
    """An open item until it is answered (S1-4.4c to S1-4.4f).

    Answered on the spot it is closed with the call. Else the agent solves it or reports it to the manager within two
    days (`report_by`); the day a solution is there the customer is told (`inform_by`); it ends with a customer who is
    satisfied, or goes back to the manager.
    """

    class Kind(models.TextChoices):
        REQUIREMENT = "requirement", _("requirement")
        WISH = "wish", _("wish")
        COMPLAINT = "complaint", _("complaint")
        SUGGESTION = "suggestion", _("suggestion")
        CRITICISM = "criticism", _("criticism")

    class About(models.TextChoices):
        """What a suggestion or a criticism is on (S4-1.3.3a)."""

        PRODUCT = "product", _("on the product")
        SERVICE = "service", _("on the service")

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        REPORTED = "reported", _("reported to the manager")
        SOLVED = "solved", _("solution is there")
        CLOSED = "closed", pgettext_lazy("point", "closed")

    #: Every move a point may make: the customer who is not satisfied sends it back to the manager.
    MOVES: ClassVar[dict[str, set[str]]] = {
        State.PENDING: {State.REPORTED, State.SOLVED, State.CLOSED},
        State.REPORTED: {State.SOLVED},
        State.SOLVED: {State.CLOSED, State.REPORTED},
        State.CLOSED: set(),
    }

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    #: The call on which it was said.
    record = models.ForeignKey(ContactRecord, on_delete=models.PROTECT, related_name="points")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="points")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.TextField(_("what the customer said"))
    about = models.CharField(_("about"), max_length=10, choices=About, blank=True)
    #: Whose affair it is: reports count by it.
    department = models.CharField(_("department"), max_length=20, choices=Department.Kind, blank=True)
    #: For when the customer needs it; with it a need becomes a next service (S1-3.2).
    wanted_on = models.DateField(_("needed by"), null=True)
    next_service = models.ForeignKey(NextService, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    #: Who sees to it; at first who heard it.
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="points")
    recorded_at = models.DateTimeField()
    #: What was answered on the spot, or found by the agent herself.
    answer = models.TextField(_("answer"), blank=True)
    #: The last moment to solve it or report it: the end of the second day after the call (S1-4.4e).
    report_by = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    #: Which manager is asked for a solution.
    asked = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="points_asked")
    report = models.TextField(_("what is asked of the manager"), blank=True)
    solution = models.TextField(_("solution"), blank=True)
    solved_at = models.DateTimeField(null=True)
    solved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    #: The end of the day on which the solution came (S1-4.4f).
    inform_by = models.DateTimeField(null=True)
    informed_at = models.DateTimeField(null=True)
    satisfied = models.BooleanField(null=True)
    closed_at = models.DateTimeField(null=True)
    #: The call was taken back.
    withdrawn_at = models.DateTimeField(null=True)

    objects = PointQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="point_closed_exactly_if_closed",
            ),
            models.CheckConstraint(
                condition=Q(reported_at=None) | ~Q(report="") & Q(asked__isnull=False),
                name="point_reported_says_what_and_to_whom",
            ),
            models.CheckConstraint(condition=Q(solved_at=None) | ~Q(solution=""), name="point_solved_says_how"),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(satisfied=True) | ~Q(answer="") & Q(reported_at=None),
                name="point_ends_with_an_answer_or_a_satisfied_customer",
            ),
        )
        indexes = (
            models.Index(fields=["dealership", "report_by"], condition=Q(closed_at=None), name="point_open"),
            models.Index(fields=["dealership", "-recorded_at", "-id"], name="point_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"

    @property
    def runs_out_at(self) -> datetime | None:
        """When its clock runs out; none runs while the manager is asked, and when it is closed."""
        return {self.State.PENDING: self.report_by, self.State.SOLVED: self.inform_by}.get(self.State(self.state))

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.withdrawn_at is None

    def is_late(self, at: datetime) -> bool:
        due = self.runs_out_at
        return self.is_open and due is not None and at > due

    def may_act(self, user: User) -> bool:
        """Who sees to it, and who may give work to others."""
        return self.owner_id == user.pk or user.may(Permission.REASSIGN, self.dealership_id)

    def may_solve(self, user: User) -> bool:
        """The manager who was asked, and any other who may solve in this house."""
        return self.asked_id == user.pk or user.may(Permission.SOLVE_POINTS, self.dealership_id)

    def move(self, to: str, **facts: Any) -> None:
        """Change the state if MOVES has it and nobody was faster."""
        if self.withdrawn_at:
            raise Refusal(_("The call on which this was said was taken back."))
        if to not in self.MOVES[self.state]:
            raise Refusal(
                _("A point that is “%(state)s” cannot become “%(other)s”.")
                % {"state": self.get_state_display(), "other": self.State(to).label}
            )
        # Conditional on the state we read: of two people acting at once, one wins.
        standing = TalkingPoint.objects.filter(pk=self.pk, state=self.state, withdrawn_at=None)
        if not standing.update(state=to, **facts):
            raise Refusal(_("Somebody else has just changed this point."))
        self.refresh_from_db()


class PointStep(models.Model):
    """One step of a point, in the order in which they were made: a line that is never changed.

    A point may go round more than once; here each round can be read, and which clock was not kept.
    """

    class Act(models.TextChoices):
        RECORDED = "recorded", _("heard on a call")
        ON_THE_SPOT = "on_the_spot", _("answered on the spot")
        ANSWERED = "answered", _("solved by the agent")
        REPORTED = "reported", _("reported to the manager")
        SOLVED = "solved", _("solution entered")
        SATISFIED = "satisfied", _("customer informed: satisfied")
        SENT_BACK = "sent_back", _("customer informed: not satisfied")
        PASSED = "passed", _("passed on")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    point = models.ForeignKey(TalkingPoint, on_delete=models.CASCADE, related_name="steps")
    act = models.CharField(max_length=12, choices=Act)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    #: Who is asked, or sees to it from then on.
    to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    #: The clock that this step stopped.
    due_at = models.DateTimeField(null=True)
    #: The line of the register: the call on which it was heard, or the one by which the customer was informed.
    record = models.ForeignKey(ContactRecord, null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfDealerships["PointStep"].as_manager()

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.at > self.due_at
