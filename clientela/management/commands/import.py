"""Import a dealer's file, as the page does."""

import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clientela.contacts import planning
from clientela.imports import columns, importing
from clientela.imports.models import Mapping, Run
from clientela.lib.refusal import Refusal
from clientela.network import tenancy
from clientela.network.models import Dealership


class Command(BaseCommand):
    help = "Import a file of customers, vehicles or visits into a dealership, and plan what follows."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dealership", metavar="CODE", required=True)
        parser.add_argument("--kind", metavar="KIND", help=f"what its rows are: {', '.join(columns.KINDS)}")
        parser.add_argument("--mapping", metavar="NAME", help="read it by a mapping saved in this dealership")
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path, code = options["file"], options["dealership"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        house = Dealership.objects.filter(code=code).first()
        if house is None:
            raise CommandError(f"There is no dealership with the code {code}.")
        at = timezone.now()
        with tenancy.everywhere():
            try:
                run = self.given(path, house, options, at=at)
                if options["dry_run"]:
                    importing.rehearse(run, at=at)
                else:
                    importing.perform(run, at=at)
                    planning.plan(at=at, dealership_ids=[house.pk])
            except Refusal as refusal:
                raise CommandError(refusal.sentence) from refusal
            if run.state == Run.State.FAILED:
                raise CommandError(run.problem)
            self.report(run, as_json=options["json"])

    def given(self, path: Path, house: Dealership, options: dict[str, Any], *, at: datetime) -> Run:
        """The file as a run; its mapping must be one of this house."""
        mapping = None
        if name := options["mapping"]:
            mapping = Mapping.objects.filter(dealership=house, name=name).first()
            if mapping is None:
                raise CommandError(f"There is no mapping “{name}” in {house.code}.")
        run = importing.open_run(
            self.keep(path), path.name, house, by=None, at=at, origin=Run.Origin.COMMAND, mapping=mapping
        )
        if kind := options["kind"]:
            importing.choose(run, {"kind": kind}, at=at)
        return run

    @staticmethod
    def keep(path: Path) -> Path:
        """A copy of ours; what is too large for any table is refused halfway."""
        with path.open("rb") as file:
            return importing.store(path.name, iter(lambda: file.read(1 << 20), b""), uuid.uuid4().hex)

    def report(self, run: Run, *, as_json: bool) -> None:
        remarks = list(run.remarks.all())
        lines = {
            refused: [
                {"row": remark.line, "column": remark.column, "reason": remark.sentence}
                for remark in remarks
                if remark.refused is refused
            ]
            for refused in (True, False)
        }
        if as_json:
            counts = {
                kind: {noun: run.counts[noun][kind] for noun in ("customers", "vehicles", "visits")}
                for kind in ("new", "changed", "unchanged")
            }
            self.stdout.write(
                json.dumps(
                    {"rows": run.counts["rows"], **counts, "refused": lines[True], "warnings": lines[False]},
                    ensure_ascii=False,
                )
            )
            return
        for noun in ("customers", "vehicles", "visits"):
            figures = ", ".join(f"{count} {kind}" for kind, count in run.counts[noun].items())
            self.stdout.write(f"{noun:>10}: {figures}")
        for refused, word in ((True, "refused"), (False, "warning")):
            for line in lines[refused]:
                self.stdout.write(f"line {line['row']}, {line['column']}: {line['reason']} ({word})")
