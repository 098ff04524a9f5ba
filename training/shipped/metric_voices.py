"""How well metrics are found in voices reworded from real reports: ``python -m training.shipped.metric_voices``.

A voice is a narrative with its codes, one file each (``training/samples/README.md``).  Those of the folder ``train`` are what rules and
weights may be made from, those of ``held`` are measured on and never looked at: errors are listed for the first only.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from corpus.errors import DataError
from corpus.text.normalise import squeeze
from extract.mentions.mentions import find_mentions
from extract.types import Mention
from models.base import Passage
from training.measure.evaluate import ScoredMention, score_mentions
from training.measure.scores import Hits, Share
from training.voices import VOICES

_PASSAGE = re.compile(r"\[([a-z]+)[^\]]*\]\s*(.+)")
_MARK = re.compile(r"\{([^{}|]*)\|([^{}]*)\}")
_HEADING = re.compile(r"(#{2,3})(~?)\s*(.+)")
_PLAIN = re.compile(r"([-−]?[\d,，]+(?:[.．]\d+)?)\s*(\D*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class VoiceMention:
    """A marked quantity; ``start`` and ``end`` are offsets in the text that the voice's passages make, joined by newlines."""

    start: int
    end: int
    quote: str
    value: Decimal
    unit: str
    qualifier: str
    scope: str
    indicator: str
    by: str | None
    whole: Decimal | None
    period: str
    passage: int


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice as its passages and their true mentions."""

    name: str
    passages: tuple[Passage, ...]
    mentions: tuple[VoiceMention, ...]

    @property
    def text(self) -> str:
        """The passages, one a line."""
        return "\n".join(p.text for p in self.passages)


def _number(printed: str, source: str) -> Decimal:
    try:
        return Decimal(re.sub("[,，]", "", printed).replace("−", "-").replace("．", "."))
    except InvalidOperation:
        found = _NUMBER.search(printed)  # `whole=388条`
        if found is None:
            raise DataError(f"{printed!r} is no number", source=source) from None
        return Decimal(found[0])


def _marks(raw: str, at: int, passage: int, source: str) -> tuple[str, list[VoiceMention]]:
    """The text of a passage, and its marks with offsets from ``at``."""
    text, last = "", 0
    found: list[VoiceMention] = []
    for mark in _MARK.finditer(raw):
        text += raw[last : mark.start()]
        last = mark.end()
        quote, (indicators, *fields) = mark[1], mark[2].split("|")
        options = dict(field.strip().split("=", 1) for field in fields)
        plain = _PLAIN.fullmatch(quote.strip())
        value, unit = (plain[1], plain[2]) if plain else ("0", "")
        for indicator in indicators.split("&"):
            found.append(
                VoiceMention(
                    at + len(text), at + len(text) + len(quote), quote,
                    _number(options.get("value", value), source), options.get("unit", unit).strip(),
                    options.get("qualifier", "exact"), options.get("scope", "total"), indicator.strip(), options.get("by"),
                    _number(options["whole"], source) if "whole" in options else None, options.get("period", "year"), passage,
                )
            )  # fmt: skip
        text += quote
    return text + raw[last:], found


def read_voice(path: Path) -> Voice:
    """One voice.

    Raises:
        DataError: no head, or a line that is no section, heading or passage, with its number.
    """
    parts = path.read_text(encoding="utf-8").split("+++", 2)
    if len(parts) != 3:
        raise DataError("no head between two lines of +++", source=str(path))
    section, title, headings = "preamble", "", ["", ""]
    passages: list[Passage] = []
    mentions: list[VoiceMention] = []
    at = paragraph = position = 0
    for number, line in enumerate(parts[2].split("\n"), parts[0].count("\n") + parts[1].count("\n") + 1):
        line = line.strip()
        if line.startswith("@"):
            section, _, title = line[1:].partition(" ")
            headings, position = ["", ""], 0
            paragraph += 1
        elif not line or line == "##-":
            headings = headings if not line else ["", ""]
            paragraph += 1
        elif heading := _HEADING.fullmatch(line):
            headings = [heading[3], ""] if heading[1] == "##" else [headings[0], heading[3]]
            paragraph += 1
            position = 0
        elif passage := _PASSAGE.fullmatch(line):
            text, marks = _marks(passage[2], at, len(passages), f"{path}:{number}")
            path_of = tuple(h for h in (title, *headings) if h)
            passages.append(Passage(at, at + len(text), text, section, path_of, len(passages), position, paragraph))
            mentions += marks
            at += len(text) + 1
            position += 1
        else:
            raise DataError(f"neither passage nor heading: {line[:40]}", source=f"{path}:{number}")
    return Voice(path.stem, tuple(passages), tuple(mentions))


def read_voices(folder: Path) -> list[Voice]:
    """The voices of a folder, in order of file name.

    Raises:
        DataError: as :func:`read_voice`, or the folder holds none.
    """
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise DataError("no voice in the folder", source=str(folder), remedy="Give a folder of *.txt files.")
    return [read_voice(path) for path in paths]


@dataclass(frozen=True, slots=True)
class Figures:
    """Mentions and zeros found, and the shares of matched ones with the right code; ``errors`` in words."""

    voices: int
    passages: int
    mentions: Hits
    zeros: Hits
    indicators: Share
    scopes: Share
    qualifiers: Share
    bys: Share
    wholes: Share
    periods: Share
    errors: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The figures, a line each."""
        for name in ("mentions", "zeros"):
            hits: Hits = getattr(self, name)
            yield (
                f"{name:11} F1 {hits.f1:.4f}  P {hits.precision:.4f}  R {hits.recall:.4f}"
                f"  ({hits.right} of {hits.gold}, {hits.predicted} found)"
            )
        for name in ("indicators", "scopes", "qualifiers", "bys", "wholes", "periods"):
            share: Share = getattr(self, name)
            yield f"{name:11} {share.accuracy:.4f}  ({share.right} of {share.total})"


