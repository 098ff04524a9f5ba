"""Authored narratives: the format of ``README.md`` read and checked.

Nothing of ``corpus``, ``models`` or ``extract`` is imported: codes come from the data files of the codebook, and every number
is worked out here anew, so that the truth does not depend on the code that is judged by it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).resolve().parents[2] / "corpus" / "data"
PARTS = ("preamble", "s1", "s2", "s3", "s4", "s5", "s6")
APPLICANTS = ("natural", "business", "research", "nonprofit", "legal", "other")
DASHES = frozenset({"/", "-", "—", "－", "无", "不适用"})
_REQUIRED = frozenset({"id", "title", "agency", "kind", "level", "year", "form", "coverage", "cells"})
_KEYS = frozenset(
    {"labels", "headings", "cut_after", "fails", "values", "join", "prose_check", *_REQUIRED},
)
_JOIN_KEYS = frozenset({"indicator", "prose_value", "table_value", "verdict", "explained_by"})
_MARK_KEYS = frozenset({"value", "value_to", "unit", "qualifier", "scope", "by", "whole", "period"})
_CHOICES: dict[str, frozenset[str]] = {
    "qualifier": frozenset({"exact", "at_least", "about", "at_most", "range"}),
    "scope": frozenset({"total", "part", "wider"}),
    "by": frozenset({"body", "applicant", "channel", "topic", "outcome"}),
    "period": frozenset({"year", "prior", "cumulative", "other"}),
}
_TAG = re.compile(r"\[([^\[\]:;]+)(?:;\s*also=([^:\[\]]*))?(?::\s*([^\[\]]*))?\]\s*")
_MARK = re.compile(r"\{([^{}|]+)\|([^{}]*)\}")
_HEADING = re.compile(r"(#{2,3})(~?)\s*(.+)")
# 388条, 91.3%, 23 件; anything with 余, 万 and the like must be spelt out
_PLAIN = re.compile(r"(\d+(?:\.\d+)?)\s*(万元|[^\d\s余多几万亿千百十,.，]\S*|)")
_CELL_NUMBER = re.compile(r"(?:增加|减少)?[-－]?\d+(?:\.\d+)?(?:万元|元|亿元)?")


class SampleError(ValueError):
    """An authored narrative that does not follow the format, or that contradicts itself."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked quantity; offsets in the passage's text.  ``whole`` is the printed value of the quantity it is part of."""

    start: int
    end: int
    quote: str
    value: Decimal
    unit: str
    qualifier: str
    indicator: str
    scope: str
    by: str | None
    period: str
    value_to: Decimal | None = None
    whole: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One passage as printed, with its truth."""

    text: str
    label: str
    also: tuple[str, ...]
    facets: tuple[str, ...]
    marks: tuple[Mark, ...]
    heading: str


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """A heading on a line of its own; ``level`` 2 or 3."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Para:
    """Sentences that follow each other in one paragraph; ``lead`` is the heading run into it, or empty."""

    sentences: tuple[Sentence, ...]
    lead: str = ""

    @property
    def text(self) -> str:
        """What is printed, the run-in heading first."""
        return self.lead + "".join(s.text for s in self.sentences)


Block = HeadingLine | Para


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell as printed; ``value`` is ``None`` unless ``state`` is ``value``."""

    printed: str
    value: Decimal | None
    state: Literal["value", "blank", "dash", "unreadable"]


@dataclass(frozen=True, slots=True)
class Narrative:
    """One authored report; ``cells`` are those that stand in the file (none after ``cut_after``)."""

    id: str
    title: str
    agency: str
    year: int
    form: str
    parts: dict[str, tuple[Block, ...]]
    cells: dict[str, PrintedCell]
    labels: dict[str, str]
    headings: dict[str, str]
    cut_after: str | None
    fails: tuple[str, ...]
    joins: tuple[dict[str, Any], ...]
    prose_checks: tuple[dict[str, str], ...]
    level: str = ""

    def sentences(self) -> list[tuple[str, Sentence]]:
        """All passages in order, each with its section."""
        return [(part, s) for part, blocks in self.parts.items() for b in blocks if isinstance(b, Para) for s in b.sentences]


@cache
def codes() -> dict[str, dict[str, Any]]:
    """``labels``, ``facets`` and ``indicators`` of the codebook's data file."""
    found: dict[str, dict[str, Any]] = tomllib.loads((DATA / "codebook.toml").read_text(encoding="utf-8"))
    return found


