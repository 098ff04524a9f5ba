"""The clause of a passage that says what was done, and to what.

The label of a fact is that of the object of its main verb (codebook, L3 and L4): laws, aims, occasions, the channel used and adverbs of
diligence say nothing of it.  ``data/main_clause.toml`` says what is left out; what remains first is the main clause.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from corpus.datafile import entries, later, load_toml, one_of, pattern_of

#: characters of a main clause that are looked at: longer ones are lists, whose beginning says what they hold
LONGEST_CLAUSE = 40
#: a clause of fewer characters (`三是,`) says nothing by itself
_SHORTEST = 4
_KINDS = ("enumerator", "frame", "way", "opening", "means")
_KEYS = {"id", "kind", "pattern", "yes", "no"}
_BOUNDARY = later(r"[,;。:!?]")
# a title or remark inside a clause is not what it is about: 印发《…制度》, 公开(含转载)
_NAMED = later(r"《[^》]*》|\([^)]*\)")


@dataclass(frozen=True, slots=True)
class ClauseRule:
    """One rule of the data file, with clauses that it matches and near misses."""

    id: str
    kind: str
    pattern: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


@cache
def clause_rules() -> tuple[ClauseRule, ...]:
    """The rules of ``data/main_clause.toml``.

    Raises:
        DataError: unknown keys or kind, or a pattern that is none.
    """
    source = "data/main_clause.toml"
    rules = []
    for raw in entries(load_toml("models", source), "rule", source, _KEYS):
        where = f"{source}: {raw['id']}"
        one_of(raw["kind"], _KINDS, "kind", where)
        pattern_of(raw["pattern"], where)
        rules.append(ClauseRule(raw["id"], raw["kind"], raw["pattern"], tuple(raw["yes"]), tuple(raw["no"])))
    return tuple(rules)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {
        kind: re.compile("^(?:" + "|".join(f"(?:{r.pattern})" for r in clause_rules() if r.kind == kind) + ")")
        for kind in _KINDS
    }


@cache
def clause_rules_hash() -> str:
    """Hash of the rules: a model fits only those it was trained with."""
    return hashlib.sha256(repr([(r.kind, r.pattern) for r in clause_rules()]).encode("utf-8")).hexdigest()[:16]


def main_clause(text: str) -> str:
    """The main clause of a cleaned text (``models.features.clean``), at most :data:`LONGEST_CLAUSE` characters.

    >>> main_clause("四是依托政府网站,优化栏目内检索功能。")
    '优化栏目内检索功能'
    >>> main_clause("0年,我局通过门户网站主动公开信息0条。")
    '公开信息0条'
    """
    known = _patterns()
    enumerator, frame, way = known["enumerator"], known["frame"], known["way"]
    text = enumerator.sub("", _NAMED.sub(lambda m: "《》" if m[0][0] == "《" else "", text), count=1)
    clauses = [c for c in _BOUNDARY.split(text) if c]
    last = len(clauses) - 1
    for i, clause in enumerate(clauses):
        counted = enumerator.match(clause)
        own = clause[counted.end() :] if counted else clause
        if i < last and (len(own) < _SHORTEST or frame.match(own) or way.match(own)):
            continue
        opened = known["opening"].match(own)
        own = own[opened.end() :] if opened else own
        means = known["means"].match(own)
        own = own[means.end() :] if means else own
        if len(own) >= _SHORTEST - 1:
            return own[:LONGEST_CLAUSE]
    return (clauses[-1] if clauses else text)[:LONGEST_CLAUSE]
