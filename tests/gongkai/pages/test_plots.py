"""Figures: drawn without a missing glyph, nothing outside the picture, legible in grey, refused where they would not be."""

from __future__ import annotations

import doctest
import random
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus.codebook import codebook
from corpus.errors import UsageError

pytest.importorskip("matplotlib")
from gongkai import plots

try:
    plots.chinese_font()
except UsageError as error:  # a machine without Chinese fonts
    pytest.skip(error.message, allow_module_level=True)

FACETS = ("any", *codebook().facets)
LONG = (
    "county_department",
    "township",
    "国家税务总局云岭县税务局第一税务分局征收管理科",
    "开发区管理委员会综合行政执法局（城市管理局）",
)
MANY = tuple(
    (str(year), level)
    for year in (2021, 2022, 2023)
    for level in ("central", "province", "prefecture", "county", "unknown", *LONG[1:])
)


def shares(by: Sequence[str], groups: Sequence[tuple[str, ...]], *, few: bool = False) -> pa.Table:
    """A table as ``facet_shares`` gives it, with every shade from 0 to 100 %."""
    rng = random.Random(3)
    rows = []
    for group in groups:
        for facet in FACETS:
            share = rng.random()
            rows.append({
                **dict(zip(by, group, strict=True)), "what": "problem", "dimension": "all", "facet": facet, "share": share,
                "low": max(0.0, share - 0.1), "high": min(1.0, share + 0.1), "few": few, "reports": 12 if few else 1_200,
            })  # fmt: skip
    return pa.Table.from_pylist(rows)


def copies(agencies: int) -> tuple[pa.Table, dict[str, str]]:
    rows = [
        {"kind": "other_agency", "agency": f"a{i}", "source_agency": f"a{j}", "passage_id": f"{i}.{j}.{k}"}
        for i in range(agencies) for j in range(i) for k in range((i * j) % 7 + 1)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows), {f"a{i}": LONG[2 + i % 2] for i in range(agencies)}


def distribution(groups: int) -> pa.Table:
    row = {
        "indicator": "request.received",
        "coverage": "own",
        "reports": 12,
        "least": 0.0,
        "quarter": 2.0,
        "median": 9.0,
        "three_quarters": 40.0,
        "most": 25_000.0,
    }
    return pa.Table.from_pylist(
        [{**row, "level": LONG[i % 4], "coverage": ("own", "consolidated", "unknown")[i % 3]} for i in range(groups)]
    )


