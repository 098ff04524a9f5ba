"""Voices: narratives with codes, reworded from real reports or authored, as training passages.

The format of a voice is that of ``training/samples/README.md``; an ``@`` line may print the section's own heading.  Marks of metrics are
taken off.
"""

from __future__ import annotations

import bz2
import hashlib
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from corpus.codebook import SECTIONS
from corpus.errors import DataError
from training.passages import TrainingPassage, check_codes, load, of_columns, to_columns

VOICES = Path(__file__).resolve().parent / "data" / "voices"
#: voices rich in figures: rules of metrics are written by ``train``, ``held`` is measured on, nothing is fitted on either
FIGURES = VOICES.with_name("figures")
#: sentences whose quantities are not said in the stock phrase
HARD = VOICES.with_name("hard")
SHIPPED = VOICES.with_name("shipped.columns.bz2")
#: the encoding of what is packed: two bytes a Chinese character, which is 4 % smaller packed than UTF-8
PACKED = "gb18030"

_LINE = re.compile(r"\[([a-z]+)\s*(?:;\s*also\s*=\s*([a-z,\s]*?))?\s*(?::\s*([a-z,\s]+?))?\s*\]\s*(.+)")
_REPORT = re.compile("n(?:[1-6]|8)-")
_MARK = re.compile(r"\{([^{}|]*)\|[^{}]*\}")
_NUMERALS = {"s1": "一", "s2": "二", "s3": "三", "s4": "四", "s5": "五", "s6": "六"}
#: how the titles of the sections are printed; a voice takes one of each
_TITLES: dict[str, tuple[str, ...]] = {
    "s1": ("总体情况", "总体情况", "政府信息公开工作总体情况", "基本情况", "概述"),
    "s2": ("主动公开政府信息情况", "行政机关主动公开政府信息情况", "主动公开政府信息的情况"),
    "s3": ("收到和处理政府信息公开申请情况", "行政机关收到和处理政府信息公开申请情况"),
    "s4": ("政府信息公开行政复议、行政诉讼情况", "因政府信息公开工作被申请行政复议、提起行政诉讼情况"),
    "s5": (
        "存在的主要问题及改进情况",
        "存在的主要问题及改进情况",
        "存在问题及改进情况",
        "政府信息公开工作存在的主要问题及改进措施",
    ),
    "s6": ("其他需要报告的事项", "其他需要报告的事项", "其他需要报告事项"),
}


def _codes(printed: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.strip() for c in (printed or "").split(",") if c.strip()))


def section_title(section: str, voice: str) -> str:
    """The section's title as this voice prints it (chosen by the hash of its name, the same in every run)."""
    titles = _TITLES[section]
    pick = hashlib.sha256(f"{voice}/{section}".encode()).digest()[0]
    return f"{_NUMERALS[section]}、{titles[pick % len(titles)]}"


def parse_voice(text: str, source: str) -> list[TrainingPassage]:
    """The passages of one voice.

    Raises:
        DataError: the head is broken, a line is neither passage nor heading nor section, or codes are not allowed; with the line.
    """
    parts = text.split("+++", 2)
    if len(parts) != 3:
        raise DataError("no head between two lines of +++", source=source)
    try:
        head = tomllib.loads(parts[1])
    except tomllib.TOMLDecodeError as e:
        raise DataError(f"head is no TOML: {e}", source=source) from e
    voice = str(head["id"])
    passages: list[TrainingPassage] = []
    section: str | None = None
    path: list[tuple[int, str]] = []
    position = paragraph = 0
    for number, line in enumerate(parts[2].split("\n"), parts[0].count("\n") + parts[1].count("\n") + 1):
        line = line.strip()
        at = f"{source}:{number}"
        if not line:
            paragraph += 1
        elif line.startswith("@"):
            section, _, title = line[1:].strip().partition(" ")
            if section not in SECTIONS:
                raise DataError(f"unknown section {section!r}", source=at, remedy=f"Known are {', '.join(SECTIONS)}.")
            path = [(1, title.strip() or section_title(section, voice))] if section in _TITLES else []
            position = 0
            paragraph += 1
        elif line.startswith("#"):
            level = len(line) - len(line.lstrip("#"))
            heading = line[level:].lstrip("~").strip()
            own = 2 if heading == "-" else level
            path = [h for h in path if h[0] < own]
            if heading != "-":
                path.append((level, heading.rstrip("。：:；;，,")))
            position = 0
            paragraph += 1
        else:
            match = _LINE.fullmatch(line)
            if match is None:
                raise DataError(f"neither passage nor heading: {line[:40]!r}", source=at)
            label, also, facets = match[1], _codes(match[2]), _codes(match[3])
            printed = _MARK.sub(r"\1", match[4]).strip()
            check_codes(label, also, facets, at)
            passages.append(
                TrainingPassage(
                    printed,
                    label,
                    also,
                    facets,
                    section,
                    tuple(h for _, h in path),
                    voice,
                    str(head["kind"]),
                    str(head["level"]),
                    int(head["year"]),
                    len(passages),
                    position,
                    paragraph,
                )
            )
            position += 1
    return passages


def load_voices(folder: Path) -> list[TrainingPassage]:
    """All voices of a folder, in order of file name.

    Raises:
        DataError: as :func:`parse_voice`, or the folder holds no voice.
    """
    names = sorted(folder.glob("*.txt"))
    if not names:
        raise DataError("no voice in the folder", source=str(folder), remedy="Give a folder of *.txt files.")
    return [p for name in names for p in parse_voice(name.read_text(encoding="utf-8"), str(name))]


def reworded() -> list[TrainingPassage]:
    """Passages reworded from real reports, to learn from: ``data/voices/train``."""
    return load_voices(VOICES / "train")


def held() -> list[TrainingPassage]:
    """Passages reworded from real reports that nothing is trained on and no rule is written by: ``data/voices/held``."""
    return load_voices(VOICES / "held")


def sources() -> list[TrainingPassage]:
    """What the shipped model learns from, from its sources in a checkout: reworded passages first, then authored ones."""
    return [*reworded(), *load()]


@cache
def _shipped() -> tuple[TrainingPassage, ...]:
    return tuple(of_columns(bz2.decompress(SHIPPED.read_bytes()).decode(PACKED), str(SHIPPED)))


def shipped() -> list[TrainingPassage]:
    """What the shipped model learns from, as one file that is in the wheel: :func:`sources`, packed by ``python -m training.voices``."""
    return list(_shipped())


def like_reports(passages: Sequence[TrainingPassage]) -> set[str]:
    """Voices that stand for one public report each: not those written after the style of several, nor authored ones, which are odder."""
    return {p.voice for p in passages if _REPORT.match(p.voice)}


def main() -> None:
    """Packs the sources."""
    passages = sources()
    SHIPPED.write_bytes(bz2.compress(to_columns(passages).encode(PACKED)))
    print(f"{len(passages)} passages, {SHIPPED.stat().st_size / 1e6:.2f} MB -> {SHIPPED}")


if __name__ == "__main__":
    main()
