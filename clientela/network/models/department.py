"""Departments, and the functions that requirements speak of (C-22)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .group import Dealership


class Department(models.Model):
    """A department as this house names it; `kind` is what reports group by."""

    class Kind(models.TextChoices):
        SALES = "sales", _("Sales department")
        SERVICE = "service", _("Service department")
        PARTS = "parts", _("Parts department")
        CUSTOMER_SERVICE = "customer_service", _("Customer service department")
        MANAGEMENT = "management", _("Management")
        GENERAL = "general", _("General department")
        ADMIN = "admin", _("Administration")
        QUALITY = "quality", _("Quality")
        COMMERCIAL = "commercial", _("Commercial department")
        FINANCE = "finance", _("Finance")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="departments")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(pgettext_lazy("of a department", "name"), max_length=120)
    head = models.ForeignKey(
        "network.User",
        verbose_name=_("head"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="heads",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "name"],
                name="department_named_once",
                violation_error_message=_("There is already a department of this name."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Function(models.TextChoices):
    """What somebody must do, whatever the department is called here (C-22)."""

    REPRESENTATIVE = "representative", _("Customer Representative")
    INDEPENDENT_FOLLOW_UP = "independent_follow_up", _("Independent follow-up")
    COMPLAINT_CENTRE = "complaint_centre", _("Complaint centre")
    REVIEWER = "reviewer", _("Review body")
    GENERAL_MANAGER = "general_manager", _("General manager")
    INDEX_OWNER = "index_owner", _("Owner of the satisfaction index")
    RECORDS_KEEPER = "records_keeper", _("Keeper of records")


class FunctionMapping(models.Model):
    """Who carries a function in this house: a department, or one person in it."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="functions")
    function = models.CharField(_("function"), max_length=30, choices=Function)
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    user = models.ForeignKey(
        "network.User",
        verbose_name=_("person in charge"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dealership", "function"],
                name="function_mapped_once",
                violation_error_message=_("Somebody already has this function. Remove that line first."),
            ),
            models.CheckConstraint(
                condition=models.Q(department__isnull=False) | models.Q(user__isnull=False),
                name="function_has_somebody",
                violation_error_message=_("Name a department or a person."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_function_display()}: {self.user or self.department}"
