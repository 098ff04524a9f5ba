"""Names of the wide table's variables: at most 32 characters, from the fixed list ``gongkai/data/variables.csv`` and, for labels, their codes.

Stata allows no longer ones.  The list is written once and never renamed, so that a do-file of last year runs on this year's export.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from corpus.codebook import codebook
from corpus.errors import DataError
from gongkai.codes import is_own, name_of
from gongkai.further_columns import meta_names, metadata_columns
from gongkai.store_access import Store
from models.taxonomy import Taxonomy

_SOURCE = "data/variables.csv"
_COLUMNS = ["variable", "kind", "code", "zh", "unit"]
KINDS = ("id", "cell", "indicator", "label", "problem", "measure")


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of the wide table.

    ``kind`` is one of :data:`KINDS`; ``code`` the code that it holds (a cell's, an indicator's, …) or the column of ``reports``.
    """

    name: str
    kind: str
    code: str
    zh: str
    unit: str


@cache
def variables() -> tuple[Variable, ...]:
    """All variables in the order of the wide table.

    Raises:
        DataError: other columns, an unknown kind, or a name that is given twice or is no name in Stata.
    """
    text = files("gongkai").joinpath(_SOURCE).read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines())
    if reader.fieldnames != _COLUMNS:
        raise DataError(f"columns are {reader.fieldnames}", source=_SOURCE, remedy=f"give {', '.join(_COLUMNS)}")
    found: dict[str, Variable] = {}
    for line, row in enumerate(reader, 2):
        made = Variable(row["variable"], row["kind"], row["code"], row["zh"], row["unit"])
        short = made.name.isascii() and made.name.isidentifier() and len(made.name) <= 32
        if made.name in found or not short or made.kind not in KINDS:
            raise DataError(
                f"{row} is no variable",
                source=f"{_SOURCE}:{line}",
                remedy="give a new name of at most 32 letters, digits and _",
            )
        found[made.name] = made
    shares = (Variable(f"label_{c}_share", "label", c, f"{k.zh}占正文字数比例", "0–1") for c, k in codebook().labels.items())
    return tuple(sorted((*found.values(), *shares), key=lambda v: KINDS.index(v.kind)))


def variables_of(codes: Taxonomy) -> tuple[Variable, ...]:
    """The variables of a store: those of the fixed list, with a user's labels and facets in the place of the codebook's."""
    if not is_own(codes):
        return variables()
    kept = tuple(v for v in variables() if v.kind not in ("label", "problem", "measure"))
    taken = {v.name for v in kept}
    made = [
        Variable(_short("label_", c, "_share", taken), "label", c, f"{name_of(codes, c, 'label')}占正文字数比例", "0–1")
        for c in codes.labels
    ]
    for label in codes.coded:
        for f in codes.facets:
            zh = f"{name_of(codes, label, 'label')}：{name_of(codes, f)}"
            made.append(Variable(_short("facet_", f"{f}_{label}", "", taken), f"facet:{label}", f, zh, "0/1"))
    return (*kept, *made)


def meta_variables(store: Store) -> tuple[Variable, ...]:
    """The variables of the user's own columns of ``--metadata``."""
    return tuple(Variable(name, "metadata", c, c, "") for c, name in meta_names(list(metadata_columns(store))).items())


def facet_kinds(codes: Taxonomy) -> tuple[str, ...]:
    """The kinds of variables that say whether a facet is stated."""
    return tuple(f"facet:{c}" for c in codes.coded) if is_own(codes) else ("problem", "measure")


def _short(before: str, code: str, after: str, taken: set[str]) -> str:
    """A name of at most 32 characters that is not taken yet; too long a code loses its middle and gets a number."""
    name, n = f"{before}{code}{after}", 1
    while len(name) > 32 or name in taken:
        n += 1
        tail = f"_{n}{after}"
        name = f"{before}{code[: 32 - len(before) - len(tail)]}{tail}"
    taken.add(name)
    return name


def of_kind(kind: str) -> tuple[Variable, ...]:
    """Variables of one kind."""
    return tuple(v for v in variables() if v.kind == kind)
