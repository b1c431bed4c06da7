"""One house in which everything has happened once: every outcome, every kind of visit, every state of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from clientela.contacts import (
    call_plans,
    calling,
    closing,
    combining,
    editing,
    handing_on,
    inbound,
    inspecting,
    letters,
    next_services,
    planning,
    plans,
    points,
    presets,
    queue,
    recognising,
    registering,
    repeating,
    requesting,
)
from clientela.contacts.batching import Candidate
from clientela.contacts.calling import Answer
from clientela.contacts.models import (
    Absence,
    Announcement,
    Attempt,
    Channel,
    ChannelResult,
    ContactRecord,
    ContactTask,
    Counter,
    Designation,
    Finding,
    Letter,
    LetterKind,
    LetterTemplate,
    Outcome,
    Plan,
    Programme,
    ProgrammeStep,
    Remedy,
    ServiceKind,
    TalkingPoint,
    TaskPlan,
)
from clientela.contacts.points import Heard
from clientela.customers import consulting, duplicates, filing, garage, merging, special
from clientela.customers.models import (
    CallPlan,
    Consent,
    Customer,
    CustomerFile,
    CustomerRestHours,
    Duplicate,
    FileRule,
    Profile,
    Vehicle,
    Visit,
)
from clientela.imports import importing, mappings, settling
from clientela.imports.models import Run
from clientela.network.models import (
    CalendarException,
    Dealership,
    Department,
    Function,
    FunctionMapping,
    RestHours,
    Role,
    User,
)
from clientela.satisfaction.models import Grade
from tests import cast

MONDAY = date(2026, 3, 2)
ROWS = """Folio;Cliente;Celular;Marca;Modelo;VIN;Placas;Fecha de entrega;Color
C-1;Rivas Luna Emma;614 300 0001;GMC;Terrain;1GKS2CKJ5LR123456;AAA-111-A;02/03/2026;rojo
C-2;;614 300 0002;GMC;Terrain;;AAA-112-A;02/03/2026;rojo
C-3;Sosa Gil Iris;12;GMC;Terrain;;AAA-113-A;31/02/2026;rojo
C-4;Tello Paz Olga;12;GMC;Terrain;1GKIO;AAA-114-A;02/03/2026;rojo
C-4;Tello Paz Olga;12;GMC;Terrain;1GKIO;AAA-114-A;02/03/2026;rojo

