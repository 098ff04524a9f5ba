"""``report.html`` of a comparison: one self-contained page of plots and tables that prints well.

It shows what reads well and says where the rest is: every section names the CSV file that holds all of its rows.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
from markupsafe import Markup

from corpus.codebook import all_cells, codebook
from gongkai import plots
from gongkai.compare.tables import file_name
from gongkai.pages import words as view
from gongkai.pages.compare_parts import (
    ACROSS,
    QUOTES,
    SHOWN,
    Listing,
    PageSection,
    estimate,
    facet_of,
    group_of,
    in_language,
    percent,
    pictures,
    shortened,
)
from gongkai.pages.compare_shares import corrected_section, counted_section, said_at, share_sections, uncorrected, words_section
from gongkai.pages.language import Language
from gongkai.pages.template import asset, content_policy, environment
from gongkai.plots.language import language, say, sentence
from gongkai.store_access import Store

#: the rates that stand in the page; all are in the file
RATES = (
    "granted_rate",
    "partial_rate",
    "denied_rate",
    "not_provided_rate",
    "carried_out_share",
    "review_corrected_rate",
    "litigation_corrected_rate",
)


def _named(tables: Mapping[str, pa.Table], by: Sequence[str], names: Mapping[str, str]) -> dict[str, pa.Table]:
    """The tables with agencies as printed where they are groups; a name that two agencies have keeps their ids behind it."""
    if "agency" not in by:
        return dict(tables)
    found = {}
    for title, table in tables.items():
        if "agency" in table.column_names:
            at = table.column_names.index("agency")
            table = table.set_column(
                at, "agency", pa.array([names.get(a, a) for a in table["agency"].to_pylist()], pa.string())
            )
        found[title] = table
    return found


def _names(store: Store) -> dict[str, str]:
    """Printed name by agency id, and by the name itself as a panel's series without id calls it."""
    printed: dict[str, str] = {}
    rows = [r for r in store.table("reports").select(["agency", "agency_id"]).to_pylist() if r["agency"]]
    for r in rows:
        printed.setdefault(r["agency_id"] or r["agency"], r["agency"])
    several = {name for name, n in Counter(printed.values()).items() if n > 1}
    found = {i: f"{name}（{i}）" if name in several and i != name else name for i, name in printed.items()}
    return found | {f"name:{r['agency']}": r["agency"] for r in rows}


