"""Open the group: its first dealership, and the administrator who opens everything else."""

from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from clientela.network import invitations, tenancy
from clientela.network.models import Dealership, Group, Role, RoleAssignment, User

from .serve import migrate

M = TypeVar("M", bound=models.Model)


class Command(BaseCommand):
    help = "Open the group with its first dealership, and invite the administrator."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("group", metavar="GROUP_NAME")
        parser.add_argument("--code", required=True, help="short and lasting; commands name the dealership by it")
        parser.add_argument("--name", required=True, metavar="TRADE_NAME")
        parser.add_argument("--legal-name", help="the trade name when not given")
        parser.add_argument("--country", required=True, help="two letters: MX")
        parser.add_argument("--zone", required=True, help="as America/Mexico_City")
        parser.add_argument("--currency", required=True, help="three letters: MXN")
        parser.add_argument("--locale", required=True, choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--admin", required=True, metavar="EMAIL")
        parser.add_argument("--admin-name", required=True, metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        with tenancy.everywhere():
            if existing := Group.objects.first():
                raise CommandError(
                    f"{existing} is already open: one installation serves one group. "
                    "Its administrator opens further dealerships on the page Dealerships."
                )
            house, administrator = open_group(options)
        self.stdout.write(f"{house.group} is open with {house} ({house.code}).")
        self.stdout.write(f"{administrator.email} chooses a password here, within three days:")
        self.stdout.write(f"  {invitations.link(administrator)}")
        self.send(administrator, house)

    def send(self, administrator: User, house: Dealership) -> None:
        try:
            # Nobody is here yet to invite her; the group itself does.
            invitations.send_invitation(administrator, house, by=User(name=house.group.name))
        except OSError as error:
            self.stderr.write(f"The letter could not be sent ({error}). Pass the link on by other means.")


@transaction.atomic
def open_group(facts: dict[str, Any]) -> tuple[Dealership, User]:
    group = checked(Group(name=facts["group"]))
    house = checked(
        Dealership(
            group=group,
            code=facts["code"],
            trade_name=facts["name"],
            legal_name=facts["legal_name"] or facts["name"],
            country=facts["country"],
            time_zone=facts["zone"],
            currency=facts["currency"],
            locale=facts["locale"],
        )
    )
    user = User(email=facts["admin"].lower(), name=facts["admin_name"], language=facts["locale"])
    user.set_unusable_password()
    administrator = checked(user)
    RoleAssignment.objects.create(user=administrator, role=Role.ADMINISTRATOR, dealership=None)
    return house, administrator


def checked(row: M) -> M:
    """Save what is valid; say of the rest what is wrong with it."""
    try:
        row.full_clean()
    except ValidationError as error:
        sentences = [f"{field}: {' '.join(found)}" for field, found in error.message_dict.items()]
        raise CommandError("\n".join(sentences)) from error
    row.save()
    return row
