"""Pages per second of the PDF reader against pdfplumber's ``extract_tables`` on the same files: ``python -m benchmarks.pdf``.

The files are the bundled narratives, printed by Chromium and LibreOffice in every style of ``tests/support/exporters_pdf.py`` (or PDF
files named on the command line).  CPU time, the two alternating; cells are counted where truth is at hand.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from pathlib import Path

import pdfplumber

from corpus.readers import read_bytes
from extract.pipeline import analyze
from tests.support.exporters_pdf import STYLES, chromium, libreoffice, print_chromium, print_libreoffice, to_html
from training.measure.evaluate import result_of, score
from training.measure.gold import load_gold
from training.samples.build import build, load


def _ours(files: list[tuple[str, bytes]]) -> float:
    start = time.process_time()
    for name, data in files:
        read_bytes(data, name)
    return time.process_time() - start


def _theirs(paths: list[Path]) -> tuple[float, int]:
    start = time.process_time()
    pages = 0
    for path in paths:
        with pdfplumber.open(path) as file:
            for page in file.pages:
                page.extract_tables()
                page.close()
                pages += 1
    return time.process_time() - start, pages


def measure(paths: list[Path], rounds: int, sample: int) -> str:
    """One line: pages a second of both, and their ratio; pdfplumber reads ``sample`` of the files."""
    files = [(str(path), path.read_bytes()) for path in paths[:sample]]
    ours, theirs, pages = [], [], 0
    for _ in range(rounds):
        ours.append(_ours(files))
        seconds, pages = _theirs(paths[:sample])
        theirs.append(seconds)
    a, b = statistics.median(ours), statistics.median(theirs)
    return (
        f"{pages} pages: gongkai {pages / a:.0f} pages/s, pdfplumber extract_tables {pages / b:.1f} pages/s, ratio {b / a:.1f}"
    )


def accuracy(paths: list[Path], gold_folder: Path) -> str:
    """One line: cells and passages against the truth."""
    gold = load_gold(gold_folder)
    right = total = extra = found = passages = predicted = 0
    for path in paths:
        s = score(gold[path.stem], result_of(analyze(path)))
        right += s.cells.right
        total += s.cells.right + s.cells.wrong + s.cells.missing
        extra += s.cells.extra
        found += s.boundaries.right
        passages += s.boundaries.gold
        predicted += s.boundaries.predicted
    return f"cells {right}/{total}, invented {extra}; passages {found}/{passages} ({predicted} predicted)"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=4, help="files of each style that pdfplumber reads too")
    options = parser.parse_args()
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    if options.files:
        print(measure(options.files, options.rounds, len(options.files)))
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        build(out, [])
        for style in STYLES:
            pages = {n.id: to_html(n, style) for n in load()}
            printed: dict[str, list[Path]] = {}
            if chromium():
                printed["chromium"] = print_chromium(pages, out / f"chromium-{style}", headers=style == "headers")
            if libreoffice() and style != "headers":
                printed["libreoffice"] = print_libreoffice(pages, out / f"libreoffice-{style}")
            for program, paths in printed.items():
                print(f"{program} {style}: {accuracy(paths, out / 'gold')}")
                print(f"  {measure(paths, options.rounds, options.sample)}", flush=True)


if __name__ == "__main__":
    main()
