"""The call register: numbered, filtered, totalled, printed, closed; a visit is a visit and no call."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clientela.contacts import (
    calling,
    closing,
    inbound,
    next_services,
    planning,
    presets,
    queue,
    registering,
    registers,
)
from clientela.contacts.calling import Answer
from clientela.contacts.inbound import Talk
from clientela.contacts.models import (
    Attempt,
    Channel,
    ChannelResult,
    ContactRecord,
    ContactTask,
    Counter,
    NextService,
    Outcome,
    Programme,
    ServiceKind,
    TalkingPoint,
)
from clientela.contacts.registering import Wording
from clientela.customers.models import Customer, CustomerFile
from clientela.customers.privacy import erasing
from clientela.lib.refusal import Refusal
from clientela.network import leaving
from clientela.network.models import Dealership, Role, User
from tests import cast

AsUser = Callable[[User], Client]
MONDAY = date(2026, 3, 2)
CALLS = Counter.Register.CALLS


def call(
    house: Dealership, by: User, *, at: datetime, outcome: Outcome = Outcome.REACHED, **facts: Any
) -> ContactRecord:
    """One call out, from the list."""
    task = cast.due(house, facts.pop("on", MONDAY), at=at)
    queue.claim(task, by=by, at=at)
    answer = Answer(outcome=outcome, **facts)
    return calling.keep(task, answer, fence=task.fence, by=by, at=at).record


def attempt_of(line: ContactRecord) -> Attempt:
    assert line.attempt
    return line.attempt


def customer_of(line: ContactRecord) -> Customer:
    assert line.customer
    return line.customer


def talk(customer: Customer | None = None, **facts: Any) -> Talk:
    key = facts.pop("key", f"page {facts}{customer and customer.pk}")
    usual = {"kind": "inquiry", "summary": "Horario", "words": "¿A qué hora abren?", "answer": "A las nueve."}
    if customer is None:
        usual["phone"] = "614 555 0101"
    return Talk(**{"key": key[:36], "customer": customer, **usual, **facts})


def ring(house: Dealership, by: User, *, at: datetime, customer: Customer | None = None, **facts: Any) -> ContactRecord:
    """One call in."""
    return inbound.keep(talk(customer, **facts), house, by=by, at=at)


def pieces_of(answer: Any) -> Any:
    """A file that is sent piece by piece."""
    return answer.streaming_content


def rows_of(page: str) -> int:
    return page.split("<tbody>", 1)[1].count("<tr>")


@pytest.mark.covers("S1-4.7")
@pytest.mark.parametrize(("out", "in_"), [(5, 2), (3, 4)])
def test_the_register_prints_every_call_of_a_day_numbered_and_the_inbound_ones_marked(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime, out: int, in_: int
) -> None:
    for n in range(out):
        call(norte, jorge, at=now + timedelta(minutes=n), words=f"Llamada {n}")
    for n in range(in_):
        ring(norte, jorge, at=now + timedelta(minutes=30 + n), key=f"in {n}")

    day = "first=2026-03-05&last=2026-03-05"
    paper = as_user(mariana).post(f"/contacts/calls/export/?{day}", {"format": "print"}).text
    screen = as_user(jorge).get(f"/contacts/calls/?{day}")

    lines = paper.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert [line.split("</td>")[0].split(">")[-1].strip() for line in lines] == [str(n + 1) for n in range(out + in_)]
    assert sum(">inbound" in line for line in lines) == in_
    assert [f"2026-{n + 1:05d}" in line for n, line in enumerate(lines)] == [True] * (out + in_)
    assert f"{out} calls out, {in_} in, 0 visits, 0 letters and messages" in paper
    assert "Autos del Norte" in paper
    assert rows_of(screen.text) == out + in_


def test_numbers_have_no_gaps_and_begin_anew_each_year(norte: Dealership, jorge: User, now: datetime) -> None:
    before = [ring(norte, jorge, at=now, key=f"a {n}") for n in range(3)]
    with pytest.raises(Refusal):
        ring(norte, jorge, at=now, words="")
    after = ring(norte, jorge, at=now, key="b")
    # Midnight of the house, not of the server: in Chihuahua it is still the 31st of December.
    eve = ring(norte, jorge, at=datetime(2027, 1, 1, 5, 30, tzinfo=UTC), key="c")
    new_year = ring(norte, jorge, at=datetime(2027, 1, 1, 6, 30, tzinfo=UTC), key="d")

    assert [line.number for line in (*before, after, eve)] == [1, 2, 3, 4, 5]
    assert (new_year.year, new_year.number) == (2027, 1)


def test_every_filter_narrows_and_stands_in_the_address(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    reached = call(norte, jorge, at=now, words="Le gustó el rojo")
    busy = call(norte, mariana, at=now, outcome=Outcome.BUSY)
    asked = ring(norte, jorge, at=now, key="1", kind="complaint", answer="", owner=mariana, caller="Señor Ñandú")
    advice = ring(norte, jorge, at=now, key="2", kind="advice", direction="out", words="Cambie el filtro.")
    task = cast.due(norte, MONDAY, at=now)
    email = calling.write_down(task, Channel.EMAIL, "Escribí.", by=jorge, at=now).record
    calling.take_back(attempt_of(email), by=jorge, at=now)
    browser, plate = as_user(mariana), str(reached.vehicle and reached.vehicle.plate)

    def shown(**asked_for: Any) -> set[str]:
        page = browser.get("/contacts/calls/", asked_for)
        assert page.status_code == 200
        return {str(row["line"]) for row in page.context["rows"]}

    everything = {str(line) for line in (reached, busy, asked, advice, email)}
    assert shown() == everything
    assert shown(direction="in") == {str(asked)}
    assert shown(kind="advice") == {str(advice)}
    assert shown(agent=mariana.pk) == {str(busy)}
    assert shown(channel="email") == {str(email)}
    assert shown(result="busy") == {str(busy)}
    assert shown(result="asked") == {str(asked)}
    assert shown(result="answered") == {str(advice)}
    assert shown(result="taken_back") == {str(email)}
    assert shown(q="gustó") == {str(reached)}
    assert shown(q="ñandú") == {str(asked)}
    assert shown(q=customer_of(reached).listed_name) == {str(reached)}
    assert shown(q=plate) == {str(reached)}
    assert shown(q=str(busy)) == {str(busy)}
    assert shown(q="2026-99999") == set()
    assert shown(first="2026-02-01", last="2026-02-28") == set()
    assert browser.get("/contacts/calls/", {"first": "2026-03-05", "last": "2026-03-01"}).status_code == 422


def test_a_long_register_is_paged_and_asks_no_more_for_thirty_lines_than_for_one(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(mariana)
    call(norte, jorge, at=now)
    ring(norte, jorge, at=now, key="first", answer="", owner=jorge)
    browser.get("/contacts/calls/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/contacts/calls/")
    for n in range(60):
        ring(norte, jorge, at=now - timedelta(minutes=n + 1), key=f"k{n}", customer=None)
    for _time in range(5):
        call(norte, jorge, at=now)
    with CaptureQueriesContext(connection) as many:
        first = browser.get("/contacts/calls/")

    rest = browser.get("/contacts/calls/", {"after": first.context["more"]})
    seen = [row["line"].pk for page in (first, rest) for row in page.context["rows"]]
    assert len(many) == len(few)
    assert (len(seen), len(set(seen))) == (67, 67)


def test_the_workbook_holds_numbered_lines(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime, tmp_path: Any
) -> None:
    call(norte, jorge, at=now)
    ring(norte, jorge, at=now, words="=1+1", summary="=HYPERLINK(1)")
    for what in ("calls", "records", "requests", "letters"):
        answer = as_user(mariana).post(f"/contacts/{what}/export/", {"format": "xlsx"})
        path = tmp_path / f"{what}.xlsx"
        path.write_bytes(b"".join(pieces_of(answer)))
        strings = ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in strings
        assert answer.headers["Content-Disposition"].endswith(f'{what}-NORTE-2026-03-05.xlsx"')
    assert as_user(jorge).post("/contacts/calls/export/", {"format": "xlsx"}).status_code == 403


def test_a_substitute_is_written_for_whom(norte: Dealership, mariana: User, jorge: User, now: datetime) -> None:
    task = cast.due(norte, MONDAY, at=now)
    ContactTask.objects.filter(pk=task.pk).update(assignee=mariana)
    queue.claim(task, by=mariana, at=now)
    line = calling.keep(task, Answer(outcome=Outcome.REACHED), fence=task.fence, by=mariana, at=now).record
    ContactRecord.objects.filter(pk=line.pk).update(instead_of=jorge)

    [shown] = registers.dressed_calls(ContactRecord.objects.all())

    assert registers.who_said(shown) == "Mariana Ruiz for Jorge Peña"
    assert shown.phone == task.customer.contact_points.get().readable


# Closing a month -----------------------------------------------------------------------------------------


@pytest.mark.covers("S1-4.7b")
@pytest.mark.parametrize(("month", "closed_at"), [(3, datetime(2026, 4, 1, 16, 0, tzinfo=UTC)), (2, None)])
def test_a_closed_month_is_read_only_and_a_correction_is_possible(
    norte: Dealership,
    mariana: User,
    jorge: User,
    as_user: AsUser,
    now: datetime,
    month: int,
    closed_at: datetime | None,
) -> None:
    then = datetime(2026, month, 5, 16, 0, tzinfo=UTC)
    with time_machine.travel(then, tick=False):
        out = call(norte, jorge, at=then, on=date(2026, month, 2), words="Contenta")
        line = ring(norte, jorge, at=then)
    closed_at = closed_at or datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
    with time_machine.travel(closed_at, tick=False):
        browser = as_user(mariana)
        closed = browser.post(
            "/contacts/closings/close/", {"register": "calls", "month": f"2026-{month:02d}-01"}, follow=True
        )
        assert "Closed, with 2 lines." in closed.text

        changed = as_user(jorge).post(
            f"/contacts/records/{line.pk}/amend/", {"summary": "x", "words": "y", "answer": "z"}
        )
        undone = as_user(jorge).post(reverse("contacts:undo", args=[out.attempt_id]))
        corrected = as_user(jorge).post(
            f"/contacts/records/{out.pk}/correct/", {"summary": "Descontenta", "words": "No quedó bien", "answer": ""}
        )
        paper = browser.post(
            f"/contacts/calls/export/?first=2026-{month:02d}-01&last=2026-{month:02d}-{31 if month == 3 else 28}",
            {"format": "print"},
        ).text

    name = {3: "March 2026", 2: "February 2026"}[month]
    for refused in (changed, undone):
        assert refused.status_code == 409
        assert f"The register of {name} is closed since" in refused.text
    line.refresh_from_db()
    assert (line.summary, line.words) == ("Horario", "¿A qué hora abren?")
    correction = ContactRecord.objects.get(corrects=out)
    assert corrected.headers["Location"] == f"/contacts/records/{correction.pk}/"
    assert (correction.number, norte.today(correction.at), correction.customer_id) == (
        3,
        norte.today(closed_at),
        out.customer_id,
    )
    assert "Closed on" in paper
    assert "with 2 lines by" in paper


def test_a_month_is_closed_when_it_is_over_in_order_and_once(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    ring(norte, jorge, at=datetime(2026, 1, 20, 16, tzinfo=UTC), key="jan")
    ring(norte, jorge, at=datetime(2026, 2, 20, 16, tzinfo=UTC), key="feb")
    browser = as_user(mariana)

    def close(month: str, who: Client = browser) -> Any:
        return who.post("/contacts/closings/close/", {"register": "calls", "month": month})

    assert "March 2026 is not over yet." in close("2026-03-01").text
    assert "Close January 2026 first" in close("2026-02-01").text
    assert [close("2026-01-15").status_code, close("2026-02-01").status_code, close("2026-01-01").status_code] == [
        302
    ] * 3
    assert close("nonsense").status_code == 409
    assert close("2026-02-01", as_user(jorge)).status_code == 403
    months = closing.recent(norte, CALLS, at=now)
    assert [(month.first.month, month.lines, bool(month.closing)) for month in months] == [
        (3, 0, False),
        (2, 1, True),
        (1, 1, True),
    ]
    assert browser.get("/contacts/closings/").text.count("closed on") == 2


def test_wording_is_mended_on_the_day_by_who_wrote_it(
    norte: Dealership, mariana: User, jorge: User, as_user: AsUser, now: datetime
) -> None:
    line = ring(norte, jorge, at=now)
    right = {"summary": "Horario sábado", "words": "¿Abren el sábado?", "answer": "Sí."}

    assert as_user(jorge).post(f"/contacts/records/{line.pk}/amend/", right).status_code == 302
    line.refresh_from_db()
    assert line.summary == "Horario sábado"
    with pytest.raises(Refusal, match="Only who wrote a call down"):
        registering.amend(line, Wording(**right), by=mariana, at=now)
    with pytest.raises(Refusal, match="only on the same day"):
        registering.amend(line, Wording(**right), by=jorge, at=now + timedelta(days=1))
    with pytest.raises(Refusal, match="taken back on the call itself"):
        registering.amend(call(norte, jorge, at=now), Wording(**right), by=jorge, at=now)


def test_a_line_is_corrected_once_by_who_wrote_it_or_a_manager(
    norte: Dealership, mariana: User, jorge: User, now: datetime
) -> None:
    other = cast.person("Eva Gil", Role.CS_SPECIALIST, norte)
    line = call(norte, jorge, at=now, words="Bien")
    right = Wording(summary="Mal", words="Quedó mal", answer="")

    with pytest.raises(Refusal, match="Only who wrote this record"):
        registering.correct(line, right, by=other, at=now)
    correction = registering.correct(line, right, by=mariana, at=now)
    with pytest.raises(Refusal, match="corrected already"):
        registering.correct(line, right, by=jorge, at=now)
    again = registering.correct(correction, right, by=mariana, at=now)

    assert (correction.direction, again.corrects_id) == ("out", correction.pk)
    totals = registers.totals(ContactRecord.objects.filter(dealership=norte))
    assert (totals.out, totals.inbound) == (1, 0)


# Visits and messages -------------------------------------------------------------------------------------


@pytest.mark.covers("S1-3.7")
@pytest.mark.parametrize(
    ("planned", "result", "state"), [(date(2026, 3, 10), "met", "done"), (date(2026, 3, 12), "declined", "refused")]
)
def test_a_visit_counts_as_a_visit_and_no_call(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime, planned: date, result: str, state: str
) -> None:
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 1, 1))
    Programme.objects.filter(dealership=norte).exclude(code="next_service").update(active=False)
    visit = cast.deliver(norte, MONDAY, at=now, kind="workshop_visit")
    kind = ServiceKind.objects.get(dealership=norte, code="timely_repair")
    given = next_services.Plan(kind=kind, planned_on=planned, channel="in_person", content="Visitarlo")
    next_services.plan(visit.customer, given, by=jorge, at=now)
    at = datetime(planned.year, planned.month, planned.day, 17, 0, tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        planning.plan(at=at)
        task = ContactTask.objects.get(customer=visit.customer, step__anchor="planned")
        page = as_user(jorge).get(f"/contacts/tasks/{task.pk}/otherwise/?channel=in_person").text
        kept = as_user(jorge).post(
            f"/contacts/tasks/{task.pk}/otherwise/",
            {"channel": "in_person", "result": result, "words": "Lo visité en su casa."},
        )
        ring(norte, jorge, at=at, direction="out", kind="advice")

    assert kept.status_code == 302
    assert "Nobody met" in page
    task.refresh_from_db()
    assert task.state == state
    totals = registers.totals(ContactRecord.objects.filter(dealership=norte))
    assert (totals.visits, totals.out, totals.inbound) == (1, 1, 0)
    line = ContactRecord.objects.get(channel="in_person")
    assert (NextService.objects.get().planned_on, norte.today(line.at)) == (planned, planned)


@pytest.mark.covers("S4-1.3.1")
@pytest.mark.parametrize(
    ("channel", "offered"),
    [
        ("sms", ["replied", "no_reply", "undelivered"]),
        ("email", ["replied", "no_reply", "undelivered"]),
        ("in_person", ["met", "not_met", "declined"]),
    ],
)
def test_each_channel_offers_its_own_results(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime, channel: str, offered: list[str]
) -> None:
    task = cast.due(norte, MONDAY, at=now)
    address = f"/contacts/tasks/{task.pk}/otherwise/"
    browser = as_user(jorge)

    form = browser.get(address, {"channel": channel}).context["form"]
    words = {"channel": channel, "words": "Hola"}

    assert [code for code, _label in form.fields["result"].choices] == offered
    assert browser.post(address, words | {"result": "busy"}).status_code == 422
    assert browser.post(address, words).status_code == 422
    assert browser.post(address, {"channel": "phone", "result": "busy", "words": "x"}).status_code == 422
    assert ContactRecord.objects.count() == 0


def test_a_message_without_reply_leaves_the_contact_to_be_made(
    norte: Dealership, jorge: User, as_user: AsUser, now: datetime
) -> None:
    task = cast.due(norte, MONDAY, at=now)

    page = as_user(jorge).post(
        f"/contacts/tasks/{task.pk}/otherwise/",
        {"channel": "email", "result": "no_reply", "words": "Escribí"},
        follow=True,
    )

    task.refresh_from_db()
    assert "Written down. The contact is still to be made." in page.text
    assert (task.state, task.attempts) == ("open", 1)
    [line] = registers.dressed_calls(ContactRecord.objects.all())
    assert registers.result_of(line) == "No reply"
    with pytest.raises(Refusal, match="choose one of the results"):
        calling.write_down(task, Channel.SMS, "x", by=jorge, at=now, result=ChannelResult.MET)


# The four forms ------------------------------------------------------------------------------------------


@pytest.mark.covers("S1-4.11")
def test_the_four_forms_exist_and_each_prints_with_data(
    norte: Dealership, mariana: User, as_user: AsUser, now: datetime
) -> None:
    browser = as_user(mariana)
    assert browser.get("/contacts/forms/").status_code == 404
    assert 'href="/contacts/forms/"' not in browser.get("/contacts/calls/").text
    line = call(norte, mariana, at=now, words="Usa el auto en ciudad", grade="satisfied")
    presets.activate("after_sales_phone", norte, go_live_on=date(2026, 1, 1))
    visit = line.visit
    assert visit
    file = CustomerFile.objects.create(
        dealership=norte, customer=customer_of(line), visit=visit, began_on=MONDAY, due_on=date(2026, 3, 4)
    )
    point = TalkingPoint(
        dealership=norte,
        record=line,
        customer=line.customer,
        kind="wish",
        text="Quiere llantas",
        state="solved",
        owner=mariana,
        recorded_at=now,
        report_by=now,
        reported_at=now,
        asked=mariana,
        report="¿Precio?",
        solution="Descuento del 10 %",
        solved_at=now,
        informed_at=now,
    )
    point.save()

    page = browser.get("/contacts/forms/").text
    form_1 = browser.get(reverse("contacts:print_file", args=[file.customer_id]))
    form_2 = browser.get(f"/contacts/records/{line.pk}/print/?language=mine").text
    form_3 = browser.post("/contacts/calls/export/", {"format": "print"}).text

    assert page.count('<li class="sheet">') == 4
    for title in (
        "1. Customer file: basic information",
        "2. Follow-up call record",
        "3. Call register",
        "4. Letter register",
    ):
        assert title in page
    assert customer_of(line).spoken_name in form_1.text
    for field in (
        "Customer&#x27;s talking points",
        "Requirements, wishes, complaints",
        "Use of the vehicle",
        "Opinion of service",
        "Answered on the spot or not",
        "Solution",
        "Reported to the manager on",
        "Customer informed on",
        "Record no.",
        "Direction",
        "Kind",
        "Start and end",
        "Agent",
        "Customer",
        "Vehicle",
        "Telephone dialled",
        "Result",
    ):
        assert f"<dt>{field}</dt>" in form_2.replace("Customer's", "Customer&#x27;s"), field
    for said in ("Usa el auto en ciudad", "Quiere llantas", "Descuento del 10 %", "Satisfied", line.phone):
        assert said in form_2, said
    for heading in (
        "Line",
        "Date",
        "Direction",
        "Customer",
        "Plate",
        "Kind",
        "Agent",
        "Summary",
        "Result",
        "Record no.",
    ):
        assert f">{heading}</th>" in form_3


# Keeping -------------------------------------------------------------------------------------------------


@pytest.mark.covers("S4-3.2.4.3.5")
def test_records_younger_than_the_retention_cannot_be_deleted_and_erasing_keeps_the_line(
    norte: Dealership, mariana: User, jorge: User, elena: User, as_user: AsUser, now: datetime
) -> None:
    line = ring(
        norte, jorge, at=now, customer=call(norte, jorge, at=now, words="Secreto").customer, words="Muy secreto"
    )
    old = ring(norte, jorge, at=datetime(2019, 1, 7, 16, tzinfo=UTC), key="old")
    almost = ring(norte, jorge, at=datetime(2024, 1, 8, 16, tzinfo=UTC), key="almost")

    for young in (line, almost):
        with pytest.raises(IntegrityError, match="cannot be deleted"), transaction.atomic():
            ContactRecord.objects.filter(pk=young.pk).delete()
    ContactRecord.objects.filter(pk=old.pk).delete()
    page = as_user(mariana).get("/contacts/closings/").text
    erasing.erase(customer_of(line), reason="she asked", by=mariana, at=now)

    line.refresh_from_db()
    assert "younger than 3 years" in page
    assert ContactRecord.objects.filter(dealership=norte).count() == 3
    assert (line.number, line.words, line.customer_id) == (2, "—", line.customer_id)


def test_requests_of_who_leaves_go_to_the_heir(
    norte: Dealership, mariana: User, jorge: User, elena: User, now: datetime
) -> None:
    line = ring(norte, jorge, at=now, answer="", owner=jorge)

    leaving.leave(jorge, heir=mariana, on=date(2026, 3, 5), by=elena, at=now)

    line.request.refresh_from_db()
    assert (line.request.owner, line.request.handed_over) == (mariana, 1)
