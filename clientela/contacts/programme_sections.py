"""The parameters of a programme as its page lays them out, each part with the fields that make it up."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Section:
    """One parameter as its source speaks of it: what it is called, and the fields that make it up."""

    key: str
    title: "str | Promise"
    names: tuple[str, ...]
    hint: "str | Promise" = ""


STEP_SECTIONS = (
    Section("names", pgettext_lazy("programme", "Name"), ("names",)),
    Section("anchor", _("Counts from"), ("anchor", "after")),
    Section(
        "window",
        _("Window"),
        ("window_from", "from_unit", "window_to", "to_unit", "closed_days", "tolerance"),
        _("Day 0 is the day it counts from; both ends are included."),
    ),
    Section("performer", _("Who makes it"), ("performer", "other_than")),
    Section("channels", _("How the customer is contacted"), ("channels",)),
    Section("attempts", _("Attempts"), ("attempts_max", "distinct_days", "distinct_bands")),
    Section("excludes", _("Whom it leaves out"), ("excludes",)),
    Section(
        "cautions",
        _("What wants a decision first"),
        ("cautions",),
        _("The agent sees why, and calls, postpones, or leaves the contact out."),
    ),
    Section("identity", _("With whom one speaks"), ("identity",)),
    Section("topics", _("What it asks about"), ("topics_allowed",)),
    Section("topics_forbidden", _("What it must not ask about"), ("topics_forbidden",)),
    Section("questionnaire", _("Questionnaire"), ("questionnaire",)),
    Section("satisfied_by", _("Which other contacts count for it"), ("satisfied_by",)),
    Section(
        "is_duty",
        _("Whether it is owed"),
        ("is_duty",),
        _("What is not owed is left out when the customer has heard from us often enough."),
    ),
    Section(
        "planning",
        _("When it is planned"),
        ("look_ahead_days", "catch_up_days"),
        _("A visit that becomes known late is still followed up for so many days."),
    ),
    Section("ideal_seconds", _("Length of the call"), ("ideal_seconds",)),
    Section("remedy_hours", _("How soon a shortcoming is put right"), ("remedy_hours",)),
)
PROGRAMME_SECTIONS = (
    Section("names", pgettext_lazy("programme", "Name"), ("names",)),
    Section("trigger", _("Which visits it follows"), ("trigger",)),
    Section(
        "live",
        _("When it holds"),
        ("active", "go_live_on"),
        _("Visits before the go-live day create no contacts."),
    ),
    Section(
        "precedence",
        _("Precedence"),
        ("precedence",),
        _("Of two programmes that want a customer in the same days, the lower number goes first."),
    ),
)
