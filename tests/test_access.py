"""Every address: who may go there, who is sent away, and that a new one cannot be forgotten here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clientela.contacts import calling, deciding, editing, inbound, letters, plans, presets, queue, recognising
from clientela.contacts.batching import Candidate
from clientela.contacts.calling import Answer
from clientela.contacts.models import (
    Absence,
    Announcement,
    Letter,
    LetterTemplate,
    NextService,
    Outcome,
    Plan,
    Programme,
    ProgrammeStep,
    Request,
    ServiceKind,
)
from clientela.contacts.points import Heard
from clientela.customers import merging
from clientela.customers.models import (
    Consent,
    Customer,
    CustomerFile,
    CustomerRestHours,
    Duplicate,
    FileRule,
    Upkeep,
    Vehicle,
    Visit,
)
from clientela.imports.models import Mapping, RefusedLine, Remark, Run
from clientela.network.models import Dealership, Department, OpeningHours, Role, User
from clientela.network.permissions import RIGHTS, Permission
from tests import cast

World = dict[str, Any]
Facts = Callable[[World], World]
SIGN_IN = "/account/sign-in/"
#: Words that only people of the house may read.
SECRETS = ("Ximena", "Quiroga", "QRX-777", "8675309")


@dataclass(frozen=True)
class Case:
    """What an address answers to who may go there; a method without a status is not to be had: 405."""

    right: Permission | None = None
    get: int | None = None
    post: int | None = None
    args: Facts = lambda world: {}
    data: Facts = lambda world: {}
    #: What it answers to whoever did not sign in, if it is open to everybody.
    public: dict[str, int] = field(default_factory=dict)
    #: What it answers to a colleague without the right.
    wrong: int = 403


def pk_of(name: str) -> Facts:
    return lambda world: {"pk": world[name].pk}


def row_of(name: str, **kind: str) -> Facts:
    return lambda world: {"pk": world["house"].pk, "row": world[name].pk, **kind}


def of_customer(name: str, **kind: str) -> Facts:
    return lambda world: {"pk": world["customer"].pk, "row": world[name].pk, **kind}


def _without_script(form: World) -> World:
    """Of the script only the lines to which every call comes, in one language."""
    spoken = {
        f"script_{line}_es" for line in ("greeting", "question_delivery", "question_workshop", "aspects", "farewell")
    }
    return {
        name: value for name, value in form.items() if name in spoken or not name.startswith(("script_", "names_e"))
    }


def two_steps(world: World) -> World:
    return {"pk": world["step"].pk, "other": world["other_step"].pk}


CALL, SEE, EDIT = Permission.CALL, Permission.SEE_CUSTOMERS, Permission.EDIT_CUSTOMERS
MERGE, TASKS, REGISTERS = Permission.MERGE_CUSTOMERS, Permission.SEE_TASKS, Permission.SEE_REGISTERS
CONFIGURE, PROGRAMMES = Permission.CONFIGURE, Permission.EDIT_PROGRAMMES
ACCOUNT: dict[str, Case] = {
    "health": Case(get=200, public={"get": 200, "post": 405}),
    "language": Case(post=302, public={"get": 405, "post": 302}),
    "account_login": Case(get=302, post=302, public={"get": 200, "post": 200}),
    "account_logout": Case(get=200, post=302, public={"get": 302, "post": 302}),
    "account_inactive": Case(get=200, public={"get": 200, "post": 405}),
    "account_reset_password": Case(get=200, post=200, public={"get": 200, "post": 200}),
    "account_reset_password_done": Case(get=200, public={"get": 200, "post": 405}),
    "account_reset_password_from_key": Case(
        get=200,
        post=200,
        args=lambda world: {"uidb36": "1", "key": "guessed-key"},
        public={"get": 200, "post": 200},
    ),
    "account_reset_password_from_key_done": Case(get=200, public={"get": 200, "post": 405}),
    "account_reauthenticate": Case(get=200, post=200),
    "account_change_password": Case(get=200, post=200),
    "account_set_password": Case(get=302, post=302),
    "mfa_index": Case(get=200),
    "mfa_authenticate": Case(get=302, post=302, public={"get": 302, "post": 302}),
    "mfa_reauthenticate": Case(get=302, post=302),
    # The second factor asks for the password once more.
    "mfa_activate_totp": Case(get=302, post=302),
    "mfa_deactivate_totp": Case(get=404, post=404),
    "mfa_view_recovery_codes": Case(get=404),
    "mfa_generate_recovery_codes": Case(get=302, post=302),
    "mfa_download_recovery_codes": Case(get=404, post=404),
}
NETWORK: dict[str, Case] = {
    "network:dealerships": Case(CONFIGURE, get=200),
    # Only for who administers the group; test_pages shows that she may.
    "network:new_dealership": Case(CONFIGURE, get=404, post=404),
    "network:stand": Case(post=302, data=lambda world: {"dealership": world["house"].pk}),
    "network:preferences": Case(get=200, post=302, data=lambda world: {"language": "ru"}),
    "network:dealership": Case(CONFIGURE, get=200, post=422, args=pk_of("house"), data=lambda world: {"code": "x"}),
    "network:hours": Case(CONFIGURE, get=200, args=pk_of("house")),
    "network:add_hours": Case(
        CONFIGURE,
        post=302,
        args=lambda world: {"pk": world["house"].pk, "kind": "opening"},
        data=lambda world: {"weekday": 6, "opens": "10:00", "closes": "14:00"},
    ),
    "network:remove_hours": Case(CONFIGURE, post=302, args=row_of("hours", kind="opening")),
    "network:departments": Case(
        CONFIGURE,
        get=200,
        post=302,
        args=pk_of("house"),
        data=lambda world: {"adds": "department", "kind": "parts", "name": "Refacciones"},
    ),
    "network:remove_department": Case(CONFIGURE, post=302, args=row_of("department", kind="department")),
    "network:people": Case(CONFIGURE, get=200),
    "network:invite": Case(
        CONFIGURE,
        get=200,
        post=302,
        data=lambda world: {"name": "Nueva", "email": "nueva@example.com", "language": "es-mx", "role": "employee"},
    ),
    "network:person": Case(
        CONFIGURE, get=200, post=302, args=pk_of("colleague"), data=lambda world: {"name": "Rosa", "language": "en"}
    ),
    "network:invite_again": Case(CONFIGURE, post=302, args=pk_of("colleague")),
    "network:give_role": Case(
        CONFIGURE,
        post=302,
        args=pk_of("colleague"),
        data=lambda world: {"role": "reception", "dealership": world["house"].pk},
    ),
    "network:take_role": Case(
        CONFIGURE, post=302, args=lambda world: {"pk": world["colleague"].pk, "row": world["colleague"].roles.get().pk}
    ),
    "network:leave": Case(
        CONFIGURE,
        get=200,
        post=302,
        args=pk_of("colleague"),
        data=lambda world: {"heir": world["me"].pk, "on": "2026-03-05"},
    ),
}
WORK: dict[str, Case] = {
    "customers:list": Case(SEE, get=200),
    "customers:search": Case(SEE, get=200),
    "customers:suggestions": Case(SEE, get=200),
    "customers:duplicates": Case(EDIT, get=200),
    "customers:hints": Case(EDIT, post=200, data=lambda world: {"full_name": "Ximena Quiroga"}),
    "customers:dismiss": Case(EDIT, post=302, args=pk_of("pair")),
    "customers:look_again": Case(EDIT, post=302, args=pk_of("pair")),
    "customers:merge_files": Case(
        MERGE,
        post=302,
        args=lambda world: {"one": world["pair"].one_id, "other": world["pair"].other_id},
        data=lambda world: {"survivor": world["pair"].one_id},
    ),
    "customers:merges": Case(EDIT, get=200),
    "customers:merge": Case(EDIT, get=200, args=pk_of("merge")),
    "customers:undo_merge": Case(MERGE, post=302, args=pk_of("merge")),
    "desk:compare": Case(
        EDIT, get=200, args=lambda world: {"one": world["pair"].one_id, "other": world["pair"].other_id}
    ),
    "customers:vehicles": Case(SEE, get=200),
    "customers:sources": Case(SEE, get=200),
    "customers:exports": Case(Permission.OVERSEE, get=200),
    "customers:export": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "csv"}),
    "customers:export_vehicles": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "print"}),
    # They ask for the password once more; test_privacy shows what comes then.
    "customers:person": Case(Permission.ERASE, get=302, args=pk_of("customer")),
    "customers:hand_out": Case(Permission.ERASE, post=302, args=pk_of("customer")),
    "customers:erase": Case(
        Permission.ERASE,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"name": "Ximena Quiroga", "reason": "asked"},
    ),
    "customers:edit": Case(
        EDIT,
        get=200,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"kind": "person", "full_name": "Ximena Quiroga", "language": "es-mx"},
    ),
    "customers:verify": Case(EDIT, post=302, args=pk_of("customer")),
    "customers:add_point": Case(
        EDIT, post=302, args=pk_of("customer"), data=lambda world: {"kind": "email", "written": "x@example.com"}
    ),
    "customers:correct_point": Case(
        EDIT, post=302, args=of_customer("point"), data=lambda world: {"written": "614 555 66 77"}
    ),
    "customers:mark_point": Case(EDIT, post=302, args=of_customer("point", act="wrong")),
    "customers:permissions": Case(
        EDIT,
        get=200,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {
            "channel": "sms",
            "purpose": "service",
            "text_version": "v1",
            "source": "paper",
            "given_on": "2026-03-02",
        },
    ),
    "customers:withdraw_consent": Case(
        EDIT, post=302, args=of_customer("consent"), data=lambda world: {"on": "2026-03-04"}
    ),
    "customers:do_not_call": Case(
        EDIT,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"do_not_call": "on", "do_not_call_list_on": "2026-03-01"},
    ),
    "customers:add_rest": Case(
        EDIT,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"weekday": "1", "starts": "13:00", "ends": "15:00"},
    ),
    "customers:remove_rest": Case(EDIT, post=302, args=of_customer("rest")),
    "customers:garage": Case(
        EDIT,
        get=200,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"capacity": "user", "make": "Kia", "plate": "NEW-1", "from_on": "2026-03-01"},
    ),
    "customers:end_ownership": Case(
        EDIT, post=302, args=of_customer("ownership"), data=lambda world: {"on": "2026-03-04"}
    ),
    "customers:profile": Case(
        Permission.EDIT_PROFILES,
        get=200,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"hobbies": "pesca"},
        wrong=404,
    ),
    "customers:history": Case(SEE, get=200, args=pk_of("customer")),
    "contacts:print_file": Case(SEE, get=200, args=pk_of("customer")),
    "customers:print_card": Case(SEE, get=200, args=pk_of("customer")),
    "customers:vehicle": Case(
        EDIT,
        get=200,
        post=302,
        args=pk_of("vehicle"),
        data=lambda world: {"make": "GMC", "plate": "QRX-777", "cycle_months": "6", "next_service_on": "2026-09-01"},
    ),
    "customers:read_odometer": Case(
        EDIT,
        post=302,
        args=pk_of("vehicle"),
        data=lambda world: {"km": "41000", "on": "2026-03-04", "reason": "misread"},
    ),
    "customers:vehicle_history": Case(SEE, get=200, args=pk_of("vehicle")),
    "customers:new": Case(
        Permission.RECEIVE,
        get=200,
        post=302,
        data=lambda world: {"full_name": "Ana Gil", "source": "inquiry", "phone": "614 222 33 44", "email": ""},
    ),
    "customers:consultation": Case(
        Permission.RECEIVE,
        get=200,
        post=302,
        data=lambda world: {
            "key": "7d0c9b7e-5f0e-4f34-9d7a-6a3d1d9a7a11",
            "full_name": "Ana Gil",
            "phone": "614 222 33 44",
            "email": "ana@example.com",
            "topic": "Crédito",
            "interest": "Onix",
            "on": "2026-03-05",
            "consultant": world["me"].pk,
        },
    ),
    "customers:files": Case(SEE, get=200),
    # What the rule asks for is missing: her right is not.
    "customers:move_file": Case(EDIT, post=409, args=lambda world: {"pk": world["file"].pk, "act": "complete"}),
    "customers:quality": Case(SEE, get=200),
    "customers:upkeep": Case(SEE, get=200),
    "customers:finish_upkeep": Case(EDIT, post=302, args=pk_of("upkeep")),
    "customers:rule": Case(
        PROGRAMMES,
        get=200,
        post=302,
        data=lambda world: {
            "triggers": "consultation",
            "days": "2",
            "required": "name",
            "stale_months": "12",
            "live_on": "2026-03-01",
        },
    ),
    "customers:add_phone": Case(EDIT, post=302, args=pk_of("customer"), data=lambda world: {"phone": "614 222 33 44"}),
    "contacts:take_next": Case(CALL, post=302),
    "contacts:take": Case(CALL, post=302, args=pk_of("task")),
    "contacts:decide": Case(
        CALL, post=302, args=pk_of("task"), data=lambda world: {"what": "leave_out", "reason": "Ya se quejó."}
    ),
    "contacts:take_in_again": Case(CALL, post=302, args=pk_of("left_out")),
    "contacts:write_down": Case(
        CALL,
        get=200,
        post=302,
        args=pk_of("task"),
        data=lambda world: {"channel": "email", "result": "replied", "words": "Le escribí."},
    ),
    "contacts:give_back": Case(CALL, post=302, args=pk_of("task")),
    "contacts:outcome": Case(
        CALL,
        post=302,
        args=pk_of("task"),
        data=lambda world: {"fence": world["task"].fence, "outcome": "no_answer"},
    ),
    "contacts:undo": Case(CALL, post=302, args=pk_of("attempt")),
    "contacts:remedies": Case(Permission.SEE_FINDINGS, get=200),
    # Whoever owns a remedy may finish it, whatever her role: the page asks for the row, not for a right.
    "contacts:remedy": Case(
        SEE, get=200, post=302, args=pk_of("remedy"), data=lambda world: {"measure": "Lo lavamos."}, wrong=404
    ),
    "contacts:points": Case(Permission.SEE_FINDINGS, get=200),
    "contacts:suggestions": Case(Permission.SEE_FINDINGS, get=200),
    "contacts:export_points": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "print"}),
    # Who sees to it takes the next step; who does not is told so.
    "contacts:point": Case(
        Permission.SEE_FINDINGS,
        get=200,
        post=302,
        args=pk_of("talking"),
        data=lambda world: {"text": "Quiroga: se limpia.", "solved": "1", "asked": world["manager"].pk},
    ),
    "contacts:pass_point_on": Case(
        Permission.REASSIGN, post=302, args=pk_of("talking"), data=lambda world: {"to": world["agent"].pk}
    ),
    "contacts:plan_task": Case(
        CALL, get=200, post=302, args=pk_of("task"), data=lambda world: {"topics": "vehicle_use", "notes": "Quiroga"}
    ),
    "contacts:who": Case(Permission.DESIGNATE, get=200),
    "contacts:add_duty": Case(
        Permission.DESIGNATE,
        post=302,
        args=lambda world: {"what": "cap"},
        data=lambda world: {"contacts": 2, "days": 14},
    ),
    "contacts:edit_duty": Case(
        Permission.DESIGNATE,
        get=200,
        post=302,
        args=lambda world: {"what": "absence", "pk": world["absence"].pk},
        data=lambda world: {"user": world["agent"].pk, "from_on": "2026-03-09", "to_on": "2026-03-10"},
    ),
    "contacts:remove_duty": Case(
        Permission.DESIGNATE, post=302, args=lambda world: {"what": "absence", "pk": world["absence"].pk}
    ),
    "contacts:reassign": Case(Permission.REASSIGN, post=302, data=lambda world: {"taker": world["agent"].pk}),
    "contacts:programmes": Case(Permission.SEE_PROGRAMMES, get=200),
    "contacts:activate": Case(
        PROGRAMMES,
        get=200,
        post=302,
        data=lambda world: {"preset": cast.PRESET, "go_live_on": "2026-03-01"},
    ),
    "contacts:programme": Case(
        PROGRAMMES,
        get=200,
        post=302,
        args=pk_of("programme"),
        data=lambda world: cast.form_of(world["programme"]) | {"go_live_on": "2026-02-01"},
    ),
    "contacts:step": Case(
        PROGRAMMES,
        get=200,
        post=302,
        args=pk_of("step"),
        data=lambda world: _without_script(cast.form_of(world["step"])) | {"window_from": 2, "window_to": 4},
    ),
    "contacts:plan_service": Case(
        CALL,
        get=200,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"kind": world["kind"].pk, "planned_on": "2026-03-09", "channel": "phone"},
    ),
    "contacts:accept_service": Case(
        CALL,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"proposal": f"maintenance:{world['vehicle'].pk}:2026-03-20"},
    ),
    "contacts:dismiss_service": Case(
        CALL,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {"proposal": f"maintenance:{world['vehicle'].pk}:2026-03-20", "reason": "No"},
    ),
    "contacts:withdraw_service": Case(CALL, post=302, args=pk_of("service"), data=lambda world: {"reason": "No"}),
    "contacts:call_plan": Case(
        EDIT, get=200, post=302, args=pk_of("file"), data=lambda world: {"after_days": 3, "topics": "vehicle_use"}
    ),
    "contacts:service_kinds": Case(
        PROGRAMMES,
        get=200,
        post=302,
        data=lambda world: {"name_en": "Tyres", "ahead_days": 30, "notice_days": 7},
    ),
    "contacts:service_kind": Case(
        PROGRAMMES,
        get=200,
        post=302,
        args=pk_of("kind"),
        data=lambda world: {"name_en": "Tyres", "ahead_days": 30, "notice_days": 7},
    ),
    "contacts:answers": Case(TASKS, get=200),
    "contacts:answers_of": Case(TASKS, get=200, args=lambda world: {"code": "dealership_satisfaction"}),
    "contacts:export_answers": Case(
        Permission.EXPORT,
        post=200,
        args=lambda world: {"code": "dealership_satisfaction"},
        data=lambda world: {"format": "csv"},
    ),
    "contacts:announcements": Case(
        PROGRAMMES,
        get=200,
        post=302,
        data=lambda world: {"kind": "advice", "title": "Rain", "text": "Mind them."},
    ),
    "contacts:announcement": Case(
        PROGRAMMES,
        get=200,
        post=302,
        args=pk_of("announcement"),
        data=lambda world: {"kind": "service", "title": "Wash", "text": "Now at home."},
    ),
    "contacts:inbound": Case(
        CALL,
        get=200,
        post=302,
        data=lambda world: {
            "key": "another page",
            "direction": "in",
            "kind": "advice",
            "channel": "phone",
            "caller": "Alguien",
            "words": "Frenos",
            "outcome": "answered",
            "answer": "Sí.",
        },
    ),
    "contacts:requests": Case(REGISTERS, get=200),
    "contacts:request": Case(REGISTERS, get=200, args=pk_of("request")),
    "contacts:hand_over_request": Case(
        CALL,
        post=302,
        args=pk_of("request"),
        data=lambda world: {"taker": world["agent"].pk, "reason": "Ella sabe."},
    ),
    "contacts:close_request": Case(
        CALL, post=302, args=pk_of("request"), data=lambda world: {"answer": "Ya salió.", "told_by": "phone"}
    ),
    "contacts:calls": Case(REGISTERS, get=200),
    "contacts:record": Case(REGISTERS, get=200, args=pk_of("record")),
    "contacts:print_record": Case(REGISTERS, get=200, args=pk_of("record")),
    "contacts:amend_record": Case(
        CALL, get=200, post=302, args=pk_of("record"), data=lambda world: {"words": "Otra", "answer": "Sí"}
    ),
    "contacts:correct_record": Case(
        REGISTERS, get=200, post=302, args=pk_of("record"), data=lambda world: {"words": "Otra", "answer": "Sí"}
    ),
    "contacts:caller": Case(
        CALL, get=200, post=302, args=pk_of("unknown"), data=lambda world: {"customer": world["customer"].pk}
    ),
    "contacts:unknown_again": Case(CALL, post=302, args=pk_of("recognised")),
    "contacts:inspect_record": Case(
        Permission.SUPERVISE, post=302, args=pk_of("agents_record"), data=lambda world: {"verdict": "in_order"}
    ),
    "contacts:supervision": Case(Permission.SUPERVISE, get=200),
    "contacts:closings": Case(REGISTERS, get=200),
    "contacts:close_month": Case(
        Permission.SUPERVISE, post=302, data=lambda world: {"register": "calls", "month": "2026-02-01"}
    ),
    "contacts:forms": Case(REGISTERS, get=200),
    "contacts:letters": Case(REGISTERS, get=200),
    "contacts:letter": Case(REGISTERS, get=200, args=pk_of("letter")),
    "contacts:print_letter": Case(REGISTERS, get=200, args=pk_of("letter")),
    "contacts:answer_letter": Case(
        CALL, post=302, args=pk_of("letter"), data=lambda world: {"answered_on": "2026-03-05", "answer": "Vendrá."}
    ),
    "contacts:write_letter": Case(
        CALL,
        get=200,
        post=302,
        args=pk_of("customer"),
        data=lambda world: {
            "key": "a page",
            "kind": "reply",
            "channel": "letter",
            "addressee": "Ella",
            "subject": "Hola",
            "text": "Hola.",
            "issue": "1",
        },
    ),
    "contacts:letter_templates": Case(PROGRAMMES, get=200),
    "contacts:new_letter_template": Case(
        PROGRAMMES,
        get=200,
        post=302,
        data=lambda world: {"name": "Otra", "kind": "reply", "subject": "Hola", "text": "Hola."},
    ),
    "contacts:letter_template": Case(
        PROGRAMMES,
        get=200,
        post=302,
        args=pk_of("letter_template"),
        data=lambda world: {"name": "Otra", "kind": "reply", "subject": "Hola", "text": "Hola."},
    ),
    "contacts:export_calls": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "print"}),
    "contacts:export_records": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "csv"}),
    "contacts:export_letters": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "print"}),
    "contacts:export_requests": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "csv"}),
    "contacts:coverage": Case(TASKS, get=200),
    "contacts:duties": Case(TASKS, get=200),
    "contacts:unreached": Case(TASKS, get=200),
    "contacts:left_out": Case(TASKS, get=200, args=pk_of("step")),
    "contacts:export_coverage": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "print"}),
    "contacts:export_duties": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "csv"}),
    "contacts:export_unreached": Case(Permission.EXPORT, post=200, data=lambda world: {"format": "print"}),
    "contacts:special": Case(TASKS, get=200),
    "contacts:hand_overs": Case(CALL, get=200),
    "contacts:hand_over": Case(CALL, post=302, args=pk_of("sale")),
    "contacts:plans": Case(SEE, get=200),
    "contacts:new_plan": Case(
        Permission.REASSIGN,
        get=200,
        post=422,
        data=lambda world: {"name": "Semana", "mode": "phone", "from_on": "2026-03-05", "to_on": "2026-03-09"},
    ),
    "contacts:plan": Case(SEE, get=200, args=pk_of("plan")),
    "contacts:share_plan": Case(
        Permission.REASSIGN,
        post=302,
        args=pk_of("plan"),
        data=lambda world: {"takers": world["caller"].pk, "how": "even"},
    ),
    "contacts:give_targets": Case(
        Permission.REASSIGN,
        post=302,
        args=pk_of("plan"),
        data=lambda world: {"targets": world["target"].pk, "taker": world["caller"].pk},
    ),
    "contacts:submit_plan": Case(Permission.REASSIGN, post=409, args=pk_of("plan")),
    "contacts:review_plan": Case(
        Permission.REVIEW_PLANS, post=302, args=pk_of("submitted"), data=lambda world: {"remarks": "Quiroga: bien."}
    ),
    "contacts:print_plan": Case(SEE, get=200, args=pk_of("plan")),
    "contacts:print_records": Case(SEE, get=200, args=pk_of("plan")),
    "contacts:target": Case(SEE, get=200, post=302, args=pk_of("target"), data=lambda world: {"result": "not_reached"}),
    "contacts:remove_target": Case(Permission.REASSIGN, post=302, args=pk_of("target")),
    "customers:set_apart": Case(
        Permission.SET_APART, post=302, args=pk_of("visit"), data=lambda world: {"special": "on", "reason": "Quiroga"}
    ),
    "customers:recommend_repairs": Case(
        Permission.EDIT_CUSTOMERS, post=302, args=pk_of("visit"), data=lambda world: {"recommended": "Quiroga: frenos"}
    ),
    "customers:settle_repairs": Case(Permission.EDIT_CUSTOMERS, post=409, args=pk_of("visit")),
    "contacts:capacity": Case(PROGRAMMES, get=200, post=302, data=lambda world: {"calls_an_hour": 12, "agents": ""}),
    "contacts:programme_history": Case(Permission.SEE_PROGRAMMES, get=200, args=pk_of("programme")),
    "contacts:step_history": Case(Permission.SEE_PROGRAMMES, get=200, args=pk_of("step")),
    "contacts:restore_programme": Case(PROGRAMMES, post=302, args=pk_of("programme_version")),
    "contacts:restore_step": Case(PROGRAMMES, post=302, args=pk_of("step_version")),
    "contacts:combinations": Case(Permission.SEE_PROGRAMMES, get=200),
    "contacts:combine": Case(PROGRAMMES, post=302, args=lambda world: two_steps(world)),
    "contacts:separate": Case(PROGRAMMES, post=302, args=lambda world: two_steps(world)),
    "imports:runs": Case(
        Permission.IMPORT, get=200, post=302, data=lambda world: {"file": SimpleUploadedFile("a.csv", b"VIN\n1\n")}
    ),
    "imports:run": Case(Permission.IMPORT, get=200, args=pk_of("run")),
    "imports:perform": Case(Permission.IMPORT, post=302, args=pk_of("run")),
    "imports:choose": Case(
        Permission.IMPORT, post=302, args=pk_of("run"), data=lambda world: {"kind": "workshop_visit", "header_line": 2}
    ),
    "imports:discard": Case(Permission.IMPORT, post=302, args=pk_of("run")),
    "imports:undo": Case(Permission.IMPORT, get=200, post=409, args=pk_of("run")),
    "imports:remarks": Case(Permission.IMPORT, get=200, args=pk_of("run")),
    "imports:settle": Case(
        Permission.IMPORT, post=302, args=pk_of("run"), data=lambda world: {"remark": world["remark"].pk}
    ),
    "imports:reopen": Case(Permission.IMPORT, post=302, args=lambda world: {"pk": world["run"].pk, "stamp": 7}),
    "imports:refused_csv": Case(Permission.IMPORT, get=200, args=pk_of("run")),
    "imports:refused_xlsx": Case(Permission.IMPORT, get=200, args=pk_of("run")),
    "imports:keep_mapping": Case(
        Permission.IMPORT, post=302, args=pk_of("run"), data=lambda world: {"name": "Nuestro"}
    ),
    "imports:mappings": Case(Permission.IMPORT, get=200),
    "imports:mapping": Case(
        Permission.IMPORT, get=200, post=302, args=pk_of("mapping"), data=lambda world: {"name": "Otro"}
    ),
    "imports:delete_mapping": Case(Permission.IMPORT, post=302, args=pk_of("mapping")),
    "desk:today": Case(get=200),
    "desk:week": Case(SEE, get=200),
    "desk:call": Case(CALL, get=200, args=pk_of("task")),
    "desk:customer": Case(SEE, get=200, args=pk_of("customer")),
    "desk:vehicle": Case(SEE, get=200, args=pk_of("vehicle")),
    "desk:visit": Case(SEE, get=200, args=pk_of("visit")),
    "desk:group": Case(Permission.OVERSEE, get=200),
    "desk:live": Case(Permission.REASSIGN, get=200),
    "desk:forecast": Case(TASKS, get=200),
    "desk:more": Case(get=200),
    "desk:style": Case(get=200),
}
CASES = ACCOUNT | NETWORK | WORK
PUBLIC = sorted(name for name, case in CASES.items() if case.public)
GUARDED = sorted(name for name, case in CASES.items() if not case.public)
RIGHTS_NEEDED = sorted(name for name, case in CASES.items() if case.right)


def with_the_right(right: Permission | None) -> Role:
    """The smallest role that has it."""
    if right is None:
        return Role.EMPLOYEE
    return min((role for role in Role if right in RIGHTS[role]), key=lambda role: len(RIGHTS[role]))


def without_the_right(right: Permission) -> Role:
    """The mightiest role that lacks it."""
    return max((role for role in Role if right not in RIGHTS[role]), key=lambda role: len(RIGHTS[role]))


def addresses(resolver: Any = None, namespace: str = "") -> Iterator[str]:
    """The name of every pattern that can be reached."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        else:
            assert isinstance(entry, URLResolver)
            yield from addresses(entry, f"{entry.namespace}:" if entry.namespace else namespace)


