"""The codes that a store was tagged with: the codebook's, or those of a user's own model, with their Chinese names.

``gongkai tag --engine MODEL`` writes the codes of an own model into the store's manifest (key ``codes``), and everything that counts
passages asks here what may be counted: a share of a code that the model does not have would be a false 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from corpus.errors import UsageError
from models.taxonomy import Taxonomy, codebook_taxonomy, from_text

if TYPE_CHECKING:
    from gongkai.store_access import Store

#: key of a store's manifest
KEY = "codes"


def codes_of(store: Store) -> Taxonomy:
    """The codes of a store."""
    text = store.meta.get(KEY, "")
    return from_text(text, str(store.folder)) if text else codebook_taxonomy()


def is_own(codes: Taxonomy) -> bool:
    """Whether these are a user's codes and not the codebook's."""
    return (codes.labels, codes.facets) != (codebook_taxonomy().labels, codebook_taxonomy().facets)


def check_codes(store: Store) -> Taxonomy:
    """The codes of a store, whose passages have no others.

    Raises:
        UsageError: passages have labels or facets of another codebook: their shares would all be 0.
    """
    codes = codes_of(store)
    facets = store.sql("SELECT DISTINCT unnest(facets) AS facet FROM passages")["facet"].to_pylist()
    strange = {"labels": set(store.counts("passages", "label")) - set(codes.labels), "facets": set(facets) - set(codes.facets)}
    for what, some in strange.items():
        if some:
            raise UsageError(
                f"holds {what} of another codebook than {codes.name} {codes.version}: {', '.join(sorted(map(str, some))[:5])}",
                source=str(store.folder),
                remedy="tag again (gongkai tag --engine MODEL --overwrite), so that the store knows its model's codes, "
                "or query it with `gongkai query`",
            )
    return codes


def check_same(codes: Taxonomy, other: Taxonomy, source: str) -> None:
    """Raises UsageError unless a file is for the codes of a store."""
    if (codes.labels, codes.facets) != (other.labels, other.facets):
        raise UsageError(
            f"is for the codebook {other.name} {other.version}, the store was tagged with {codes.name} {codes.version}",
            source=source, remedy="give the codes of the model that tagged the store",
        )  # fmt: skip


def name_of(codes: Taxonomy, code: str, kind: str = "facet") -> str:
    """The Chinese name of a facet (``any``: 任一方面) or label; the code where there is none."""
    if kind == "facet" and code == "any":
        return "任一方面"
    names: Mapping[str, str] = codes.zh
    return names.get(f"facet:{code}" if kind == "facet" else code, code)


def labels_named(codes: Taxonomy, given: Iterable[str], further: Iterable[str] = ()) -> tuple[str, ...]:
    """The codes of labels that are given by code or by Chinese name.

    Args:
        given: ``problem``, ``问题``.
        further: codes that count as labels too.

    >>> labels_named(codebook_taxonomy(), ["问题", "improvement"])
    ('problem', 'improvement')

    Raises:
        UsageError: neither a code nor a name of one.
    """
    by_name = {name_of(codes, c, "label"): c for c in codes.labels} | {c: c for c in (*codes.labels, *further)}
    if unknown := [g for g in given if g not in by_name]:
        known = sorted({*by_name.values()})
        shown = (c if (name := name_of(codes, c, "label")) == c else f"{c} {name}" for c in known)
        raise UsageError(f"unknown label {unknown[0]!r}", remedy=f"use one of {', '.join(shown)}")
    return tuple(by_name[g] for g in given)
