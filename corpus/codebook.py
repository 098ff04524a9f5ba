"""Codes of the codebook and of the statutory forms: the one place where they are defined for the code.

Labels, facets and indicators come from ``data/codebook.toml``, table cells from ``data/spec/forms.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from corpus.datafile import load_toml

CODEBOOK_VERSION = "2"
SCHEMA_VERSION = "3"
#: codebooks whose labels and facets have the codes of this one, so that a model trained by them still runs
SAME_LABELS = frozenset({"1", CODEBOOK_VERSION})

SECTIONS: dict[str, tuple[str, str]] = {
    "preamble": ("引言", "preamble"),
    "s1": ("总体情况", "general situation"),
    "s2": ("主动公开政府信息情况", "proactive disclosure"),
    "s3": ("收到和处理政府信息公开申请情况", "requests received and handled"),
    "s4": ("政府信息公开行政复议、行政诉讼情况", "administrative review and litigation"),
    "s5": ("存在的主要问题及改进情况", "problems and improvements"),
    "s6": ("其他需要报告的事项", "other matters to report"),
}

APPLICANTS = ("natural", "business", "research", "nonprofit", "legal", "other")
OUTCOMES = ("upheld", "corrected", "other", "pending")


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its Chinese and English name.

    ``cls`` is the class (A, B, C) of an indicator; ``family`` the family of a label (R2) or facet (F17), empty for ``general``;
    ``definition`` what the code covers, for labels and facets, ``definition_zh`` the same in Chinese where it is given.
    """

    code: str
    zh: str
    en: str = ""
    cls: str = ""
    family: str = ""
    definition: str = ""
    definition_zh: str = ""


@dataclass(frozen=True, slots=True)
class CellSpec:
    """A cell of a statutory form, as printed on the form.

    ``table`` is ``t2``, ``t3`` or ``t4``; ``row_code`` the code without its column (``t3.new``); ``column_code`` the last part.
    """

    code: str
    group: str
    subgroup: str
    row: str
    row_en: str
    column: str
    column_en: str
    unit: str

    @property
    def table(self) -> str:
        return self.code.split(".", 1)[0]

    @property
    def row_code(self) -> str:
        return self.code.rsplit(".", 1)[0]

    @property
    def column_code(self) -> str:
        return self.code.rsplit(".", 1)[1]


@dataclass(frozen=True, slots=True)
class Codebook:
    """All codes, in codebook order; ``coded`` are the labels that take facets."""

    labels: dict[str, Code]
    facets: dict[str, Code]
    indicators: dict[str, Code]
    label_families: dict[str, Code]
    facet_families: dict[str, Code]
    coded: tuple[str, ...]


FormName = Literal["2019", "2021"]
FORM_NAMES: tuple[FormName, ...] = ("2019", "2021")


@cache
def codebook() -> Codebook:
    """The codes of ``data/codebook.toml``."""
    raw = load_toml("corpus", "data/codebook.toml")

    def table(name: str) -> dict[str, Code]:
        return {
            k: Code(
                k, v["zh"], v["en"], v.get("class", ""), v.get("family", ""), v.get("definition", ""), v.get("definition_zh", "")
            )
            for k, v in raw[name].items()
        }  # fmt: skip

    return Codebook(
        labels=table("labels"),
        facets=table("facets"),
        indicators=table("indicators"),
        label_families=table("label_families"),
        facet_families=table("facet_families"),
        coded=tuple(raw["coded"]),
    )


@cache
def form_cells(form: FormName) -> dict[str, CellSpec]:
    """Cells of a form by code, in printed order."""
    raw = json.loads(files("corpus").joinpath("data/spec/forms.json").read_text(encoding="utf-8"))["forms"][form]
    cells: dict[str, CellSpec] = {}
    for table in ("t2", "t3", "t4"):
        for c in raw[table]:
            cells[c["code"]] = CellSpec(
                c["code"], c["group"], c.get("subgroup", ""), c["row"], c["row_en"], c["column"], c["column_en"], c["unit"]
            )
    return cells


@cache
def all_cells() -> dict[str, CellSpec]:
    """Cells of both forms by code (the newer form's wording where both have the code)."""
    return {code: spec for form in FORM_NAMES for code, spec in form_cells(form).items()}


@cache
def result_rows(form: FormName) -> tuple[str, ...]:
    """Row codes of table 3 between ``carried_in`` and ``total``: the results that must add up to the total."""
    rows = dict.fromkeys(spec.row_code for code, spec in form_cells(form).items() if spec.table == "t3")
    return tuple(r for r in rows if r not in {"t3.new", "t3.carried_in", "t3.total", "t3.carried_out"})
