"""Documents per second of each reader against the obvious alternative on the same files: ``python -m benchmarks.formats``.

The files are the bundled reports as ``tests/exporters`` writes them.  CPU time of reading alone, the two alternating, median of the
rounds.  What the alternatives give is less: tables without places, no paragraphs (pandas, pdfplumber), no article (all).
``--out docs/formats.md`` writes the table there.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import logging
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pdfplumber
import pypdfium2

from corpus.readers import read_bytes
from corpus.readers.ocr.engine import available
from tests.support.exporters import cms, pages, words
from tests.support.exporters.scans import scan
from tests.support.exporters_pdf import chromium, libreoffice, print_chromium, print_libreoffice, to_html
from training.samples.build import load

Files = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Speed:
    """Median seconds for all files of both sides; ``pages`` is 0 for formats without pages."""

    name: str
    other: str
    files: int
    pages: int
    ours: float
    theirs: float


def read_html(data: bytes) -> None:
    """All tables of a page, by pandas with lxml."""
    pd.read_html(io.StringIO(data.decode("utf-8-sig")), flavor="lxml")


def python_docx(data: bytes) -> None:
    """Text of all paragraphs and of all cells of all tables, by python-docx."""
    document = docx.Document(io.BytesIO(data))
    for paragraph in document.paragraphs:
        _ = paragraph.text
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                _ = cell.text


def extract_tables(data: bytes) -> None:
    """All tables of all pages, by pdfplumber."""
    with pdfplumber.open(io.BytesIO(data)) as file:
        for page in file.pages:
            page.extract_tables()
            page.close()


def _seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def compare(name: str, files: Files, other: str, theirs: Callable[[bytes], None], rounds: int) -> Speed:
    """Both sides over the same files, one after the other, ``rounds`` times after one that does not count."""

    def ours() -> None:
        for file, data in files:
            read_bytes(data, file)

    def alternative() -> None:
        for _, data in files:
            theirs(data)

    ours()
    alternative()
    times = [(_seconds(ours), _seconds(alternative)) for _ in range(rounds)]
    pages_ = sum(len(pypdfium2.PdfDocument(data)) for file, data in files if file.endswith(".pdf"))
    return Speed(
        name, other, len(files), pages_, statistics.median(a for a, _ in times), statistics.median(b for _, b in times)
    )


def table(speeds: Sequence[Speed]) -> str:
    """Speeds as Markdown; PDFs in pages, the others in documents."""
    lines = ["| files | gongkai | alternative | ratio |", "|---|---:|---:|---:|"]
    for s in speeds:
        count, unit = (s.pages, "pages/s") if s.pages else (s.files, "files/s")
        lines.append(
            f"| {s.name} ({count}) | {count / s.ours:.0f} {unit} | {s.other} {count / s.theirs:.1f} {unit} | {s.theirs / s.ours:.1f} |"
        )
    return "\n".join(lines) + "\n"


#: what reading a scanned page consists of, as people call it
_STEPS = {
    ("engine.py", "recognise"): "the models that recognise lines",
    ("picture.py", "straighten"): "setting it straight and taking the paper's shade away",
    ("picture.py", "find_rules"): "finding rules",
    ("pdfium.py", "image"): "drawing the page",
}


def scan_seconds(pdf: bytes) -> str:
    """CPU seconds that a page of a scan takes, without the cache, and what of them each step has, as a line of Markdown."""
    os.environ["GONGKAI_CACHE"] = "off"
    data = scan(pdf, "clean")
    pages_ = len(pypdfium2.PdfDocument(data))
    seconds = _seconds(lambda: read_bytes(data, "scan.pdf"))
    profile = cProfile.Profile(time.process_time)
    profile.runcall(read_bytes, data, "scan.pdf")
    shares = dict.fromkeys(_STEPS, 0.0)
    stats: Any = pstats.Stats(profile)
    for (file, _, name), (_, _, _, spent, _) in stats.stats.items():
        step = Path(file).name, name
        if step in shares and "corpus/readers" in Path(file).as_posix():
            shares[step] += spent / stats.total_tt
    steps = ", ".join(f"{_STEPS[name]} {share:.0%}" for name, share in shares.items())
    return f"\nA scanned page takes {seconds / pages_:.1f} s of CPU time ({pages_} pages at 200 dots an inch, models loaded once): {steps}.\n"


def main() -> None:
    """Print the table, and put it between the marks of ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reports", type=int, default=6)
    parser.add_argument("--pdf-reports", type=int, default=3, help="pdfplumber takes a second a report")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    stories = load()[: options.reports]
    few = stories[: options.pdf_reports]
    plain = [(f"{n.id}.html", pages.plain(n, i)) for i, n in enumerate(stories)]
    site = [(f"{n.id}.html", cms.trs(n).encode()) for n in stories]
    speeds = [
        compare("HTML, the report alone", plain, "pandas.read_html", read_html, options.rounds),
        compare("HTML, page of a site", site, "pandas.read_html", read_html, options.rounds),
        compare(
            "DOCX",
            [(f"{n.id}.docx", words.docx(n, i)) for i, n in enumerate(stories)],
            "python-docx",
            python_docx,
            options.rounds,
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        html = {n.id: to_html(n) for n in few}
        if libreoffice():
            files = [(p.name, p.read_bytes()) for p in print_libreoffice(html, Path(folder) / "l")]
            speeds.append(compare("PDF, by LibreOffice", files, "pdfplumber", extract_tables, options.rounds))
        if chromium():
            files = [(p.name, p.read_bytes()) for p in print_chromium(html, Path(folder) / "c")]
            speeds.append(compare("PDF, by Chromium", files, "pdfplumber", extract_tables, options.rounds))
        scanned = scan_seconds((Path(folder) / "c" / f"{few[0].id}.pdf").read_bytes()) if chromium() and available() else ""
    text = table(speeds) + scanned
    print(text)
    if options.out:
        from tests.format_matrix import replace_part

        replace_part(options.out, "speed", text)


if __name__ == "__main__":
    main()
