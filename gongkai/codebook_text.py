"""``gongkai schema --codebook``: what each code means, with examples and families, for people who read or code results.

Names and definitions come from :mod:`corpus.codebook`, examples from the codebook's own page (``corpus/data/spec/codebook.md``).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from corpus.codebook import CODEBOOK_VERSION, Code, codebook
from corpus.files import write_text
from corpus.spreadsheets import MARK, write_rows
from models.taxonomy import Taxonomy

FILE = "codebook.csv"
COLUMNS = ("kind", "code", "zh", "en", "family", "family_zh", "class", "definition", "definition_zh", "examples", "not")
#: kinds of codes -> Chinese name
KINDS = {"label": "类别", "facet": "方面", "indicator": "指标"}
CLASSES = {
    "A": "statutory cells, comparable between agencies",
    "B": "counts in the prose that a cell also counts",
    "C": "self-defined: compared within an agency, never ranked between agencies",
}
_RULE = re.compile(r"^\*\*L\d+ `(\w+)` (.*?)(?=^\*\*L\d|^## )", re.MULTILINE | re.DOTALL)
_YES, _NO = (re.compile(rf"^- {word}: (.*(?:\n  .*)*)", re.MULTILINE) for word in ("Yes", "No"))
_FACET = re.compile(r"^\| `(\w+)` [^|]*\| [^|]* \| ([^|]*) \|", re.MULTILINE)

Row = Mapping[str, str]


def codebook_rows(own: Taxonomy | None = None) -> list[dict[str, str]]:
    """Every label, facet and indicator as a row of :data:`COLUMNS`; labels and facets of a user's own codes, of which the names are known."""
    book, (yes, no) = codebook(), _examples()
    indicators = [_row("indicator", c, {}, {}, {}) for c in book.indicators.values()]
    if own is not None:
        named = [("label", c, own.zh.get(c, "")) for c in own.labels]
        named += [("facet", c, own.zh.get(f"facet:{c}", "")) for c in own.facets]
        empty = dict.fromkeys(COLUMNS, "")
        return [empty | {"kind": kind, "code": code, "zh": zh} for kind, code, zh in named] + indicators
    rows = [_row("label", c, book.label_families, yes, no) for c in book.labels.values()]
    rows += [_row("facet", c, book.facet_families, yes, {}) for c in book.facets.values()]
    return rows + indicators


def _row(
    kind: str, code: Code, families: Mapping[str, Code], yes: Mapping[tuple[str, str], str], no: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    family = families.get(code.family)
    return {
        "kind": kind, "code": code.code, "zh": code.zh, "en": code.en, "family": code.family, "family_zh": family.zh if family else "",
        "class": code.cls, "definition": code.definition or CLASSES.get(code.cls, ""), "definition_zh": code.definition_zh,
        "examples": yes.get((kind, code.code), ""), "not": no.get((kind, code.code), ""),
    }  # fmt: skip


@cache
def _examples() -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """Examples and near misses by kind and code."""
    page = files("corpus").joinpath("data/spec/codebook.md").read_text(encoding="utf-8")
    yes: dict[tuple[str, str], str] = {}
    no: dict[tuple[str, str], str] = {}
    for code, text in _RULE.findall(page):
        for found, into in ((_YES.search(text), yes), (_NO.search(text), no)):
            if found:
                into["label", code] = " ".join(found[1].split())
    facets = codebook().facets
    yes |= {("facet", code): examples.strip() for code, examples in _FACET.findall(page) if code in facets}
    return yes, no


def codebook_csv(own: Taxonomy | None = None) -> str:
    """The rows for a spreadsheet."""
    out = io.StringIO()
    write_rows(out, COLUMNS, ([row.get(c) for c in COLUMNS] for row in codebook_rows(own)))
    return MARK + out.getvalue()


def write_codebook(folder: Path, codes: Taxonomy) -> Path:
    """Write the rows beside an export or a comparison of a store of these codes."""
    from gongkai.codes import is_own  # needs pyarrow, which printing the codebook does not

    path = folder / FILE
    write_text(path, codebook_csv(codes if is_own(codes) else None), newline="")
    return path


def codebook_text(fmt: str = "text") -> str:
    """The codes as ``text`` for a terminal, ``markdown``, ``json`` or ``csv``."""
    rows = codebook_rows()
    if fmt == "csv":
        return codebook_csv()
    if fmt == "json":
        return json.dumps({"codebook_version": CODEBOOK_VERSION, "codes": rows}, ensure_ascii=False, indent=1) + "\n"
    return _markdown(rows) if fmt == "markdown" else _plain(rows)


def _plain(rows: Sequence[Row]) -> str:
    lines = [f"gongkai codebook {CODEBOOK_VERSION}"]
    for kind, zh in KINDS.items():
        lines += ["", f"{zh} {kind}s", ""]
        for row in (r for r in rows if r["kind"] == kind):
            family = (
                f" [{row['family_zh']} {row['family']}]"
                if row["family"]
                else f" [class {row['class']}]"
                if row["class"]
                else ""
            )
            lines.append(f"{row['code']}  {row['zh']}  {row['en']}{family}")
            lines += _meant(row)
    lines += ["", *(f"class {c}: {said}" for c, said in CLASSES.items())]
    return "\n".join(lines) + "\n"


def _meant(row: Row) -> list[str]:
    lines = [f"    {row[c]}" for c in ("definition", "definition_zh") if row[c] and not row["class"]]
    return lines + [f"    {word} {row[c]}" for c, word in (("examples", "例"), ("not", "非")) if row[c]]


def meaning(kind: str, code: str) -> str:
    """What a ``label`` or ``facet`` means, with examples, a line each; empty where the codebook says no more than its name."""
    return "".join(f"{line}\n" for row in codebook_rows() if (row["kind"], row["code"]) == (kind, code) for line in _meant(row))


def _markdown(rows: Sequence[Row]) -> str:
    lines = [f"# gongkai codebook {CODEBOOK_VERSION}"]
    for kind, zh in KINDS.items():
        some = [r for r in rows if r["kind"] == kind]
        shown = [c for c in COLUMNS[1:] if any(r[c] for r in some)]
        lines += ["", f"## {zh} {kind}s", "", "| " + " | ".join(shown) + " |", "|" + " --- |" * len(shown)]
        for row in some:
            cells = [f"`{row['code']}`", *(row[c].replace("|", "\\|") for c in shown[1:])]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


__all__ = ["COLUMNS", "FILE", "codebook_csv", "codebook_rows", "codebook_text", "meaning", "write_codebook"]
