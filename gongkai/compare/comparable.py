"""What of two reports may be subtracted: whose counts are of the same bodies, the same form and the same length of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from corpus.agencies.kinds import kinds
from corpus.agencies.resolve import Agency, resolve_agency
from corpus.codebook import codebook
from corpus.store import schema
from extract.types import Identity, Report
from gongkai.compare.changes import concordance

#: why two values are not subtracted, with its Chinese name
REASONS = (
    ("coverage", "范围不同"), ("form", "式样不同"), ("period", "期限不同"), ("own_definition", "口径不同"),
)  # fmt: skip
_LEVELS = dict(schema.LEVELS)


def obstacle(a: Report, b: Report) -> str:
    """Why no count of the one report may be subtracted from the other's: a code of :data:`REASONS`, or empty."""
    if a.identity.coverage != b.identity.coverage or a.identity.coverage == "unknown":
        return "coverage"
    return "period" if _span(a.identity) != _span(b.identity) else ""


class Note(NamedTuple):
    """What stands in the way of comparing two reports, in both languages."""

    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.zh} ({self.en})"


def notes(a: Report, b: Report) -> list[Note]:
    """What stands in the way of comparing two reports."""
    found = _unlike(a, b)
    if a.identity.coverage != b.identity.coverage or a.identity.coverage == "unknown":
        codes = (a.identity.coverage, b.identity.coverage)
        names = " / ".join(dict(schema.COVERAGES)[c] for c in codes)
        found.append(_beside("coverage differs or is unknown", " / ".join(codes), "统计范围不同或不明", names))
    if _span(a.identity) != _span(b.identity):
        sides = " / ".join(f"{r.identity.period_start or '?'} – {r.identity.period_end or '?'}" for r in (a, b))
        found.append(_beside("the periods differ", sides, "统计期限不同", sides))
    if a.identity.form != b.identity.form:
        forms = (a.identity.form, b.identity.form)
        names = " / ".join(dict(schema.FORMS)[f] for f in forms)
        found.append(
            Note(
                f"the forms differ: {' / '.join(forms)}; only cells that the concordance links are subtracted",
                f"表格式样不同：{names}；只有对照表认可的单元格相减",
            )
        )
    return found


def _beside(en: str, sides: str, zh: str, names: str) -> Note:
    return Note(f"{en}: {sides}; counts are not subtracted", f"{zh}：{names}；各项数字并列，不作相减")


def _unlike(a: Report, b: Report) -> list[Note]:
    """The note that two agencies are of different kinds or levels, as far as both are known."""
    x, y = _agency(a), _agency(b)
    en, zh = [], []
    if x.kind != y.kind and not {x.kind, y.kind} & {"", "other"}:
        en.append(f"kind {x.kind} / {y.kind}")
        zh.append(f"类型 {_kind(x.kind)} / {_kind(y.kind)}")
    if x.level_code != y.level_code and "unknown" not in {x.level, y.level} and x.certainty == y.certainty == "certain":
        en.append(f"level {x.level_code} / {y.level_code}")
        zh.append(f"层级 {_LEVELS.get(x.level_code, x.level_code)} / {_LEVELS.get(y.level_code, y.level_code)}")
    if not en:
        return []
    said = "other kinds of agency, whose counts differ for what they are"
    return [Note(f"{said}: {', '.join(en)}", f"机关不同类：{'，'.join(zh)}")]


def _agency(report: Report) -> Agency:
    """A report that is read from a store holds the name alone."""
    i = report.identity
    return report.agency or resolve_agency(i.agency, text=report.canonical.text, host=report.host, year=i.year)


def _kind(code: str) -> str:
    return kinds()[code].zh if code in kinds() else code


def _span(identity: Identity) -> int | None:
    """Months that a report is of; a report that does not say is of its calendar year."""
    if identity.period_start is None or identity.period_end is None:
        return 12
    try:
        start, end = date.fromisoformat(identity.period_start), date.fromisoformat(identity.period_end)
    except ValueError:
        return None
    return round(((end - start).days + 1) / 30.44)


@cache
def continued(form_from: str, form_to: str) -> Mapping[str, tuple[str, ...]]:
    """The cells of the later form that continue each cell of the earlier one; they are added up where there are several."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in concordance().to_pylist():
        if (row["form_from"], row["form_to"]) == (form_from, form_to):
            found[row["code"]].append(row["part"])
    return {code: tuple(parts) for code, parts in found.items()}


def own_definition(indicator: str, a: Report, b: Report) -> bool:
    """Whether agencies count this as each defines it, and these are two: only within one agency does it change."""
    if codebook().indicators[indicator].cls != "C" or a.identity.agency == b.identity.agency:
        return False
    return not _agency(a).agency_id or _agency(a).agency_id != _agency(b).agency_id


__all__ = ["REASONS", "Note", "continued", "notes", "obstacle", "own_definition"]
