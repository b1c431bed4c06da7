"""The ``clientela`` command: every verb that operates an installation."""

import os
import sys
from pathlib import Path

#: Commands that touch no database.
WITHOUT_DATABASE = {"build", "messages", "makemigrations", "provision", "help", "version", "--help", "--version", "-h"}


def main() -> None:
    """Run one command; start the embedded PostgreSQL first if it is needed and none is configured."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clientela.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in WITHOUT_DATABASE and "DATABASE_URL" not in os.environ:
        use_embedded_database()
    from django.core.management import execute_from_command_line  # settings read the environment made above

    execute_from_command_line(["clientela", *sys.argv[1:]])


def use_embedded_database() -> None:
    """Start the embedded server, make roles and tables if they are missing, and say where they are."""
    from clientela.lib import postgres

    with postgres.one_at_a_time(home()):
        superuser = postgres.start(home())
        postgres.provision(superuser)
    os.environ["DATABASE_URL"] = postgres.address(superuser, postgres.APPLICATION)
    os.environ["DATABASE_OWNER_URL"] = postgres.address(superuser, postgres.OWNER)


def home() -> Path:
    """The data folder: ``CLIENTELA_HOME``, else ``.home`` in the checkout, else one outside of home folders.

    As root the embedded server runs under a user of its own that must be able to reach its data.
    """
    if given := os.environ.get("CLIENTELA_HOME"):
        return Path(given).resolve()
    checkout = Path(__file__).resolve().parent.parent
    if os.geteuid() == 0 and checkout.is_relative_to(Path.home()):
        return Path("/var/lib/clientela")
    return checkout / ".home"


if __name__ == "__main__":
    main()
