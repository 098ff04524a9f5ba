"""Figures of a comparison, for the report page and for papers: every function takes a table and returns a matplotlib ``Figure``.

They are legible in grey: values are told by lightness, markers and dashes, never by hue alone.  Text is Chinese, or English inside
``with language("en")``; names of agencies stay Chinese, so that a font with Chinese characters must be installed; in SVG files text is drawn as outlines and needs no font where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.agencies.kinds import kinds
from corpus.codebook import codebook
from corpus.errors import UsageError
from corpus.store.schema import FORMS, LEVELS
from gongkai.compare.copying import copied_matrix
from gongkai.plots.language import language, say
from gongkai.plots.style import FONTS, SCREEN, WIDTH, chinese_font, new_figure, save, style_of, svg

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES = ("-", "--", ":", "-.")
#: the first year of the present form, whose headings ask for problems in other words
FORM_CHANGE = 2021
#: groups drawn side by side at most; more would not be legible
MOST_GROUPS = 24
#: characters of a name beside an axis; longer ones keep their beginning and their end
LONGEST = 18
#: more groups than this stand below one another, for beside each other their numbers would not fit the width of a page
_ACROSS = 10


def _groups(table: pa.Table, by: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [table[k].to_pylist() for k in by]
    found: list[tuple[str, ...]] = [tuple(g) for g in dict.fromkeys(zip(*columns, strict=True))] if by else [()]
    if len(found) > MOST_GROUPS:
        raise UsageError(
            f"{len(found)} groups are too many for one figure", remedy=f"choose a grouping with at most {MOST_GROUPS}"
        )
    return found


_MARK = re.compile(r"[\d.]+|true|false|yes|no|[a-z]", re.IGNORECASE)


def group_name(by: Sequence[str], group: Sequence[str]) -> str:
    """Name of a group, codes of levels, kinds and forms spelt out.

    >>> group_name(("year", "level"), ("2023", "county_department"))
    '2023 县级部门'
    >>> group_name(("region", "treated"), ("苏北", "0"))
    '苏北 treated 0'
    """
    return " ".join(_value_name(key, value) for key, value in zip(by, group, strict=True)) or say("all", "全部")


def _value_name(key: str, value: str) -> str:
    if value == "unknown":
        return say(f"{key} unknown", {"year": "年度不明", "form": "格式不明"}.get(key, "不明"))
    if key == "kind" and value in kinds():
        return say(value.replace("_", " "), kinds()[value].zh)
    if key != "year" and _MARK.fullmatch(value):  # a mark alone does not say of what: treated 0, province_code 320000
        return f"{key} {value}"
    names = dict({"level": LEVELS, "form": FORMS}.get(key, ()))
    return say(f"form of {value}" if key == "form" else value.replace("_", " "), names[value]) if value in names else value


def _short(name: str) -> str:
    """A name that fits beside an axis: its beginning and its end, where agencies differ.

    >>> _short("国家税务总局云岭县税务局第一税务分局征收管理科")
    '国家税务总局云岭县…一税务分局征收管理科'
    """
    longest = LONGEST if not name.isascii() else 2 * LONGEST  # a letter is half as wide as a character
    return name if len(name) <= longest + 2 else f"{name[: longest // 2]}…{name[-longest // 2 - 1 :]}"


def _width(name: str) -> int:
    """Widths of a letter; a Chinese character takes two."""
    return sum(1 if c.isascii() else 2 for c in name)


def _ink(colour: Sequence[float]) -> str:
    """Black or white, whichever stands out more on a colour (WCAG 2: contrast is (L + 0.05) / (M + 0.05); never under 4.5)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def facet_names(table: pa.Table) -> dict[str, str]:
    """Names of the facets of a table, in its order: its own (``facet_zh``, which have no English ones), else the codebook's."""
    told = table["facet_zh"].to_pylist() if "facet_zh" in table.column_names else [None] * len(table)
    book = codebook().facets
    known = {"any": say("any facet", "任一方面")} | {c: say(f.en, f.zh) for c, f in book.items()}
    found = {}
    for code, own in dict(zip(table["facet"].to_pylist(), told, strict=True)).items():
        if code is not None:
            plain = own in (None, "任一方面", book[code].zh if code in book else None)
            found[code] = known[code] if plain and code in known else str(own or code)
    return found


