"""A contact programme and its steps, as one dealership runs them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Visit
from clientela.network.models import Dealership
from clientela.network.scoping import OfDealerships


def spoken(texts: dict[str, str], language: str | None = None) -> str:
    """A text of a preset in a language: es for es-mx and es-cl, zh for zh-hans, English when there is none."""
    code = (language or get_language() or "en").split("-")[0]
    return texts.get(code) or texts.get("en") or next(iter(texts.values()), "")


class Programme(models.Model):
    """What follows a kind of visit. Copied from a preset, then the dealership's own."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="programmes")
    preset = models.CharField(_("preset"), max_length=40)
    code = models.CharField(max_length=40)
    names = models.JSONField()
    trigger = ArrayField(models.CharField(max_length=20, choices=Visit.Kind), verbose_name=_("starts with"))
    active = models.BooleanField(_("active"), default=True)
    #: History before this day creates no tasks.
    go_live_on = models.DateField(_("goes live on"))
    #: Of two programmes that want a customer in the same days the lower number goes first (C-26).
    precedence = models.SmallIntegerField(_("precedence"), default=100)
    sources = models.JSONField(default=dict)

    objects = OfDealerships["Programme"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dealership", "preset", "code"], name="programme_once_a_dealership"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return spoken(self.names)


class Performer(models.TextChoices):
    """Who makes a contact, whatever the role is called in a house (C-3)."""

    REPRESENTATIVE = "representative", _("Customer Representative")
    FOLLOW_UP_AGENT = "follow_up_agent", _("Follow-up agent")
    CS_SPECIALIST = "cs_specialist", _("Customer service specialist")
    INFORMATION_OFFICER = "information_officer", _("Information officer")
    CONSULTANT = "consultant", _("The consultant of the visit")
    SOURCING_AGENT = "sourcing_agent", _("Sourcing agent")
    PARTS_MANAGER = "parts_manager", _("Parts manager")
    INDEPENDENT_FOLLOW_UP = "independent_follow_up", _("Independent follow-up")


class ProgrammeStep(models.Model):
    """One contact of a programme: its window, who performs it, how often it is tried, what is asked.

    `code` names the step for good: it is half of a task's identity, unchanged by a merge or a new version.
    The window counts from the anchor day (day 0) and includes both its ends; a month later is the same day of the
    month, or its last.
    """

    class Anchor(models.TextChoices):
        EVENT = "event", _("the event")
        STEP_DONE = "step_done", _("the step before it, done")
        YEARLY = "yearly", _("each anniversary of the event")
        PLANNED = "planned", _("the day planned as next service")

    class Unit(models.TextChoices):
        CALENDAR_DAY = "calendar_day", _("calendar days")
        WORKING_DAY = "working_day", _("working days")
        MONTH = "month", _("months")

    class ClosedDays(models.TextChoices):
        KEEP = "keep", _("the window stays as it is")
        EXTEND = "extend", _("the window lasts until the next open day")
        SHORTEN = "shorten", _("the window ends on the last open day before")

    class Exclusion(models.TextChoices):
        SPECIAL = "special", _("special vehicles")
        DO_NOT_CALL = "do_not_call", _("customers who are not to be called for advertising")
        REFUSED_BEFORE = "refused_before", _("customers who refused this programme before")
        NO_CONSENT = "no_consent", _("customers who gave no consent to a survey by telephone")
        COMPANY = "company", _("companies")
        USED_VEHICLE = "used_vehicle", _("used vehicles")

    class Caution(models.TextChoices):
        """What does not leave a customer out, but wants a decision before she is called (C-19)."""

        COMPLAINT_OPEN = "complaint_open", _("a shortcoming of ours is still being put right")
        RECENT_CONTACT = "recent_contact", _("the customer was spoken to in the last 7 days")
        RECENT_PURCHASE = "recent_purchase", _("the customer bought within the last 6 months")
        RECENT_SERVICE = "recent_service", _("the customer was in the workshop within the last 3 months")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="steps")
    code = models.CharField(max_length=120)
    names = models.JSONField()
    anchor = models.CharField(_("counts from"), max_length=20, choices=Anchor, default=Anchor.EVENT)
    #: The whole code of the step that must be done, for the anchor STEP_DONE.
    after = models.CharField(max_length=120, blank=True)
    window_from = models.SmallIntegerField(_("window opens on day"))
    from_unit = models.CharField(_("counted in"), max_length=20, choices=Unit, default=Unit.CALENDAR_DAY)
    window_to = models.SmallIntegerField(_("window closes on day"))
    to_unit = models.CharField(_("counted in"), max_length=20, choices=Unit, default=Unit.CALENDAR_DAY)
    closed_days = models.CharField(
        _("if its last day is closed"), max_length=10, choices=ClosedDays, default=ClosedDays.KEEP
    )
    tolerance = models.SmallIntegerField(_("days after it that still count"), default=0)
    performer = models.CharField(_("performed by"), max_length=30, choices=Performer)
    #: The whole code of a step whose caller may not make this contact too (S4-3.2.4.3.1b).
    other_than = models.CharField(max_length=120, blank=True)
    channels = ArrayField(models.CharField(max_length=20))
    attempts_max = models.SmallIntegerField(_("attempts at most"), null=True, blank=True)
    distinct_days = models.BooleanField(_("on different days"), default=True)
    distinct_bands = models.BooleanField(_("at different times of day"), default=True)
    questionnaire = models.CharField(max_length=60, blank=True)
    excludes = ArrayField(
        models.CharField(max_length=20, choices=Exclusion), verbose_name=_("leaves out"), default=list, blank=True
    )
    cautions = ArrayField(
        models.CharField(max_length=20, choices=Caution), verbose_name=_("asks first if"), default=list, blank=True
    )
    #: Whether the agent says that she made sure of whom she speaks with, before anything is asked (S2-9.2).
    identity = models.BooleanField(_("make sure of the identity first"), default=False)
    #: In so many working hours a shortcoming found on the call is to be put right (S2-9.1: quickly).
    remedy_hours = models.SmallIntegerField(_("working hours to put a shortcoming right"), default=24)
    #: The whole codes of steps whose contact counts for this one too, if day, channel and caller fit it.
    satisfied_by = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    #: A duty is owed whatever else the customer was told; other contacts keep to the cap of the house (C-26).
    is_duty = models.BooleanField(_("is owed, whatever the cap on contacts"), default=True)
    topics_allowed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    topics_forbidden = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    look_ahead_days = models.SmallIntegerField(_("planned ahead by days"), default=7)
    catch_up_days = models.SmallIntegerField(_("caught up after days"), default=45)
    ideal_seconds = models.SmallIntegerField(_("ideal length of the call in seconds"), default=300)
    script = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)
    version = models.IntegerField(default=1)

    objects = OfDealerships["ProgrammeStep"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dealership", "code"], name="step_once_a_dealership"),
            models.CheckConstraint(
                condition=~models.Q(from_unit=models.F("to_unit")) | models.Q(window_to__gte=models.F("window_from")),
                name="window_ends_after_it_starts",
                violation_error_message=_("The window closes before it opens. Choose a later last day."),
            ),
            models.CheckConstraint(
                condition=models.Q(anchor="step_done") ^ models.Q(after=""), name="step_done_says_which_step"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return spoken(self.names)

    @property
    def window_said(self) -> str:
        """The window in words: “day 3 to 5”, “day 45 to 2 months”."""
        facts = {"from": self.window_from, "to": self.window_to}
        units = (self.from_unit, self.to_unit)
        if units == (self.Unit.CALENDAR_DAY, self.Unit.CALENDAR_DAY):
            return gettext("day %(from)d to %(to)d") % facts
        if units == (self.Unit.WORKING_DAY, self.Unit.WORKING_DAY):
            return gettext("working day %(from)d to %(to)d") % facts
        return gettext("from %(from)d %(from_unit)s to %(to)d %(to_unit)s") % {
            **facts,
            "from_unit": self.get_from_unit_display(),
            "to_unit": self.get_to_unit_display(),
        }

    def line(self, key: str, language: str, **facts: Any) -> str:
        """A line of the script with its merge fields filled in; empty when the script has none."""
        return spoken(self.script.get(key, {"en": ""}), language).format_map(facts)


class StepVersion(models.Model):
    """What a step said before it was edited: who changed which parameters, and when."""

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    step = models.ForeignKey(ProgrammeStep, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    parameters = models.JSONField()
    by = models.ForeignKey("network.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDealerships["StepVersion"].as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["step", "version"], name="step_version_once"),)

    def __str__(self) -> str:
        return f"{self.step} {self.version}"
