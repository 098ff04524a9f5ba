"""``report.html`` of a comparison: one self-contained page of plots and tables that prints well.

It shows what reads well and says where the rest is: every section names the CSV file that holds all of its rows.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from corpus.codebook import all_cells, codebook
from corpus.errors import UsageError
from gongkai import plots, view
from gongkai.html import content_policy
from gongkai.store_access import Store

#: rows of a table that the page shows
SHOWN = 15


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of the page: ``numeric`` says which columns are set to the right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page; ``images`` are (SVG text, what it shows), ``csv`` the files that hold all rows."""

    id: str
    zh: str
    en: str
    text: str
    images: tuple[tuple[str, str], ...] = ()
    tables: tuple[Listing, ...] = ()
    csv: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _group(row: Mapping[str, Any], by: Sequence[str]) -> str:
    return " ".join(str(row[k]) for k in by) or "全部"


def _facet(code: str) -> str:
    return "任一方面" if code == "any" else codebook().facets[code].zh


def _pictures(makers: Sequence[tuple[Callable[[], Any], str]]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Those figures that can be drawn, and why others cannot."""
    drawn, notes = [], []
    for make, what in makers:
        try:
            drawn.append((plots.svg(make()), what))
        except UsageError as error:
            notes.append(f"{what}: {error.message}")
    return tuple(drawn), tuple(notes)


def _shares(tables: Mapping[str, pa.Table], by: Sequence[str], groups: Sequence[tuple[str, ...]]) -> list[Section]:
    found = []
    for name, what, zh, en in (("problems", "problem", "存在问题", "Problems"), ("measures", "measure", "改进措施", "Measures")):
        table = tables[name]
        makers: list[tuple[Callable[[], Any], str]] = [(lambda t=table, w=what: plots.heat_map(t, by, what=w), f"{zh}：各方面与分组")]  # type: ignore[misc]
        if "year" in by:
            makers.append((lambda t=table, w=what: plots.trends(t, by, what=w), f"{zh}：逐年变化"))  # type: ignore[misc]
        if len(groups) == 2:
            makers.append((lambda t=table, w=what: plots.dumbbell(t, by, *groups, what=w), f"{zh}：两组对照"))  # type: ignore[misc]
        images, notes = _pictures(makers)
        text = f"Share of reports that state a {what} of each facet, with 95 % intervals in the file."
        found.append(Section(name, zh, en, text, images, (), (f"{name}.csv",), notes))
    return found


def _differences(tables: Mapping[str, pa.Table]) -> Section | None:
    if "differences" not in tables:
        return None
    rows = sorted((r for r in tables["differences"].to_pylist() if r["q_bh"] is not None), key=lambda r: (r["q_bh"], r["p"]))
    shown = [
        (r["group"], r["other"], "问题" if r["what"] == "problem" else "措施", _facet(r["facet"]), f"{100 * r['difference']:+.1f}",
         f"{100 * r['low']:+.1f} … {100 * r['high']:+.1f}", f"{r['p']:.3g}", f"{r['q_bh']:.3g}")
        for r in rows[:SHOWN]
    ]  # fmt: skip
    header = ("group", "against", "", "facet 方面", "difference", "95 %", "p", "q (BH)")
    small = sum(r["q_bh"] < 0.05 for r in rows)
    text = f"{small} of {len(rows)} differences stay at a false discovery rate of 5 % (Benjamini–Hochberg); percentage points."
    return Section("differences", "组间差异", "Differences", text, (), (Listing("", header, tuple(shown), frozenset({4, 5, 6, 7})),), ("differences.csv",))


def _words(tables: Mapping[str, pa.Table], by: Sequence[str]) -> Section | None:
    listings = []
    for name, zh in (("words_problems", "存在问题"), ("words_measures", "改进措施")):
        if name not in tables:
            continue
        groups: dict[str, list[str]] = {}
        for r in tables[name].to_pylist():
            groups.setdefault(_group(r, by), []).append(f"{r['term']}（{r['count']}）")
        rows = tuple((g, "、".join(words[:SHOWN])) for g, words in groups.items())
        listings.append(Listing(zh, ("group", "words and phrases 词与短语（次数）"), rows))
    if not listings:
        return None
    text = "What each group says more than the others (weighted log-odds, Monroe et al. 2008), used by at least three agencies of the group; names of places and agencies left out."
    return Section("words", "用语差异", "Wording", text, (), tuple(listings), ("words_problems.csv", "words_measures.csv"))


def _quotations(tables: Mapping[str, pa.Table], by: Sequence[str]) -> Section | None:
    if "quotations" not in tables or not len(tables["quotations"]):
        return None
    facets: dict[str, list[tuple[str, ...]]] = {}
    for r in tables["quotations"].to_pylist():
        facets.setdefault(r["facet"], []).append((_group(r, by), r["agency"] or "", r["quote"]))
    order = [f for f in codebook().facets if f in facets]
    listings = tuple(Listing(_facet(f), ("group", "agency 机关", "clause 原文"), tuple(facets[f][: 2 * SHOWN])) for f in order)
    return Section("quotations", "原文对照", "In their words", "Clauses under each facet, drawn at random, an agency at a time.", (), listings, ("quotations.csv",))


def _answers(tables: Mapping[str, pa.Table], by: Sequence[str]) -> Section | None:
    table = tables.get("answers_by_group")
    if table is None:
        return None
    rows = [r for r in table.to_pylist() if r["facet"] == "any"]
    header = tuple(c for c in table.column_names if c not in by and c != "facet")
    shown = tuple((_group(r, by), *(_percent(r[c]) if isinstance(r[c], float) else str(r[c] if r[c] is not None else "") for c in header)) for r in rows)
    text = "Share of stated problems that meet a measure of the same facet or in near words, and that come back the next year (per cent)."
    return Section("answers", "问题与措施", "Problem → measure", text, (), (Listing("", ("group", *header), shown, frozenset(range(1, len(header) + 1))),), ("answers.csv", "answers_by_group.csv"))


def _derived(tables: Mapping[str, pa.Table], by: Sequence[str]) -> Section | None:
    table = tables.get("derived_by_group")
    if table is None:
        return None
    zh = {r["indicator"]: r["zh"] for r in tables["derived_definitions"].to_pylist()}
    rows = [r for r in table.to_pylist() if r["rate"] is not None]
    shown = tuple(
        (_group(r, by), {"own": "本机关", "consolidated": "汇总"}.get(r["coverage"], "不明"), zh[r["indicator"]], _percent(r["rate"]) + ("*" if r["small"] else ""),
         f"{r['numerator']:g} / {r['denominator']:g}", str(r["known"]))
        for r in rows[: 4 * SHOWN]
    )  # fmt: skip
    text = "Rates from the statutory cells, per cent, apart by coverage; * under 30 cases. Definitions, formulas and sources are in derived_definitions.csv."
    header = ("group", "coverage 范围", "indicator 指标", "%", "cases", "reports")
    return Section("derived", "派生指标", "Derived indicators", text, (), (Listing("", header, shown, frozenset({3, 4, 5})),), ("derived_by_group.csv", "derived.csv", "derived_definitions.csv"))


def _copied(tables: Mapping[str, pa.Table], names: Mapping[str, str]) -> Section | None:
    table = tables.get("copied")
    if table is None:
        return None
    images, notes = _pictures([(lambda: plots.copied_text(table, names), "机关之间的重复文本")]) if len(table) else ((), ())
    by_report = sorted(tables["copied_by_report"].to_pylist(), key=lambda r: (-r["either_share"], r["report_id"]))
    most = tuple(
        (names.get(r["agency"], r["agency"]), str(r["year"]), _percent(r["own_earlier_share"]), _percent(r["other_agency_share"]), _percent(r["either_share"]))
        for r in by_report[:SHOWN] if r["either_share"] > 0
    )  # fmt: skip
    examples = tuple(
        (f"{names.get(r['agency'], r['agency'])} {r['year']}", r["text"], f"{names.get(r['source_agency'], r['source_agency'])} {r['source_year']}", r["source_text"], f"{r['similarity']:.2f}")
        for r in sorted(table.to_pylist(), key=lambda r: (r["similarity"] == 1, -r["characters"], r["passage_id"]))[:5]
    )
    tables_ = (
        Listing("Most repeated 重复最多的报告（%）", ("agency 机关", "year", "own earlier 本机关往年", "another agency 其他机关", "either 合计"), most, frozenset({2, 3, 4})),
        Listing("Reworded 改写实例", ("report", "text", "source 来源", "text", "similarity"), examples, frozenset({4})),
    )
    text = f"{len(table):,} passages of problems and measures repeat an earlier one; earlier means earliest in this store."
    return Section("copied", "重复文本", "Copied text", text, images, tables_, ("copied.csv", "copied_by_report.csv"), notes)


def _panel(tables: Mapping[str, pa.Table], names: Mapping[str, str]) -> Section | None:
    if "checks_across_years" not in tables:
        return None
    checks = [r for r in tables["checks_across_years"].to_pylist() if r["verdict"] == "unexplained_change"]
    checked = sum(r["verdict"] != "not_checkable" for r in tables["checks_across_years"].to_pylist())
    jumps = tables["jumps"].to_pylist()
    cells = all_cells()
    first = tuple((names.get(r["series"], r["series"]), str(r["year"]), r["expression"], f"{r['left']:g}", f"{r['right']:g}") for r in checks[:SHOWN])
    second = tuple(
        (names.get(r["series"], r["series"]), str(r["year"]), r["kind"], cells[r["code"]].row + " " + cells[r["code"]].column, f"{r['before']:g} → {r['value']:g}")
        for r in jumps[:SHOWN]
    )
    listings = (
        Listing("Unexplained changes 变动无解释", ("agency 机关", "year", "check 核对", "left", "right"), first, frozenset({3, 4})),
        Listing("Jumps that look like a slip 疑似误填", ("agency 机关", "year", "kind", "cell 单元格", "values"), second, frozenset({4})),
    )
    text = f"{len(checks)} of {checked} checks across years do not hold; {len(jumps)} jumps look like a slip. Growth of every cell is in growth.csv."
    return Section("panel", "跨年核对", "Across years", text, (), tuple(x for x in listings if x.rows), ("checks_across_years.csv", "jumps.csv", "growth.csv", "panel.csv"))


def _distributions(tables: Mapping[str, pa.Table], by: Sequence[str]) -> Section | None:
    table = tables.get("indicators")
    if table is None or not len(table):
        return None
    wanted = [c for c in ("request.received", "normative.made", "review.total") if c in set(table["indicator"].to_pylist())]
    images, notes = _pictures([(lambda c=c: plots.distributions(table, by, c), codebook().indicators[c].zh) for c in wanted])  # type: ignore[misc]
    text = "Prose counts that a statutory cell also counts (class B); counts that agencies define themselves (class C) are compared within an agency only."
    return Section("indicators", "指标分布", "Indicators", text, images, (), ("indicators.csv", "indicators_within_agency.csv"), notes)


def render(store: Store, tables: Mapping[str, pa.Table], by: Sequence[str], groups: Sequence[tuple[str, ...]], notes: Sequence[str]) -> str:
    """The page.

    Args:
        tables: by name, as ``gongkai compare`` writes them.
        by: the grouping keys; ``groups`` their values.
        notes: what was left out, and why.
    """
    names: dict[str, str] = {}
    for r in store.table("reports").select(["agency", "agency_id"]).to_pylist():
        if r["agency"]:
            names.setdefault(r["agency_id"] or r["agency"], r["agency"])
            names.setdefault(f"name:{r['agency']}", r["agency"])
    made = [
        *_shares(tables, by, groups), _differences(tables), _answers(tables, by), _quotations(tables, by), _words(tables, by), _copied(tables, names),
        _derived(tables, by), _distributions(tables, by), _panel(tables, names),
    ]  # fmt: skip
    sections = [s for s in made if s is not None]
    style = files("gongkai").joinpath("templates", "compare.css").read_text(encoding="utf-8").strip()
    env = Environment(loader=PackageLoader("gongkai", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.filters["clean"] = view.clean
    env.filters["data"] = lambda text: "data:image/svg+xml;base64," + b64encode(text.encode("utf-8")).decode("ascii")
    policy = content_policy(style, "") + "; img-src data:"
    return env.get_template("compare.html.j2").render(
        policy=policy, style=Markup(style), meta=store.meta, by=by, groups=[" ".join(g) or "全部" for g in groups], sections=sections, notes=notes,
        reports=store.table("reports").num_rows,
    )  # fmt: skip