Total;;;;;;;4;
"""


@dataclass(frozen=True)
class Story:
    """Who is in it, and the addresses that no link leads to."""

    house: Dealership
    agent: User
    colleague: User
    calls: list[str]
    files: list[str]


def tell(house: Dealership, agent: User, colleague: User, *, at: datetime) -> Story:
    """Let everything happen in `house`."""
    _settle(house, agent)
    _programmes(house, agent, at=at)
    _visits(house, agent, at=at)
    _files(house, agent, at=at)
    _customer_file(house, agent, at=at)
    _twins(house, agent, at=at)
    _who_and_what_next(house, agent, colleague, at=at)
    kept = {outcome: _try(house, Answer(outcome=outcome), agent, at=at) for outcome in _SIMPLE}
    _answers(house, agent, colleague, at=at)
    _points(house, agent, at=at)
    again = _try(house, Answer(outcome=Outcome.CALL_BACK, call_back_at=at + timedelta(days=1)), agent, at=at)
    calling.take_back(_try(house, Answer(outcome=Outcome.NO_ANSWER, words="Buzón."), agent, at=at), by=agent, at=at)
    _until_the_last_attempt(house, agent, at=at)
    _told(house, agent, at=at)
    _plans(house, agent, colleague, at=at)
    _registers(house, agent, colleague, at=at)
    mine, hers = (_taken(house, who, at=at) for who in (agent, colleague))
    closed = kept[Outcome.REFUSED].task
    calls = [f"/call/{task.pk}/" for task in (mine, hers, closed, again.task)]
    old = Visit.objects.get(dealership=house, delivered_on=date(2025, 6, 2))
    planned = CallPlan.objects.get(dealership=house).file
    files = (old.customer_id, closed.customer_id, planned.customer_id)
    return Story(house, agent, colleague, calls, [f"/customer/{pk}/" for pk in files])


_SIMPLE = [outcome for outcome in Outcome if outcome not in {Outcome.REACHED, Outcome.CALL_BACK}]


def _taken(house: Dealership, by: User, *, at: datetime, **facts: Any) -> ContactTask:
    task = cast.due(house, facts.pop("on", MONDAY), at=at, **facts)
    queue.claim(task, by=by, at=at)
    return task


def _try(house: Dealership, answer: Answer, by: User, *, at: datetime, **facts: Any) -> Attempt:
    task = _taken(house, by, at=at, **facts)
    return calling.keep(task, answer, fence=task.fence, by=by, at=at)


def _settle(house: Dealership, agent: User) -> None:
    service = Department.objects.create(dealership=house, kind="service", name="Taller", head=agent)
    FunctionMapping.objects.create(dealership=house, function=Function.REVIEWER, department=service)
    RestHours.objects.create(dealership=house, starts=time(14), ends=time(16))
    RestHours.objects.create(dealership=house, weekday=2, starts=time(13), ends=time(14))
    CalendarException.objects.create(dealership=house, on=date(2026, 4, 2), name="Jueves Santo")
    CalendarException.objects.create(
        dealership=house, on=date(2026, 4, 5), name="Inventario", opens=time(9), closes=time(12)
    )
    Programme.objects.create(
        dealership=house,
        preset="own",
        code="dormant",
        names={"en": "Asleep"},
        trigger=[],
        active=False,
        go_live_on=MONDAY,
    )
    gone = cast.person("Tomás Vela", Role.TECHNICIAN, house)
    User.objects.filter(pk=gone.pk).update(is_active=False, left_on=date(2026, 2, 27))


def _programmes(house: Dealership, agent: User, *, at: datetime) -> None:
    """Presets that go live one day, changed, switched off, combined; impossible to combine, too."""
    for code in ("mazda_chile", "china_4s", "after_sales_phone"):
        presets.activate(code, house, go_live_on=date(2030, 1, 1))
    steps = {step.code.split(".", 1)[0]: step for step in ProgrammeStep.objects.filter(dealership=house)}
    changed = steps["mazda_chile"]
    given = editing.parameters(changed) | {
        "window_to": 1,
        "to_unit": "month",
        "attempts_max": None,
        "distinct_days": False,
        "channels": ["phone", "letter"],
        "satisfied_by": [steps["gm_mexico_prc"].code],
        "names": {"en": "Thanks"},
        "script": {**changed.script, "greeting": {"en": "Hello {customer}"}},
    }
    editing.change(changed, given, by=agent, at=at)
    editing.change_programme(changed.programme, {"trigger": ["vehicle_delivery"]}, by=agent, at=at)
    care = ProgrammeStep.objects.get(dealership=house, code="china_4s.care_call.call_1")
    combining.combine(steps["gm_mexico_prc"], care, narrow=False, by=agent, at=at)


def _visits(house: Dealership, agent: User, *, at: datetime) -> None:
    """Late, due today, early; new and used, special, of a company, corrected, cancelled, too old."""
    for on in (date(2026, 2, 18), date(2026, 2, 28), date(2026, 3, 5), date(2025, 6, 2), date(2026, 1, 5)):
        cast.deliver(house, on, at=at)
    workshop: dict[str, Any] = {
        "kind": "workshop_visit",
        "delivered_time": time(11, 20),
        "technician": "Raúl Téllez",
        "amount": 1250,
        "odometer_km": 41_000,
        "next_service_km": 50_000,
        "service_line": "care",
        "vin": "3GNTEST0000000017",
    }
    cast.due(house, MONDAY, at=at, work="Cambio de aceite", **workshop)
    cast.due(house, MONDAY, at=at, kind="hand_over", used=True, special=True)
    cast.due(
        house, MONDAY, at=at, used=False, customer_name="Transportes del Valle S.A. de C.V.", email="tv@example.com"
    )
    cast.due(house, MONDAY, at=at, phones="12")
    cast.due(house, MONDAY, at=at, number="T-MOVED")
    cast.deliver(house, date(2026, 3, 1), at=at, number="T-MOVED")
    cancelled = cast.due(house, MONDAY, at=at).visit
    Visit.objects.filter(pk=cancelled.pk).update(cancelled_at=at)
    planning.realign([cancelled.pk], at=at)
    customer = cancelled.customer
    customer.sex, customer.birth_date, customer.address = "f", date(1980, 5, 1), "Calle 9"
    customer.correct(["sex", "birth_date", "address"], by=agent, at=at)


def _customer_file(house: Dealership, agent: User, *, at: datetime) -> None:
    """One file in which everything stands, one that is late, one that was completed; a number that proved wrong."""
    for preset in ("after_sales_phone", "mazda_chile"):
        presets.activate(preset, house, go_live_on=date(2026, 3, 1))
    late, done = (cast.deliver(house, MONDAY, at=at, kind="workshop_visit", opened_on=MONDAY) for _time in range(2))
    CustomerFile.objects.filter(visit=done).update(
        state="complete", completed_at=at, completed_on=date(2026, 3, 4), completed_by=agent
    )
    customer, car = late.customer, late.vehicle
    assert car
    Profile.objects.create(dealership=house, customer=customer, hobbies="Pesca 9", occupation="Maestra 9")
    consent = {"text_version": "Aviso 9", "source": "paper", "given_on": MONDAY, "dealership": house, "by": agent}
    Consent.objects.create(customer=customer, channel="phone", purpose="survey", evidence="Carpeta 9", **consent)
    Consent.objects.create(customer=customer, channel="sms", purpose="service", withdrawn_on=MONDAY, **consent)
    CustomerRestHours.objects.create(dealership=house, customer=customer, weekday=1, starts=time(13), ends=time(15))
    customer.do_not_call, customer.do_not_call_list_on = True, MONDAY
    customer.region, customer.source_note, customer.desired_services = "Norte", "Expo 9", "Lavado 9"
    customer.correct(["do_not_call", "region", "desired_services"], by=agent, at=at)
    garage.read_odometer(car, km=9_000, on=date(2026, 2, 1), reason="", by=agent, at=at)
    garage.read_odometer(car, km=90, on=MONDAY, reason="replaced", by=agent, at=at)
    car.cycle_months, car.vehicle_type = 6, "SUV 9"
    car.save()
    rule = FileRule.objects.get(dealership=house)
    rule.days = 3
    filing.edit_rule(rule, ["days"], by=agent, at=at)
    newcomer = consulting.Newcomer(full_name="Inés Vidal")
    talk = consulting.Talk(key="story", on=date(2026, 3, 5), topic="Crédito 9", interest="Onix 9", consultant=agent)
    consulting.note(newcomer, talk, house, by=agent, at=at)


def _who_and_what_next(house: Dealership, agent: User, colleague: User, *, at: datetime) -> None:
    """Somebody designated, somebody away; a next service proposed, one planned, one withdrawn; a call planned."""
    Designation.objects.create(dealership=house, performer="parts_manager", user=agent, from_on=MONDAY, by=agent)
    Absence.objects.create(
        dealership=house, user=colleague, substitute=agent, from_on=date(2026, 4, 6), to_on=date(2026, 4, 8), by=agent
    )
    Absence.objects.create(dealership=house, user=agent, from_on=date(2026, 5, 6), to_on=date(2026, 5, 8), by=agent)
    visit = cast.deliver(house, MONDAY, at=at, kind="workshop_visit", service_line="care")
    Vehicle.objects.filter(visits=visit).update(next_service_on=date(2026, 3, 20))
    Customer.objects.filter(pk=visit.customer_id).update(desired_services="Lavado 9")
    Programme.objects.filter(dealership=house, code="next_service").update(go_live_on=MONDAY)
    kind = ServiceKind.objects.get(dealership=house, code="timely_repair")
    given = next_services.Plan(kind=kind, planned_on=date(2026, 3, 9), channel="phone", content="Frenos 9")
    next_services.plan(visit.customer, given, by=agent, at=at)
    gone = next_services.plan(visit.customer, given, by=agent, at=at)
    next_services.withdraw(gone, reason="Ya no 9", by=agent, at=at)
    days = {"began_on": MONDAY, "due_on": date(2026, 3, 9)}
    file, _new = CustomerFile.objects.get_or_create(
        visit=visit, defaults={"dealership": house, "customer": visit.customer, **days}
    )
    plan = CallPlan(dealership=house, file=file, after_days=9, topics=["vehicle_use", "Frenos 9"], notes="Viaja 9")
    call_plans.keep(plan, by=agent, at=at)


def _twins(house: Dealership, agent: User, *, at: datetime) -> None:
    """Files that look like one customer's: to be looked at, said to be two, made one, and parted again."""

    def come(name: str, number: int) -> Customer:
        return cast.deliver(house, MONDAY, at=at, customer_name=name, phones=f"614 400 {number:04d}").customer

    pairs = [(come("Robles Mora Alma", n), come("Robles Mora Alma Rosa", n)) for n in range(4)]
    duplicates.find(at=at, dealership_ids=[house.pk])
    duplicates.dismiss(Duplicate.objects.get(one=pairs[1][0], other=pairs[1][1]), by=agent, at=at)
    merging.merge(*pairs[2], {}, by=agent, at=at)
    merging.undo(merging.merge(*pairs[3], {}, by=agent, at=at), by=agent, at=at)


