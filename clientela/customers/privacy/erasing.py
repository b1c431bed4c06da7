"""Erasing a person: her rows stop naming her, the figures that were counted from them stay."""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.utils import translation
from django.utils.translation import gettext as _

from clientela.journal.models import Kind, record
from clientela.lib.names import search_key
from clientela.lib.refusal import Refusal
from clientela.network import tenancy
from clientela.network.models import User

from ..models import Customer, Export, Vehicle
from ..signals import customer_erased
from .holdings import Holdings, holdings
from .identity import Identity
from .policy import Rule, TablePolicy

log = logging.getLogger(__name__)
DASH = "—"


@dataclass(frozen=True)
class Erased:
    """What was done: how many files, and rows of which tables."""

    files: int
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@transaction.atomic
def erase(customer: Customer, *, reason: str, by: User | None, at: datetime) -> Erased:
    """Take out of every table what names her, as docs/privacy.yaml says. Safe to repeat.

    Her open contacts are cancelled. A later import of her rows opens a new file: nothing is left to know her by.
    """
    # Of two at once the second waits, and finds nothing left.
    Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    mine = holdings(customer)
    identity = mine.identity
    if not reason.strip():
        raise Refusal(_("Say why she is erased."))
    if identity.stands_in(reason):
        raise Refusal(_("The reason must not name her: it stays on file. Say it without name, number or plate."))
    is_first = Customer.objects.filter(pk__in=mine.ids, erased_at=None).exists()
    today = mine.customer.dealership.today(at)
    with tenancy.silently():
        customer_erased.send(
            Customer, customer_ids=mine.ids, dealership_id=mine.customer.dealership_id, identity=identity, at=at
        )
        rows = {table.label: _erase_rows(table, found, mine, today) for table, found in mine.tables()}
        Customer.objects.filter(pk__in=mine.ids, erased_at=None).update(erased_at=at)
    _forget_what_was_looked_for(mine.customer.dealership_id, identity)
    _forget_in_sessions(identity)
    if is_first:
        _tell(mine, reason.strip(), by=by, at=at)
    log.info("erased", extra={"customer": mine.customer.pk, "rows": sum(rows.values())})
    return Erased(len(mine.ids), rows)


def _tell(mine: Holdings, reason: str, *, by: User | None, at: datetime) -> None:
    house = mine.customer.dealership_id
    record(Kind.CUSTOMER_ERASED, dealership_id=house, at=at, by=by, customer_id=mine.customer.pk, erased_for=reason)


# Row by row ----------------------------------------------------------------------------------------------


def _erase_rows(table: TablePolicy, rows: QuerySet[Any], mine: Holdings, today: date) -> int:
    """Whole rows go, or some of their fields; how many rows were hers."""
    keys = list(rows.values_list("pk", flat=True))
    found = table.model._default_manager.filter(pk__in=keys)
    if not keys:
        return 0
    if table.is_deleted:
        found.delete()
        return len(keys)
    if table.model is Vehicle:
        # A car that nothing else tells apart may not lose its last mark.
        found.filter(make="", model="").update(model=DASH)
    changed = {field.name: _empty(field) for field in table.fields(erase="clear")}
    changed |= {field.name: _instead(field, table.rules[field.name], today) for field in table.fields(erase="replace")}
    written = {name: value for name, value in changed.items() if value is not _ROW_BY_ROW}
    if written:
        found.update(**written)
    for name in sorted(set(changed) - set(written)):
        _rewrite(found, name, table.rules[name], mine)
    return len(keys)


def _empty(field: models.Field[Any, Any]) -> Any:
    """What stands in a field of which nothing is known."""
    return None if field.null else field.get_default()


#: It differs from row to row in a way that no expression says.
_ROW_BY_ROW = object()


def _instead(field: models.Field[Any, Any], rule: Rule, today: date) -> Any:
    if rule.by == "dash":
        return Case(When(**{field.name: ""}, then=Value("")), default=Value(DASH))
    if rule.by == "own_key":
        return Concat(Value("erased:"), Cast(F("pk"), models.CharField()))
    if rule.by == "today":
        return Coalesce(F(field.name), Greatest(Value(today), F("from_on")))
    return _ROW_BY_ROW


def _rewrite(rows: QuerySet[Any], name: str, rule: Rule, mine: Holdings) -> None:
    for row in rows:
        value = facts_without_words(getattr(row, name), rule) if rule.by == "facts" else _name(row, rule, mine)
        type(row)._default_manager.filter(pk=row.pk).update(**{name: value})


def _name(row: Customer, rule: Rule, mine: Holdings) -> str:
    """What stands where her name stood, in the language of the house."""
    with translation.override(mine.customer.dealership.locale):
        name = _("Erased no. %(number)s") % {"number": row.pk}
    return search_key(name) if rule.by == "name_key" else name


def facts_without_words(facts: dict[str, Any], rule: Rule) -> dict[str, Any]:
    """The facts of a line of the journal: codes stay, what people wrote is emptied."""
    return {
        key: value if key in rule.keep or value in rule.codes.get(key, ()) else _emptied(value)
        for key, value in facts.items()
    }


def _emptied(value: Any) -> Any:
    return value if isinstance(value, bool) or value is None else type(value)()


# Where no key leads --------------------------------------------------------------------------------------


def _forget_what_was_looked_for(dealership_id: int, identity: Identity) -> None:
    """The log of exports keeps the filters; a name among them may be hers."""
    for line in Export.objects.filter(dealership_id=dealership_id).exclude(filters={}):
        texts = {key: value for key, value in line.filters.items() if isinstance(value, str)}
        hers = {key for key, text in texts.items() if identity.stands_in(text) or _begins(text, identity)}
        if hers:
            line.filters = {key: value for key, value in line.filters.items() if key not in hers}
            line.save(update_fields=["filters"])


def _begins(text: str, identity: Identity) -> bool:
    key = search_key(text)
    return len(key) > 3 and any(name.startswith(key) for name in identity.names)


def _forget_in_sessions(identity: Identity) -> None:
    """What is said after an act names the customer, and waits in the session until it is read."""
    for session in Session.objects.all().iterator():
        facts = session.get_decoded()
        kept = {key: value for key, value in facts.items() if not identity.stands_in_any(value)}
        if kept.keys() != facts.keys():
            session.session_data = SessionStore().encode(kept)
            session.save(update_fields=["session_data"])
