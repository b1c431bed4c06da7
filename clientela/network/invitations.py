"""Inviting somebody: an account without a password, and a letter with a link that makes one."""

import logging

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal

from .models import Dealership, Role, RoleAssignment, User

log = logging.getLogger(__name__)


@transaction.atomic
def invite(user: User, role: Role, dealership: Dealership, *, by: User) -> User:
    """Open the account, give the role, and send the letter; without the letter there is no account either."""
    user.set_unusable_password()
    user.save()
    RoleAssignment.objects.create(user=user, role=role, dealership=dealership)
    deliver(user, dealership, by=by)
    return user


def deliver(user: User, dealership: Dealership, *, by: User) -> None:
    """Send the letter, or say that it could not be sent."""
    try:
        send_invitation(user, dealership, by=by)
    except OSError as broken:
        log.exception("mail not sent")
        raise Refusal(
            _("The letter to %(email)s could not be sent: the mail server refused it or does not answer.")
            % {"email": user.email}
        ) from broken


def send_invitation(user: User, dealership: Dealership, *, by: User) -> None:
    """The letter, in the language of who is invited. The link ends after three days."""
    with translation.override(user.language):
        facts = {"user": user, "dealership": dealership, "by": by, "link": link(user), "days": 3}
        send_mail(
            subject=_("%(name)s invites you to Clientela") % {"name": by.name},
            message=render_to_string("network/mail/invitation.txt", facts),
            from_email=None,
            recipient_list=[user.email],
        )


def link(user: User) -> str:
    """An unguessable link that works once, until a password was set with it."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, token = key.split("-", 1)
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