def _answers(house: Dealership, agent: User, colleague: User, *, at: datetime) -> None:
    for grade, kind in zip(Grade, Finding.Kind, strict=True):
        answer = Answer(
            outcome=Outcome.REACHED,
            grade=grade,
            words="Todo en orden.",
            started_at=at - timedelta(seconds=250),
            finding_kind=kind,
            finding_text=f"Se supo: {kind.value.upper()} 77",
            remedy_owner=colleague if kind == Finding.Kind.SHORTCOMING else None,
        )
        _try(house, answer, agent, at=at)
    for _time in range(2):
        shortcoming = Answer(
            outcome=Outcome.REACHED,
            grade=Grade.DISSATISFIED,
            finding_kind=Finding.Kind.SHORTCOMING,
            finding_text="Faltó el tapete.",
            remedy_owner=agent,
        )
        found = _try(house, shortcoming, agent, at=at)
    Remedy.objects.get(finding__attempt=found).finish("Se entregó el tapete.", by=agent, at=at)


def _points(house: Dealership, agent: User, *, at: datetime) -> None:
    """A call with a point of each kind, then one in every state, late, sent back; topics of a call, and of the next."""
    manager = cast.person("Bruno Paz", Role.COMMERCIAL_MANAGER, house)
    heard = [Heard(kind=kind, text=f"Dijo 9 {kind.upper()}", about="service") for kind in TalkingPoint.Kind.values]
    answered = Heard(kind="wish", text="Llantas 9", answer="Sí 9", wanted_on=date(2026, 4, 2))
    needs = Heard(kind="requirement", text="Batería 9", wanted_on=date(2026, 4, 2))
    answer = Answer(
        outcome=Outcome.REACHED, grade=Grade.SATISFIED, points=[*heard, answered, needs], topics=["Frenos 9"]
    )
    tried = _try(house, answer, agent, at=at)
    late, reported, solved, back, closed = tried.record.points.filter(answer="").order_by("pk")
    TalkingPoint.objects.filter(pk=late.pk).update(report_by=at - timedelta(days=1))
    for point in (reported, solved, back, closed):
        points.report(point, "¿Qué 9?", by=agent, at=at)
    for point in (solved, back, closed):
        points.solve(point, "Esto 9", by=manager, at=at)
    points.inform(back, satisfied=False, words="No 9", by=agent, at=at)
    points.inform(closed, satisfied=True, by=agent, at=at)
    points.pass_on(late, agent, by=agent, at=at)
    waits = cast.deliver(house, MONDAY, at=at, kind="workshop_visit")
    planning.plan(at=at, dealership_ids=[house.pk])
    for task in waits.tasks.filter(state="open"):
        plan = TaskPlan(dealership=house, task=task, topics=["interests", "Frenos 9"], notes="Viaja 9")
        repeating.keep(plan, by=agent, at=at)


