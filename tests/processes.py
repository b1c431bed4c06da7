"""Real processes on a database of their own: for what only two of them, or a kill, can show."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from tests import database

ROOT = Path(__file__).resolve().parent.parent
#: What every script begins with.
PROLOGUE = """
import sys
from datetime import UTC, date, datetime, timedelta
import django
django.setup()
from django.db import connection, transaction
from clientela.network import tenancy
from clientela.network.models import Dealership, Role, User
from tests import cast
NOW = datetime(2026, 3, 5, 16, tzinfo=UTC)

def pause(word):
    print(word, flush=True)
    sys.stdin.readline()

def deliver_many(place, count):
    from clientela.customers import intake
    from clientela.imports.arriving import Arrivals
    from clientela.imports.rows import TypedRow
    def row(n):
        facts = {"kind": "vehicle_delivery", "delivered_on": date(2026, 3, 2), "phones": f"614{n:03d}7519"}
        return TypedRow(line=n, customer_name=f"Cliente{n}", number=f"T-{n}", vin=f"VIN-{n}", **facts)
    intake.stage(1, Arrivals(1, place).tuples(map(row, range(count))))
    intake.receive(1, place, at=NOW)
"""


class Script:
    """A Python process in the middle of its work; it says a word and waits for ours."""

    def __init__(self, own: "Own", code: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROLOGUE + code],
            env=own.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def wait_for(self, word: str) -> None:
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        assert said == word, said + self.process.communicate()[1]

    def go_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def result(self) -> str:
        """What else it prints. One that fails ends the test with what it said."""
        said, problem = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, problem
        return said.strip()


class Own:
    """A database with all tables, of which nobody else knows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.environment = os.environ | database.addresses(name) | {"DJANGO_SETTINGS_MODULE": "clientela.settings"}

    def start(self, code: str) -> Script:
        return Script(self, code)

    def run(self, code: str) -> str:
        return self.start(code).result()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says to its superuser, from whom no row is hidden."""
        with psycopg.connect(psycopg.conninfo.make_conninfo(database.SUPERUSER, dbname=self.name)) as connection:
            return connection.execute(query.encode()).fetchall()

    def one(self, query: str) -> Any:
        return self.ask(query)[0][0]


@contextmanager
def own_database(name: str) -> Iterator[Own]:
    name += database.WORKER
    database.fresh(name, _template())
    try:
        yield Own(name)
    finally:
        with psycopg.connect(database.SUPERUSER, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def _template() -> str:
    """A database with all tables and no rows, made once a run."""
    name = f"{database.NAME}_template"
    database.fresh(name)
    command = [sys.executable, "-m", "clientela", "migrate", "--database", "owner", "--verbosity", "0"]
    subprocess.run(command, env=os.environ | database.addresses(name), check=True, cwd=ROOT)
    return name
