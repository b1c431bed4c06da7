"""The next service: what a customer is offered or told next, when and by what (S1-2.1); its kinds (S1-2.2)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Customer, Vehicle
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .channel import Channel
from .programme import spoken


class ServiceKind(models.Model):
    """A kind of next service in one house. Copied from a preset, then the house's own: renamed, retired, added."""

    class Rule(models.TextChoices):
        """What Clientela proposes a kind from; the arithmetic is `proposing`."""

        MAINTENANCE = "maintenance", _("maintenance that falls due, by date or by mileage")
        NEED = "need", _("a need that was found on a call, or services the customer desires")
        ABSENCE = "absence", _("a customer who has not come for long")
        INTEREST = "interest", _("interests and hobbies in the customer's profile")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=60)
    names = models.JSONField()
    rule = models.CharField(_("proposed from"), max_length=20, choices=Rule, blank=True)
    #: So many days before it is due it is proposed, and so many days before it the customer is told.
    ahead_days = models.PositiveSmallIntegerField(_("proposed so many days before"), default=45)
    notice_days = models.PositiveSmallIntegerField(_("the customer is told so many days before"), default=14)
    #: Not for who asked to be left alone with advertising.
    advertises = models.BooleanField(_("is advertising"), default=False)
    retired = models.BooleanField(_("retired"), default=False)
    source = models.CharField(max_length=40, blank=True)

    objects = OfDealerships["ServiceKind"].as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dealership", "code"], name="service_kind_once_a_house"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return spoken(self.names)


class NextService(models.Model):
    """What comes next for one customer, or a proposal that was turned down.

    While it is planned, planning gives it a contact (anchor `service:<id>`); whether that was made, the contact says.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DISMISSED = "dismissed", _("turned down")
        WITHDRAWN = "withdrawn", _("withdrawn")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="next_services")
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.ForeignKey(ServiceKind, verbose_name=_("type"), on_delete=models.PROTECT, related_name="+")
    content = models.CharField(_("content"), max_length=400, blank=True)
    planned_on = models.DateField(_("planned for"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel, default=Channel.PHONE)
    #: Which proposal it came from, so that it is decided once; empty if somebody thought of it.
    proposal = models.CharField(max_length=80, blank=True)
    #: What the proposal was computed from, for its reason in words.
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_by = models.ForeignKey("network.User", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(_("reason"), max_length=400, blank=True)

    objects = OfDealerships["NextService"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "proposal"],
                condition=~models.Q(proposal=""),
                name="proposal_decided_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="planned") | ~models.Q(reason=""), name="service_ends_with_a_reason"
            ),
        )
        indexes = (
            models.Index(
                fields=["dealership", "planned_on"], condition=models.Q(state="planned"), name="service_planned"
            ),
            models.Index(fields=["customer", "planned_on"], name="service_of_customer"),
        )

    def __str__(self) -> str:
        return self.said

    @property
    def anchor(self) -> str:
        """The half of its contact's identity."""
        return f"service:{self.pk}"

    @property
    def said(self) -> str:
        """Its kind and what it is about."""
        return f"{self.kind.name}: {self.content}" if self.content else self.kind.name
