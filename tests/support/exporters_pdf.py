"""Bundled narratives as PDF files, by the programs that agencies print with: Chromium and LibreOffice.

The HTML is written here from the narrative and its tables, with the spans that the form has; the programs print it.  Nothing of
the code under test is used.  A style is one way of printing:

- ``plain``: A4, tables with collapsed borders, nothing around the text.
- ``headers``: the browser's own header and footer (date, title, address, page 1/5).
- ``broken``: larger type and cells, so that every long table and its cells break over pages.
- ``landscape``: A4 on its side, paragraphs without indent, borders of single cells.
"""

from __future__ import annotations

import html
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.samples.narrative import HeadingLine, Narrative
from training.samples.pages import HEADINGS, PARTS_PRINTED
from training.samples.tables import Row, SampleCell, table

SECONDS = 180
_BASE = """
body { font-family: 'Noto Serif CJK SC', serif; font-size: 12pt; line-height: 1.7 }
h1 { font-size: 18pt; text-align: center } h2 { font-size: 14pt } h3 { font-size: 12pt }
p { text-indent: 2em; margin: 0.3em 0; text-align: justify }
table { border-collapse: collapse; width: 100%; font-size: 9pt; line-height: 1.3; table-layout: fixed }
td { border: 1px solid black; padding: 3pt; text-align: center; vertical-align: middle }
"""
STYLES: dict[str, str] = {
    "plain": "@page { size: A4; margin: 2.5cm }" + _BASE,
    "headers": "@page { size: A4 }" + _BASE,
    "broken": "@page { size: A4; margin: 2.2cm }"
    + _BASE
    + "body { font-size: 15pt } table { font-size: 12pt } td { padding: 9pt 3pt }",
    "landscape": "@page { size: A4 landscape; margin: 2cm }"
    + _BASE
    + "p { text-indent: 0; margin: 0.8em 0 } td { border: 0.5pt solid #444 } body { font-family: 'Noto Sans CJK SC' }",
}


def spans(rows: Sequence[Row], *, applicants: bool = False) -> list[list[tuple[SampleCell, int, int, int, int]]]:
    """Each printed cell of each row as (item, row, column, row span, column span).

    A merged place before the first label of its row belongs to the cell above, any other to the cell before it; ``applicants``:
    the last place of the third row is that of 总计 above.
    """
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for r, row in enumerate(rows):
        leading = True
        for c, item in enumerate(row):
            if item.kind != "merged":
                owner[r, c] = (r, c)
                leading = False
            elif leading or (applicants and r == 2 and c == len(row) - 1):
                owner[r, c] = owner[r - 1, c]
            else:
                owner[r, c] = owner[r, c - 1]
    out: list[list[tuple[SampleCell, int, int, int, int]]] = []
    for r, row in enumerate(rows):
        cells = []
        for c, item in enumerate(row):
            if item.kind != "merged":
                mine = [place for place, of in owner.items() if of == (r, c)]
                cells.append((item, r, c, max(y for y, _ in mine) - r + 1, max(x for _, x in mine) - c + 1))
        out.append(cells)
    return out


def _table(rows: Sequence[Row], part: str) -> Iterator[str]:
    width = max(len(row) for row in rows)
    # LibreOffice takes borders from the attribute, not from the style sheet
    yield '<table border="1" cellspacing="0">'
    for cells in spans(rows, applicants=part == "s3"):
        yield "<tr>"
        for item, _, column, row_span, column_span in cells:
            if len(rows[0]) < width or (part == "s2" and column + column_span < width and cells[-1][2] == column):
                column_span = width - column
            text = "&nbsp;" if item.kind == "blank" else html.escape(item.text)
            yield f'<td rowspan="{row_span}" colspan="{column_span}">{text}</td>'
        yield "</tr>"
    yield "</table>"


def to_html(narrative: Narrative, style: str = "plain") -> str:
    """The narrative as a page to be printed."""
    out = [
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(narrative.title)}</title>',
        f"<style>{STYLES[style]}</style></head><body><h1>{html.escape(narrative.title)}</h1>",
    ]
    for part in PARTS_PRINTED:
        rows = table(narrative, part) if part in ("s2", "s3", "s4") else []
        if narrative.cut_after and part in ("s4", "s5", "s6", "s3") and not rows:
            break
        if part != "preamble":
            out.append(f"<h2>{html.escape(narrative.headings.get(part, HEADINGS[part]))}</h2>")
        for block in narrative.parts.get(part, ()):
            tag = "h3" if isinstance(block, HeadingLine) else "p"
            out.append(f"<{tag}>{html.escape(block.text)}</{tag}>")
        if rows:
            out += _table(rows, part)
    return "\n".join([*out, "</body></html>"])


def chromium() -> str | None:
    """The browser's program, if one is installed."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


def libreoffice() -> str | None:
    """LibreOffice's program, if it is installed."""
    return next((found for name in ("soffice", "libreoffice") if (found := shutil.which(name))), None)


def print_chromium(pages: dict[str, str], out: Path, *, headers: bool = False) -> list[Path]:
    """Print HTML texts by file stem to ``out/<stem>.pdf``."""
    program = chromium()
    assert program is not None
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory() as folder:
        for stem, text in pages.items():
            source = Path(folder) / f"{stem}.html"
            source.write_text(text, encoding="utf-8")
            target = out / f"{stem}.pdf"
            command = [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
            command += [] if headers else ["--no-pdf-header-footer"]
            command += [f"--print-to-pdf={target}", source.as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
            written.append(target)
    return written


def print_libreoffice(pages: dict[str, str], out: Path) -> list[Path]:
    """Print HTML texts by file stem to ``out/<stem>.pdf`` in one run."""
    program = libreoffice()
    assert program is not None
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for stem, text in pages.items():
            source = Path(folder) / f"{stem}.html"
            source.write_text(text, encoding="utf-8")
            sources.append(str(source))
        profile = (Path(folder) / "profile").as_uri()
        # as a text document: the one for web pages loses the first heading
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--infilter=HTML (StarWriter)"]
        command += ["--convert-to", "pdf:writer_pdf_Export"]
        command += ["--outdir", str(out), *sources]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    return [out / f"{stem}.pdf" for stem in pages]
