"""How signing in differs from allauth's defaults: nobody signs up, everybody is invited."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Without a mail server the answer stays the same: an error would tell that the address is known."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            log.exception("mail not sent")
