"""The one exception for "the business says no"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Refusal(Exception):  # noqa: N818 a refusal is no error
    """What was asked for is not allowed; the message is a whole sentence that a user reads.

    A lazy translation is spoken in the language of whoever asks for the sentence.
    """

    def __init__(self, sentence: StrOrPromise) -> None:
        super().__init__(sentence)

    @property
    def sentence(self) -> str:
        return str(self)
