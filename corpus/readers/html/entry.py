"""The reader of this folder."""

from __future__ import annotations

from corpus.readers.registry import Reader, ReaderEntry, Signature

_STARTS = (b"<!doctype html", b"<html")
_BOM_SPACE = b"\xef\xbb\xbf \t\r\n"


def _html() -> Reader:
    from corpus.readers.html.reader import HtmlReader

    return HtmlReader()


def _is_page(data: bytes) -> bool:
    return data[:1024].lstrip(_BOM_SPACE)[:20].lower().startswith(_STARTS)


READERS = (
    ReaderEntry(
        "html",
        _html,
        (".html", ".htm", ".xhtml", ".shtml", ".mht", ".mhtml"),
        (Signature(_is_page, "a web page", ".html", text=True),),
    ),
)
