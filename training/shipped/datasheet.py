"""Checks the training data and writes its datasheet: ``python -m training.shipped.datasheet`` (``--check`` writes nothing).

Fails if too many passages look alike once digits, names and dates are masked, if a label has too few passages, or if a few
openings dominate: a model trained on such data learns the author and not the task.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.codebook import codebook
from corpus.errors import GongkaiError
from corpus.text.normalise import squeeze
from training.passages import DATA, TrainingPassage, by_voice, load
from training.shipped.metric_voices import read_voices
from training.voices import FIGURES, HARD, held, reworded

RUN = 15
MAX_SHARED = 0.10
MIN_LABEL = 80
OPENING = 4
COMMONEST = 5
MAX_OPENINGS = 0.10

_DATE = re.compile(r"(?:[0-9]{4}年)?(?:[0-9]{1,2}月)?(?:[0-9]{1,2}日)?(?<=[年月日])")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[零一二三四五六七八九十百千万两]{2,}")
# 云屏县司法局, 我局, 区政府办公室: whose report it is must not make two sentences look different
_NAME = re.compile(
    r"[\u4e00-\u9fff]{2,8}?(?:自治州|自治区|自治县|省|市|县|区|旗|州|镇|乡|街道)(?:[\u4e00-\u9fff]{0,12}?(?:局|委员会|办公室|政府|厅|办事处|管委会))?"
    r"|[我本该全](?:局|委|办|镇|乡|县|区|市|厅|部|省|街道|院|中心)"
)
_ITEM = re.compile(r"^(?:[一二三四五六七八九十]{1,2}[是、要]|\([一二三四五六七八九十0-9]{1,2}\)|[0-9]{1,2}[.、]|[①-⑳]|-+)")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the checks found: shares are 0…1, ``thin`` the labels under the minimum, ``openings`` the commonest with counts."""

    shared: float
    thin: dict[str, int]
    openings: tuple[tuple[str, int], ...]
    opening_share: float

    def failures(self) -> list[str]:
        """Why the data is not fit, in words; empty where it is."""
        found = []
        if self.shared > MAX_SHARED:
            found.append(
                f"{self.shared:.1%} of the passages share {RUN} characters in a row with another (at most {MAX_SHARED:.0%})"
            )
        found += [f"label {c} has {n} passages (at least {MIN_LABEL})" for c, n in self.thin.items()]
        if self.opening_share > MAX_OPENINGS:
            names = "、".join(o for o, _ in self.openings)
            found.append(f"the openings {names} make {self.opening_share:.1%} (at most {MAX_OPENINGS:.0%})")
        return found


def mask(text: str) -> str:
    """Text without what may differ between copies: dates ``D``, numbers ``0``, names of places and agencies ``N``.

    >>> mask("2021年，云屏县司法局公开信息146条。")
    'D,N公开信息0条。'
    """
    masked = _DATE.sub(lambda m: "D" if m.group() else "", squeeze(text))
    return _NUMBER.sub("0", _NAME.sub("N", masked))


def shared_share(texts: Sequence[str], run: int = RUN) -> float:
    """Share of the masked texts that have ``run`` characters in a row in common with another of them."""
    holders: dict[str, set[int]] = defaultdict(set)
    for i, text in enumerate(texts):
        for at in range(len(text) - run + 1):
            holders[text[at : at + run]].add(i)
    alike = {i for found in holders.values() if len(found) > 1 for i in found}
    return len(alike) / len(texts) if texts else 0.0


def check(passages: Sequence[TrainingPassage]) -> Findings:
    """Runs all checks."""
    masked = [mask(p.text) for p in passages]
    labels = Counter(p.label for p in passages)
    thin = {c: labels[c] for c in codebook().labels if labels[c] < MIN_LABEL}
    # an enumerator is no opening of a sentence: 一是 begins what follows it
    openings = Counter(_ITEM.sub("", t)[:OPENING] for t in masked).most_common(COMMONEST)
    share = sum(n for _, n in openings) / len(masked) if masked else 0.0
    return Findings(shared_share(masked), thin, tuple(openings), share)


def _table(title: str, counts: Iterable[tuple[str, int]], total: int) -> list[str]:
    rows = [f"| {name} | {n} | {n / total:.1%} |" for name, n in counts]
    return [f"### {title}", "", "| | passages | share |", "|---|---:|---:|", *rows, ""]


def _length(text: str) -> str:
    for low, high in ((1, 10), (11, 20), (21, 40), (41, 80), (81, 160), (161, 250)):
        if len(text) <= high:
            return f"{low}–{high}"
    return "over 250"


