"""``gongkai read``: the canonical text of a file, block by block."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.readers import read_bytes, read_file_bytes
from corpus.text import canonical as canonical_text
from corpus.text.sections import split_sections
from corpus.types import CanonicalText, Section, TableBlock
from gongkai.pages.console import standard_output
from gongkai.pages.words import Places, clean


def print_document(path: Path, reader: str | None = None, console: Console | None = None) -> None:
    """Print what the reader and the section cutter make of a file.

    Raises:
        ReadError: the file cannot be read.
    """
    console = console or standard_output()
    document = read_bytes(read_file_bytes(path), str(path), reader=reader)
    canonical = canonical_text.build(document)
    sections, issues = split_sections(canonical)
    about = f"{document.reader} {document.reader_version} {document.encoding}".strip()
    console.print(
        Text(f"{clean(str(path))}: {about}, {len(canonical.text)} characters, {len(canonical.blocks)} blocks", "bold")
    )
    _print_blocks(console, canonical, {s.first - 1: s for s in sections if s.heading})
    for issue in (*document.issues, *issues):
        console.print(Text(f"{issue.severity} {issue.code}: {clean(issue.message)}", "yellow"))


def _print_blocks(console: Console, canonical: CanonicalText, sections: dict[int, Section]) -> None:
    place = Places(canonical.source_map)
    headings = {s.start: s for s in sections.values()}
    for n, block in enumerate(canonical.blocks):
        if section := headings.get(block.start):
            console.rule(Text(f"{section.code} {clean(section.heading)}"), align="left")
        head = Text(f"#{n} [{block.start}:{block.end}] {place(block.start)} ".replace("  ", " "), "dim")
        if isinstance(block, TableBlock):
            head.append("table, " + ("exact columns" if block.grid.exact else "columns by rank"))
            console.print(head)
            console.print(_grid(block))
        else:
            head.append(f"h{block.level} " if block.level else "")
            console.print(head.append(clean(canonical.text[block.start : block.end]), "bold" if block.level else "not dim"))


def _grid(block: TableBlock) -> Table:
    rows = block.grid.rows()
    width = max((c.column for r in rows for c in r), default=-1) + 1
    table = Table(show_header=False, padding=(0, 1), show_lines=True)
    for _ in range(width):
        table.add_column()
    for row in rows:
        texts = [Text("")] * width
        for cell in row:
            spans = "" if cell.row_span == cell.column_span == 1 else f" ⟨{cell.row_span}×{cell.column_span}⟩"
            texts[cell.column] = Text("⟨merged⟩" if cell.merged else clean(cell.text) + spans, "dim" if cell.merged else "")
        table.add_row(*texts)
    return table
