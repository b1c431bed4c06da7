"""What the customer allowed, and when she is not to be disturbed."""

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer


class Consent(models.Model):
    """Leave to contact a customer by one channel for one purpose, with the text she agreed to."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("phone")
        SMS = "sms", "SMS"
        EMAIL = "email", _("e-mail")
        LETTER = "letter", _("letter")
        MESSENGER = "messenger", _("messenger")

    class Purpose(models.TextChoices):
        SERVICE = "service", _("service")
        SURVEY = "survey", _("survey")
        ADVERTISING = "advertising", _("advertising")
        SHARING = "sharing", _("passing on to others")

    class Source(models.TextChoices):
        PAPER = "paper", _("signed on paper")
        SPOKEN = "spoken", _("said on the phone")
        ONLINE = "online", _("given online")
        FILE = "file", _("came with a file")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    text_version = models.CharField(_("version of the text"), max_length=60)
    source = models.CharField(_("how it was given"), max_length=10, choices=Source)
    evidence = models.CharField(_("where the proof is"), max_length=200, blank=True)
    given_on = models.DateField(_("given on"))
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    by = models.ForeignKey("network.User", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")

    objects = OfDealerships["Consent"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose"],
                condition=models.Q(withdrawn_on=None),
                name="consent_stands_once",
                violation_error_message=_("This consent already stands. Withdraw it first."),
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_on=None) | models.Q(withdrawn_on__gte=models.F("given_on")),
                name="consent_ends_after_it_was_given",
                violation_error_message=_("A consent cannot be withdrawn before it was given."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.get_purpose_display()}"


class CustomerRestHours(models.Model):
    """When this customer is not to be called, beside the rest hours of the house (S4-1.3.4a).

    By her own clock if she has one. An end before the start means the next morning.
    """

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="rest_hours")
    weekday = models.SmallIntegerField(
        _("weekday"), null=True, blank=True, choices=list(WEEKDAYS.items()), help_text=_("Empty means every day.")
    )
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))

    objects = OfDealerships["CustomerRestHours"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(ends=models.F("starts")),
                name="customer_rest_lasts",
                violation_error_message=_("The rest ends when it begins. Choose another end."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"
