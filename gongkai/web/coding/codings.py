"""What people coded of a draw: by passage and person, where they differ, and what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gongkai.compare.passage_sheet import JUNK, STATE
from gongkai.web.coding.draws import Draw, is_empty
from gongkai.web.writing.people import Act, ActKind, People
from training.coding.annotation import DECIDED, LIST, CodingTask, from_record, settle, training_line

CODE, SECTION_STATE = ActKind("coding.code", own=True), ActKind("coding.state", own=True)
DECISION, STATE_DECISION = ActKind("coding.decision"), ActKind("coding.state_decision")


@dataclass(frozen=True, slots=True)
class GivenCode:
    """Label, further labels and facets that a person gave a passage, in the order of the codebook; of a number its indicator (as
    ``label``) and ``value``."""

    label: str
    facets: tuple[str, ...] = ()
    comment: str = ""
    also: tuple[str, ...] = ()
    value: str = ""

    @property
    def says(self) -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
        """What two codings must share to be the same."""
        return self.label, self.facets, self.also, self.value


def given_code(act: Act) -> GivenCode:
    """The code of an act."""
    v = act.value
    return GivenCode(v["label"], tuple(v["facets"]), v.get("comment", ""), tuple(v.get("also", ())), v.get("value", ""))


def as_value(code: GivenCode) -> dict[str, Any]:
    """A code as an act holds it, without its comment: a decision has its own."""
    more = {"value": code.value} if code.value else {}
    return {"label": code.label, "also": list(code.also), "facets": list(code.facets), "comment": "", **more}


@dataclass(frozen=True)
class Codings:
    """``codes`` by passage and coder, ``states`` by report and coder where one gave any; ``decided`` and ``states_decided`` by passage
    and report: the acts by which differences were settled."""

    draw: Draw
    codes: Mapping[str, Mapping[str, Act]] = field(repr=False)
    states: Mapping[str, Mapping[str, Act]] = field(repr=False)
    decided: Mapping[str, Act] = field(repr=False)
    states_decided: Mapping[str, Act] = field(repr=False)

    @property
    def coders(self) -> list[str]:
        """Everybody who coded, who coded most first."""
        return [who for who, _ in sorted(self.done.items(), key=lambda x: (-x[1], x[0]))]

    @property
    def done(self) -> dict[str, int]:
        """Passages coded by each."""
        return dict(Counter(who for by in self.codes.values() for who in by))

    def finished(self, who: str) -> bool:
        """Whether somebody coded every passage of the draw."""
        return self.done.get(who, 0) >= len(self.draw.rows)

    def first_open(self, who: str) -> int:
        """The place of the first passage that somebody has not coded; the end where there is none."""
        return next(
            (n for n, r in enumerate(self.draw.rows) if who not in self.codes.get(r["passage_id"], {})), len(self.draw.rows)
        )

    def differing(self) -> list[str]:
        """Passages that people coded differently, in order."""
        ids = (row["passage_id"] for row in self.draw.rows)
        return [i for i in ids if len({given_code(a).says for a in self.codes.get(i, {}).values()}) > 1]

    def states_differing(self) -> list[str]:
        """Reports of whose section people gave different states, among those who coded passages of it."""
        found = []
        for report_id, by in self.states.items():
            coders = {w for r in self.draw.rows if r["report_id"] == report_id for w in self.codes.get(r["passage_id"], {})}
            if len({by[w].value if w in by else "" for w in coders | set(by)}) > 1:
                found.append(report_id)
        return found

    def open(self) -> int:
        """Differences that nobody decided."""
        left = [i for i in self.differing() if i not in self.decided]
        return len(left) + len([r for r in self.states_differing() if r not in self.states_decided])

    def state_of(self, report_id: str) -> str:
        """The state of a report's section: as decided, as all say, or as who coded most says."""
        if report_id in self.states_decided:
            return str(self.states_decided[report_id].value)
        by = self.states.get(report_id, {})
        return next((str(by[w].value) for w in self.coders if w in by), "") if by else ""

    def whole_reports(self) -> set[str]:
        """Reports every passage of which somebody coded."""
        lacking = {r["report_id"] for r in self.draw.rows if not self.codes.get(r["passage_id"])}
        return set(self.draw.reports) - lacking

    def sheet(self) -> list[dict[str, Any]]:
        """Rows of a sheet: one for each coding and each decision; passages that nobody coded have one without a code.

        A report of which only some passages are coded counts as not coded, as :mod:`gongkai.compare.passage_sheet` takes whole ones.
        """
        whole = self.whole_reports() if self.draw.of_reports else set(self.draw.reports)
        found: list[dict[str, Any]] = []
        for row in self.draw.rows:
            blank = {**row, STATE: self.state_of(row["report_id"]) if row["report_id"] in whole else "", DECIDED: ""}
            by = self.codes.get(row["passage_id"], {}) if row["report_id"] in whole else {}
            if is_empty(row) and not by:
                continue  # a sheet takes this row for coded as it stands
            found += [_filled(blank, act) for _, act in sorted(by.items())] or [blank]
            if by and row["passage_id"] in self.decided:
                found.append({**_filled(blank, self.decided[row["passage_id"]]), DECIDED: "1"})
        return found

    def settled_sheet(self) -> list[dict[str, Any]]:
        """The same for single passages: what was decided alone where it was, and what is no passage without a code."""
        rows = self.sheet()
        decided = {r["passage_id"] for r in rows if r[DECIDED]}
        kept = [r for r in rows if r[DECIDED] or r["passage_id"] not in decided]
        return [r if r["label"] != JUNK else {**r, "label": "", "also": "", "facets": ""} for r in kept]

    def tasks(self) -> list[CodingTask]:
        """Codings to train on: what was decided where it was, else everybody's; no passages that are none."""
        found = []
        for row in self.sheet_of_passages():
            by = self.codes.get(row["passage_id"], {})
            acts = [self.decided[row["passage_id"]]] if by and row["passage_id"] in self.decided else list(by.values())
            found += [from_record(_filled(row, a), self.draw.name) for a in acts if given_code(a).label != JUNK]
        return found

    def sheet_of_passages(self) -> list[Mapping[str, Any]]:
        """Rows that have a text."""
        return [row for row in self.draw.rows if not is_empty(row)]


