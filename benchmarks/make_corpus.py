"""Writes distinct synthetic reports for timing: ``python -m benchmarks.make_corpus OUT --n 1000 --seed 1``.

Each report has its own agency, figures, order and clauses: sentences are recombined from the clauses of the training
passages, so that fewer than 20 % of the passages stand verbatim in another report (``--check`` prints the share).  The
reports are for speed only; they say nothing of accuracy.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from training.samples.layouts import LAYOUTS
from training.samples.narrative import HeadingLine, Narrative, Para, PrintedCell, Sentence, form

PASSAGES = Path(__file__).resolve().parent.parent / "training" / "data" / "passages.jsonl"
KINDS = ("txt", "html", "docx", "pdf")
_APPLICANTS = ("natural", "business", "research", "nonprofit", "legal", "other")
_SYLLABLES = "云岭澜江沧河溪桥青石白水大湾金沙东川南浦北源西塘长林平安永清华丰泰和"
_KINDS = ("水务局", "教育局", "公安局", "民政局", "市场监督管理局", "卫生健康局", "人民政府", "行政审批服务局", "交通运输局")
_PLAN = (
    ("disclosure", "（一）主动公开情况", 8),
    ("request", "（二）依申请公开情况", 4),
    ("management", "（三）政府信息管理情况", 4),
    ("platform", "（四）平台建设情况", 5),
    ("supervision", "（五）监督保障情况", 4),
    ("service", "（六）优化政务服务", 4),
    ("interpretation", "（七）回应社会关切", 3),
)


@cache
def _bank() -> dict[str, list[list[str]]]:
    """Clauses of the training passages by label."""
    bank: dict[str, list[list[str]]] = defaultdict(list)
    with PASSAGES.open(encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            bank[row["label"]].append(re.split(r"(?<=[，、])", row["text"].rstrip("。；;")))
    return bank


def _number(rng: random.Random, old: str) -> str:
    if len(old) == 4 and old.startswith("20"):  # a year stays a year
        return old
    return str(rng.randrange(10 ** (len(old) - 1), 10 ** len(old)))


def _sentence(rng: random.Random, label: str) -> Sentence:
    bank = _bank()[label]
    clauses = list(rng.choice(bank))
    if len(clauses) < 2 and rng.random() < 0.8:
        clauses = list(rng.choice(bank))
    for k in range(len(clauses)):
        if len(clauses) > 1 and rng.random() < 0.5:
            clauses[k] = rng.choice(rng.choice(bank))
    if rng.random() < 0.3:
        rng.shuffle(clauses)
    text = re.sub(r"[，、。；]+$", "", "".join(c if c.endswith(("，", "、")) else c + "，" for c in clauses))
    return Sentence(re.sub(r"\d+", lambda m: _number(rng, m.group()), text) + "。", label, (), (), (), "")


def _cells(rng: random.Random, name: str) -> dict[str, PrintedCell]:
    cells: dict[str, int] = {c["code"]: 0 for t in ("t2", "t3", "t4") for c in form(name)[t]}
    rows = list(dict.fromkeys(c["code"].split(".")[1] for c in form(name)["t3"]))
    results = [r for r in rows if r not in {"new", "carried_in", "total", "carried_out"}]
    for applicant in _APPLICANTS[:2] if rng.random() < 0.8 else ():
        total = 0
        for row in rng.sample(results, 4):
            cells[f"t3.{row}.{applicant}"] = count = rng.randrange(60)
            total += count
        carried_in = rng.randrange(min(total, 5) + 1)
        cells[f"t3.total.{applicant}"] = total
        cells[f"t3.carried_in.{applicant}"] = carried_in
        cells[f"t3.new.{applicant}"] = total - carried_in
    for row in rows:
        cells[f"t3.{row}.total"] = sum(cells[f"t3.{row}.{a}"] for a in _APPLICANTS)
    for c in form(name)["t2"]:
        cells[c["code"]] = rng.randrange(3000)
    return {code: PrintedCell(str(v), Decimal(v), "value") for code, v in cells.items()}


def report(seed: int, number: int) -> Narrative:
    """Report ``number`` of the corpus with ``seed``: the same for every size of corpus."""
    rng = random.Random(f"{seed}:{number}")
    year = rng.randrange(2019, 2025)
    place = "".join(rng.sample(_SYLLABLES, 2)) + rng.choice("市县区")
    agency = f"{place}{''.join(rng.sample(_SYLLABLES, 2))}区{rng.choice(_KINDS)}"
    plan = list(_PLAN)
    rng.shuffle(plan)
    s1: list[HeadingLine | Para] = [Para((_sentence(rng, "boilerplate"), _sentence(rng, "disclosure")))]
    for label, heading, count in plan:
        s1.append(HeadingLine(heading, 2))
        s1.append(Para(tuple(_sentence(rng, label) for _ in range(rng.randrange(1, count)))))
    s5 = [
        Para(tuple(_sentence(rng, "problem") for _ in range(rng.randrange(2, 6)))),
        Para(tuple(_sentence(rng, "improvement") for _ in range(rng.randrange(3, 8)))),
    ]
    parts: dict[str, tuple[HeadingLine | Para, ...]] = {
        "preamble": (Para((_sentence(rng, "boilerplate"),)),),
        "s1": tuple(s1),
        "s5": tuple(s5),
        "s6": (Para((_sentence(rng, "other"),)),),
    }
    name = "2019" if year <= 2020 else "2021"
    return Narrative(
        f"r{number:06d}", f"{agency}{year}年政府信息公开工作年度报告", agency, year, name, parts, _cells(rng, name), {}, {}, None, (), (), ()
    )  # fmt: skip


def texts(n: int, seed: int, layout: str = "tab-rows") -> Iterator[tuple[str, str]]:
    """(file name, text) of each report."""
    for i in range(n):
        yield f"{i // 1000:03d}/r{i:06d}.txt", LAYOUTS[layout](report(seed, i), i)


def files(n: int, seed: int, kind: str = "txt", layout: str = "tab-rows") -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of each report: ``txt`` in a layout, ``html`` as a cluttered page, ``docx``, or ``pdf`` as Chromium prints it."""
    if kind == "txt":
        yield from ((name, text.encode("utf-8")) for name, text in texts(n, seed, layout))
        return
    names = (f"{i // 1000:03d}/r{i:06d}.{kind}" for i in range(n))
    if kind == "pdf":
        yield from zip(names, _printed(n, seed), strict=True)
        return
    from tests.support.exporters.pages import cluttered
    from tests.support.exporters.words import docx

    write = {"html": cluttered, "docx": docx}[kind]
    for i, name in enumerate(names):
        yield name, write(report(seed, i), i)


