"""What STYLE.md and docs/architecture.md ask of the Python files, read from the files themselves."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.house_rules.source import PACKAGE, ROOT, dotted, functions, modules, named, tree

#: Names that say how, not what, and attract everything.
VAGUE = {"services", "selectors", "managers", "helpers", "utils", "common", "core"}
#: Who may ask what time it is: the doors, and the templates that say “today”.
DOORS = ("views.py", "middleware.py", "tasks.py", "schedule.py", "management/", "templatetags/")
CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.localdate"}
#: A default of a field and of a form field asks the clock when the row is made. To be handed in by the caller.
ASK_THE_CLOCK = {"customers/models/customer.py", "network/forms.py", "network/models/user.py"}
#: Tables in code: reading a dealer's cells.
LONG_FILES = {"imports/cells.py"}


def test_only_the_doors_ask_the_clock() -> None:
    asking = {
        named(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ".".join(dotted(node).split(".")[-2:]) in CLOCKS
    }

    assert {name for name in asking if not any(door in name for door in DOORS)} == ASK_THE_CLOCK


def test_news_goes_up_by_our_own_signals_never_by_saving() -> None:
    assert [named(path) for path in modules() if "post_save" in path.read_text()] == []


def test_files_are_nouns_or_acts() -> None:
    parts = {(named(path), part) for path in modules() for part in (*path.parent.parts, path.stem)}

    assert {name for name, part in parts if part in VAGUE} == set()


def test_every_module_says_what_it_promises() -> None:
    silent = [
        path.parent.name
        for path in sorted(PACKAGE.glob("*/__init__.py"))
        if len(ast.get_docstring(tree(path)) or "") < 40
    ]

    assert silent == []


def test_functions_fit_a_screen() -> None:
    lengths = {
        f"{named(path)}: {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in modules()
        for function in functions(path)
    }

    assert {name: length for name, length in lengths.items() if length > 60} == {}


def test_files_are_short_enough_to_know() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in modules()}

    assert {name for name, length in lengths.items() if length > 400} == LONG_FILES


def test_the_stack_of_modules_holds() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout
