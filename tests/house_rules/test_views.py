"""The first line of isolation: what a view asks of a table, it asks within the user's dealerships."""

import ast
from collections.abc import Iterator

from django.apps import apps

from tests.house_rules.source import PACKAGE, dotted, functions, named

#: Narrowing to a dealership, to what is visible, or to a record that was found within them.
SCOPED_BY = {"visible_to", "of_customer", "of_vehicle"}
SCOPED_TO = {"dealership", "dealership_id", "dealership__in", "customer", "vehicle", "visit", "task", "task__visit"}
#: Group-wide roles have no dealership; the function narrows for everybody who is not group-wide herself.
EXCEPTIONS = {"network/views.py: _roles"}


def test_every_question_of_a_view_is_asked_within_dealerships() -> None:
    unscoped = {
        f"{named(path)}: {function.name}"
        for path in sorted(PACKAGE.rglob("*views.py"))
        for function in functions(path)
        for chain in _chains(function)
        if not _is_scoped(chain) and not _reads_again(chain, function)
    }

    assert unscoped == EXCEPTIONS


def test_the_rule_sees_a_view_that_forgets() -> None:
    [function] = ast.parse("def customers(request):\n    return Customer.objects.filter(kind='person')[:9]").body
    assert isinstance(function, ast.FunctionDef)

    assert [_is_scoped(chain) for chain in _chains(function)] == [False]


def _chains(function: ast.AST) -> Iterator[list[ast.Call]]:
    """The calls of each expression that starts from a model with a dealership, first call first."""
    inner: set[ast.AST] = set()
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or node in inner:
            continue
        calls: list[ast.Call] = []
        link: ast.expr = node
        while isinstance(link, ast.Call) and isinstance(link.func, ast.Attribute):
            calls.insert(0, link)
            inner.add(link)
            link = link.func.value
        if dotted(link) in _managers():
            yield calls


def _managers() -> set[str]:
    return {
        f"{model.__name__}.objects"
        for model in apps.get_models()
        if model.__module__.startswith("clientela.") and any(f.name == "dealership" for f in model._meta.get_fields())
    }


def _is_scoped(calls: list[ast.Call]) -> bool:
    methods = {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
    named_arguments = {keyword.arg for call in calls for keyword in call.keywords}
    return bool(methods & SCOPED_BY or named_arguments & SCOPED_TO)


def _reads_again(calls: list[ast.Call], function: ast.AST) -> bool:
    """A row whose number was found among the visible ones, read as it stands in the table."""
    last = calls[-1]
    is_get = isinstance(last.func, ast.Attribute) and last.func.attr == "get"
    looked = any(isinstance(node, ast.Attribute) and node.attr == "visible_to" for node in ast.walk(function))
    return is_get and [keyword.arg for keyword in last.keywords] == ["pk"] and looked


def test_the_desk_reads_everything_and_writes_nothing() -> None:
    desk = PACKAGE / "desk"
    public = [function for function in functions(desk / "views.py") if not function.name.startswith("_")]

    assert [path.name for path in (desk / "forms.py", desk / "models.py", desk / "models") if path.exists()] == []
    assert [f.name for f in public if "require_safe" not in map(dotted, f.decorator_list)] == []


def test_every_view_stands_where_these_rules_read_it() -> None:
    """A door with many pages has a file for each kind of page: views.py, filing_views.py."""
    assert [path for path in PACKAGE.rglob("*views*.py") if not path.name.endswith("views.py")] == []
