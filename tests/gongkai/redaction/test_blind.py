"""Contacts in sentences written blind, each list before its own misses were looked at: what is masked of them now, and what is left alone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from gongkai.redaction.contacts import MASK, redact

HERE = Path(__file__).parent
LISTS = ("first", "second", "third", "fourth")
#: of all marked ones so many must be masked whole
RECALL = 0.95
_SIGNS = "{}"


def _lines(name: str) -> dict[str, list[str]]:
    return tomllib.loads((HERE / f"blind_{name}.toml").read_text(encoding="utf-8"))


def left(line: str) -> str:
    """The letters and digits between braces that are not masked."""
    masked = redact(re.sub("[{}]", "", line))
    found, inside, at = "", False, 0
    for c in line:
        if c in _SIGNS:
            inside = c == "{"
            continue
        if inside and c.isalnum() and masked[at] != MASK:
            found += c
        at += 1
    return found


@pytest.mark.parametrize("name", LISTS)
def test_contacts_in_sentences_of_any_form_are_masked(name: str) -> None:
    lines = [line for kind, found in _lines(name).items() if kind != "kept" for line in found]
    missed = [line for line in lines if left(line)]
    assert len(lines) >= 40
    assert len(missed) <= (1 - RECALL) * len(lines), missed


@pytest.mark.parametrize("name", LISTS[:3])
def test_numbers_names_and_places_that_are_no_contacts_stay(name: str) -> None:
    kept = _lines(name)["kept"]
    assert len(kept) == 60
    assert [redact(line) for line in kept] == kept


def test_what_is_left_is_seen() -> None:
    assert left("电话{0571-88001234}") == ""
    assert left("他叫{阿明}") == "阿明"
    assert left("号{公开}，电话{88001234}") == "公开"
