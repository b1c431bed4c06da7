"""An installation of its own: commands run as real processes against real databases."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests import database

OPENED = (
    *("open", "Grupo Horizonte", "--code", "NORTE", "--name", "Autos del Norte", "--country", "MX"),
    *("--zone", "America/Chihuahua", "--currency", "MXN", "--locale", "es-mx"),
    *("--admin", "Elena@Norte.example", "--admin-name", "Elena Vargas"),
)


@dataclass
class Installation:
    """A data folder and the database it works with."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> str:
        """What a command prints. One that fails ends the test with what it said."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refusal(self, *arguments: str) -> str:
        """What a command says that must not succeed."""
        done = self.attempt(*arguments)
        assert done.returncode == 1, done.stdout
        return done.stderr

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        environment = inherited | {"CLIENTELA_HOME": str(self.home)} | self.environment
        return subprocess.run(
            [sys.executable, "-m", "clientela", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """What the database says to its owner."""
        with psycopg.connect(self.environment["DATABASE_OWNER_URL"]) as connection:
            answer = connection.execute(query.encode())
            return answer.fetchall() if answer.description else []


Opened = Callable[[str], Installation]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Makes an installation with an empty database of that name."""
    made = []

    def make(name: str) -> Installation:
        name += database.WORKER
        database.fresh(name)
        made.append(name)
        return Installation(tmp_path_factory.mktemp(name), database.addresses(name))

    yield make
    with psycopg.connect(database.SUPERUSER, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