def _plans(house: Dealership, agent: User, colleague: User, *, at: datetime) -> None:
    """A plan under way, one before the leader, one closed after it was sent back; a member; a sale handed over."""
    visits = [cast.deliver(house, MONDAY, at=at) for _time in range(3)]
    for name, steps in (("Plan 1", 0), ("Plan 2", 1), ("Plan 3", 2)):
        plan = Plan(dealership=house, name=name, mode="visit", made_by=agent, from_on=MONDAY, to_on=MONDAY)
        chosen = [Candidate(visit.customer, visit) for visit in visits]
        plans.make(plan, chosen, takers=[agent, colleague], by_owner=False, at=at)
        one, two, three = plan.targets.select_related("plan").order_by("pk")
        plans.write(one, plans.Record(result="reached", words="Contenta 9"), by=agent, at=at)
        plans.write(two, plans.Record(result="booked", visit_at=at + timedelta(days=1)), by=agent, at=at)
        if steps:
            plans.write(three, plans.Record(result="not_reached"), by=agent, at=at)
            plans.submit(plan, by=agent, at=at)
        if steps == 2:
            plans.review(plan, closes=False, remarks="Falta 9", by=colleague, at=at)
            plans.submit(plan, by=agent, at=at)
            plans.review(plan, closes=True, remarks="Bien 9", by=colleague, at=at)
    special.decide(visits[0], special=True, reason="Ambulancia 9", by=agent, at=at)
    handing_on.hand_on(visits[0], by=agent, at=at)
    Customer.objects.filter(pk=visits[0].customer_id).update(member_since=MONDAY, member_level="Oro 9")


