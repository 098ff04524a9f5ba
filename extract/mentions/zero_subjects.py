"""What may be denied, as data: the words of denials and the subjects of ``extract/data/zeros.toml``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, lru_cache

from corpus.codebook import codebook
from corpus.errors import DataError
from extract.mentions.rules import (
    Example,
    Pattern,
    compile_pattern,
    expand_words,
    expect_keys,
    read_example,
    zeros_file,
)


@dataclass(frozen=True, slots=True)
class Denial:
    """The words of denials (`extract/data/zeros.toml`, table ``denial``): groups ``q`` (or ``w``) the quote, ``verb`` (or
    ``other``) its verb.

    ``no_denial``: what stands before a denial that is none (``#`` for it); ``no_object``: how a phrase begins that denies nothing
    counted; ``generic``: what is cut off the end of a phrase; ``caused``: the phrase names a cause; ``corrected``: what is denied is
    that a case was lost; ``counted``: a printed measure word;
    ``linked``: how what stands before a 的 ends whose subjects are denied too (`复议案和有关的申诉案`).
    """

    before: Pattern
    behind: Pattern
    no_denial: Pattern
    no_object: Pattern
    generic: Pattern
    caused: Pattern
    corrected: Pattern
    counted: Pattern
    linked: Pattern


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that may be denied: what it counts, in which ``unit``.

    ``verb`` must match the verb of a denial before it (``behind``: whether one behind it may deny it), ``phrase`` be found in the
    phrase with the denial, ``context`` in the sentence with its headings or the topic in force be one of ``topic``.  ``whole``: it
    is looked for in the whole phrase, and says which requests are meant (`结转下年度办理的申请`).
    """

    id: str
    indicator: str
    unit: str
    pattern: Pattern
    verb: Pattern | None
    behind: bool
    phrase: Pattern | None
    context: Pattern | None
    topic: frozenset[str]
    whole: bool
    yes: tuple[Example, ...]
    no: tuple[Example, ...]

    def deniable(self, verb: str, behind: bool) -> bool:
        """Whether a denial by this verb, or one behind its subject, may deny this one."""
        return self.behind if behind else self.verb is None or self.verb.fullmatch(verb) is not None

    def fits(self, phrase: str, context: str, topic: str | None) -> bool:
        """Whether a denial of the ``phrase`` denies this subject, if its verb may."""
        if self.phrase is not None and not self.phrase.search(phrase):
            return False
        if self.context is None and not self.topic:
            return True
        return bool(self.context is not None and self.context.search(context)) or topic in self.topic


@cache
def denials() -> Denial:
    """The words of denials in ``zeros.toml``."""
    raw = zeros_file()
    names = tuple(f.name for f in fields(Denial))
    expect_keys(raw["denial"], names, "zeros.toml: denial")
    where = "zeros.toml: denial"
    return Denial(**{n: compile_pattern(expand_words(raw["denial"][n], raw["words"], where), where) for n in names})


@cache
def subjects() -> tuple[Subject, ...]:
    """The subjects of ``zeros.toml``, those first that a place is tried for first."""
    raw = zeros_file()
    found = []
    for entry in raw["subject"]:
        where = f"zeros.toml: {entry.get('id')}"
        keys = ("id", "indicator", "unit", "pattern", "verb", "behind", "phrase", "context", "topic", "whole", "yes", "no")
        expect_keys(entry, keys, where)
        if entry["indicator"] and entry["indicator"] not in codebook().indicators:
            raise DataError(f"no such indicator: {entry['indicator']}", remedy="use a code of the codebook", source=where)
        verb, phrase, context = (
            compile_pattern(expand_words(entry[k], raw["words"], where), where) if k in entry else None
            for k in ("verb", "phrase", "context")
        )
        found.append(
            Subject(
                entry["id"],
                entry["indicator"],
                entry["unit"],
                compile_pattern(expand_words(entry["pattern"], raw["words"], where), where),
                verb,
                entry.get("behind", True),
                phrase,
                context,
                frozenset(entry.get("topic", ())),
                entry.get("whole", False),
                tuple(read_example(e, where) for e in entry["yes"]),
                tuple(read_example(e, where) for e in entry["no"]),
            )
        )
    return tuple(found)


@lru_cache(maxsize=1 << 8)
def subjects_of(verb: str, behind: bool) -> tuple[Subject, ...]:
    """The subjects that a denial by this verb, or one behind its subject, may deny."""
    return tuple(s for s in subjects() if s.deniable(verb, behind))