@pytest.fixture
def world(norte: Dealership, now: datetime) -> World:
    """One of each thing of a house; `me` is whoever the story puts there."""
    Dealership.objects.filter(pk=norte.pk).update(trade_name="Autos Quiroga")
    me = cast.person("Yo Misma", None, None)
    agent = cast.person("Ana Quiroga", Role.CS_SPECIALIST, norte)
    task = cast.due(
        norte, date(2026, 3, 2), at=now, customer_name="Ximena Quiroga", plate="QRX-777", phones="614 867 5309"
    )
    first = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(first, by=me, at=now)
    attempt = calling.keep(
        first,
        Answer(
            outcome=Outcome.REACHED,
            grade="dissatisfied",
            finding_kind="shortcoming",
            finding_text="Quiroga: el coche llegó sucio.",
            remedy_owner=me,
            points=[Heard(kind="complaint", text="Quiroga: el coche llegó sucio.")],
        ),
        fence=first.fence,
        by=me,
        at=now,
    )
    left_out = cast.due(norte, date(2026, 3, 2), at=now)
    queue.claim(left_out, by=me, at=now)
    deciding.leave_out(left_out, "Quiroga: ya se quejó.", by=me, at=now)
    queue.claim(task, by=me, at=now)
    customer = task.customer
    FileRule.objects.create(
        dealership=norte, triggers=["vehicle_delivery"], required=["name"], live_on=date(2026, 4, 1), sources={}
    )
    quiroga, quirogga, former = (
        cast.deliver(norte, date(2026, 3, 2), at=now, customer_name=f"Quiroga {name}").customer
        for name in ("Inés", "Ynés", "Inez")
    )
    other_step = _another_programme(norte, me, at=now)
    kind, service = _next_service(norte, customer, at=now)
    Vehicle.objects.filter(tasks=task).update(next_service_on=date(2026, 3, 20))
    return {
        "other_step": other_step,
        "kind": kind,
        "service": service,
        "step_version": other_step.versions.get(),
        "programme_version": other_step.programme.versions.get(),
        "me": me,
        "agent": agent,
        "absence": Absence.objects.create(
            dealership=norte, user=agent, from_on=date(2026, 3, 9), to_on=date(2026, 3, 13)
        ),
        "point": customer.contact_points.get(),
        "ownership": customer.ownerships.get(),
        "consent": Consent.objects.create(
            dealership=norte,
            customer=customer,
            channel="phone",
            purpose="survey",
            text_version="Quiroga 1",
            source="paper",
            given_on=date(2026, 3, 1),
        ),
        "rest": CustomerRestHours.objects.create(dealership=norte, customer=customer, starts=time(14), ends=time(16)),
        "file": CustomerFile.objects.create(
            dealership=norte,
            customer=customer,
            visit=task.visit,
            began_on=date(2026, 3, 2),
            due_on=date(2026, 3, 4),
        ),
        "upkeep": Upkeep.objects.create(
            dealership=norte, customer=customer, kind="find_number", about="8675309", opened_at=now
        ),
        "house": norte,
        "pair": Duplicate.objects.create(
            dealership=norte, one=quiroga, other=quirogga, score=50, reasons=["phone"], found_at=now
        ),
        "merge": merging.merge(first.customer, former, {}, by=me, at=now),
        "task": task,
        "customer": customer,
        "vehicle": task.vehicle,
        "visit": task.visit,
        "attempt": attempt,
        "left_out": left_out,
        "remedy": attempt.findings.get().remedy,
        "talking": attempt.record.points.get(),
        "manager": cast.person("Omar Quiroga", Role.COMMERCIAL_MANAGER, norte),
        "programme": task.step.programme,
        "step": task.step,
        **_plans(norte, me, customer, at=now),
        **_registers(norte, me, agent, customer, at=now),
        **_imports(norte, now),
        "hours": OpeningHours.objects.create(dealership=norte, weekday=6, opens=time(8), closes=time(9)),
        "department": Department.objects.create(dealership=norte, kind="sales", name="Ventas Quiroga"),
        "announcement": Announcement.objects.create(dealership=norte, kind="advice", title="Quiroga", text="Quiroga"),
        "colleague": cast.person("Rosa Quiroga", Role.EMPLOYEE, norte),
    }


