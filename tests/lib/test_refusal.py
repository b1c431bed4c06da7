from __future__ import annotations

from django.utils.functional import lazystr

from clientela.lib.refusal import Refusal


def test_a_refusal_says_its_sentence() -> None:
    refusal = Refusal("Someone else has just changed this customer.")
    assert refusal.sentence == str(refusal) == "Someone else has just changed this customer."


def test_a_lazy_sentence_is_spoken_when_asked_for() -> None:
    refusal = Refusal(lazystr("Ya está cerrado."))
    assert refusal.sentence == "Ya está cerrado."
    assert type(refusal.sentence) is str
