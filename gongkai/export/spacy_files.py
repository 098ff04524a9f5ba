"""spaCy: reports as a ``DocBin`` with span groups, in files of at most a thousand documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpus.errors import UsageError
from gongkai.store_access import Store
from models.spacy_engine import import_spacy

_DOCS = 1000


def write(store: Store, out: Path, to: str, names: Sequence[str] | None) -> list[Path]:
    """Writes ``reports-0000.spacy`` …; read them with ``DocBin().from_disk(path).get_docs(nlp.vocab)`` after importing
    ``gongkai.spacy_component``, which makes ``doc._.gongkai`` and ``span._.gongkai`` known.

    Raises:
        UsageError: spaCy is not installed, or tables were named: a ``Doc`` holds them all.
    """
    if names:
        raise UsageError(f"spaCy documents hold all tables, not {', '.join(names)}", remedy="leave --only out")
    spacy = import_spacy()
    from gongkai.spacy_component import docs, to_docbin

    nlp = spacy.blank("zh")
    ids = store.table("reports")["report_id"].to_pylist()
    written = []
    for number, at in enumerate(range(0, len(ids), _DOCS)):
        path = out / f"reports-{number:04d}.spacy"
        to_docbin(docs(store.reports(ids[at : at + _DOCS]), nlp)).to_disk(path)
        written.append(path)
    return written