def _next_service(house: Dealership, customer: Customer, *, at: datetime) -> tuple[ServiceKind, NextService]:
    """A kind of next service, and one that is planned."""
    kind = ServiceKind.objects.create(
        dealership=house, code="quiroga", names={"en": "Quiroga service"}, rule=ServiceKind.Rule.MAINTENANCE
    )
    planned = NextService.objects.create(
        dealership=house, customer=customer, kind=kind, content="Quiroga", planned_on=date(2026, 3, 30), at=at
    )
    return kind, planned


def _plans(house: Dealership, me: User, customer: Customer, *, at: datetime) -> World:
    """A plan under way in which `me` has a customer, one before the leader, and a sale of hers."""
    caller = cast.person("Eva Quiroga", Role.CS_SPECIALIST, house)
    plan, submitted = (
        plans.make(
            Plan(dealership=house, name=name, mode="visit", made_by=caller, from_on=at.date(), to_on=at.date()),
            [Candidate(customer)],
            takers=[me],
            by_owner=False,
            at=at,
        )
        for name in ("Quiroga 1", "Quiroga 2")
    )
    plans.write(submitted.targets.get(), plans.Record(result="not_reached"), by=me, at=at)
    plans.submit(submitted, by=caller, at=at)
    sale = cast.deliver(house, date(2026, 3, 2), at=at)
    Visit.objects.filter(pk=sale.pk).update(consultant=me)
    return {"plan": plan, "submitted": submitted, "target": plan.targets.get(), "caller": caller, "sale": sale}


