"""The policy that people and the program read: docs/privacy.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.conf import settings
from django.db import models

WHAT = {"personal", "pseudonymous", "none"}
EXPORT = {"include", "skip"}
ERASE = {"clear", "replace", "delete", "keep"}
#: What may take the place of what is erased.
BY = {"name", "name_key", "dash", "own_key", "today", "facts"}
#: Where a way may lead, and the two words for tables to which none leads.
ENDS, NO_WAY = {"customer", "car"}, {"value", "none"}
_OF_A_FIELD = {"what", "export", "erase", "by", "reason", "keep", "codes"}
_OF_A_TABLE = {"link", "why", "kept", "fields"} | _OF_A_FIELD


class BadPolicy(Exception):  # noqa: N818  it is not for users: the file is wrong, and nothing may go on
    """The file does not say what is to be done with every field."""


@dataclass(frozen=True)
class Rule:
    """What becomes of one field."""

    what: str
    export: str
    erase: str
    reason: str = ""
    by: str = ""
    keep: tuple[str, ...] = ()
    codes: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TablePolicy:
    """One table: why it is kept, how long, how a person's rows are found, and a rule for each field."""

    label: str
    why: str
    kept: str
    link: dict[str, str]
    by_value: bool
    rules: dict[str, Rule]

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    @property
    def is_deleted(self) -> bool:
        return all(rule.erase == "delete" for rule in self.rules.values())

    def fields(self, **asked: str) -> Iterator[models.Field[Any, Any]]:
        """The fields whose rule says so: `fields(erase="clear")`."""
        for name, rule in self.rules.items():
            if all(getattr(rule, key) == value for key, value in asked.items()):
                yield self.model._meta.get_field(name)  # type: ignore[misc]


@dataclass(frozen=True)
class Limits:
    exports_a_day: int
    rows_a_day: int


@dataclass(frozen=True)
class Policy:
    """All of it."""

    limits: Limits
    import_files_days: int
    tables: dict[str, TablePolicy]

    def linked(self) -> Iterator[TablePolicy]:
        """The tables in which a person has rows."""
        return (table for table in self.tables.values() if table.link)


@cache
def load(path: Path | None = None) -> Policy:
    """Read and check the policy. What it leaves open, or says of what is not there, is refused."""
    given = yaml.safe_load((path or settings.PRIVACY_POLICY).read_text(encoding="utf-8"))
    tables = {label: _table(label, facts) for label, facts in given["tables"].items()}
    policy = Policy(
        limits=Limits(**{key: _whole(given["limits"][key]) for key in ("exports_a_day", "rows_a_day")}),
        import_files_days=_whole(given["retention"]["import_files_days"]),
        tables=tables,
    )
    if problems := [*_unknown(policy), *_forgotten(policy)]:
        raise BadPolicy("\n".join(problems))
    return policy


def _table(label: str, facts: dict[str, Any]) -> TablePolicy:
    if strange := set(facts) - _OF_A_TABLE:
        raise BadPolicy(f"{label}: {', '.join(sorted(strange))} is not known")
    usual = {key: value for key, value in facts.items() if key in _OF_A_FIELD}
    rules: dict[str, Rule] = {}
    for names, special in facts["fields"].items():
        if strange := set(special) - _OF_A_FIELD:
            raise BadPolicy(f"{label}.{names}: {', '.join(sorted(strange))} is not known")
        for name in names.split():
            if name in rules:
                raise BadPolicy(f"{label}.{name} has two rules")
            rules[name] = _rule(f"{label}.{name}", usual | special)
    link = facts["link"]
    way = link if isinstance(link, dict) else {}
    if not way and link not in NO_WAY:
        raise BadPolicy(f"{label}: the link is a way, “value” or “none”")
    if set(way.values()) - ENDS:
        raise BadPolicy(f"{label}: a way leads to customer or car")
    if not facts.get("why") or not facts.get("kept"):
        raise BadPolicy(f"{label} does not say why it is kept, or how long")
    return TablePolicy(label, facts["why"], facts["kept"], way, link == "value", rules)


def _rule(where: str, facts: dict[str, Any]) -> Rule:
    for key, allowed in (("what", WHAT), ("export", EXPORT), ("erase", ERASE)):
        if facts.get(key) not in allowed:
            raise BadPolicy(f"{where}: {key} is one of {', '.join(sorted(allowed))}")
    if facts["erase"] == "keep" and not facts.get("reason"):
        raise BadPolicy(f"{where} is kept without a reason")
    if (facts["erase"] == "replace") != (facts.get("by") in BY):
        raise BadPolicy(f"{where}: what is replaced says by what: {', '.join(sorted(BY))}")
    return Rule(**{**facts, "keep": tuple(facts.get("keep", ()))})


def _whole(number: Any) -> int:
    if not isinstance(number, int) or number < 1:
        raise BadPolicy(f"{number!r} is not a whole number from 1")
    return number


def ours() -> dict[str, set[str]]:
    """Every table of Clientela's own modules with its fields."""
    return {
        model._meta.label_lower: {field.name for field in model._meta.concrete_fields}
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("clientela.")
    }


def _forgotten(policy: Policy) -> Iterator[str]:
    for label, names in ours().items():
        known = policy.tables[label].rules if label in policy.tables else {}
        yield from (f"{label}.{name} has no rule" for name in sorted(names - set(known)))


def _unknown(policy: Policy) -> Iterator[str]:
    known = ours()
    for label, table in policy.tables.items():
        if label not in known:
            yield f"{label} has rules and does not exist"
            continue
        yield from (f"{label}.{name} has a rule and does not exist" for name in sorted(set(table.rules) - known[label]))
        deleted = {rule.erase == "delete" for rule in table.rules.values()}
        if deleted == {True, False}:
            yield f"{label}: a row is deleted as a whole or not at all"
