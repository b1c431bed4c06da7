"""The form of something to tell."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clientela.network.forms import DayInput

from .models import Announcement


class AnnouncementForm(forms.ModelForm[Announcement]):
    """Of an activity content, date and address are needed; each that is missing is named (S1-3.5)."""

    class Meta:
        model = Announcement
        fields = ("kind", "title", "text", "from_on", "to_on", "concerns", "held_on", "address", "retired")
        widgets = {
            "text": forms.Textarea({"rows": 3}),
            "from_on": DayInput(),
            "to_on": DayInput(),
            "held_on": DayInput(),
        }
        help_texts = {
            "from_on": _("It is offered from this day; empty: at once."),
            "to_on": _("Until and including this day; empty: until it is retired."),
            "concerns": _("Part of the model's name; empty: for every car."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["retired"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("kind") == Announcement.Kind.EVENT:
            for name in ("held_on", "address"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("An activity is announced with its content, date and address."))
        begins, ends = given.get("from_on"), given.get("to_on")
        if begins and ends and begins > ends:
            self.add_error("to_on", _("The end lies before the beginning."))
        return given
