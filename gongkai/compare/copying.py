"""Copied text: passages that repeat the agency's own earlier report, or another agency's.

Candidates come from MinHash signatures of character 3-grams in 32 bands of 3 (Broder 1997; Leskovec, Rajaraman & Ullman, Mining of
Massive Datasets, chapter 3), which find two passages of Jaccard similarity 0.35 with probability 0.75 and of 0.5 with 0.99; every
candidate is then aligned exactly (longest common subsequence), and kept from a similarity of ``threshold`` on.  Digits count as
equal: the same sentence with this year's number is the same sentence.

"Earlier" is by year, then by publication date, then by ``report_id``: the *earliest in this store*, which need not be who wrote it
first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.codebook import codebook
from corpus.errors import UsageError
from corpus.extras import install_remedy
from corpus.text.normalise import squeeze
from gongkai.compare.one_report import chosen
from gongkai.store_access import Store
from models.seed import SEED

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

LABELS = codebook().coded
#: kinds of copies: from the agency's own earlier report, from another agency
OWN, OTHER = "own_earlier", "other_agency"
_GRAM = 3
_BANDS, _ROWS = 32, 3
#: shorter passages (`针对上述问题：`) are alike without anyone having copied
SHORTEST = 15
#: runs of equal characters shorter than this are chance, and not counted as copied
_RUN = 4
_CHUNK = 20_000
#: pairs aligned at a time
_PAIRS = 1_000_000
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")

SCHEMA = pa.schema([
    pa.field("report_id", pa.string()), pa.field("passage_id", pa.string()), pa.field("agency", pa.string()),
    pa.field("year", pa.int64()), pa.field("label", pa.string()), pa.field("kind", pa.string()),
    pa.field("similarity", pa.float64()), pa.field("characters", pa.int64()), pa.field("copied_characters", pa.int64()),
    pa.field("source_report_id", pa.string()), pa.field("source_passage_id", pa.string()), pa.field("source_agency", pa.string()),
    pa.field("source_year", pa.int64()), pa.field("text", pa.string()), pa.field("source_text", pa.string()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Texts:
    """Passages in order of time: entry ``i`` of every array is one occurrence; ``text`` counts ``different`` (normalised texts)."""

    rows: pa.Table
    different: tuple[str, ...]
    text: Ints
    agency: Ints
    year: Ints


def _need() -> tuple[Any, Any]:
    try:
        import rapidfuzz
        import rensa
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed", remedy=install_remedy("compare")) from error
    return rapidfuzz, rensa


def masked(text: str) -> str:
    """Text as it is compared: no white space, widths folded, numbers as ``0``.

    >>> masked("全年公开 1,234 条。")
    '全年公开0条。'
    """
    return _DIGITS.sub("0", squeeze(text))


def passages_of(store: Store, labels: Sequence[str] = LABELS) -> pa.Table:
    """The passages of a store that are compared: report_id, passage_id, agency (its id, else its name), year, published, label, text.

    Of several versions of a report one stands.  Reports without agency or year are left out: nothing can be earlier than they, and nobody can be their author.
    """
    listed = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    found: pa.Table = store.sql(
        "SELECT p.report_id, p.passage_id, coalesce(r.agency_id, r.agency) AS agency, r.year, r.published, p.label, p.text "
        f"FROM passages p JOIN reports r USING (report_id) JOIN chosen USING (report_id) WHERE p.label IN ({listed}) "
        "AND r.year IS NOT NULL AND coalesce(r.agency_id, r.agency) IS NOT NULL",
        {"chosen": chosen(store)},
    )
    return found


def ordered(passages: pa.Table) -> Texts:
    """Passages in order of time, short ones left out."""
    texts = list(map(masked, passages["text"].to_pylist()))
    keep = [i for i, t in enumerate(texts) if len(t) >= SHORTEST]
    published = passages["published"].to_pylist() if "published" in passages.column_names else [None] * len(passages)
    years, ids, places = (passages[c].to_pylist() for c in ("year", "report_id", "passage_id"))
    keep.sort(key=lambda i: (years[i], published[i] or "9999", ids[i], len(places[i]), places[i]))
    rows = passages.take(pa.array(keep, pa.int64()))
    number: dict[str, int] = {}
    text = np.fromiter((number.setdefault(texts[i], len(number)) for i in keep), dtype=np.int64, count=len(keep))
    agencies: dict[str, int] = {}
    agency = np.fromiter(
        (agencies.setdefault(a, len(agencies)) for a in rows["agency"].to_pylist()), dtype=np.int64, count=len(keep)
    )
    return Texts(rows, tuple(number), text, agency, np.array(rows["year"].to_pylist(), dtype=np.int64))


def band_keys(texts: Sequence[str]) -> Hashes:
    """(band, text) keys: two texts that share one are candidates."""
    _, rensa = _need()
    found = np.zeros((_BANDS, len(texts)), dtype=np.uint64)
    for at in range(0, len(texts), _CHUNK):
        hashes, offsets = _gram_hashes(texts[at : at + _CHUNK])
        matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, _BANDS * _ROWS, SEED)
        signatures = np.array(matrix.to_rows(), dtype=np.uint64).reshape(-1, _BANDS, _ROWS)
        key = np.zeros(signatures.shape[:2], dtype=np.uint64)
        for row in range(_ROWS):
            key = (key ^ signatures[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        found[:, at : at + len(key)] = key.T
    return found


def _gram_hashes(texts: Sequence[str]) -> tuple[Hashes, Hashes]:
    """Hashes of the 3-grams of texts (each of at least three characters) one after another, and where each text's begin."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    windows = len(codes) - _GRAM + 1
    hashes = np.zeros(windows, dtype=np.uint64)
    for k in range(_GRAM):
        hashes = (hashes ^ codes[k : k + windows]) * np.uint64(0x100000001B3)
        hashes ^= hashes >> np.uint64(31)
    whole = np.ones(len(codes), dtype=bool)
    ends = np.cumsum(lengths)
    for k in range(1, _GRAM):
        whole[ends - k] = False  # the window would reach into the next text
    offsets = np.concatenate([[0], np.cumsum(lengths - _GRAM + 1)])
    return np.ascontiguousarray(hashes[whole[:windows]]), offsets.astype(np.uint64)


