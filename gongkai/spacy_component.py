"""gongkai in spaCy: a report as a ``Doc`` whose span groups hold passages, metrics and statutory cells.

>>> import spacy                                                                          # doctest: +SKIP
>>> nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}})        # doctest: +SKIP
>>> nlp.add_pipe("gongkai", first=True)                                                   # doctest: +SKIP
>>> doc = nlp(open("report.txt", encoding="utf-8").read())                                # doctest: +SKIP
>>> [(s.text, s.label_, s._.gongkai["facets"]) for s in doc.spans["passages"]]            # doctest: +SKIP

The text of the ``Doc`` is the report's canonical text, so that ``span.start_char`` and ``span.end_char`` are the offsets of the
store.  Words never cross the end of a passage, metric or cell: every span is exact.  What a table of the store says of a row
(``gongkai schema``) is ``span._.gongkai`` and, for the report, ``doc._.gongkai``; it is kept in ``doc.user_data`` and survives a
``DocBin`` with ``store_user_data=True``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.util import get_words_and_spaces

from extract.pipeline import analyze_bytes
from extract.rows import report_rows
from extract.types import Report
from gongkai.api import engine
from models.base import Classifier
from models.words import word_segmenter

USER_DATA = "gongkai"
#: span group -> (table, column that names a row, column that labels the span)
GROUPS: Mapping[str, tuple[str, str, str]] = {
    "passages": ("passages", "passage_id", "label"),
    "mentions": ("mentions", "mention_id", "indicator"),
    "cells": ("cells", "code", "code"),
}


def _of_doc(doc: Doc) -> dict[str, Any]:
    report: dict[str, Any] = doc.user_data.get(USER_DATA, {}).get("report", {})
    return report


def _of_span(span: Span) -> dict[str, Any]:
    row: dict[str, Any] = span.doc.user_data.get(USER_DATA, {}).get("rows", {}).get(span.id_, {})
    return row


def register() -> None:
    """Makes ``doc._.gongkai`` and ``span._.gongkai`` known; done when this module is imported."""
    Doc.set_extension("gongkai", getter=_of_doc, force=True)
    Span.set_extension("gongkai", getter=_of_span, force=True)


register()


def _words(text: str, bounds: Iterable[int]) -> list[str]:
    """Words of a text none of which crosses one of the offsets."""
    cuts = sorted({0, len(text), *bounds})
    segmenter = word_segmenter("auto")
    return [w for a, b in pairwise(cuts) for w in segmenter.cut(text[a:b])]


def to_doc(report: Report, nlp: Language) -> Doc:
    """A report as a ``Doc``.

    Args:
        report: from :func:`gongkai.analyze`, or from a store.
        nlp: any pipeline; only its vocabulary is used.

    Returns:
        Span groups ``passages`` (label: the passage's), ``mentions`` (label: the indicator, may be empty) and ``cells`` (label: the
        cell's code; blank cells of no width have no span).
    """
    rows = report_rows(report, report.source)
    bounds = [
        at for table, _, _ in GROUPS.values() for r in rows.get(table, ()) for at in (int(str(r["start"])), int(str(r["end"])))
    ]
    words, spaces = get_words_and_spaces(_words(report.text, bounds), report.text)
    doc = Doc(nlp.vocab, words=words, spaces=spaces)
    kept: dict[str, dict[str, Any]] = {}
    for group, (table, key, label) in GROUPS.items():
        spans = []
        for row in rows.get(table, ()):
            span = _span(doc, row, str(row[key]), str(row[label] or ""))
            if span is not None:
                spans.append(span)
                kept[str(row[key])] = _plain(row)
        doc.spans[group] = spans
    doc.user_data[USER_DATA] = {"report": _plain(rows["reports"][0]), "rows": kept}
    return doc


def _plain(row: Mapping[str, object]) -> dict[str, Any]:
    # a DocBin gives lists back as tuples: tuples on both sides
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


def _span(doc: Doc, row: Mapping[str, object], name: str, label: str) -> Span | None:
    start, end = int(str(row["start"])), int(str(row["end"]))
    text = doc.text[start:end]
    # a blank cell may be a single space, which spaCy keeps with the word before it
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    return doc.char_span(start, end, label=label, span_id=name) if start < end else None


class GongkaiComponent:
    """Pipeline component: reads the document's text as a report.

    Put it first: where the report's canonical text differs from the text given (markup, broken lines, page numbers), the ``Doc``
    that it returns is a new one over the canonical text.
    """

    def __init__(self, nlp: Language, classifier: Classifier) -> None:
        self.nlp = nlp
        self.classifier = classifier

    def __call__(self, doc: Doc) -> Doc:
        report = analyze_bytes(doc.text.encode("utf-8"), "text.txt", classifier=self.classifier)
        return to_doc(report, self.nlp)


@Language.factory("gongkai", default_config={"classifier": "linear", "min_confidence": None})  # type: ignore[untyped-decorator] # spaCy may not be installed
def create_component(nlp: Language, name: str, classifier: str, min_confidence: float | None) -> GongkaiComponent:
    """What ``nlp.add_pipe("gongkai")`` makes; ``classifier`` is an engine's name or a model's folder."""
    return GongkaiComponent(nlp, engine(classifier, min_confidence))


def docs(reports: Iterable[Report], nlp: Language) -> Iterator[Doc]:
    """Docs of many reports, one after another."""
    for report in reports:
        yield to_doc(report, nlp)


def to_docbin(found: Sequence[Doc] | Iterable[Doc]) -> DocBin:
    """Docs with their span groups and everything that gongkai says of them, ready for ``to_disk``."""
    return DocBin(docs=found, store_user_data=True)
