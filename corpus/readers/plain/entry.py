"""The readers of this folder."""

from __future__ import annotations

from corpus.readers.registry import Reader, ReaderEntry


def _text() -> Reader:
    from corpus.readers.plain.reader import TextReader

    return TextReader("text")


def _markdown() -> Reader:
    from corpus.readers.plain.reader import TextReader

    return TextReader("markdown")


# text has no way to begin: it is what is left
READERS = (
    ReaderEntry("text", _text, (".txt", ".text", ".tex", ".org", ".rst", ".adoc"), rest=True),
    ReaderEntry("markdown", _markdown, (".md", ".markdown"), rest=True),
)
