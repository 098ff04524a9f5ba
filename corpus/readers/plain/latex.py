r"""Tables that converters of pages leave as LaTeX inside Markdown or text (``\begin{tabular}…\multirow{3}{*}{…} & 0 \\``).

They are written anew as HTML tables, which the reader knows, in as many lines; headings (``\section*{一、总体情况}``) become plain lines.
"""

from __future__ import annotations

import html
import re

_BEGIN = re.compile(r"\\begin\{(tabular[xy*]?|longtable|longtabu|tabu|array|tblr)\}")
#: no cell nests spans deeper, no report's table has more cells
_DEEP, _MOST_CELLS = 4, 20_000
_RULES = re.compile(
    r"(?<!\\)%[ \t]*(?=\n)|\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering|raggedright|raggedleft|arraybackslash)\b"
    r"(?:\\?noalign\{\})?(?:\[[^\]]*\])?|\\noalign\{[^}]*\}|\\(?:cline|cmidrule)(?:\([^)]*\))?\{[^}]*\}"
    r"|\\begin\{(?:minipage|tabular\*?)\}(?:\[[^\]]*\])?\{[^}]*\}|\\end\{(?:minipage|tabular\*?)\}"
)
_ROW = re.compile(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline\b")
_CELL = re.compile(r"(?<!\\)&")
_SPAN = re.compile(r"\\multi(row|column)(?:\[[^\]]*\])?\{\s*(-?\d{1,3})\s*\}")
_COMMAND = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt)?|mathrm|mathbf|makecell|shortstack|underline|bfseries|small|footnotesize)\b\s*(?:\[[^\]]*\])?"
)
_HEADING = re.compile(
    r"^[ \t]*\\(?:title|(?:sub){0,2}section|(?:sub)?paragraph|chapter)\*?\{([^{}]*)\}(?:\\label\{[^{}]*\})?\}?[ \t]*$",
    re.MULTILINE,
)
_FRAME = re.compile(
    r"^[ \t]*\\(?:hypertarget\{[^}]*\}\{%|(?:begin|end)\{(?:table|center|document)\*?\}(?:\[[^\]]*\])?|maketitle|centering|captionsetup\{[^}]*\})[ \t]*$",
    re.MULTILINE,
)


def without_latex(text: str) -> str:
    """``text`` with its LaTeX tables as HTML.

    >>> without_latex(r"\\begin{tabular}{|l|l|}\\hline 规章 & 0 \\\\ \\hline\\end{tabular}")
    '<table><tr><td>规章</td><td>0</td></tr></table>'
    """
    parts, at = [], 0
    unclosed: set[str] = set()
    for begin in _BEGIN.finditer(text):
        if begin.start() < at or begin[1] in unclosed:
            continue
        close = f"\\end{{{begin[1]}}}"
        end = text.find(close, begin.end())
        if end < 0:
            unclosed.add(begin[1])
            continue
        source = text[begin.end() : end]
        if source.count("&") > _MOST_CELLS:
            continue
        parts += [text[at : begin.start()], _as_html(source), "\n" * source.count("\n")]
        at = end + len(close)
    if not parts:
        return text
    return _FRAME.sub("", _HEADING.sub(r"\1", "".join(parts) + text[at:]))


def _as_html(source: str) -> str:
    body = source
    while (lead := re.match(r"\s*(?:\[[^\]]*\]|(?=\{))", body)) and (
        lead[0].strip() or body[lead.end() : lead.end() + 1] == "{"
    ):
        body = body[lead.end() :] if lead[0].strip() else body[_close(body, lead.end()) :]
    rows = []
    covered: dict[int, int] = {}
    for line in _ROW.split(_RULES.sub(" ", body)):
        if not line.strip() and not _CELL.search(line):
            continue
        cells, column = [], 0
        for raw in _CELL.split(line):
            text, down, across = _cell(raw)
            if covered.get(column, 0) > 0 and not text:
                covered[column] -= 1
                column += across
                continue
            for c in range(column, column + across):
                covered[c] = down - 1
            spans = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
            cells.append(f"<td{spans}>{html.escape(text)}</td>")
            column += across
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _cell(raw: str) -> tuple[str, int, int]:
    """The text of a cell, and how many rows and columns it takes."""
    spans = {"row": 1, "column": 1}
    for _ in range(_DEEP):
        m = _SPAN.search(raw)
        if m is None:
            break
        spans[m[1]] = max(1, int(m[2]))
        at = m.end()
        if m[1] == "column" or raw[at : at + 1] == "{":  # the alignment, the width
            at = _close(raw, at)
        else:
            at += raw[at : at + 1] in ("*", "=")
        end = _close(raw, at)
        raw = raw[: m.start()] + raw[at:end].strip()[1:-1] + raw[end:]
    text = _COMMAND.sub("", re.sub(r"\\([%&#_$ ,])", r"\1", raw.replace("$", " ").replace("\\(", " ").replace("\\)", " ")))
    return " ".join(text.replace("{", "").replace("}", "").split()), spans["row"], spans["column"]


def _close(text: str, at: int) -> int:
    """Where the group that opens at or behind ``at`` ends; the end of the text if it never does."""
    depth = 0
    for i in range(at, len(text)):
        if text[i] == "{":
            depth += 1
        elif text[i] == "}":
            depth -= 1
            if depth <= 0:
                return i + 1
        elif not depth and not text[i].isspace():
            return at
    return len(text)
