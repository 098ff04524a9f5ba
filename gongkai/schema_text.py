"""``gongkai schema``: every table, column, unit and code, generated from ``corpus.store.schema`` and ``corpus.codebook``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from corpus.codebook import CODEBOOK_VERSION, FORM_NAMES, SCHEMA_VERSION, SECTIONS, codebook, form_cells
from corpus.errors import UsageError
from corpus.store import schema
from gongkai.codebook_text import meaning

Format = Literal["text", "markdown", "json"]

#: lists of codes, by name -> (Chinese name, meaning, the columns that use them)
LISTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "sections": ("章节", "sections of a report", ("passages.section", "reports.sections_found")),
    "labels": ("类别", "what a passage is about", ("passages.label", "passages.also")),
    "facets": ("方面", "what a shortcoming or measure is about", ("passages.facets",)),
    "indicators": (
        "指标",
        "what a number counts; class A are the statutory cells (comparable between agencies), B prose counts that a cell also "
        "counts, C self-defined (compared within an agency, never ranked between agencies)",
        ("mentions.indicator", "joins.indicator"),
    ),
    "cells_2019": ("2019年格式单元格", "cells of the form of 2019–2020", ("cells.code", "joins.cell_codes", "checks.evidence")),
    "cells_2021": ("2021年格式单元格", "cells of the form since 2021", ("cells.code", "joins.cell_codes", "checks.evidence")),
    "issue_codes": ("问题提示代码", "findings that did not stop the run", ("issues.code",)),
}


def code_list(name: str) -> list[dict[str, str]]:
    """Rows of one list of codes: ``code``, ``zh``, ``en`` and what else belongs to it (``class``; ``unit``, ``row``, ``column``)."""
    book = codebook()
    match name:
        case "sections":
            return [{"code": k, "zh": zh, "en": en} for k, (zh, en) in SECTIONS.items()]
        case "labels":
            return [{"code": c.code, "zh": c.zh, "en": c.en} for c in book.labels.values()]
        case "facets":
            return [{"code": c.code, "zh": c.zh, "en": c.en} for c in book.facets.values()]
        case "indicators":
            return [{"code": c.code, "zh": c.zh, "class": c.cls} for c in book.indicators.values()]
        case "issue_codes":
            return [{"code": k, "zh": zh, "en": en} for k, (zh, en) in schema.ISSUES.items()]
    form = next(f for f in FORM_NAMES if name == f"cells_{f}")
    return [
        {
            "code": s.code,
            "zh": " › ".join(x for x in (s.group, s.subgroup, s.row) if x) + f" · {s.column}",
            "en": f"{s.row_en} · {s.column_en}",
            "unit": s.unit,
        }
        for s in form_cells(form).values()
    ]


def schema_dict(table: str | None = None) -> dict[str, Any]:
    """Tables and lists of codes as JSON values.

    Args:
        table: a table (with the lists that its columns use), a list of codes, a column or a code, each by its Chinese name too; everything if
            ``None``.

    Raises:
        UsageError: nothing has such a name.
    """
    tables = schema.tables()
    if table is None:
        return _as_dict(list(tables.values()), {n: code_list(n) for n in LISTS})
    every = tables | schema.derived_tables()
    if own := [t for t in every.values() if table in (t.name, t.zh)]:
        return _as_dict(
            own, {n: code_list(n) for n, (_, _, uses) in LISTS.items() if any(u.split(".")[0] == own[0].name for u in uses)}
        )
    if lists := [n for n, (zh, _, _) in LISTS.items() if table in (n, zh)]:
        return _as_dict([], {n: code_list(n) for n in lists})
    columns = [replace(t, columns=found) for t in every.values() if (found := tuple(c for c in t.columns if _is_of(c, table)))]
    codes = {n: some for n in LISTS if (some := [row for row in code_list(n) if table in (row["code"], row["zh"])])}
    if not columns and not codes:
        raise UsageError(
            f"no table or list named {table!r}, and no column or code",
            remedy=f"use one of {', '.join([*tables, *LISTS])}, a column or a code, or the Chinese name of one",
        )
    return _as_dict(columns, codes)


def _is_of(column: schema.Column, name: str) -> bool:
    """Whether a column has this name, or takes a code of this name."""
    return name in (column.name, column.zh) or any(name in code for code in column.codes)


def _as_dict(shown: Sequence[schema.Table], lists: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "codebook_version": CODEBOOK_VERSION,
        "tables": {
            t.name: {
                "zh": t.zh,
                "en": t.en,
                "key": list(t.key),
                "columns": [
                    {
                        "name": c.name,
                        "type": _type(c),
                        "nullable": c.nullable,
                        "zh": c.zh,
                        "en": c.en,
                        "codes": [{"code": code, "zh": zh} for code, zh in c.codes],
                        "codes_from": [n for n, (_, _, uses) in LISTS.items() if f"{t.name}.{c.name}" in uses],
                    }
                    for c in t.columns
                ],
            }
            for t in shown
        },
        "codes": {n: {"zh": LISTS[n][0], "en": LISTS[n][1], "codes": rows} for n, rows in lists.items()},
    }


def _type(column: schema.Column) -> str:
    return {"strings": "list of string", "floats": "list of float", "octets": "list of uint8"}.get(column.type, column.type)


def schema_text(table: str | None = None, fmt: Format = "text") -> str:
    """The schema as text for a terminal, Markdown or JSON; arguments and errors as :func:`schema_dict`."""
    data = schema_dict(table)
    if fmt == "json":
        return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    parts = [_head(data, fmt)] if table is None else []
    for name, t in data["tables"].items():
        parts.append(_title(f"{name}  {t['zh']}", f"{t['en']}; key: {', '.join(t['key'])}", fmt))
        parts.append(_rows(("column", "type", "null", "中文", "meaning"), [_column(c, fmt) for c in t["columns"]], fmt))
    for name, c in data["codes"].items():
        parts.append(_title(f"codes: {name}  {c['zh']}", c["en"], fmt))
        fields = [f for f in ("code", "class", "unit", "zh", "en") if f in c["codes"][0]]
        heads = tuple("中文" if f == "zh" else "English" if f == "en" else f for f in fields)
        parts.append(_rows(heads, [_coded([row[f] for f in fields], fmt) for row in c["codes"]], fmt))
        if (
            table is not None
            and table in (row := c["codes"][0]).values()
            and (said := meaning(name.removesuffix("s"), row["code"]))
        ):
            parts.append(said)
    return "\n".join(parts)


def _head(data: dict[str, Any], fmt: Format) -> str:
    line = f"gongkai schema {data['schema_version']}, codebook {data['codebook_version']}"
    return f"# {line}\n" if fmt == "markdown" else f"{line}\n"


def _title(title: str, note: str, fmt: Format) -> str:
    return f"## {title}\n\n{note}\n" if fmt == "markdown" else f"{title}\n{'─' * width(title)}\n{note}\n"


def _column(c: dict[str, Any], fmt: Format) -> list[str]:
    meaning = c["en"]
    if c["codes_from"]:
        meaning += f" [codes: {', '.join(c['codes_from'])}]"
    elif c["codes"]:
        meaning += ": " + ", ".join(f"{x['code']} {x['zh']}" for x in c["codes"])
    return _coded([c["name"], c["type"], "null" if c["nullable"] else "", c["zh"], meaning], fmt)


def _coded(row: Sequence[str], fmt: Format) -> list[str]:
    return [f"`{row[0]}`", *row[1:]] if fmt == "markdown" else list(row)


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]], fmt: Format) -> str:
    rows = list(rows)
    if fmt == "markdown":
        lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
        lines += ["| " + " | ".join(x.replace("|", "\\|") for x in row) + " |" for row in rows]
        return "\n".join(lines) + "\n"
    widths = [max(width(row[i]) for row in rows) for i in range(len(heads) - 1)]
    lines = ["  " + "  ".join([*(pad(x, w) for x, w in zip(row, widths, strict=False)), row[-1]]).rstrip() for row in rows]
    return "\n".join(lines) + "\n"


def width(text: str) -> int:
    """Columns that ``text`` takes in a terminal: two for each Chinese character."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """``text`` with spaces up to that width."""
    return text + " " * (columns - width(text))
