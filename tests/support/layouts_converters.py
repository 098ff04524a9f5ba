"""Layouts that converters and browsers make of a table; the matrices are those of ``tests/support/layouts.py``."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from tests.support.layouts import NOTE, C, Matrix, by_row


def _covered(matrix: Matrix) -> list[list[C | None]]:
    """The cell that covers each place; ``None`` where there is none."""
    height = 1 + max(c.row + c.rs - 1 for c in matrix)
    width = 1 + max(c.col + c.cs - 1 for c in matrix)
    out: list[list[C | None]] = [[None] * width for _ in range(height)]
    for c in matrix:
        for row in out[c.row : c.row + c.rs]:
            row[c.col : c.col + c.cs] = [c] * c.cs
    return out


def _repeated(matrix: Matrix) -> list[list[str]]:
    return [[c.text if c else "" for c in row] for row in _covered(matrix)]


def _anchored(matrix: Matrix) -> list[list[str]]:
    return [
        [c.text if c and (c.row, c.col) == (r, k) else "" for k, c in enumerate(row)] for r, row in enumerate(_covered(matrix))
    ]


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for c in text:
        if _wide(lines[-1] + c) > width:
            lines.append("")
        lines[-1] += c
    return lines


def browser(matrix: Matrix) -> list[str]:
    """Cells of a row with TABs between, a merged cell once: what is copied from a browser."""
    return ["\t".join(c.text for c in row) for row in by_row(matrix)]


def repeated_tabs(matrix: Matrix) -> list[str]:
    """Merged cells repeated in every place (python-docx)."""
    return ["\t".join(row) for row in _repeated(matrix)]


def repeated_pipes(matrix: Matrix) -> list[str]:
    """Merged cells repeated in every place of a Markdown table (pandas)."""
    rows = ["| " + " | ".join(row) + " |" for row in _repeated(matrix)]
    return [rows[0], "|" + "---|" * (rows[0].count("|") - 1), *rows[1:]]


def repeated_commas(matrix: Matrix) -> list[str]:
    """The same as CSV."""
    return [",".join(row) for row in _repeated(matrix)]


def quoted_commas(matrix: Matrix) -> list[str]:
    """CSV with every field quoted, merged cells once."""
    return [",".join(f'"{text}"' for text in row) for row in _anchored(matrix)]


def html2text(matrix: Matrix) -> list[str]:
    """Pipes between cells only, a ruler under the first row."""
    rows = [" | ".join(c.text for c in row) for row in by_row(matrix)]
    return [rows[0], "---|---", *rows[1:]]


def opened_rows(matrix: Matrix, *, opened: bool = True) -> list[str]:
    """Rows of pipes broken at every cell: a pipe alone opens each row, the pipes behind a cell are those that it covers."""
    out = []
    for row in by_row(matrix):
        cells = [(f"{c.text} |" + (" " + "|" * (c.cs - 1) if c.cs > 1 else "")).lstrip() for c in row]
        out += ["|", *cells] if opened else cells
    return out


def pipes_between(matrix: Matrix) -> list[str]:
    """One cell a line, and a pipe on a line of its own between two of them."""
    return [line for row in by_row(matrix) for c in row for line in (*c.text.split("\n"), "|")]


def grid(matrix: Matrix, *, box: bool = False) -> list[str]:
    """A grid table of pandoc, cells wrapped over lines; ``box``: drawn with box characters."""
    rows = _anchored(matrix)
    width = len(rows[0])
    columns = [*([16, 10, 26] if any(c.text == NOTE for c in matrix) else [20]), *[10] * width][:width]
    ruler = "+" + "+".join("-" * (n + 2) for n in columns) + "+"
    out = [ruler]
    for row in rows:
        parts = [_wrap(text, n) for text, n in zip(row, columns, strict=True)]
        for k in range(max(len(p) for p in parts)):
            texts = [p[k] if k < len(p) else "" for p in parts]
            out.append("|" + "|".join(f" {t}{' ' * (n - _wide(t))} " for t, n in zip(texts, columns, strict=True)) + "|")
        out.append(ruler)
    return (
        [
            line.replace("|", "│").replace("-", "─").replace("+", "┼") if line == ruler else line.replace("|", "│")
            for line in out
        ]
        if box
        else out
    )


def latex(
    matrix: Matrix, *, columns: str = "|l" * 9, width: str = "{*}", wrapped: str = "", ends: str = r" \\ \hline"
) -> list[str]:
    """A LaTeX table, its merged cells as commands (Mathpix, MinerU, Nougat)."""
    rows = []
    for r, covered in enumerate(_covered(matrix)):
        cells: list[str] = []
        for k, c in enumerate(covered):
            if c is None or k > c.col:
                cells += [""] if c is None else []
                continue
            text = "" if r > c.row else rf"\{wrapped}{{{c.text}}}" if wrapped and c.text else c.text
            text = rf"\multirow{{{c.rs}}}{width}{{{text}}}" if c.rs > 1 and r == c.row else text
            cells.append(rf"\multicolumn{{{c.cs}}}{{c|}}{{{text}}}" if c.cs > 1 else text)
        rows.append(" & ".join(cells) + ends)
    return [rf"\begin{{tabular}}{{{columns}}}", r"\hline", *rows, r"\end{tabular}"]


def latex_plain(matrix: Matrix) -> list[str]:
    """A long table of pandoc: no merged cells, its columns measured."""
    rows = [" & ".join(row) + r" \\" for row in _anchored(matrix)]
    widths = [r"  >{\raggedright\arraybackslash}p{(\columnwidth - 4\tabcolsep) * \real{0.10}}" for _ in rows[0].split("&")]
    return [
        r"\begin{longtable}[]{@{}",
        *widths,
        r"@{}}",
        r"\toprule\noalign{}",
        r"\endhead",
        *rows,
        r"\bottomrule",
        r"\end{longtable}",
    ]


def ruled(matrix: Matrix) -> list[str]:
    """A plain table of pandoc: a ruler of dashes says above and below where columns stand."""
    rows = _anchored(matrix)
    widths = [max(4, *map(_wide, column)) for column in zip(*rows, strict=True)]
    ruler = "  " + " ".join("-" * n for n in widths)
    body = ["  " + " ".join(t + " " * (n - _wide(t)) for t, n in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [ruler, *body, ruler]


CONVERTERS: dict[str, Callable[[Matrix], list[str]]] = {
    "browser": browser,
    "repeated-tabs": repeated_tabs,
    "repeated-pipes": repeated_pipes,
    "repeated-commas": repeated_commas,
    "quoted-commas": quoted_commas,
    "html2text": html2text,
    "opened-rows": opened_rows,
    "pipes-behind-cells": lambda m: opened_rows(m, opened=False),
    "pipes-between": pipes_between,
    "grid": grid,
    "ruled": ruled,
    "box": lambda m: grid(m, box=True),
    "latex": latex,
    "latex-one-line": lambda m: [
        "$$ " + " ".join(latex(m, columns="lll", width="{2cm}", wrapped="text", ends=r" \\[2pt]")) + " $$"
    ],
    "latex-plain": latex_plain,
}
