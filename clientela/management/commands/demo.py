"""The demonstration group, opened and served."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clientela.management import opening
from clientela.network.models import Role

from .serve import migrate, serve


class Command(BaseCommand):
    help = "Open the demonstration group (once) and serve it. PORT and CLIENTELA_HOME are honoured."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--no-serve", action="store_true", help="open the group and end")
        parser.add_argument(
            "--all-hours", action="store_true", help="its houses call day and night, for a demonstration"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        opening.open_demo(at=timezone.now(), all_hours=options["all_hours"])
        if not options["no_serve"]:
            serve(self.stdout.write, after=self.say_who)

    def say_who(self) -> None:
        demo = opening.description()
        self.stdout.write(f"\nSign in with the password {opening.PASSWORD} as\n")
        for person in demo["group_people"]:
            self.line(person, demo["group"])
        for house in demo["dealerships"]:
            for person in house["people"]:
                self.line(person, house["code"])
        self.stdout.write("\nCtrl-C stops everything.\n")

    def line(self, person: dict[str, Any], place: str) -> None:
        self.stdout.write(f"  {person['email']:<32} {Role(person['role']).label}, {place}")
