"""The bundled reports in every form in which agencies publish, and how much of each is read rightly.

``python -m tests.format_matrix --out docs/formats.md`` exports, reads and compares; ``--only NAME`` takes some forms, ``--reports N`` some
reports.  Scans are read on three reports, because a page takes seconds; their cache is switched off.  Cells, passages and mentions
are compared with the truth of ``training.samples`` by ``training.measure.evaluate``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import GongkaiError
from corpus.readers.ocr.engine import available
from corpus.readers.office import find_soffice
from extract.pipeline import analyze
from extract.types import Report
from models.base import Passage, Prediction
from tests.support.exporters import cms, pages, scans, words
from tests.support.exporters_pdf import chromium, libreoffice, print_chromium, print_libreoffice, to_html
from training.measure.evaluate import result_of, score
from training.measure.gold import GoldReport, load_gold
from training.samples.build import build, load
from training.samples.layouts import LAYOUTS
from training.samples.narrative import Narrative

#: reports that are scanned: one of each form and a long one
SCANNED = ("tax-county-2022", "education-province-2023", "ministry-2020")
_LAYOUT_NAMES = {
    "lines": "TXT, one cell a line",
    "tabbed-lines": "TXT, one cell a line with TABs",
    "tab-rows": "TXT, rows with TABs",
    "markdown": "Markdown",
    "spaces": "TXT, columns apart by spaces",
}


class Unlabelled:
    """Labels are no matter of the format."""

    model_id = "none"

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [Prediction("other") for _ in passages]


@dataclass(slots=True)
class Row:
    """What one form gave: counts over its reports; ``flagged_right`` and ``silent`` of cells that were recognised."""

    name: str
    files: int = 0
    titles: int = 0
    readers: set[str] = field(default_factory=set)
    right: int = 0
    wrong: int = 0
    missing: int = 0
    invented: int = 0
    passages: list[int] = field(default_factory=lambda: [0, 0, 0])
    mentions: list[int] = field(default_factory=lambda: [0, 0, 0])
    seconds: float = 0.0
    flagged_right: int = 0
    flagged_wrong: int = 0
    silent: int = 0
    errors: list[str] = field(default_factory=list)

    def take(self, path: Path, gold: GoldReport, title: str) -> None:
        """Read one file and add what it gave."""
        self.files += 1
        began = time.perf_counter()
        try:
            report = analyze(path, classifier=Unlabelled())
        except GongkaiError as error:
            self.errors.append(str(error))
            self.missing += len(gold.cells)
            return
        self.seconds += time.perf_counter() - began
        self.readers.add(report.reader)
        if report.identity.title == title:
            self.titles += 1
        else:
            self.errors.append(f"{path.name} title {report.identity.title!r} instead of {title!r}")
        found = score(gold, result_of(report))
        self.right += found.cells.right
        self.wrong += found.cells.wrong
        self.missing += found.cells.missing
        self.invented += found.cells.extra
        for sums, hits in ((self.passages, found.boundaries), (self.mentions, found.mentions)):
            for n, value in enumerate((hits.right, hits.predicted, hits.gold)):
                sums[n] += value
        self.errors += [e for e in found.errors if " cell " in e or " passage " in e]
        self._flags(report, gold)

    def _flags(self, report: Report, gold: GoldReport) -> None:
        flagged = {i.message.split(":")[0] for i in report.issues if i.code == "low_confidence" and i.severity == "warning"}
        for cell in report.cells:
            if cell.confidence is None or cell.code not in gold.cells:
                continue
            right = cell.value == gold.cells[cell.code].value
            self.flagged_right += right and cell.code in flagged
            self.flagged_wrong += not right and cell.code in flagged
            self.silent += not right and cell.code not in flagged


Export = Callable[[Sequence[Narrative], Path], list[Path]]


def _written(folder: Path, suffix: str, make: Callable[[Narrative, int], bytes]) -> Export:
    def export(narratives: Sequence[Narrative], out: Path) -> list[Path]:
        target = out / folder
        target.mkdir(parents=True, exist_ok=True)
        paths = []
        for number, narrative in enumerate(narratives):
            path = target / f"{narrative.id}{suffix}"
            path.write_bytes(make(narrative, number))
            paths.append(path)
        return paths

    return export


def _layout(layout: str) -> Export:
    def export(narratives: Sequence[Narrative], out: Path) -> list[Path]:
        chosen = {n.id for n in narratives}
        build(out, [layout])
        return sorted(p for p in (out / layout).iterdir() if p.stem in chosen)

    return export


def _chromium(style: str) -> Export:
    def export(narratives: Sequence[Narrative], out: Path) -> list[Path]:
        return print_chromium(
            {n.id: to_html(n, style) for n in narratives}, out / f"chromium-{style}", headers=style == "headers"
        )

    return export


def _libreoffice(narratives: Sequence[Narrative], out: Path) -> list[Path]:
    return print_libreoffice({n.id: to_html(n) for n in narratives}, out / "libreoffice")


def _scans(manner: str) -> Export:
    def export(narratives: Sequence[Narrative], out: Path) -> list[Path]:
        few = [n for n in narratives if n.id in SCANNED] or list(narratives[:1])
        chosen = narratives if manner == "clean" else few
        printed = print_chromium({n.id: to_html(n) for n in chosen}, out / "to-scan")
        return [scans.scan_file(path, out / f"scan-{manner}", manner, seed) for seed, path in enumerate(printed)]

    return export


def forms() -> dict[str, tuple[str, Export, bool]]:
    """Each form by its name: what it is, how it is written, and whether the programs that it needs are here."""
    office, browser, free = find_soffice() is not None, chromium() is not None, libreoffice() is not None
    out: dict[str, tuple[str, Export, bool]] = {
        f"text-{name}": (_LAYOUT_NAMES.get(name, name), _layout(name), True) for name in LAYOUTS
    }
    out["html"] = ("HTML, the report alone", _written(Path("html"), ".html", pages.plain), True)
    out["html-cluttered"] = ("HTML, page of a government site", _written(Path("cluttered"), ".html", pages.cluttered), True)
    titles = {
        "hanweb": "大汉 Hanweb",
        "trs": "拓尔思 TRS",
        "ucap": "开普云 UCAP",
        "wechat": "WeChat article",
        "word": "saved by Word",
        "wps": "old site, text of WPS, `<br>`",
    }
    for design in cms.DESIGNS:
        out[f"html-{design}"] = (
            f"HTML, {titles[design]}",
            _written(Path(design), ".html", lambda n, _, d=design: cms.page(n, d)),
            True,
        )
    out["docx"] = ("DOCX", _written(Path("docx"), ".docx", words.docx), True)
    out["doc"] = ("DOC and RTF, by LibreOffice", _written(Path("doc"), ".doc", words.doc), office)
    out["pdf-libreoffice"] = ("PDF, by LibreOffice", _libreoffice, free)
    out["pdf-chromium"] = ("PDF, by Chromium", _chromium("plain"), browser)
    out["pdf-headers"] = ("PDF, by Chromium with its headers", _chromium("headers"), browser)
    out["pdf-broken"] = ("PDF, tables broken across pages", _chromium("broken"), browser)
    out["pdf-landscape"] = ("PDF, landscape", _chromium("landscape"), browser)
    out["scan-clean"] = ("scan, 200 dpi", _scans("clean"), browser and available())
    out["scan-poor"] = ("scan, turned up to 2°, 150 dpi, JPEG 40, noise", _scans("poor"), browser and available())
    out["scan-bad"] = ("scan, 110 dpi, blurred, pale, JPEG 35, noise", _scans("bad"), browser and available())
    return out


def measure(only: Sequence[str], reports: int | None) -> Iterator[Row]:
    """A row for each form, as soon as it is read."""
    os.environ["GONGKAI_CACHE"] = "off"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        build(out, [])
        gold = load_gold(out / "gold")
        narratives = load()[:reports]
        titles = {n.id: n.title for n in narratives}
        for name, (title, export, here) in forms().items():
            if only and not any(name.startswith(o) for o in only):
                continue
            row = Row(title)
            if not here:
                row.errors.append("not measured: a program or the extra that it needs is not installed")
                yield row
                continue
            for path in export(narratives, out):
                row.take(path, gold[path.stem], titles[path.stem])
            yield row


def _line(row: Row) -> str:
    if not row.files:
        return f"| {row.name} | – | – | – | – | – | – | – | – | – |"
    hit, _, total = row.passages
    found, _, mentions = row.mentions
    return (
        f"| {row.name} | {', '.join(sorted(row.readers)) or '–'} | {row.files} | {row.titles} | {row.right} | {row.wrong} | {row.missing} | "
        f"{hit}/{total} ({row.passages[1]}) | {found}/{mentions} | {row.seconds / row.files:.2f} |"
    )


def table(rows: Sequence[Row]) -> str:
    """The matrix as Markdown."""
    head = "| form | reader | files | titles | cells right | wrong | missing | passages (predicted) | mentions | s/file |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    return "\n".join([head, *(_line(row) for row in rows)])


def recognised(rows: Sequence[Row]) -> str:
    """What was flagged on scans, as Markdown; empty without scans."""
    lines = [
        f"| {r.name} | {r.flagged_wrong + r.silent} | {r.silent} | {r.flagged_right} of {r.right} ({100 * r.flagged_right / max(1, r.right):.1f} %) |"
        for r in rows
        if r.name.startswith("scan") and r.files
    ]
    return (
        "\n".join(["| form | wrong cells | of these not flagged | right cells flagged |", "|---|---:|---:|---:|", *lines])
        if lines
        else ""
    )


def main() -> None:
    """Print the matrix, and put it between the marks of ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="Markdown file in which the part between the marks is replaced")
    parser.add_argument("--only", nargs="*", default=[], help="names of forms, or how they begin (text, html, docx, pdf, scan)")
    parser.add_argument("--reports", type=int)
    options = parser.parse_args()
    rows = []
    for row in measure(options.only, options.reports):
        rows.append(row)
        print(_line(row), flush=True)
        for error in row.errors[:4]:
            print(f"    {error[:160]}", file=sys.stderr)
    text = f"{table(rows)}\n\n{recognised(rows)}\n"
    print(recognised(rows))
    if options.out:
        replace_part(options.out, "matrix", text)


def replace_part(path: Path, name: str, text: str) -> None:
    """Put ``text`` between ``<!-- name -->`` and ``<!-- /name -->`` of a Markdown file."""
    page = path.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, rest = page.split(start)
    path.write_text(f"{before}{start}{text}{end}{rest.split(end)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
