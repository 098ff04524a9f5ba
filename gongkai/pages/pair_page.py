"""Two reports side by side as one self-contained page: what stands in the way of comparing them, what changed, passage by passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from gongkai.compare.comparable import REASONS
from gongkai.compare.pairing import Pair, PairedValue, SideBySide, differing, summary
from gongkai.pages.language import Language, language
from gongkai.pages.template import asset, content_policy, environment
from gongkai.pages.words import clean, number
from models.taxonomy import Taxonomy

#: why there is no value or no difference, in English
_ENGLISH = {
    "coverage": "other coverage", "form": "other form", "period": "other period", "own_definition": "counted otherwise",
    "absent": "absent", "blank": "blank", "dash": "dash",
}  # fmt: skip
_CHINESE = {**dict(REASONS), "absent": "未载", "blank": "空白", "dash": "横线"}


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage of the one report and that of the other, in the pieces of :func:`~gongkai.compare.pairing.differing`; one may be empty."""

    label: str
    left: str
    right: Sequence[tuple[str, str]]


def beside(pairs: Sequence[Pair], t: Language) -> Iterator[PassageRow]:
    """The passages that are not the same to the letter."""
    for pair in pairs:
        side = pair.b or pair.a
        left, right = (clean(p[0].text) if p else "" for p in (pair.a, pair.b))
        if side is None or left == right:
            continue
        pieces = differing(left, right) if left and right else [("same", right)] if right else []
        yield PassageRow(t.name("label", side[1].label), left, [p for p in pieces if p[0] != "gone"])


def render_pair(found: SideBySide, lang: str | None = None, own: Taxonomy | None = None) -> str:
    """The page.

    Args:
        found: two reports compared.
        lang: ``zh``, ``en`` or ``both``; the system's if there is none.
        own: a user's own codes, where a model of their own labelled the passages.

    Raises:
        UsageError: another language.
    """
    t = Language(language(lang), own)

    def said(code: str) -> str:
        return t.plain(_ENGLISH.get(code, code), _CHINESE.get(code, code))

    def value(amount: Decimal | None, state: str) -> str:
        return number(amount) if amount is not None else said(state)

    def change(c: PairedValue) -> str:
        if c.difference is not None:
            return f"{'+' * (c.difference > 0)}{number(c.difference)}"
        return said(c.why_not) if c.why_not and None not in (c.a, c.b) else ""

    style = asset("pair.css")
    return environment().get_template("pair.html.j2").render(
        policy=content_policy(style, ""), style=Markup(style), t=t, found=found, n=summary(found), value=value, change=change,
        passages=list(beside(found.pairs, t)), indicators=found.indicators, cells=[c for c in found.cells if (c.a, c.a_state) != (c.b, c.b_state)],
    )  # fmt: skip


__all__ = ["PassageRow", "beside", "render_pair"]