def _order(table: pa.Table) -> list[str]:
    return [c for c in facet_names(table) if c != "any"]


def _facets(table: pa.Table, codes: Sequence[str]) -> list[str]:
    own = facet_names(table)
    known = own if not set(own) <= {"any", *codebook().facets} else {"any": "", **codebook().facets}
    if wrong := [c for c in codes if c not in known]:
        raise UsageError(f"{', '.join(wrong)}: no facet", remedy=f"use {', '.join(known)}")
    return list(codes)


def standing(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of shares with the figure that stands: the corrected one where there is one; ``hatched`` where a table says that there is none.

    >>> standing({"share": 0.4, "low": 0.3, "high": 0.5, "corrected": False})["hatched"]
    True
    """
    if row.get("share_corrected") is None:
        return {**row, "hatched": row.get("corrected") is False}
    fields = {"share": "share_corrected", "low": "corrected_low", "high": "corrected_high"}
    return {**row, **{k: row[v] for k, v in fields.items()}, "hatched": False}


def _shares(table: pa.Table, what: str, by: Sequence[str]) -> dict[tuple[tuple[str, ...], str], Mapping[str, Any]]:
    kept = table.filter(pc.and_(pc.equal(table["what"], what), pc.equal(table["dimension"], "all")))
    return {(tuple(r[k] for k in by), r["facet"]): standing(r) for r in kept.to_pylist() if r["share"] is not None}


def _hatching(found: Mapping[Any, Mapping[str, Any]]) -> str:
    """What hatching means, where anything is hatched."""
    return say("; hatched: uncorrected", "；斜线：未校正（模型原值）") if any(r["hatched"] for r in found.values()) else ""


def _noun(what: str) -> str:
    return "问题" if what == "problem" else "措施"


def heat_map(shares: pa.Table, by: Sequence[str], *, what: str = "problem") -> Any:
    """Facets against groups: the share of reports that state a problem (or a measure) of each facet, in per cent.

    Args:
        shares: from :func:`gongkai.compare.facet_shares`.
        by: its grouping keys.
        what: ``problem`` or ``measure``.
    """
    found, groups = _shares(shares, what, by), _groups(shares, by)
    called = facet_names(shares)
    facets = [f for f in _order(shares) if any(found.get((g, f), {}).get("share") for g in groups)]
    if not facets:
        raise UsageError(f"no report states a {what}", remedy="compare other reports")
    names = [_short(group_name(by, g)) for g in groups]
    down = len(groups) > _ACROSS
    across = facets if down else groups
    cells = (
        [[found.get((g, f)) for f in facets] for g in groups] if down else [[found.get((g, f)) for g in groups] for f in facets]
    )
    values = [[100 * r["share"] if r else float("nan") for r in row] for row in cells]
    figure, axes = new_figure(WIDTH, 1.3 + 0.27 * len(values))
    ax = axes[0, 0]
    with style_of(figure):
        shown = ax.imshow(values, cmap="Blues", vmin=0, vmax=100, aspect="auto")
        beside, below = (names, [called[f] for f in facets]) if down else ([called[f] for f in facets], names)
        ax.set_yticks(range(len(values)), beside)
        # seven inches less the names beside: what does not fit level is turned
        turned = down or max(map(_width, below)) * len(below) > 88
        ax.set_xticks(
            range(len(across)),
            below,
            rotation=40 if turned else 0,
            ha="right" if turned else "center",
            rotation_mode="anchor" if turned else None,
        )
        for i, row in enumerate(values):
            for j, v in enumerate(row):
                if (r := cells[i][j]) is not None:
                    ink = _ink(shown.cmap(shown.norm(v)))
                    ax.text(j, i, f"{v:.0f}{'*' if r['few'] else ''}", ha="center", va="center", fontsize=7.5, color=ink)
                    if r["hatched"]:
                        ax.bar([j], [1], 1, i - 0.5, fill=False, hatch="////", ec=(*([0.5] * 3), 0.35), lw=0)
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)
        few = any(r["few"] for row in cells for r in row if r)
        marks = f"{say('; * under 30 reports', '；* 报告不足30份') if few else ''}{_hatching(found)}"
        ax.set_title(
            say(
                f"reports that state a {what} of each facet (%)\n{marks.removeprefix('; ')}".rstrip(),
                f"提到各方面{_noun(what)}的报告占比（%{marks}）",
            ),
            loc="left",
        )
        figure.colorbar(shown, ax=ax, fraction=0.03, pad=0.01).outline.set_visible(False)
    return figure


def trends(shares: pa.Table, by: Sequence[str], *, what: str = "problem", facets: Sequence[str] | None = None) -> Any:
    """Share of reports by year with its interval, one small panel for each facet; other keys of ``by`` become lines.

    A year without reports breaks a line, and so does the form change of 2021, at the thin dotted line; years without an interval (under five
    agencies) are points without a line.  Reports of an unknown year are left out.

    Raises:
        UsageError: ``by`` holds no year, more than four other groups, or nothing to draw.
    """
    if "year" not in by:
        raise UsageError("a trend needs years", remedy="group by year, or by year and another key")
    found, at = _shares(shares, what, by), list(by).index("year")
    groups = [g for g in _groups(shares, by) if g[at].isdecimal()]
    rest = [k for k in by if k != "year"]
    lines = list(dict.fromkeys(_without(g, at) for g in groups))
    if len(lines) > len(_DASHES):
        raise UsageError(
            f"{len(lines)} lines in one panel are not legible", remedy=f"group by at most {len(_DASHES)} groups beside the year"
        )
    called = facet_names(shares)
    stated = [f for f in _order(shares) if any(found.get((g, f), {}).get("share") for g in groups)]
    chosen = stated if facets is None else _facets(shares, facets)
    if not chosen or not groups:
        raise UsageError(f"no report of a known year states a {what}", remedy="compare other reports")
    years = sorted({int(g[at]) for g in groups})
    columns = min(4, len(chosen))
    rows = -(-len(chosen) // columns)
    figure, axes = new_figure(WIDTH, 0.75 + 1.35 * rows, rows, columns, sharex=True, sharey=True)
    with style_of(figure):
        for k, ax in enumerate(axes.flat):
            if k >= len(chosen):
                ax.set_visible(False)
                continue
            if years[0] < FORM_CHANGE <= years[-1]:
                ax.axvline(FORM_CHANGE - 0.5, color="0.5", lw=0.7, ls=":")
            for n, line in enumerate(lines):
                points = {
                    int(g[at]): found[g, chosen[k]] for g in groups if _without(g, at) == line and (g, chosen[k]) in found
                }
                grey = str(0.0 + 0.45 * n / max(1, len(lines) - 1)) if len(lines) > 1 else "#1f4e79"
                for some in _unbroken(sorted(points)):
                    r = [points[y] for y in some]
                    low, high = ([_bound(x[side]) for x in r] for side in ("low", "high"))
                    if len(some) > 1:
                        hatch = "////" if any(x["hatched"] for x in r) else None
                        ax.fill_between(some, low, high, color=grey, alpha=0.13, lw=0, hatch=hatch)
                    else:
                        ax.plot(some * 2, [*low, *high], "-", color=grey, alpha=0.4, lw=1)
                    # a line between one report and another would show a trend that is none
                    told = _DASHES[n] if any(x["low"] is not None for x in r) else "none"
                    ax.plot(some, [100 * x["share"] for x in r], ls=told, marker=_MARKERS[n], ms=3, lw=1.1, color=grey)
            ax.set_title(fill(called.get(chosen[k], chosen[k]), 22), loc="left", fontsize=8.5)
            ax.set_xticks(
                years, [str(y) if i in {0, len(years) - 1} or len(years) <= 3 else "" for i, y in enumerate(years)], fontsize=7
            )
            ax.tick_params(labelbottom=k + columns >= len(chosen))
            ax.set_xlim(years[0] - 0.3, years[-1] + 0.3)
            ax.set_ylim(-5, 105)
        figure.supylabel(
            say(f"reports that state a {what} (%{_hatching(found)})", f"提到{_noun(what)}的报告占比（%{_hatching(found)}）"),
            fontsize=8.5,
        )
        if len(lines) > 1:
            style = [
                {"ls": _DASHES[n], "marker": _MARKERS[n], "color": str(0.45 * n / (len(lines) - 1))} for n in range(len(lines))
            ]
            handles = [axes[0, 0].plot([], [], ms=4, lw=1.1, **own)[0] for own in style]
            names = [_short(group_name(rest, line)) for line in lines]
            figure.legend(handles, names, loc="outside upper right", ncols=len(lines) if sum(map(len, names)) < 44 else 2)
    return figure


def _bound(value: float | None) -> float:
    """A bound in per cent; where there is no interval (under five agencies) nothing is drawn."""
    return float("nan") if value is None else 100 * value


def _without(group: tuple[str, ...], at: int) -> tuple[str, ...]:
    return group[:at] + group[at + 1 :]


def _unbroken(years: Sequence[int]) -> list[list[int]]:
    """Runs of consecutive years of one form.

    >>> _unbroken([2018, 2020, 2021, 2022])
    [[2018], [2020], [2021, 2022]]
    """
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1 and year != FORM_CHANGE:
            runs[-1].append(year)
        else:
            runs.append([year])
    return runs


def dumbbell(shares: pa.Table, by: Sequence[str], a: Sequence[str], b: Sequence[str], *, what: str = "problem") -> Any:
    """Two groups, facet by facet: their shares with intervals, joined by a line; sorted by the difference.

    Raises:
        UsageError: a group that the table does not hold.
    """
    found, groups = _shares(shares, what, by), _groups(shares, by)
    for g in (a, b):
        if tuple(g) not in groups:
            raise UsageError(f"no group {' '.join(g)!r}", remedy=f"groups are {', '.join(' '.join(x) for x in groups)}")
    left, right = tuple(a), tuple(b)
    called = facet_names(shares)
    facets = [f for f in _order(shares) if (left, f) in found and (right, f) in found]
    facets = [f for f in facets if found[left, f]["share"] or found[right, f]["share"]]
    if not facets:
        raise UsageError(f"neither group states a {what}", remedy="compare other groups")
    facets.sort(key=lambda f: (found[right, f]["share"] - found[left, f]["share"], f))
    figure, axes = new_figure(WIDTH, 1.0 + 0.3 * len(facets))
    ax = axes[0, 0]
    with style_of(figure):
        for i, f in enumerate(facets):
            one, two = found[left, f], found[right, f]
            ax.plot([100 * one["share"], 100 * two["share"]], [i + 0.14, i - 0.14], "-", color="0.6", lw=2, zorder=1)
            for shift, r, face in ((0.14, one, "white"), (-0.14, two, "black")):
                ax.plot([_bound(r["low"]), _bound(r["high"])], [i + shift, i + shift], "-", color="0.35", lw=0.7, zorder=2)
                dot = {"fillstyle": "left", "markerfacecoloralt": "0.7"} if r["hatched"] else {}
                ax.plot([100 * r["share"]], [i + shift], "o", ms=5, mfc=face, mec="black", zorder=3, **dot)
        for group, face in ((left, "white"), (right, "black")):
            count = found[group, facets[0]]["reports"]
            name = _short(group_name(by, group)) + say(f" ({count} reports)", f"（{count}份）")
            ax.plot([], [], "o", ms=6, mfc=face, mec="black", label=name)
        ax.set_yticks(range(len(facets)), [called[f] for f in facets])
        ax.set_xlim(-2, 102)
        ax.set_xlabel(
            say(
                f"reports that state a {what} (%), lines are 95 % intervals{'; half grey: uncorrected' if _hatching(found) else ''}",
                f"提到{_noun(what)}的报告占比（%），细线为95%区间{'；半灰点：未校正（模型原值）' if _hatching(found) else ''}",
            )
        )
        ax.grid(axis="x", color="0.9", lw=0.6)
        long = sum(len(_short(group_name(by, g))) for g in (left, right)) > 30
        figure.legend(loc="outside upper center", ncols=1 if long else 2)
    return figure


#: columns of the figure of answers
_ANSWERS = (
    ("answered", "met by a measure", "得到措施回应"), ("returns", "stated again the year after", "次年再次提出"),
    ("returns_in_words", "again in near words", "次年以近似语句提出"),
)  # fmt: skip


def answered(table: pa.Table, by: Sequence[str], *, facet: str = "any") -> Any:
    """Of the problems stated, what share meets a measure, and comes back the next year: a point and interval for each group.

    Args:
        table: from :func:`gongkai.compare.answered_by_group`.
        by: its grouping keys.
        facet: problems of one facet; all together by default.

    Raises:
        UsageError: no such facet, no group states a problem of it, or too many groups.
    """
    (code,) = _facets(table, [facet])
    called = {c: f.zh for c, f in codebook().facets.items()} | facet_names(table)
    found = {
        (tuple(r[k] for k in by), r["measure"]): r for r in table.to_pylist() if r["facet"] == code and r["share"] is not None
    }
    groups = [g for g in _groups(table, by) if (g, "answered") in found]
    if not groups:
        raise UsageError(f"no group states a problem of {called.get(code, code)}", remedy="choose another facet")
    columns = [(m, say(en, zh)) for m, en, zh in _ANSWERS if any((g, m) in found for g in groups)]
    figure, axes = new_figure(WIDTH, 0.95 + 0.27 * len(groups), 1, len(columns), sharey=True)
    with style_of(figure):
        for (measure, name), ax in zip(columns, axes[0], strict=True):
            for i, g in enumerate(groups):
                if (r := found.get((g, measure))) is None:
                    continue
                ax.plot([_bound(r["low"]), _bound(r["high"])], [i, i], "-", color="0.45", lw=1)
                ax.plot([100 * r["share"]], [i], "o", ms=5, mfc="white" if r["few"] else "black", mec="black")
            ax.set_title(name, loc="left", fontsize=8.5)
            ax.set_xlim(-4, 104)
            ax.set_xticks([0, 25, 50, 75, 100])
            ax.grid(axis="x", color="0.9", lw=0.6)
        ax.set_yticks(
            range(len(groups)),
            [
                _short(group_name(by, g)) + say(f" ({n})", f"（{n}个）")
                for g in groups
                for n in [found[g, "answered"]["problems"]]
            ],
        )
        ax.set_ylim(len(groups) - 0.5, -0.5)
        few = any(r["few"] for r in found.values())
        figure.supxlabel(
            say(
                f"per cent of problems{'' if code == 'any' else f' of {called.get(code, code)}'}, lines are 95 % intervals"
                + ("; hollow: under 30 problems" if few else ""),
                f"占{'' if code == 'any' else called.get(code, code)}问题的百分比，线为95%区间{'；空心：问题不足30个' if few else ''}",
            ),
            fontsize=8.5,
        )
    return figure


def copied_text(found: pa.Table, names: Mapping[str, str], *, top: int = 20) -> Any:
    """Who shares passages with whom: later agencies down, earlier ones across under the same numbers, and how many passages.

    Args:
        found: from :func:`gongkai.compare.copied`.
        names: printed name by agency (or id) in ``found``.
        top: agencies, those that share most.
    """
    pairs = copied_matrix(found, top=top).to_pylist()
    if not pairs:
        raise UsageError("no passages are shared between agencies", remedy="compare a larger store, or lower the threshold")
    if top > MOST_GROUPS:
        raise UsageError(f"{top} agencies are too many for one figure", remedy=f"ask for at most {MOST_GROUPS}")
    agencies = list(dict.fromkeys(a for p in pairs for a in (p["agency"], p["source_agency"])))
    number = {a: i for i, a in enumerate(agencies)}
    values = [[float("nan")] * len(agencies) for _ in agencies]
    for p in pairs:
        values[number[p["agency"]]][number[p["source_agency"]]] = p["passages"]
    most = max(p["passages"] for p in pairs)
    figure, axes = new_figure(WIDTH, 1.1 + 0.25 * len(agencies))
    ax = axes[0, 0]
    with style_of(figure):
        shown = ax.imshow(values, cmap="Blues", vmin=0, vmax=most, aspect="auto")
        ax.set_yticks(range(len(agencies)), [f"{_short(names.get(a, a))} {i + 1}" for a, i in number.items()], fontsize=7.5)
        ax.set_xticks(range(len(agencies)), [str(i + 1) for i in number.values()], fontsize=7.5)
        ax.xaxis.tick_top()
        for i, row in enumerate(values):
            for j, v in enumerate(row):
                if v == v:
                    ax.text(j, i, f"{v:.0f}", ha="center", va="center", fontsize=7, color=_ink(shown.cmap(shown.norm(v))))
        ax.set_title(
            say(
                "passages like another agency's\nrows: the later report; columns: the earlier (numbers as in the rows)",
                "与其他机关相同或近似的段落数\n行：报告较晚的机关；列：较早的机关（编号同行）",
            ),
            loc="left",
        )
        ax.set_xticks([i - 0.5 for i in range(1, len(agencies))], minor=True)
        ax.set_yticks([i - 0.5 for i in range(1, len(agencies))], minor=True)
        ax.grid(which="minor", color="0.9", lw=0.5)
        ax.tick_params(which="both", length=0)
    return figure


def distributions(table: pa.Table, by: Sequence[str], indicator: str) -> Any:
    """One indicator over groups: median, quartiles and range, on a scale that shows zero and large counts alike (symlog).

    Args:
        table: from :func:`gongkai.compare.indicator_distribution`; rows of different coverage are drawn apart.
    """
    rows = [r for r in table.to_pylist() if r["indicator"] == indicator and r["median"] is not None]
    if not rows:
        raise UsageError(f"no report has the indicator {indicator}", remedy="choose one that the table holds")
    if len(rows) > 2 * MOST_GROUPS:
        raise UsageError(
            f"{len(rows)} groups are too many for one figure", remedy=f"choose a grouping with at most {MOST_GROUPS}"
        )
    figure, axes = new_figure(WIDTH, 0.9 + 0.27 * len(rows))
    ax = axes[0, 0]

    def counted(n: int) -> str:
        return say(f" ({n})", f"（{n}份）")

    covers = {
        "own": say("own", "本机关"),
        "consolidated": say("consolidated", "汇总"),
        "unknown": say("coverage unknown", "范围不明"),
    }
    with style_of(figure):
        for i, r in enumerate(rows):
            ax.plot([r["least"], r["most"]], [i, i], "-", color="0.6", lw=0.8)
            ax.plot([r["quarter"], r["three_quarters"]], [i, i], "-", color="0.35", lw=5, solid_capstyle="butt")
            ax.plot([r["median"]], [i], "o", ms=5, mfc="white", mec="black")
        ax.set_yticks(
            range(len(rows)),
            [f"{_short(group_name(by, [r[k] for k in by]))} {covers[r['coverage']]}" + counted(r["reports"]) for r in rows],
        )
        ax.set_xscale("symlog", linthresh=10)
        ax.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
        ax.set_xlim(left=min(0, *(r["least"] for r in rows)))
        ax.invert_yaxis()
        named = codebook().indicators[indicator]
        ax.set_title(say(f"{named.en}: median, quartiles, range", f"{named.zh}：中位数、四分位距与全距"), loc="left")
        ax.grid(axis="x", color="0.9", lw=0.6)
    return figure


__all__ = [
    "FONTS", "FORM_CHANGE", "LONGEST", "MOST_GROUPS", "SCREEN", "WIDTH", "answered", "chinese_font", "copied_text", "distributions", "dumbbell", "group_name",
    "heat_map", "language", "save", "say", "svg", "trends",
]  # fmt: skip
