"""Fixtures: the database, the fixed moment, and the cast."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from clientela.network import tenancy
from clientela.network.models import Dealership, Role, User
from tests import cast

#: Thursday 5 March 2026, ten in the morning in Chihuahua: the third day after a delivery on Monday the 2nd.
NOW = datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
KNOWN_ROWS = Path(__file__).with_name("requirement_ids.txt")


def pytest_configure() -> None:
    """Hash passwords in no time: otherwise most of the run would be spent on those of the cast."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """Migrate as the owner; the tests connect as the application, held by row-level security."""
    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def _installation(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that uses the database sees all of it; a request inside it sees what its user may."""
    if "db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("db")
    with tenancy.everywhere():
        yield


@pytest.fixture
def now() -> Iterator[datetime]:
    """The moment of the story; the clock stands still."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def norte(db: None, now: datetime) -> Dealership:
    return cast.house("NORTE", at=now)


@pytest.fixture
def jingbei(db: None, now: datetime) -> Dealership:
    """The neighbour."""
    return cast.house("JINGBEI", at=now)


@pytest.fixture
def mariana(norte: Dealership) -> User:
    """Customer Representative of Autos del Norte."""
    return cast.person("Mariana Ruiz", Role.REPRESENTATIVE, norte)


@pytest.fixture
def jorge(norte: Dealership) -> User:
    """Follow-up agent of Autos del Norte."""
    return cast.person("Jorge Peña", Role.CS_SPECIALIST, norte)


@pytest.fixture
def patricia(norte: Dealership) -> User:
    """Sales consultant of Autos del Norte: sees customers, makes no calls."""
    return cast.person("Patricia Ríos", Role.SALES_CONSULTANT, norte)


@pytest.fixture
def elena(norte: Dealership) -> User:
    """Administrator of the group."""
    return cast.person("Elena Vargas", Role.ADMINISTRATOR, None)


@pytest.fixture
def carmen(norte: Dealership) -> User:
    """Director of the group."""
    return cast.person("Carmen Aguilar", Role.GROUP_DIRECTOR, None)


@pytest.fixture
def lixue(jingbei: Dealership) -> User:
    """Customer Representative of the neighbour."""
    return cast.person("李雪", Role.REPRESENTATIVE, jingbei)


@pytest.fixture
def outsider(db: None) -> User:
    """Somebody without any role."""
    return cast.person("Nadie Nadie", None, None)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A browser (without a window) in which somebody is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


# Requirement rows ----------------------------------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    covered = {str(row) for item in items for mark in item.iter_markers("covers") for row in mark.args}
    unknown = covered - set(KNOWN_ROWS.read_text().split())
    if unknown:
        raise pytest.UsageError(f"No such requirement row: {', '.join(sorted(unknown))}")
    config.stash[COVERED] = covered
    if os.environ.get("BROWSER") == "none":
        items[:] = [item for item in items if not item.get_closest_marker("browser")]


def pytest_itemcollected(item: pytest.Item) -> None:
    if group := _together(item.path):
        item.add_marker(pytest.mark.xdist_group(group))


def _together(file: Path) -> str:
    """The browser's journeys stand on one demonstration and stay with one worker."""
    return file.parent.name if file.parent.name == "browser" else ""


COVERED = pytest.StashKey[set[str]]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    covered = config.stash.get(COVERED, set())
    if covered:
        ordered = sorted(covered, key=lambda row: [int(n) if n.isdigit() else n for n in re.split(r"(\d+)", row)])
        terminalreporter.write_line(f"Requirement rows with a test: {len(covered)} ({', '.join(ordered)})")
