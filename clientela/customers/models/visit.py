"""The visit: every fact that can start a contact."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships

from .customer import Customer
from .vehicle import Vehicle

#: Repairs were recommended that are neither done nor declined (S2-9.6).
REPAIRS_PUT_OFF = models.Q(recommended_settled_on=None, cancelled_at=None) & ~models.Q(recommended="")


class VisitQuerySet(OfDealerships["Visit"]):
    def newest_first(self) -> "VisitQuerySet":
        return self.order_by("-delivered_on", "-id")


class Visit(models.Model):
    """A vehicle delivered, a workshop order handed back, a sourced car handed over, goods sold, advice given.

    `delivered_on` is the calendar day at the dealership, the day 0 of every window; `delivered_at` the moment
    where the source gives a time. Special vehicles and cancelled visits stay, marked.
    """

    class Kind(models.TextChoices):
        VEHICLE_DELIVERY = "vehicle_delivery", _("vehicle delivery")
        WORKSHOP_VISIT = "workshop_visit", _("workshop visit")
        HAND_OVER = "hand_over", _("hand-over of a sourced vehicle")
        CONSULTATION = "consultation", _("consultation")
        GOODS_SALE = "goods_sale", _("sale of goods")

    class ServiceLine(models.TextChoices):
        REPAIR = "repair", _("repair")
        CARE = "care", _("maintenance and care")
        BEAUTY = "beauty", _("detailing")

    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    #: What makes the row the same one when a file comes twice: the outside number, else car and day.
    key = models.CharField(max_length=80)
    number = models.CharField(_("document number"), max_length=60, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="visits")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT, related_name="visits")
    #: When the order was opened, where the source says so; a file is due from then on (S1-1.1).
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    delivered_on = models.DateField(_("delivered on"))
    delivered_at = models.DateTimeField(null=True, blank=True)
    service_line = models.CharField(_("service line"), max_length=40, choices=ServiceLine, blank=True)
    work = models.CharField(_("work"), max_length=400, blank=True)
    #: What who came for advice would like to have; no car of hers.
    interest = models.CharField(_("vehicle of interest"), max_length=160, blank=True, default="", db_default="")
    used = models.BooleanField(_("used vehicle"), null=True)
    #: The dealer's file calls it special. That proposes it: a manager decides (`special.py`).
    special_said = models.BooleanField(default=False, db_default=False)
    special = models.BooleanField(_("special vehicle"), default=False, db_default=False)
    #: Why a manager set it apart, or did not; then no file proposes it again (S4-3.2.4.2b).
    special_reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    special_by = models.ForeignKey(
        "network.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    special_at = models.DateTimeField(null=True)
    consultant_name = models.CharField(_("attended by"), max_length=120, blank=True)
    consultant = models.ForeignKey(
        "network.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="visits"
    )
    technician_name = models.CharField(_("technician"), max_length=120, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    odometer_km = models.IntegerField(_("mileage"), null=True, blank=True)
    next_service_km = models.IntegerField(_("next service at"), null=True, blank=True)
    #: What the workshop found and the customer put off; calls recommend it until it is settled (S2-9.6).
    recommended = models.CharField(_("recommended repairs"), max_length=400, blank=True, default="", db_default="")
    recommended_settled_on = models.DateField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    run = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dealership", "kind", "key"], name="visit_once"),)
        indexes = (
            # What planning scans: the days that open a window now, of visits that still count.
            models.Index(
                fields=["dealership", "delivered_on"],
                condition=models.Q(cancelled_at__isnull=True),
                name="visit_delivered",
            ),
            models.Index(fields=["customer", "-delivered_on"], name="visit_of_customer"),
            # The few on which something was put off: every call asks for those of its car, an import for all.
            models.Index(fields=["dealership", "vehicle"], condition=~models.Q(recommended=""), name="visit_puts_off"),
            # The few about which a manager is to decide.
            models.Index(
                fields=["dealership", "-delivered_on"],
                condition=models.Q(special_said=True, special_at__isnull=True, cancelled_at__isnull=True),
                name="visit_proposed_special",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.delivered_on:%Y-%m-%d}"

    @property
    def is_workshop(self) -> bool:
        return self.kind == self.Kind.WORKSHOP_VISIT

    @property
    def has_pick_up(self) -> bool:
        """Whether somebody drove away with a car; not after advice or a sale over the counter."""
        return self.kind not in {self.Kind.CONSULTATION, self.Kind.GOODS_SALE}

    @property
    def is_repair_put_off(self) -> bool:
        """Whether something was recommended that nobody has done or declined."""
        return bool(self.recommended) and self.recommended_settled_on is None and self.cancelled_at is None

    @property
    def began_on(self) -> date:
        """The day from which a file is due: the order's opening, else the visit itself."""
        return self.opened_on or self.delivered_on

    @property
    def is_proposed_special(self) -> bool:
        """The dealer's file calls it special, and no manager has decided (S4-3.2.4.2b)."""
        return self.special_said and self.special_at is None and self.cancelled_at is None

    @property
    def title(self) -> str:
        """What was done: the work, else the kind."""
        return self.work or str(self.get_kind_display())