def _labels(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection | None:
    rows = [r for r in tables["labels"].to_pylist() if r["measure"] == "text"]
    groups = list(dict.fromkeys(group_of(r, by) for r in rows))
    if not groups:
        return None
    share = {(r["label"], group_of(r, by)): estimate(r, few=False) for r in rows}
    n = {group_of(r, by): r["reports"] for r in rows}
    labels = codebook().labels
    names = {r["label"]: say(labels[r["label"]].en if r["label"] in labels else r["label_zh"], r["label_zh"]) for r in rows}
    if len(groups) <= ACROSS:
        listing = Listing(
            "",
            ("label 类别", *(f"{g}（n={n[g]}）" for g in groups)),
            tuple((zh, *(share[c, g] for g in groups)) for c, zh in names.items()),
            frozenset(range(1, len(groups) + 1)),
        )
    else:
        some = groups[: 2 * SHOWN]
        listing = Listing(
            "",
            ("group 分组", *names.values()),
            tuple((f"{g}（n={n[g]}）", *(share[c, g] for c in names)) for g in some),
            frozenset(range(1, len(names) + 1)),
        )
    text = (
        sentence(
            "Mean share of a report's narrative (characters, per cent) that each label takes, with 95 % intervals; incidence is in the file.",
            "各类段落占报告正文篇幅的平均比重（按字数，%），附 95% 区间；提到率见文件。",
        )
        + f" {uncorrected()}"
    )
    return PageSection("labels", "篇幅", "Narrative", text, (), (listing,), ("labels.csv",))


def _differences(tables: Mapping[str, pa.Table], names: Mapping[str, str]) -> PageSection | None:
    if "differences" not in tables:
        return None
    rows = sorted((r for r in tables["differences"].to_pylist() if r["q_bh"] is not None), key=lambda r: (r["q_bh"], r["p"]))
    small = sum(r["q_bh"] < 0.05 for r in rows)
    shown = [
        (names[r["group"]], names[r["other"]], {"problem": say("problem", "问题"), "measure": say("measure", "措施")}.get(r["what"], r["what_zh"]), facet_of(r), f"{100 * r['difference']:+.1f}",
         "–" if r["low"] is None else f"{100 * r['low']:+.1f} … {100 * r['high']:+.1f}",
         f"{r['reports']} : {r['other_reports']} ({r['clusters']} : {r['other_clusters']}){'*' if r['few_clusters'] else ''}",
         "–" if r["p_omnibus"] is None else f"{r['p_omnibus']:.3g}", f"{r['p']:.3g}", f"{r['q_bh']:.3g}")
        for r in rows[: SHOWN if small else 5]
    ]  # fmt: skip
    header = ("group 分组", "against 对照", "what 内容", "facet 方面", "difference 差", "95 %", "n", "p*", "p", "q (BH)")
    text = (
        sentence(
            f"{small} of {len(rows)} differences stay at a false discovery rate of 5 % (Benjamini–Hochberg); percentage points, smallest q first; n: reports (agencies) of both groups, * under ten agencies in one, no interval under five; p*: of no difference between any of more than two groups.",
            f"{len(rows)} 项差异中 {small} 项在错误发现率 5%（Benjamini–Hochberg）下成立；单位为百分点，q 小者在前；n 为两组的报告数（机关数），* 表示一组不足十个机关，不足五个时不给区间；p* 检验两个以上分组之间有无任何差异。",
        )
        + f" {uncorrected()}"
    )
    return PageSection(
        "differences",
        "组间差异",
        "Differences",
        text,
        (),
        (Listing("", header, tuple(shown), frozenset(range(4, 10))),),
        ("differences.csv",),
    )


def _quotations(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection | None:
    if "quotations" not in tables or not len(tables["quotations"]):
        return None
    rows = tables["quotations"].to_pylist()
    each = max(1, QUOTES // max(1, len({group_of(r, by) for r in rows})))
    held: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    taken: Counter[tuple[str, ...]] = Counter()
    for r in rows:
        what = {"improvement": "measure"}.get(r["label"], r["label"])
        group = group_of(r, by)
        taken[what, r["facet"], group] += 1
        if taken[what, r["facet"], group] <= each:
            held.setdefault((what, r["facet"]), []).append((group, r["agency_name"] or "", shortened(r["quote"])))
    codes = list(dict.fromkeys((*codebook().facets, *(f for _, f in held))))
    order = sorted(held, key=lambda k: (k[0] == "measure", k[0], codes.index(k[1])))
    called = {f: facet_of({"facet": f}) for f in codes} | plots.facet_names(tables.get("own_codes", tables["quotations"]))
    said = {"problem": say("problem", "问题"), "measure": say("measure", "措施")}
    header = ("group 分组", "agency 机关", "clause 原文")
    listings = tuple(
        Listing(f"{called[f]}（{said[w]}）" if w in said else called[f], header, tuple(held[w, f][:QUOTES]), id=said_at(w, f))
        for w, f in order
    )
    return PageSection(
        "quotations",
        "原文对照",
        "In their words",
        sentence(
            "Clauses that state a problem or measure (with own codes: passages) of each facet, drawn at random, an agency at a time; five of "
            "each group are in the file, with their passages; every clause that is counted is in points.parquet.",
            "各方面问题或措施的原文分句（自定编码时为段落），逐机关随机抽取；文件中每组五条并附所在段落；计数的全部分句见 points.parquet。",
        ),
        (),
        listings,
        ("quotations.csv",),
    )


def _answers(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection | None:
    table = tables.get("answers_by_group")
    if table is None:
        return None
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for r in table.to_pylist():
        if r["facet"] == "any":
            found.setdefault(group_of(r, by), {})[r["measure"]] = r
    if not found:
        return None
    measures = [m for m in ("answered", "returns", "returns_in_words") if any(m in held for held in found.values())]
    head = {"answered": "answered 得到回应", "returns": "returns 次年再提", "returns_in_words": "in near words 近似语句再提"}
    rows = tuple(
        (g, *(estimate(held.get(m)) + (f" n={held[m]['problems']}" if m in held else "") for m in measures))
        for g, held in found.items()
    )
    header = ("group 分组", *(head[m] for m in measures))
    images, notes = pictures([(lambda: plots.answered(table, by), say("problems and measures", "问题与措施"))])
    text = (
        sentence(
            "Share of stated problems that meet a measure of the same facet or in near words, and that come back in the agency's next report (per cent, 95 %, no interval under five agencies; n problems, * under 30; only those whose agency has a report of the next year can come back).",
            "所述问题中得到同一方面或近似语句的措施回应的比重，以及次年报告再次提出的比重（%，95% 区间，不足五个机关不给区间；n 为问题数，* 不足 30 个；有次年报告的才计再次提出）。",
        )
        + f" {uncorrected()}"
    )
    listings = [Listing("", header, rows[: 2 * SHOWN], frozenset(range(1, len(header))))]
    if "answers_baseline" in tables:
        listings.append(_baseline(tables["answers_baseline"].to_pylist(), by))
    files = ("answers.csv", "answers_by_group.csv", "answers_baseline.csv")
    return PageSection("answers", "问题与措施", "Problem → measure", text, images, tuple(listings), files, notes)


head_of = {
    "answered": "met by a measure",
    "answered_later": "met by a measure of the next report",
    "returns": "stated again",
    "returns_in_words": "again in near words",
}


def _baseline(rows: Sequence[Mapping[str, Any]], by: Sequence[str]) -> Listing:
    """What the own report adds to what another report of the same kind and year would answer."""
    shown = tuple(
        (group_of(r, by), say(head_of.get(r["measure"], r["measure"]), r["measure_zh"]), percent(r["own"]), percent(r["other"]), f"{100 * r['difference']:+.1f}",
         "–" if r["low"] is None else f"{100 * r['low']:+.1f} … {100 * r['high']:+.1f}", "–" if r["p"] is None else f"{r['p']:.3g}",
         f"{r['problems']} ({r['clusters']}){'*' if r['few_clusters'] else ''}")
        for r in rows if r["own"] is not None
    )  # fmt: skip
    header = (
        "group 分组",
        "measure 指标",
        "own 本机关",
        "another 同类同年其他机关",
        "difference 差",
        "95 %",
        "p",
        "problems (agencies) 问题数（机关数）",
    )
    caption = "Against another report of the same kind and year 与同类同年其他机关的报告相比（%，百分点）"
    return Listing(caption, header, shown[: 3 * SHOWN], frozenset(range(2, 8)))


def _derived(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection | None:
    table = tables.get("derived_by_group")
    if table is None:
        return None
    zh = {r["indicator"]: say(r["en"], r["zh"]) for r in tables["derived_definitions"].to_pylist()}
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for r in table.to_pylist():
        if r["indicator"] in RATES and r["denominator"] is not None:
            bounds = "" if r["low"] is None else f"{percent(r['low'])} … {percent(r['high'])}; "
            shown = (
                "–"
                if r["rate"] is None
                else f"{percent(r['rate'])}{'*' if r['small'] else ''} ({bounds}{r['denominator']:g}; {r['known']}/{r['reports']})"
            )
            # what is consolidated is apart by level of government: a county's cases are among its city's
            of = r["coverage"], r["government_level"]
            found.setdefault(of, {}).setdefault(group_of(r, by), {})[r["indicator"]] = shown
    names = {
        "own": say("own", "本机关"),
        "consolidated": say("consolidated", "汇总"),
        "unknown": say("coverage unknown", "范围不明"),
    }
    listings = tuple(
        Listing(
            names[coverage] + ("" if government == "all" else f"：{plots.group_name(('level',), (government,))}"), ("group 分组", *(zh[c] for c in RATES)),
            tuple((g, *(rates.get(c, "–") for c in RATES)) for g, rates in list(groups.items())[: 2 * SHOWN]), frozenset(range(1, len(RATES) + 1)),
        )
        for (coverage, government), groups in sorted(found.items())
    )  # fmt: skip
    if not listings:
        return None
    text = sentence(
        "Pooled rates from the statutory cells, per cent (95 % interval, none under five agencies; cases in the denominator; reports with a rate of how many), apart by coverage, of what is or may be consolidated by level of government; * under 30 cases. More rates, medians and definitions are in the files.",
        "由法定表格汇总的比率，%（95% 区间，不足五个机关不给；分母件数；有此比率的报告数／总数），按统计范围分列，（可能）汇总的再按政府层级分列；* 不足 30 件。其他比率、中位数与定义见文件。",
    )
    return PageSection(
        "derived",
        "派生指标",
        "Derived indicators",
        text,
        (),
        listings,
        ("derived_by_group.csv", "derived.csv", "derived_definitions.csv"),
    )


def _copied(tables: Mapping[str, pa.Table], names: Mapping[str, str]) -> PageSection | None:
    table = tables.get("copied")
    if table is None:
        return None
    images, notes = (
        pictures([(lambda: plots.copied_text(table, names), say("text that agencies share", "机关之间的重复文本"))])
        if len(table)
        else ((), ())
    )
    by_report = sorted(tables["copied_by_report"].to_pylist(), key=lambda r: (-(r["either_share"] or 0), r["report_id"]))
    most = tuple(
        (names.get(r["agency"], r["agency"]), str(r["year"]), percent(r["own_earlier_share"]), percent(r["other_agency_share"]), percent(r["either_share"]))
        for r in by_report[:SHOWN] if r["either_share"]
    )  # fmt: skip
    examples = tuple(
        (
            f"{names.get(r['agency'], r['agency'])} {r['year']}",
            r["text"],
            f"{names.get(r['source_agency'], r['source_agency'])} {r['source_year']}",
            r["source_text"],
            f"{r['similarity']:.2f}",
        )
        for r in sorted(table.to_pylist(), key=lambda r: (r["similarity"] == 1, -r["characters"], r["passage_id"]))[:5]
    )
    tables_ = (
        Listing(
            "Most repeated 重复最多的报告（%）",
            ("agency 机关", "year 年度", "own earlier 本机关往年", "another agency 其他机关", "either 合计"),
            most,
            frozenset({2, 3, 4}),
        ),
        Listing(
            "Reworded 改写实例",
            ("report 报告", "text 原文", "source 来源", "its text 来源原文", "similarity 相似度"),
            examples,
            frozenset({4}),
        ),
    )
    text = sentence(
        f"{len(table):,} passages of problems and measures repeat an earlier one; earlier means earliest in this store.",
        f"{len(table):,} 个问题或措施段落与更早的段落重复；更早指在这批结果中最早。",
    )
    return PageSection(
        "copied", "重复文本", "Copied text", text, images, tables_, ("copied.csv", "copied_by_report.csv"), notes
    )


def _panel(tables: Mapping[str, pa.Table], names: Mapping[str, str]) -> PageSection | None:
    if "checks_across_years" not in tables:
        return None
    checks = [r for r in tables["checks_across_years"].to_pylist() if r["verdict"] == "unexplained_change"]
    checked = sum(r["verdict"] != "not_checkable" for r in tables["checks_across_years"].to_pylist())
    jumps = tables["jumps"].to_pylist()
    cells = all_cells()
    first = tuple(
        (
            names.get(r["series"], r["series"]),
            str(r["year"]),
            _check(r["check"]),
            view.number(r["left"]),
            view.number(r["right"]),
        )
        for r in checks[:SHOWN]
    )
    kinds = {
        "factor_10": say("about tenfold", "约10倍"), "factor_100": say("about a hundredfold", "约100倍"),
        "swapped": say("columns swapped", "两栏互换"),
    }  # fmt: skip

    def cell(r: Mapping[str, Any]) -> str:
        one = f"{cells[r['code']].row} {cells[r['code']].column}"
        return one if r["other_code"] is None else f"{one} ↔ {cells[r['other_code']].column}"

    second = tuple(
        (names.get(r["series"], r["series"]), str(r["year"]), kinds[r["kind"]], cell(r), f"{view.number(r['before'])} → {view.number(r['value'])}",
         {True: say("yes", "是"), False: say("no", "否")}.get(r["returns"], "–"))
        for r in jumps[:SHOWN]
    )  # fmt: skip
    listings = (
        Listing("Unexplained changes 变动无解释", ("agency 机关", "year 年度", "check 核对", "left 左", "right 右"), first, frozenset({3, 4})),
        Listing(
            "Jumps that look like a slip 疑似误填", ("agency 机关", "year 年度", "kind 类型", "cell 单元格", "from → to 由…到", "back the year after 次年复原"), second, frozenset({4}),
        ),
    )  # fmt: skip
    text = sentence(
        f"{len(checks)} of {checked} checks across years do not hold; {len(jumps)} jumps look like a slip. Growth of every cell is in growth.csv.",
        f"{checked} 项跨年核对中 {len(checks)} 项不成立；{len(jumps)} 处跳变疑似误填。各单元格的增幅见 growth.csv。",
    )
    return PageSection(
        "panel",
        "跨年核对",
        "Across years",
        text,
        (),
        tuple(x for x in listings if x.rows),
        ("checks_across_years.csv", "jumps.csv", "growth.csv", "panel.csv"),
    )


def _check(check: str) -> str:
    """A check across years in words.

    >>> _check("effective.normative")
    '行政规范性文件 现行有效件数 ＝ 上年现行有效件数 ＋ 本年制发件数 － 本年废止件数'
    """
    cells = all_cells()
    kind, _, part = check.partition(".")
    if kind == "carried":
        return f"{cells[f't3.carried_in.{part}'].column}：上年结转 ＝ 上年报告的结转下年度继续办理"
    row, (now, made, gone) = (
        cells[f"t2.{part}.effective"].row,
        (cells[f"t2.{part}.{c}"].column for c in ("effective", "issued", "repealed")),
    )
    return f"{row} {now} ＝ 上年{now} ＋ {made} － {gone}"


def _distributions(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection | None:
    table = tables.get("indicators")
    if table is None or not len(table):
        return None
    wanted = [c for c in ("request.received", "normative.made", "review.total") if c in set(table["indicator"].to_pylist())]
    images, notes = pictures(
        [
            (partial(plots.distributions, table, by, c), say(codebook().indicators[c].en, codebook().indicators[c].zh))
            for c in wanted
        ]
    )
    text = sentence(
        "Prose counts that a statutory cell also counts (class B); counts that agencies define themselves (class C) are compared within an agency only.",
        "正文中法定表格也统计的数量（B 类）；由机关自行界定的数量（C 类）只在同一机关内比较。",
    )
    return PageSection(
        "indicators", "指标分布", "Indicators", text, images, (), ("indicators.csv", "indicators_within_agency.csv"), notes
    )


def render(
    store: Store,
    tables: Mapping[str, pa.Table],
    by: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    notes: Sequence[str],
    to: str = "csv",
    lang: str = "both",
) -> str:
    """The page; see :func:`_render`.

    Args:
        lang: ``zh``, ``en`` (figures, too), or ``both`` with Chinese figures.
    """
    with language(lang):
        return _render(store, tables, by, groups, notes, to, lang)


def _render(
    store: Store,
    tables: Mapping[str, pa.Table],
    by: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    notes: Sequence[str],
    to: str,
    lang: str,
) -> str:
    """The page.

    Args:
        tables: by name, as ``gongkai compare`` writes them.
        by: the grouping keys; ``groups`` their values.
        notes: what was left out, and why.
        to: format that the tables are written in.
    """
    names = _names(store)
    compared = (
        sum(sum(r[s] for s in ("read", "nothing", "absent", "unread")) for r in tables["sections"].to_pylist())
        if "sections" in tables
        else store.table("reports").num_rows
    )
    shown = [tuple(names.get(v, v) if k == "agency" else v for k, v in zip(by, g, strict=True)) for g in groups]
    titles = {",".join(g): plots.group_name(by, n) for g, n in zip(groups, shown, strict=True)}
    files_of = {f"{name}.csv": file_name(name, table, to) for name, table in tables.items()}
    tables = _named(tables, by, names)
    made = [
        *([counted_section(tables, by)] if "sections" in tables else []), corrected_section(tables, by, titles), *share_sections(tables, by, shown), _differences(tables, titles), _labels(tables, by), _answers(tables, by), _quotations(tables, by), words_section(tables, by), _copied(tables, names),
        _derived(tables, by), _distributions(tables, by), _panel(tables, names),
    ]  # fmt: skip
    sections = [
        replace(in_language(s, lang), csv=tuple(dict.fromkeys(files_of[c] for c in s.csv if c in files_of)))
        for s in made
        if s is not None
    ]
    style = asset("compare.css")
    env = environment()
    env.filters["data"] = lambda text: "data:image/svg+xml;base64," + b64encode(text.encode("utf-8")).decode("ascii")
    env.filters["key_name"] = Language(lang).key
    policy = content_policy(style, "") + "; img-src data:"
    return env.get_template("compare.html.j2").render(
        policy=policy, style=Markup(style), meta=store.meta, by=by, groups=list(titles.values()), sections=sections, notes=notes, t=Language(lang),
        reports=compared,
    )  # fmt: skip
