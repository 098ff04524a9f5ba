"""Word segmenters: rjieba (fast), and jieba, its reference and fallback, with one dictionary and one list of domain words.

Both start from jieba's dictionary and add ``data/words.toml``, so that ``依申请公开`` is one word.  They cut alike except inside
URLs and e-mail addresses, which the features mask beforehand (tested over the training texts).
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpus.datafile import expect_keys, load_toml
from corpus.errors import DataError, UsageError
from corpus.kept import user_cache
from models.base import WordSegmenter

_DATA = "data/words.toml"
_KEYS = {"frequency", "tag", "words"}


@cache
def domain_words() -> tuple[tuple[str, int, str], ...]:
    """The added words as (word, frequency, part-of-speech tag), in file order.

    Raises:
        DataError: an unknown key, or a word twice or of one character.
    """
    raw = load_toml("models", _DATA)
    found: dict[str, tuple[str, int, str]] = {}
    for name, group in raw.items():
        expect_keys(group, f"{_DATA}: {name}", _KEYS)
        for word in group["words"]:
            if word in found or len(word) < 2:
                raise DataError(f"word {word!r} is listed twice or too short", source=_DATA, remedy="Remove it.")
            found[word] = (word, int(group["frequency"]), str(group["tag"]))
    return tuple(found.values())


@cache
def words_hash() -> str:
    """First 8 hex digits of the hash of the domain words: part of a segmenter's name."""
    return hashlib.sha256(repr(domain_words()).encode("utf-8")).hexdigest()[:8]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # vendored or frozen installs carry no metadata
        return "unknown"


class RustWords:
    """rjieba with the domain words.  Objects do not pickle: each worker process makes its own."""

    def __init__(self) -> None:
        import rjieba

        self._jieba: Any = rjieba.Jieba()
        for word, frequency, tag in domain_words():
            self._jieba.add_word(word, frequency, tag)
        self.name = f"rjieba-{_version('rjieba')}+{words_hash()}"

    def cut(self, text: str) -> list[str]:
        """Words of ``text`` in order; joined they are ``text`` again."""
        words: list[str] = self._jieba.cut(text)
        return words


def _cache_folder() -> Path:
    """A folder of the user's own: jieba's default is a file of a fixed name in the shared temporary folder."""
    folder = user_cache() / f"jieba-{_version('jieba')}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


class PythonWords:
    """jieba with the domain words: about ten times slower than :class:`RustWords`, the same words."""

    def __init__(self) -> None:
        import jieba

        # jieba reports the loading of its dictionary on stderr at level DEBUG
        logging.getLogger("jieba").setLevel(logging.WARNING)
        self._jieba: Any = jieba.Tokenizer()
        try:
            self._jieba.tmp_dir = str(_cache_folder())
        except OSError:  # a read-only home: jieba then keeps no cache it could share, and loads its dictionary each time
            self._jieba.tmp_dir = os.devnull
        self._jieba.initialize()
        for word, frequency, tag in domain_words():
            self._jieba.add_word(word, frequency, tag)
        self.name = f"jieba-{_version('jieba')}+{words_hash()}"

    def cut(self, text: str) -> list[str]:
        """Words of ``text`` in order; joined they are ``text`` again."""
        words: list[str] = self._jieba.lcut(text)
        return words


def _automatic() -> WordSegmenter:
    try:
        return RustWords()
    except ImportError:  # no wheel of rjieba for this platform
        return PythonWords()


_SEGMENTERS: dict[str, Callable[[], WordSegmenter]] = {"auto": _automatic, "rjieba": RustWords, "jieba": PythonWords}


def segmenter_names() -> tuple[str, ...]:
    """Names that :func:`word_segmenter` knows."""
    return tuple(sorted(_SEGMENTERS))


@cache
def word_segmenter(name: str = "auto") -> WordSegmenter:
    """A word segmenter by name, made once per process: ``auto`` is rjieba where it is installed, else jieba.

    Raises:
        UsageError: the name is unknown.
    """
    if name not in _SEGMENTERS:
        raise UsageError(f"unknown word segmenter {name!r}", remedy=f"Known are {', '.join(segmenter_names())}.")
    return _SEGMENTERS[name]()