def _told(house: Dealership, agent: User, *, at: datetime) -> None:
    """Something to tell on every call, an activity, one that is retired; and a customer who was told."""
    advice = Announcement.objects.create(dealership=house, kind="advice", title="Frenos 9", text="Cuidado 9")
    Announcement.objects.create(
        dealership=house, kind="event", title="Semana 9", text="Gratis 9", held_on=MONDAY, address="Calle 9"
    )
    Announcement.objects.create(dealership=house, kind="accessory", title="Tapetes 9", text="…", retired=True)
    _try(house, Answer(outcome=Outcome.REACHED, grade="satisfied", told=[advice.pk]), agent, at=at)


def _registers(house: Dealership, agent: User, colleague: User, *, at: datetime) -> None:
    """Calls written down: answered, asked again, handed over, answered later, corrected; a letter; a closed month."""
    customer = cast.deliver(house, MONDAY, at=at).customer

    def ring(name: str, when: datetime = at, **facts: Any) -> ContactRecord:
        told: dict[str, Any] = {"key": name, "kind": "complaint", "summary": f"{name} 9", "words": f"Dijo {name} 9"}
        return inbound.keep(inbound.Talk(**(told | facts)), house, by=agent, at=when)

    ring("Enero", at - timedelta(days=45), caller="Señor 9", phone="614 909 0909", kind="inquiry", answer="Sí 9")
    asked = ring("Factura", customer=customer, vehicle=customer.ownerships.get().vehicle, owner=agent)
    ring("Otra vez", customer=customer, answer="Mañana 9")
    advice = ring("Frenos", customer=customer, kind="advice", direction="out", answer="Cada 9 meses")
    theirs = inbound.keep(
        inbound.Talk(
            key="hers", kind="other", summary="Ruido 9", words="Un ruido 9", phone="614 808 0808", owner=agent
        ),
        house,
        by=colleague,
        at=at,
    )
    requesting.hand_over(asked.request, colleague, "Ella sabe 9", by=agent, at=at)
    _unknown_callers(house, customer, agent, at=at)
    requesting.close(theirs.request, requesting.Reply(answer="Ya 9", told_by="sms"), by=agent, at=at)
    registering.correct(advice, registering.Wording(summary="Frenos 8", words="Frenos 8", answer="8"), by=agent, at=at)
    for in_order, finding in ((True, ""), (False, "Falta 9")):
        line = (
            theirs
            if in_order
            else inbound.keep(
                inbound.Talk(key="bad", kind="advice", summary="Llantas 9", words="Llantas 9", caller="9", answer="9"),
                house,
                by=colleague,
                at=at - timedelta(days=7),
            )
        )
        inspecting.inspect(line, in_order=in_order, finding=finding, by=agent, at=at)
    closing.close(house, Counter.Register.CALLS, date(2026, 1, 1), by=agent, at=at)
    for kind in LetterKind:
        text = {"addressee": "A 9", "address": "Calle 9", "event": "Noche 9", "subject": f"Carta {kind} 9", "text": "9"}
        letter = Letter(dealership=house, customer=customer, language="es", key=kind, kind=kind, **text)
        letters.issue(letter, by=agent, at=at)
    letters.note_answer(letter, at.date(), "Gracias 9", by=agent, at=at)
    LetterTemplate.objects.create(
        dealership=house, kind="reply", name="Plantilla 9", subject="9", text="{customer}", retired=True, changed_at=at
    )
    email = calling.write_down(
        cast.due(house, MONDAY, at=at), Channel.EMAIL, "Escribí 9", by=agent, at=at, result=ChannelResult.NO_REPLY
    )
    assert email.counted