def _scored(m: VoiceMention | Mention, quote: str) -> ScoredMention:
    return ScoredMention(m.start, m.end, m.value, squeeze(m.unit), m.qualifier, m.scope, m.indicator, quote)


def matched(gold: Sequence[VoiceMention], found: Sequence[Mention]) -> list[tuple[VoiceMention, Mention]]:
    """Matched mentions: spans overlap, value and unit are equal, each once, those of the same indicator first."""
    free = list(found)
    pairs = []
    rest = list(gold)
    for strict in (True, False):
        left = []
        for g in rest:
            best = next(
                (
                    f
                    for f in free
                    if f.start < g.end
                    and g.start < f.end
                    and f.value == g.value
                    and squeeze(f.unit) == squeeze(g.unit)
                    and (not strict or f.indicator == g.indicator)
                ),
                None,
            )
            if best is None:
                left.append(g)
            else:
                free.remove(best)
                pairs.append((g, best))
        rest = left
    return pairs


def measure(voices: Sequence[Voice]) -> Figures:
    """The figures of voices."""
    hits, zeros = [0, 0, 0], [0, 0, 0]
    shares = {name: [0, 0] for name in ("indicator", "scope", "qualifier", "by", "whole", "period")}
    errors: list[str] = []
    for voice in voices:
        text = voice.text
        found = find_mentions(voice.passages)
        values = {m.key: m.value for m in found}
        pairs = matched(voice.mentions, found)
        *_, told = score_mentions(
            [_scored(m, around(text, m.start, m.end)) for m in voice.mentions],
            [_scored(m, around(text, m.start, m.end)) for m in found],
        )
        errors += [f"{voice.name}: {error}" for error in told]
        for counts, right, predicted, gold in (
            (hits, pairs, found, voice.mentions),
            (zeros, [p for p in pairs if p[0].value == 0], [m for m in found if m.value == 0], [m for m in voice.mentions if m.value == 0]),
        ):  # fmt: skip
            counts[0], counts[1], counts[2] = counts[0] + len(right), counts[1] + len(predicted), counts[2] + len(gold)
        for g, f in pairs:
            whole = values[f.whole] if f.whole else None
            by = f.by if f.scope == "part" or f.whole else None
            for name, a, b in (*((n, getattr(g, n), getattr(f, n)) for n in ("indicator", "scope", "qualifier", "period")), ("by", g.by, by), ("whole", g.whole, whole)):  # fmt: skip
                shares[name][0] += a == b
                shares[name][1] += 1
                if a != b and name in {"by", "whole", "period"}:
                    errors.append(f"{voice.name}: mention {name}: {around(text, g.start, g.end)} gold {a} result {b}")
    counted = {name: Share(*share) for name, share in shares.items()}
    return Figures(
        len(voices), sum(len(v.passages) for v in voices), Hits(*hits), Hits(*zeros), counted["indicator"], counted["scope"],
        counted["qualifier"], counted["by"], counted["whole"], counted["period"], tuple(errors),
    )  # fmt: skip


def around(text: str, start: int, end: int) -> str:
    """A quantity between braces, with the words around it."""
    left, right = text[max(0, start - 40) : start], text[end : end + 20]
    return f"…{left}{{{text[start:end]}}}{right}…".replace("\n", "⏎")


def main() -> None:
    """Print the figures of both folders, and the errors of the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=VOICES,
        help="folder that holds train and held: training/data/voices or …/figures",
    )
    parser.add_argument("--errors", action="store_true", help="list every error of the voices of train")
    options = parser.parse_args()
    for half in ("train", "held"):
        figures = measure(read_voices(options.folder / half))
        print(f"{half}: {figures.voices} voices, {figures.passages} passages, {figures.mentions.gold} mentions")
        print("\n".join(f"  {line}" for line in figures.lines()))
        if options.errors and half == "train":
            print("\n".join(figures.errors))


if __name__ == "__main__":
    main()
