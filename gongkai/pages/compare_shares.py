"""The sections of the comparison's page that say how many reports state what: corrected figures first, others marked as what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gongkai import plots
from gongkai.compare.marking import BASES
from gongkai.pages.compare_parts import ACROSS, SHOWN, Listing, PageSection, estimate, facet_of, group_of, percent, pictures
from gongkai.plots.language import head, say, sentence

#: stands before what is not corrected, as hatching does in the figures
HATCH = "▨"


def uncorrected() -> str:
    """Stands in sections whose figures no sheet corrects."""
    return f"{HATCH} " + head("as the model labelled, uncorrected", BASES["uncorrected"])


def _marked() -> str:
    band = sentence(
        "[… – …] the band that its errors on other real reports leave open", "[… – …] 误差带，按模型在其他真实报告上的误差推算"
    )
    return f"{uncorrected()}; {band}"


def _corrected_words(table: pa.Table) -> str:
    """What stands beside corrected shares, where there are any."""
    if "share_corrected" not in table.column_names or table["share_corrected"].null_count == len(table):
        return ""
    return (
        sentence(
            "Without a mark: corrected with the coded sheet, n reports coded of how many; no interval where the model erred on fewer than five of them.",
            "无标记的为按编码表校正的值，n 为编码的份数／总份数；模型在其中错误不足五份的不给区间。",
        )
        + " "
    )


def counted_section(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection:
    """Of how many reports every share is: the state of section 五 by group."""
    states = ("read", "nothing", "absent", "unread")
    rows = [
        (
            group_of(r, by),
            str(sum(r[s] for s in states)),
            *(str(r[s]) for s in states),
            str(r["clusters"]),
            estimate({**r, "few": False}),
        )
        for r in tables["sections"].to_pylist()
    ]
    header = (
        "group 分组", "reports 报告", "read 已读", "says nothing 写明无", "has none 无此部分", "not read 未能读取", "agencies read 已读机关", "without one, % 无此部分占比（%）",
    )  # fmt: skip
    text = sentence(
        f"One report of an agency and year counts, the version published last; {len(tables['versions'])} others are listed. Shares of problems and measures are of the reports whose fifth section was read or says that there is nothing; one that was not read counts in no share. Intervals rest on the agencies, and there is none under five.",
        f"每个机关每年度只计一份报告，取最后发布的版本，其余 {len(tables['versions'])} 份另列。问题与措施的占比以第五部分已读或写明无的报告为分母；未能读取的不计入任何占比。区间按机关计算，不足五个机关不给区间。",
    )
    cut = f"{2 * SHOWN} of {len(rows)} groups 前{2 * SHOWN}组（共{len(rows)}组）" if len(rows) > 2 * SHOWN else ""
    shown = (Listing(cut, header, tuple(rows[: 2 * SHOWN]), frozenset(range(1, 8))),)
    return PageSection("counted", "统计范围", "What is counted", text, (), shown, ("sections.csv", "versions.csv"))


def share_sections(tables: Mapping[str, pa.Table], by: Sequence[str], groups: Sequence[tuple[str, ...]]) -> list[PageSection]:
    found = []
    listed = [("problems", "problem", "存在问题", "Problems"), ("measures", "measure", "改进措施", "Measures")]
    if own := tables.get("own_codes"):
        pairs = dict.fromkeys(zip(own["what"].to_pylist(), own["what_zh"].to_pylist(), strict=True))
        listed = [("own_codes", what, zh, what) for what, zh in pairs]
    for name, what, zh, en in listed:
        table = tables[name]
        if name == "own_codes":
            table = table.filter(pc.equal(table["what"], what))
        makers: list[tuple[Callable[[], Any], str]] = [
            (partial(plots.heat_map, table, by, what=what), say(f"{en}: facets and groups", f"{zh}：各方面与分组"))
        ]
        if "year" in by:
            makers.append((partial(plots.trends, table, by, what=what), say(f"{en} by year", f"{zh}：逐年变化")))
        if len(groups) == 2:
            makers.append((partial(plots.dumbbell, table, by, *groups, what=what), say(f"{en}: two groups", f"{zh}：两组对照")))
        images, notes = pictures(makers)
        listing = (_most_named(table, by, groups) if len(groups) > ACROSS else _by_facet(table, by, what),)
        text = (
            sentence(
                f"Share of reports that state a {what} of each facet (per cent, 95 % interval, reports stating it of how many).",
                f"提到各方面{zh}的报告占比（%，95% 区间，提到的份数／总份数）。",
            )
            + f" {_corrected_words(table)}{_marked()}"
        )
        found.append(
            PageSection(name if name != "own_codes" else f"own-{what}", zh, en, text, images, listing, (f"{name}.csv",), notes)
        )
    return found


def figure_of(row: Mapping[str, Any]) -> str:
    """The figure of a share that stands: corrected where it is, else the model's own with its mark and its band."""
    if row["share"] is None:
        return "–"
    r = plots.standing(row)
    interval = "" if r["low"] is None else f" ({percent(r['low'])} … {percent(r['high'])})"
    band = f" [{percent(r['band_low'])} … {percent(r['band_high'])}]" if r.get("band_low") is not None else ""
    # how many the model finds is no count of what people coded: that share rests on the coded reports
    coded = f"n={r.get('coded')}/{r['reports']}{'' if interval else ' ' + say('no interval', '无区间')}"
    of = f"{r['stating']}/{r['reports']}" if r.get("share_corrected") is None else coded
    return f"{HATCH if r['hatched'] else ''}{percent(r['share'])}{interval} {of}{band}"


