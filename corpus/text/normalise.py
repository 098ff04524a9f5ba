"""Text for matching, parallel to the printed text, with the way back.

Printed reports mix half- and full-width characters, several dashes and quotation marks, and put spaces between the
characters of a word (``本 年 度``).  Rules are written for one spelling only; they run on the string made here, and every
offset is led back to the printed text, which itself is never changed.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus.datafile import later
from corpus.records import quick_init

_FOLD: dict[int, str] = {c: chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}  # ！＂… → ASCII
_FOLD |= {ord(a): b for a, b in zip("，；：？！（）【】〔〕", ",;:?!()[][]", strict=True)}
_FOLD |= {ord(c): '"' for c in "“”„‟＂«»「」『』〝〞"}
_FOLD |= {ord(c): "'" for c in "‘’‚‛＇"}
_FOLD |= {ord(c): "-" for c in "‐‑‒–—―－−─﹣"}
_FOLD |= {ord(c): "." for c in "．﹒"}
_FOLD |= {ord(c): "、" for c in "丶﹑､"} | {ord("｡"): "。"}  # 一丶总体情况: a stroke typed for the comma that it looks like
_FOLD |= {ord(c): "·" for c in "•・‧"}
_FOLD |= {ord("﹪"): "%", ord("〇"): "零", ord("○"): "零"}
# what some PDF producers and keyboards write in place of ideographs: Kangxi radicals (⼀ U+2F00 is not 一), radicals of the
# supplement (⺠ ⻓ ⻔ ⻅), compatibility ideographs (U+F967 for 不)
_SUPPLEMENT = (
    "⺁厂⺅亻⺆冂⺇几⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺐尢⺒巳⺓幺⺕彐⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺪疋⺫目⺬示⺭礻⺮竹⺯糹⺰纟⺲罒⺶羊⺷羊⺸羊"
    "⺹耂⺺肀⺻聿⺼月⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻕阝⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟"
    "⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
_IDEOGRAPHS: dict[int, str] = {ord(a): b for a, b in zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)}
_IDEOGRAPHS |= {c: unicodedata.normalize("NFKC", chr(c)) for r in (range(0x2F00, 0x2FD6), range(0xF900, 0xFB00)) for c in r}
_IDEOGRAPHS = {c: made for c, made in _IDEOGRAPHS.items() if len(made) == 1 and made != chr(c)}
_IDEOGRAPHS[0x2F3E] = "户"  # ⼾ : simplified texts print 户
#: the same beyond the basic plane
_HIGH: dict[int, str] = {
    c: made for c in range(0x2F800, 0x2FA1E) if len(made := unicodedata.normalize("NFKC", chr(c))) == 1 and made != chr(c)
}
_HAS_HIGH = later("[\U0002f800-\U0002fa1d]")
_HAS_IDEOGRAPHS = later("[\u2e80-\u2fd5\uf900-\ufaff\U0002f800-\U0002fa1d]")
_FOLD |= _IDEOGRAPHS

_SPACES = frozenset(
    " \t\r\n\u00a0\u3000\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u200b\ufeff"
)
# str.translate asks its table for every character: a list answers twice as fast as a dictionary that lacks most of them
_FOLD_LIST: list[int | str | None] = list(range(0x10000))
_CODES = np.arange(0x10000, dtype="<u4")
for _code, _made in _FOLD.items():
    if _code < 0x10000:
        _FOLD_LIST[_code] = _made
        _CODES[_code] = ord(_made)
_TABLE = list(_FOLD_LIST)
_KEPT = np.ones(0x10000, dtype=np.bool_)
for _space in map(ord, _SPACES):
    _TABLE[_space] = None
    _KEPT[_space] = False
#: from this length on numpy is faster than str.translate
_LONG = 100


@quick_init
@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` for matching; ``offsets[i]`` is where character ``i`` stands in the original, with one more entry for the end."""

    text: str
    offsets: tuple[int, ...] | range

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Range in the original of ``text[start:end]`` (the last character included whole)."""
        if start == end:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Range in ``text`` of what stands in the original at ``start:end``: the way back from :meth:`span`."""
        if isinstance(self.offsets, range):  # nothing was dropped
            return start, end
        return bisect_left(self.offsets, start), bisect_left(self.offsets, end)


def _codes(text: str) -> NDArray[np.uint16] | None:
    """Code points of a long text of the basic plane; ``None`` for any other."""
    if len(text) < _LONG:
        return None
    try:
        data = text.encode("utf-16-le")
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return np.frombuffer(data, dtype="<u2") if len(data) == 2 * len(text) else None


def _text(codes: NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le")


def fold(text: str) -> str:
    """Fold widths, dashes and quotation marks; same length, spaces kept."""
    codes = _codes(text)
    if codes is None and _HAS_HIGH.search(text):
        text = text.translate(_HIGH)
    return text.translate(_FOLD_LIST) if codes is None else _text(_CODES.take(codes))


def ideographs(text: str) -> str:
    """``text`` with radicals and compatibility characters as the ideographs that they stand for; same length, all else kept.

    >>> ideographs("⼀是⻔⼾⽹站")
    '一是门户网站'
    """
    return text.translate(_IDEOGRAPHS | _HIGH) if _HAS_IDEOGRAPHS.search(text) else text


def squeeze(text: str) -> str:
    """Fold and drop all white space: the key by which labels and headings are compared."""
    if len(text) < _LONG:
        return _squeezed(text)
    codes = _codes(text)
    return _squeezed(text) if codes is None else _text(_CODES.take(codes[_KEPT.take(codes)]))


# of 1,300 texts that a report asks 200 are new: all its steps ask for the same cells, and reports for the same labels
@lru_cache(maxsize=1 << 13)
def _squeezed(text: str) -> str:
    return (text.translate(_HIGH) if _HAS_HIGH.search(text) else text).translate(_TABLE)


def normalise(text: str) -> Normalised:
    """Fold, and drop white space, with the offsets of what remains.

    >>> n = normalise("共 ２３ 件")
    >>> n.text, n.span(1, 4)
    ('共23件', (2, 6))
    """
    squeezed = squeeze(text)
    if len(squeezed) == len(text):
        return Normalised(squeezed, range(len(text) + 1))
    offsets = [i for i, c in enumerate(text) if c not in _SPACES]
    offsets.append(len(text))
    return Normalised(squeezed, tuple(offsets))