def _runs(key: NDArray[Any]) -> tuple[Ints, Ints]:
    """Places whose key is not theirs alone, equal keys side by side and in order of time; and where in that order each one's run begins."""
    order = np.argsort(key, kind="stable")
    same = key[order[1:]] == key[order[:-1]]
    order = order[np.r_[False, same] | np.r_[same, False]]
    return order, _begins(key[order])


def _begins(*keys: NDArray[Any]) -> Ints:
    """For each place of sorted keys, the first place with the same keys."""
    first = np.ones(len(keys[0]), dtype=bool)
    first[1:] = np.logical_or.reduce([k[1:] != k[:-1] for k in keys])
    return np.asarray(np.maximum.accumulate(np.where(first, np.arange(len(first)), 0)))


def _own_pairs(run: Ints, order: Ints, t: Texts) -> Iterator[tuple[Ints, Ints]]:
    """(later, earlier) occurrences of one agency that share a key: the last three of earlier years."""
    agency = t.agency[order]
    by_agency = np.lexsort((agency, run))
    order, run, agency = order[by_agency], run[by_agency], agency[by_agency]
    # places of one report must not stand in the way of those of the year before
    begins, year_begins = _begins(run, agency), _begins(run, agency, t.year[order])
    for step in (1, 2, 3):
        early = year_begins - step
        fits = early >= begins
        yield order[fits], order[early[fits]]


