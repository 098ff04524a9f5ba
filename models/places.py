"""Where passages stand in a report that has no statutory sections: told from their headings, for all engines alike.

Engines know a passage by its section.  Reports of 2008 to 2018 have headings of their own (``五、存在的主要问题和改进措施``), and
their passages carry no section code; what was done, problems and plans, and other matters are told apart by these headings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.patterns import pattern
from models.base import Passage

_PROBLEMS = pattern("models", "problem_heading")
_PROBLEMS_BELOW = pattern("models", "problem_subheading")
_OTHER = pattern("models", "other_heading")
_OPENING = pattern("models", "opening_heading")


def placed(passages: Sequence[Passage]) -> list[Passage]:
    """The passages of one report; those without a section get the one that their headings stand for.

    ``s5`` under a heading of problems or plans, ``s6`` under one of other matters, ``preamble`` before the first heading, else ``s1``.
    The heading path begins with the heading of the section, as it does in a report of a later form; ``s1`` has none of its own.
    Passages without any heading stay as they are.
    """
    headed = [i for i, p in enumerate(passages) if p.heading_path]
    if not headed:
        return list(passages)
    first = headed[0]
    return [p if p.section is not None else _placed(p, before=i < first) for i, p in enumerate(passages)]


def _placed(passage: Passage, *, before: bool) -> Passage:
    path = passage.heading_path
    if before or (path and _OPENING.search(path[0])):
        return replace(passage, section="preamble")
    for depth, heading in enumerate(path):
        if (_PROBLEMS_BELOW if depth else _PROBLEMS).search(heading):
            return replace(passage, section="s5", heading_path=path[depth:])
    if path and _OTHER.search(path[0]):
        return replace(passage, section="s6")
    return replace(passage, section="s1", heading_path=("", *path))
