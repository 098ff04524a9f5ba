"""Figures of a comparison, for the report page and for papers: every function takes a table and returns a matplotlib ``Figure``.

They are legible in grey: values are told by lightness, markers and dashes, never by hue alone.  Text is Chinese, so that a font with
Chinese characters must be installed; in SVG files text is drawn as outlines and needs no font where it is read.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.codebook import codebook
from corpus.errors import UsageError
from gongkai.compare.copied import copied_matrix

#: fonts with simplified Chinese, as Debian, Windows and macOS bring them
FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Microsoft YaHei", "SimHei", "DengXian", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "Noto Sans CJK JP", "Noto Serif CJK SC",
    "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
_REMEDY = "install one: Debian and Ubuntu `apt install fonts-noto-cjk`, Fedora `dnf install google-noto-sans-cjk-fonts`, conda `conda install -c conda-forge font-ttf-noto-emoji noto-cjk-fonts`"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES = ("-", "--", ":", "-.")
#: width of a figure in inches that fits a page of A4 with margins
WIDTH = 7.0
#: groups drawn side by side at most; more would not be legible
MOST_GROUPS = 24


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise UsageError("plots need matplotlib", remedy="pip install 'gongkai[plots]'") from error
    return matplotlib


@cache
def chinese_font() -> str:
    """Name of an installed font with Chinese characters.

    Raises:
        UsageError: matplotlib is not installed, or no such font is; the message names the package.
    """
    _matplotlib()
    from matplotlib.font_manager import fontManager

    installed = {f.name for f in fontManager.ttflist}
    for name in FONTS:
        if name in installed:
            return name
    raise UsageError("no font with Chinese characters is installed, plots would show boxes", remedy=_REMEDY)


def _figure(width: float, height: float, rows: int = 1, columns: int = 1, **other: Any) -> tuple[Any, Any]:
    matplotlib = _matplotlib()
    style = {
        "font.family": [chinese_font(), "DejaVu Sans"], "font.size": 8.5, "axes.unicode_minus": False, "svg.fonttype": "path",
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 9.5, "legend.frameon": False,
    }  # fmt: skip
    with matplotlib.rc_context(style):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, **other)
        # what is drawn later takes its font from the context of that time, not of this
        figure._gongkai_style = style  # type: ignore[attr-defined]
    return figure, axes


def svg(figure: Any) -> str:
    """The figure as SVG text, to be put into a page or saved; the same for the same figure.

    Raises:
        UsageError: the font lacks a character.
    """
    matplotlib = _matplotlib()
    out = StringIO()
    with warnings.catch_warnings(record=True) as caught, matplotlib.rc_context({**figure._gongkai_style, "svg.hashsalt": "gongkai"}):
        warnings.simplefilter("always")
        figure.savefig(out, format="svg", metadata={"Date": None})
    _missing(caught)
    text = out.getvalue()
    return text[text.index("<svg") :]


def save(figure: Any, path: str | Path, *, dpi: int = 300) -> Path:
    """Writes SVG, PNG or PDF, by the suffix of the path.

    Raises:
        UsageError: another suffix, or the font lacks a character.
    """
    matplotlib = _matplotlib()
    target = Path(path)
    if target.suffix not in {".svg", ".png", ".pdf"}:
        raise UsageError(f"cannot write a figure as {target.suffix or 'a file without suffix'}", source=str(path), remedy="use .svg, .png or .pdf")
    if target.suffix == ".svg":
        target.write_text(svg(figure), encoding="utf-8", newline="\n")
        return target
    with warnings.catch_warnings(record=True) as caught, matplotlib.rc_context(figure._gongkai_style):
        warnings.simplefilter("always")
        figure.savefig(target, dpi=dpi)
    _missing(caught)
    return target


def _missing(caught: Sequence[Any]) -> None:
    for w in caught:
        if "missing from" in str(w.message):
            raise UsageError(f"the font {chinese_font()} lacks a character ({w.message})", remedy=_REMEDY)


def _draw(figure: Any) -> Any:
    return _matplotlib().rc_context(figure._gongkai_style)


def _groups(table: pa.Table, by: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [table[k].to_pylist() for k in by]
    found: list[tuple[str, ...]] = [tuple(g) for g in dict.fromkeys(zip(*columns, strict=True))] if by else [()]
    if len(found) > MOST_GROUPS:
        raise UsageError(f"{len(found)} groups are too many for one figure", remedy=f"choose a grouping with at most {MOST_GROUPS}")
    return found


def _name(group: Sequence[str]) -> str:
    return " ".join(group) or "全部"


def _facet_name(code: str) -> str:
    return "任一方面" if code == "any" else codebook().facets[code].zh


def _shares(table: pa.Table, what: str, by: Sequence[str]) -> dict[tuple[tuple[str, ...], str], Mapping[str, Any]]:
    kept = table.filter(pc.and_(pc.equal(table["what"], what), pc.equal(table["dimension"], "all")))
    return {(tuple(r[k] for k in by), r["facet"]): r for r in kept.to_pylist()}


def heat_map(shares: pa.Table, by: Sequence[str], *, what: str = "problem") -> Any:
    """Facets against groups: the share of reports that state a problem (or a measure) of each facet, in per cent.

    Args:
        shares: from :func:`gongkai.compare.facet_shares`.
        by: its grouping keys.
        what: ``problem`` or ``measure``.
    """
    found, groups = _shares(shares, what, by), _groups(shares, by)
    facets = [f for f in codebook().facets if any(found.get((g, f), {}).get("share") for g in groups)]
    if not facets:
        raise UsageError(f"no report states a {what}", remedy="compare other reports")
    values = [[100 * found[g, f]["share"] if (g, f) in found else float("nan") for g in groups] for f in facets]
    figure, axes = _figure(max(WIDTH, 1.6 + 0.5 * len(groups)), 0.9 + 0.27 * len(facets))
    ax = axes[0, 0]
    with _draw(figure):
        shown = ax.imshow(values, cmap="Blues", vmin=0, vmax=100, aspect="auto")
        ax.set_yticks(range(len(facets)), [_facet_name(f) for f in facets])
        long = max(len(_name(g)) for g in groups) > 6
        ax.set_xticks(range(len(groups)), [_name(g) for g in groups], rotation=35 if long else 0, ha="right" if long else "center")
        for i, row in enumerate(values):
            for j, v in enumerate(row):
                if v == v:
                    few = found[groups[j], facets[i]]["few"]
                    ax.text(j, i, f"{v:.0f}{'*' if few else ''}", ha="center", va="center", fontsize=7.5, color="white" if v > 55 else "black")
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)
        ax.set_title(f"提到各方面{'问题' if what == 'problem' else '措施'}的报告占比（%；* 报告不足30份）", loc="left")
        figure.colorbar(shown, ax=ax, fraction=0.03, pad=0.01).outline.set_visible(False)
    return figure


def trends(shares: pa.Table, by: Sequence[str], *, what: str = "problem", facets: Sequence[str] | None = None) -> Any:
    """Share of reports by year with its interval, one small panel for each facet; other keys of ``by`` become lines.

    Raises:
        UsageError: ``by`` holds no year, or more than four other groups.
    """
    if "year" not in by:
        raise UsageError("a trend needs years", remedy="group by year, or by year and another key")
    found, at = _shares(shares, what, by), list(by).index("year")
    groups = _groups(shares, by)
    lines = list(dict.fromkeys(tuple(v for i, v in enumerate(g) if i != at) for g in groups))
    if len(lines) > len(_DASHES):
        raise UsageError(f"{len(lines)} lines in one panel are not legible", remedy=f"group by at most {len(_DASHES)} groups beside the year")
    chosen = list(facets) if facets is not None else [f for f in codebook().facets if any(found.get((g, f), {}).get("share") for g in groups)]
    years = sorted({g[at] for g in groups})
    columns = 4
    rows = -(-len(chosen) // columns)
    figure, axes = _figure(WIDTH, 0.5 + 1.35 * rows, rows, columns, sharex=True, sharey=True)
    with _draw(figure):
        for k, ax in enumerate(axes.flat):
            if k >= len(chosen):
                ax.set_visible(False)
                continue
            for n, line in enumerate(lines):
                points = [(years.index(g[at]), found[g, chosen[k]]) for g in groups if tuple(v for i, v in enumerate(g) if i != at) == line and (g, chosen[k]) in found]
                points.sort(key=lambda p: p[0])
                x, y = [p[0] for p in points], [100 * p[1]["share"] for p in points]
                grey = str(0.0 + 0.45 * n / max(1, len(lines) - 1)) if len(lines) > 1 else "#1f4e79"
                ax.fill_between(x, [100 * p[1]["low"] for p in points], [100 * p[1]["high"] for p in points], color=grey, alpha=0.13, lw=0)
                ax.plot(x, y, _DASHES[n], marker=_MARKERS[n], ms=3, lw=1.1, color=grey, label=_name(line))
            ax.set_title(_facet_name(chosen[k]), loc="left", fontsize=8.5)
            ax.set_xticks(range(len(years)), [y if i in {0, len(years) - 1} or len(years) <= 4 else "" for i, y in enumerate(years)], fontsize=7)
            ax.set_ylim(-5, 105)
        figure.supylabel("报告占比（%）", fontsize=8.5)
        if len(lines) > 1:
            handles, names = axes[0, 0].get_legend_handles_labels()
            figure.legend(handles, names, loc="outside upper right", ncols=len(lines))
    return figure


def dumbbell(shares: pa.Table, by: Sequence[str], a: Sequence[str], b: Sequence[str], *, what: str = "problem") -> Any:
    """Two groups, facet by facet: their shares with intervals, joined by a line; sorted by the difference.

    Raises:
        UsageError: a group that the table does not hold.
    """
    found, groups = _shares(shares, what, by), _groups(shares, by)
    for g in (a, b):
        if tuple(g) not in groups:
            raise UsageError(f"no group {_name(g)!r}", remedy=f"groups are {', '.join(map(_name, groups))}")
    left, right = tuple(a), tuple(b)
    facets = [f for f in codebook().facets if (left, f) in found and (right, f) in found]
    facets = [f for f in facets if found[left, f]["share"] or found[right, f]["share"]]
    facets.sort(key=lambda f: (found[right, f]["share"] - found[left, f]["share"], f))
    figure, axes = _figure(WIDTH, 1.0 + 0.3 * max(1, len(facets)))
    ax = axes[0, 0]
    with _draw(figure):
        for i, f in enumerate(facets):
            one, two = found[left, f], found[right, f]
            ax.plot([100 * one["share"], 100 * two["share"]], [i + 0.14, i - 0.14], "-", color="0.6", lw=2, zorder=1)
            for shift, r, face in ((0.14, one, "white"), (-0.14, two, "black")):
                ax.plot([100 * r["low"], 100 * r["high"]], [i + shift, i + shift], "-", color="0.35", lw=0.7, zorder=2)
                ax.plot([100 * r["share"]], [i + shift], "o", ms=5, mfc=face, mec="black", zorder=3)
        ax.plot([], [], "o", ms=6, mfc="white", mec="black", label=f"{_name(left)}（{found[left, facets[0]]['reports']}份）" if facets else _name(left))
        ax.plot([], [], "o", ms=6, mfc="black", mec="black", label=f"{_name(right)}（{found[right, facets[0]]['reports']}份）" if facets else _name(right))
        ax.set_yticks(range(len(facets)), [_facet_name(f) for f in facets])
        ax.set_xlim(-2, 102)
        ax.set_xlabel("报告占比（%），细线为95%区间")
        ax.grid(axis="x", color="0.9", lw=0.6)
        figure.legend(loc="outside upper center", ncols=2)
    return figure


def copied_text(found: pa.Table, names: Mapping[str, str], *, top: int = 20) -> Any:
    """Who shares passages with whom: later agencies down, earlier ones across, numbers of passages.

    Args:
        found: from :func:`gongkai.compare.copied`.
        names: printed name by agency (or id) in ``found``.
    """
    pairs = copied_matrix(found, top=top).to_pylist()
    if not pairs:
        raise UsageError("no passages are shared between agencies", remedy="compare a larger store, or lower the threshold")
    rows = list(dict.fromkeys(p["agency"] for p in pairs))
    columns = list(dict.fromkeys(p["source_agency"] for p in pairs))
    values = [[float("nan")] * len(columns) for _ in rows]
    for p in pairs:
        values[rows.index(p["agency"])][columns.index(p["source_agency"])] = p["passages"]
    most = max(p["passages"] for p in pairs)
    figure, axes = _figure(max(WIDTH, 2.5 + 0.32 * len(columns)), 2.0 + 0.27 * len(rows))
    ax = axes[0, 0]
    with _draw(figure):
        ax.imshow(values, cmap="Blues", vmin=0, vmax=most, aspect="auto")
        ax.set_yticks(range(len(rows)), [names.get(r, r) for r in rows], fontsize=7.5)
        ax.set_xticks(range(len(columns)), [names.get(c, c) for c in columns], rotation=60, ha="right", fontsize=7.5)
        for i, row in enumerate(values):
            for j, v in enumerate(row):
                if v == v:
                    ax.text(j, i, f"{v:.0f}", ha="center", va="center", fontsize=7, color="white" if v > 0.55 * most else "black")
        ax.set_title("与较早发布的其他机关相同或近似的段落数（行：较晚；列：较早）", loc="left")
        ax.tick_params(length=0)
    return figure


def distributions(table: pa.Table, by: Sequence[str], indicator: str) -> Any:
    """One indicator over groups: median, quartiles and range, on a scale that shows zero and large counts alike (symlog).

    Args:
        table: from :func:`gongkai.compare.indicator_distribution`; rows of different coverage are drawn apart.
    """
    rows = [r for r in table.to_pylist() if r["indicator"] == indicator]
    if not rows:
        raise UsageError(f"no report has the indicator {indicator}", remedy="choose one that the table holds")
    figure, axes = _figure(WIDTH, 0.9 + 0.27 * len(rows))
    ax = axes[0, 0]
    zh = {"own": "本机关", "consolidated": "汇总", "unknown": "范围不明"}
    with _draw(figure):
        for i, r in enumerate(rows):
            ax.plot([r["least"], r["most"]], [i, i], "-", color="0.6", lw=0.8)
            ax.plot([r["quarter"], r["three_quarters"]], [i, i], "-", color="0.35", lw=5, solid_capstyle="butt")
            ax.plot([r["median"]], [i], "o", ms=5, mfc="white", mec="black")
        ax.set_yticks(range(len(rows)), [f"{_name([r[k] for k in by])} {zh[r['coverage']]}（{r['reports']}份）" for r in rows])
        ax.set_xscale("symlog", linthresh=10)
        ax.set_xlim(left=min(0, *(r["least"] for r in rows)))
        ax.invert_yaxis()
        ax.set_title(f"{codebook().indicators[indicator].zh}：中位数、四分位距与全距", loc="left")
        ax.grid(axis="x", color="0.9", lw=0.6)
    return figure
