"""Put a preset to work in a dealership."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clientela.contacts import presets
from clientela.customers import filing
from clientela.lib.refusal import Refusal
from clientela.network import tenancy
from clientela.network.models import Dealership


class Command(BaseCommand):
    help = "Copy a preset's programmes into a dealership. What is already there stays as it was edited."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("preset", help=", ".join(presets.available()))
        parser.add_argument("--dealership", metavar="CODE", required=True)
        parser.add_argument(
            "--from",
            dest="live",
            type=date.fromisoformat,
            metavar="DATE",
            required=True,
            help="visits before this day are history and start no contact",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with tenancy.everywhere():
            house = Dealership.objects.filter(code=options["dealership"]).first()
            if house is None:
                raise CommandError(f"There is no dealership with the code {options['dealership']}.")
            try:
                programmes = presets.activate(options["preset"], house, go_live_on=options["live"])
                filing.catch_up(house.pk, at=timezone.now())
            except Refusal as refusal:
                raise CommandError(refusal.sentence + _at_hand(options["preset"])) from refusal
        for programme in programmes:
            self.stdout.write(f"{programme} is active at {house} from {programme.go_live_on}.")
        if not programmes:
            self.stdout.write(f"{options['preset']} is active at {house} from {options['live']}.")


def _at_hand(asked: str) -> str:
    known = presets.available()
    return "" if asked in known else f" There is: {', '.join(known)}."
