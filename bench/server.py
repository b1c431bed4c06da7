"""The benchmark's own PostgreSQL, in a folder of its own that is kept for the next run."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from clientela.__main__ import home
from clientela.lib import postgres

from .scale import Scale

Connection = psycopg.Connection[tuple[object, ...]]
#: What differs from the embedded server as Clientela starts it. fsync and synchronous_commit stay on.
SETTINGS = {
    "max_wal_size": "8GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "autovacuum": "off",  # the benchmark vacuums between its rounds, not at random within them
}


def settings(scale: Scale) -> dict[str, str]:
    return {"shared_buffers": scale.shared_buffers, **SETTINGS}


def start(scale: Scale) -> str:
    """Start the server with its settings; the superuser's address in the benchmark's database."""
    folder = home() / "bench" / scale.name
    if not (folder / "configured").exists():
        # In a process of its own: the server stops with it, and comes up again with what was set.
        subprocess.run([sys.executable, "-m", __name__, str(folder), *_pairs(scale)], check=True)
        (folder / "configured").touch()
    superuser = postgres.start(folder)
    postgres.provision(superuser)
    os.environ |= {
        "CLIENTELA_HOME": str(folder),
        "DJANGO_SETTINGS_MODULE": "clientela.settings",
        "DATABASE_URL": postgres.address(superuser, postgres.APPLICATION),
        "DATABASE_OWNER_URL": postgres.address(superuser, postgres.OWNER),
        "BENCH_SUPERUSER": psycopg.conninfo.make_conninfo(superuser, dbname=postgres.DATABASE),
    }
    return superuser


def connect() -> Connection:
    """A superuser's connection: loads, floors and what happens between rounds."""
    return psycopg.connect(os.environ["BENCH_SUPERUSER"], autocommit=True)


def stop_at_once() -> None:
    """As if the machine lost its power: no checkpoint, no farewell."""
    _control("stop", "--mode=immediate")


def start_again() -> None:
    """With the options it was started with before; it recovers by itself."""
    _program, *options = shlex.split((_data() / "postmaster.opts").read_text())
    _control("start", f"--log={_data() / 'bench.log'}", f"--options={shlex.join(options[2:])}")


def _control(*arguments: str) -> None:
    owner = _data().stat().st_uid
    command = [str(postgres.tool("pg_ctl")), *arguments, "--wait", f"--pgdata={_data()}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=owner if os.geteuid() == 0 else None, cwd="/")


def _data() -> Path:
    return Path(os.environ["CLIENTELA_HOME"]) / "postgres"


def forget(superuser: str) -> None:
    """Begin with an empty database."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {postgres.DATABASE} WITH (FORCE)")
    postgres.provision(superuser)


def _pairs(scale: Scale) -> list[str]:
    return [f"{name}={value}" for name, value in settings(scale).items()]


def _configure(folder: Path, pairs: list[str]) -> None:
    with psycopg.connect(postgres.start(folder), autocommit=True) as connection:
        for name, _, value in (pair.partition("=") for pair in pairs):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))


if __name__ == "__main__":
    _configure(Path(sys.argv[1]), sys.argv[2:])
