"""What the coding pages show: codes with their keys, one passage to code, one difference to settle, the state of each draw."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.codebook import codebook
from gongkai.codes import is_own, name_of
from gongkai.compare.passage_sheet import JUNK, STATES
from gongkai.web.coding.codings import Codings, GivenCode, given_code
from gongkai.web.coding.draws import Draw, is_empty
from gongkai.web.coding.handed_on import BROWSER
from gongkai.web.coding.numbers import NO_INDICATOR
from gongkai.web.tongue import Tongue
from gongkai.web.writing.people import Act
from models.taxonomy import Taxonomy
from training.coding.annotation import PATH

#: keys of labels, and of facets; x is no passage, z takes back
_LABEL_KEYS, _FACET_KEYS = "1234567890-=", "abcdefghijklmnopqrstuvwy"
#: v goes to the value of a number
_GROUP_KEYS = "abcdefghijklmnopqrstuwy"


@dataclass(frozen=True, slots=True)
class CodeChoice:
    """A code to choose, with the key that chooses it (empty where the keys do not suffice) and what it covers."""

    code: str
    key: str
    name: str
    about: str = ""
    takes_facets: bool = False


def code_name(tongue: Tongue, codes: Taxonomy, kind: str, code: str) -> str:
    """The name of a label or facet of these codes."""
    if code == JUNK and kind == "label":
        return tongue("no_metric" if of_indicators(codes) else "no_passage")
    if of_indicators(codes):
        return tongue("no_indicator_of") if code == NO_INDICATOR else tongue.name("indicator", code)
    return name_of(codes, code, kind) if is_own(codes) else tongue.name(kind, code)


def of_indicators(codes: Taxonomy) -> bool:
    """Whether these codes are those of a draw of numbers."""
    return NO_INDICATOR in codes.labels


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Codes that one key opens; a second one chooses among them."""

    key: str
    name: str
    choices: tuple[CodeChoice, ...]


def indicator_choices(tongue: Tongue, codes: Taxonomy) -> list[ChoiceGroup]:
    """Indicators in groups of what they are of (requests, reviews …), a letter for each group and a digit within it."""
    of: dict[str, list[str]] = {}
    for code in codes.labels:
        of.setdefault(code.partition(".")[0], []).append(code)
    single = [some[0] for some in of.values() if len(some) == 1]
    several = {group: some for group, some in of.items() if len(some) > 1} | {"further": single}
    found = []
    for key, (group, some) in zip(_GROUP_KEYS, several.items(), strict=False):
        keys = (f"{key}{k}" if k.strip() else "" for k in _LABEL_KEYS.ljust(len(some)))
        choices = (CodeChoice(c, k, code_name(tongue, codes, "label", c)) for c, k in zip(some, keys, strict=False))
        found.append(ChoiceGroup(key, tongue(f"indicators_{group}"), tuple(choices)))
    return [
        *found,
        ChoiceGroup("", "", (CodeChoice(JUNK, "x", code_name(tongue, codes, "label", JUNK), tongue("no_metric_about")),)),
    ]


def label_choices(tongue: Tongue, codes: Taxonomy) -> list[CodeChoice]:
    """Labels in the order of the codebook, and at last that it is no passage."""
    keys = _LABEL_KEYS.ljust(len(codes.labels))
    found = [
        CodeChoice(c, k.strip(), code_name(tongue, codes, "label", c), _about(tongue, codes, "label", c), c in codes.coded)
        for c, k in zip(codes.labels, keys, strict=False)
    ]
    return [*found, CodeChoice(JUNK, "x", tongue("no_passage"), tongue("no_passage_about"))]


def facet_choices(tongue: Tongue, codes: Taxonomy) -> list[CodeChoice]:
    """Facets in the order of the codebook."""
    keys = _FACET_KEYS.ljust(len(codes.facets))
    return [
        CodeChoice(c, k.strip(), code_name(tongue, codes, "facet", c), _about(tongue, codes, "facet", c))
        for c, k in zip(codes.facets, keys, strict=False)
    ]


