"""Figures that a page and a paper can use: a Chinese font, one style, and files that do not change from run to run."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from corpus.extras import install_remedy
from corpus.files import replacing, write_text

#: fonts with simplified Chinese, as Debian, Windows and macOS bring them
FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Microsoft YaHei", "SimHei", "DengXian", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "Noto Sans CJK JP", "Noto Serif CJK SC",
    "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
_REMEDY = "install one: Debian and Ubuntu `apt install fonts-noto-cjk`, Fedora `dnf install google-noto-sans-cjk-fonts`; then restart Python"
#: width of a figure in inches that fits a page of A4 with margins
WIDTH = 7.0
#: dots per inch on a screen: 770 for the width of a page
SCREEN = 110


def matplotlib_package() -> Any:
    """matplotlib, imported when the first figure is made.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise UsageError("plots need matplotlib", remedy=install_remedy("plots")) from error
    return matplotlib


@cache
def chinese_font() -> str:
    """Name of an installed font with Chinese characters.

    Raises:
        UsageError: matplotlib is not installed, or no such font is; the message names the package.
    """
    matplotlib_package()
    from matplotlib.font_manager import fontManager

    installed = {f.name for f in fontManager.ttflist}
    for name in FONTS:
        if name in installed:
            return name
    raise UsageError("no font with Chinese characters is installed, plots would show boxes", remedy=_REMEDY)


@cache
def _figure_class() -> Any:
    """``Figure`` that is drawn in the style of this module wherever it is drawn, and that notebooks show."""
    matplotlib = matplotlib_package()
    from matplotlib.figure import Figure

    class StyledFigure(Figure):
        # text that is made late (ticks) takes its font from the context of that time: of the user's own `savefig`, say
        gongkai_style: Mapping[str, Any]

        def draw(self, renderer: Any) -> None:
            with matplotlib.rc_context(self.gongkai_style):
                super().draw(renderer)

        def _repr_png_(self) -> bytes:
            out = BytesIO()
            self.savefig(out, format="png", dpi=SCREEN)
            return out.getvalue()

    return StyledFigure


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **other: Any) -> tuple[Any, Any]:
    """A figure of so many inches and the (row, column) array of its axes.

    Args:
        other: as for ``Figure.subplots``.
    """
    matplotlib = matplotlib_package()
    style = {
        "font.family": [chinese_font(), "DejaVu Sans"], "font.size": 8.5, "axes.unicode_minus": False, "svg.fonttype": "path",
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 9.5, "legend.frameon": False,
    }  # fmt: skip
    with matplotlib.rc_context(style):
        figure = _figure_class()(figsize=(width, height), layout="constrained")
        figure.gongkai_style = style
        axes = figure.subplots(rows, columns, squeeze=False, **other)
    return figure, axes


def svg(figure: Any) -> str:
    """The figure as SVG text, to be put into a page or saved; the same for the same figure.

    Raises:
        UsageError: the font lacks a character.
    """
    matplotlib = matplotlib_package()
    out = StringIO()
    with (
        warnings.catch_warnings(record=True) as caught,
        matplotlib.rc_context({**figure.gongkai_style, "svg.hashsalt": "gongkai"}),
    ):
        warnings.simplefilter("always")
        figure.savefig(out, format="svg", metadata={"Date": None})
    _missing(caught)
    text = out.getvalue()
    return text[text.index("<svg") :]


def save(figure: Any, path: str | Path, *, dpi: int = 300) -> Path:
    """Writes SVG, PNG or PDF, by the suffix of the path.

    Raises:
        UsageError: another suffix, or the font lacks a character.
        StoreError: it cannot be written; then nothing was.
    """
    matplotlib = matplotlib_package()
    target = Path(path)
    if target.suffix not in {".svg", ".png", ".pdf"}:
        raise UsageError(
            f"cannot write a figure as {target.suffix or 'a file without suffix'}",
            source=str(path),
            remedy="use .svg, .png or .pdf",
        )
    if target.suffix == ".svg":
        write_text(target, svg(figure))
        return target
    with replacing(target) as made:
        with warnings.catch_warnings(record=True) as caught, matplotlib.rc_context(figure.gongkai_style):
            warnings.simplefilter("always")
            figure.savefig(made, dpi=dpi, format=target.suffix[1:])
        _missing(caught)
    return target


def _missing(caught: Sequence[Any]) -> None:
    for w in caught:
        if "missing from" in str(w.message):
            raise UsageError(f"the font {chinese_font()} lacks a character ({w.message})", remedy=_REMEDY)


def style_of(figure: Any) -> Any:
    """The context in which a figure's parts are made."""
    return matplotlib_package().rc_context(figure.gongkai_style)
