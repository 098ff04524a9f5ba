"""``analyze`` one report, and ``check`` it: without what writes and opens results, which takes longer to import than a report to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corpus.errors import UsageError
from extract import pipeline
from extract.types import Report
from models.base import Classifier
from models.registry import classifier as classifier_by_name
from models.registry import default_classifier
from models.taxonomy import Taxonomy, codebook_taxonomy

if TYPE_CHECKING:
    from extract.checking.check import CheckedReport
    from extract.checking.findings import CheckFinding


def engine(classifier: Classifier | str | None = None, min_confidence: float | None = None) -> Classifier:
    """The classifier asked for: by name, ready-made, or the shipped linear model.

    Raises:
        UsageError: unknown name, a confidence outside 0…1, or one given beside a ready-made classifier.
    """
    if classifier is None and min_confidence is None:
        return default_classifier()
    if classifier is None:
        return classifier_by_name(min_confidence=min_confidence)
    if isinstance(classifier, str):
        return classifier_by_name(classifier, min_confidence=min_confidence)
    if min_confidence is not None:
        raise UsageError(
            "min_confidence was given beside a ready-made classifier", remedy="set it when you make the classifier"
        )
    return classifier


def analyze(
    path: str | Path,
    *,
    classifier: Classifier | str | None = None,
    min_confidence: float | None = None,
    reader: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Report:
    """Read one report: identity, cells, labelled passages, mentions, join and checks.

    Args:
        path: the file; its suffix chooses the reader unless ``reader`` names one.
        classifier: labels the passages: ``"linear"`` (shipped, default), ``"keywords"``, or an object of your own.
        min_confidence: passages whose label is less probable (0…1) are marked ``abstained``; their label stays.
        metadata: values that win over the text's (``agency``, ``year``, ``url``, ``retrieved``, ``published``).

    Returns:
        Everything that was found; all ``start``/``end`` are offsets in ``report.text``.

    Raises:
        GongkaiError: the file cannot be read (missing, empty, binary, unknown format).  A readable file that holds no
            disclosure report gives an empty result with the issue ``not_a_report``.
    """
    return pipeline.analyze(path, classifier=engine(classifier, min_confidence), reader=reader, metadata=metadata)


def check(report: Report, before: Report | None = None) -> CheckedReport:
    """What a careful clerk would mend in a report: sums, contradictions, years, headings, blanks, words.

    Args:
        report: from :func:`analyze`, or from ``gongkai.load(folder).report(report_id)``.
        before: the same agency's report of the year before; without it nothing is said of what follows from it.

    Returns:
        The report with its ``findings``, the gravest first: each with ``kind``, ``severity``, ``blame`` and the ``quotes`` it is seen at;
        :func:`check_message` says it in words.  ``fails`` tells whether anything is to be mended.
    """
    from extract.checking.check import check_one

    return check_one(report, before)


def check_message(finding: CheckFinding, lang: Literal["en", "zh"] = "en") -> str:
    """What is said of a finding of :func:`check`, in one sentence.

    Raises:
        UsageError: another language.
    """
    from gongkai.pages.check_words import message_en, message_zh

    if lang not in ("en", "zh"):
        raise UsageError(f"unknown language {lang!r}", remedy="give en or zh")
    return message_zh(finding) if lang == "zh" else message_en(finding)


def own_codes(model: Classifier, name: str) -> Taxonomy | None:
    """The codes of a user's own model; ``None`` for the codebook's, or where a classifier does not say."""
    from models.folder import is_model, read_info

    codes = getattr(model, "taxonomy", None) or (read_info(Path(name)).taxonomy if is_model(Path(name)) else None)
    plain = codebook_taxonomy()
    return None if codes is None or (codes.labels, codes.facets) == (plain.labels, plain.facets) else codes


__all__ = ["analyze", "check", "check_message", "engine", "own_codes"]
