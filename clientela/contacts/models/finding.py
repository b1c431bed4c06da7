"""What a follow-up found, and what is done about it (S4-1.3.0)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Visit
from clientela.journal.models import Kind, record
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User
from clientela.network.permissions import Permission
from clientela.network.scoping import OfDealerships

from .attempt import Attempt

if TYPE_CHECKING:
    from typing import Self


class Finding(models.Model):
    """Something learnt on a call: a need, a shortcoming of ours, or news of the market."""

    class Kind(models.TextChoices):
        NEED = "need", _("customer's need")
        SHORTCOMING = "shortcoming", _("shortcoming of ours")
        MARKET = "market", _("market information")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="findings")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="findings")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.TextField(_("what was said"))
    found_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = OfDealerships["Finding"].as_manager()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"


class RemedyQuerySet(OfDealerships["Remedy"]):
    def open(self) -> "Self":
        return self.filter(done_at__isnull=True, finding__withdrawn_at__isnull=True)

    def for_list(self) -> "Self":
        return self.select_related("finding__customer", "finding__visit", "owner", "done_by", "dealership")


class Remedy(models.Model):
    """What puts a shortcoming right. It always has an owner: without one it could not be stored."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="remedy")
    owner = models.ForeignKey(
        User, verbose_name=_("person responsible"), on_delete=models.PROTECT, related_name="remedies"
    )
    opened_at = models.DateTimeField()
    #: By when it is to be put right (S2-9.1).
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    measure = models.TextField(_("what was done"), blank=True)

    #: Not stored; pages set it.
    late: bool = False

    objects = RemedyQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | (models.Q(done_by__isnull=False) & ~models.Q(measure="")),
                name="remedy_done_says_what_and_who",
            ),
        )

    def __str__(self) -> str:
        return str(self.finding)

    def is_late(self, at: datetime) -> bool:
        """Whether it is still to be put right after its time."""
        return self.done_at is None and self.finding.withdrawn_at is None and at > self.due_at

    def may_finish(self, user: User) -> bool:
        """Its owner may, and who may reassign work."""
        return self.owner_id == user.pk or user.may(Permission.REASSIGN, self.dealership_id)

    @transaction.atomic
    def finish(self, measure: str, *, by: User, at: datetime) -> None:
        """Say what was done to put it right."""
        if not self.may_finish(by):
            raise Refusal(_("Only %(owner)s or a manager can finish this remedy.") % {"owner": self.owner})
        if not Remedy.objects.open().filter(pk=self.pk).update(done_at=at, done_by=by, measure=measure):
            raise Refusal(_("This remedy was already finished."))
        self.refresh_from_db()
        record(
            Kind.REMEDY,
            dealership_id=self.dealership_id,
            at=at,
            by=by,
            customer_id=self.finding.customer_id,
            vehicle_id=self.finding.visit.vehicle_id,
            visit_id=self.finding.visit_id,
            measure=measure,
            finding=self.finding.text,
        )