def _printed(n: int, seed: int) -> Iterator[bytes]:
    from tests.support.exporters_pdf import print_chromium, to_html

    for first in range(0, n, 20):
        pages = {f"{i:06d}": to_html(report(seed, i)) for i in range(first, min(first + 20, n))}
        with tempfile.TemporaryDirectory() as folder:
            for path in sorted(print_chromium(pages, Path(folder))):
                yield path.read_bytes()


def write_corpus(out: Path, n: int, seed: int, kind: str = "txt", layout: str = "tab-rows") -> int:
    """Write the reports under ``out``; gives their size in bytes."""
    size = 0
    for name, data in files(n, seed, kind, layout):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        size += len(data)
    return size


def verbatim_share(n: int, seed: int) -> float:
    """Share of passages that stand verbatim in another report of the same corpus."""
    by_text: dict[str, set[int]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for i in range(n):
        for _, sentence in report(seed, i).sentences():
            by_text[sentence.text].add(i)
            counts[sentence.text] += 1
    return sum(counts[t] for t, holders in by_text.items() if len(holders) > 1) / sum(counts.values())


def main() -> None:
    """Write the corpus, or print the verbatim share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", choices=list(LAYOUTS), default="tab-rows")
    parser.add_argument("--kind", choices=KINDS, default="txt")
    parser.add_argument("--check", action="store_true", help="print the share of passages verbatim in another report")
    args = parser.parse_args()
    if args.check:
        print(f"{verbatim_share(args.n, args.seed):.1%} of the passages of {args.n} reports stand verbatim in another")
        return
    size = write_corpus(args.out, args.n, args.seed, args.kind, args.layout)
    print(f"{args.n} reports of {args.kind} in {args.out}, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
