"""What the readers are called in Chinese, and a line that says how the files of a run were read."""

from __future__ import annotations

from collections.abc import Mapping

NAMES = {
    "text": "文本", "markdown": "Markdown", "html": "网页", "docx": "Word", "office": "旧版Office", "ofd": "OFD",
    "pdf": "PDF", "pdf-ocr": "扫描PDF", "image": "图片",
}  # fmt: skip


def reader_summary(counts: Mapping[str, int]) -> str:
    """How many files each reader read, most first.

    >>> reader_summary({"pdf": 1, "html": 2})
    '网页 html 2, PDF pdf 1'
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{NAMES.get(name, name)} {name} {number:,}" for name, number in ordered)
