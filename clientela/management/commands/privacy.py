"""The rights of a person: hand out everything held on her, or erase her."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clientela.customers import privacy
from clientela.customers.models import Customer
from clientela.lib.refusal import Refusal
from clientela.network import tenancy


class Command(BaseCommand):
    help = "Export everything held on a customer, or erase her while the figures stay (docs/privacy.yaml)."

    def add_arguments(self, parser: Any) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="write a ZIP with everything held on her")
        export.add_argument("customer", help="the number in the address of the customer's page, or the full name")
        export.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where to; else here")
        erase = verbs.add_parser("erase", help="take out of every table what names her; it cannot be undone")
        erase.add_argument("customer", help="the number in the address of the customer's page, or the full name")
        erase.add_argument("--reason", required=True, help="why; it stays on file, so it must not name her")
        erase.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with tenancy.everywhere():
                customer = self.find(options["customer"])
                (self.export if options["verb"] == "export" else self.erase)(customer, options)
        except Refusal as refused:
            raise CommandError(refused.sentence) from refused

    def export(self, customer: Customer, options: dict[str, Any]) -> None:
        folder: Path = options["out"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        path = folder / f"customer-{customer.pk}.zip"
        if path.exists():
            raise CommandError(f"{path} is there already. Take it away first.")
        path.touch(mode=0o600)
        with privacy.hand_out(customer, by=None, at=timezone.now()) as archive, path.open("wb") as file:
            shutil.copyfileobj(archive, file)
        self.stdout.write(str(path))

    def erase(self, customer: Customer, options: dict[str, Any]) -> None:
        done = privacy.erase(customer, reason=options["reason"], by=None, at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        for label, count in done.rows.items():
            if count:
                self.stdout.write(f"{count:>8}  {label}")
        self.stdout.write(f"Erased: customer {customer.pk}.")

    @staticmethod
    def find(given: str) -> Customer:
        everybody = Customer.objects.select_related("dealership")
        matches = everybody.filter(pk=int(given)) if given.isdecimal() else everybody.filter(full_name__iexact=given)
        if len(matches) != 1:
            raise CommandError(f"{len(matches)} customers are “{given}”. Give the number of one of them.")
        return matches[0]
