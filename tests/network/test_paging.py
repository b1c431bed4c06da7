"""Paging by key."""

from clientela.network.models import Dealership, Department, OpeningHours
from clientela.network.paging import page_after


def test_pages_follow_each_other_without_gap_though_rows_come_in_between(norte: Dealership) -> None:
    def add(name: str) -> None:
        Department.objects.create(dealership=norte, kind="sales", name=name)

    for name in ("B", "C", "D", "E", "F"):
        add(name)
    seen, token = [], None
    for newcomer in ("A", "EE", "G"):
        page = page_after(Department.objects.all(), ("name", "pk"), token, size=2)
        seen.append([row.name for row in page.rows])
        token = page.more
        add(newcomer)

    assert (seen, bool(token)) == ([["B", "C"], ["D", "E"], ["EE", "F"]], False)


def test_a_foreign_token_starts_anew(norte: Dealership) -> None:
    hours = OpeningHours.objects.filter(dealership=norte)
    theirs = page_after(hours, ("opens", "pk"), None, size=2).more

    def weekdays(token: str | None) -> list[int]:
        return [row.weekday for row in page_after(hours, ("weekday", "pk"), token, size=2).rows]

    own = page_after(hours, ("weekday", "pk"), None, size=2).more
    assert [weekdays(token) for token in (None, "", "\0", "a:b:c", own[:-1], theirs, own)] == [
        *[[0, 1]] * 6,
        [2, 3],
    ]
