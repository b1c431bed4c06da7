"""The closing of a register: a month after which its lines stand as they are (S1-4.7b)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership, User
from clientela.network.scoping import OfDealerships

from .record import Counter


class RegisterClosing(models.Model):
    """One month of one register was closed: by whom, when, with how many lines."""

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    register = models.CharField(_("register"), max_length=12, choices=Counter.Register)
    #: The first day of the month.
    month = models.DateField(_("month"))
    lines = models.IntegerField(_("lines"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["RegisterClosing"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dealership", "register", "month"], name="month_closed_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="closed_month_is_its_first_day"),
        )

    def __str__(self) -> str:
        return f"{self.register} {self.month:%Y-%m}"
