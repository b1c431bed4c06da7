"""A contact programme and its steps, as one dealership runs them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clientela.customers.models import Visit
from clientela.network.models import Dealership, Function
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


class ProgrammeStep(models.Model):
    """One contact of a programme: its window, who performs it, how often it is tried, what is asked.

    `code` names the step for good: it is half of a task's identity, unchanged by a merge or a new version.
    Window days count from the anchor day (day 0) and are inclusive.
    """

    class Anchor(models.TextChoices):
        EVENT = "event", _("the event")

    class Unit(models.TextChoices):
        CALENDAR_DAY = "calendar_day", _("calendar days")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="steps")
    code = models.CharField(max_length=120)
    names = models.JSONField()
    anchor = models.CharField(max_length=20, choices=Anchor, default=Anchor.EVENT)
    window_from = models.SmallIntegerField(_("window opens on day"))
    window_to = models.SmallIntegerField(_("window closes on day"))
    unit = models.CharField(max_length=20, choices=Unit, default=Unit.CALENDAR_DAY)
    performer = models.CharField(_("performed by"), max_length=30, choices=Function)
    channels = ArrayField(models.CharField(max_length=20))
    attempts_max = models.SmallIntegerField(_("attempts at most"), null=True)
    distinct_days = models.BooleanField(_("on different days"), default=True)
    distinct_bands = models.BooleanField(_("at different times of day"), default=True)
    questionnaire = models.CharField(max_length=60, blank=True)
    excludes_special = models.BooleanField(_("leaves out special vehicles"), default=False)
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
                condition=models.Q(window_to__gte=models.F("window_from")),
                name="window_ends_after_it_starts",
                violation_error_message=_("The window closes before it opens. Choose a later last day."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return spoken(self.names)

    def line(self, key: str, language: str, **facts: Any) -> str:
        """A line of the script with its merge fields filled in; empty when the script has none."""
        return spoken(self.script.get(key, {"en": ""}), language).format_map(facts)
