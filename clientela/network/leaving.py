"""Leaving: the account is closed, the work goes to somebody else, and what was recorded stays."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clientela.lib.refusal import Refusal

from .models import Department, FunctionMapping, RoleAssignment, User
from .permissions import Permission, Role
from .signals import role_taken, user_left


@transaction.atomic
def leave(leaver: User, *, heir: User, on: date, by: User, at: datetime) -> None:
    """Close an account and hand everything open to `heir`. Modules above hand over what is theirs."""
    if leaver.pk == by.pk:
        raise Refusal(_("You cannot close your own account. Ask another administrator."))
    elsewhere = leaver.roles.exclude(dealership__in=by.dealerships_with(Permission.CONFIGURE))
    if not by.administers_group and elsewhere.exists():
        raise Refusal(
            _("%(name)s works elsewhere in the group too. Remove the roles here, or ask an administrator of the group.")
            % {"name": leaver}
        )
    if leaver.pk == heir.pk or not heir.is_active:
        raise Refusal(_("Choose somebody else who works here to take over."))
    if not User.objects.filter(pk=leaver.pk, is_active=True).update(is_active=False, left_on=on):
        raise Refusal(_("%(name)s has already left.") % {"name": leaver})
    Department.objects.filter(head=leaver).update(head=heir)
    FunctionMapping.objects.filter(user=leaver).update(user=heir)
    user_left.send(User, leaver=leaver, heir=heir, by=by, at=at)


@transaction.atomic
def take_role(assignment: RoleAssignment, *, at: datetime) -> None:
    """Take a role away. Modules above take back the work that only this role let her do."""
    role, user = Role(assignment.role), assignment.user_id
    assignment.delete()
    # Read anew: what she may do is kept with whoever was read before.
    role_taken.send(User, user=User.objects.get(pk=user), role=role, at=at)