def _registers(house: Dealership, me: User, agent: User, customer: Customer, *, at: datetime) -> World:
    """A call that `me` wrote down and what came of it, one of the agent's, a letter; the preset of the forms."""
    presets.activate("after_sales_phone", house, go_live_on=date(2030, 1, 1))
    Programme.objects.filter(dealership=house, code="next_service").update(go_live_on=date(2026, 1, 1))
    asked: World = {"kind": "complaint", "summary": "Quiroga", "words": "Ximena se queja.", "customer": customer}
    mine, hers = (
        inbound.keep(inbound.Talk(key=by.name, owner=agent, **asked), house, by=by, at=at) for by in (me, agent)
    )
    asked |= {"customer": None, "caller": "Ximena", "answer": "Quiroga"}
    unknown, recognised = (
        inbound.keep(inbound.Talk(key=key, **asked), house, by=agent, at=at) for key in ("unknown", "recognised")
    )
    recognising.recognise(recognised, customer, by=agent, at=at)
    request = Request.objects.get(record=mine)
    Request.objects.filter(pk=request.pk).update(owner=me)
    text = {"kind": "reply", "addressee": "Ximena Quiroga", "subject": "QRX-777", "text": "Estimada Ximena"}
    letter = Letter(dealership=house, customer=customer, language="es", key="a letter", **text)
    return {
        "record": mine,
        "agents_record": hers,
        "unknown": unknown,
        "recognised": recognised,
        "request": request,
        "letter": letters.issue(letter, by=me, at=at),
        "letter_template": LetterTemplate.objects.create(
            dealership=house, kind="reply", name="Quiroga", subject="Quiroga", text="{customer}", changed_at=at
        ),
    }


