"""What stands beside a parameter is what its source says, word for word."""

from pathlib import Path

import pytest
import yaml

from clientela.contacts import presets, quotes
from clientela.contacts.models import Programme, ProgrammeStep
from clientela.network.models import Dealership

KNOWN = set((Path(__file__).parents[1] / "requirement_ids.txt").read_text().split())


@pytest.mark.parametrize("code", presets.available())
def test_every_source_that_a_preset_names_has_its_words(code: str) -> None:
    preset = yaml.safe_load((presets.FOLDER / f"{code}.yaml").read_text(encoding="utf-8"))
    named = {
        source
        for programme in preset["programmes"]
        for part in [programme, *programme["steps"]]
        for source in part["sources"].values()
    }

    assert len(named) > 1
    assert [source for source in named - {quotes.OURS} if quotes.of(source) is None] == []


def test_the_words_are_those_of_the_requirement_in_their_language() -> None:
    held = yaml.safe_load((presets.FOLDER / "sources" / "quotes.yaml").read_text(encoding="utf-8"))

    assert set(held) <= KNOWN
    assert {frozenset(row) for row in held.values()} == {frozenset({"quote", "english"})}
    for requirement, words, language in (
        ("S2-9.3", "Contactar dentro de los 3 a 5 días de la compra. Debe ser por teléfono", "es"),
        ("S3-P7", "Прозвон клиента через 1,5-2 месяца", "ru"),
        ("S4-3.2.4.3.3", "对三次电话回访均联系不上的顾客,信息员做好记录", "zh-Hans"),
    ):
        quote = quotes.of(requirement)
        assert quote
        assert (quote.words, quote.language) == (words, language)
    assert quotes.of(quotes.OURS) is None


def test_what_is_taken_up_can_be_compared_with_its_file(norte: Dealership) -> None:
    for code in presets.available():
        presets.activate(code, norte, go_live_on=norte.programmes.get(preset="gm_mexico_prc").go_live_on)

    for step in ProgrammeStep.objects.select_related("programme__dealership"):
        original = presets.original(step)
        assert original
        assert (original.window_to, original.script, original.sources) == (step.window_to, step.script, step.sources)
    for programme in Programme.objects.all():
        assert presets.original_programme(programme)
    lost = Programme(dealership=norte, preset="own", code="x")
    assert presets.original_programme(lost) is None
