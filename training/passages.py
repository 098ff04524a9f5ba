"""Training passages: the JSON lines of ``training/data/passages.jsonl``, read strictly, and regrouped into reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from corpus.codebook import SECTIONS, codebook
from corpus.errors import DataError
from models.base import Passage

DATA = Path(__file__).parent / "data" / "passages.jsonl"
LEVELS = ("township", "county", "prefecture", "province", "central")


@dataclass(frozen=True, slots=True)
class TrainingPassage:
    """One coded passage.

    ``heading_path`` holds the headings above it, the section's own first.  ``voice`` names the invented report it belongs to,
    ``order`` counts its passages and ``position`` those since the last heading (from 0); ``paragraph`` numbers the paragraphs.
    """

    text: str
    label: str
    also: tuple[str, ...]
    facets: tuple[str, ...]
    section: str | None
    heading_path: tuple[str, ...]
    voice: str
    kind: str
    level: str
    year: int
    order: int
    position: int
    paragraph: int

    def to_json(self) -> str:
        """One line of JSON, keys in the order of the fields."""
        return json.dumps(asdict(self), ensure_ascii=False)


_KEYS = {f.name for f in fields(TrainingPassage)}
_TUPLES = ("also", "facets", "heading_path")


def _fail(message: str, source: str, remedy: str = "Use a code of the codebook.") -> DataError:
    return DataError(message, source=source, remedy=remedy)


def check_codes(label: str, also: Sequence[str], facets: Sequence[str], source: str) -> None:
    """Labels, facets and their combination as the codebook allows them.

    Raises:
        DataError: an unknown code, a code twice, facets elsewhere than with ``problem`` and ``improvement``, or none there.
    """
    codes = codebook()
    unknown = [c for c in (label, *also) if c not in codes.labels] + [f for f in facets if f not in codes.facets]
    if unknown:
        raise _fail(f"unknown codes {unknown}", source)
    if label in also or len({*also}) < len(also) or len({*facets}) < len(facets):
        raise _fail(f"a code is given twice: {label}, {list(also)}, {list(facets)}", source, "Give each code once.")
    coded = any(c in codes.coded for c in (label, *also))
    if bool(facets) != (label in codes.coded) and not (facets and coded):
        raise _fail(
            f"label {label} with facets {list(facets)}",
            source,
            f"Facets belong to {' and '.join(codes.coded)}, which need one.",
        )
    if "general" in facets and len(facets) > 1:
        raise _fail(f"general beside {list(facets)}", source, "A passage with a concrete facet is not general.")


def parse_line(line: str, source: str) -> TrainingPassage:
    """One line of the file.

    Raises:
        DataError: no JSON object, a key missing or unknown, or codes that the codebook does not allow.
    """
    try:
        raw: Any = json.loads(line)
    except json.JSONDecodeError as e:
        raise DataError(f"no JSON: {e}", source=source) from e
    return of_row(raw, source)


def of_row(raw: Any, source: str) -> TrainingPassage:
    """The passage of one JSON object.

    Raises:
        DataError: no object, a key missing or unknown, or codes that the codebook does not allow.
    """
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        found = sorted(raw) if isinstance(raw, dict) else type(raw).__name__
        raise DataError(f"keys are {found}", source=source, remedy=f"Give exactly {sorted(_KEYS)}.")
    values: Mapping[str, Any] = {k: tuple(v) if k in _TUPLES else v for k, v in raw.items()}
    passage = TrainingPassage(**values)
    if passage.section is not None and passage.section not in SECTIONS:
        raise _fail(f"unknown section {passage.section!r}", source)
    if passage.level not in LEVELS:
        raise _fail(f"unknown level {passage.level!r}", source, f"Known are {', '.join(LEVELS)}.")
    if not passage.text.strip():
        raise _fail("empty text", source, "Remove the line.")
    check_codes(passage.label, passage.also, passage.facets, source)
    return passage


def to_columns(passages: Sequence[TrainingPassage]) -> str:
    """Passages as columns: a line of JSON for each field, its values in a list, which is packed a seventh smaller than objects are."""
    return "".join(
        json.dumps([getattr(p, f.name) for p in passages], ensure_ascii=False, separators=(",", ":")) + "\n"
        for f in fields(TrainingPassage)
    )


def of_columns(text: str, source: str) -> list[TrainingPassage]:
    """What :func:`to_columns` made.

    Raises:
        DataError: as :func:`of_row`, with the number of the passage; or a column is missing or of another length.
    """
    columns = [json.loads(line) for line in text.splitlines()]
    names = [f.name for f in fields(TrainingPassage)]
    if len(columns) != len(names) or len({len(c) for c in columns}) != 1:
        raise DataError(
            f"columns of {[len(c) for c in columns]} values", source=source, remedy="Pack it again: python -m training.voices"
        )
    return [of_row(dict(zip(names, row, strict=True)), f"{source}:{n}") for n, row in enumerate(zip(*columns, strict=True), 1)]


def load(path: Path = DATA) -> list[TrainingPassage]:
    """All passages in file order.

    Raises:
        DataError: a line is broken, with its number; or the passages of a voice are not in order.
    """
    passages = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            passages.append(parse_line(line, f"{path}:{number}"))
    for voice, own in by_voice(passages).items():
        if [p.order for p in own] != list(range(len(own))):
            raise DataError(f"passages of {voice} are not in order", source=str(path), remedy="Import the voices again.")
    return passages


def by_voice(passages: Iterable[TrainingPassage]) -> dict[str, list[TrainingPassage]]:
    """Passages grouped by voice, in order of first appearance."""
    voices: dict[str, list[TrainingPassage]] = {}
    for p in passages:
        voices.setdefault(p.voice, []).append(p)
    return voices


def as_report(own: Sequence[TrainingPassage], *, headings: bool = True) -> list[Passage]:
    """The passages of one voice as a classifier gets them.

    Args:
        own: the passages of one voice, in order.
        headings: whether to keep the headings below the section's own; without them the model sees text and section alone.
    """
    report = []
    at = 0
    for p in own:
        path = p.heading_path if headings else p.heading_path[:1]
        report.append(Passage(at, at + len(p.text), p.text, p.section, path, p.order, p.position, p.paragraph))
        at += len(p.text) + 1
    return report
