r"""Tables that converters of pages leave as LaTeX inside Markdown or text (``\begin{tabular}…\multirow{3}{*}{…} & 0 \\``).

They are written anew as HTML tables, which the reader knows, in as many lines; headings (``\section*{一、总体情况}``) become plain lines.
"""

from __future__ import annotations

import html
import re

from corpus.datafile import later

_BEGIN = later(r"\\begin\{(tabular[xy*]?|longtable|longtabu|tabu|array|tblr)\}")
#: no cell nests spans deeper, no report's table has more cells, no page is laid out by more tables
_DEEP, _MOST_CELLS, _MOST_FRAMES = 4, 20_000, 8
_RULES = later(
    r"(?<!\\)%[ \t]*(?=\n)|\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering|raggedright|raggedleft|arraybackslash|strut)\b"
    r"(?:\\?noalign\{\})?(?:\[[^\]]*\])?|\\noalign\{[^}]*\}|\\(?:cline|cmidrule)(?:\([^)]*\))?\{[^}]*\}"
    r"|\\begin\{(?:minipage|tabular\*?)\}(?:\[[^\]]*\])?\{[^}]*\}|\\end\{(?:minipage|tabular\*?)\}"
)
_ROW = later(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline\b")
_CELL = later(r"(?<!\\)&")
_SPAN = later(r"\\multi(row|column)(?:\[[^\]]*\])?\{\s*(-?\d{1,3})\s*\}")
_COMMAND = later(
    r"\\(?:text(?:bf|it|rm|sf|tt)?|mathrm|mathbf|makecell|shortstack|underline|bfseries|small|footnotesize)\b\s*(?:\[[^\]]*\])?"
)
#: what breaks lines inside of one cell: the break there ends no row
_LINES_OF_CELL = (
    later(r"\\begin\{minipage\}(?:\[[^\]]*\])?\{[^}]*\}((?:(?!\\begin\{minipage\}).)*?)\\end\{minipage\}", flags=re.DOTALL),
    later(
        r"\\begin\{tabular\}(?:\[[^\]]*\])?\{(?:@\{\}|[lcr])*\}((?:(?!\\begin\{tabular\}).)*?)\\end\{tabular\}", flags=re.DOTALL
    ),
    later(r"\\(?:makecell|shortstack)\*?(?:\[[^\]]*\])?\{([^{}]*)\}"),
)
#: prose: what stands for a character, commands whose text stays, and those that leave nothing
_SIGNS = {
    "``": "“",
    "''": "”",
    "\\textless": "<",
    "\\textgreater": ">",
    "\\textbar": "|",
    "\\ldots": "…",
    "\\,": "",
    "\\textasciitilde": "~",
}
_SIGN = later(r"``|''|\\(?:textless|textgreater|textbar|ldots|textasciitilde)\b(?:\{\}| )?|\\,|\\([%&#_$])")
_KEPT = later(r"\\(?:text(?:bf|it|rm|sf|tt)|emph|underline|ul|href\{[^{}]*\})\{([^{}]*)\}")
#: {\Large\bfseries …}
_SIZED = later(
    r"\{(?:\\(?:tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|bfseries|heiti|songti|centering)\b[ \t]*)+([^{}]*)\}"
)
_NOTHING = later(
    r"\\(?:hfill\\break|strut|tightlist|item|newline|clearpage|newpage|raggedright|toprule|midrule|bottomrule|endhead|hline)\b[ \t]*"
    r"|\\(?:begin|end)\{(?:itemize|enumerate|quote|flushright|flushleft|center)\}"
    # a frame that a page was laid out by
    r"|\\begin\{(?:longtable|tabular|minipage)\}(?:\[[^\]]*\])?(?:\{\\linewidth\}|\{@\{\}[^@]*@\{\}\})?|\\end\{(?:longtable|tabular|minipage)\}[ \t]*(?:&|\\\\)?"
)
_HEADING = later(
    r"^[ \t]*\\(?:title|(?:sub){0,2}section|(?:sub)?paragraph|chapter)\*?\{([^{}]*)\}(?:\\label\{[^{}]*\})?\}?[ \t]*$",
    flags=re.MULTILINE,
)
_DOCUMENT = "\\begin{document}"
_TITLE, _COMMENT = later(r"\\title\{([^{}]*)\}"), later(r"(?<!\\)%.*")
_FRAME = later(
    r"^(?:[ \t]*\\(?:hypertarget\{[^}]*\}\{%?|(?:begin|end)\{(?:table|center|document)\*?\}(?:\[[^\]]*\])?"
    r"|maketitle|centering|small|footnotesize|captionsetup\{[^}]*\}))+[ \t]*$",
    flags=re.MULTILINE,
)


def without_latex(text: str) -> str:
    """``text`` with its LaTeX tables as HTML.

    >>> without_latex(r"\\begin{tabular}{|l|l|}\\hline 规章 & 0 \\\\ \\hline\\end{tabular}")
    '<table><tr><td>规章</td><td>0</td></tr></table>'
    """
    text = _body(text)
    parts: list[str] = []
    at = frames = 0
    unclosed: set[str] = set()
    for begin in _BEGIN.finditer(text):
        if begin.start() < at or begin[1] in unclosed:
            continue
        end = _end_of(text, begin[1], begin.end())
        if end is None:
            unclosed.add(begin[1])
            continue
        source = text[begin.end() : end.start()]
        if frames < _MOST_FRAMES and _holds_table(source):
            frames += 1  # of tables in a table (a page laid out by one) the inner ones are read
            continue
        if source.count("&") > _MOST_CELLS:
            continue
        parts += [_prose(text[at : begin.start()]), _as_html(source), "\n" * source.count("\n")]
        at = end.end()
    return "".join(parts) + _prose(text[at:]) if parts or _DOCUMENT in text else text


def _body(text: str) -> str:
    """What a whole document prints: its title and what stands between the marks of its body, without comments."""
    start = text.find(_DOCUMENT)
    if start < 0:
        return text
    head, body = text[:start], text[start:].split("\\end{document}", 1)[0]
    title = _TITLE.search(_COMMENT.sub("", head))
    return (title[1] if title else "") + "\n" * head.count("\n") + _COMMENT.sub("", body)


def _end_of(text: str, name: str, at: int) -> re.Match[str] | None:
    """The end of an environment that begins before ``at``: one of the same name inside has its own."""
    depth = 1
    for m in re.compile(rf"\\(?:(begin)|end)\{{{re.escape(name)}\}}").finditer(text, at):
        depth += 1 if m[1] else -1
        if not depth:
            return m
    return None


def _holds_table(source: str) -> bool:
    """Whether a table with columns stands inside; one of a single column only breaks the lines of a cell."""
    unclosed: set[str] = set()
    for inner in _BEGIN.finditer(source):
        end = None if inner[1] in unclosed else _end_of(source, inner[1], inner.end())
        if end is None:
            unclosed.add(inner[1])
        elif _CELL.search(source, inner.end(), end.start()):
            return True
    return False


def _prose(text: str) -> str:
    """Text around tables without commands.

    >>> _prose(r"\\textbf{推进``一网通办''}，占33.9\\%")
    '推进“一网通办”，占33.9%'
    """
    bare = _KEPT.sub(r"\1", _SIZED.sub(r"\1", _FRAME.sub("", _HEADING.sub(r"\1", text))))
    return _NOTHING.sub("", _SIGN.sub(lambda m: m[1] or _SIGNS[m[0].rstrip("{} ")], bare))


def _as_html(source: str) -> str:
    body = source
    for broken in _LINES_OF_CELL:
        body = broken.sub(lambda m: m[1].replace("\\\\", " "), body)
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