def _imports(house: Dealership, now: datetime) -> World:
    """A rehearsed file with a doubtful row, and how its columns were saved."""
    names = ["Cliente", "Quiroga"]
    run = Run.objects.create(
        dealership=house,
        name="entregas Quiroga.csv",
        path="imports/nowhere.csv",
        state="rehearsed",
        uploaded_at=now,
        kind="vehicle_delivery",
        reading={"columns": [{"name": name, "field": "", "samples": [name]} for name in names], "header_line": 1},
    )
    facts = {"run": run, "dealership": house, "line": 2, "column": "Quiroga", "value": "QRX-777", "who": "Ximena"}
    RefusedLine.objects.create(run=run, dealership=house, line=3, cells=["Ximena", "8675309"])
    return {
        "run": run,
        "remark": Remark.objects.create(refused=False, code="vin_length", **facts),
        "mapping": Mapping.objects.create(dealership=house, name="Quiroga", header=names),
    }


def _another_programme(house: Dealership, by: User, *, at: datetime) -> ProgrammeStep:
    """A second programme, switched off, that was changed once."""
    presets.activate("mazda_chile", house, go_live_on=date(2026, 1, 1))
    step = ProgrammeStep.objects.get(dealership=house, code__startswith="mazda_chile")
    editing.change(step, {"window_to": 6, "names": {"en": "Quiroga follow-up"}}, by=by, at=at)
    editing.change_programme(step.programme, {"active": False}, by=by, at=at)
    return step


