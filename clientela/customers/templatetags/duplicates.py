"""Words for the reasons of duplicates, and marks on what was found."""

import re
from datetime import date
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clientela.customers.models import Customer, Duplicate
from clientela.lib.names import HAN, search_key
from clientela.network.templatetags.clientela import figures

register = template.Library()


@register.filter
def reason_word(code: str) -> str:
    return str(Duplicate.Reason(code).label)


@register.filter
def file_value(value: Any, name: str) -> SafeString:
    """A field's value as one reads it: choices in words, days in figures, nothing as a dash."""
    field: Any = Customer._meta.get_field(name)
    if isinstance(value, bool):
        return conditional_escape(_("yes") if value else _("no"))
    if isinstance(value, date):
        return conditional_escape(figures(value))
    words = dict(field.flatchoices).get(value) if field.flatchoices else dict(settings.LANGUAGES).get(value)
    if words or not value:
        return conditional_escape(words or "—")
    return format_html('<span translate="no">{}</span>', value)


@register.filter
def marked(name: str, words: list[str]) -> SafeString:
    """A name with the words marked that were looked for; in Chinese the characters."""
    pieces = re.split(r"([\s,]+)", name)
    return mark_safe("".join(_piece(piece, words) for piece in pieces))  # noqa: S308 each piece is escaped


@register.filter
def marked_part(value: str, term: str) -> SafeString:
    """A number or plate with what was typed marked, whatever stands between its signs."""
    signs = [re.escape(sign) for sign in term.upper() if sign.isalnum()]
    found = re.search(r"\W*".join(signs), value.upper()) if signs else None
    if not found or len(value) != len(value.upper()):
        return conditional_escape(value)
    start, end = found.span()
    return format_html("{}<mark>{}</mark>{}", value[:start], value[start:end], value[end:])


def _piece(piece: str, words: list[str]) -> str:
    if HAN.search(piece):
        for word in words:
            if word in piece:
                before, _, after = piece.partition(word)
                return format_html("{}<mark>{}</mark>{}", before, word, after)
    key = search_key(piece)
    if key and any(word in key for word in words):
        return format_html("<mark>{}</mark>", piece)
    return conditional_escape(piece)
