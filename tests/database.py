"""A database for the tests, made before Django reads its settings: the embedded server, the real roles."""

import os

import psycopg

from clientela.__main__ import home
from clientela.lib import postgres

NAME = "clientela_test"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clientela.settings")
os.environ["CLIENTELA_HOME"] = str(home() / "test")
SUPERUSER = postgres.start(home())


def fresh(name: str, template: str = "template0") -> None:
    """A new, empty database of this name (or a copy of `template`), with the three roles."""
    with psycopg.connect(SUPERUSER, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if template != "template0":
            connection.execute(f'CREATE DATABASE "{name}" OWNER {postgres.OWNER} TEMPLATE "{template}"')
    postgres.provision(SUPERUSER, name)


def addresses(name: str) -> dict[str, str]:
    """The environment with which a process uses that database."""
    return {
        "DATABASE_URL": postgres.address(SUPERUSER, postgres.APPLICATION, name),
        "DATABASE_OWNER_URL": postgres.address(SUPERUSER, postgres.OWNER, name),
    }


fresh(NAME)
os.environ |= addresses(NAME)