def employ(world: World, *roles: Role, place: Dealership | None = None) -> User:
    me: User = world["me"]
    for role in roles:
        me.roles.create(role=role, dealership=place or world["house"])
    return User.objects.get(pk=me.pk)


def ask(client: Client, method: str, name: str, world: World) -> HttpResponse:
    case = CASES[name]
    path = reverse(name, kwargs=case.args(world))
    return read_whole(client.post(path, case.data(world)) if method == "post" else client.get(path))


def read_whole(response: Any) -> HttpResponse:
    """A file that is sent piece by piece, as one; else it would stay open."""
    if response.streaming:
        return HttpResponse(b"".join(response.streaming_content), status=response.status_code)
    return response  # type: ignore[no-any-return]


def methods(name: str) -> list[str]:
    case = CASES[name]
    return [method for method, status in (("get", case.get), ("post", case.post)) if status is not None]


def names_a_row(args: World) -> bool:
    """Whether an address is of one row, by its number, and not of whatever stands in one's own house."""
    return any(isinstance(value, int) for value in args.values())


def reads_a_secret(response: HttpResponse) -> list[str]:
    return [word for word in SECRETS if word in response.content.decode()]


def test_every_address_has_a_case_here() -> None:
    assert sorted(set(addresses())) == sorted(CASES)


