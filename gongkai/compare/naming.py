"""Names of codes in both languages, as columns beside the codes; a user's own codes have a Chinese name alone, and stand for themselves in English."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from corpus.codebook import codebook
from gongkai.codes import is_own, name_of
from models.taxonomy import Taxonomy

#: what a problem and a measure are called, and other values of ``what`` and ``measure`` that are no codes of the codebook
_SAID = {
    "any": "any particular facet", "label": "label", "answered": "answered",
    "answered_later": "answered in the next report", "returns": "returns", "corrected": "corrected (coded by people)",
    "band": "uncorrected (the model's), with a band from its errors on real reports", "uncorrected": "uncorrected (the model's)",
}  # fmt: skip
#: columns of codes that have a column of names
NAMED = ("what", "label", "facet", "code", "family", "measure", "basis")


@cache
def _english(column: str) -> dict[str, str]:
    book = codebook()
    if column == "family":
        return {c: v.en for some in (book.facet_families, book.label_families) for c, v in some.items()}
    if column in ("measure", "basis"):
        return _SAID
    lists = {"facet": (book.facets,), "label": (book.labels,)}.get(column, (book.labels, book.facets))
    what = dict(zip(("problem", "measure"), (book.labels[c].en for c in book.coded), strict=True)) if column == "what" else {}
    return {**_SAID, **{c: v.en for some in lists for c, v in some.items()}, **what}


def english_name(codes: Taxonomy, column: str, code: str | None) -> str | None:
    """The English name of a code in a column of that name; the code where there is none."""
    if code is None or (is_own(codes) and code in {*codes.labels, *codes.facets}):
        return code
    return _english(column).get(code, code)


def what_zh(codes: Taxonomy, what: str) -> str:
    """The Chinese name of ``problem`` and ``measure``; with a user's own codes of the label."""
    known = dict(zip(("problem", "measure"), codebook().coded, strict=True))
    return name_of(codes, what if is_own(codes) else known.get(what, what), "label")


def in_both_languages(codes: Taxonomy, table: pa.Table) -> pa.Table:
    """The table with ``…_en`` behind each ``…_zh``, and both behind ``indicator``."""
    for name in NAMED:
        if f"{name}_zh" in table.column_names and name in table.column_names and f"{name}_en" not in table.column_names:
            kinds = [name] * len(table)
            if name == "code":  # a label and a facet may be called alike: platform, service
                kinds = ["label" if w == "label" else "facet" for w in table["what"].to_pylist()]
            english = [english_name(codes, k, c) for k, c in zip(kinds, table[name].to_pylist(), strict=True)]
            table = table.add_column(table.column_names.index(f"{name}_zh") + 1, f"{name}_en", pa.array(english, pa.string()))
    if "indicator" in table.column_names and "zh" not in table.column_names and "indicator_zh" not in table.column_names:
        book = codebook().indicators
        used = table["indicator"].to_pylist()
        if all(c in book for c in set(used)):
            at = table.column_names.index("indicator") + 1
            for language in ("en", "zh"):
                names = [getattr(book[c], language) for c in used]
                table = table.add_column(at, f"indicator_{language}", pa.array(names, pa.string()))
    return table


__all__ = ["NAMED", "english_name", "in_both_languages", "what_zh"]
