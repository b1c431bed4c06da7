"""Make the roles and the database on a PostgreSQL of one's own."""

import os
import secrets
from typing import Any
from urllib.parse import quote, unquote, urlparse

import psycopg
from django.core.management.base import BaseCommand, CommandError

from clientela.lib import postgres

#: Where the password of each role that may sign in is kept.
VARIABLES = {postgres.APPLICATION: "DATABASE_URL", postgres.OWNER: "DATABASE_OWNER_URL"}


class Command(BaseCommand):
    help = (
        "Make Clientela's roles and its database on a PostgreSQL server. Safe to repeat. Passwords that stand in "
        "DATABASE_URL and DATABASE_OWNER_URL are given to the roles."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--superuser", metavar="URL", required=True, help="the server as its superuser; PGPASSWORD is honoured"
        )
        parser.add_argument("--database", metavar="NAME", default=postgres.DATABASE)
        parser.add_argument(
            "--passwords", action="store_true", help="give both roles new passwords and print the addresses to use"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = {role: secrets.token_urlsafe(24) for role in VARIABLES} if options["passwords"] else configured()
        try:
            refuse_plain_c(options["superuser"])
            postgres.provision(options["superuser"], options["database"], passwords=passwords)
        except psycopg.Error as error:
            raise CommandError(f"The server refused: {str(error).strip()}") from error
        if options["passwords"]:
            for role, variable in VARIABLES.items():
                who = f"{role}:{quote(passwords[role], safe='')}"
                self.stdout.write(f"{variable}={postgres.address(options['superuser'], who, options['database'])}")
            return
        self.stdout.write(f"{options['database']} is ready.")
        for role in VARIABLES.keys() - passwords.keys():
            self.stdout.write(f"{role} keeps the password it has, if any; --passwords makes new ones.")


def configured() -> dict[str, str]:
    """The passwords that the environment already promises."""
    found = {}
    for role, variable in VARIABLES.items():
        parts = urlparse(os.environ.get(variable, ""))
        if parts.username and unquote(parts.username) != role:
            raise CommandError(f"{variable} signs in as {parts.username}; it must be {role}.")
        if parts.password:
            found[role] = unquote(parts.password)
    return found


def refuse_plain_c(superuser: str) -> None:
    """Under plain C neither Cyrillic nor Chinese names could be searched."""
    with psycopg.connect(superuser) as connection:
        locale = connection.execute("SELECT datctype FROM pg_database WHERE datname = 'template0'").fetchone()
    if locale and locale[0] in {"C", "POSIX"}:
        raise CommandError(
            "This server was made with the locale C, under which names in Russian and Chinese cannot be searched. "
            "Make it anew with initdb --locale=C.UTF-8 --encoding=UTF8."
        )