def _by_facet(table: pa.Table, by: Sequence[str], what: str) -> Listing:
    """Facets by groups, those that most reports state first; each leads to its passages."""
    rows = table.filter(pc.and_(pc.equal(table["dimension"], "all"), pc.not_equal(table["facet"], "any"))).to_pylist()
    groups = list(dict.fromkeys(group_of(r, by) for r in rows))
    stated: dict[str, int] = {}
    cells = {}
    for r in rows:
        stated[r["facet"]] = stated.get(r["facet"], 0) + r["stating"]
        cells[r["facet"], group_of(r, by)] = figure_of(r)
    names = {r["facet"]: facet_of(r) for r in rows}
    order = sorted((f for f in stated if stated[f]), key=lambda f: -stated[f])
    return Listing(
        "", ("facet 方面", *groups), tuple((names[f], *(cells.get((f, g), "–") for g in groups)) for f in order),
        frozenset(range(1, len(groups) + 1)), links=tuple(said_at(what, f) for f in order),
    )  # fmt: skip


def said_at(what: str, facet: str) -> str:
    """The anchor of the clauses that state a facet."""
    return f"said-{what}-{facet}"


def corrected_section(tables: Mapping[str, pa.Table], by: Sequence[str], titles: Mapping[str, str]) -> PageSection | None:
    """What people's coding corrected: labels of passages by group, and differences."""
    table = tables.get("corrected")
    if table is None or "unit" not in table.column_names:
        return None
    kept = [r for r in table.to_pylist() if r["unit"] == "passage" and r["what"] == "label" and r.get("share")]

    def named(r: Mapping[str, Any], column: str) -> str:
        return say(r.get(f"{column}_en") or r[f"{column}_zh"], r[f"{column}_zh"])

    rows = tuple(
        (
            group_of(r, by),
            named(r, "code"),
            _corrected(r),
            percent(r["model"]),
            f"{r['coded']}/{r['reports']}",
            f"{r['errors']}",
            "–" if r["alpha"] is None else f"{r['alpha']:.2f}",
        )
        for r in sorted(kept, key=lambda r: (group_of(r, by), -r["share"]))
    )
    header = (
        "group 分组",
        "label 类别",
        "corrected 校正",
        "model 模型",
        "coded 编码报告",
        "errors 模型错误",
        "alpha 编码一致性",
    )
    listings = [
        Listing(
            "Passages of the fifth section by label 第五部分段落的类别（%）", header, rows[: 4 * SHOWN], frozenset(range(2, 7))
        )
    ]
    if "corrected_differences" in tables:
        found = [r for r in tables["corrected_differences"].to_pylist() if r["p"] is not None]
        listings.append(Listing(
            "Corrected differences 校正后的组间差异（百分点）", ("group 分组", "against 对照", "what 内容", "code 代码", "difference 差", "95 %", "coded 编码报告", "p", "q (BH)"),
            tuple(
                (titles[r["group"]], titles[r["other"]],
                 f"{named(r, 'what')} ({say('reports', '报告') if r['unit'] == 'report' else say('passages', '段落')})", named(r, "code"), f"{100 * r['difference']:+.1f}",
                 f"{100 * r['low']:+.1f} … {100 * r['high']:+.1f}", f"{r['coded']} : {r['other_coded']}{'*' if r['few_clusters'] else ''}",
                 f"{r['p']:.3g}", f"{r['q_bh']:.3g}")
                for r in sorted(found, key=lambda r: (r["q_bh"], r["p"]))[:SHOWN]
            ), frozenset(range(4, 9)),
        ))  # fmt: skip
    text = sentence(
        "Shares of the fifth section corrected with the coded sheet; no interval under five agencies or five errors. Corrected shares of reports stand below, unhatched.",
        "第五部分的比重，按人工编码表校正；机关或错误不足五个时不给区间。各报告比重的校正值见下，不加斜线。",
    )
    return PageSection(
        "corrected", "人工校正", "Corrected", text, (), tuple(listings), ("corrected.csv", "corrected_differences.csv")
    )


