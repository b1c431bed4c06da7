"""The register: every call out and in is one numbered line that is never changed (S1-4.7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Vehicle, Visit
from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .attempt import Attempt
from .channel import Channel


class Counter(models.Model):
    """The last number given in a register of a house and year. Moved as the last act of a transaction: no gaps."""

    class Register(models.TextChoices):
        CALLS = "calls", _("call register")
        LETTERS = "letters", _("letter register")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    register = models.CharField(max_length=12, choices=Register)
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dealership", "register", "year"], name="one_counter_a_year"),)

    def __str__(self) -> str:
        return f"{self.register} {self.year}: {self.last}"


class ContactRecord(models.Model):
    """One call, out or in: a line of the register, and the form of that call (S1-4.11, forms 2 and 3).

    Of a call out the facts stand in its `attempt`; of a call in they stand here. A wrong line stays and is corrected
    by a later one that names it (`corrects`).
    """

    class Direction(models.TextChoices):
        OUT = "out", _("outbound")
        IN = "in", _("inbound")

    class Kind(models.TextChoices):
        FOLLOW_UP = "follow_up", _("follow-up")
        NEXT_SERVICE = "next_service", _("next service")
        SOLUTION = "solution", _("answer to a customer's point")
        INQUIRY = "inquiry", _("inquiry")
        COMPLAINT = "complaint", _("complaint")
        ADVICE = "advice", _("advice")
        OTHER = "other", _("other")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Counted by house and year, without gaps.
    year = models.SmallIntegerField()
    number = models.IntegerField()
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    channel = models.CharField(max_length=20, choices=Channel, default=Channel.PHONE)
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: Whose contact it was, when a substitute made it (S1-4.9).
    instead_of = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    attempt = models.OneToOneField(Attempt, null=True, on_delete=models.PROTECT, related_name="record")
    #: None if somebody called whom no file knows.
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="records")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    caller = models.CharField(_("who called"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    #: What it was about, in a line.
    summary = models.CharField(_("about"), max_length=200, blank=True)
    words = models.TextField(_("what was said"), blank=True)
    #: What was answered on the spot.
    answer = models.TextField(_("what was answered"), blank=True)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    #: The open request about which she called again (S1-P2.2.2).
    again_on = models.ForeignKey("contacts.Request", null=True, on_delete=models.PROTECT, related_name="again")
    #: The page's, of a call that was written down: sent twice, it is one line.
    key = models.CharField(max_length=36, blank=True)

    objects = OfDealerships["ContactRecord"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dealership", "year", "number"], name="record_number_once"),
            models.CheckConstraint(
                condition=~models.Q(direction="out", kind__in=("follow_up", "next_service"))
                | models.Q(attempt__isnull=False)
                | models.Q(corrects__isnull=False),
                name="call_out_has_its_attempt",
            ),
            models.UniqueConstraint(
                fields=["dealership", "key"], condition=~models.Q(key=""), name="record_once_a_page"
            ),
        )
        indexes = (models.Index(fields=["dealership", "-at", "-id"], name="record_by_time"),)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:05d}"
