"""The two languages of the explorer: wording from ``data/explorer.toml``, names of codes from where the codes are defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from corpus.agencies.kinds import kinds
from corpus.codebook import SECTIONS, CellSpec, all_cells, codebook, form_cells
from corpus.datafile import load_toml
from corpus.store import schema
from gongkai.compare.frame import UNKNOWN
from gongkai.compare.outcomes import ANY
from gongkai.pages.issue_words import issue_zh
from gongkai.pages.words import cell_name, check_name, clean
from gongkai.pages.words import number as printed_number
from gongkai.web.messages import in_chinese


@cache
def wording() -> dict[str, Any]:
    """``data/explorer.toml``: ``texts`` by key and language, ``codes`` in English where the code itself is no name, ``heads`` of forms."""
    return load_toml("gongkai", "data/explorer.toml")


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language, ``zh`` or ``en``; ``own``: Chinese names of a user's labels and facets (``facet:<code>``), which have no English ones."""

    code: str
    own: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    @property
    def html(self) -> str:
        """The value of ``lang`` in HTML."""
        return "zh-CN" if self.code == "zh" else "en"

    def __call__(self, key: str, **values: object) -> str:
        """The text of this key, with its values; English has ``one`` for n = 1."""
        found = wording()["texts"][key]
        text: str = found.get("one", found["en"]) if self.code == "en" and values.get("n") == 1 else found[self.code]
        shown = {k: printed_number(v) if isinstance(v, int | float) and k != "year" else v for k, v in values.items()}
        return text.format(**shown) if values else text

    def heading(self, key: str, **values: object) -> str:
        """The text of this key above a page or a part of one: English begins with a capital there (``narrative`` → ``Narrative``)."""
        text = self(key, **values)
        return text[:1].upper() + text[1:]

    def name(self, kind: str, code: str | None) -> str:
        """The name of a code; the code itself where it is not of a closed list (a place, a year, a column of one's own)."""
        if code is None:
            return ""
        if self.own is not None and kind in ("label", "facet"):
            return clean(code if self.code == "en" else self.own.get(code if kind == "label" else f"facet:{code}", code))
        return _names(self.code).get(kind, {}).get(code, clean(code))

    def issue(self, code: str, message: str) -> str:
        """The message of an issue."""
        return clean(message if self.code == "en" else issue_zh(code, message))

    def cell(self, code: str) -> str:
        """Row and column of a cell."""
        if self.code == "zh":
            return cell_name(code)
        spec = all_cells().get(code)
        return f"{spec.row_en} · {spec.column_en}" if spec else code

    def head(self, text: str) -> str:
        """A heading of a statutory form as printed, or in English."""
        return text if self.code == "zh" else _heads().get(text, text)

    def check(self, check: str) -> str:
        """What a check compares."""
        if self.code == "zh":
            return check_name(check)
        kind, _, part = check.partition(".")
        what: str = wording()["checks"].get(kind, kind)
        if kind == "row":
            spec = all_cells().get(f"t3.{part}.total")
            return f"{what} · {spec.row_en if spec else part}"
        return f"{what} · {wording()['applicants'].get(part, part)}" if part else what

    def key(self, key: str) -> str:
        """The name of a grouping key; a column of one's own has its own."""
        known = {
            "agency": "col_agency", "section": "key_section", "abstained": "key_abstained", "classifier": "key_classifier",
            **{k: f"filter_{k}" for k in ("year", "level", "kind", "province", "prefecture", "county", "form", "coverage", "label")},
        }  # fmt: skip
        return self(known[key]) if key in known else clean(key)

    def group(self, key: str, value: str) -> str:
        """The name of a group by one key."""
        return self("unknown_group") if value == UNKNOWN else self.name(key, value)

    def point(self, what: str, facet: str) -> str:
        """A problem or measure of a facet."""
        return f"{self.name('what', what)} · {self('any_facet') if facet == ANY else self.name('facet', facet)}"

    def reason(self, text: str) -> str:
        """Why reports are left out, as :func:`gongkai.compare.study` says it."""
        return text if self.code == "en" else in_chinese(text)

    def said(self, text: str) -> str:
        """A message of another part of gongkai."""
        return clean(text if self.code == "en" else in_chinese(text))

    def place(self, line: int | None, page: int | None) -> str:
        """Where something stands in the source file."""
        if page is not None:
            return self("at_page", page=page)
        return self("at_line", line=line) if line is not None else ""


TONGUES = {code: Tongue(code) for code in ("zh", "en")}


@cache
def _names(language: str) -> dict[str, dict[str, str]]:
    book = codebook()
    lists = {
        "form": schema.FORMS, "coverage": schema.COVERAGES, "text": schema.TEXT_KINDS, "s5": schema.SECTION_FIVE, "level": schema.LEVELS,
        "status": schema.STATUSES, "state": schema.STATES, "basis": schema.BASES, "qualifier": schema.QUALIFIERS, "scope": schema.SCOPES,
        "by": schema.BYS, "period": schema.PERIODS, "verdict": schema.VERDICTS, "explained": schema.EXPLAINED, "outcome": schema.CHECKS,
        "severity": schema.SEVERITIES, "locus": schema.LOCI, "progress": schema.POINT_STATUSES,
    }  # fmt: skip
    own: dict[str, dict[str, str]] = wording()["codes"]
    zh = language == "zh"
    found = {k: {c: n if zh else own.get(k, {}).get(c, _spoken(c)) for c, n in some} for k, some in lists.items()}
    for kind, codes in (("label", book.labels), ("facet", book.facets), ("indicator", book.indicators)):
        found[kind] = {c: (v.zh if zh else v.en) for c, v in codes.items()}
    found["section"] = {c: v[0] if zh else v[1] for c, v in SECTIONS.items()}
    found["issue"] = {c: v[0] if zh else _spoken(c) for c, v in schema.ISSUES.items()}
    found["kind"] = {"other": "其他" if zh else "other", **{c: k.zh if zh else _spoken(c) for c, k in kinds().items()}}
    found["check"] = {c: n["zh"] if zh else n["en"] for c, n in wording()["families"].items()}
    found["what"] = {c: book.labels[n].zh if zh else book.labels[n].en for c, n in WHAT.items()}
    return found


#: the label of the passages that problems and measures are read from
WHAT = dict(zip(("problem", "measure"), codebook().coded, strict=True))


def _spoken(code: str) -> str:
    return code.replace("_", " ")


@cache
def _heads() -> dict[str, str]:
    found: dict[str, str] = dict(wording()["heads"])
    specs: list[CellSpec] = [*form_cells("2019").values(), *form_cells("2021").values()]
    for s in specs:
        units: dict[str, str] = wording()["units"]
        found.setdefault(s.column, s.column_en)
        found.setdefault(f"{s.column}（{s.unit}）", f"{s.column_en} ({units[s.unit]})")
        if s.row:
            found.setdefault(s.row, s.row_en)
    return found
