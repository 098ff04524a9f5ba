"""The one path from a file to a joined result.

Each step is a pure function of the ones before it::

    read -> canonical text -> sections -> tables -> identity -> passages -> labels -> mentions -> join -> checks
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from corpus.agencies.coverage import presumed_coverage
from corpus.agencies.places import host_of
from corpus.agencies.resolve import Agency, resolve_agency
from corpus.errors import Issue
from corpus.forms.read import read_tables
from corpus.patterns import pattern
from corpus.readers import read_bytes, read_file_bytes
from corpus.readers.traditional import as_printed, is_traditional, script_issue, simplified, simplify, words
from corpus.text import canonical as canonical_text
from corpus.text.identity import Found, identify, report_form
from corpus.text.report_kind import TextVerdict, kind_of_text
from corpus.text.sections import split_sections
from corpus.types import CanonicalText, Document, Form, TableReading
from extract.against_tables.join import join_report
from extract.against_tables.recognised import recognition_issues
from extract.against_tables.suspicions import suspicions
from extract.against_tables.table_checks import check_report
from extract.mentions.bodies import scopes_by_body
from extract.mentions.mentions import find_mentions
from extract.types import Identity, Report
from models.base import Classifier, Passage, Prediction
from models.familiarity import strangeness_of
from models.places import placed
from models.registry import default_classifier
from models.segment import segment

#: metadata columns that set a field of the report; any other column is kept as it is
METADATA_FIELDS = ("url", "retrieved", "published", "agency", "year", "level")
#: the places that an incomplete name leaves open are named near the beginning
AGENCY_TEXT = 4000
_DISCLOSURE = pattern("extract", "disclosure")

Clock = Callable[[str, float], None]


def analyze(
    path: str | Path,
    *,
    classifier: Classifier | None = None,
    reader: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Report:
    """Analyse one report.

    Args:
        path: the file; the reader is chosen by its suffix unless ``reader`` names one.
        classifier: labels the passages; default is the shipped linear model.
        metadata: values that win over the text's (``agency``, ``year``, ``url``, ``retrieved``, ``published``).

    Raises:
        GongkaiError: the file cannot be read as a report (missing, empty, binary, unknown format).  A file that was read but
            holds no disclosure report gives an empty result with the issue ``not_a_report``.
    """
    data = read_file_bytes(Path(path))
    return analyze_bytes(data, str(path), classifier=classifier, reader=reader, metadata=metadata)


def analyze_bytes(
    data: bytes,
    name: str,
    *,
    classifier: Classifier | None = None,
    reader: str | None = None,
    metadata: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Report:
    """As :func:`analyze`, for bytes already in memory; ``clock`` is told the seconds spent in each step."""
    last = perf_counter()

    def lap(step: str) -> None:
        nonlocal last
        if clock is not None:
            now = perf_counter()
            clock(step, now - last)
            last = now

    digest = hashlib.sha256(data).hexdigest()
    document, as_it_stands = _read(data, name, reader)
    lap("read")
    canonical = canonical_text.build(document)
    lap("canonical")
    sections, section_issues = split_sections(canonical)
    lap("sections")
    tables = read_tables(canonical, sections)
    lap("tables")
    found = identify(canonical, sections)
    if not tables.cells and len(sections) < 2 and not _DISCLOSURE.search(canonical.text):
        return _nothing(document, canonical, digest, name)
    verdict = kind_of_text(canonical, sections, tables.cells)
    identity, identity_issues = _identity(found, tables, canonical.text, document, metadata or {})
    host = document.host or host_of(identity.url or "")
    agency, agency_issues = _agency(identity, canonical.text, host)
    identity = _covered(identity, agency, canonical.text)
    if identity.form == "pre2019":
        section_issues = ()
        tables = TableReading((), {}, ())
    lap("identity")
    passages = segment(canonical, sections)
    if identity.form == "pre2019":
        passages = tuple(replace(p, section=None) for p in passages)
    lap("passages")
    engine = classifier if classifier is not None else default_classifier()
    seen = placed(passages)
    predictions = tuple(engine.predict(seen))
    lap("labels")
    mentions = scopes_by_body(
        find_mentions(seen), passages, identity.coverage, government=agency is not None and agency.kind == "government"
    )
    lap("mentions")
    joins = join_report(mentions, tables.cells, canonical.text)
    lap("join")
    checks = check_report(mentions, tables.cells, identity.form, canonical.text)
    lap("checks")
    issues = (
        *document.issues,
        *_doubts(verdict),
        *_unfamiliar(engine, passages, predictions),
        *identity_issues,
        *agency_issues,
        *section_issues,
        *tables.issues,
        *suspicions(tables.cells, mentions),
        *recognition_issues(tables.cells, checks),
    )
    report = Report(
        report_id=digest[:16],
        source=name,
        sha256=digest,
        reader=document.reader,
        reader_version=document.reader_version,
        encoding=document.encoding,
        identity=identity,
        canonical=canonical,
        sections=sections,
        passages=passages,
        predictions=predictions,
        cells=tables.cells,
        mentions=mentions,
        joins=joins,
        checks=checks,
        issues=issues,
        classifier=engine.model_id,
        agency=agency,
        host=host,
        dropped=document.dropped,
        kind_of_text=verdict.kind,
        kind_evidence=verdict.evidence,
    )
    return _printed(report, as_it_stands) if as_it_stands else report


def _read(data: bytes, name: str, reader: str | None) -> tuple[Document, str]:
    """The document, in simplified characters whatever it prints, and the text as it stands where that is in traditional ones."""
    document = read_bytes(data, name, reader=reader)
    if not is_traditional(document.blocks):
        return document, ""
    if document.encoding:  # a text format: its readers, too, know the words of tables and pages
        text = data.decode(document.encoding, "replace")
        again = read_bytes(b"\xef\xbb\xbf" + simplify(text).encode(), name, reader=document.reader)
        document, source = replace(again, encoding=document.encoding), text
    else:
        document, source = simplified(document), words(document)
    issues = (*(i for i in document.issues if i.code != "traditional_script"), script_issue())
    return replace(document, issues=issues), source


def _printed(report: Report, source: str) -> Report:
    """A report that was read through simplified characters, with its texts as the source prints them."""
    text = as_printed(report.text, source)
    return replace(
        report,
        canonical=replace(report.canonical, text=text),
        passages=tuple(replace(p, text=text[p.start : p.end]) for p in report.passages),
        cells=tuple(replace(c, raw=text[c.start : c.end]) for c in report.cells),
        mentions=tuple(replace(m, text=text[m.start : m.end]) for m in report.mentions),
    )


def _doubts(verdict: TextVerdict) -> tuple[Issue, ...]:
    if verdict.kind == "report":
        return ()
    message = (
        f"the text may be no disclosure report ({', '.join(verdict.evidence)}); summaries, exports and comparisons leave it out "
        "unless asked"
    )
    return (Issue("doubtful_report", "warning", message, *(verdict.span or (None, None))),)


def _unfamiliar(engine: Classifier, passages: Sequence[Passage], predictions: Sequence[Prediction]) -> tuple[Issue, ...]:
    found = strangeness_of(engine, passages, predictions)
    if found is None or not found.over:
        return ()
    message = (
        f"the text is unlike the reports that {engine.model_id} learnt from: {found.unknown:.0%} of its pairs of characters are unknown, "
        f"{found.doubt:.0%} of its labels are expected to be wrong (limit of the sum {found.limit:.0%}). Check its labels by hand; if you have "
        "many such texts, code some of them and train on them (docs/own-codes.md)"
    )
    return (Issue("unfamiliar_text", "warning", message),)


def _covered(identity: Identity, agency: Agency | None, text: str) -> Identity:
    """The identity with its coverage: printed, or presumed from what the agency is."""
    if identity.coverage != "unknown":
        return replace(identity, coverage_basis="printed")
    presumed = presumed_coverage(agency, text)
    return replace(identity, coverage=presumed, coverage_basis=None if presumed == "unknown" else "presumed")


def _agency(identity: Identity, text: str, host: str) -> tuple[Agency | None, tuple[Issue, ...]]:
    if not identity.agency:
        nameless = resolve_agency("", text=text[:AGENCY_TEXT])
        return (None if nameless.level == "unknown" else nameless), ()
    agency = resolve_agency(identity.agency, text=text[:AGENCY_TEXT], host=host, year=identity.year)
    if agency.certainty == "certain":
        return agency, ()
    could = "; ".join(f"{c.agency_id} {c.province}{c.prefecture}{c.county}" for c in agency.candidates[:6])
    message = (
        f"{identity.agency!r} is not certainly one agency"
        + (f"; it may be {could}" if could else "; no division of that name is known for that year")
        + ". Give the full name with --metadata to settle it"
    )
    start, end = identity.evidence.get("agency", (None, None))
    return agency, (Issue("agency_open", "info", message, start, end),)


def _nothing(document: Document, canonical: CanonicalText, digest: str, name: str) -> Report:
    issue = Issue(
        "not_a_report",
        "error",
        f"{name}: no section heading, no statutory table and no word of 信息公开 in {len(canonical.text)} characters; "
        "check that this is the annual report itself and not a cover page or an error page",
    )
    return Report(
        digest[:16], name, digest, document.reader, document.reader_version, document.encoding, Identity(),
        canonical, (), (), (), (), (), (), (), (*document.issues, issue), "", None, document.host, document.dropped, "doubtful", ("nothing of a report",),
    )  # fmt: skip


def _identity(
    found: Found, tables: TableReading, text: str, document: Document, metadata: Mapping[str, str]
) -> tuple[Identity, tuple[Issue, ...]]:
    issues = list(found.issues)
    given = {k: v.strip() for k, v in metadata.items() if k in METADATA_FIELDS and v.strip()}
    agency, year = found.agency, found.year
    if "agency" in given:
        issues = [i for i in issues if i.code != "agency_unknown"]
        if agency and agency != given["agency"]:
            issues.append(_conflict("agency", given["agency"], agency, found.evidence.get("agency")))
        agency = given["agency"]
    if "year" in given and given["year"].isdecimal():
        issues = [i for i in issues if i.code != "year_unknown"]
        if year is not None and year != int(given["year"]):
            issues.append(_conflict("year", given["year"], str(year), found.evidence.get("year")))
        year = int(given["year"])
    elif "year" in given:
        issues.append(
            Issue(
                "metadata_conflict",
                "warning",
                f"metadata year {given['year']!r} is no year and was not used; write four digits",
            )
        )
    form = report_form(dict(tables.forms), text, year)
    expected: Form | None = None if year is None or year < 2019 else "2019" if year <= 2020 else "2021"
    if expected is not None and form in {"2019", "2021"} and form != expected:
        issues.append(
            Issue(
                "form_conflict",
                "warning",
                f"the tables are of the form of {form}, the reporting year is {year}; cells keep the codes of their form",
            )
        )
    published = given.get("published") or document.published or found.published or None
    identity = Identity(
        found.title, agency, year, found.period_start, found.period_end, form, found.coverage,
        given.get("url") or document.address or None, given.get("retrieved"), published, found.evidence,
    )  # fmt: skip
    return identity, tuple(issues)


def _conflict(name: str, given: str, text: str, at: tuple[int, int] | None) -> Issue:
    start, end = at or (None, None)
    return Issue(
        "metadata_conflict",
        "warning",
        f"metadata say {name} {given!r}, the text says {text!r}; the metadata were kept",
        start,
        end,
    )
