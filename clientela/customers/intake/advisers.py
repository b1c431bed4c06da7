"""Who of the house's people a file means: by name, without case, accents and the order of its words."""

from typing import Any

from clientela.lib.names import search_key
from clientela.network.models import Role, User

from .receipt import Noticed

#: Whose names stand in the files of dealers.
ADVISERS = (Role.SALES_CONSULTANT, Role.SERVICE_ADVISOR, Role.SOURCING_AGENT)


def find(cursor: Any, parameters: dict[str, Any]) -> list[Noticed]:
    """Give `parameters` who is meant by each name; say which names are nobody's, unless the house has no advisers."""
    cursor.execute(
        "SELECT consultant_name, min(line), count(*) FROM customers_arrival "
        "WHERE run = %(run)s AND consultant_name <> '' GROUP BY consultant_name",
        parameters,
    )
    named = cursor.fetchall()
    people = User.objects.filter(roles__dealership=parameters["dealership"], is_active=True)
    known = {_key(user.name): user.pk for user in people.distinct().order_by("-pk")}
    found = {name: known[_key(name)] for name, _line, _rows in named if _key(name) in known}
    parameters["adviser_names"], parameters["adviser_ids"] = list(found), list(found.values())
    if len(found) == len(named) or not people.filter(roles__role__in=ADVISERS).exists():
        return []
    strangers = (row for row in named if row[0] not in found)
    return [Noticed(line, "consultant", "adviser_unknown", name, {"rows": rows}) for name, line, rows in strangers]


def _key(name: str) -> str:
    return " ".join(sorted(search_key(name.replace(",", " ")).split()))
