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
    _refuse_elsewhere(leaver, by)
    if leaver.pk == heir.pk or not heir.is_active:
        raise Refusal(_("Choose somebody else who works here to take over."))
    if not User.objects.filter(pk=leaver.pk, is_active=True).update(is_active=False, left_on=on):
        raise Refusal(_("%(name)s has already left.") % {"name": leaver})
    Department.objects.filter(head=leaver).update(head=heir)
    FunctionMapping.objects.filter(user=leaver).update(user=heir)
    user_left.send(User, leaver=leaver, heir=heir, by=by, at=at)


@transaction.atomic
def come_back(person: User, *, by: User) -> None:
    """Open the account of somebody who works here again, with the roles it has; the password of before is gone."""
    _refuse_elsewhere(person, by)
    if not User.objects.filter(pk=person.pk, is_active=False).update(is_active=True, left_on=None):
        raise Refusal(_("%(name)s works here already.") % {"name": person})
    person.refresh_from_db()
    person.set_unusable_password()
    person.save(update_fields=["password"])


def _refuse_elsewhere(person: User, by: User) -> None:
    """Whose roles lie in other houses too is for an administrator of the group."""
    elsewhere = person.roles.exclude(dealership__in=by.dealerships_with(Permission.CONFIGURE))
    if not by.administers_group and elsewhere.exists():
        raise Refusal(
            _("%(name)s works elsewhere in the group too. Remove the roles here, or ask an administrator of the group.")
            % {"name": person}
        )


@transaction.atomic
def take_role(assignment: RoleAssignment, *, at: datetime) -> None:
    """Take a role away. Modules above take back the work that only this role let her do."""
    role, user = Role(assignment.role), assignment.user_id
    assignment.delete()
    # Read anew: what she may do is kept with whoever was read before.
    role_taken.send(User, user=User.objects.get(pk=user), role=role, at=at)