def _about(tongue: Tongue, codes: Taxonomy, kind: str, code: str) -> str:
    if is_own(codes):
        return ""
    book = codebook()
    found = (book.labels if kind == "label" else book.facets)[code]
    return found.definition_zh if tongue.code == "zh" else found.definition


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A row of a draw as coders see it: nothing of the model's, nothing of another's."""

    place: int
    passage_id: str
    report_id: str
    agency: str
    year: str
    heading: str
    before: str
    text: str
    after: str
    empty: bool
    number: tuple[int, int] | None = None
    printed: str = ""


def shown(draw: Draw, place: int) -> ShownPassage:
    """The passage at a place of a draw."""
    row: Mapping[str, Any] = draw.rows[place]
    return ShownPassage(
        place, row["passage_id"], row["report_id"], row["agency"], str(row["year"]), " · ".join(str(row["heading_path"]).split(PATH)),
        row["before"], row["text"], row["after"], is_empty(row), tuple(row["number"]) if "number" in row else None, row.get("printed", ""),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToCode:
    """A passage to code: what its coder gave it already, ``seen`` the acts that stood then, and how far the coder is."""

    passage: ShownPassage
    given: GivenCode | None
    state: str
    seen: int
    state_seen: int
    done: int
    total: int
    last: Act | None = None
    states: tuple[str, ...] = STATES


def to_code(found: Codings, who: str, place: int) -> ToCode:
    """The passage at a place as this person has to code it."""
    passage = shown(found.draw, place)
    act = found.codes.get(passage.passage_id, {}).get(who)
    state = found.states.get(passage.report_id, {}).get(who)
    return ToCode(
        passage, None if act is None else given_code(act), "" if state is None else str(state.value), act.n if act else 0,
        state.n if state else 0, found.done.get(who, 0), len(found.draw.rows),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CodingDifference:
    """A passage or a section that people coded differently: ``sides`` by person, and the act that settled it."""

    thing: str
    of_section: bool
    place: int
    sides: tuple[tuple[str, GivenCode], ...]
    decided: Act | None
    later: bool

    @property
    def decision(self) -> GivenCode | None:
        """What was decided."""
        if self.decided is None:
            return None
        return GivenCode(str(self.decided.value)) if self.of_section else given_code(self.decided)


def differences(found: Codings) -> list[CodingDifference]:
    """Everything that people coded differently, in the order of the draw; ``later`` where somebody coded anew after it was decided."""
    places = found.draw.places
    some = []
    for i in found.differing():
        acts = found.codes[i]
        decided = found.decided.get(i)
        later = decided is not None and any(a.n > decided.n for a in acts.values())
        some.append(
            CodingDifference(i, False, places[i], tuple((w, given_code(acts[w])) for w in sorted(acts)), decided, later)
        )
    for report_id in found.states_differing():
        rows = [r for r in found.draw.rows if r["report_id"] == report_id]
        coders = sorted({w for r in rows for w in found.codes.get(r["passage_id"], {})} | set(found.states[report_id]))
        acts = found.states[report_id]
        decided = found.states_decided.get(report_id)
        later = decided is not None and any(a.n > decided.n for a in acts.values())
        sides = tuple((w, GivenCode(str(acts[w].value) if w in acts else "")) for w in coders)
        some.append(CodingDifference(report_id, True, places[rows[0]["passage_id"]], sides, decided, later))
    return sorted(some, key=lambda d: (d.place, d.of_section))


@dataclass(frozen=True, slots=True)
class DrawSummary:
    """A draw on the list: who is how far, what is open, and the commands that take what was coded."""

    draw: Draw
    progress: tuple[tuple[str, int], ...]
    differing: int
    open: int
    commands: tuple[str, ...]


def summary(found: Codings, folder: str) -> DrawSummary:
    """How far a draw is; commands are as typed in the folder that holds the results."""
    draw = found.draw
    store, name = shlex.quote(folder), f"{BROWSER}:{draw.name}"
    commands = []
    if draw.of_reports:
        commands.append(f"gongkai compare {store} --by year --coded {name} --out compared")
    elif draw.of_numbers or not draw.stands_for_nothing:
        commands.append(f"gongkai evaluate --store {store} --coded {name}")
    with_shipped = "" if is_own(draw.codes) else " --with-shipped"
    if not draw.of_numbers:
        commands.append(f"gongkai train --data {store}{with_shipped} --out model")
    done = found.done
    different = len(found.differing()) + len(found.states_differing())
    return DrawSummary(draw, tuple((w, done[w]) for w in found.coders), different, found.open(), tuple(commands))


def names_of(tongue: Tongue, codes: Taxonomy, given: GivenCode) -> tuple[str, Sequence[str], Sequence[str]]:
    """The names of a label (of a number with its value), of further labels, and of facets."""
    named = {kind: lambda c, kind=kind: code_name(tongue, codes, kind, c) for kind in ("label", "facet")}
    label = f"{named['label'](given.label)} {given.value}".rstrip()
    return label, list(map(named["label"], given.also)), list(map(named["facet"], given.facets))