def _filled(row: Mapping[str, Any], act: Act) -> dict[str, Any]:
    code = given_code(act)
    given = {"label": code.label, "also": LIST.join(code.also), "facets": LIST.join(code.facets), "value": code.value}
    return {**row, **given, "coder": act.who, "comment": code.comment}


def codings(people: People, draw: Draw) -> Codings:
    """What stands of a draw."""
    codes: dict[str, dict[str, Act]] = {}
    for (thing, who), act in people.standing(CODE, draw.name).items():
        codes.setdefault(thing, {})[who] = act
    states: dict[str, dict[str, Act]] = {}
    for (thing, who), act in people.standing(SECTION_STATE, draw.name).items():
        states.setdefault(thing, {})[who] = act
    decided = {thing: act for (thing, _), act in people.standing(DECISION, draw.name).items()}
    states_decided = {thing: act for (thing, _), act in people.standing(STATE_DECISION, draw.name).items()}
    return Codings(draw, codes, states, decided, states_decided)


@dataclass(frozen=True, slots=True)
class TrainingLines:
    """What a store's people coded, as lines to train on; ``tied`` passages were coded differently and not decided."""

    lines: tuple[str, ...]
    coders: tuple[str, ...]
    tied: int


def training_lines(people: People, some: Mapping[str, Draw]) -> TrainingLines:
    """One line for each passage that people coded in these draws; the label most gave where nobody decided."""
    tasks = [t for draw in some.values() for t in codings(people, draw).tasks()]
    settled = settle(tasks)
    coders = tuple(sorted({t.coder for t in tasks}))
    return TrainingLines(tuple(training_line(t) for t in settled.tasks), coders, len(settled.tied))