def _other_pairs(run: Ints, order: Ints, t: Texts) -> Iterator[tuple[Ints, Ints]]:
    """(later, earlier) occurrences of different agencies that share a key: the earliest of all, and the one just before."""
    agency, place = t.agency[order], np.arange(len(order))
    own = agency == agency[run]
    # where the first occurrence is one's own, the first of somebody else
    begins = np.flatnonzero(run == place)
    foreign = np.minimum.reduceat(np.where(own, len(order), place), begins)
    second = np.repeat(foreign, np.diff(np.r_[begins, len(order)]))
    for early in (np.where(own, second, run), place - 1):
        fits = (early >= run) & (early < place)
        fits[fits] &= agency[early[fits]] != agency[place[fits]]
        yield order[place[fits]], order[early[fits]]


def _distinct(numbers: Ints) -> Ints:
    """Sorted, each once.  ``np.unique`` of numpy 2.3 hashes, which takes ten times as long for millions of numbers."""
    numbers = np.sort(numbers)
    return numbers[np.r_[True, numbers[1:] != numbers[:-1]]] if len(numbers) else numbers


def _candidates(t: Texts) -> dict[str, Ints]:
    """Pairs of occurrences by kind, each as ``later * count + earlier``, sorted, each once."""
    keys, count = band_keys(t.different), len(t.text)
    found: dict[str, Ints] = {OWN: np.empty(0, dtype=np.int64), OTHER: np.empty(0, dtype=np.int64)}
    for band in range(_BANDS):
        order, run = _runs(keys[band][t.text])
        if not len(order):
            continue
        for kind, pairs in ((OWN, _own_pairs(run, order, t)), (OTHER, _other_pairs(run, order, t))):
            # merged band by band: all bands together hold most pairs many times
            found[kind] = _distinct(np.concatenate([found[kind], *(late * count + early for late, early in pairs)]))
    return found


def _similarities(t: Texts, late: Ints, early: Ints, threshold: float) -> NDArray[np.float64]:
    """Share of characters in the longest common subsequence, 2·LCS / (length + length); 0 below the threshold."""
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    unique, inverse = np.unique(t.text[late] * len(t.different) + t.text[early], return_inverse=True)
    left, right = unique // len(t.different), unique % len(t.different)
    found = np.ones(len(unique))
    differ = np.flatnonzero(left != right)
    for at in range(0, len(differ), _PAIRS):
        some = differ[at : at + _PAIRS]
        a, b = ([t.different[i] for i in side[some].tolist()] for side in (left, right))
        found[some] = cpdist(a, b, scorer=Indel.normalized_similarity, score_cutoff=threshold, dtype=np.float64, workers=-1)
    return np.asarray(found[inverse.reshape(-1)])


def _first(t: Texts, late: Ints, early: Ints, kind: str) -> Ints:
    """Of the occurrences of the source's words, the earliest: of the own agency, or of any other one."""
    if kind == OWN:
        order = np.lexsort((np.arange(len(t.text)), t.agency, t.text))
        first = np.empty(len(order), dtype=np.int64)
        first[order] = order[_begins(t.text[order], t.agency[order])]
        return np.asarray(first[early])
    order = np.argsort(t.text, kind="stable")
    begins = np.flatnonzero(_begins(t.text[order]) == np.arange(len(order)))  # every text occurs, so that these count texts
    first = order[begins]
    alone = len(order)
    other = np.minimum.reduceat(np.where(t.agency[order] == t.agency[first[t.text[order]]], alone, order), begins)
    text = t.text[early]
    return np.asarray(np.where(t.agency[first[text]] != t.agency[late], first[text], other[text]))


def copied_characters(text: str, source: str) -> int:
    """Characters of a text that stand in the same order in its source, in runs of at least four.

    >>> copied_characters("公开内容不够全面，更新不及时。", "存在公开内容不够全面的问题。")
    8
    """
    from rapidfuzz.distance import LCSseq

    blocks = LCSseq.editops(text, source).as_matching_blocks()
    return sum(b.size for b in blocks if b.size >= _RUN)


