"""What the project promises about its dependencies, migrations, presets and catalogues."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages import pofile
from django.db.migrations import Migration

from clientela.management.commands import messages
from tests.house_rules.source import PACKAGE, ROOT

REQUIREMENTS = set((ROOT / "tests" / "requirement_ids.txt").read_text().split())
PRESETS = sorted((PACKAGE / "presets").glob("*.yaml"))
MIGRATIONS = sorted(PACKAGE.glob("*/migrations/0*.py"))
#: What names and words a programme or a step, and sets nothing.
NO_PARAMETERS = {"code", "name", "script", "sources", "steps"}


def test_every_dependency_says_what_we_would_have_to_write_without_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in lists for line in block.splitlines() if line.strip().startswith('"')]

    assert len(lines) > 20
    assert [line for line in lines if not re.search(r'",\s+# \S', line)] == []


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parts[-3]}.{path.stem}")
def test_a_migration_can_be_taken_back_or_says_why_not(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    migration: type[Migration] = importlib.import_module(name).Migration
    one_way = [type(operation).__name__ for operation in migration.operations if not operation.reversible]

    assert one_way == [] or "Not reversible:" in path.read_text()


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_parameter_of_a_preset_has_a_source(path: Path) -> None:
    without, unknown = [], []
    for name, data in _parts(yaml.safe_load(path.read_text(encoding="utf-8"))):
        sources = data["sources"]
        without += [f"{name}: {key}" for key in data if key not in NO_PARAMETERS | set(sources)]
        unknown += [f"{name}: {row}" for row in sources.values() if row != "ours" and row not in REQUIREMENTS]

    assert (without, unknown) == ([], [])


def _parts(preset: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "customer_file" in preset:
        yield "customer_file", preset["customer_file"]
    for programme in preset["programmes"]:
        yield programme["code"], programme
        for step in programme["steps"]:
            yield f"{programme['code']}.{step['code']}", step


@pytest.mark.parametrize("locale", ["es", "ru", "zh_Hans"])
def test_a_catalogue_translates_every_text(locale: str) -> None:
    path = PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.po"
    assert path.exists(), f"there is no catalogue {path.relative_to(ROOT)}"
    with path.open("rb") as file:
        catalogue = pofile.read_po(file, locale=locale)

    assert messages.missing_from(catalogue, messages.read_sources()) == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
