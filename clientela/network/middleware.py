"""What every request passes: its language, its transaction, its dealerships, its refusals."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

from clientela.lib.refusal import Refusal

from . import answers, tenancy
from .models import Dealership

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def language(get_response: GetResponse) -> GetResponse:
    """Speak the user's language; before sign-in, the one chosen there, else the browser's."""
    known = {code for code, _ in settings.LANGUAGES}

    def speak(request: HttpRequest) -> HttpResponseBase:
        chosen = request.user.language if request.user.is_authenticated else ""
        if chosen not in known:
            chosen = translation.get_language_from_request(request)
        if chosen == "es":
            chosen = "es-mx"
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
            response.headers.setdefault("Content-Language", chosen)
        return response

    return speak


def not_kept(get_response: GetResponse) -> GetResponse:
    """Let no browser keep a page of somebody who signed in: after the sign-out "back" must show nobody's data."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        signed_in = request.user.is_authenticated
        response = get_response(request)
        if signed_in:
            response.headers["Cache-Control"] = "no-store"
        return response

    return answer


class SignInRequired(LoginRequiredMiddleware):
    """Send to the sign-in. What was sent to an ended session is not repeated: one comes back to the page it was on.

    A form that keeps what was typed has it there still.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        if request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request"):
            return super().handle_no_permission(request, view_func)
        to_sign_in = redirect_to_login(self.page_of(request))
        if request.headers.get("HX-Request"):
            # A plain redirect would put the sign-in page into a corner of this one.
            return HttpResponse(headers={"HX-Redirect": to_sign_in.url})
        return to_sign_in

    @staticmethod
    def page_of(request: HttpRequest) -> str:
        """The page of ours from which it was sent; today's list if that is not said."""
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
            return settings.LOGIN_REDIRECT_URL
        parts = urlsplit(page)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


class Tenancy:
    """One request, one transaction, in which only the user's dealerships exist.

    A view that raises leaves nothing half-written. A `Refusal` becomes its sentence, with status 409.
    """

    #: What a view raises to be answered with a page of ours.
    ANSWERED = (Refusal, Http404, PermissionDenied)

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        ids = request.user.dealership_ids if request.user.is_authenticated else []
        with timezone.override(self.stand_in_a_dealership(request, ids)):
            with tenancy.within(ids, by=request.user.pk, at=timezone.now()):
                response = self.get_response(request)
            raised: Exception | None = getattr(response, "raised", None)
            if raised is None and response.status_code != 405:
                return response
            with tenancy.within(ids):
                return self.answer(request, raised) if raised else self.not_so(request, response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        transaction.set_rollback(True)
        if not isinstance(exception, self.ANSWERED):
            return None
        # The page asks the database, which this transaction no longer can: it is drawn after the roll-back.
        placeholder = HttpResponse()
        placeholder.raised = exception  # type: ignore[attr-defined]
        return placeholder

    @staticmethod
    def answer(request: HttpRequest, raised: Exception) -> HttpResponse:
        if isinstance(raised, Refusal):
            return answers.refused(request, raised)
        return answers.not_found(request) if isinstance(raised, Http404) else answers.forbidden(request)

    @staticmethod
    def not_so(request: HttpRequest, refused: HttpResponseBase) -> HttpResponse:
        """Instead of the blank page that a browser shows at an address to which one can only send."""
        page = answers.not_so(request)
        page.headers["Allow"] = refused.headers["Allow"]
        return page

    @staticmethod
    def stand_in_a_dealership(request: HttpRequest, ids: list[int]) -> ZoneInfo | None:
        """Work pages show one house at a time, in its time: the one chosen, else the first."""
        if not ids:
            return None
        chosen = request.session.get("dealership")
        pk = chosen if chosen in ids else ids[0]
        held = {role.dealership_id: role.dealership for role in request.user.roles_held}  # type: ignore[union-attr]
        request.dealership = held.get(pk) or Dealership.objects.get(pk=pk)  # type: ignore[attr-defined]
        return request.dealership.zone  # type: ignore[attr-defined, no-any-return]
