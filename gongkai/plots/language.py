"""The language of figures, and of the page around them: Chinese, English, or a page in both with Chinese figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LANGUAGE: ContextVar[str] = ContextVar("language of figures", default="both")


@contextmanager
def language(code: str) -> Iterator[None]:
    """Figures that are drawn inside are ``zh``, ``en`` or ``both`` (which of a figure is Chinese).

    >>> with language("en"):
    ...     say("all", "全部")
    'all'
    """
    before = _LANGUAGE.set(code)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


def say(en: str, zh: str) -> str:
    """A name or a text in a figure: Chinese unless English was asked for."""
    return en if _LANGUAGE.get() == "en" else zh


def sentence(en: str, zh: str) -> str:
    """A sentence of the page: English unless Chinese was asked for."""
    return zh if _LANGUAGE.get() == "zh" else en


def head(en: str, zh: str) -> str:
    """A heading of the page, where both stand beside each other if both were asked for."""
    return {"zh": zh, "en": en}.get(_LANGUAGE.get(), f"{en} {zh}")


__all__ = ["head", "language", "say", "sentence"]