def _corrected(row: Mapping[str, Any]) -> str:
    return percent(row["share"]) + ("" if row["low"] is None else f" ({percent(row['low'])} … {percent(row['high'])})")


def _most_named(table: pa.Table, by: Sequence[str], groups: Sequence[tuple[str, ...]]) -> Listing:
    """The facets that most reports of a group state, for the largest of many groups."""
    held: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for r in table.filter(pc.and_(pc.equal(table["dimension"], "all"), pc.not_equal(table["facet"], "any"))).to_pylist():
        held.setdefault(tuple(r[k] for k in by), []).append(r)
    largest = sorted((g for g in groups if g in held), key=lambda g: (-held[g][0]["reports"], g))[: 2 * SHOWN]
    rows = []
    for g in largest:
        most = sorted((r for r in map(plots.standing, held[g]) if r["share"]), key=lambda r: -r["share"])[:4]
        rows.append(
            (
                plots.group_name(by, g),
                str(held[g][0]["reports"]),
                say(", ", "、").join(f"{facet_of(r)} {figure_of(r)}" for r in most),
            )
        )
    return Listing(
        f"{len(rows)} largest of {len(groups)} groups 报告最多的分组",
        ("group 分组", "reports 报告", "most often 最常提到"),
        tuple(rows),
        frozenset({1}),
    )


def words_section(tables: Mapping[str, pa.Table], by: Sequence[str]) -> PageSection | None:
    listings = []
    for name, zh in (("words_problems", say("problems", "存在问题")), ("words_measures", say("measures", "改进措施"))):
        if name not in tables:
            continue
        groups: dict[str, list[str]] = {}
        for r in tables[name].to_pylist():
            groups.setdefault(group_of(r, by), []).append(f"{r['term']}（{r['count']}）{'*' if r['p_family'] < 0.05 else ''}")
        rows = tuple((g, "、".join(words[:SHOWN])) for g, words in list(groups.items())[: 2 * SHOWN])
        listings.append(Listing(zh, ("group 分组", "words and phrases 词与短语（次数）"), rows))
    if not listings:
        return None
    text = sentence(
        "What each group says more than the others (weighted log-odds, Monroe et al. 2008), used by at least three agencies of the group; copied passages once; names of places and agencies left out; * under 5 % for any term where groups are given to agencies at random.",
        "各组比其他组说得更多的词语（加权对数优势比，Monroe 等 2008），组内至少三个机关使用；重复段落只计一次；不含地名与机关名；* 表示把机关随机分组时任一词达到此值的概率低于 5%。",
    )
    return PageSection("words", "用语差异", "Wording", text, (), tuple(listings), ("words_problems.csv", "words_measures.csv"))
