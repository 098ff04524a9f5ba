"""What ``gongkai serve`` writes: a correction, into ``corrections.csv`` that a person began and into the log of who wrote what."""

from __future__ import annotations

import hashlib
from pathlib import Path

import gongkai
from gongkai.correction_file import add_lines, line_key, read_lines
from gongkai.corrections import COLUMNS, FILE
from gongkai.web.reviewing.saving import CORRECTION
from gongkai.web.writing.people import People, Written

#: longer than what SQLite and the system write at once
_REASON = "正文为准。" * 4_000


def _rows(out: Path) -> list[dict[str, str]]:
    rows = gongkai.load(out, corrections=False).table("passages").to_pylist()[:2]
    return [
        {
            "report_id": r["report_id"], "table": "passages", "start": str(r["start"]), "end": str(r["end"]), "quote": r["text"],
            "field": "label", "old": r["label"], "new": "problem", "coder": "某人", "date": "2024-01-01", "reason": _REASON,
        }
        for r in rows
    ]  # fmt: skip


def hand_made(out: Path) -> None:
    """A file as a person makes it, with a column of their own: it is kept aside when a program first adds to it."""
    line = _rows(out)[0] | {"reason": "手工", "mine": "甲"}
    text = "\n".join(",".join(line[c] for c in (*COLUMNS, "mine")) if n else ",".join((*COLUMNS, "mine")) for n in range(2))
    (out / FILE).write_text(text + "\n", encoding="utf-8")


def correct(out: Path) -> None:
    """Write a correction as the explorer does; a form that is sent again counts once."""
    line = _rows(out)[1]

    def write() -> None:
        if line_key(line) not in {line_key(known) for known in read_lines(out)[1]}:
            add_lines(out, [line])

    People(out).write("某人", CORRECTION, "", [Written(line["report_id"], line)], beside=write)


def whole_corrections(out: Path) -> None:
    """The file holds the line of the person, and the new one whole or not; copies kept aside are the person's file."""
    lines = read_lines(out)[1]
    if [line["reason"] for line in lines] not in (["手工"], ["手工", _REASON]):
        raise AssertionError(f"corrections.csv holds {len(lines)} lines, not whole")
    for copy in (out / "explorer").glob("corrections-*.csv"):
        if copy.stem.removeprefix("corrections-") != hashlib.sha256(copy.read_bytes()).hexdigest()[:8]:
            raise AssertionError(f"{copy.name} is half a copy")
    if [act.value["reason"] for act in People(out).history(CORRECTION)] not in ([], [_REASON]):
        raise AssertionError("the log holds another act")


def corrected(out: Path) -> dict[str, str]:
    """What stands after the correction."""
    whole_corrections(out)
    acts = [(a.n, a.who, a.kind, a.thing, a.value) for a in People(out).history(CORRECTION)]
    left = [p.name for p in out.rglob("*") if ".part-" in p.name]
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in [out / FILE, *(out / "explorer").glob("*.csv")]}
    return found | {"acts": repr(acts), "left": repr(left)}


__all__ = ["correct", "corrected", "hand_made", "whole_corrections"]
