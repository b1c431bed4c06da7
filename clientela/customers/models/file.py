"""The duty to complete a customer's file, and the rule that says what a complete one holds."""

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer
from .visit import Visit


class FileRule(models.Model):
    """What a customer's file holds in this house, and how soon. Copied from its presets, then the house's own.

    `required` and `known` are codes of `completeness.FIELDS`: the fields of a complete file (S1-1.3, S3-P8), and
    those of a customer one knows well (S2-2.2).
    """

    dealership = models.OneToOneField(Dealership, on_delete=models.CASCADE, related_name="file_rule")
    triggers = ArrayField(models.CharField(max_length=20, choices=Visit.Kind), verbose_name=_("a file is due after"))
    required = ArrayField(models.CharField(max_length=40), verbose_name=_("a complete file holds"))
    known = ArrayField(models.CharField(max_length=40), verbose_name=_("a customer is well known with"), default=list)
    days = models.SmallIntegerField(_("days to complete it"), default=2)
    stale_months = models.SmallIntegerField(_("to be verified again after months"), default=12)
    #: Whether a file is filed only with a plan of the first call (S1-4.3).
    call_plan = models.BooleanField(_("filing needs a call plan"), default=False)
    #: Visits that began before this day oblige to nothing.
    live_on = models.DateField(_("goes live on"))
    sources = models.JSONField(default=dict)

    objects = OfDealerships["FileRule"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(days__gte=0, stale_months__gte=1),
                name="file_rule_has_time",
                violation_error_message=_("Give days from 0 and months from 1."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.dealership}: {self.days}"


class CustomerFileQuerySet(OfDealerships["CustomerFile"]):
    def open(self) -> "CustomerFileQuerySet":
        return self.filter(completed_on=None)

    def late(self, today: date) -> "CustomerFileQuerySet":
        """Not complete, and the day it was due is over."""
        return self.open().filter(due_on__lt=today)

    def for_list(self) -> "CustomerFileQuerySet":
        return self.select_related("customer", "visit__vehicle", "owner", "dealership", "completed_by")


class CustomerFile(models.Model):
    """The duty that a visit brings: to complete the file of who came, within the days of the rule (S1-1.1, S1-1.2).

    The days are those the duty was born with. Late is computed from `due_on`, never stored.
    """

    class State(models.TextChoices):
        DUE = "due", _("to be completed")
        DRAFT = "draft", _("begun")
        COMPLETE = "complete", _("complete")
        FILED = "filed", _("filed")

    MOVES = {
        State.DUE: {State.DRAFT, State.COMPLETE},
        State.DRAFT: {State.COMPLETE},
        State.COMPLETE: {State.FILED, State.DRAFT},
        State.FILED: {State.DRAFT},
    }

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="files")
    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="file")
    began_on = models.DateField(_("visit on"))
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    #: Whose duty it is; nobody's in particular while empty.
    owner = models.ForeignKey(
        "network.User",
        verbose_name=_("responsible"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    completed_at = models.DateTimeField(null=True)
    completed_on = models.DateField(null=True)
    completed_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    filed_at = models.DateTimeField(null=True)

    objects = CustomerFileQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["due", "draft"], completed_on__isnull=True)
                | models.Q(state__in=["complete", "filed"], completed_on__isnull=False),
                name="complete_exactly_since_a_day",
            ),
        )
        indexes = (
            models.Index(
                fields=["dealership", "due_on", "id"], condition=models.Q(completed_on=None), name="file_not_complete"
            ),
            models.Index(fields=["customer"], name="file_of_customer"),
        )

    def __str__(self) -> str:
        return f"{self.customer} {self.due_on:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.DUE, self.State.DRAFT}

    @property
    def number(self) -> str:
        """The file's number, as the house writes it."""
        return f"{self.dealership.code}-{self.pk:06d}"

    def move(self, to: str, **facts: Any) -> None:
        """Change the state if MOVES has it and nobody was faster."""
        if to not in self.MOVES[self.State(self.state)]:
            raise Refusal(
                _("A file that is %(state)s cannot become %(other)s.")
                % {"state": self.get_state_display(), "other": self.State(to).label}
            )
        # Conditional on the state we read: of two people acting at once, one wins.
        moved = CustomerFile.objects.filter(pk=self.pk, state=self.state).update(state=to, **facts)
        if not moved:
            raise Refusal(_("Somebody else has just changed this file."))
        self.refresh_from_db()

    def days_late(self, today: date) -> int:
        """Whole days past the due day, until it was completed; 0 in time."""
        return max(0, ((self.completed_on or today) - self.due_on).days)


class Upkeep(models.Model):
    """Something in a file that somebody should put right: a number to be found, a file to be verified (S2-6.2)."""

    class Kind(models.TextChoices):
        FIND_NUMBER = "find_number", _("find a new number")
        FIND_EMAIL = "find_email", _("find a new e-mail address")
        VERIFY = "verify", _("verify the file")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="upkeep")
    kind = models.CharField(_("what is to be done"), max_length=12, choices=Kind)
    #: What gave rise to it: the number that proved wrong.
    about = models.CharField(max_length=254, blank=True)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OfDealerships["Upkeep"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=models.Q(done_at=None), name="upkeep_open_once_a_kind"
            ),
        )
        indexes = (
            models.Index(fields=["dealership", "opened_at"], condition=models.Q(done_at=None), name="upkeep_open"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.customer}"
