"""What every request passes: its language, its transaction, its dealerships, its refusals."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation

from clientela.lib.refusal import Refusal

from . import tenancy
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


class Tenancy:
    """One request, one transaction, in which only the user's dealerships exist.

    A view that raises leaves nothing half-written. A `Refusal` becomes its sentence, with status 409.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        ids = request.user.dealership_ids if request.user.is_authenticated else []
        with tenancy.within(ids):
            if ids:
                self.stand_in_a_dealership(request, ids)
            response = self.get_response(request)
        refusal: Refusal | None = getattr(response, "refusal", None)
        if refusal is None:
            return response
        with tenancy.within(ids):
            return render(request, "refusal.html", {"sentence": refusal.sentence}, status=409)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        transaction.set_rollback(True)
        if not isinstance(exception, Refusal):
            return None
        # The page asks the database, which this transaction no longer can: it is drawn after the roll-back.
        placeholder = HttpResponse(status=409)
        placeholder.refusal = exception  # type: ignore[attr-defined]
        return placeholder

    @staticmethod
    def stand_in_a_dealership(request: HttpRequest, ids: list[int]) -> None:
        """Work pages show one house at a time: the one chosen, else the first."""
        chosen = request.session.get("dealership")
        pk = chosen if chosen in ids else ids[0]
        request.dealership = Dealership.objects.get(pk=pk)  # type: ignore[attr-defined]
        timezone.activate(request.dealership.zone)  # type: ignore[attr-defined]