def _reworded(train: Sequence[TrainingPassage], held_: Sequence[TrainingPassage]) -> list[str]:
    """The part on voices reworded from real reports."""
    codes = codebook()
    every = [*train, *held_]
    years = [p[0].year for p in by_voice(every).values()]
    old = sum(y < 2019 for y in years)
    labels = {half: Counter(p.label for p in own) for half, own in (("train", train), ("held", held_))}
    rows = [f"| `{c}` {k.zh} | {labels['train'][c]} | {labels['held'][c]} |" for c, k in codes.labels.items()]
    return [
        "## Voices reworded from real reports",
        "",
        f"`voices/train` holds {len(train)} passages of {len(by_voice(train))} voices, `voices/held` {len(held_)} of",
        f"{len(by_voice(held_))}, which nothing is trained on and no rule is written by. {old} of {len(years)} voices are of 2008–2018.",
        "",
        "- Each voice stands for the beginning (or the whole, where it is short) of one public report: order, headings, lengths, modal",
        "  verbs, number constructions and clumsiness are kept; names, places, figures and wording are changed. The head of each voice",
        "  names the address that was read (`source`, `unknown` where there was none); texts of sources are not kept. Runs of twelve",
        "  characters shared with the source were measured on every tenth voice and reworded there; elsewhere they were reworded by eye,",
        "  so that some runs of 12–20 characters outside set phrases may remain.",
        '- Voices named `n7-…` (`source = "style"`) were written after such reports, not from one: later sections of long reports, which',
        "  public excerpts seldom show. They are only in `train`.",
        "- Coded by codebook 2 while rewording; metrics are marked too (format: `training/samples/README.md`).",
        "  The marks of 83 voices (16 of them held) were mended where M7, M11, M16 or the rule on money say otherwise: the denial alone is",
        "  the quote, each thing denied has its 0, cases are counted in 件, 亿元 is kept as 万元.",
        "  The 1,048 quantities of `held` were coded a second time by coders who saw neither marks nor results: they agree with the marks on 93.4 %",
        "  of the indicators (κ 0.92) and 92.3 % of the scopes (κ 0.65). 121 disagreements were ruled by the codebook without sight of any result;",
        "  where it plainly decides, 26 marks were changed. 992 marks of `train` that weights fitted without their voice contradict were read by a third",
        "  coder, who would change 278 of them. Weights fitted so were not better on the whole (three more right of `held`, two fewer of the real",
        "  reports), so that `train` stays as it was.",
        "- Voices named `n8-…` came last: 117 further reports, mostly of 2019–2025, coded once. The model that was fitted without them",
        "  was right on 89.5 % of their 1,126 passages; fitted with those of `train`, it is right on 91.1 % of the other held voices",
        "  (90.6 % before).",
        "- `held` but for `n8` was coded a second time by a coder who saw neither codes nor model: Cohen's κ of labels 0.928 (agreement 94.2 % of",
        "  1,409), F1 of facets 0.936 where labels agree. 82 disagreements were ruled by the codebook, 30 codes changed. Passages of",
        "  `train` whose code a model fitted without their voice doubted (603) were read again by a third coder and 128 codes changed.",
        "  The model is not measurably better for it (held 0.909 before, 0.906 after): the codes were mended because they were wrong.",
        "",
        "| label | train | held |",
        "|---|---:|---:|",
        *rows,
        "",
    ]


def _sizes(folder: Path) -> list[str]:
    """The table of the halves of a folder of voices."""
    halves = {half: read_voices(folder / half) for half in ("train", "held")}
    rows = [
        f"| `{half}` | {len(own)} | {sum(len(v.passages) for v in own)} | {sum(len(v.mentions) for v in own)} |"
        for half, own in halves.items()
    ]
    return ["| | voices | passages | marked quantities |", "|---|---:|---:|---:|", *rows, ""]


def _quantities() -> list[str]:
    """The part on voices that serve metrics alone."""
    return [
        "## Voices rich in figures",
        "",
        "`figures/train` and `figures/held` hold voices named `n9-…`, reworded like those above from reports that name many quantities, coded",
        "once. Rules of metrics were written by `train`; `held` is measured on (`python -m training.shipped.metric_voices training/data/figures`).",
        "Nothing is fitted on them: weights fitted on `train`, too, are right no more often.",
        "",
        *_sizes(FIGURES),
        "## Hard sentences",
        "",
        "`hard/train` and `hard/held` hold voices named `n10-…`: of real reports the sentences alone whose quantities are not said in the stock",
        "phrase, reworded and coded once. The weights of indicators are fitted on `train`; `held` is measured on (`… metric_voices training/data/hard`).",
        "",
        *_sizes(HARD),
    ]


