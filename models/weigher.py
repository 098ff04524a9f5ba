"""From the passages of a report to weighted features: the first step of the linear model, shared by training and inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError
from models.base import Passage, WordSegmenter
from models.features import (
    EDGES,
    KINDS,
    Encoder,
    Floats,
    Ints,
    clean_all,
    clean_paths,
    flag_names,
    flags,
    grams,
    lexicon,
    own_headings,
    pair_keys,
)
from models.lookup import GramTable, KeyTable

_GRAM, _WORD, _PAIR, _HEADING, _FLAG = range(len(KINDS))
_LONGEST_GRAM, _LONGEST_HEADING = 4, 3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that a model knows: names by kind (a pair of words has a TAB in it), and their weights of rarity.

    ``idf[i]`` belongs to the ``i``-th key in sorted order; ``scales`` are the lengths given to each kind's part of a passage.
    """

    alphabet: str
    words: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    scales: dict[str, float]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Features of passages, sorted by passage: ``ids[starts[i]:starts[i + 1]]`` are those of passage ``i``, with ``values``."""

    starts: Ints
    ids: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class Columns:
    """Weights of some of a model's scores, weights of rarity and scales multiplied in: (feature, score) and (flag, score)."""

    features: Floats
    flags: Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in the texts of one report, not yet weighted.

    ``rows``/``ids`` are the n-grams, words and pairs, each once in a row, sorted by row and number.  ``heading_rows``/``heading_ids``
    are those of the distinct heading paths, of which row ``i`` stands under ``heading_of[i]``.  ``flags`` is (row, flag).
    """

    rows: Ints
    ids: Ints
    heading_rows: Ints
    heading_ids: Ints
    heading_of: Ints
    flags: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cut:
    """The texts of a report as codes and words: ``codes``/``code_rows`` by character, with edges; ``numbers``/``ends`` by word.

    ``starts[i]`` is where text ``i`` begins in ``codes``; ``ends`` counts the characters of the texts joined with line feeds.
    """

    texts: list[str]
    codes: Ints
    code_rows: Ints
    numbers: Ints
    ends: Ints


class Weigher:
    """Finds and weighs the features of a vocabulary.

    Args:
        vocabulary: the features.
        idf: weights of rarity, in the order of the features' keys.
        segmenter: cuts words.

    Raises:
        DataError: a feature cannot be written as a key, or ``idf`` is of another length.
    """

    def __init__(self, vocabulary: Vocabulary, idf: Floats, segmenter: WordSegmenter) -> None:
        self.vocabulary = vocabulary
        self.encoder = Encoder(vocabulary.alphabet, vocabulary.words, segmenter)
        keyed = [(self.encoder.key(kind, n), kind, n) for kind in KINDS for n in vocabulary.names[kind]]
        lost = [n for key, _, n in keyed if key < 0]
        keyed.sort()
        if lost or len({k for k, _, _ in keyed}) < len(keyed) or len(keyed) != len(idf):
            raise DataError(f"vocabulary does not fit this code: {lost[:3]}", remedy="Train again: python -m training.fit.")
        self.names = tuple((kind, n) for _, kind, n in keyed)
        self.keys = np.array([k for k, _, _ in keyed], dtype=np.int64)
        self.kind = np.array([KINDS.index(kind) for _, kind, _ in keyed], dtype=np.int64)
        self.idf = idf
        self.scale = np.array([vocabulary.scales[kind] for kind in KINDS], dtype=np.float32)
        self._squares = idf * idf
        self._bits = max(1, len(self.keys).bit_length())

        of_kind = [np.flatnonzero(self.kind == k) for k in range(len(KINDS))]  # runs, as keys are sorted by kind first
        first = [int(numbers[0]) if len(numbers) else 0 for numbers in of_kind]
        terms = [(self.encoder.gram_key(t), c) for t, classes in lexicon().terms.items() for c in classes]
        terms = [(key, c) for key, c in terms if key >= 0]
        base = [self.encoder.gram_key("", kind) for kind in KINDS]
        self._grams = GramTable(self.keys[of_kind[_GRAM]], first[_GRAM], terms)
        self._headings = GramTable(self.keys[of_kind[_HEADING]] - base[_HEADING], first[_HEADING], terms)
        self._pairs, self._first_pair = KeyTable(self.keys[of_kind[_PAIR]]), first[_PAIR]
        self._words = np.full(len(self.encoder.words) + 2, -1, dtype=np.int64)  # 0 and −1 name no word
        self._words[self.keys[of_kind[_WORD]] - base[_WORD]] = of_kind[_WORD]
        self._flags = np.full(len(flag_names()), -1, dtype=np.int64)
        self._flags[self.keys[of_kind[_FLAG]] - base[_FLAG]] = of_kind[_FLAG]

    # ---- for training and explaining ---------------------------------------------------------------------------------
    def weigh(self, passages: Sequence[Passage]) -> Sparse:
        """Features of the passages of one report; each kind but the flags has the length that ``scales`` gives it."""
        return self._weigh(self.see(passages, self.cut(clean_all([p.text for p in passages]))))

    def weigh_texts(self, texts: Sequence[str]) -> Sparse:
        """As :meth:`weigh`, of cleaned texts alone: nothing of headings, place and neighbours."""
        return self._weigh(self.see_texts(self.cut(texts)))

    def _weigh(self, seen: Seen) -> Sparse:
        count, kinds = len(seen.flags), len(KINDS)
        # features of a heading are repeated for every row under it
        under = [np.flatnonzero(seen.heading_of == h) for h in range(int(seen.heading_of.max(initial=-1)) + 1)]
        spread = [under[h] for h in seen.heading_rows.tolist()]
        flag_rows, numbers = np.nonzero(seen.flags)
        known = self._flags[numbers] >= 0
        rows = np.concatenate([seen.rows, *spread, flag_rows[known]])
        ids = np.concatenate(
            [seen.ids, np.repeat(seen.heading_ids, [len(s) for s in spread]), self._flags[numbers[known]]]
        )
        order = np.argsort(rows << self._bits | ids)
        row, ids = rows[order], ids[order]
        values = self.idf[ids]
        part = row * kinds + self.kind[ids]
        length = np.sqrt(np.bincount(part, values * values, minlength=count * kinds))
        length.reshape(count, kinds)[:, _FLAG] = 1.0
        weighted = values * self.scale[self.kind[ids]] / length[part]
        return Sparse(np.searchsorted(row, np.arange(count + 1)), ids, weighted.astype(np.float32))

    # ---- for inference -----------------------------------------------------------------------------------------------
    def columns(self, weights: Floats) -> Columns:
        """Prepares (feature, score) weights for :meth:`scores`."""
        features = weights * (self.idf * self.scale[self.kind])[:, None]
        flags = np.zeros((len(self._flags), weights.shape[1]), dtype=np.float32)
        known = self._flags >= 0
        flags[known] = features[self._flags[known]]
        return Columns(np.ascontiguousarray(features, dtype=np.float32), flags)

    def scores(self, seen: Seen, columns: Columns, chosen: Ints | None = None) -> Floats:
        """Weighted features times weights, for all rows or the ``chosen`` ones: as :meth:`weigh` and a product, in fewer steps."""
        rows, ids, of, flags = seen.rows, seen.ids, seen.heading_of, seen.flags
        if chosen is not None:
            place = np.full(len(flags), -1, dtype=np.int64)
            place[chosen] = np.arange(len(chosen))
            rows = place.take(rows)
            wanted = np.flatnonzero(rows >= 0)
            rows, ids, flags = rows.take(wanted), ids.take(wanted), flags[chosen]
            of = of[chosen] if len(of) else of
        total = self._sums(rows, ids, len(flags), columns.features) + flags.astype(np.float32) @ columns.flags
        if len(of):
            total += self._sums(seen.heading_rows, seen.heading_ids, int(seen.heading_of.max()) + 1, columns.features)[of]
        return total

    def _sums(self, rows: Ints, ids: Ints, count: int, features: Floats) -> Floats:
        """Sums of the weights of ``ids`` by row, those of each kind divided by its length."""
        kinds = len(KINDS)
        result = np.zeros((count * kinds, features.shape[1]), dtype=np.float32)
        if len(ids):
            part = rows * kinds + self.kind.take(ids)
            starts = np.flatnonzero(np.append(True, part[1:] != part[:-1]))
            length = np.sqrt(np.add.reduceat(self._squares.take(ids), starts))
            sums = np.add.reduceat(features.take(ids, axis=0, mode="clip"), starts, axis=0)
            result[part.take(starts)] = sums / length[:, None]
        return cast("Floats", result.reshape(count, kinds, features.shape[1]).sum(axis=1))

    # ---- finding -----------------------------------------------------------------------------------------------------
    def cut(self, texts: Sequence[str]) -> Cut:
        """Cleaned texts as codes and words."""
        codes, code_rows = self.encoder.codes(texts)
        numbers, lengths = self.encoder.word_numbers(texts)
        return Cut(list(texts), codes, code_rows, numbers, np.cumsum(lengths))

    def see(self, passages: Sequence[Passage], cut: Cut) -> Seen:
        """The features of the passages of one report, whose cleaned texts are in ``cut``."""
        present = np.zeros((len(passages), len(lexicon().classes)), dtype=np.bool_)
        rows, ids = self._own(cut.code_rows, cut.codes, np.cumsum(cut.numbers == -1), cut.numbers, present)

        # passages under one heading share its features: look each heading up once
        paths = [own_headings(p) for p in passages]
        number = {path: i for i, path in enumerate(dict.fromkeys(paths))}
        of_row = np.array([number[p] for p in paths], dtype=np.int64)
        in_heading = np.zeros((len(number), present.shape[1]), dtype=np.bool_)
        codes, code_rows = self.encoder.codes(clean_paths(list(number)))
        keys = grams(codes, _LONGEST_HEADING)
        heading_rows = np.tile(code_rows, _LONGEST_HEADING)
        headings = self._distinct(*self._headings.find(heading_rows, keys.ravel(), in_heading))
        return Seen(rows, ids, *headings, of_row, flags(passages, cut.texts, present, in_heading[of_row]))

    def see_texts(self, cut: Cut) -> Seen:
        """N-grams, words and term classes of texts that stand alone."""
        return self._alone(len(cut.texts), cut.code_rows, cut.codes, np.cumsum(cut.numbers == -1), cut.numbers)

    def see_pieces(self, cut: Cut, rows: Sequence[int], lengths: Sequence[Sequence[int]]) -> Seen:
        """As :meth:`see_texts`, of the pieces of ``lengths[i]`` characters into which text ``rows[i]`` is cut.

        The pieces end at punctuation, so that their words are those of the whole text and need not be cut again.
        """
        count = sum(map(len, lengths))
        size = np.array([n for own in lengths for n in own], dtype=np.int64)
        within = np.array([len(own) for own in lengths])
        text_start = np.flatnonzero(np.append(True, cut.code_rows[1:] != cut.code_rows[:-1]))
        start = np.cumsum(size) - size
        start += np.repeat(text_start[list(rows)] + 1 - start[np.cumsum(within) - within], within)
        # each piece with its edges and an unknown character after it
        piece = np.repeat(np.arange(count), size + 3)
        ends = np.cumsum(size + 3)
        at = np.arange(len(piece)) - np.repeat(ends - size - 3, size + 3) + start[piece] - 1
        codes = cut.codes.take(at, mode="clip")
        codes[ends - size - 3], codes[ends - 2], codes[ends - 1] = EDGES
        # a word belongs to the piece that holds its last character; in the joined texts a text begins 2 further left for each
        # text before it, and 1 for its own first edge
        last = start + size - 2 * np.repeat(np.asarray(rows), within) - 1
        words = np.flatnonzero((cut.ends > (last - size)[0]) & (cut.ends <= last[-1]))
        of = np.searchsorted(last, cut.ends[words])
        inside = cut.ends[words] > (last - size)[of]
        words, of = words[inside], of[inside]
        return self._alone(count, piece, codes, of, cut.numbers[words])

    def _alone(self, count: int, code_rows: Ints, codes: Ints, word_rows: Ints, numbers: Ints) -> Seen:
        width = len(lexicon().classes)
        found = np.zeros((count, len(flag_names())), dtype=np.bool_)
        none = np.zeros(0, dtype=np.int64)
        return Seen(*self._own(code_rows, codes, word_rows, numbers, found[:, :width]), none, none, none, found)

    def _own(
        self, code_rows: Ints, codes: Ints, word_rows: Ints, numbers: Ints, present: NDArray[np.bool_]
    ) -> tuple[Ints, Ints]:
        """(row, number) of n-grams, words and pairs; sets the classes of terms in ``present``."""
        keys = grams(codes, _LONGEST_GRAM)
        gram_rows, gram_ids = self._grams.find(np.tile(code_rows, _LONGEST_GRAM), keys.ravel(), present)
        word_ids = self._words.take(numbers)  # −1 names the last entry
        words = np.flatnonzero(word_ids >= 0)
        second, pairs = pair_keys(word_rows, numbers)
        at, places = self._pairs.find(pairs)
        return self._distinct(
            np.concatenate([gram_rows, word_rows.take(words), word_rows.take(second.take(at))]),
            np.concatenate([gram_ids, word_ids.take(words), places + self._first_pair]),
        )

    def _distinct(self, rows: Ints, ids: Ints) -> tuple[Ints, Ints]:
        packed = rows << self._bits | ids
        if len(packed) and int(packed.max()) < 1 << 31:  # half the width sorts twice as fast
            packed = packed.astype(np.int32)
        packed.sort()
        if len(packed):
            packed = packed[np.append(True, packed[1:] != packed[:-1])]
        return (packed >> self._bits).astype(np.int64), (packed & ((1 << self._bits) - 1)).astype(np.int64)
