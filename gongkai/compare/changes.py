"""What changes from year to year: growth of cells, checks across years, and jumps that look like errors.

Values are compared inside a segment of :mod:`gongkai.compare.panel` only.  Across 2020/21, when the form changed, a series goes on
where ``concordance.csv`` says ``same`` or ``sum``, and nowhere else.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.codebook import APPLICANTS, FORM_NAMES, form_cells
from gongkai.store_access import Store

#: what a row of growth says, with its Chinese name
STATUSES = (
    ("ok", "可比"), ("missing_year", "缺少年度"), ("agency_changed", "机关变动"), ("coverage_changed", "统计范围变动"),
    ("coverage_unknown", "统计范围不明"), ("form_unknown", "表格式样不明"), ("no_value", "缺少数值"),
)  # fmt: skip
#: verdicts of checks across years (codebook, section 3)
VERDICTS = (("holds", "成立"), ("unexplained_change", "变动无解释"), ("not_checkable", "无法核对"))
#: smaller numbers change tenfold without anyone having erred
SMALLEST = 20
#: how far from exactly 10 or 100 a jump may be, in powers of ten: a slip of a value that also grew by up to 41 % (or fell by 29 %)
ABOUT = 0.15


@cache
def concordance() -> pa.Table:
    """Which cell of the later form continues a cell of the earlier: (form_from, form_to, code, part, parts).

    A cell that continues as a sum has one row for each ``part``; ``parts`` counts them.  Cells of one form continue as themselves.
    """
    rows = [(form, form, code, code, 1) for form in FORM_NAMES for code in form_cells(form)]
    text = files("corpus").joinpath("data/spec/concordance.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        if row["relation"] in {"same", "sum"}:
            parts = row["code_2021"].split("+")
            rows += [("2019", "2021", row["code_2019"], part, len(parts)) for part in parts]
    names = ["form_from", "form_to", "code", "part", "parts"]
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


#: agency-years that a query takes at a time
_PIECE = 3_000

# one value per series, year and code: several agencies of a year are added up, and only where each has a value
_VALUES = (
    "SELECT p.series, p.year, c.code, CASE WHEN count(c.value) = any_value(m.members) THEN sum(c.value) END AS value FROM panel p "
    "JOIN (SELECT series, year, count(*) AS members FROM panel GROUP BY ALL) m USING (series, year) "
    "JOIN cells c USING (report_id) GROUP BY p.series, p.year, c.code"
)
_YEARS = (
    "SELECT series, year, any_value(segment) AS segment, any_value(break_before) AS break_before, "
    "CASE WHEN count(DISTINCT form) = 1 THEN any_value(form) ELSE 'mixed' END AS form FROM panel GROUP BY series, year"
)
_PAIRS = (
    "SELECT series, year, form, break_before, lag(year) OVER w AS year_from, lag(form) OVER w AS form_from FROM years "
    "WINDOW w AS (PARTITION BY series ORDER BY year)"
)


def _in_pieces(store: Store, query: str, panel: pa.Table, tables: Mapping[str, pa.Table]) -> pa.Table:
    """A query over ``panel``, some thousand agency-years at a time: the joins of all years of a large store need gigabytes.

    The panel is sorted by series, and so is what the query gives: the pieces one after another are the whole.
    """
    series = panel["series"].combine_chunks()
    first = (
        np.flatnonzero(np.r_[True, pc.not_equal(series[1:], series[:-1]).to_numpy(zero_copy_only=False)])
        if len(series)
        else np.array([0])
    )
    # cut where a series begins, at the first beginning behind every so many rows
    cuts = [0, *np.unique(first[np.searchsorted(first[:-1], np.arange(_PIECE, len(series), _PIECE))]).tolist(), len(series)]
    pieces = [
        store.sql(query, {**tables, "panel": panel.slice(a, b - a)})
        for a, b in pairwise(cuts)
        if b > a or b == len(series) == 0
    ]
    return pa.concat_tables(pieces)


def growth(store: Store, panel: pa.Table, *, codes: tuple[str, ...] | None = None) -> pa.Table:
    """Each cell of each series against the year before.

    Args:
        panel: from :func:`gongkai.compare.agency_years`.
        codes: cells wanted, as the earlier year's form calls them; all if ``None``.

    Returns:
        series, code, year_from, year_to, value_from, value_to, change, ratio (null where value_from is 0), status (of
        :data:`STATUSES`; a change only where it is ``ok``), across_forms.  Cells that neither year holds have no row.
    """
    wanted = "" if codes is None else " AND a.code IN (" + ", ".join("'" + c.replace("'", "''") + "'" for c in codes) + ")"
    query = f"""
    WITH {_judged(wanted)}
    SELECT series, code, year_from, year_to, value_from, value_to,
      CASE WHEN status = 'ok' THEN value_to - value_from END AS change,
      CASE WHEN status = 'ok' AND value_from <> 0 THEN value_to / value_from END AS ratio, status, across_forms
    FROM judged
    UNION ALL
    SELECT p.series, NULL, p.year_from, p.year, NULL, NULL, NULL, NULL, 'form_unknown', NULL FROM pairs p
    WHERE p.year_from IS NOT NULL AND NOT (p.form_from IN ('2019', '2021') AND p.form IN ('2019', '2021'))
    ORDER BY ALL
    """
    return _in_pieces(store, query, panel, {"concordance": concordance()})


def _judged(wanted: str) -> str:
    """Common table expressions: ``pairs`` of years, ``v`` values, ``judged`` values of both years with a status."""
    return f"""years AS ({_YEARS}), pairs AS ({_PAIRS}), v AS ({_VALUES}),
    joined AS (
      SELECT p.series, a.code, p.year_from, p.year AS year_to, any_value(f.value) AS value_from,
        CASE WHEN count(t.value) = any_value(a.parts) THEN sum(t.value) END AS value_to,
        any_value(p.break_before) AS why, any_value(p.form_from <> p.form) AS across_forms, count(t.code) + count(f.code) AS held
      FROM pairs p JOIN concordance a ON a.form_from = p.form_from AND a.form_to = p.form
      LEFT JOIN v f ON f.series = p.series AND f.year = p.year_from AND f.code = a.code
      LEFT JOIN v t ON t.series = p.series AND t.year = p.year AND t.code = a.part
      WHERE p.year_from IS NOT NULL{wanted} GROUP BY p.series, a.code, p.year_from, p.year
    ), judged AS (
      SELECT *, CASE WHEN why <> '' THEN why WHEN value_from IS NULL OR value_to IS NULL THEN 'no_value' ELSE 'ok' END AS status
      FROM joined WHERE held > 0
    )"""


def _expressions() -> list[tuple[str, str, list[tuple[int, int, str]], bool]]:
    """(check, expression, terms, only from 2022 on): terms are (sign, years back, cell); they sum to 0 where the check holds."""
    found: list[tuple[str, str, list[tuple[int, int, str]], bool]] = []
    for a in (*APPLICANTS, "total"):
        text = f"t3.carried_in.{a} = t3.carried_out.{a} of the year before"
        found.append((f"carried.{a}", text, [(1, 0, f"t3.carried_in.{a}"), (-1, 1, f"t3.carried_out.{a}")], False))
    for row in ("regulation", "normative"):
        text = f"t2.{row}.effective = last year's + t2.{row}.issued − t2.{row}.repealed"
        terms = [
            (1, 0, f"t2.{row}.effective"),
            (-1, 1, f"t2.{row}.effective"),
            (-1, 0, f"t2.{row}.issued"),
            (1, 0, f"t2.{row}.repealed"),
        ]
        found.append((f"effective.{row}", text, terms, True))
    return found


def checks_across_years(store: Store, panel: pa.Table) -> pa.Table:
    """The checks across years of the codebook, for every series and year that has a year before it in the store.

    Returns:
        series, year, check, expression, left, right, verdict (of :data:`VERDICTS`), why (for ``not_checkable``).
    """
    checks = _expressions()
    terms = [(name, sign, back, code) for name, _, parts, _ in checks for sign, back, code in parts]
    tables = {
        "terms": pa.table(dict(zip(["check", "sign", "back", "code"], map(list, zip(*terms, strict=True)), strict=True))),
        "expressions": pa.table(
            {"check": [c[0] for c in checks], "expression": [c[1] for c in checks], "late": [c[3] for c in checks]}
        ),
    }
    query = f"""
    WITH years AS ({_YEARS}), pairs AS ({_PAIRS}), v AS ({_VALUES}),
    sides AS (
      SELECT p.series, p.year, e.check, any_value(e.expression) AS expression, any_value(p.break_before) AS why,
        count(v.value) = count(*) AS whole, count(v.code) = count(*) AS printed,
        sum(v.value) FILTER (t.sign = 1 AND t.code = first_code) AS "left",
        0 - sum(t.sign * v.value) FILTER (NOT (t.sign = 1 AND t.code = first_code)) AS "right"
      FROM pairs p CROSS JOIN expressions e
      JOIN (SELECT *, first_value(code) OVER (PARTITION BY "check" ORDER BY back, sign DESC, code) AS first_code FROM terms) t
        ON t."check" = e."check"
      LEFT JOIN v ON v.series = p.series AND v.code = t.code AND v.year = CASE t.back WHEN 0 THEN p.year ELSE p.year_from END
      WHERE p.year_from IS NOT NULL AND (NOT e.late OR (p.year >= 2022 AND p.form = '2021' AND p.form_from = '2021'))
      GROUP BY p.series, p.year, e.check
    )
    SELECT series, year, "check", expression, "left", "right",
      CASE WHEN why <> '' OR NOT whole THEN 'not_checkable' WHEN "left" = "right" THEN 'holds' ELSE 'unexplained_change' END AS verdict,
      CASE WHEN why <> '' THEN why WHEN NOT printed THEN 'absent' WHEN NOT whole THEN 'no_value' ELSE '' END AS why
    FROM sides ORDER BY series, year, "check"
    """
    return _in_pieces(store, query, panel, tables)


def jumps(store: Store, panel: pa.Table) -> pa.Table:
    """Jumps that look like a slip: a value about ten or a hundred times the year before's (or a part of it), or the values of two
    columns of a row of table 3 exchanged.

    Never a judgement: growth may be real.  ``returns`` says that the year after is back near the old level, which makes a slip likely;
    that way back is no jump of its own.  "About" is a factor of 1.41 either way, for the year's own growth stands in the value too;
    values under 200 and their tenth are left out, and exchanged columns where neither held 20.

    Returns:
        series, year, kind (``factor_10``, ``factor_100``, ``swapped``), code, other_code (of ``swapped``), before, value, after,
        returns (null without a year after).
    """
    query = f"""
    WITH {_judged("")},
    -- what is small in both years is no slip, and most cells are 0
    g AS (
      SELECT series, code, year_from, year_to, value_from, value_to, split_part(code, '.', 2) AS line, split_part(code, '.', 3) AS "column"
      FROM judged WHERE status = 'ok' AND greatest(value_from, value_to) >= {SMALLEST // 2}
    ),
    near AS (
      SELECT g.*, n.value_to AS after, log10(g.value_to / g.value_from) AS steps,
        CASE WHEN n.value_to IS NOT NULL THEN n.value_to BETWEEN g.value_from / 2 AND g.value_from * 2 END AS "returns"
      FROM g LEFT JOIN g n ON n.series = g.series AND n.code = g.code AND n.year_from = g.year_to
      WHERE least(g.value_from, g.value_to) > 0 AND greatest(g.value_from, g.value_to) >= {10 * SMALLEST}
        AND least(abs(abs(log10(g.value_to / g.value_from)) - 1), abs(abs(log10(g.value_to / g.value_from)) - 2)) < {ABOUT}
    ),
    exchanged AS (
      SELECT a.series, a.year_from, a.year_to, a.code, b.code AS other_code, a.value_from AS before, a.value_to AS "value", n.value_to AS after,
        CASE WHEN n.value_to IS NOT NULL THEN abs(n.value_to - a.value_from) < abs(n.value_to - b.value_from) END AS "returns"
      FROM g a JOIN g b ON b.series = a.series AND b.year_to = a.year_to AND b.line = a.line AND b.code > a.code
        AND starts_with(a.code, 't3.') AND starts_with(b.code, 't3.') AND a."column" <> 'total' AND b."column" <> 'total'
      LEFT JOIN g n ON n.series = a.series AND n.code = a.code AND n.year_from = a.year_to
      WHERE greatest(a.value_from, b.value_from) >= {SMALLEST} AND greatest(a.value_from, b.value_from) >= 3 * least(a.value_from, b.value_from)
        AND {_alike("a.value_to", "b.value_from")} AND {_alike("b.value_to", "a.value_from")}
    )
    SELECT series, year_to AS year, CASE WHEN abs(steps) > 1.5 THEN 'factor_100' ELSE 'factor_10' END AS kind, code, NULL AS other_code,
      value_from AS before, value_to AS "value", after, "returns"
    FROM near WHERE NOT EXISTS (
      SELECT 1 FROM near b WHERE b.series = near.series AND b.code = near.code AND b.year_to = near.year_from AND b."returns" AND b.steps * near.steps < 0)
    UNION ALL
    SELECT series, year_to, 'swapped', code, other_code, before, "value", after, "returns"
    FROM exchanged e WHERE NOT EXISTS (
      SELECT 1 FROM exchanged b
      WHERE b.series = e.series AND b.code = e.code AND b.other_code = e.other_code AND b.year_to = e.year_from AND b."returns")
    ORDER BY ALL
    """
    return _in_pieces(store, query, panel, {"concordance": concordance()})


def _alike(value: str, old: str) -> str:
    """SQL: a value is the old one with a year's growth or, of small counts, with their chance (two standard deviations)."""
    return f"abs({value} - {old}) <= greatest(0.3 * {old}, 2 * sqrt({old}))"