def answers(groups: Sequence[tuple[str, ...]], *, followed: bool = True) -> pa.Table:
    """A table as ``answered_by_group`` gives it."""
    rows = [
        {"year": g[0], "facet": facet, "measure": m, "share": 0.02 + 0.3 * k, "low": 0.0, "high": 0.4 + 0.3 * k, "problems": 10 + 25 * k, "few": k == 0}
        for g in groups for facet in ("any", "capacity")
        for k, m in enumerate(("answered", "returns", "returns_in_words") if followed else ("answered",))
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


YEARS = [(str(y),) for y in range(2019, 2024)]
FIGURES: dict[str, Callable[[], Any]] = {
    "heat map of years": lambda: plots.heat_map(shares(("year",), YEARS), ("year",)),
    "heat map of one group": lambda: plots.heat_map(shares((), [()]), ()),
    "heat map of 12 long names": lambda: plots.heat_map(shares(("year", "level"), [(y, n) for y in ("2021", "2022", "2023") for n in LONG]), ("year", "level")),
    "heat map of 8 names": lambda: plots.heat_map(shares(("level",), [(n[:6],) for n in LONG * 2], few=True)[: len(FACETS) * 8], ("level",)),
    "heat map of 24 groups": lambda: plots.heat_map(shares(("year", "level"), MANY, few=True), ("year", "level")),
    "trends": lambda: plots.trends(shares(("year",), YEARS), ("year",)),
    "trends of 4 long names": lambda: plots.trends(shares(("year", "level"), [(y, n) for (y,) in YEARS for n in LONG]), ("year", "level")),
    "trends of two facets": lambda: plots.trends(shares(("year",), YEARS), ("year",), facets=("capacity", "any")),
    "dumbbell": lambda: plots.dumbbell(shares(("level",), [(n,) for n in LONG]), ("level",), (LONG[2],), (LONG[3],)),
    "copied matrix": lambda: plots.copied_text(*copies(24)),
    "copied matrix of two": lambda: plots.copied_text(*copies(2)),
    "distributions": lambda: plots.distributions(distribution(12), ("level",), "request.received"),
    "answered": lambda: plots.answered(answers(YEARS), ("year",)),
    "answered, one facet and year": lambda: plots.answered(answers(YEARS[:1], followed=False), ("year",), facet="capacity"),
    "answered, 24 long names": lambda: plots.answered(answers([(f"{n}{i}",) for n in LONG for i in range(6)]), ("year",)),
}  # fmt: skip


def pixels(figure: Any) -> Any:
    """A drawn figure: its renderer."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_renderer()


def visible_texts(figure: Any) -> list[Any]:
    from matplotlib.text import Text

    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_drawn_whole_and_without_a_warning(make: Callable[[], Any], tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        figure = make()
        text = plots.svg(figure)
        png = plots.save(figure, tmp_path / "a.png", dpi=60)
        renderer = pixels(figure)
    assert text.startswith("<svg")
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert figure.get_size_inches()[0] == plots.WIDTH, "fits a page"
    box = figure.get_tightbbox(renderer)
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_names_beside_and_below_the_axes_do_not_overlap(make: Callable[[], Any]) -> None:
    figure = make()
    renderer = pixels(figure)
    for ax in figure.axes:
        if not ax.get_visible():
            continue
        beside = sorted((t.get_window_extent(renderer) for t in ax.get_yticklabels() if t.get_text()), key=lambda b: b.y0)
        assert all(a.y1 <= b.y0 + 1 for a, b in pairwise(beside))
        below = sorted((t for t in ax.get_xticklabels() if t.get_text() and t.get_visible()), key=lambda t: t.get_position()[0])
        if below and not below[0].get_rotation():
            boxes = [t.get_window_extent(renderer) for t in below]
            assert all(a.x1 <= b.x0 + 1 for a, b in pairwise(boxes))


def luminance(colour: Any) -> float:
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", [n for n in FIGURES if n.startswith(("heat", "copied"))])
def test_numbers_on_cells_stand_out_in_grey(name: str) -> None:
    ax = FIGURES[name]().axes[0]
    image = ax.images[0]
    shades = image.cmap(image.norm(image.get_array()))
    assert ax.texts
    for text in ax.texts:
        x, y = (round(v) for v in text.get_position())
        light, dark = sorted((luminance(text.get_color()), luminance(shades[y, x][:3])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, text.get_text()


def test_lines_are_told_without_colour() -> None:
    ax = FIGURES["trends of 4 long names"]().axes[0]
    drawn = [x for x in ax.lines if x.get_marker() != "None"]
    assert len({x.get_linestyle() for x in drawn}) == 4
    assert len({x.get_marker() for x in drawn}) == 4
    assert all(len(set(x.get_color())) == 1 or float(x.get_color()) >= 0 for x in drawn), "greys"


def test_a_trend_breaks_at_the_form_change_and_at_a_year_without_reports() -> None:
    by = [("2018",), ("2020",), ("2021",), ("2022",), ("unknown",)]
    figure = plots.trends(shares(("year",), by), ("year",), facets=("any",))
    drawn = [list(x.get_xdata()) for x in figure.axes[0].lines if x.get_marker() != "None"]
    assert drawn == [[2018], [2020], [2021, 2022]]


def test_groups_are_named_in_chinese() -> None:
    figure = FIGURES["heat map of 24 groups"]()
    names = [t.get_text() for t in visible_texts(figure)]
    assert "2021 中央" in names
    assert "2023 不明" in names
    assert doctest.testmod(plots).failed == 0


def test_equal_figures_are_equal_files() -> None:
    assert plots.svg(FIGURES["dumbbell"]()) == plots.svg(FIGURES["dumbbell"]())


def test_a_figure_keeps_its_font_in_notebooks_and_in_the_hands_of_others(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        shown = FIGURES["trends"]()._repr_png_()
        FIGURES["trends"]().savefig(tmp_path / "own.png", dpi=plots.SCREEN)
        plots.save(FIGURES["trends"](), tmp_path / "ours.png", dpi=plots.SCREEN)
    assert shown == (tmp_path / "own.png").read_bytes() == (tmp_path / "ours.png").read_bytes()


def test_a_missing_font_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib import font_manager

    monkeypatch.setattr(
        font_manager.fontManager, "ttflist", [f for f in font_manager.fontManager.ttflist if f.name == "DejaVu Sans"]
    )
    plots.chinese_font.cache_clear()
    try:
        with pytest.raises(UsageError, match="no font with Chinese") as raised:
            FIGURES["dumbbell"]()
        assert "fonts-noto-cjk" in str(raised.value.remedy)
    finally:
        plots.chinese_font.cache_clear()


def test_a_missing_glyph_is_an_error(tmp_path: Path) -> None:
    figure = FIGURES["dumbbell"]()
    figure.axes[0].set_title("\U0001fae8")  # of Unicode 15, in no font of FONTS
    with pytest.raises(UsageError, match="lacks a character"):
        plots.svg(figure)
    with pytest.raises(UsageError, match="lacks a character"):
        plots.save(figure, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: plots.heat_map(shares(("agency",), [(f"机关{i}",) for i in range(25)]), ("agency",)),
            "25 groups are too many",
        ),
        (lambda: plots.heat_map(shares(("year",), YEARS), ("year",), what="measure"), "no report states a measure"),
        (lambda: plots.trends(shares(("level",), [("county",)]), ("level",)), "needs years"),
        (lambda: plots.trends(shares(("year", "level"), [("2023", str(i)) for i in range(5)]), ("year", "level")), "5 lines"),
        (lambda: plots.trends(shares(("year",), YEARS), ("year",), what="measure"), "no report of a known year"),
        (lambda: plots.trends(shares(("year",), YEARS), ("year",), facets=("training",)), "training: no facet"),
        (lambda: plots.dumbbell(shares(("year",), YEARS), ("year",), ("2019",), ("2030",)), "no group '2030'"),
        (lambda: plots.copied_text(copies(2)[0].slice(0, 0), {}), "no passages are shared"),
        (lambda: plots.copied_text(*copies(30), top=30), "30 agencies are too many"),
        (lambda: plots.answered(answers(YEARS), ("year",), facet="training"), "training: no facet"),
        (lambda: plots.answered(answers(YEARS), ("year",), facet="platform"), "no group states a problem of 平台栏目"),
        (lambda: plots.distributions(distribution(3), ("level",), "review.total"), "no report has the indicator"),
        (lambda: plots.distributions(distribution(49), ("level",), "request.received"), "49 groups are too many"),
    ],
)
def test_what_would_not_be_legible_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    figure = FIGURES["dumbbell"]()
    with pytest.raises(UsageError, match=r"as \.gif"):
        plots.save(figure, tmp_path / "a.gif")
    for suffix, magic in ((".pdf", b"%PDF"), (".svg", b"<svg")):
        assert plots.save(figure, tmp_path / f"a{suffix}").read_bytes().startswith(magic)