@cache
def form(name: str) -> dict[str, list[dict[str, str]]]:
    """Cells of ``t2``, ``t3``, ``t4`` of a form, in printed order, as ``forms.json`` has them."""
    found: dict[str, list[dict[str, str]]] = json.loads((DATA / "spec" / "forms.json").read_text(encoding="utf-8"))["forms"][
        name
    ]
    return {t: found[t] for t in ("t2", "t3", "t4")}


@dataclass(slots=True)
class _Reader:
    """Reads one file and gathers what is wrong with it, so that an author sees all errors at once."""

    name: str
    errors: list[str] = field(default_factory=list)

    def bad(self, line: int, message: str) -> None:
        self.errors.append(f"{self.name}:{line}: {message}" if line else f"{self.name}: {message}")

    def code(self, line: int, code: str, table: str) -> str:
        if code not in codes()[table]:
            self.bad(line, f"{code!r} is not one of the codebook's {table}")
        return code

    def mark(self, line: int, quote: str, indicator: str, options: Mapping[str, str], at: int) -> Mark:
        for key, value in options.items():
            if key not in _MARK_KEYS:
                self.bad(line, f"unknown key {key!r} in {quote!r}")
            elif key in _CHOICES and value not in _CHOICES[key]:
                self.bad(line, f"{key}={value!r} in {quote!r} is not one of {sorted(_CHOICES[key])}")
        if indicator:
            self.code(line, indicator, "indicators")
        plain = _PLAIN.fullmatch(quote)
        if plain is None and not {"value", "unit"} <= set(options):
            self.bad(line, f"value and unit of {quote!r} do not follow from it: spell them out")
        if (options.get("qualifier") == "range") != ("value_to" in options):
            self.bad(line, f"{quote!r}: value_to belongs to qualifier=range, and to no other")
        if re.search("[余多]", quote) and "qualifier" not in options:
            self.bad(line, f"{quote!r} has no qualifier")
        return Mark(
            at,
            at + len(quote),
            quote,
            self.amount(line, quote, options.get("value", plain.group(1) if plain else "0")),
            options.get("unit", plain.group(2) if plain else ""),
            options.get("qualifier", "exact"),
            indicator,
            options.get("scope", "total"),
            options.get("by"),
            options.get("period", "year"),
            *(self.amount(line, quote, options[key]) if key in options else None for key in ("value_to", "whole")),
        )

    def amount(self, line: int, quote: str, printed: str) -> Decimal:
        try:
            return Decimal(printed)
        except ArithmeticError:
            self.bad(line, f"value {printed!r} of {quote!r} is no number")
            return Decimal()

    def sentence(self, line: int, raw: str, heading: str) -> Sentence:
        tag = _TAG.match(raw)
        if tag is None:
            self.bad(line, f"a passage begins with [label]: {raw[:20]!r}")
            return Sentence(raw, "other", (), (), (), heading)
        label = self.code(line, tag.group(1).strip(), "labels")
        also = tuple(self.code(line, a.strip(), "labels") for a in (tag.group(2) or "").split(",") if a.strip())
        facets = tuple(self.code(line, f.strip(), "facets") for f in (tag.group(3) or "").split(",") if f.strip())
        if (label in ("problem", "improvement")) != bool(facets):
            self.bad(line, f"{label} with facets {facets}: problem and improvement have some, the others none")
        text, marks = self.marked(line, raw[tag.end() :])
        return Sentence(text, label, also, facets, tuple(marks), heading)

    def marked(self, line: int, raw: str) -> tuple[str, list[Mark]]:
        """The text of a passage and its marks."""
        marks: list[Mark] = []
        text, last = "", 0
        for m in _MARK.finditer(raw):
            text += raw[last : m.start()]
            quote, fields = m.group(1), m.group(2).split("|")
            options = {}
            for part in fields[1:]:
                key, sep, value = part.partition("=")
                if not sep:
                    self.bad(line, f"{part!r} in {quote!r} is no key=value")
                options[key] = value
            for indicator in fields[0].split("&"):
                marks.append(self.mark(line, quote, indicator.strip(), options, len(text)))
            text += quote
            last = m.end()
        text += raw[last:]
        if re.search(r"[{}|\[\]#*]", text):
            self.bad(line, f"a character of the markup is left in the text: {text!r}")
        if text != text.strip() or not text:
            self.bad(line, "white space around the passage, or no passage")
        return text, marks

    def body(self, lines: list[tuple[int, str]]) -> dict[str, tuple[Block, ...]]:
        parts: dict[str, list[Block]] = {}
        part, path, lead = "", ["", ""], ""
        para: list[Sentence] = []

        def flush() -> None:
            nonlocal lead
            if para:
                parts[part].append(Para(tuple(para), lead))
                lead = ""
                para.clear()

        for number, raw in lines:
            line = raw.rstrip()
            if line.startswith("@"):
                flush() if part else None
                part = line[1:].strip()
                if part not in PARTS or part in parts or [*parts, part] != sorted([*parts, part], key=PARTS.index):
                    self.bad(number, f"part {line!r} is unknown, doubled or out of order")
                    part = part if part in PARTS else "s6"
                parts.setdefault(part, [])
                path = ["", ""]
            elif not part:
                if line:
                    self.bad(number, "text before the first @part")
            elif not line or line == "##-":
                flush()
                path = ["", ""] if line else path
            elif m := _HEADING.fullmatch(line):
                flush()
                level = len(m.group(1))
                path = [m.group(3), ""] if level == 2 else [path[0], m.group(3)]
                if m.group(2):
                    lead = m.group(3)
                else:
                    parts[part].append(HeadingLine(m.group(3), level))
            else:
                heading = (path[1] or path[0]).rstrip("。:： ")
                para.append(self.sentence(number, line, heading))
        flush()
        if lead:
            self.bad(0, f"no passage follows the run-in heading {lead!r}")
        return {p: tuple(parts[p]) for p in PARTS if p in parts}

    def cells(self, head: Mapping[str, Any]) -> dict[str, PrintedCell]:
        given, values = head["cells"], head.get("values", {})
        order = [c["code"] for cells in form(head["form"]).values() for c in cells]
        for code in [*given, *values]:
            if code not in order:
                self.bad(0, f"{code!r} is no cell of the form {head['form']}")
        cut = head.get("cut_after")
        if cut is not None:
            inside = [i for i, code in enumerate(order) if code.rsplit(".", 1)[0] == cut]
            if not inside:
                self.bad(0, f"cut_after {cut!r} is no row of the form")
            else:
                order = order[: inside[-1] + 1]
        return {code: self.cell(code, given.get(code, 0), values.get(code)) for code in order}

    def cell(self, code: str, given: object, value: object) -> PrintedCell:
        if isinstance(given, int | float):
            if value is not None:
                self.bad(0, f"{code}: a value beside a number")
            return PrintedCell(str(given), Decimal(str(given)), "value")
        text = str(given)
        if value is not None:
            return PrintedCell(text, Decimal(str(value)), "value")
        if not text.strip():
            return PrintedCell("", None, "blank")
        if text.strip() in DASHES:
            return PrintedCell(text, None, "dash")
        if _CELL_NUMBER.fullmatch(text):
            self.bad(0, f"{code}: {text!r} can be read; give its value in [values]")
        return PrintedCell(text, None, "unreadable")


