"""Whom to believe when rows differ: the latest; of the same day, always the same one, whichever came first.

A fact is a text: the day, a sign of the value (the beginning of its MD5), the value. The greatest is believed, so
neither the order of rows nor that of files makes a difference. Of each field the file keeps in `said` the day and
the sign of what it believes. A person's correction is greater than any fact of its day, and remembers the sign of
what it replaced: that is never believed again.
"""

from dataclasses import dataclass

#: Day, space, sign.
SAID = 19


@dataclass(frozen=True)
class Fact:
    """What a column of arrivals says about a field; `value` is an SQL expression of text, empty if it says nothing."""

    field: str
    value: str
    #: What a smaller of two may never beat, before the day is asked: one character.
    rank: str = ""
    #: Who is compared: rows that are about something else do not count.
    only: str = "true"

    @property
    def length(self) -> int:
        return SAID + (2 if self.rank else 0)

    def told(self, owner: str) -> str:
        """The greatest fact of a group of arrivals `a`, of an `owner` that may exist already."""
        rank = f"{self.rank} || ' ' || " if self.rank else ""
        sign = f"left(md5({self.value}), 8)"
        corrected = f"right({owner}.said->>'{self.field}', 9) IS DISTINCT FROM '~' || {sign}"
        return f"""max({rank}a.day || ' ' || {sign} || {self.value} COLLATE "C")
            FILTER (WHERE {self.value} <> '' AND {self.only} AND {corrected}) AS {self.field}"""

    def news(self, owner: str, known: str, since: str) -> str:
        """The told fact if it is greater than what is believed. What stands there unsaid is as old as the file."""
        best = "'9 ' || " if self.rank else ""
        unsaid = f"CASE WHEN {known} = '' THEN '' ELSE {best}{since} || ' ~' END"
        believed = f"coalesce({owner}.said->>'{self.field}', {unsaid})"
        return f"""CASE WHEN left(t.{self.field}, {self.length}) > ({believed}) COLLATE "C"
            THEN t.{self.field} END AS {self.field}"""

    def value_of(self, table: str) -> str:
        return f"substr({table}.{self.field}, {self.length + 1})"

    def said_of(self, table: str) -> str:
        return f"left({table}.{self.field}, {self.length})"


def said(facts: tuple[Fact, ...], table: str) -> str:
    """By field, what is believed now; fields of which nothing was told are left out."""
    pairs = ", ".join(f"'{fact.field}', {fact.said_of(table)}" for fact in facts)
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def was(facts: tuple[Fact, ...], owner: str, table: str) -> str:
    """What was believed before this run, so that it can be taken back."""
    pairs = ", ".join(
        f"'{fact.field}', CASE WHEN {table}.{fact.field} IS NOT NULL "
        f"THEN coalesce({owner}.said->>'{fact.field}', '') END"
        for fact in facts
    )
    return f"jsonb_build_object('was', jsonb_strip_nulls(jsonb_build_object('run', %(run)s::bigint, {pairs})))"
