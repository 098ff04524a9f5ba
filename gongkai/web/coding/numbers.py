"""Numbers of the narrative to code: which metric each is, and its value; drawn both from those that were read and from those that were not.

A number is what a reader sees as one, found without the rules that are judged: a run of digits, or Chinese numerals before a measure
word.  Dates, ordinals and paragraphs of laws are none.  Half of a draw are numbers that became metrics, half are others (as far as there are
so many), so that what was missed is measured too; coders are not told which is which.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from corpus.codebook import CODEBOOK_VERSION, codebook
from corpus.errors import UsageError
from corpus.text.numerals import parse_number
from gongkai.corrections import show_value
from gongkai.store_access import Row, Store
from models.taxonomy import Taxonomy
from training.coding.annotation import PATH
from training.coding.sampling import draw_name

#: the design, and what a number is that measures the agency's work and has no indicator
NUMBERS, NO_INDICATOR = "numbers", "none"
#: reports that numbers are drawn from: reading all of a large store would take longer than one waits for a page
MOST_REPORTS = 400
READ, NOT_READ = "read", "not_read"
_NUMBER = re.compile(
    r"(?<![第\d.,，．A-Za-z〔\[(（〕-])(?P<sign>[-－])?(?P<digits>[0-9０-９]+(?:[,，][0-9０-９]{3})*(?:[.．][0-9０-９]+)?\s*[百千万亿]*)"
    r"(?!\s*[年月日号时条款]?第|\s*年(?!度?人)|\s*月|\s*日(?!均)|\s*号|[.．,，]?[0-9０-９]|[A-Za-z])"
    r"|(?<![第零〇一二三四五六七八九十百千万亿两])(?P<words>[零一二三四五六七八九十百千万亿两]+)(?=[件条次个项份期场名篇起余])"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number in a text: its place there, and its value as printed (万 and 亿 resolved)."""

    start: int
    end: int
    value: str


def numbers_in(text: str) -> Iterator[FoundNumber]:
    """Numbers that may be metrics.

    >>> [n.value for n in numbers_in("2023年公开1,234条，一是收到第3批申请三件，浏览1.2万次，占５.5%")]
    ['1234', '3', '12000', '5.5']
    """
    for found in _NUMBER.finditer(text):
        printed = found["digits"] or found["words"]
        value = parse_number(printed)
        if value is not None:
            start = found.start("digits" if found["digits"] else "words")
            yield FoundNumber(start, start + len(printed.rstrip()), shown(-value if found["sign"] else value))


def shown(value: Decimal | float | str) -> str:
    """A value as it is coded: without zeros that say nothing."""
    return show_value(float(value)) if value != "" else ""


def indicator_codes() -> Taxonomy:
    """The indicators of the codebook as codes of a draw, and one for numbers that have none."""
    book = codebook().indicators
    names = {c: i.zh for c, i in book.items()} | {NO_INDICATOR: "其他工作数量"}
    return Taxonomy("gongkai indicators", CODEBOOK_VERSION, (*book, NO_INDICATOR), (), (), "", names)


def draw_numbers(store: Store, n: int, seed: int) -> tuple[list[dict[str, Any]], int]:
    """Rows of a draw, and how many numbers there are in the reports drawn from.

    Raises:
        UsageError: there are not so many.
    """
    rng = random.Random(seed)
    ids = sorted(r["report_id"] for r in store.sql("SELECT DISTINCT report_id FROM passages").to_pylist())
    ids = sorted(rng.sample(ids, MOST_REPORTS)) if len(ids) > MOST_REPORTS else ids
    by_stratum: dict[str, list[tuple[Row, FoundNumber]]] = {READ: [], NOT_READ: []}
    spans = spans_of(store, ids)
    for row in store.rows("passages", [("report_id", "in", ids)]):
        for number in numbers_in(row["text"]):
            met = met_by(spans.get(row["report_id"], ()), row["start"] + number.start, row["start"] + number.end)
            by_stratum[READ if met else NOT_READ].append((row, number))
    total = sum(map(len, by_stratum.values()))
    if not 1 <= n <= total:
        raise UsageError(
            f"cannot draw {n} of {total} numbers", remedy=f"draw 1 to {total}" if total else "tag reports that have some"
        )
    read, other = by_stratum[READ], by_stratum[NOT_READ]
    from_read = min(len(read), max(n - len(other), (n + 1) // 2))
    sizes = {READ: from_read, NOT_READ: n - from_read}
    name = draw_name(n, NUMBERS, "equal", seed, total, store.meta.get("model_id", ""))
    about = {r["report_id"]: r for r in store.rows("reports", [("report_id", "in", ids)], ["report_id", "agency", "year"])}
    rows = []
    for stratum, some in by_stratum.items():
        for row, number in rng.sample(some, sizes[stratum]):
            rows.append(_row(row, about[row["report_id"]], number, name, stratum, sizes[stratum] / len(some), seed))
    return sorted(rows, key=lambda r: (r["report_id"], r["start"])), total


def _row(row: Row, report: Row, number: FoundNumber, name: str, stratum: str, chance: float, seed: int) -> dict[str, Any]:
    start = row["start"] + number.start
    return {
        "passage_id": f"{row['report_id']}.n{start}", "report_id": row["report_id"], "start": start, "end": row["start"] + number.end,
        "text": row["text"], "section": row["section"] or "", "heading_path": PATH.join(row["heading_path"]), "before": "", "after": "",
        "agency": report["agency"] or "", "year": "" if report["year"] is None else report["year"], "label": "", "facets": "", "coder": "",
        "comment": "", "draw": name, "design": NUMBERS, "stratum": stratum, "inclusion_probability": chance, "seed": seed,
        "number": [number.start, number.end], "printed": number.value, "suggested_label": "",
    }  # fmt: skip


def spans_of(store: Store, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Metrics of reports."""
    spans: dict[str, list[Row]] = {}
    columns = ["report_id", "mention_id", "start", "end", "value", "value_to", "indicator"]
    for m in store.rows("mentions", [("report_id", "in", list(ids))], columns):
        spans.setdefault(m["report_id"], []).append(m)
    return spans


def met_by(some: Sequence[Row], start: int, end: int) -> Row | None:
    """The metric that a stretch of the text is part of."""
    return next((m for m in some if m["start"] < end and start < m["end"]), None)


__all__ = [
    "NOT_READ", "NO_INDICATOR", "NUMBERS", "READ", "draw_numbers", "indicator_codes", "met_by", "numbers_in", "shown", "spans_of",
]  # fmt: skip