def test_every_view_that_asks_for_a_right_asks_for_the_one_in_its_case() -> None:
    found = {}
    for name in addresses():
        path = reverse(name, kwargs=CASES[name].args(_Anything()))
        found[name] = getattr(get_resolver().resolve(path).func, "permission", None)
    assert found == {name: None if case.wrong == 404 else case.right for name, case in CASES.items()}


class _Anything(dict[str, Any]):
    def __missing__(self, key: str) -> Any:
        return _Row()


class _Row:
    pk = one_id = other_id = 1

    @property
    def roles(self) -> "_Row":
        return self

    def get(self) -> "_Row":
        return self


@pytest.mark.parametrize("name", GUARDED)
def test_who_did_not_sign_in_is_sent_to_the_sign_in(client: Client, world: World, name: str) -> None:
    path = reverse(name, kwargs=CASES[name].args(world))

    seen, sent = ask(client, "get", name, world), ask(client, "post", name, world)

    assert (seen.status_code, seen.headers["Location"]) == (302, f"{SIGN_IN}?next={path}")
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{SIGN_IN}?next=/")


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_open_to_everybody_tells_nothing_of_a_house(client: Client, world: World, name: str) -> None:
    answers = {method: ask(client, method, name, world) for method in ("get", "post")}

    assert {method: answer.status_code for method, answer in answers.items()} == CASES[name].public
    assert [reads_a_secret(answer) for answer in answers.values()] == [[], []]


@pytest.mark.parametrize("name", sorted(CASES))
def test_who_has_no_role_sees_nothing(
    outsider: User, world: World, as_user: Callable[[User], Client], name: str
) -> None:
    browser, case = as_user(outsider), CASES[name]

    for method in methods(name):
        answer = ask(browser, method, name, world)
        if case.right:
            assert answer.status_code == case.wrong
        elif name == "network:stand":
            assert answer.status_code == 404
        assert reads_a_secret(answer) == []


@pytest.mark.covers("S0-P.2")
@pytest.mark.parametrize("name", sorted(NETWORK | WORK))
def test_for_a_neighbour_nothing_of_the_house_exists(
    jingbei: Dealership, world: World, as_user: Callable[[User], Client], name: str
) -> None:
    case = CASES[name]
    about_the_house = names_a_row(case.args(world)) or name == "network:stand"
    # She may do everything, but next door.
    neighbour = cast.person("邻居", None, None)
    for role in Role:
        neighbour.roles.create(role=role, dealership=jingbei)
    browser = as_user(neighbour)

    for method in methods(name):
        answer = ask(browser, method, name, world)
        if about_the_house:
            assert answer.status_code == 404
        assert reads_a_secret(answer) == []


