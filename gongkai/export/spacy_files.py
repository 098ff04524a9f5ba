"""spaCy: reports as a ``DocBin`` with span groups, in files of at most a thousand documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from corpus.errors import UsageError
from extract.types import Report
from gongkai.export.text_files import Watch
from gongkai.store_access import Store
from models.spacy_engine import import_spacy

#: documents in a file, reports read at a time
_DOCS, _READ = 1000, 250


def write(store: Store, out: Path, to: str, names: Sequence[str], watch: Watch) -> list[Path]:
    """Writes ``reports-0000.spacy`` …; read them with ``DocBin().from_disk(path).get_docs(nlp.vocab)`` after importing
    ``gongkai.spacy_component``, which makes ``doc._.gongkai`` and ``span._.gongkai`` known.

    Raises:
        UsageError: spaCy is not installed, or tables were named: a ``Doc`` holds them all.
    """
    if names:
        raise UsageError(f"spaCy documents hold all tables, not {', '.join(names)}", remedy="leave --table out")
    spacy = import_spacy()
    from gongkai.spacy_component import docs, to_docbin

    nlp = spacy.blank("zh")
    reports = _reports(store, watch)
    written: list[Path] = []
    while some := list(islice(reports, _DOCS)):
        path = out / f"reports-{len(written):04d}.spacy"
        to_docbin(docs(some, nlp)).to_disk(path)
        written.append(path)
    return written


def _reports(store: Store, watch: Watch) -> Iterator[Report]:
    batches = list(store.batches())
    for done, batch in enumerate(batches):
        watch.part("reports", done, len(batches))
        ids = batch.table("reports")["report_id"].to_pylist()
        for at in range(0, len(ids), _READ):
            yield from batch.reports(ids[at : at + _READ])
