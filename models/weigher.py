"""From the passages of a report to weighted features: the first step of the linear model, shared by training and inference.

The features of a passage are the n-grams of its text, of its own headings and of its main clause, and flags.  An n-gram weighs, each time it occurs,
its rarity divided by the length of all that occur in the text (√ of the sum of squares), times a scale: TF-IDF with a length that is a
sum over characters, so that it can be summed up clause by clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError
from models.base import Passage
from models.features import FIRST, LAST, Floats, Ints, clean_report, flag_names, flags, lexicon, own_headings
from models.lookup import LONGEST, GramTree
from models.main_clause import main_clause

Bools = NDArray[np.bool_]
#: n-grams of more characters are no features, only terms of the lexicon
LONGEST_FEATURE = 3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that a model knows: n-grams of texts, of headings and of main clauses; all flags are features besides.

    ``scales`` are the factors of ``text``, ``heading``, ``clause`` and ``flag``, and that of the classes of terms for facets, ``term``.
    """

    alphabet: str
    text: tuple[str, ...]
    heading: tuple[str, ...]
    clause: tuple[str, ...]
    scales: dict[str, float]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Features of passages: ``ids[starts[i]:starts[i + 1]]`` are those of passage ``i``, repeats included, with ``values``."""

    starts: Ints
    ids: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """Weights of some of a model's scores with rarity and scales multiplied in: (feature, score) and (flag, score)."""

    features: Floats
    flags: Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in a report.

    Row ``i`` is a passage; of a report, row ``count + i`` is its main clause, and from ``2 * count`` on stand distinct heading paths.  ``ids[starts[i]:starts[i + 1]]`` are its features, which end at
    the characters ``at``; row ``i`` begins at the character ``begins[i]``.  ``term_at``/``term_class`` are the terms of the lexicon.
    Passage ``i`` stands under the path ``heading_of[i]``; ``flags`` is (passage, flag).
    """

    count: int
    texts: list[str]
    begins: Ints
    starts: Ints
    ids: Ints
    at: Ints
    term_at: Ints
    term_class: Ints
    heading_of: Ints
    flags: Bools


class Weigher:
    """Finds and weighs the features of a vocabulary.

    Args:
        vocabulary: the features.
        idf: weights of rarity, of the n-grams of texts, of headings and of main clauses, in this order.

    Raises:
        DataError: a feature is no n-gram of the alphabet, or ``idf`` is of another length.
    """

    def __init__(self, vocabulary: Vocabulary, idf: Floats) -> None:
        self.vocabulary = vocabulary
        self.texts, headings, main = len(vocabulary.text), len(vocabulary.heading), len(vocabulary.clause)
        #: number of n-grams; flags are numbered after them
        self.grams = self.texts + headings + main
        if len(idf) != self.grams:  # a model stored by hand, or cut off
            raise DataError(f"{len(idf)} weights of rarity for {self.grams} n-grams", remedy="train the model again")
        known = set(vocabulary.alphabet)
        terms = {t: classes for t, classes in lexicon().terms.items() if set(t) <= known}
        self._tree = tree = GramTree(
            FIRST + LAST + vocabulary.alphabet, [*vocabulary.text, *vocabulary.heading, *vocabulary.clause, *terms]
        )
        # what has no feature is skipped, but for the edge ^: it keeps its row from being empty, and weighs nothing
        self._feature = np.full((3, len(tree)), -1, dtype=np.int64)
        self._feature[:, tree.nodes[FIRST]] = self.grams
        for which, first, names in (
            (0, 0, vocabulary.text),
            (1, self.texts, vocabulary.heading),
            (2, self.texts + headings, vocabulary.clause),
        ):
            self._feature[which, [tree.nodes[g] for g in names]] = first + np.arange(len(names))
        most = max(map(len, terms.values()), default=1)
        self._classes = np.full((len(tree), most), -1, dtype=np.int64)
        for term, classes in terms.items():
            self._classes[tree.nodes[term], : len(classes)] = classes
        self._is_term = self._classes[:, 0] >= 0
        self.idf = np.append(idf, np.float32(0.0))
        self._squares = self.idf * self.idf
        scales = vocabulary.scales
        self._scale = np.repeat(
            np.array([scales["text"], scales["heading"], scales["clause"], 0.0], dtype=np.float32),
            [self.texts, headings, main, 1],
        )

    def name(self, feature: int) -> str:
        """A feature in words: ``text:公开``, ``heading:^主动``, ``clause:栏目$``, ``flag:third=s5/0``."""
        if feature >= self.grams:
            return f"flag:{flag_names()[feature - self.grams]}"
        known = self.vocabulary
        for group, names in (("text", known.text), ("heading", known.heading), ("clause", known.clause)):
            if feature < len(names):
                return f"{group}:{names[feature].replace(FIRST, '^').replace(LAST, '$')}"
            feature -= len(names)
        raise IndexError(feature)

    # ---- finding -----------------------------------------------------------------------------------------------------
    def see(self, passages: Sequence[Passage]) -> Seen:
        """The features of the passages of one report."""
        paths = [own_headings(p) for p in passages]
        # passages under one heading share its features: each path is looked at once
        number = {path: i for i, path in enumerate(dict.fromkeys(paths))}
        texts, headings = clean_report([p.text for p in passages], list(number))
        of = np.array([number[path] for path in paths], dtype=np.int64)
        found = self._find(texts, [main_clause(t) for t in texts], headings)
        present = self._present(found)
        marks = flags(passages, texts, present[: len(texts)], present[2 * len(texts) :][of])
        return replace(found, heading_of=of, flags=marks)

    def see_texts(self, texts: Sequence[str]) -> Seen:
        """The n-grams and terms of cleaned texts that stand alone."""
        return self._find(list(texts), [], [])

    def _find(self, texts: list[str], clauses: list[str], headings: list[str]) -> Seen:
        rows = [*texts, *clauses, *headings]
        # \0 has no code: no n-gram reaches from one text into the next
        codes = self._tree.codes("".join([f"{FIRST}{t}{LAST}\0" for t in rows]))
        begins = np.cumsum([0, *(len(t) + 3 for t in rows)])
        nodes = self._tree.find(codes)
        grams = np.ascontiguousarray(nodes[:, :LONGEST_FEATURE]).ravel()
        ends = [int(begins[n]) * LONGEST_FEATURE for n in (len(texts), len(texts) + len(clauses))]
        features = self._feature[0].take(grams[: ends[0]])
        if len(rows) > len(texts):
            others = [self._feature[2].take(grams[ends[0] : ends[1]]), self._feature[1].take(grams[ends[1] :])]
            features = np.concatenate([features, *others])
        hit = np.flatnonzero(features >= 0)
        ids = features.take(hit)
        starts = np.searchsorted(hit, begins * LONGEST_FEATURE)
        flat = nodes.ravel()
        term = np.flatnonzero(self._is_term.take(flat))
        classes = self._classes.take(flat.take(term), axis=0)
        known = np.flatnonzero(classes.ravel() >= 0)
        term_at = (term // LONGEST).repeat(classes.shape[1]).take(known)
        none = np.zeros(0, dtype=np.int64)
        marks = np.zeros((0, 0), dtype=np.bool_)
        return Seen(
            len(texts),
            texts,
            begins[:-1],
            starts,
            ids,
            hit // LONGEST_FEATURE,
            term_at,
            classes.ravel().take(known),
            none,
            marks,
        )

    def _present(self, seen: Seen) -> Bools:
        """(row, class): whether a term of the class stands in the row."""
        present = np.zeros((len(seen.begins), len(lexicon().classes)), dtype=np.bool_)
        present[np.searchsorted(seen.begins, seen.term_at, side="right") - 1, seen.term_class] = True
        return present

    # ---- for training and explaining ---------------------------------------------------------------------------------
    def weigh(self, passages: Sequence[Passage]) -> Sparse:
        """Features of the passages of one report; flags are numbered after the n-grams."""
        seen = self.see(passages)
        values = self._values(seen)
        parts: list[tuple[Ints, Floats]] = []
        for i in range(seen.count):
            # a heading's features are repeated for every passage under it
            rows = (i, seen.count + i, 2 * seen.count + int(seen.heading_of[i]))
            own = [np.arange(seen.starts[r], seen.starts[r + 1]) for r in rows]
            at = np.concatenate(own)
            at = at[seen.ids[at] < self.grams]
            set_ = np.flatnonzero(seen.flags[i])
            weight = np.full(len(set_), self.vocabulary.scales["flag"], dtype=np.float32)
            parts.append((np.append(seen.ids[at], self.grams + set_), np.append(values[at], weight)))
        return _sparse(parts)

    def weigh_texts(self, texts: Sequence[str]) -> Sparse:
        """N-grams of cleaned texts alone, without their scale, and classes of terms, numbered after the n-grams of texts."""
        seen = self.see_texts(texts)
        values = self._values(seen) / np.float32(self.vocabulary.scales["text"])
        present = self._present(seen)
        parts = []
        for i in range(seen.count):
            own = slice(int(seen.starts[i]), int(seen.starts[i + 1]))
            kept = seen.ids[own] != self.grams
            set_ = np.flatnonzero(present[i])
            term = np.full(len(set_), self.vocabulary.scales["term"], dtype=np.float32)
            parts.append((np.append(seen.ids[own][kept], self.texts + set_), np.append(values[own][kept], term)))
        return _sparse(parts)

    def _values(self, seen: Seen) -> Floats:
        length = np.sqrt(np.add.reduceat(self._squares.take(seen.ids), seen.starts[:-1])) if seen.count else np.zeros(0)
        spread = np.repeat(np.maximum(length, 1e-9), np.diff(seen.starts))
        return np.asarray(self.idf.take(seen.ids) * self._scale.take(seen.ids) / spread, dtype=np.float32)

    # ---- for inference -----------------------------------------------------------------------------------------------
    def columns(self, weights: Floats) -> ScoreColumns:
        """Prepares (feature, score) weights of labels for :meth:`scores`."""
        features = np.zeros((self.grams + 1, weights.shape[1]), dtype=np.float32)
        features[:-1] = weights[: self.grams] * (self.idf * self._scale)[:-1, None]
        return ScoreColumns(
            features, np.ascontiguousarray(weights[self.grams :] * self.vocabulary.scales["flag"], dtype=np.float32)
        )

    def text_columns(self, weights: Floats) -> ScoreColumns:
        """Prepares (n-gram of texts or class, score) weights of facets for :meth:`text_scores`."""
        features = np.zeros((self.grams + 1, weights.shape[1]), dtype=np.float32)
        features[: self.texts] = weights[: self.texts] * self.idf[: self.texts, None]
        return ScoreColumns(
            features, np.ascontiguousarray(weights[self.texts :] * self.vocabulary.scales["term"], dtype=np.float32)
        )

    def scores(self, seen: Seen, columns: ScoreColumns) -> Floats:
        """(passage, score): the features of :meth:`weigh` times weights, in fewer steps: each heading once, flags as a matrix."""
        sums = np.add.reduceat(columns.features.take(seen.ids, axis=0), seen.starts[:-1], axis=0)
        length = np.sqrt(np.add.reduceat(self._squares.take(seen.ids), seen.starts[:-1]))
        sums /= np.maximum(length, 1e-9)[:, None]
        n = seen.count
        own: Floats = sums[:n] + sums[n : 2 * n] + sums[2 * n :].take(seen.heading_of, axis=0)
        own += seen.flags.astype(np.float32) @ columns.flags
        return own

    def text_scores(
        self, seen: Seen, columns: ScoreColumns, rows: Ints, cuts: Sequence[Sequence[int]]
    ) -> tuple[Floats, Floats, Ints]:
        """Scores of chosen passages by their text alone, and of the pieces they are cut into.

        Args:
            seen: of the report, or of texts.
            columns: see :meth:`text_columns`.
            rows: the chosen passages, rising.
            cuts: where the pieces of each begin in its cleaned text, first 0; an n-gram belongs to the piece that it ends in.

        Returns:
            (chosen, score), (piece, score), and the number of the first piece of each.
        """
        first = np.cumsum([0, *map(len, cuts)])[:-1]
        # a piece begins at its first character, the first one at the edge before it
        origin = seen.begins.take(rows).tolist()
        begin = np.array([b + 1 + c if c else b for b, own in zip(origin, cuts, strict=True) for c in own], dtype=np.int64)
        from_, to = seen.starts.take(rows), seen.starts.take(rows + 1)
        chosen = np.concatenate([np.arange(a, b) for a, b in zip(from_.tolist(), to.tolist(), strict=True)])
        ids = seen.ids.take(chosen)
        starts = np.searchsorted(seen.at.take(chosen), begin)
        filled = np.diff(np.append(starts, len(ids))) > 0
        at = np.minimum(
            starts, len(ids) - 1
        )  # reduceat takes no empty piece at the end, and gives one in the middle what follows
        sums = np.add.reduceat(columns.features.take(ids, axis=0), at, axis=0) * filled[:, None]
        squares = np.add.reduceat(self._squares.take(ids), at) * filled
        present = self._pieces_present(seen, rows, begin)
        whole_sums, whole_squares = np.add.reduceat(sums, first, axis=0), np.add.reduceat(squares, first)
        whole_present = np.logical_or.reduceat(present, first, axis=0)
        whole = (
            whole_sums / np.sqrt(np.maximum(whole_squares, 1e-9))[:, None] + whole_present.astype(np.float32) @ columns.flags
        )
        piece = sums / np.sqrt(np.maximum(squares, 1e-9))[:, None] + present.astype(np.float32) @ columns.flags
        return whole, piece, first

    def _pieces_present(self, seen: Seen, rows: Ints, begin: Ints) -> Bools:
        present = np.zeros((len(begin), len(lexicon().classes)), dtype=np.bool_)
        is_chosen = np.zeros(len(seen.begins), dtype=np.bool_)
        is_chosen[rows] = True
        kept = np.flatnonzero(is_chosen.take(np.searchsorted(seen.begins, seen.term_at, side="right") - 1))
        piece = np.searchsorted(begin, seen.term_at.take(kept), side="right") - 1
        present[piece, seen.term_class.take(kept)] = True
        return present


def _sparse(parts: Sequence[tuple[Ints, Floats]]) -> Sparse:
    starts = np.cumsum([0, *(len(ids) for ids, _ in parts)])
    if not parts:
        return Sparse(starts, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
    return Sparse(starts, np.concatenate([i for i, _ in parts]), np.concatenate([v for _, v in parts]).astype(np.float32))