def _unknown_callers(house: Dealership, customer: Customer, agent: User, *, at: datetime) -> None:
    """A complaint of somebody who was found later, and a call that was not hers after all."""
    told: dict[str, Any] = {"kind": "complaint", "summary": "Humo 9", "words": "Humo 9", "phone": "614 707 0707"}
    found = inbound.keep(inbound.Talk(key="found", caller="Señora 9", owner=agent, **told), house, by=agent, at=at)
    mistaken = inbound.keep(inbound.Talk(key="other", caller="Otra 9", answer="Sí 9", **told), house, by=agent, at=at)
    for line in (found, mistaken):
        recognising.recognise(line, customer, by=agent, at=at)
    recognising.take_back(mistaken, by=agent, at=at)


def _until_the_last_attempt(house: Dealership, agent: User, *, at: datetime) -> None:
    task = cast.due(house, MONDAY, at=at)
    for _number in range(3):
        queue.claim(task, by=agent, at=at)
        calling.keep(task, Answer(outcome=Outcome.BUSY), fence=task.fence, by=agent, at=at)
        task.refresh_from_db()


def _files(house: Dealership, agent: User, *, at: datetime) -> None:
    """A file that waits, one rehearsed, one imported and saved as a mapping, and some that cannot be read."""

    def given(name: str, content: bytes) -> Run:
        path = importing.store(name, iter([content]), uuid4().hex)
        return importing.open_run(path, name, house, by=agent, at=at)

    act: dict[str, Callable[..., Any]] = {"ensayo.csv": importing.rehearse, "adentro.csv": importing.perform}
    for name, verb in act.items():
        verb(given(name, ROWS.encode("cp1252")), at=at)
    inside = Run.objects.get(dealership=house, name="adentro.csv")
    mappings.save(inside, "Ventas", at=at)
    settling.settle(settling.open_warnings(inside).filter(column="VIN"), by=agent, at=at)
    for name, content in {
        "vacio.csv": b"",
        "foto.csv": b"\x89PNG\r\n\x1a\n" * 90,
        "corta.csv": b"Cliente;Marca\nA B;C\n",
    }.items():
        importing.rehearse(given(name, content), at=at)
    given("espera.csv", ROWS.encode("cp1252"))
