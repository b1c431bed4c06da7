"""A database for the tests, made before Django reads its settings: the embedded server, the real roles."""

import os

import psycopg

from clientela.__main__ import home
from clientela.lib import postgres

#: Tests that run beside one another have a database and a data folder each.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
NAME = f"clientela_test{WORKER}"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clientela.settings")
_HOME = home() if not WORKER else home().parent.parent
os.environ["CLIENTELA_HOME"] = str(_HOME / "test" / (WORKER or "alone"))
SUPERUSER = postgres.start(_HOME)


def fresh(name: str, template: str = "template0") -> None:
    """A new, empty database of this name (or a copy of `template`), with the three roles.

    A test that is cut off by a power failure is run again: nothing waits for the disk.
    """
    with psycopg.connect(SUPERUSER, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # roles are the server's: one at a time
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if template != "template0":
            connection.execute(f'CREATE DATABASE "{name}" OWNER {postgres.OWNER} TEMPLATE "{template}"')
        postgres.provision(SUPERUSER, name)
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')


def addresses(name: str) -> dict[str, str]:
    """The environment with which a process uses that database."""
    return {
        "DATABASE_URL": postgres.address(SUPERUSER, postgres.APPLICATION, name),
        "DATABASE_OWNER_URL": postgres.address(SUPERUSER, postgres.OWNER, name),
    }


fresh(NAME)
os.environ |= addresses(NAME)
