"""Giving us a file."""

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("file of deliveries or workshop visits"),
        help_text=_("CSV, TSV, Excel or OpenDocument, as your system exports it. Nothing is written yet."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods"}),
        error_messages={"required": _("Choose a file first."), "empty": _("This file is empty.")},
    )
