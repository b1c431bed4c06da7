"""People and their roles."""

from datetime import date
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..permissions import GROUP_WIDE, RIGHTS, Permission, Role
from .group import Dealership


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who works here. What she may do comes from her roles, each in one dealership or in all."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    position = models.CharField(_("position"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    department = models.ForeignKey(
        "network.Department",
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="people",
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    theme = models.CharField(_("appearance"), max_length=5, blank=True)
    single_keys = models.BooleanField(_("single-key commands"), default=True)
    is_active = models.BooleanField(default=True)
    left_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    is_staff = is_superuser = False

    objects = UserManager()

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="user_one_account_an_address"),)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles_held(self) -> list["RoleAssignment"]:
        """Roles in force. Read once a request."""
        return list(self.roles.select_related("dealership"))

    @cached_property
    def _rights(self) -> dict[int, frozenset[Permission]]:
        held: dict[int, frozenset[Permission]] = {}
        everywhere = frozenset[Permission]()
        for assignment in self.roles_held:
            rights = RIGHTS[Role(assignment.role)]
            if assignment.dealership_id is None:
                everywhere |= rights
            else:
                held[assignment.dealership_id] = held.get(assignment.dealership_id, frozenset()) | rights
        if everywhere:
            for pk in Dealership.objects.values_list("pk", flat=True):
                held[pk] = held.get(pk, frozenset()) | everywhere
        return held

    @property
    def dealership_ids(self) -> list[int]:
        """The dealerships that exist for this person."""
        return sorted(self._rights) if self.is_active else []

    def dealerships_with(self, permission: Permission) -> list[int]:
        """Where this person may do that."""
        return [pk for pk in self.dealership_ids if permission in self._rights[pk]]

    def may(self, permission: Permission, dealership_id: int | None = None) -> bool:
        """Whether she may do that there; without a place, anywhere."""
        places = self.dealerships_with(permission)
        return dealership_id in places if dealership_id else bool(places)

    @property
    def administers_group(self) -> bool:
        """Whether she configures by a role of the whole group; an auditor of the group does not."""
        rights = [RIGHTS[Role(held.role)] for held in self.roles_held if held.dealership_id is None]
        return any(Permission.CONFIGURE in held for held in rights)


class RoleAssignment(models.Model):
    """A role in one dealership, or (no dealership) in the whole group."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=30, choices=Role)
    dealership = models.ForeignKey(
        Dealership,
        verbose_name=_("dealership"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="roles",
    )
    from_on = models.DateField(default=date.today)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "role", "dealership"],
                nulls_distinct=False,
                name="role_held_once",
                violation_error_message=_("This person already holds this role there."),
            ),
            models.CheckConstraint(
                condition=models.Q(dealership__isnull=False) | models.Q(role__in=sorted(GROUP_WIDE)),
                name="role_belongs_to_a_dealership",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.dealership or '*'}"
