"""Fuzzed files over the whole path: from bytes to stored rows, exported tables and pages; what a run sets aside as a fault of ours counts."""

from __future__ import annotations

import io
import os
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console

import gongkai
from corpus.errors import GongkaiError
from corpus.store.verify import verify_store
from gongkai.export import export
from gongkai.pages.store_page import render_store
from gongkai.pages.terminal import print_report
from models.keywords import KeywordClassifier
from tests.attack.damage import Damages
from tests.fuzz import case
from tests.support.growing import GROWING

#: form -> share of the cases
FORMS = {
    "text": 6, "markdown": 4, "html": 5, "cms": 4, "docx": 1, "docx-inside": 4, "pdf": 1, "pdf-inside": 1, "zip": 2, "growing": 2,
}  # fmt: skip
_AT_ONCE = 40


def _file(form: str, number: int, seed: int) -> tuple[str, bytes]:
    if form == "growing":
        kind = list(GROWING.values())[number % len(GROWING)]
        return f"g{number}{Path(kind.name).suffix}", kind.make(2 + number % 40)
    return case(form, number, seed)


def whole_path(cases: int, seed: int, forms: dict[str, int] | None = None) -> Damages:
    """Run ``cases`` files, some dozens in one corpus, through everything that follows."""
    os.environ["GONGKAI_OCR"] = "off"
    shares = forms or FORMS
    result = Damages()
    for form, share in shares.items():
        wanted = max(1, round(cases * share / sum(shares.values())))
        for first in range(0, wanted, _AT_ONCE):
            numbers = range(first, min(wanted, first + _AT_ONCE))
            with tempfile.TemporaryDirectory() as home:
                _corpus(Path(home), form, numbers, seed, result)
    return result


def _corpus(home: Path, form: str, numbers: range, seed: int, result: Damages) -> None:
    corpus, out = home / "in", home / "out"
    corpus.mkdir()
    for number in numbers:
        name, data = _file(form, number, seed)
        (corpus / f"{number:05d}{name}").write_bytes(data)
    try:
        gongkai.tag([corpus], out, classifier=KeywordClassifier())
        store = gongkai.load(out)
        for to in ("csv", "jsonl"):
            export(store, to, home / to)
        render_store(store)
        for report in store.reports(store.table("reports")["report_id"].to_pylist()):
            print_report(report, Console(file=io.StringIO()))
        problems = verify_store(out).problems
    except GongkaiError as error:
        result.found.append(f"{form} {numbers}: the run ended: {error}")
        return
    except Exception as error:  # noqa: BLE001 - what this looks for
        result.found.append(f"{form} {numbers}: {type(error).__name__}: {error}")
        return
    result.found += [f"{form} {numbers}: {p}" for p in problems]
    for row in store.table("issues").to_pylist():
        if row["code"] == "internal":
            result.found.append(f"{form} {row['source']}: {row['message'][-400:]}")
    result.ends += Counter(store.table("sources")["status"].to_pylist())


__all__ = ["FORMS", "whole_path"]
