"""One contact for several steps: the strictest common window, or the reason why there is none."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clientela.contacts import combining, presets, windows
from clientela.contacts.models import ProgrammeStep, StepVersion
from clientela.contacts.windows import End, Window
from clientela.lib.refusal import Refusal
from clientela.network.models import Dealership, User

AsUser = Callable[[User], Client]
GM = "gm_mexico_prc.follow_up_delivery.call_1"
MAZDA = "mazda_chile.thanks_and_help.call_1"
PHONE = "after_sales_phone.after_sales_follow_up.call_1"
CARE = "china_4s.care_call.call_1"
CONSULTANT = "china_4s.sales_follow_up.call_1"
OFFICER = "china_4s.sales_follow_up.call_2"
SOURCING = "vehicle_sourcing.after_hand_over.call_1"
SECOND_SOURCING = "vehicle_sourcing.after_hand_over.call_2"


@pytest.fixture
def all_presets(norte: Dealership) -> Dealership:
    for code in presets.available():
        presets.activate(code, norte, go_live_on=date(2026, 1, 1))
    return norte


def steps(*codes: str) -> list[ProgrammeStep]:
    found = {step.code: step for step in ProgrammeStep.objects.select_related("programme")}
    return [found[code] for code in codes]


@pytest.mark.parametrize(
    ("codes", "window", "opens", "closes"),
    [
        # The acceptance list: GM and the Chinese 4S share day 3 only; GM and the consultant its own days.
        ([GM, CARE], "day 3 exactly", date(2026, 3, 5), date(2026, 3, 5)),
        ([GM, CONSULTANT], "day 3 to day 5", date(2026, 3, 5), date(2026, 3, 7)),
        # C-1: of everything but sourcing, day 3 exactly.
        ([GM, PHONE, CARE, CONSULTANT], "day 3 exactly", date(2026, 3, 5), date(2026, 3, 5)),
        ([PHONE, CONSULTANT], "day 3 to day 7", date(2026, 3, 5), date(2026, 3, 9)),
    ],
)
def test_the_strictest_common_window_is_offered(
    all_presets: Dealership, codes: list[str], window: str, opens: date, closes: date
) -> None:
    verdict = combining.verdict(*steps(*codes))

    assert (verdict.refusals, str(verdict.window)) == ((), window)
    assert verdict.days(date(2026, 3, 2)) == (opens, closes)


FIRST = "“First call by the consultant” of “Follow-up after a sale”"
SECOND = "“Second call by the information officer” of “Follow-up after a sale”"
THANKS = "“First follow-up” of “Thanks after purchase or service”"
FOLLOW_UP = "“First follow-up” of “Follow-up after delivery”"
WEEK = "“Call after a week” of “After the hand-over”"
MONTHS = "“Call after one and a half to two months” of “After the hand-over”"
NO_DAY = "No day lies in every window:"


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ([GM, SOURCING], f"{NO_DAY} {FOLLOW_UP} (day 3 to day 5), {WEEK} (day 7 exactly)."),
        ([CONSULTANT, OFFICER], f"{NO_DAY} {FIRST} (day 1 to day 7), {SECOND} (day 8 to 1 month)."),
        ([OFFICER, SECOND_SOURCING], f"{NO_DAY} {SECOND} (day 8 to 1 month), {MONTHS} (day 45 to 2 months)."),
        ([MAZDA, CONSULTANT], f"{FIRST} asks about what {THANKS} must not ask about: quality of the vehicle."),
        ([OFFICER, CONSULTANT], f"{SECOND} must be made by another person than {FIRST}."),
    ],
)
def test_what_cannot_be_combined_is_refused_with_the_reason(
    all_presets: Dealership, mariana: User, now: datetime, codes: list[str], reason: str
) -> None:
    first, second = steps(*codes)

    assert reason in combining.verdict(first, second).refusals
    if combining.meet(first, second):
        with pytest.raises(Refusal):
            combining.combine(first, second, narrow=False, by=mariana, at=now)
    assert StepVersion.objects.count() == 0


def test_without_a_channel_in_common_nothing_is_combined(all_presets: Dealership, mariana: User, now: datetime) -> None:
    ProgrammeStep.objects.filter(code=CARE).update(channels=["letter", "sms"])
    first, second = steps(GM, CARE)

    with pytest.raises(
        Refusal, match=r"They have no channel in common: .*\(phone, e-mail, in person\), .*\(letter, te"
    ):
        combining.combine(first, second, narrow=False, by=mariana, at=now)


def test_who_performs_them_is_said_as_a_condition(all_presets: Dealership) -> None:
    verdict = combining.verdict(*steps(GM, CARE))

    assert verdict.is_possible
    assert verdict.warnings == (
        "One contact only if the same person holds these roles: Customer Representative, Customer service specialist.",
    )
    assert combining.verdict(*steps(GM, MAZDA)).warnings == ()
    assert verdict.channels == ("phone",)


def test_contacts_that_count_from_different_days_never_meet(
    all_presets: Dealership, mariana: User, now: datetime
) -> None:
    first, second = steps(GM, "after_sales_phone.after_sales_follow_up.call_2")

    assert not combining.meet(first, second)
    with pytest.raises(Refusal, match="These two contacts never follow the same visit"):
        combining.combine(first, second, narrow=False, by=mariana, at=now)
    with pytest.raises(Refusal, match="never follow the same visit"):
        combining.combine(first, first, narrow=False, by=mariana, at=now)


@pytest.mark.parametrize("narrow", [False, True])
def test_combined_each_counts_the_other_and_separated_no_more(
    all_presets: Dealership, mariana: User, now: datetime, narrow: bool
) -> None:
    gm, care = steps(GM, CARE)

    verdict = combining.combine(gm, care, narrow=narrow, by=mariana, at=now)

    gm, care = steps(GM, CARE)
    assert (verdict.is_combined, gm.satisfied_by, care.satisfied_by) == (True, [CARE], [GM])
    kept = [(5, 3), (3, 3)][narrow]
    assert (gm.window_to, care.window_to) == kept
    assert (gm.version, care.version) == (2, 2)

    combining.separate(gm, care, by=mariana, at=now)

    gm, care = steps(GM, CARE)
    assert (gm.satisfied_by, care.satisfied_by, gm.version) == ([], [], 3)


def test_the_page_lists_every_pair_with_its_verdict_and_combines(
    all_presets: Dealership, mariana: User, as_user: AsUser
) -> None:
    browser, address = as_user(mariana), reverse("contacts:combinations")

    def shown(**filters: str) -> list[tuple[str, str]]:
        return [
            (pair.steps[0].code, pair.steps[1].code) for pair, _days in browser.get(address, filters).context["pairs"]
        ]

    gm, care = steps(GM, CARE)
    assert (CARE, GM) in shown(shows="possible")
    assert (CONSULTANT, MAZDA) in shown(shows="refused")
    # A sale and a repair never meet.
    assert not {(CONSULTANT, "china_4s.service_follow_up.call_1")} & set(shown())

    answer = browser.post(reverse("contacts:combine", args=[care.pk, gm.pk]), {"narrow": "on"}, follow=True)

    assert "Combined. One contact can count for both." in answer.content.decode()
    assert shown(shows="combined") == [(CARE, GM)]
    assert steps(GM)[0].window_said == "day 3 to 3"
    browser.post(reverse("contacts:separate", args=[care.pk, gm.pk]))
    assert shown(shows="combined") == []


def test_a_refused_combination_is_answered_with_its_reason(
    all_presets: Dealership, mariana: User, as_user: AsUser
) -> None:
    mazda, consultant = steps(MAZDA, CONSULTANT)

    answer = as_user(mariana).post(reverse("contacts:combine", args=[mazda.pk, consultant.pk]))

    assert answer.status_code == 409
    assert "must not ask about: quality of the vehicle." in answer.content.decode()


def test_a_preset_says_before_it_is_taken_up_what_clashes(norte: Dealership, mariana: User, as_user: AsUser) -> None:
    presets.activate("mazda_chile", norte, go_live_on=date(2026, 1, 1))

    page = as_user(mariana).get(reverse("contacts:activate"), {"preset": "china_4s"})

    clashes = [one for one in page.context["clashes"] if FIRST in one]
    assert clashes == [f"{FIRST} asks about what {THANKS} must not ask about: quality of the vehicle."]
    assert ProgrammeStep.objects.filter(code__startswith="china").count() == 0


# Arithmetic -------------------------------------------------------------------------------------------------

DAY = st.dates(date(2019, 1, 1), date(2031, 12, 31))
ENDS = st.builds(End, st.integers(0, 70), st.just("calendar_day")) | st.builds(End, st.integers(0, 3), st.just("month"))
WINDOWS = st.builds(Window, ENDS, ENDS)


@given(WINDOWS, DAY)
def test_a_window_that_passes_never_closes_before_it_opens(window: Window, anchor: date) -> None:
    days = window.on(anchor)

    assert days
    if not windows.Days(0).closes_first(window):
        assert days[0] <= days[1]


@given(st.lists(WINDOWS, min_size=2, max_size=4), DAY)
def test_the_common_window_lies_within_all_of_them_on_every_day(given_windows: list[Window], anchor: date) -> None:
    common = windows.Days(0).common(given_windows)
    if common is None:
        return
    days: Any = common.on(anchor)

    assert days[0] <= days[1]
    for window in given_windows:
        own: Any = window.on(anchor)
        assert own[0] <= days[0]
        assert days[1] <= own[1]


@given(st.lists(st.builds(Window, *[st.builds(End, st.integers(0, 9), st.just("calendar_day"))] * 2), min_size=2))
def test_of_days_the_common_window_is_all_that_they_share(given_windows: list[Window]) -> None:
    shared = [n for n in range(10) if all(one.opens.number <= n <= one.closes.number for one in given_windows)]
    common = windows.Days(0).common(given_windows)

    assert (common is None) == (shared == [])
    if common:
        assert (common.opens.number, common.closes.number) == (shared[0], shared[-1])
