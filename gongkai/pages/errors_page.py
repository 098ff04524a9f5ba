"""Every error of a model, as a table and as one self-contained page: text, truth, prediction, probability, reason."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from corpus.files import write_text
from corpus.spreadsheets import MARK, write_rows
from gongkai.pages import words as view
from gongkai.pages.template import asset, content_policy, environment
from models.taxonomy import Taxonomy
from training.measure.quality import JudgedPassage

CSV_NAME, HTML_NAME = "errors.csv", "errors.html"
COLUMNS = (
    "kind", "report", "section", "heading", "text", "gold", "predicted", "probability", "abstained", "gold_facets",
    "predicted_facets", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Errors of one kind: the truth says ``gold``, the model ``found``."""

    gold: str
    found: str
    rows: tuple[JudgedPassage, ...]


def wrong_labels(items: Sequence[JudgedPassage]) -> list[JudgedPassage]:
    """Items with another label than the truth's, most probable first."""
    return sorted((i for i in items if not i.right), key=lambda i: -(i.score or 0.0))


def wrong_facets(items: Sequence[JudgedPassage], taxonomy: Taxonomy) -> list[JudgedPassage]:
    """Items with the right label, one that takes facets, but other facets."""
    return [i for i in items if i.right and i.gold in taxonomy.coded and set(i.gold_facets) != set(i.found_facets)]


def errors_csv(items: Sequence[JudgedPassage], taxonomy: Taxonomy) -> str:
    """The errors as CSV for spreadsheets: UTF-8 with a mark."""
    lines: list[list[object]] = []
    for kind, rows in (("label", wrong_labels(items)), ("facets", wrong_facets(items, taxonomy))):
        for i in rows:
            score = "" if i.score is None else i.score
            facets = (";".join(i.gold_facets), ";".join(i.found_facets))
            cells = [
                kind,
                i.report,
                i.section or "",
                " > ".join(i.heading_path),
                i.text,
                i.gold,
                i.found,
                score,
                i.abstained,
                *facets,
                i.reason,
            ]
            lines.append([view.clean(c) if isinstance(c, str) else c for c in cells])
    out = io.StringIO()
    write_rows(out, COLUMNS, lines)
    return MARK + out.getvalue()


def errors_html(items: Sequence[JudgedPassage], taxonomy: Taxonomy, model: str) -> str:
    """The errors as one page, grouped by what was taken for what, the commonest first; it loads and runs nothing."""
    wrong = wrong_labels(items)
    pairs: dict[tuple[str, str], list[JudgedPassage]] = {}
    for i in wrong:
        pairs.setdefault((i.gold, i.found), []).append(i)
    groups = [Group(g, f, tuple(rows)) for (g, f), rows in sorted(pairs.items(), key=lambda kv: (-len(kv[1]), kv[0]))]
    style = asset("errors.css")
    env = environment()
    return env.get_template("errors.html.j2").render(
        policy=content_policy(style, ""),
        style=Markup(style),
        model=model,
        wrong=wrong,
        judged=len(items),
        reports=len({i.report for i in items}),
        groups=groups,
        facets=wrong_facets(items, taxonomy),
        names=taxonomy.zh,
    )


def write_errors(folder: Path, items: Sequence[JudgedPassage], taxonomy: Taxonomy, model: str) -> tuple[Path, Path]:
    """Writes both files into ``folder``, made if it is not there; returns their paths."""
    table, page = folder / CSV_NAME, folder / HTML_NAME
    write_text(table, errors_csv(items, taxonomy), newline="")
    write_text(page, errors_html(items, taxonomy, model))
    return table, page
