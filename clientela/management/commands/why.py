"""Why is a customer due, or not: the same answer as on her page."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clientela.contacts import explaining
from clientela.contacts.explaining import Reason
from clientela.customers.models import Customer
from clientela.network import tenancy


class Command(BaseCommand):
    help = "Say for each visit of a customer and each step whether a contact is due, and what decided."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("customer", help="the number in the address of the customer's page, or the full name")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as if it were that day")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with tenancy.everywhere():
            customer = self.find(options["customer"])
            reasons = explaining.why(customer.pk, customer.dealership_id, at=timezone.now(), on=options["on"])
            if options["json"]:
                self.stdout.write(json.dumps([as_json(reason) for reason in reasons], ensure_ascii=False))
                return
            self.stdout.write(f"{customer} ({customer.dealership.code})")
            for reason in reasons:
                self.stdout.write(f"  {sentence(reason)}")
            if not reasons:
                self.stdout.write("  There is no visit yet from which a contact could follow.")

    @staticmethod
    def find(given: str) -> Customer:
        found = Customer.objects.select_related("dealership")
        matches = found.filter(pk=int(given)) if given.isdigit() else found.filter(full_name__iexact=given)
        if len(matches) != 1:
            raise CommandError(f"{len(matches)} customers are “{given}”. Give the number of one of them.")
        return matches[0]


def sentence(reason: Reason) -> str:
    """One line for people."""
    visit = f"{reason.visit.delivered_on} {reason.visit.get_kind_display()}"
    days = f": {reason.opens_on} to {reason.due_on}" if reason.opens_on else ""
    window = f"{reason.window_said}{days}"
    verdict = "due" if reason.is_due else str(reason.verdict)
    task = f" Task: {reason.task.get_state_display()}, {reason.task.attempts} attempts." if reason.task else ""
    now = "".join(f" Now: {hold.unmet}." for hold in reason.holds)
    now += "".join(f" Decide first: {caution.label}." for caution in reason.cautions)
    return f"{visit} → {reason.step.code} ({window}) on {reason.day}: {verdict}.{task}{now}".replace("..", ".")


def as_json(reason: Reason) -> dict[str, Any]:
    """The same for programs."""
    return {
        "step": reason.step.code,
        "source": reason.step.sources.get("window"),
        "visit": reason.visit.pk,
        "delivered_on": reason.visit.delivered_on.isoformat(),
        "on": reason.day.isoformat(),
        "opens_on": reason.opens_on and reason.opens_on.isoformat(),
        "due_on": reason.due_on and reason.due_on.isoformat(),
        "due": reason.is_due,
        "unmet": [condition.code for condition in reason.unmet],
        "task": reason.task and reason.task.state,
        "holds": [hold.code for hold in reason.holds],
        "cautions": [caution.value for caution in reason.cautions],
    }
