"""In their words: what sets the language of groups apart, quotations side by side, keywords in context.

Distinctive words are ranked by the weighted log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008,
Fightin' Words, Political Analysis 16(4), equations 16, 22 and 23): for word *w* in group *i* against all other groups *j*,

    delta = log((y_iw + a_w) / (n_i + a_0 - y_iw - a_w)) - log((y_jw + a_w) / (n_j + a_0 - y_jw - a_w))
    z = delta / sqrt(1 / (y_iw + a_w) + 1 / (y_jw + a_w))

with ``y`` the counts, ``n`` their sums, and a prior ``a_w`` that has the word's share in all groups together and sums to ``a_0``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.agencies.places import places_in
from corpus.datafile import expect_keys, load_toml
from corpus.errors import UsageError
from gongkai.codes import codes_of, labels_named
from gongkai.compare.copying import SHORTEST, masked
from gongkai.compare.frame import Ints, Study
from gongkai.compare.omnibus import permuted
from gongkai.store_access import Store
from models.seed import SEED
from models.words import word_segmenter

#: words of the prior: as many as a report's problems and measures hold, so that rare words are pulled towards no difference
PRIOR = 500.0
_WORD = re.compile(r"[\u4e00-\u9fff]{2,}")
_GAP = "\n"
#: permutations, fewer where passages are many
_DRAWS, _CELLS = 199, 300_000_000
_NEGATIONS = frozenset("不未没无")


@cache
def stop_words() -> frozenset[str]:
    """Words left out of distinctive words, from ``data/stop_words.toml``.

    Raises:
        DataError: an unknown key.
    """
    raw = load_toml("gongkai.compare", "data/stop_words.toml")
    expect_keys(raw, "stop_words.toml", ("words",))
    return frozenset(raw["words"])


def without_names(text: str, agency: str | None) -> str:
    """The text with names of places and of its own agency taken out, so that they set no groups apart.

    >>> without_names("云岭县水务局在芙蓉区试点。", "云岭县水务局").replace("\\n", "|")
    '|在|试点。'
    """
    if agency:
        text = text.replace(agency, _GAP)
    for start, end, _ in reversed(places_in(text)):
        text = text[:start] + _GAP + text[end:]
    return text


def _with_negation(words: Iterable[str]) -> Iterator[str]:
    """``不 及时`` is the opposite of ``及时``: the two are one term."""
    no = ""
    for word in words:
        if no and _WORD.fullmatch(word):
            yield no + word
            no = ""
            continue
        if no:
            yield no
        no = word if word in _NEGATIONS else ""
        if not no:
            yield word
    if no:
        yield no


def terms(text: str, *, phrases: bool = True) -> Iterator[str]:
    """Words of at least two characters, and pairs of neighbouring words with a space between them; no digits, no stop words."""
    stop = stop_words()
    words = [w if _WORD.fullmatch(w) and w not in stop else "" for w in _with_negation(word_segmenter("auto").cut(text))]
    yield from filter(None, words)
    if phrases:
        yield from (f"{a} {b}" for a, b in pairwise(words) if a and b)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows(store: Store, labels: Sequence[str]) -> list[dict[str, Any]]:
    listed = ", ".join(map(_quoted, labels))
    found: list[dict[str, Any]] = store.sql(
        f"SELECT p.report_id, p.text, r.agency FROM passages p JOIN reports r USING (report_id) WHERE label IN ({listed}) ORDER BY p.report_id, p.start"
    ).to_pylist()
    return found


def distinctive_words(
    store: Store,
    study: Study,
    *,
    labels: Sequence[str] = ("problem",),
    top: int = 20,
    least: int = 3,
    prior: float = PRIOR,
    phrases: bool = True,
    seed: int = SEED,
) -> pa.Table:
    """What each group says more than the others, in passages of the labels given.

    Args:
        study: the reports and their groups.
        top: terms for each group.
        least: clusters (agencies) of the group that must use a term: one agency's wording is no group's.
        prior: sum of the prior's counts, above 0.

    Returns:
        One column for each key of ``study.by``, term, count (a passage that several reports of a group have counts once), share (of the
        group's terms), share_others, reports, clusters, log_odds, z (by which terms are ranked: no test), ``p`` and ``p_family`` (permutation
        of groups over agencies: of this term, and of the strongest of all); sorted by group and falling z.  Groups without such passages have
        no rows.

    Raises:
        UsageError: fewer than two groups hold such passages, no group holds ``least`` agencies, or the prior is not above 0.
    """
    if prior <= 0:
        raise UsageError(f"prior {prior} is not above 0", remedy="give a number of words")
    said = _said(store, study, labels, phrases=phrases)
    counts, agencies, reports = said.by_group(study)
    if len(counts) < 2:
        raise UsageError(f"{len(counts)} group(s) hold passages of {', '.join(labels)}", remedy="compare at least two groups")
    members = [len(set(study.cluster[study.group == g].tolist())) for g in counts]
    if max(members) < least:
        raise UsageError(
            f"no group holds {least} agencies, and one agency's wording is no group's",
            remedy="group by fewer keys, or give a smaller `least`",
        )
    names, groups = said.names, sorted(counts)
    table = np.zeros((len(groups), len(names)))
    number = {n: i for i, n in enumerate(names)}
    for i, g in enumerate(groups):
        for term, n in counts[g].items():
            table[i, number[term]] = n
    log_odds, z = fighting_words(table, prior)
    p, p_family = chances(said, study, groups, z, least, prior, seed)
    rows = []
    for i, g in enumerate(groups):
        total, rest = table[i].sum(), table.sum() - table[i].sum()
        order = np.lexsort((np.arange(len(names)), -z[i])).tolist()
        kept = (k for k in order if z[i, k] > 0 and len(agencies[g].get(names[k], ())) >= least)
        for k, _ in zip(kept, range(top), strict=False):
            rows.append({
                **dict(zip(study.by, study.groups[g], strict=True)), "term": names[k], "count": int(table[i, k]), "share": table[i, k] / total,
                "share_others": (table[:, k].sum() - table[i, k]) / rest, "reports": len(reports[g][names[k]]),
                "clusters": len(agencies[g][names[k]]), "log_odds": float(log_odds[i, k]), "z": float(z[i, k]),
                "p": float(p[i, k]), "p_family": float(p_family[i, k]),
            })  # fmt: skip
    kinds = {"count": pa.int64(), "reports": pa.int64(), "clusters": pa.int64(), "term": pa.string()} | dict.fromkeys(
        study.by, pa.string()
    )
    columns = [*study.by, "term", "count", "share", "share_others", "reports", "clusters", "log_odds", "z", "p", "p_family"]
    return pa.Table.from_pylist(rows, schema=pa.schema([pa.field(c, kinds.get(c, pa.float64())) for c in columns]))


@dataclass(frozen=True, slots=True)
class SaidTerms:
    """Different passages (numbers all alike) with the terms of each, and which report holds which: ``text`` and ``report`` by occurrence."""

    names: list[str]
    terms: list[Counter[str]]
    text: Ints
    report: Ints

    def by_group(
        self, study: Study
    ) -> tuple[dict[int, Counter[str]], dict[int, dict[str, set[int]]], dict[int, dict[str, set[int]]]]:
        """Counts of terms, the agencies and the reports that use them, by group; a passage that several reports of a group have counts once."""
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        agencies: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        reports: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        seen = set()
        for text, at in zip(self.text.tolist(), self.report.tolist(), strict=True):
            group = int(study.group[at])
            if (group, text) in seen:
                continue
            seen.add((group, text))
            counts[group].update(self.terms[text])
            for term in self.terms[text]:
                agencies[group][term].add(int(study.cluster[at]))
                reports[group][term].add(at)
        return counts, agencies, reports


def _said(store: Store, study: Study, labels: Sequence[str], *, phrases: bool) -> SaidTerms:
    place = study.index()
    number: dict[str, int] = {}
    held: list[Counter[str]] = []
    text: list[int] = []
    report: list[int] = []
    for row in _rows(store, labels):
        at = place.get(row["report_id"])
        if at is None:
            continue
        key = masked(row["text"])
        if len(key) < SHORTEST:
            key = f"{len(text)}\t{key}"  # `更新不及时。` is said alike without anyone having copied
        if key not in number:
            number[key] = len(number)
            held.append(Counter(terms(without_names(row["text"], row["agency"]), phrases=phrases)))
        text.append(number[key])
        report.append(at)
    names = sorted(set().union(*held))
    return SaidTerms(names, held, np.array(text, dtype=np.int64), np.array(report, dtype=np.int64))


def chances(
    said: SaidTerms, study: Study, groups: Sequence[int], z: Any, least: int, prior: float, seed: int
) -> tuple[Any, Any]:
    """How often a term sets a group apart as much where groups are given to agencies at random: the term itself, and any term at all.

    z is no test: reports of one agency say the same.  Groups change places among agencies (within them, where agencies have several), and the
    second figure is of the highest z of all terms, so that one may look through a list of them (P. H. Westfall, S. S. Young (1993),
    Resampling-based multiple testing).
    """
    from scipy.sparse import csr_matrix

    number = {n: k for k, n in enumerate(said.names)}
    cells = [(i, number[t], n) for i, own in enumerate(said.terms) for t, n in own.items()]
    at = np.array(cells, dtype=np.int64).reshape(-1, 3)
    whole = csr_matrix((at[:, 2].astype(float), (at[:, 0], at[:, 1])), shape=(len(said.terms), len(said.names)))
    spoken = np.bincount(whole.indices, minlength=len(said.names)) >= least
    some = whole[:, np.flatnonzero(spoken)]
    total = np.asarray(whole.sum(axis=1)).ravel()
    rng = np.random.default_rng(seed)
    held = np.unique(said.report)
    row_of = np.full(len(study.report_ids), -1)
    row_of[held] = np.arange(len(held))
    draws = int(min(_DRAWS, max(49, _CELLS // max(1, some.nnz))))
    above, over = np.zeros((len(groups), some.shape[1])), np.zeros((len(groups), some.shape[1]))
    own = z[:, spoken]
    for _ in range(draws):
        group = np.searchsorted(groups, permuted(study.group[held], study.cluster[held], rng))
        pairs = np.unique(group[row_of[said.report]] * len(said.terms) + said.text)
        which = csr_matrix(
            (np.ones(len(pairs)), (pairs // len(said.terms), pairs % len(said.terms))), shape=(len(groups), len(said.terms))
        )
        counted = np.asarray((which @ some).todense())
        rest = (which @ total)[:, None] - counted.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):  # where nothing is left over
            drawn = fighting_words(np.concatenate([counted, rest], axis=1), prior)[1][:, :-1]
        above += drawn >= own - 1e-9
        if drawn.shape[1]:
            over += drawn.max(axis=1, keepdims=True) >= own - 1e-9
    p, p_family = np.ones_like(z), np.ones_like(z)
    p[:, spoken], p_family[:, spoken] = (1 + above) / (draws + 1), (1 + over) / (draws + 1)
    return p, p_family


def fighting_words(counts: Any, prior: float) -> tuple[Any, Any]:
    """Log-odds ratios and z scores of each group against all others (formula at the head of this module).

    Args:
        counts: (group, word).

    Returns:
        Two arrays of the same shape.
    """
    counts = np.asarray(counts, dtype=np.float64)
    others = counts.sum(axis=0) - counts
    alpha = prior * counts.sum(axis=0) / counts.sum()

    def log_odds(y: Any) -> Any:
        total = y.sum(axis=1, keepdims=True) + prior
        return np.log((y + alpha) / (total - y - alpha))

    delta = log_odds(counts) - log_odds(others)
    return delta, delta / np.sqrt(1 / (counts + alpha) + 1 / (others + alpha))


def keyword_in_context(
    store: Store, pattern: str, *, width: int = 20, labels: Sequence[str] | None = None, regex: bool = False
) -> pa.Table:
    """Every place in the passages where words stand, with what is around them.

    Args:
        pattern: words, or a regular expression with ``regex``.
        width: characters on each side, within the passage.
        labels: labels of the passages searched, by code or Chinese name; all if ``None``.

    Returns:
        report_id, agency, year, passage_id, label, start, end (canonical offsets of the hit), left, hit, right; by report and place.

    Raises:
        UsageError: an empty pattern, one that is no regular expression, or an unknown label.
    """
    if not pattern.strip():
        raise UsageError("nothing to look for", remedy="give words")
    try:
        wanted = re.compile(pattern if regex else re.escape(pattern))
    except re.error as error:
        raise UsageError(f"{pattern!r} is no regular expression ({error})", remedy="escape its special characters") from error
    labels = None if labels is None else labels_named(codes_of(store), labels, store.counts("passages", "label"))
    heads = {r["report_id"]: r for r in store.table("reports").select(["report_id", "agency", "year"]).to_pylist()}
    rows = []
    for batch in store.table("passages").select(["report_id", "passage_id", "label", "text", "start"]).to_batches():
        for p in batch.to_pylist():
            if labels is not None and p["label"] not in labels:
                continue
            for m in wanted.finditer(p["text"]):
                if m.start() == m.end():
                    continue
                head = heads[p["report_id"]]
                rows.append({
                    "report_id": p["report_id"], "agency": head["agency"], "year": head["year"], "passage_id": p["passage_id"], "label": p["label"],
                    "start": p["start"] + m.start(), "end": p["start"] + m.end(), "left": p["text"][max(0, m.start() - width) : m.start()],
                    "hit": m[0], "right": p["text"][m.end() : m.end() + width],
                })  # fmt: skip
    names = ["report_id", "agency", "year", "passage_id", "label", "start", "end", "left", "hit", "right"]
    numbers = {"year", "start", "end"}
    return pa.Table.from_pylist(
        rows, schema=pa.schema([pa.field(n, pa.int64() if n in numbers else pa.string()) for n in names])
    )


def quotations(
    store: Store, study: Study, points: pa.Table, facet: str, *, label: str = "problem", each: int = 5, seed: int = SEED
) -> pa.Table:
    """Clauses under one facet side by side: for each group some of different agencies, drawn at random.

    Args:
        points: from :func:`gongkai.compare.points`.
        each: quotations for each group, at most one of an agency before all have one.

    Returns:
        The keys of ``study.by``, agency_name (as printed), year_of_report, report_id, passage_id, start, end, quote (the clause), text (its passage).
    """
    wanted = points.filter(pc.equal(points["facet"], facet)).select(["report_id", "passage_id", "start", "end"])
    stated = store.sql(
        f'SELECT q.* FROM wanted q JOIN passages p USING (passage_id) WHERE p.label = {_quoted(label)} ORDER BY q.report_id, q.start, q."end"',
        {"wanted": wanted},
    )
    place = study.index()
    held: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for n, report_id in enumerate(stated["report_id"].to_pylist()):
        if (at := place.get(report_id)) is not None:
            held[int(study.group[at])].append((n, int(study.cluster[at])))
    rng = np.random.default_rng(seed)
    chosen: list[tuple[int, int]] = []
    for g in sorted(held):
        turn: Counter[int] = Counter()
        turns: list[tuple[int, int, int]] = []
        for i in rng.permutation(len(held[g])).tolist():
            n, cluster = held[g][i]
            turns.append((turn[cluster], len(turns), n))
            turn[cluster] += 1
        chosen += [(g, n) for _, _, n in sorted(turns)[:each]]
    some = stated.take(pa.array([n for _, n in chosen], pa.int64()))
    rows = store.sql(
        'SELECT r.agency AS agency_name, r.year AS year_of_report, q.report_id, q.passage_id, q.start, q."end", p.text, p.start AS "first" '
        "FROM chosen q JOIN passages p USING (passage_id) JOIN reports r ON r.report_id = q.report_id ORDER BY q.place",
        {"chosen": some.append_column("place", pa.array(range(len(some)), pa.int64()))},
    ).to_pylist()
    for (g, _), row in zip(chosen, rows, strict=True):
        row.update(zip(study.by, study.groups[g], strict=True))
        row["quote"] = row["text"][row["start"] - row["first"] : row["end"] - row["first"]]
    names = [*study.by, "agency_name", "year_of_report", "report_id", "passage_id", "start", "end", "quote", "text"]
    numbers = {"year_of_report", "start", "end"}
    schema = pa.schema([pa.field(n, pa.int64() if n in numbers else pa.string()) for n in names])
    return pa.Table.from_pylist(rows, schema=schema)
