"""Talking points: what a customer asked for or complained of, its clocks, and its way to a satisfied customer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import calling, points, presets, queue, serving
from clientela.contacts.calling import Answer
from clientela.contacts.models import (
    Attempt,
    ContactRecord,
    ContactTask,
    NextService,
    Outcome,
    PointStep,
    ServiceKind,
    TalkingPoint,
)
from clientela.contacts.points import Heard
from clientela.contacts.signals import point_closed, point_recorded
from clientela.customers import merging
from clientela.customers.privacy import erasing
from clientela.journal.models import Entry, Kind
from clientela.lib.refusal import Refusal
from clientela.network import leaving
from clientela.network.models import Dealership, Department, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
WISH = Heard(kind="wish", text="Un coche de cortesía")


@pytest.fixture
def house(db: None, now: datetime) -> Dealership:
    found = cast.house("NORTE", at=now, preset=False)
    presets.activate("after_sales_phone", found, go_live_on=date(2026, 2, 1))
    return found


@pytest.fixture
def ana(house: Dealership) -> User:
    return cast.person("Ana Ruiz", Role.CS_SPECIALIST, house)


@pytest.fixture
def rosa(house: Dealership) -> User:
    """Another agent."""
    return cast.person("Rosa Gil", Role.CS_SPECIALIST, house)


@pytest.fixture
def bruno(house: Dealership) -> User:
    return cast.person("Bruno Paz", Role.COMMERCIAL_MANAGER, house)


#: What a first call after the workshop must ask besides.
FINE: dict[str, Any] = {"texts": {"opinion": "Fine."}}


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of March 2026 in Chihuahua, which is six hours behind."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) + timedelta(hours=6)


def call(house: Dealership, by: User, *heard: Heard, when: datetime, **given: Any) -> Attempt:
    task = cast.due(house, when.date() - timedelta(days=3), at=when, kind="workshop_visit")
    queue.claim(task, by=by, at=when)
    answer = Answer(**{**FINE, "outcome": Outcome.REACHED, "grade": "satisfied", "points": heard, **given})
    return calling.keep(task, answer, fence=task.fence, by=by, at=when)


def point(house: Dealership, by: User, *, when: datetime, **facts: Any) -> TalkingPoint:
    tried = call(house, by, Heard(**{"kind": "complaint", "text": "El freno chilla", **facts}), when=when)
    return TalkingPoint.objects.get(record__attempt=tried)


def acts(found: TalkingPoint) -> list[str]:
    return list(found.steps.order_by("pk").values_list("act", flat=True))


# Heard ---------------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-4.4c")
@pytest.mark.parametrize(
    "kinds", [("requirement", "wish", "complaint"), ("complaint", "suggestion", "criticism", "complaint", "wish")]
)
def test_each_point_of_one_call_is_an_open_item(
    house: Dealership, ana: User, now: datetime, kinds: tuple[str, ...]
) -> None:
    told: list[str] = []

    def listen(*, point: TalkingPoint, **_news: Any) -> None:
        told.append(point.kind)

    point_recorded.connect(listen)
    tried = call(house, ana, *(Heard(kind=kind, text=f"{kind} 1") for kind in kinds), when=now)
    point_recorded.disconnect(listen)

    found = TalkingPoint.objects.open().filter(record__attempt=tried).order_by("pk")
    assert [row.kind for row in found] == list(kinds)
    assert {(row.customer_id, row.visit_id, row.owner_id) for row in found} == {
        (tried.task.customer_id, tried.task.visit_id, ana.pk)
    }
    # A complaint is announced to whoever opens a case of it.
    assert told == list(kinds)
    said = Entry.objects.filter(kind=Kind.POINT, customer_id=tried.task.customer_id).order_by("pk")
    assert [(entry.facts["act"], entry.facts["point"]) for entry in said] == [("recorded", kind) for kind in kinds]


@pytest.mark.covers("S1-4.4d")
@pytest.mark.parametrize("answer", ["Mañana a las nueve.", "Sí: el seguro lo cubre."])
def test_what_is_answered_on_the_spot_is_closed_with_the_call_and_has_no_clock(
    house: Dealership, ana: User, now: datetime, answer: str
) -> None:
    closed: list[TalkingPoint] = []

    def listen(*, point: TalkingPoint, **_news: Any) -> None:
        closed.append(point)

    point_closed.connect(listen)
    tried = call(house, ana, Heard(kind="wish", text="¿Cuándo?", answer=answer), WISH, when=now)
    point_closed.disconnect(listen)

    answered, pending = TalkingPoint.objects.filter(record__attempt=tried).order_by("pk")
    assert (answered.state, answered.closed_at, answered.answer, answered.runs_out_at) == ("closed", now, answer, None)
    assert not answered.is_late(now + timedelta(days=30))
    assert (pending.state, pending.runs_out_at is None) == ("pending", False)
    assert list(TalkingPoint.objects.late(now + timedelta(days=30))) == [pending]
    assert acts(answered) == ["recorded", "on_the_spot"]
    assert closed == [answered]


def test_points_are_kept_with_their_call_or_not_at_all(house: Dealership, ana: User, now: datetime) -> None:
    task = cast.due(house, MONDAY, at=now, kind="workshop_visit")
    queue.claim(task, by=ana, at=now)
    unfinished = Answer(**FINE, outcome=Outcome.REACHED, points=[WISH], finding_kind="need", finding_text="")

    with pytest.raises(Refusal, match="Write what was found"):
        calling.keep(task, unfinished, fence=task.fence, by=ana, at=now)

    assert (Attempt.objects.count(), TalkingPoint.objects.count(), ContactRecord.objects.count()) == (0, 0, 0)


def test_sent_twice_they_are_kept_once(house: Dealership, ana: User, now: datetime) -> None:
    tried = call(house, ana, WISH, when=now)
    again = calling.keep(tried.task, Answer(outcome=Outcome.REACHED, points=[WISH]), fence=tried.fence, by=ana, at=now)

    assert again == tried
    assert TalkingPoint.objects.count() == 1


def test_taken_back_with_the_call_they_are_gone_from_every_list(house: Dealership, ana: User, now: datetime) -> None:
    tried = call(house, ana, WISH, Heard(kind="wish", text="x", answer="y"), when=now)

    calling.take_back(tried, by=ana, at=now)

    assert set(TalkingPoint.objects.values_list("withdrawn_at", flat=True)) == {now}
    assert not TalkingPoint.objects.standing().exists()
    with pytest.raises(Refusal, match="was taken back"):
        points.answer(TalkingPoint.objects.filter(state="pending").get(), "x", by=ana, at=now)


def test_a_call_cannot_be_taken_back_when_its_customer_was_informed(
    house: Dealership, ana: User, now: datetime
) -> None:
    found = point(house, ana, when=now)
    points.answer(found, "Ajustamos el freno", by=ana, at=now)
    points.inform(found, satisfied=True, by=ana, at=now)

    with pytest.raises(Refusal, match="already informed"):
        calling.take_back(Attempt.objects.get(), by=ana, at=now)
    assert TalkingPoint.objects.get().withdrawn_at is None


@pytest.mark.covers("S1-3.2")
@pytest.mark.parametrize(
    ("text", "day"), [("Llantas el mes que viene", date(2026, 4, 2)), ("Batería nueva", date(2026, 3, 20))]
)
def test_a_need_with_a_day_is_an_open_need_on_the_file(
    house: Dealership, ana: User, now: datetime, text: str, day: date
) -> None:
    tried = call(house, ana, Heard(kind="requirement", text=text, wanted_on=day), when=now)

    [planned] = serving.planned_for(tried.task.customer)
    assert (planned.service.content, planned.service.planned_on) == (text, day)
    assert planned.service.kind.rule == ServiceKind.Rule.NEED
    found = TalkingPoint.objects.get()
    assert (found.wanted_on, found.next_service, found.state) == (day, planned.service, "closed")
    assert "Planned for" in found.answer

    calling.take_back(tried, by=ana, at=now)
    assert serving.planned_for(tried.task.customer) == []
    assert NextService.objects.get().state == "withdrawn"


@pytest.mark.covers("S1-3.2")
def test_where_nothing_can_be_planned_the_need_stays_open_with_its_day(
    house: Dealership, ana: User, now: datetime
) -> None:
    ServiceKind.objects.update(retired=True)

    tried = call(house, ana, Heard(kind="wish", text="Llantas", wanted_on=date(2026, 4, 2)), when=now)

    found = TalkingPoint.objects.get()
    assert (found.wanted_on, found.state, serving.planned_for(tried.task.customer)) == (date(2026, 4, 2), "pending", [])


# The clocks ----------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-4.4e")
@pytest.mark.parametrize(
    ("heard", "last"), [((5, 10, 0), (7, 23, 59)), ((9, 18, 50), (11, 23, 59)), ((10, 9, 5), (12, 23, 59))]
)
def test_what_is_not_reported_by_the_end_of_the_second_day_is_overdue(
    house: Dealership, ana: User, bruno: User, heard: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    with time_machine.travel(at(*heard), tick=False):
        found = point(house, ana, when=at(*heard))
    end = at(*last)

    assert [found.is_late(end), found.is_late(end + timedelta(minutes=1))] == [False, True]
    assert [list(TalkingPoint.objects.late(when)) for when in (end, end + timedelta(minutes=1))] == [[], [found]]

    points.report(found, "¿Cambiamos las pastillas sin cargo?", by=ana, at=end + timedelta(hours=1))

    assert (found.state, found.asked, found.is_late(end + timedelta(days=9))) == ("reported", bruno, False)
    step = found.steps.get(act=PointStep.Act.REPORTED)
    assert (step.text, step.to, step.is_late) == ("¿Cambiamos las pastillas sin cargo?", bruno, True)
    assert list(TalkingPoint.objects.breached(end + timedelta(hours=2))) == [found]


@pytest.mark.covers("S1-4.4f")
@pytest.mark.parametrize(("solved", "told"), [((10, 16), (11, 9)), ((12, 8), (14, 18))])
def test_informed_on_another_day_the_breach_is_flagged(
    house: Dealership, ana: User, bruno: User, solved: tuple[int, int], told: tuple[int, int]
) -> None:
    found = point(house, ana, when=at(5))
    points.report(found, "¿Qué hacemos?", by=ana, at=at(6))
    points.solve(found, "Cambiar pastillas sin cargo", by=bruno, at=at(*solved))
    assert found.runs_out_at is not None
    assert (found.state, found.runs_out_at.astimezone(house.zone).date()) == ("solved", at(*solved).date())
    assert [found.is_late(at(solved[0], 23, 59)), found.is_late(at(solved[0] + 1, 0, 0))] == [False, True]

    line = points.inform(found, satisfied=True, by=ana, at=at(*told))

    assert (found.state, found.satisfied, found.closed_at) == ("closed", True, at(*told))
    assert found.steps.get(act=PointStep.Act.SATISFIED).is_late
    assert list(TalkingPoint.objects.breached(at(*told))) == [found]
    assert (line.kind, line.direction, line.customer, line.answer) == (
        "solution", "out", found.customer, "Cambiar pastillas sin cargo",
    )  # fmt: skip
    numbers = ContactRecord.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [1, 2]


@pytest.mark.covers("S1-4.4f")
def test_informed_the_same_day_nothing_is_flagged(house: Dealership, ana: User, bruno: User) -> None:
    found = point(house, ana, when=at(5))
    points.report(found, "¿Qué hacemos?", by=ana, at=at(7, 23, 59))
    points.solve(found, "Se cambia", by=bruno, at=at(10, 16))
    points.inform(found, satisfied=True, by=ana, at=at(10, 23, 59))

    assert not TalkingPoint.objects.breached(at(20)).exists()


@pytest.mark.covers("S1-4.4f")
@pytest.mark.parametrize("rounds", [1, 3])
def test_not_satisfied_it_goes_back_and_each_round_stays_to_be_read(
    house: Dealership, ana: User, bruno: User, rounds: int
) -> None:
    found = point(house, ana, when=at(5))
    points.report(found, "¿Qué hacemos?", by=ana, at=at(6))
    for number in range(rounds):
        points.solve(found, f"Solución {number}", by=bruno, at=at(9 + number))
        points.inform(found, satisfied=False, words=f"No me sirve {number}", by=ana, at=at(9 + number, 12))
        assert (found.state, found.asked, found.closed_at) == ("reported", bruno, None)
    with pytest.raises(Refusal, match="no solution yet"):
        points.inform(found, satisfied=True, by=ana, at=at(13))

    points.solve(found, "Pieza nueva", by=bruno, at=at(14))
    points.inform(found, satisfied=True, by=ana, at=at(14, 12))

    assert acts(found) == ["recorded", "reported", *["solved", "sent_back"] * rounds, "solved", "satisfied"]
    said = found.steps.filter(act=PointStep.Act.SENT_BACK).order_by("pk").values_list("text", flat=True)
    assert list(said) == [f"No me sirve {number}" for number in range(rounds)]
    assert ContactRecord.objects.filter(kind="solution").count() == rounds + 1


def test_what_the_agent_solves_herself_is_told_the_same_day_too(house: Dealership, ana: User, bruno: User) -> None:
    found = point(house, ana, when=at(5))
    points.answer(found, "El taller lo revisa gratis", by=ana, at=at(6))
    assert (found.state, found.is_late(at(7))) == ("solved", True)

    points.inform(found, satisfied=False, words="Queda lejos", by=ana, at=at(6, 18))

    assert (found.state, found.asked, found.report) == ("reported", bruno, "Queda lejos")


def test_each_verb_refuses_in_words_what_is_not_its_turn(house: Dealership, ana: User, rosa: User, bruno: User) -> None:
    found = point(house, ana, when=at(5))
    for sentence, act in (
        ("no solution yet", lambda: points.inform(found, satisfied=True, by=ana, at=at(6))),
        ("Write what you ask", lambda: points.report(found, "  ", by=ana, at=at(6))),
        ("Only a manager", lambda: points.solve(found, "x", by=rosa, at=at(6))),
        ("Ana Ruiz sees to this point", lambda: points.report(found, "x", by=rosa, at=at(6))),
        ("Rosa Gil solves no points", lambda: points.report(found, "x", rosa, by=ana, at=at(6))),
    ):
        with pytest.raises(Refusal, match=sentence):
            act()
    points.report(found, "x", by=ana, at=at(6))
    with pytest.raises(Refusal, match="Bruno Paz was asked"):
        points.answer(found, "y", by=ana, at=at(6))
    stale = TalkingPoint.objects.get()
    points.solve(found, "z", by=bruno, at=at(6))
    with pytest.raises(Refusal, match="Somebody else has just changed"):
        points.solve(stale, "zz", by=bruno, at=at(6))
    with pytest.raises(Refusal, match="Write why the customer is not satisfied"):
        points.inform(found, satisfied=False, by=ana, at=at(6))
    with pytest.raises(Refusal, match="The solution is there"):
        points.report(found, "x", by=ana, at=at(6))
    points.inform(found, satisfied=True, by=ana, at=at(6))
    with pytest.raises(Refusal, match="cannot become"):
        points.answer(found, "y", by=ana, at=at(7))
    assert acts(found) == ["recorded", "reported", "solved", "satisfied"]


@pytest.mark.parametrize(
    ("roles", "about", "asked"),
    [
        ({"Caro": Role.COMMERCIAL_MANAGER, "Sara": Role.SERVICE_MANAGER}, "service", "Caro"),
        ({"Sara": Role.SERVICE_MANAGER, "Pepe": Role.SALES_MANAGER}, "service", "Sara"),
        ({"Sara": Role.SERVICE_MANAGER, "Pepe": Role.SALES_MANAGER}, "product", "Pepe"),
        ({"Gina": Role.GENERAL_MANAGER, "Nico": Role.CS_MANAGER}, "", "Nico"),
        ({"Gina": Role.GENERAL_MANAGER}, "product", "Gina"),
        ({"Mara": Role.REPRESENTATIVE}, "", "Mara"),
    ],
)
def test_who_is_asked_when_nobody_is_named(
    house: Dealership, ana: User, roles: dict[str, Role], about: str, asked: str
) -> None:
    for name, role in roles.items():
        cast.person(name, role, house)
    found = point(house, ana, when=at(5), kind="suggestion", about=about)

    points.report(found, "x", by=ana, at=at(6))

    assert found.asked is not None
    assert found.asked.name == asked


def test_where_nobody_can_be_asked_it_is_said_and_the_head_of_a_department_comes_before_others(
    house: Dealership, ana: User
) -> None:
    found = point(house, ana, when=at(5), about="service")
    with pytest.raises(Refusal, match="Nobody here can be asked"):
        points.report(found, "x", by=ana, at=at(6))
    cast.person("Sara", Role.SERVICE_MANAGER, house)
    head = cast.person("Dora", Role.GENERAL_MANAGER, house)
    Department.objects.create(dealership=house, kind="service", name="Taller", head=head)

    points.report(found, "x", by=ana, at=at(6))

    assert found.asked == head


# On the call screen --------------------------------------------------------------------------------------


def sent(task: ContactTask, **given: Any) -> dict[str, Any]:
    reached = given.get("outcome", "reached") == "reached"
    said = {"grade": "satisfied", "text_opinion": "Fine."} if reached else {}
    return {"fence": task.fence, "outcome": "reached", **said, **given}


def on_screen(house: Dealership, by: User, now: datetime) -> ContactTask:
    task = cast.due(house, MONDAY, at=now, kind="workshop_visit")
    queue.claim(task, by=by, at=now)
    return task


@pytest.mark.covers("S1-4.4c", "S1-4.4d")
def test_the_screen_takes_several_points_without_a_script(
    house: Dealership, ana: User, now: datetime, as_user: AsUser
) -> None:
    task, browser = on_screen(house, ana, now), as_user(ana)
    screen = browser.get(reverse("desk:call", args=[task.pk])).text
    assert [f'name="point_{n}_text"' in screen for n in (1, 2, 3, 8, 9)] == [True, True, True, True, False]
    long = "🚗" * 20_000
    given = sent(
        task,
        point_1_kind="requirement", point_1_text="Llantas",
        point_2_kind="complaint", point_2_text=long, point_2_answer="Le pedimos disculpas",
        point_4_kind="suggestion", point_4_text="Más sillas", point_4_about="service",
        point_5_kind="wish",
    )  # fmt: skip

    answer = browser.post(reverse("contacts:outcome", args=[task.pk]), given)

    assert answer.status_code == 302
    rows = TalkingPoint.objects.order_by("pk").values_list("kind", "text", "answer", "about", "department", "state")
    assert list(rows) == [
        ("requirement", "Llantas", "", "", "service", "pending"),
        ("complaint", long, "Le pedimos disculpas", "", "service", "closed"),
        ("suggestion", "Más sillas", "", "service", "service", "pending"),
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"point_1_text": "x"}, "Point 1: Say what the point is"),
        ({"point_2_kind": "gossip", "point_2_text": "x"}, "Point 2: Say what the point is"),
        ({"point_3_kind": "wish", "point_3_answer": "x"}, "Point 3: Write what the customer said."),
        ({"point_1_kind": "wish", "point_1_text": "x", "point_1_wanted_on": "2026-03-04"}, "Choose a day from today"),
        ({"point_1_kind": "wish", "point_1_text": "x", "point_1_wanted_on": "2029-03-04"}, "Choose a day from today"),
        ({"point_1_kind": "wish", "point_1_text": "x", "point_1_wanted_on": "soon"}, "Choose a day from today"),
        ({"point_1_kind": "complaint", "point_1_text": "x", "point_1_wanted_on": "2026-04-04"}, "A day is for"),
        ({"point_1_kind": "wish", "point_1_text": "x" * 20_001}, "at most 20000 characters"),
        ({"point_1_kind": "wish", "point_1_text": "x\x00"}, "Null characters are not allowed"),
        ({"outcome": "no_answer", "point_1_kind": "wish", "point_1_text": "x"}, "Nobody was spoken to on this call"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is_written(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, given: dict[str, Any], sentence: str
) -> None:
    task = on_screen(house, ana, now)

    answer = as_user(ana).post(reverse("contacts:outcome", args=[task.pk]), sent(task, **given))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert (Attempt.objects.count(), TalkingPoint.objects.count()) == (0, 0)


# Boards --------------------------------------------------------------------------------------------------


#: Of two that run out on the same day the older one first; what the manager has last.
EVERYBODYS = ["pending", "solved", "hers", "reported"]


def listed(browser: Client, **asked: str) -> list[str]:
    """What the board shows, in its order."""
    page = browser.get(reverse("contacts:points"), asked)
    assert page.status_code == 200
    return [row["point"].text for row in page.context["rows"]]


@pytest.fixture
def board(house: Dealership, ana: User, rosa: User, bruno: User, now: datetime) -> dict[str, TalkingPoint]:
    """Of Ana: one that must be reported, one the customer must hear, one that is with the manager; one of Rosa."""
    found = {}
    for number, (name, by) in enumerate({"pending": ana, "solved": ana, "reported": ana, "hers": rosa}.items()):
        kind = "complaint" if name == "pending" else "wish"
        found[name] = point(house, by, when=at(3) + timedelta(minutes=number), kind=kind, text=name)
    points.report(found["reported"], "x", by=ana, at=at(3, 11))
    points.report(found["solved"], "x", by=ana, at=at(3, 11))
    points.solve(found["solved"], "Así", by=bruno, at=at(5, 9))
    TalkingPoint.objects.filter(pk=found["pending"].pk).update(report_by=at(4, 23))
    return found


def test_the_boards_show_what_runs_out_next_with_counts(
    board: dict[str, TalkingPoint], ana: User, rosa: User, bruno: User, as_user: AsUser
) -> None:
    assert listed(as_user(ana)) == ["pending", "solved", "reported"]
    assert listed(as_user(ana), of="all") == EVERYBODYS
    assert listed(as_user(rosa)) == ["hers"]
    assert listed(as_user(bruno)) == ["reported"]
    page = as_user(bruno).get(reverse("contacts:points"))
    counted = page.context["counts"]
    assert (counted.mine, counted.asked, counted.all, counted.late) == (0, 1, 4, 1)
    assert "1 late in the house" in page.text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"late": "now"}, ["pending"]),
        ({"late": "ever"}, ["pending"]),
        ({"kind": "complaint"}, ["pending"]),
        ({"state": "solved"}, ["solved"]),
        ({"state": "closed"}, []),
        ({"q": "HER"}, ["hers"]),
        ({"q": "así"}, ["solved"]),
        (
            {"department": "service", "first": "2026-03-03", "last": "2026-03-03"},
            EVERYBODYS,
        ),
        ({"department": "sales"}, []),
        ({"last": "2026-03-02"}, []),
        ({"sort": "recorded"}, ["pending", "solved", "reported", "hers"]),
    ],
)
def test_a_board_can_be_narrowed_and_sorted(
    board: dict[str, TalkingPoint], ana: User, as_user: AsUser, asked: dict[str, str], shown: list[str]
) -> None:
    assert listed(as_user(ana), of="all", **asked) == shown


def test_a_board_asks_as_much_for_many_points_as_for_one(
    board: dict[str, TalkingPoint], house: Dealership, ana: User, as_user: AsUser
) -> None:
    browser = as_user(ana)
    listed(browser, of="all")
    with CaptureQueriesContext(connection) as few:
        listed(browser, of="all")
    for number in range(4):
        point(house, ana, when=at(4, 10, number), text=f"más {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(listed(browser, of="all")) == 8

    assert len(many) == len(few) < 20


def test_the_board_goes_out_as_a_workbook(board: dict[str, TalkingPoint], house: Dealership, as_user: AsUser) -> None:
    lead = cast.person("Mara Luz", Role.REPRESENTATIVE, house)

    file = as_user(lead).post(reverse("contacts:export_points") + "?of=all", {"format": "csv"})

    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 5
    assert "Así" in "".join(lines)


def test_the_page_of_a_point_takes_it_step_by_step_to_its_end(
    house: Dealership, ana: User, bruno: User, rosa: User, now: datetime, as_user: AsUser
) -> None:
    found = point(house, ana, when=now)
    page = reverse("contacts:point", args=[found.pk])
    agent, manager, other = as_user(ana), as_user(bruno), as_user(rosa)
    assert [browser.get(page).context["form"] is None for browser in (agent, other)] == [False, True]
    assert other.post(page, {"text": "x"}).status_code == 409
    assert agent.post(page, {"text": " "}).status_code == 422

    agent.post(page, {"text": "¿Cambiamos?", "asked": bruno.pk, "report": "1"})
    assert "¿Cambiamos?" in manager.get(page).text
    assert "Waiting for Bruno Paz" in other.get(page).text
    manager.post(page, {"text": "Sí"})
    assert "tel:" in agent.get(page).text
    refused = agent.post(page, {"satisfied": "no", "text": ""})
    assert (refused.status_code, "Write why the customer is not satisfied" in refused.text) == (422, True)
    agent.post(page, {"satisfied": "no", "text": "No basta"})
    manager.post(page, {"text": "Pieza nueva"})
    agent.post(page, {"satisfied": "yes"})

    found.refresh_from_db()
    assert (found.state, found.satisfied) == ("closed", True)
    assert acts(found) == ["recorded", "reported", "solved", "sent_back", "solved", "satisfied"]
    file = agent.get(reverse("desk:customer", args=[found.customer_id])).text
    assert file.count("customer informed: not satisfied") == 1
    assert "No basta" in file


@pytest.mark.covers("S1-4.4e", "S1-4.4f")
def test_todays_page_says_what_ends_today_and_what_is_asked(
    house: Dealership, ana: User, bruno: User, now: datetime, as_user: AsUser
) -> None:
    asked, told = (point(house, ana, when=at(3, 10, number)) for number in range(2))
    assert "1 talking point is to be solved or reported today" not in as_user(ana).get("/").text
    points.report(asked, "x", by=ana, at=at(3, 12))
    assert "1 solution is asked of me" in as_user(bruno).get("/").text

    points.answer(told, "x", by=ana, at=now)
    assert "1 solution is there; the customer is to hear it today" in as_user(ana).get("/").text
    TalkingPoint.objects.filter(pk=told.pk).update(state="pending", solved_at=None, solution="")
    assert "1 talking point is to be solved or reported today" in as_user(ana).get("/").text
    TalkingPoint.objects.filter(pk=told.pk).update(report_by=at(4, 23))
    assert "1 talking point of mine ran over its time" in as_user(ana).get("/").text


@pytest.mark.covers("S4-1.3.3a")
@pytest.mark.parametrize(("about", "department"), [("service", "Service department"), ("product", "Sales department")])
def test_a_suggestion_stands_in_the_report_of_its_department(
    house: Dealership, ana: User, now: datetime, as_user: AsUser, about: str, department: str
) -> None:
    for number in range(2):
        point(house, ana, when=now, kind="suggestion", text=f"Idea {number}", about=about)
    point(house, ana, when=now, kind="complaint", text="Queja", about=about)

    page = as_user(ana).get(reverse("contacts:suggestions"))

    [part] = page.context["parts"]
    assert (part.name, part.total, getattr(part, about)) == (department, 2, 2)
    assert [row.text for row in part.rows] == ["Idea 1", "Idea 0"]
    assert "Queja" not in page.text
    empty = as_user(ana).get(reverse("contacts:suggestions"), {"first": "2026-01-01", "last": "2026-01-31"})
    assert empty.context["parts"] == []
    assert as_user(ana).get(reverse("contacts:suggestions"), {"first": "x"}).status_code == 422


# People and files that come and go -----------------------------------------------------------------------


def test_who_leaves_leaves_no_point_behind(house: Dealership, ana: User, rosa: User, bruno: User) -> None:
    elena = cast.person("Elena Vargas", Role.ADMINISTRATOR, None)
    found = point(house, ana, when=at(3))
    points.report(found, "x", by=ana, at=at(3))
    boss = cast.person("Gina Sol", Role.GENERAL_MANAGER, house)

    leaving.leave(ana, heir=rosa, on=MONDAY, by=elena, at=at(4))
    leaving.leave(bruno, heir=rosa, on=MONDAY, by=elena, at=at(4))

    found.refresh_from_db()
    # Who inherits solves no points: the next manager is asked.
    assert (found.owner, found.asked) == (rosa, boss)


def test_a_point_is_passed_on_by_who_leads(house: Dealership, ana: User, rosa: User, as_user: AsUser) -> None:
    lead = cast.person("Mara Luz", Role.REPRESENTATIVE, house)
    technician = cast.person("Tito", Role.TECHNICIAN, house)
    found = point(house, ana, when=at(3))
    address = reverse("contacts:pass_point_on", args=[found.pk])

    assert as_user(lead).post(address, {"to": rosa.pk}).status_code == 302
    found.refresh_from_db()
    assert (found.owner, acts(found)) == (rosa, ["recorded", "passed"])
    for to in (technician.pk, 0):
        assert as_user(lead).post(address, {"to": to}).status_code == 409


def test_points_go_along_when_two_files_become_one(house: Dealership, ana: User, now: datetime) -> None:
    found = point(house, ana, when=now)
    survivor = cast.deliver(house, MONDAY, at=now).customer

    made = merging.merge(survivor, found.customer, {}, by=ana, at=now)
    found.refresh_from_db()
    assert (found.customer, found.record.customer) == (survivor, survivor)

    merging.undo(made, by=ana, at=now)
    found.refresh_from_db()
    assert found.customer != survivor


def test_of_who_was_erased_nothing_is_owed(house: Dealership, ana: User, now: datetime) -> None:
    found = point(house, ana, when=now)

    erasing.erase(found.customer, reason="request", by=ana, at=now)

    found.refresh_from_db()
    assert (found.is_open, "freno" in found.text, found.steps.filter(text__contains="freno").exists()) == (
        False, False, False,
    )  # fmt: skip


def test_what_was_typed_does_not_come_back_with_the_point(
    house: Dealership, ana: User, bruno: User, now: datetime, as_user: AsUser
) -> None:
    """A point may go round: the reason of the first time must not stand in the form of the second."""
    found = point(house, ana, when=now)
    points.report(found, "?", by=ana, at=now)
    points.solve(found, "Pastillas nuevas.", by=bruno, at=now)

    page = as_user(ana).post(f"/contacts/points/{found.pk}/", {"satisfied": "no", "text": "Otra vez."}, follow=True)

    assert f'<meta name="draft-done" content="point-{found.pk}-solved">' in page.text
