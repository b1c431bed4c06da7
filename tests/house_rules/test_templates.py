"""What the templates may hold: words, names of things, and nothing that the Content-Security-Policy forbids."""

import re
from pathlib import Path

import pytest

from tests.house_rules.source import named, templates

DJANGO = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
TAG = re.compile(r"<[a-z][^<>]*>", re.IGNORECASE)
ATTRIBUTE_CODE = re.compile(r"\s(?:style|on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE)
INLINE_ELEMENT = re.compile(r"<style\b|<script\b(?![^>]*\bsrc=)", re.IGNORECASE)
POST_FORM = re.compile(r"<form\b[^>]*method=\"post\"[^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_template_has_no_inline_style_or_script(path: Path) -> None:
    html = DJANGO.sub("x", path.read_text(encoding="utf-8"))

    assert [tag for tag in TAG.findall(html) if ATTRIBUTE_CODE.search(tag)] == []
    assert INLINE_ELEMENT.findall(html) == []


@pytest.mark.parametrize("path", [path for path in templates() if 'method="post"' in path.read_text()], ids=named)
def test_every_form_that_posts_carries_its_token(path: Path) -> None:
    bodies = POST_FORM.findall(path.read_text(encoding="utf-8"))

    assert bodies != []
    assert [body for body in bodies if "{% csrf_token %}" not in body] == []


#: A key of a thousand or more would be written “1,000”.
BARE_KEY = re.compile(r"[\"'-]\{\{ [a-z_.]*(?:\bpk|(?<!auto)_id) \}\}")


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_key_is_written_without_separators(path: Path) -> None:
    assert BARE_KEY.findall(path.read_text(encoding="utf-8")) == []
