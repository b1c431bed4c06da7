"""Who took which customers' data out of the house."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships


class Export(models.Model):
    """One export of a list or of a person's data: who, when, with which filters, how many rows."""

    class What(models.TextChoices):
        CUSTOMERS = "customers", _("customers")
        VEHICLES = "vehicles", _("vehicles")
        PERSON = "person", _("everything held on a person")
        DUTIES = "duties", _("contacts due")
        UNREACHED = "unreached", _("contacts that reached nobody")
        COVERAGE = "coverage", _("coverage of the duties")
        CALLS = "calls", _("call register")
        RECORDS = "records", _("call records")
        LETTERS = "letters", _("letter register")
        REQUESTS = "requests", _("requests")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(_("what"), max_length=12, choices=What)
    format = models.CharField(_("format"), max_length=5)
    filters = models.JSONField(default=dict)
    rows = models.IntegerField(_("rows"))
    by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["Export"].as_manager()

    class Meta:
        indexes = (models.Index(fields=["dealership", "-at", "-id"], name="export_newest"),)

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"
