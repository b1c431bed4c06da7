"""A list that somebody takes out: as a file, or as the page that is printed. Either stands in the log."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal
from clientela.network.permissions import AuthenticatedHttpRequest, Permission

from . import exporting
from .exporting import Format
from .listing import Asked, count

Printed = Callable[[Asked, datetime], HttpResponseBase]


def answer(
    request: AuthenticatedHttpRequest, asked: Callable[[], Asked], *, at: datetime, printed: Printed
) -> HttpResponseBase:
    """What the form of an export is answered with; `printed` makes the page for paper."""
    if not request.user.may(Permission.EXPORT, request.dealership.pk):
        raise PermissionDenied
    rows, given = asked(), request.POST.get("format", "")
    if given not in Format or not rows.filters.is_valid():
        raise Refusal(_("This cannot be taken out. Mend the filters and choose how."))
    form = Format(given)
    if form is Format.PRINT:
        return printed(rows, at)
    file = exporting.export(rows, form, by=request.user, at=at)
    return FileResponse(file, as_attachment=True, filename=exporting.file_name(rows, form, at=at))


def on_paper(request: AuthenticatedHttpRequest, back: str = "", *, period: Any = None) -> Printed:
    """The page that is printed of a list, with a link back to it."""

    def page(asked: Asked, at: datetime) -> HttpResponseBase:
        facts = {
            "asked": asked,
            "lines": exporting.on_paper(asked, by=request.user, at=at),
            "total": count(asked.rows),
            "chips": list(asked.filters.chips()),
            "period": period(asked) if period else None,
            "back": back and f"{back}?{request.GET.urlencode()}",
            "at": at,
        }
        return TemplateResponse(request, "customers/print.html", facts)

    return page
