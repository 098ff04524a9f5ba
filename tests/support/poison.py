"""An analyser that hangs, crashes or swells on reports that say so; given to workers in place of the real one."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from corpus.forms.read import read_tables
from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.sections import split_sections
from extract.pipeline import analyze_bytes
from extract.types import Identity, Report
from models.base import Classifier, Prediction
from models.segment import segment

HANG, CRASH, SWELL, ONCE, RAISE = "@@hang", "@@crash", "@@swell", "@@once ", "@@raise"


def analyze(
    data: bytes, name: str, *, classifier: Classifier | None = None, metadata: Mapping[str, str] | None = None
) -> Report:
    """As the real one, unless the text holds one of the words above.

    ``@@once FILE`` ends the worker if FILE does not exist yet: a report that is not to blame for the death of its worker.
    """
    _heed(data)
    return analyze_bytes(data, name, classifier=classifier, metadata=metadata)


def quick(data: bytes, name: str, *, classifier: Classifier | None = None, metadata: Mapping[str, str] | None = None) -> Report:
    """As :func:`analyze`, but reads, cuts and labels only: for tests of what happens to rows, not of what stands in them."""
    _heed(data)
    canonical = build(read_bytes(data, name))
    sections, issues = split_sections(canonical)
    passages = segment(canonical, sections)
    digest = hashlib.sha256(data).hexdigest()
    labels = tuple(Prediction("other") for _ in passages)
    cells = read_tables(canonical, sections).cells
    return Report(
        digest[:16], name, digest, "text", "0", "utf-8", Identity(title=name), canonical, sections, passages, labels, cells,
        (), (), (), issues, "quick",
    )  # fmt: skip


def _heed(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if HANG in text:
        time.sleep(3600)
    if CRASH in text:
        end()
    if SWELL in text:
        held = []
        while True:
            held.append(bytearray(os.urandom(1 << 10) * (8 << 10)))
    if ONCE in text:
        mark = Path(text.partition(ONCE)[2].splitlines()[0])
        if not mark.exists():
            mark.touch()
            end()
    if RAISE in text:
        raise RuntimeError("a fault of ours")


def end() -> None:
    """End this process as a fault in a C library does: at once."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(3)
