"""Readings of characters in Latin letters that a page prints behind each of them (``政府信息公開(kāi)工(gōng)作``): left out of the text.

Sites that copy reports print them so; names, headings and labels could not be told otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from corpus.datafile import later
from corpus.types import Block, Document, Dropped, Grid, Paragraph

_READING = later(r"(?<=[\u3400-\u9fff])[(（][A-Za-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿê]{1,7}[)）]")
_TONE = later(r"[(（][a-z]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ][a-z]*[)）]")
_FEWEST = 3


def without_readings(document: Document) -> Document:
    """The document without readings, if it prints several with tones."""
    texts = [b.text for b in document.blocks if isinstance(b, Paragraph)]
    texts += [c.text for b in document.blocks if isinstance(b, Grid) for c in b.cells]
    if sum(len(_TONE.findall(text)) for text in texts if "(" in text or "（" in text) < _FEWEST:
        return document
    gone = [m.group() for text in texts for m in _READING.finditer(text)]
    dropped = Dropped("reading", " ".join(gone))
    return replace(document, blocks=tuple(map(_read, document.blocks)), dropped=(*document.dropped, dropped))


def _read(block: Block) -> Block:
    if isinstance(block, Grid):
        return replace(block, cells=tuple(replace(c, text=_READING.sub("", c.text)) for c in block.cells))
    cuts = [m.span() for m in _READING.finditer(block.text)]
    if not cuts:
        return block
    places = tuple((at - sum(min(end, at) - start for start, end in cuts if start < at), place) for at, place in block.places)
    return replace(block, text=_READING.sub("", block.text), places=places)
