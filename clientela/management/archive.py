"""The archive: one file with everything an installation could not make again.

A tar with a word about itself, the database as PostgreSQL's own programs write it, and the files that people
gave us. The programs speak as the owner of the tables, whom row-level security does not hold; as anybody else
pg_dump refuses rather than leave rows out.
"""

import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import warnings
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from psycopg.conninfo import make_conninfo

from clientela.lib import postgres

ABOUT, DUMP, FILES = "about.json", "database.dump", "files"
FORMAT = 1


def write(path: Path, *, at: datetime) -> None:
    """Write the archive; it bears its name only when it is complete."""
    if path.exists():
        raise CommandError(f"{path} is there already. Give another name.")
    _require_owner()
    about = {"format": FORMAT, "version": version("clientela"), "made_at": at.isoformat()}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".archive-") as folder:
        dump, whole = Path(folder) / DUMP, Path(folder) / "archive"
        # Comments are left out: those on extensions belong to the superuser, who alone could restore them.
        _run("pg_dump", "--format=custom", "--no-owner", "--no-comments", f"--file={dump}", _conninfo())
        whole.touch(mode=0o600)
        with tarfile.open(whole, "w") as tar:
            _add_text(tar, ABOUT, json.dumps(about))
            tar.add(dump, DUMP)
            # After the database: a file that a row names is never missing.
            if settings.MEDIA_ROOT.is_dir():
                tar.add(settings.MEDIA_ROOT, FILES, filter=lambda entry: entry if _is_plain(entry) else None)
        whole.rename(path)


def read(path: Path, *, force: bool) -> dict[str, Any]:
    """Put an archive back, database and files, and say what it knows of itself.

    The database is replaced in one transaction: what fails leaves it as it was.
    """
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    _require_owner()
    _require_empty(force=force)
    try:
        with tarfile.open(path, "r:") as tar, tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
            about = _about(tar)
            dump = Path(folder) / DUMP
            _unpack(tar, DUMP, dump)
            for name in tar.getnames():
                if PurePosixPath(name).parts[0] == FILES and tar.getmember(name).isfile():
                    _unpack(tar, name, _place(name))
            _load(dump)
    except (tarfile.TarError, KeyError) as error:
        raise CommandError(f"{path} cannot be read as an archive of Clientela: {error}") from error
    return about


# The tar ---------------------------------------------------------------------------------------------------


def _is_plain(entry: tarfile.TarInfo) -> bool:
    return entry.isfile() or entry.isdir()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    tar.addfile(entry, BytesIO(text.encode()))


def _about(tar: tarfile.TarFile) -> dict[str, Any]:
    file = tar.extractfile(ABOUT)
    about = dict(json.load(file)) if file else {}
    if about.get("format") != FORMAT:
        raise CommandError("This archive was written by a newer Clientela. Upgrade first.")
    return about


def _place(name: str) -> Path:
    """Where a file of the archive belongs. One that points elsewhere was not written by us."""
    inside = PurePosixPath(name).parts[1:]
    if ".." in inside:
        raise CommandError(f"The archive holds a file outside of its folder: {name}. Nothing was restored.")
    place = Path(settings.MEDIA_ROOT).joinpath(*inside)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def _unpack(tar: tarfile.TarFile, name: str, place: Path) -> None:
    source = tar.extractfile(name)
    if source is None:
        raise CommandError(f"The archive lacks {name}.")
    place.touch(mode=settings.FILE_UPLOAD_PERMISSIONS)
    with place.open("wb") as target:
        shutil.copyfileobj(source, target)


# The database ----------------------------------------------------------------------------------------------


def _require_owner() -> None:
    if settings.DATABASES["owner"]["USER"] == postgres.APPLICATION:
        raise CommandError(
            "This needs the owner of the tables: set DATABASE_OWNER_URL. The application role sees only some rows."
        )


def _require_empty(*, force: bool) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = %s",
            [postgres.APPLICATION],
        )
        if cursor.fetchone()[0]:
            raise CommandError("Web or worker still use this database. Stop them first.")
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        if cursor.fetchone()[0] and not force:
            raise CommandError("This database is not empty. --force replaces all that is in it.")
    connections["owner"].close()


def _load(dump: Path) -> None:
    """Let psql speak what pg_restore reads, between a BEGIN and a COMMIT that only a complete reading earns."""
    with tempfile.TemporaryFile() as complaints:
        reading = subprocess.Popen(
            [_program("pg_restore"), "--no-owner", "--file=-", str(dump)], stdout=subprocess.PIPE, stderr=complaints
        )
        speaking = subprocess.Popen(
            [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", _conninfo()],
            stdin=subprocess.PIPE,
            stderr=complaints,
            env=_environment(),
        )
        assert reading.stdout is not None
        assert speaking.stdin is not None
        with suppress(BrokenPipeError), speaking.stdin as script, reading.stdout as text:
            script.write(b"BEGIN; DROP OWNED BY CURRENT_USER;\n")
            _copy_script(text, script)
            if reading.wait() == 0:
                script.write(b"COMMIT;\n")
        if speaking.wait() or reading.wait():
            complaints.seek(0)
            raise CommandError(f"Nothing was restored:\n{complaints.read().decode(errors='replace').strip()}")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy_script(text: IO[bytes], script: IO[bytes]) -> None:
    """All but one setting of the head, which PostgreSQL 15 and 16 do not know."""
    for line in text:
        if line != b"SET transaction_timeout = 0;\n":
            script.write(line)
        if line.startswith(b"SET row_security"):
            break
    shutil.copyfileobj(text, script)


def _conninfo() -> str:
    """The owner's way in, without the password: a command line is everybody's to read."""
    owner = connections["owner"].settings_dict
    names = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
    return make_conninfo(**{key: owner[name] for key, name in names.items() if owner[name]}, **owner["OPTIONS"])


def _environment() -> dict[str, str]:
    password = connections["owner"].settings_dict["PASSWORD"]
    return {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([_program(name), *arguments], env=_environment(), capture_output=True, text=True)
    if done.returncode:
        raise CommandError(f"{name}: {done.stderr.strip()}")


def _program(name: str) -> str:
    """The embedded server's own program, which speaks to older servers too; for a newer server the one on PATH."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        server = cursor.fetchone()[0]
    with warnings.catch_warnings(action="ignore"):  # the package looks for a run-time folder at once
        ours = str(postgres.tool(name))
    for found in (ours, shutil.which(name)):
        if found and _major(found) >= server:
            return found
    raise CommandError(f"PostgreSQL {server} needs the {name} of its own version on PATH.")


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.findall(r"\) (\d+)", said)[0])
