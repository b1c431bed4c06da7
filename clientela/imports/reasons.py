"""Refusals with a code, for the machine that stores them, and a sentence, for the person who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clientela.lib.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise


class CodedRefusal(Refusal):
    """Stored as code and facts (which JSON can hold), it can be said later, to anyone, in any language."""

    sentences: ClassVar[Mapping[str, StrOrPromise]]
    #: Facts that are said in words: the month 2 is February.
    words: ClassVar[Mapping[str, Mapping[Any, StrOrPromise]]] = {}

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        said = {fact: self.words.get(fact, {}).get(value, value) for fact, value in self.facts.items()}
        return str(self.sentences[self.code]) % said