def table_checks(narrative: Narrative) -> list[tuple[str, str]]:
    """Every table check of the form with its verdict, by plain arithmetic over the printed cells."""
    rows = list(dict.fromkeys(c["code"].split(".")[1] for c in form(narrative.form)["t3"]))
    results = rows[2:-2]  # new, carried_in, the results, total, carried_out

    def verdict(left: list[str], right: list[str]) -> str:
        found = [narrative.cells.get(code) for code in left + right]
        if any(c is None or c.value is None for c in found):
            return "not_checkable"
        numbers = [c.value for c in found if c is not None and c.value is not None]
        return "holds" if sum(numbers[: len(left)]) == sum(numbers[len(left) :]) else "fails"

    checks = []
    for a in (*APPLICANTS, "total"):
        came, went = [f"t3.new.{a}", f"t3.carried_in.{a}"], [f"t3.total.{a}", f"t3.carried_out.{a}"]
        checks.append((f"balance.{a}", verdict(came, went)))
    for a in (*APPLICANTS, "total"):
        checks.append((f"results.{a}", verdict([f"t3.total.{a}"], [f"t3.{r}.{a}" for r in results])))
    for r in rows:
        checks.append((f"row.{r}", verdict([f"t3.{r}.total"], [f"t3.{r}.{a}" for a in APPLICANTS])))
    for r in ("review", "suit_direct", "suit_after_review"):
        checks.append((r, verdict([f"t4.{r}.total"], [f"t4.{r}.{o}" for o in ("upheld", "corrected", "other", "pending")])))
    return checks


