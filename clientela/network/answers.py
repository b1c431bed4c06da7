"""The pages that say no: refused, forbidden, not there, too often, broken."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The business says no; the way back is to the page from which it was asked."""
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    facts = {"sentence": refusal.sentence, "back": back if ours else ""}
    return render(request, "refusal.html", facts, status=409)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _(
        "This form was open for too long or came from elsewhere. Go back, load the page again and send it once more."
    )
    return render(request, "error.html", {"title": _("The form has expired"), "sentence": sentence}, status=403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = _("Your roles do not include this page. An administrator of your dealership can change that.")
    return render(request, "error.html", {"title": _("Not for your role"), "sentence": sentence}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = _("There is nothing at this address, or it belongs to another dealership.")
    return render(request, "error.html", {"title": _("Not found"), "sentence": sentence}, status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    sentence = _("This was tried too often from here. Wait a few minutes, then try again.")
    return render(request, "error.html", {"title": _("Too many tries"), "sentence": sentence}, status=429)


def not_so(request: HttpRequest) -> HttpResponse:
    sentence = _("One can only send something to this address, and nothing was sent. Start again from the page before.")
    return render(request, "error.html", {"title": _("Nothing to see here"), "sentence": sentence}, status=405)


def broken(request: HttpRequest) -> HttpResponse:
    """Drawn without the database: it may be what is broken."""
    return render(None, "broken.html", status=500)
