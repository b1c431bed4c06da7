"""Start the server, fill it, measure, print the table; end with an error if a target was missed."""

import argparse
import logging
import platform
import subprocess
import sys
from functools import partial
from importlib import import_module
from time import perf_counter

import psutil
from django import __version__ as django_version

from . import server
from .scale import FULL, SMALL, Scale

#: In this order, each a module with `measure(scale)`.
MEASUREMENTS = (
    "deadlines",
    "levelling",
    "plan",
    "season",
    "loops",
    "survive",
    "page",
    "claims",
    "abandoned",
    "search",
    "duplicates",
    "imports",
    "growth",  # the last: it leaves five times as much
)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    scale = SMALL if options.small else FULL
    begun = perf_counter()
    superuser = server.start(scale)
    _set_up()
    _say_where(scale)
    from . import filling, table

    made = filling.fill(scale, superuser)
    print(f"{scale.vehicles:,} vehicles {'made' if made else 'kept from the last run'}", flush=True)
    figures: list[table.Figure] = []
    for name in options.names or MEASUREMENTS:
        print(f"{name} …", flush=True)
        found = import_module(f"bench.{name}").measure(scale)
        table.print_table(found, partial(print, flush=True))
        figures += found
    print()
    table.print_table(figures)
    missed = [figure.name for figure in figures if not figure.meets]
    print(f"\n{perf_counter() - begun:.0f} s; {'missed: ' + '; '.join(missed) if missed else 'every target is met'}")
    return 1 if missed else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--small", action="store_true", help=f"{SMALL.vehicles:,} vehicles, other targets")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which measurements: {', '.join(MEASUREMENTS)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(MEASUREMENTS):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    return options


def _set_up() -> None:
    import django

    django.setup()
    logging.getLogger("clientela").setLevel(logging.WARNING)


def _say_where(scale: Scale) -> None:
    with server.connect() as connection:
        version = connection.execute("SHOW server_version").fetchone()
    set_to = ", ".join(f"{name}={value}" for name, value in server.settings(scale).items())
    memory = psutil.virtual_memory().total / 2**30
    print(f"{platform.machine()}, {psutil.cpu_count()} processors, {memory:.0f} GiB; revision {_revision()}")
    print(f"PostgreSQL {version[0] if version else '?'}, Python {platform.python_version()}, Django {django_version}")
    print(f"{set_to}; fsync and synchronous_commit on", flush=True)


def _revision() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
