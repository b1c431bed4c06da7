"""A script is heard from end to end before it is spoken: in each language, before a preset is taken up and after."""

from collections.abc import Callable
from datetime import date, datetime

from django.test import Client
from django.urls import reverse

from clientela.contacts import presets, rehearsing
from clientela.contacts.models import ProgrammeStep
from clientela.network.models import Dealership, User
from tests import cast

AsUser = Callable[[User], Client]


def heard(step: ProgrammeStep, language: str) -> dict[str, str]:
    [call] = [call for call in rehearsing.of_step(step, step.script) if call.language == language]
    return {sentence.when: sentence.text for sentence in call.sentences}


def test_a_call_is_heard_in_the_order_in_which_it_is_spoken(norte: Dealership) -> None:
    presets.activate("mazda_chile", norte, go_live_on=date(2030, 1, 1))
    step = ProgrammeStep.objects.select_related("programme").filter(code__startswith="mazda_chile").first()
    assert step

    spoken = heard(step, "es")

    assert list(spoken) == [
        "Greeting",
        "Thanks after a delivery",
        "Thanks after a workshop visit",
        "Question after a delivery",
        "Question after a workshop visit",
        "If she is satisfied",
        "If she is dissatisfied",
        "Farewell",
        "Farewell to who was not satisfied",
    ]
    assert spoken["Greeting"].endswith("¿Tengo el gusto con la señora Martínez?")


def test_what_is_not_written_in_a_language_is_borrowed_and_said_to_be(norte: Dealership) -> None:
    step = ProgrammeStep.objects.select_related("programme").get()
    [russian] = [
        call
        for call in rehearsing.of_step(step, {"greeting": {"en": "Hello {customer}", "ru": ""}})
        if call.language == "ru"
    ]

    assert [(sentence.text, sentence.is_borrowed) for sentence in russian.sentences] == [("Hello Пётр Иванович", True)]


def test_a_manager_hears_the_call_before_she_saves_it(
    norte: Dealership, mariana: User, now: datetime, as_user: AsUser
) -> None:
    step = ProgrammeStep.objects.select_related("programme").get()
    sent = cast.form_of(step) | {"script_farewell_zh": "{customer}，下次见！", "preview": "1"}

    page = as_user(mariana).post(reverse("contacts:step", args=[step.pk]), sent).text

    assert '<span class="voice" lang="zh" translate="no">欧阳女士，下次见！</span>' in page
    assert "After a consultation" not in page


def test_a_preset_is_heard_before_it_is_taken_up(norte: Dealership, mariana: User, as_user: AsUser) -> None:
    page = as_user(mariana).get("/contacts/programmes/activate/?preset=vehicle_sourcing").text

    assert "Насколько вы довольны автомобилем, который мы вам подобрали?" in page
