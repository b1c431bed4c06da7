"""The contact task: somebody is due a contact."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Vehicle, Visit
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .next_service import NextService
from .programme import ProgrammeStep

if TYPE_CHECKING:
    from clientela.contacts.conditions import Condition


class Timing(models.TextChoices):
    """Where a day lies against a window (S0-c.2)."""

    EARLY = "early", _("early")
    IN_WINDOW = "in_window", _("in window")
    LATE = "late", _("late")


class TaskQuerySet(OfDealerships["ContactTask"]):
    def open(self) -> Self:
        return self.filter(state=ContactTask.State.OPEN)

    def callable_at(self, at: datetime) -> Self:
        return self.open().filter(callable_from__lte=at)

    def late(self, at: datetime) -> Self:
        return self.open().filter(due_at__lte=at, contacted_on=None)

    def due_by(self, end: datetime) -> Self:
        """What today's list shows: callable before the day ends; what was tried and waits for tomorrow is not."""
        return self.open().filter(callable_from__lt=end)

    def ranked(self) -> Self:
        return self.order_by("ranks_at", "id")

    def for_list(self) -> Self:
        return self.select_related("customer", "vehicle", "visit", "step__programme", "leased_by", "dealership")


#: How far a promised call ranks before all that is merely due; nothing is overdue for longer.
PROMISED_FIRST = timedelta(days=3653)
#: The rank of a task `k` whose new deadline is `own.due_at`.
RANK = f"coalesce(k.call_back_at - interval '{PROMISED_FIRST.days} days', own.due_at)"


