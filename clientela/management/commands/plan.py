"""Plan by hand what the schedule plans by itself."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clientela.contacts import planning
from clientela.network import tenancy
from clientela.network.models import Dealership


class Command(BaseCommand):
    help = "Give every due contact its task. Safe to repeat."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as if it were that day")
        parser.add_argument("--dealership", metavar="CODE", help="only this one")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["dealership"]
        ids = list(Dealership.objects.filter(code=code).values_list("pk", flat=True)) if code else None
        if ids == []:
            raise CommandError(f"There is no dealership with the code {code}.")
        with tenancy.everywhere():
            planned = planning.plan(at=timezone.now(), on=options["on"], dealership_ids=ids)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(planned)))
            return
        for step, count in planned.new.items():
            self.stdout.write(f"{count:>8}  {step}")
        for house in planned.without_hours:
            self.stderr.write(f"{house} has no opening hours: nobody can be called, so nothing was planned for it.")
