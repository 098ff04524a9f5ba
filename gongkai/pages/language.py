"""The language of a page: Chinese, English, or both side by side; words of the reports stay as they are printed."""

from __future__ import annotations

import locale
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup, escape

from corpus.errors import UsageError
from gongkai.pages import words as view
from gongkai.pages.issue_words import issue_zh
from gongkai.web.tongue import Tongue
from models.taxonomy import Taxonomy

CHOICES = ("zh", "en", "both")
_SAID = re.compile(rf'<html lang="[\w-]+" data-language="({"|".join(CHOICES)})">')
#: lists that the two places call by other names
_LISTS = {"check": "outcome"}


def system_language(given: Mapping[str, str] = os.environ) -> str:
    """``zh`` where the system speaks Chinese (``LC_ALL``, ``LC_MESSAGES``, ``LANG``; else what Windows says), ``en`` elsewhere."""
    said = next((given[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(name)), None)
    said = said or locale.getlocale()[0] or ""
    return "zh" if said.lower().startswith(("zh", "chinese")) else "en"


def language_of(page: Path) -> str | None:
    """The language that a page of ours was written in; ``None`` where it does not say."""
    with page.open(encoding="utf-8", errors="replace") as f:
        found = _SAID.search(f.read(500))
    return found[1] if found else None


def language(lang: str | None) -> str:
    """The language asked for, or the system's.

    Raises:
        UsageError: another word than :data:`CHOICES`.
    """
    if lang is None:
        return system_language()
    if lang not in CHOICES:
        raise UsageError(f"no page is written in {lang!r}", remedy=f"use --lang {', '.join(CHOICES[:-1])} or {CHOICES[-1]}")
    return lang


@dataclass(frozen=True, slots=True)
class Language:
    """How a page says things; ``own``: a user's own codes, which have Chinese names only."""

    code: str = "both"
    own: Taxonomy | None = field(default=None, repr=False)

    @property
    def html(self) -> str:
        """The value of ``lang`` in HTML."""
        return "zh-CN" if self.code == "zh" else "en"

    def __call__(self, en: str, zh: str) -> Markup:
        """A text of the page; where both stand the Chinese is marked as such."""
        if self.code != "both":
            return escape(zh if self.code == "zh" else en)
        return Markup('{} <span lang="zh-CN">{}</span>').format(en, zh)

    def plain(self, en: str, zh: str) -> str:
        """The same where no markup can stand."""
        return {"zh": zh, "en": en}.get(self.code, f"{en} {zh}")

    def one(self, en: str, zh: str) -> str:
        """A sentence or head that stands once: in English where both languages are asked for."""
        return zh if self.code == "zh" else en

    @property
    def mark(self) -> Markup:
        """The attribute of an element that holds the name of a code."""
        return Markup("" if self.code == "en" else ' lang="zh-CN"')

    def both(self, kind: str, code: str) -> Markup:
        """A code beside its Chinese name, or its name in one language."""
        return self(code if self.code == "both" else self.name(kind, code), view.zh(kind, code))

    def name(self, kind: str, code: str | None) -> str:
        """The name of a code of a closed list: Chinese unless the page is English."""
        if self.code != "en":
            return view.namer(self.own)(kind, code)
        own = None if self.own is None else self.own.zh
        return Tongue("en", own).name(_LISTS.get(kind, kind), code)

    def cell(self, code: str) -> str:
        """Row and column of a cell."""
        return self._tongue.cell(code)

    def issue(self, code: str, message: str) -> Markup:
        """The message of an issue: Chinese unless the page is English, and English behind it where both are asked for."""
        english = Markup('<span lang="en">{}</span>').format(view.clean(message))
        chinese = view.clean(message if self.code == "en" else issue_zh(code, message))
        if chinese == view.clean(message):
            return english
        return escape(chinese) if self.code == "zh" else escape(chinese) + " " + english

    def note(self, text: str) -> Markup:
        """What a comparison notes: Chinese on a Chinese page."""
        said = self._tongue.said(text) if self.code == "zh" else view.clean(text)
        return (
            Markup('<span lang="en">{}</span>').format(said) if self.code == "zh" and said == view.clean(text) else escape(said)
        )

    def check(self, check: str) -> str:
        """What a check compares."""
        return self._tongue.check(check)

    def head(self, text: str) -> str:
        """A heading of a form."""
        return self._tongue.head(text)

    def key(self, key: str) -> str:
        """The name of a grouping key."""
        return self._tongue.key(key)

    def table(self, table: str) -> str:
        """The name of a statutory table."""
        return Tongue("en").heading(f"table_{table}") if self.code == "en" else view.TABLES[table]

    def place(self, text: str) -> str:
        """``page 3``, ``line 12``, ``character 40`` as :func:`gongkai.pages.words.place_name` says them."""
        word, _, n = text.partition(" ")
        return _PLACES_ZH[word].format(n) if self.code == "zh" and word in _PLACES_ZH else text

    @property
    def _tongue(self) -> Tongue:
        return Tongue("en" if self.code == "en" else "zh")


BOTH = Language()
_PLACES_ZH = {"page": "第{}页", "line": "第{}行", "character": "第{}字"}


__all__ = ["BOTH", "CHOICES", "Language", "language", "language_of", "system_language"]