def _prose_checks(reader: _Reader, raw: list[dict[str, str]]) -> tuple[dict[str, str], ...]:
    """Rows ``c = a + b`` and ``a / b = r %``, with at least two parts in a sum."""
    for c in raw:
        if set(c) != {"check", "expression", "verdict"}:
            reader.bad(0, f"prose_check with keys {sorted(c)}")
            continue
        number = r"-?\d+(?:\.\d+)?"
        shape = rf"{number} / {number} = {number} %" if c["check"] == "rate" else rf"{number} = {number}(?: \+ {number})+"
        if c["check"] not in ("rate", "sum") or not re.fullmatch(shape, c["expression"]):
            reader.bad(0, f"prose_check {c['check']} {c['expression']!r}: write `a / b = r %` or `total = part + part`")
            continue
        if c["verdict"] not in ("holds", "fails", "not_checkable"):
            reader.bad(0, f"prose_check verdict {c['verdict']!r}")
        numbers = [Decimal(n) for n in re.findall(number, c["expression"])]
        if c["check"] == "sum":
            equal = numbers[0] == sum(numbers[1:])
        else:
            ratio, printed = numbers[0] * 100 / numbers[1], numbers[2]
            unit = Decimal(1).scaleb(int(printed.as_tuple().exponent))
            equal = printed in (ratio.quantize(unit, "ROUND_HALF_UP"), ratio.quantize(unit, "ROUND_DOWN"))
        if equal != (c["verdict"] == "holds"):
            reader.bad(0, f"prose_check {c['expression']!r} is not {c['verdict']}")
    return tuple(raw)


def parse(path: Path) -> Narrative:
    """One narrative file.

    Raises:
        SampleError: with all errors of the file, a line each.
    """
    reader = _Reader(path.name)
    lines = path.read_text(encoding="utf-8").splitlines()
    fences = [i for i, line in enumerate(lines) if line.strip() == "+++"]
    if len(fences) != 2 or fences[0] != 0:
        raise SampleError(f"{path.name}: the TOML head stands between two lines of +++")
    try:
        head = tomllib.loads("\n".join(lines[1 : fences[1]]))
    except tomllib.TOMLDecodeError as e:
        raise SampleError(f"{path.name}: {e}") from e
    for key in set(head) - _KEYS:
        reader.bad(0, f"unknown key {key!r}")
    for key in _REQUIRED - set(head):
        reader.bad(0, f"key {key!r} is missing")
    if reader.errors:
        raise SampleError("\n".join(reader.errors))
    if head["id"] != path.stem:
        reader.bad(0, f"id {head['id']!r} is not the file's name")
    if head["form"] != ("2019" if head["year"] < 2021 else "2021"):
        reader.bad(0, f"form {head['form']} does not fit {head['year']}")
    if head["agency"] not in head["title"] or str(head["year"]) not in head["title"]:
        reader.bad(0, "the title names agency and year")
    joins = head.get("join", [])
    for j in joins:
        if set(j) - _JOIN_KEYS or not {"indicator", "table_value", "verdict"} <= set(j):
            reader.bad(0, f"join row with keys {sorted(j)}")
        elif (j["verdict"] == "table_only") == ("prose_value" in j) or (j["verdict"] == "disagrees") != ("explained_by" in j):
            reader.bad(0, f"join row of {j['indicator']}: prose_value or explained_by does not fit {j['verdict']}")
        else:
            reader.code(0, j["indicator"], "indicators")
    narrative = Narrative(
        head["id"],
        head["title"],
        head["agency"],
        head["year"],
        head["form"],
        reader.body(list(enumerate(lines[fences[1] + 1 :], fences[1] + 2))),
        reader.cells(head),
        head.get("labels", {}),
        head.get("headings", {}),
        head.get("cut_after"),
        tuple(head.get("fails", ())),
        tuple(joins),
        _prose_checks(reader, head.get("prose_check", [])),
        head["level"],
    )
    if narrative.cut_after is not None:
        last = {"t2": "s2", "t3": "s3", "t4": "s4"}[narrative.cut_after.split(".")[0]]
        for part in narrative.parts:
            if PARTS.index(part) > PARTS.index(last):
                reader.bad(0, f"part @{part} stands after the cut")
    failing = {name for name, verdict in table_checks(narrative) if verdict == "fails"}
    if failing != set(narrative.fails):
        reader.bad(0, f"checks that fail but are not meant to: {sorted(failing - set(narrative.fails))}; ")
        reader.bad(0, f"checks meant to fail that do not: {sorted(set(narrative.fails) - failing)}")
    if reader.errors:
        raise SampleError("\n".join(reader.errors))
    return narrative


def read_marked_lines(path: Path) -> list[tuple[str, str, str, tuple[Mark, ...]]]:
    """(section, heading, text, marks) of each line ``section | heading | text with marks``; ``#`` begins a comment.

    Raises:
        SampleError: with every line that does not follow the format.
    """
    reader = _Reader(path.name)
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        section, heading, raw = (field.strip() for field in line.split(" | ", 2))
        text, marks = reader.marked(number, raw)
        found.append((section, heading, text, tuple(marks)))
    if reader.errors:
        raise SampleError("\n".join(reader.errors))
    return found