class ContactTask(models.Model):
    """One step is due to one customer for one anchor; identity is (`step_code`, `anchor`).

    It keeps the parameters it was born with. `callable_from` is the first moment a call is allowed, `due_at` the
    end of the window's last day, `ranks_at` what the queue orders by: `due_at`, or well before it for an agreed time.
    A lease (`leased_by`, `leased_until`) returns by itself; `fence` counts leases, so a late holder is refused.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        UNREACHED = "unreached", _("not reached")
        REFUSED = "refused", _("refused")
        INVALID = "invalid", _("no valid number")
        CANCELLED = "cancelled", _("cancelled")
        MERGED = "merged", _("merged with another contact")
        SUPPRESSED = "suppressed", _("left out: contacted often enough")
        LEFT_OUT = "left_out", _("left out: somebody decided so")

    #: Every move a task may make. Back to open leads only an undo, a new number or a visit that counts again.
    MOVES: ClassVar[dict[str, set[str]]] = {
        State.OPEN: {
            *(State.DONE, State.UNREACHED, State.REFUSED, State.INVALID, State.CANCELLED, State.MERGED),
            State.LEFT_OUT,
        },
        State.DONE: {State.OPEN},
        State.UNREACHED: {State.OPEN},
        State.REFUSED: {State.OPEN},
        State.INVALID: {State.OPEN},
        State.CANCELLED: {State.OPEN},
        State.MERGED: {State.OPEN, State.CANCELLED},
        State.SUPPRESSED: {State.OPEN},
        State.LEFT_OUT: {State.OPEN},
    }

    # Without an index of its own: those below begin with the dealership.
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    step = models.ForeignKey(ProgrammeStep, on_delete=models.PROTECT, related_name="tasks")
    step_code = models.CharField(max_length=120)
    anchor = models.CharField(max_length=60)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="tasks")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tasks")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="tasks")

    #: The day 0 of the window: of the visit, of the step before, or of the anniversary.
    anchor_on = models.DateField()
    performer = models.CharField(max_length=30, default="representative")
    window_from = models.SmallIntegerField()
    from_unit = models.CharField(max_length=20, default="calendar_day")
    window_to = models.SmallIntegerField()
    to_unit = models.CharField(max_length=20, default="calendar_day")
    closed_days = models.CharField(max_length=10, default="keep")
    #: Days after `due_on` on which a contact still counts as in the window (S3-P6a).
    tolerance = models.SmallIntegerField(default=0)
    step_version = models.IntegerField(default=1)
    attempts_max = models.SmallIntegerField(null=True)
    distinct_days = models.BooleanField()
    distinct_bands = models.BooleanField()

    opens_on = models.DateField()
    due_on = models.DateField()
    due_at = models.DateTimeField()
    callable_from = models.DateTimeField()
    ranks_at = models.DateTimeField()
    call_back_at = models.DateTimeField(null=True)
    #: The day within the window on which she was first spoken to and asked for another time: by it the contact is in
    #: time, whenever the agreed call is (S4-1.3.4d).
    contacted_on = models.DateField(null=True)
    #: The day that levelling gave it, so that no day overflows; none while the coming weeks have no room for it.
    planned_on = models.DateField(null=True)

    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    attempts = models.SmallIntegerField(default=0)
    bands_used = ArrayField(models.CharField(max_length=12), default=list)
    assignee = models.ForeignKey("network.User", null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    leased_by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    leased_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=0)
    #: What was decided before the call, under which `fence`: in spite of rest hours, or of a caution, and why.
    decided = models.JSONField(null=True)
    concluded_at = models.DateTimeField(null=True)
    #: How the day that concluded it lay against its own window.
    timing = models.CharField(max_length=10, choices=Timing, blank=True)
    #: The call that counted for it though it was made for another: of the same customer, or of a step that satisfies.
    via = models.ForeignKey("contacts.Attempt", null=True, on_delete=models.SET_NULL, related_name="counts_for")
    planned_at = models.DateTimeField()

    #: Not stored; pages set them (`retrying.tries_that_fit`): how many tries still fit into the window if not all
    #: do, and whether all fit only if it is tried today.
    tries_fit: int | None = None
    is_last_start: bool = False
    #: Not stored either: the next service it is made for (`next_services.attach`).
    service: NextService | None = None
    #: What holds it back right now (`holding`), and until when if that is known.
    held: "Condition | None" = None
    held_until: datetime | None = None

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["step_code", "anchor"], name="task_once_a_step_and_anchor"),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("opens_on")), name="task_due_after_it_opens"
            ),
            models.CheckConstraint(
                condition=models.Q(leased_by__isnull=True, leased_until__isnull=True)
                | models.Q(leased_by__isnull=False, leased_until__isnull=False),
                name="lease_has_holder_and_end",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", concluded_at__isnull=True)
                | (~models.Q(state="open") & models.Q(concluded_at__isnull=False)),
                name="concluded_exactly_if_not_open",
            ),
        )
        indexes = (
            # The queue: what nobody holds, in the order it is handed out.
            models.Index(
                fields=["dealership", "ranks_at", "id"],
                condition=models.Q(state="open", leased_by__isnull=True),
                name="task_queue",
            ),
            # Leases, to find one's own and those that ran out.
            models.Index(
                fields=["dealership", "leased_until"],
                condition=models.Q(state="open", leased_by__isnull=False),
                name="task_leases",
            ),
            models.Index(fields=["dealership", "ranks_at", "id"], condition=models.Q(state="open"), name="task_open"),
            models.Index(fields=["dealership", "-concluded_at"], name="task_concluded"),
        )

    def __str__(self) -> str:
        return f"{self.step_code} {self.anchor}"

    def timing_on(self, day: date) -> Timing:
        if day < self.opens_on:
            return Timing.EARLY
        return Timing.IN_WINDOW if day <= self.due_on + timedelta(self.tolerance) else Timing.LATE

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_late(self, at: datetime) -> bool:
        return self.is_open and at >= self.due_at and self.contacted_on is None

    @property
    def attempts_left(self) -> int | None:
        """How often it may still be tried; unlimited is None."""
        return None if self.attempts_max is None else max(0, self.attempts_max - self.attempts)

    @property
    def tries_marks(self) -> list[bool]:
        """One mark an attempt that may be made, true where it was."""
        return [number < self.attempts for number in range(self.attempts_max or 0)]

    def move(self, to: str, *, at: datetime, **facts: Any) -> None:
        """Change the state if MOVES has it and nobody was faster; give the lease back."""
        if to not in self.MOVES[self.state]:
            raise Refusal(
                _("A task that is %(state)s cannot become %(other)s.")
                % {"state": self.get_state_display(), "other": self.State(to).label}
            )
        concluded_at = None if to == self.State.OPEN else at
        # Conditional on the state we read: of two people acting at once, one wins.
        moved = ContactTask.objects.filter(pk=self.pk, state=self.state).update(
            state=to, concluded_at=concluded_at, leased_by=None, leased_until=None, **facts
        )
        if not moved:
            raise Refusal(_("Somebody else has just changed this task."))
        self.refresh_from_db()