def copied(passages: pa.Table, *, threshold: float = 0.8) -> pa.Table:
    """Each passage with the passage it repeats, of both kinds.

    Args:
        passages: as :func:`passages_of` gives them; ``published`` (ISO dates) may be left out.
        threshold: least similarity, 0…1.

    Returns:
        Columns of :data:`SCHEMA`, sorted by report, passage and kind: of several sources of one kind the most alike, and of equals
        the earliest.  ``characters`` and ``copied_characters`` count the text as it is compared.

    Raises:
        UsageError: rensa or rapidfuzz is not installed, or the threshold is no share.
    """
    if not 0 < threshold <= 1:
        raise UsageError(f"threshold {threshold} is no share", remedy="give a number above 0, up to 1")
    _need()
    t = ordered(passages)
    if len(t.text) < 2:
        return SCHEMA.empty_table()
    parts = []
    for kind, pairs in _candidates(t).items():
        late, early = np.divmod(pairs, len(t.text))
        similarity = _similarities(t, late, early, threshold)
        kept = similarity >= threshold
        late, early, similarity = late[kept], _first(t, late[kept], early[kept], kind), similarity[kept]
        order = np.lexsort((early, -similarity, late))
        best = order[np.r_[True, np.diff(late[order]) > 0]] if len(order) else order
        parts.append(_rows(t, late[best], early[best], similarity[best], kind))
    return pa.concat_tables(parts).sort_by([("report_id", "ascending"), ("passage_id", "ascending"), ("kind", "ascending")])


def _rows(t: Texts, late_at: Ints, early_at: Ints, similarity: NDArray[np.float64], kind: str) -> pa.Table:
    late, early = (t.rows.take(pa.array(at)) for at in (late_at, early_at))
    own = [t.different[i] for i in t.text[late_at].tolist()]
    source = [t.different[i] for i in t.text[early_at].tolist()]
    counts = [len(a) if a == b else copied_characters(a, b) for a, b in zip(own, source, strict=True)]
    columns = {
        "kind": pa.array([kind] * len(own), pa.string()), "similarity": pa.array(np.round(similarity, 4)),
        "characters": pa.array(list(map(len, own)), pa.int64()), "copied_characters": pa.array(counts, pa.int64()),
        "source_report_id": early["report_id"], "source_passage_id": early["passage_id"], "source_agency": early["agency"],
        "source_year": early["year"], "source_text": early["text"],
    }  # fmt: skip
    return pa.table([columns[f.name] if f.name in columns else late[f.name] for f in SCHEMA], schema=SCHEMA)


def copied_by_report(passages: pa.Table, found: pa.Table) -> pa.Table:
    """How much of each report's text repeats an earlier one.

    Args:
        passages: what :func:`copied` was given.
        found: what it gave.

    Returns:
        report_id, agency, year, characters (of all its passages, as compared), own_earlier_share, other_agency_share, either_share
        (of characters; a passage copied from both counts once, with the larger count); empty where the store has no earlier report of the
        agency, or of any other.
    """
    total: dict[str, int] = {}
    head: dict[str, tuple[Any, Any]] = {}
    for report_id, agency, year, text in zip(
        *(passages[c].to_pylist() for c in ("report_id", "agency", "year", "text")), strict=True
    ):
        total[report_id] = total.get(report_id, 0) + len(masked(text))
        head[report_id] = (agency, year)
    by: dict[str, dict[str, dict[str, int]]] = {}
    for report_id, passage_id, kind, count in zip(
        *(found[c].to_pylist() for c in ("report_id", "passage_id", "kind", "copied_characters")), strict=True
    ):
        by.setdefault(report_id, {}).setdefault(passage_id, {})[kind] = count

    # what nothing in the store could have lent is not known to be new: empty, not 0
    own_first: dict[Any, Any] = {}
    for agency, year in head.values():
        own_first[agency] = min(year, own_first.get(agency, year))
    lent = _lenders(passages)

    def own(report_id: str) -> float | None:
        agency, year = head[report_id]
        return share(report_id, [OWN]) if own_first[agency] < year else None

    def share(report_id: str, kinds: Sequence[str]) -> float:
        counts = (max(c.get(k, 0) for k in kinds) for c in by.get(report_id, {}).values())
        return round(sum(counts) / total[report_id], 4) if total[report_id] else 0.0

    ids = sorted(total)
    return pa.table({
        "report_id": ids,
        "agency": [head[r][0] for r in ids],
        "year": pa.array([head[r][1] for r in ids], pa.int64()),
        "characters": pa.array([total[r] for r in ids], pa.int64()),
        "own_earlier_share": [own(r) for r in ids],
        "other_agency_share": [share(r, [OTHER]) if r in lent else None for r in ids],
        "either_share": [share(r, [OWN, OTHER]) if r in lent or own(r) is not None else None for r in ids],
    })  # fmt: skip


