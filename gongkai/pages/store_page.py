"""``report.html``: one self-contained page over a folder of results.  It loads nothing, and works without JavaScript."""

from __future__ import annotations

from markupsafe import Markup

from extract.types import Report
from gongkai.codes import codes_of, is_own
from gongkai.pages import words as view
from gongkai.pages.language import Language
from gongkai.pages.overview import LISTED, TABLED, overview
from gongkai.pages.report_page import ReportView
from gongkai.pages.template import asset, content_policy, environment
from gongkai.store_access import Row, Store

#: reports with a section of their own
SECTIONS = 200


def render_store(store: Store, *, limit: int = SECTIONS, lang: str = "both") -> str:
    """The page of a whole store.

    Args:
        store: an opened folder of results.
        limit: how many reports get a section, those with contradictions or failing checks first.
        lang: ``zh``, ``en`` or ``both``.
    """
    over = overview(store, limit)
    reports = store.reports(over.chosen)
    codes = codes_of(store)
    names = {r["report_id"]: _name(r) for r in over.reports}
    return _render(
        reports,
        Language(lang, codes if is_own(codes) else None),
        over=over,
        over_report=lambda report_id: names.get(report_id, report_id),
        meta=store.meta,
        limits={"listed": LISTED, "tabled": TABLED, "sections": limit},
    )


def _name(row: Row) -> str:
    who = row["agency"] or row["title"] or row["source"]
    return view.clean(f"{who} {row['year']}" if row["year"] else who)


def _render(reports: list[Report], t: Language, **values: object) -> str:
    # text between the tags must be byte for byte what was hashed
    style, script = asset("report.css"), asset("report.js")
    views = [ReportView(r, f"r{n}", t) for n, r in enumerate(reports)]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            policy=content_policy(style, script),
            style=Markup(style),
            script=Markup(script),
            t=t,
            reports=views,
            anchors={v.report.report_id: v.anchor for v in views},
            **values,
        )
    )
