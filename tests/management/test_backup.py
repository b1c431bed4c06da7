"""What is backed up comes back: every row, every file, and the walls between the houses."""

import hashlib
import shutil
import tarfile
from pathlib import Path

import psycopg
import pytest

from clientela.management import opening

from .conftest import Installation, Opened

TABLES = """
SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM %I t', tablename, tablename)
FROM pg_tables WHERE schemaname = 'public'
"""
PROMISES = """
SELECT tablename || policyname || roles::text || coalesce(qual, '') FROM pg_policies
UNION ALL SELECT relname || relrowsecurity || coalesce(relacl::text, '') || relowner::regrole
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT proname || prosecdef || coalesce(proacl::text, '') FROM pg_proc
    WHERE proname = 'customers_find'
UNION ALL SELECT conname || contype::text || conrelid::regclass FROM pg_constraint
UNION ALL SELECT sequencename || coalesce(last_value, 0) FROM pg_sequences
UNION ALL SELECT defaclacl::text FROM pg_default_acl
ORDER BY 1
"""


@pytest.fixture(scope="module")
def full(installation: Opened) -> Installation:
    """Four houses with customers, visits and tasks, and a file that somebody gave us."""
    here = installation("clientela_full")
    here.run("demo", "--no-serve")
    folder = here.home / "files" / "imports"
    folder.mkdir(parents=True)
    shutil.copyfile(opening.FILES / "cl_servicios.xlsx", folder / "回访.xlsx")
    return here


@pytest.fixture(scope="module")
def archive(full: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archives") / "clientela.tar"
    full.run("backup", str(path))
    return path


def test_everything_comes_back(full: Installation, archive: Path, installation: Opened) -> None:
    other = installation("clientela_restored")
    said = other.run("restore", str(archive))

    assert said.startswith("Restored what was backed up on ")
    assert contents(other) == contents(full)
    assert other.ask(PROMISES) == full.ask(PROMISES)
    assert files(other) == files(full)
    assert contents(full)["contacts_contacttask"][0] > 50
    assert list(files(full)) == ["imports/回访.xlsx"]


def test_what_comes_back_is_hidden_from_the_application(
    full: Installation, archive: Path, installation: Opened
) -> None:
    other = installation("clientela_hidden")
    other.run("restore", str(archive))

    with psycopg.connect(other.environment["DATABASE_URL"]) as application:
        assert application.execute("SELECT count(*) FROM customers_customer").fetchone() == (0,)
        application.execute("SELECT set_config('clientela.dealerships', min(id)::text, true) FROM network_dealership")
        [seen] = application.execute("SELECT count(DISTINCT dealership_id) FROM customers_customer")
    assert seen == (1,)


def test_life_goes_on_after_a_restore(archive: Path, installation: Opened) -> None:
    other = installation("clientela_alive")
    other.run("restore", str(archive))

    again = other.run("import", str(opening.FILES / "mx_entregas.csv"), "--dealership", "MX")

    assert "customers: 0 new" in again


def test_a_full_database_is_replaced_only_by_force(archive: Path, installation: Opened) -> None:
    other = installation("clientela_replaced")
    other.run("restore", str(archive))
    before = contents(other)
    other.ask("CREATE TABLE later (); DELETE FROM journal_entry")

    assert "--force replaces all that is in it" in other.refusal("restore", str(archive))
    assert contents(other)["journal_entry"] == (0, "None")
    other.run("restore", str(archive), "--force")
    assert contents(other) == before


def test_a_damaged_archive_leaves_the_database_as_it_was(archive: Path, installation: Opened, tmp_path: Path) -> None:
    other = installation("clientela_damaged")
    other.run("restore", str(archive))
    before = contents(other)
    damaged = tmp_path / "damaged.tar"
    spoil(archive, damaged)

    assert "Nothing was restored" in other.refusal("restore", str(damaged), "--force")
    assert contents(other) == before


def test_a_file_that_points_elsewhere_is_refused(archive: Path, installation: Opened, tmp_path: Path) -> None:
    other = installation("clientela_elsewhere")
    crafted = tmp_path / "crafted.tar"
    crafted.write_bytes(archive.read_bytes())
    with tarfile.open(crafted, "a") as tar:
        tar.add(__file__, "files/../../escaped")

    assert "outside of its folder" in other.refusal("restore", str(crafted))
    assert contents(other) == {}
    assert not (other.home.parent / "escaped").exists()


def test_what_is_no_archive_is_refused(installation: Opened, tmp_path: Path) -> None:
    other = installation("clientela_none")
    path = tmp_path / "letter.tar"
    path.write_text("Dear customer")

    assert "cannot be read as an archive" in other.refusal("restore", str(path))
    assert "There is no file" in other.refusal("restore", str(tmp_path / "missing.tar"))


def test_nothing_is_restored_under_a_running_web_or_worker(archive: Path, installation: Opened) -> None:
    other = installation("clientela_running")

    with psycopg.connect(other.environment["DATABASE_URL"]):
        assert "Stop them first" in other.refusal("restore", str(archive))


def test_an_archive_is_never_overwritten(full: Installation, archive: Path) -> None:
    assert "is there already" in full.refusal("backup", str(archive))


def test_only_its_owner_reads_an_archive(archive: Path) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
    assert list(archive.parent.iterdir()) == [archive]


def test_a_backup_that_would_miss_rows_is_refused(full: Installation, tmp_path: Path) -> None:
    as_application = {"DATABASE_URL": full.environment["DATABASE_URL"]}
    half = Installation(full.home, as_application)

    assert "DATABASE_OWNER_URL" in half.refusal("backup", str(tmp_path / "half.tar"))
    assert list(tmp_path.iterdir()) == []


# How -----------------------------------------------------------------------------------------------------------


def contents(here: Installation) -> dict[str, tuple[int, str]]:
    """Of each table its rows and a checksum over all of them."""
    found = [row for (query,) in here.ask(TABLES) for row in here.ask(str(query))]
    return {str(name): (int(str(count)), str(checksum)) for name, count, checksum in found}


def files(here: Installation) -> dict[str, str]:
    folder = here.home / "files"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def spoil(archive: Path, damaged: Path) -> None:
    """The same archive with its database cut short."""
    with tarfile.open(archive) as whole, tarfile.open(damaged, "w") as half:
        for entry in whole:
            entry.size //= 2 if entry.name == "database.dump" else 1
            half.addfile(entry, whole.extractfile(entry) if entry.isfile() else None)