def _lenders(passages: pa.Table) -> set[str]:
    """Reports that come after one of another agency, in the order of time that :func:`ordered` has."""
    published = passages["published"].to_pylist() if "published" in passages.column_names else [None] * len(passages)
    rows = {(y, p or "9999", r, a) for y, p, r, a in zip(
        passages["year"].to_pylist(), published, passages["report_id"].to_pylist(), passages["agency"].to_pylist(), strict=True
    )}  # fmt: skip
    before: set[Any] = set()
    found = set()
    for _, _, report_id, agency in sorted(rows):
        if before - {agency}:
            found.add(report_id)
        if len(before) < 2:
            before.add(agency)
    return found


def copied_edges(found: pa.Table, passages: pa.Table) -> pa.Table:
    """Who repeats whom, as a list of edges with dates, for studies of networks and diffusion.

    Args:
        found: what :func:`copied` gave.
        passages: what it was given.

    Returns:
        One row for each pair of reports of different agencies: ``source_agency`` → ``agency``, both years and publication dates, how many
        ``passages`` and ``characters``.  ``direction`` is ``unknown`` where both are of one year and a date is missing or the same: the
        order is then that of the store and says nothing of who wrote first.
    """
    dates = passages["published"].to_pylist() if "published" in passages.column_names else [None] * len(passages)
    published = dict(zip(passages["report_id"].to_pylist(), dates, strict=True))
    held: dict[tuple[Any, ...], list[int]] = {}
    names = ("kind", "source_agency", "agency", "source_year", "year", "source_report_id", "report_id", "copied_characters")
    for kind, *key, characters in zip(*(found[c].to_pylist() for c in names), strict=True):
        if kind == OTHER:
            held.setdefault(tuple(key), []).append(characters)
    rows = []
    for pair, counts in sorted(held.items()):
        row = dict(zip(names[1:7], pair, strict=True))
        first, second = published.get(row["source_report_id"]), published.get(row["report_id"])
        known = row["source_year"] != row["year"] or (first is not None and second is not None and first != second)
        rows.append({
            **row, "source_published": first, "published": second, "passages": len(counts), "characters": sum(counts),
            "direction": "known" if known else "unknown",
        })  # fmt: skip
    numbers = {"source_year", "year", "passages", "characters"}
    order = (*names[1:7], "source_published", "published", "passages", "characters", "direction")
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, pa.int64() if n in numbers else pa.string()) for n in order]))


def copied_matrix(found: pa.Table, *, top: int = 30) -> pa.Table:
    """How many passages each agency shares with which earlier one: (agency, source_agency, passages), the ``top`` agencies most in it."""
    pairs = found.filter(pc.equal(found["kind"], OTHER))
    counted = (
        pairs.group_by(["agency", "source_agency"])
        .aggregate([("passage_id", "count")])
        .rename_columns(["agency", "source_agency", "passages"])
    )
    weight: dict[str, int] = {}
    for a, b, n in zip(*(counted[c].to_pylist() for c in counted.column_names), strict=True):
        weight[a] = weight.get(a, 0) + n
        weight[b] = weight.get(b, 0) + n
    chosen = pa.array(sorted(weight, key=lambda a: (-weight[a], a))[:top], pa.string())
    inside = pc.and_(pc.is_in(counted["agency"], value_set=chosen), pc.is_in(counted["source_agency"], value_set=chosen))
    return counted.filter(inside).sort_by([("passages", "descending"), ("agency", "ascending"), ("source_agency", "ascending")])