@pytest.mark.parametrize("name", RIGHTS_NEEDED)
def test_the_wrong_role_is_refused(world: World, as_user: Callable[[User], Client], name: str) -> None:
    right = CASES[name].right
    assert right
    browser = as_user(employ(world, without_the_right(right)))

    for method in methods(name):
        assert ask(browser, method, name, world).status_code == CASES[name].wrong


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_right_role_is_let_in(
    world: World, as_user: Callable[[User], Client], settings: Any, tmp_path: Any, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case = CASES[name]
    browser = as_user(employ(world, with_the_right(case.right)))

    answers = [ask(browser, method, name, world).status_code for method in ("get", "post")]

    assert answers == [case.get or 405, case.post or 405]


@pytest.mark.parametrize("name", sorted(name for name in NETWORK | WORK if names_a_row(CASES[name].args(_Anything()))))
def test_a_number_that_is_nobodys_is_not_found(world: World, as_user: Callable[[User], Client], name: str) -> None:
    case = CASES[name]
    browser = as_user(employ(world, *Role))

    for number, method in product([0, 2**31, 2**63, 10**40], methods(name)):
        args = {key: number if isinstance(value, int) else value for key, value in case.args(world).items()}
        path = reverse(name, kwargs=args)
        answer = browser.post(path, case.data(world)) if method == "post" else browser.get(path)
        assert (number, answer.status_code) == (number, 404)


@pytest.mark.parametrize("name", sorted(name for name in CASES if "post" in methods(name)))
def test_nonsense_that_is_sent_never_breaks_anything(
    world: World, as_user: Callable[[User], Client], settings: Any, tmp_path: Any, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case = CASES[name]
    me = employ(world, *Role)
    browser, path = as_user(me), reverse(name, kwargs=case.args(world))
    browser.raise_request_exception = False

    def send(data: World) -> int:
        savepoint = transaction.savepoint()
        status = read_whole(browser.post(path, data)).status_code
        transaction.savepoint_rollback(savepoint)
        browser.force_login(me)
        return status

    assert send({}) < 500
    for field_name, junk in product([*case.data(world), *FIELDS.get(name, [])], NONSENSE):
        assert (field_name, junk[:40], send({**case.data(world), field_name: junk}) < 500) == (
            field_name,
            junk[:40],
            True,
        )


NONSENSE = ("", "\0", "abc", "-1", "9" * 40, "1e9", "<script>", "0001-01-01", "0001-01-01T00:00", "24:61", "é" * 30_000)
#: Further fields that a hostile hand could fill.
FIELDS: dict[str, list[str]] = {
    "language": ["language", "next"],
    "account_login": ["login", "password", "next"],
    "account_reset_password": ["email"],
    "account_change_password": ["oldpassword", "password1", "password2"],
    "network:new_dealership": ["code", "time_zone", "country", "currency", "locale"],
    "network:dealership": ["time_zone", "country", "currency", "locale", "brands", "trade_name"],
    "network:preferences": ["theme", "single_keys"],
    "network:departments": ["head", "function", "department", "user"],
    "network:person": ["department", "phone", "position"],
    "network:leave": ["heir", "on"],
    "customers:edit": ["birth_date", "sex", "family_name", "address", "version", "source"],
    "customers:garage": ["vin", "model_year", "cycle_months", "next_service_on"],
    "customers:vehicle": ["vin", "model_year", "model"],
    "customers:consultation": ["vehicle"],
    "customers:rule": ["known"],
    "contacts:outcome": [
        "grade",
        "words",
        "call_back_at",
        "started_at",
        "finding_kind",
        "finding_text",
        "remedy_owner",
        "told",
        "not_obtained",
        "spoken_further",
        *(f"point_1_{name}" for name in ("kind", "about", "text", "answer", "wanted_on")),
    ],
    "contacts:announcements": ["from_on", "to_on", "held_on", "address", "concerns", "kind"],
    "contacts:announcement": ["from_on", "retired"],
    "imports:choose": ["encoding", "delimiter", "dates", "decimal", "family_first", "source_note", "column_0"],
    "imports:settle": ["column", "code", "within"],
    "contacts:step": ["preview", "back", "version", "satisfied_by", "names_en", "script_greeting_es"],
    "contacts:programme": ["preview", "back", "version", "names_ru"],
    "contacts:activate": ["preview"],
    "contacts:combine": ["narrow"],
    "contacts:plan_service": ["vehicle", "content", "proposal"],
    "contacts:call_plan": ["clock", "further", "notes"],
    "contacts:service_kinds": ["rule", "advertises", "name_zh"],
    "contacts:service_kind": ["retired", "name_ru"],
    "contacts:add_duty": ["performer", "user", "substitute", "from_on", "to_on"],
    "contacts:edit_duty": ["substitute"],
    "contacts:reassign": ["giver", "performer", "until"],
    "contacts:new_plan": ["material", "takers", "how"],
    "contacts:share_plan": ["giver"],
    "contacts:review_plan": ["back"],
    "contacts:target": ["words", "visit_at"],
    "contacts:hand_over": ["stay"],
    "contacts:plan_task": ["further"],
    "contacts:inbound": ["customer", "vehicle", "phone", "owner", "started_at", "summary"],
    "contacts:write_letter": ["vehicle", "address", "event", "language"],
    "contacts:close_request": ["told_by"],
    "contacts:inspect_record": ["finding"],
}


@pytest.mark.parametrize("name", sorted(name for name in CASES if CASES[name].get == 200))
def test_nonsense_in_an_address_never_breaks_a_page(world: World, as_user: Callable[[User], Client], name: str) -> None:
    browser = as_user(employ(world, *Role))
    browser.raise_request_exception = False
    path = reverse(name, kwargs=CASES[name].args(world))

    for junk in ("", "\0", "abc", "-1", "9" * 40, "a:b:c", "%", "\\", "é" * 3000):
        for asked in (
            ("q", "after", "shows", "of", "next", "lacks", "kind", "field", "customer", "language", "state", "column"),
            ("after", "name", "visit_from", "consultant", "cols", "sort", "preset"),
            ("first", "last", "by", "programme", "kind", "members", "step", "shows", "mode", "model", "member"),
            ("of", "first", "kind", "after"),
            ("late", "about", "department", "owner"),
        ):
            given = dict.fromkeys(asked, junk)
            assert (junk, browser.get(path, given).status_code < 500) == (junk, True)