def datasheet(
    passages: Sequence[TrainingPassage],
    findings: Findings,
    train: Sequence[TrainingPassage],
    held_: Sequence[TrainingPassage],
) -> str:
    """The datasheet as Markdown: authored passages, then those reworded from real reports."""
    total = len(passages)
    codes = codebook()
    labels = Counter(p.label for p in passages)
    also = Counter(a for p in passages for a in p.also)
    facets = Counter(f for p in passages for f in p.facets)
    lengths = Counter(_length(p.text) for p in passages)
    sections = Counter(p.section or "none" for p in passages)
    voices = by_voice(passages)
    bare = sum(len(p.heading_path) < (2 if p.section not in {None, "preamble"} else 1) for p in passages)
    order = ("1–10", "11–20", "21–40", "41–80", "81–160", "161–250", "over 250")
    lines = [
        "# Training passages: datasheet",
        "",
        "Written by `python -m training.shipped.datasheet`; do not edit.",
        "",
        f"`passages.jsonl` holds {total} passages of {len(voices)} voices. A voice is one invented report of one invented agency;",
        "its passages stand in order, so that neighbours can be rebuilt. Codes: `corpus/data/spec/codebook.md`, version 2.",
        "They are what remained of 4,276 passages coded by version 1 when those were left out whose code a model trained on the reworded",
        "voices by version 2 contradicts.",
        "",
        "## How it was made",
        "",
        "- Synthetic. Every sentence was written for gongkai with the help of a language model, coded while writing by the codebook.",
        "  No sentence of a real report is in it; agencies, people, places and figures are invented.",
        "- Each voice was written as a whole report of its own kind of agency, level, year and manner, with hard neighbours on",
        "  purpose: platform beside disclosure, management beside supervision, problems and plans outside section 五.",
        "- Split by `voice` or by `kind`, never at random: passages of one voice share their author's habits.",
        "",
        "## Limits",
        "",
        "- One coder (the author of each sentence); agreement between coders was not measured.",
        "- Labels are spread more evenly than in real reports, and sentences vary more: shares here say nothing of real reports.",
        "- Simplified Chinese of the mainland, reports since 2019; nothing from tables, nothing from before the form of 2019.",
        "",
        *_reworded(train, held_),
        *_quantities(),
        "## Checks",
        "",
        f"- {findings.shared:.1%} share {RUN} characters in a row with another, digits, names and dates masked (≤ {MAX_SHARED:.0%}).",
        f"- The rarest label has {min(labels[c] for c in codes.labels)} passages (≥ {MIN_LABEL}).",
        f"- The {COMMONEST} commonest openings make {findings.opening_share:.1%} (≤ {MAX_OPENINGS:.0%}).",
        "",
        "## Counts",
        "",
        *_table("Label", ((f"`{c}` {k.zh}", labels[c]) for c, k in codes.labels.items()), total),
        *_table("Further label (`also`)", ((f"`{c}` {k.zh}", also[c]) for c, k in codes.labels.items()), total),
        *_table("Facet (a passage may have several)", ((f"`{c}` {k.zh}", facets[c]) for c, k in codes.facets.items()), total),
        *_table("Section", sorted(sections.items()), total),
        *_table("Heading below the section's own", (("none", bare), ("some", total - bare)), total),
        *_table("Characters", ((name, lengths[name]) for name in order), total),
        *_table("Level", sorted(Counter(p.level for p in passages).items()), total),
        *_table("Year", sorted(Counter(str(p.year) for p in passages).items()), total),
        *_table("Kind of agency", sorted(Counter(p.kind for p in passages).items()), total),
    ]
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks the data and writes the datasheet; exit code 1 if the data is not fit."""
    parser = argparse.ArgumentParser(prog="python -m training.shipped.datasheet")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, help="default: README.md beside the data")
    parser.add_argument("--check", action="store_true", help="check only, write nothing")
    options = parser.parse_args(arguments)
    try:
        passages = load(options.data)
    except GongkaiError as e:
        print(e, file=sys.stderr)
        return 1
    findings = check(passages)
    for failure in findings.failures():
        print(failure, file=sys.stderr)
    print(f"shared {findings.shared:.1%}, openings {findings.opening_share:.1%} {[o for o, _ in findings.openings]}")
    if not options.check:
        out = options.out or options.data.with_name("README.md")
        out.write_text(datasheet(passages, findings, reworded(), held()), encoding="utf-8", newline="\n")
        print(f"-> {out}")
    return 1 if findings.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
