"""What a person corrected is believed until there is news (see `intake.believing`)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

#: Fields that are believed together, and how good the spelling of a person is.
OF_NAME = frozenset(
    {"kind", "full_name", "family_name", "second_family_name", "given_name", "patronymic", "search_name"}
)
SIGN = 8


def by_hand(said: dict[str, Any], changed: Iterable[str], on: date) -> dict[str, Any]:
    """`said` of a customer or vehicle of which a person changed these fields on that day.

    It is greater than any fact of the day, and bears the sign of what was replaced: an old file will say that again.
    """
    fields = {"name" if field in OF_NAME else field for field in changed}
    told = {field: f"{'9 ' if field == 'name' else ''}{on:%Y-%m-%d} ~{said.get(field, '')[-SIGN:]}" for field in fields}
    return said | told
