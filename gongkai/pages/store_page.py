"""``report.html``: one self-contained page over a folder of results.  It loads nothing, and works without JavaScript."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from extract.types import Report
from gongkai.codes import codes_of, is_own
from gongkai.pages import words as view
from gongkai.pages.overview import LISTED, TABLED, overview
from gongkai.pages.report_page import ReportView
from gongkai.pages.template import asset, content_policy, environment
from gongkai.store_access import Row, Store

#: reports with a section of their own
SECTIONS = 200


@cache
def _environment() -> Environment:
    env = environment()
    env.globals |= {"check_name": view.check_name, "cell_name": view.cell_name}
    return env


def render_store(store: Store, *, limit: int = SECTIONS) -> str:
    """The page of a whole store.

    Args:
        store: an opened folder of results.
        limit: how many reports get a section, those with contradictions or failing checks first.
    """
    over = overview(store, limit)
    reports = store.reports(over.chosen)
    codes = codes_of(store)
    names = {r["report_id"]: _name(r) for r in over.reports}
    return _render(
        reports,
        over=over,
        over_report=lambda report_id: names.get(report_id, report_id),
        meta=store.meta,
        zh=view.namer(codes if is_own(codes) else None),
        limits={"listed": LISTED, "tabled": TABLED, "sections": limit},
    )


def _name(row: Row) -> str:
    who = row["agency"] or row["title"] or row["source"]
    return view.clean(f"{who} {row['year']}" if row["year"] else who)


def _render(reports: list[Report], **values: object) -> str:
    # text between the tags must be byte for byte what was hashed
    style, script = asset("report.css"), asset("report.js")
    views = [ReportView(r, f"r{n}") for n, r in enumerate(reports)]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            policy=content_policy(style, script),
            style=Markup(style),
            script=Markup(script),
            reports=views,
            anchors={v.report.report_id: v.anchor for v in views},
            **values,
        )
    )
