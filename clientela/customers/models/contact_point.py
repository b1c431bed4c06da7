"""How a customer is reached."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.lib.phones import national
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer


class ContactPoint(models.Model):
    """A telephone number or an address. `value` is normalised (E.164, lower case); `shown` is as it came in."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        WHATSAPP = "whatsapp", "WhatsApp"
        WECHAT = "wechat", "WeChat"
        VIBER = "viber", "Viber"
        TELEGRAM = "telegram", "Telegram"

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    value = models.CharField(_("number or address"), max_length=254)
    shown = models.CharField(max_length=254)
    #: False once it proved wrong or never could be dialled.
    valid = models.BooleanField(default=True)
    preferred = models.BooleanField(default=False)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    run = models.BigIntegerField(null=True, editable=False)

    objects = OfDealerships["ContactPoint"].as_manager()

    class Meta:
        ordering = ("-preferred", "id")
        constraints = (
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="contact_point_once_a_customer"),
        )
        indexes = (models.Index(fields=["dealership", "value"], name="contact_point_value"),)

    def __str__(self) -> str:
        return self.readable

    @property
    def readable(self) -> str:
        """A number in the way of its country; an address as it is."""
        if self.kind == self.Kind.PHONE and self.value.startswith("+"):
            return national(self.value, self.dealership.country)
        return self.shown
