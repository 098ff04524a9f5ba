"""Text that a PDF page holds but does not show, and text whose font does not say what it is.

White text on white, text of a hidden layer or behind an area or a picture differ in how they are hidden; all have in common that the page looks
the same without them.  So the page is drawn twice, with the doubtful text objects and without, and what changes nothing is not
read.  Pages without a doubtful object are never drawn.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from corpus.readers.page.content import Unread
from corpus.readers.pdf import calls
from corpus.readers.pdf.calls import Returned
from corpus.readers.pdf.characters import ASTRAY, MAX_CHARS, Placing, char_box
from corpus.readers.pdf.ruling_lines import PageWalker

_LAYERS = b"/OCProperties"
_OBJECT_STREAM = re.compile(rb"/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_MOST_STREAMS, _MOST_BYTES = 400, 4_000_000
#: pixels a point, and the longest side in pixels
_SCALE, _MAX_SIDE = 2.0, 4_000
#: a pixel that differs by more (0 … 255) is painted
_SEEN = 12
#: ink fills at least this share of its box
_INK = 0.08
#: text of this size (points) that is pale is a watermark, if it is so much larger than the page's type
_LARGE, _LARGER = 20.0, 1.6
#: ink of two characters lies over each other by more than this (points) both ways if one runs across the other
_CROSSES = 1.0
_SIZES = 400

_origin, _pixel = Returned("d", 2), Returned("i", 2)


def has_layers(data: bytes) -> bool:
    """Whether a file has optional layers; its catalogue may stand in a compressed stream of objects."""
    if _LAYERS in data:
        return True
    if b"/ObjStm" not in data:
        return False
    for n, found in enumerate(_OBJECT_STREAM.finditer(data)):
        start = _STREAM.search(data, found.end(), found.end() + 400)
        if n >= _MOST_STREAMS or start is None:
            continue
        try:
            if _LAYERS in zlib.decompressobj().decompress(data[start.end() :], _MOST_BYTES):
                return True
        except zlib.error:
            continue
    return False


def unseen_chars(
    page: Any, text: int, count: int, walker: PageWalker, watermarks: set[str], *, over_scan: bool
) -> dict[int, str]:
    """Indices of characters that the page does not show, and why (``hidden``, ``watermark``); ``over_scan``: its text lies over a scan.

    ``watermarks``: as in :func:`_running_across`.
    """
    invisible = {} if over_scan else dict.fromkeys(walker.invisible, "hidden")
    pale = set(walker.pale)
    doubtful = dict.fromkeys((*walker.pale, *walker.covered))
    if not invisible and not doubtful:
        return {}
    members: dict[int, list[int]] = {}
    for k in range(min(count, MAX_CHARS)):
        item = calls.FPDFText_GetTextObject(text, k)
        if item in invisible or item in doubtful:
            members.setdefault(item, []).append(k)
    found = {k: why for at, why in invisible.items() for k in members.get(at, ())}
    if doubtful:
        usual = _usual_size(text, count)
        seen = _seen(page, text, [k for at in doubtful for k in members.get(at, ())], doubtful)
        shown: list[int] = []
        for at in doubtful:
            mine = members.get(at, ())
            inked = [k for k in mine if calls.FPDFText_GetUnicode(text, k) > 0x20]
            if 2 * sum(k in seen for k in inked) < len(inked):
                found.update(dict.fromkeys(mine, "hidden"))
            elif at in pale and inked and _size(text, inked[0]) > max(_LARGE, _LARGER * usual):
                found.update(dict.fromkeys(mine, "watermark"))
            elif at in pale:
                shown += mine
        if shown:
            found.update(dict.fromkeys(_running_across(text, count, shown, found, watermarks), "watermark"))
    return found


def _running_across(text: int, count: int, pale: Sequence[int], unread: Collection[int], watermarks: set[str]) -> set[int]:
    """Those pale characters whose words run across other text: nobody prints what is to be read so.

    The same words elsewhere on the page, and on later pages by ``watermarks``, are none to be read either.
    """
    import numpy as np

    mine = set(pale)
    others = [
        char_box(text, k, upright=False)
        for k in range(min(count, MAX_CHARS))
        if k not in mine and k not in unread and calls.FPDFText_GetUnicode(text, k) > 0x20
    ]
    left, bottom, right, top = np.array(others).reshape(-1, 4).T
    words: dict[str, list[list[int]]] = {}
    for run in _runs(text, sorted(mine)):
        word = "".join(chr(calls.FPDFText_GetUnicode(text, k)) for k in run).strip()
        if len(word) < 2:
            continue
        words.setdefault(word, []).append(run)
        if word in watermarks:
            continue
        for x0, y0, x1, y1 in (char_box(text, k, upright=False) for k in run):
            across = np.minimum(right, x1) - np.maximum(left, x0)
            upwards = np.minimum(top, y1) - np.maximum(bottom, y0)
            if ((across > _CROSSES) & (upwards > _CROSSES)).any():
                watermarks.add(word)
                break
    return {k for word, runs in words.items() if word in watermarks for run in runs for k in run}


def _runs(text: int, indices: Iterable[int]) -> list[list[int]]:
    """Characters that follow each other with hardly any room between them."""
    runs: list[list[int]] = []
    before = (0.0, 0.0, 0.0, 0.0)
    for k in indices:
        box = char_box(text, k)
        near = abs(box[0] - before[2]) < (box[3] - box[1]) and abs(box[1] - before[1]) < 0.5 * (box[3] - box[1])
        if runs and runs[-1][-1] == k - 1 and near:
            runs[-1].append(k)
        else:
            runs.append([k])
        before = box
    return runs


def _seen(page: Any, text: int, indices: list[int], items: Iterable[Any]) -> set[int]:
    """Those of the characters without which the page looks different."""
    import numpy as np

    left, bottom, right, top = page.get_cropbox()
    scale = min(_SCALE, _MAX_SIDE / max(1.0, right - left, top - bottom))
    items = list(items)
    with_text = _drawn(page, scale)
    for item in items:
        calls.FPDFPageObj_SetIsActive(item, False)
    try:
        without = _drawn(page, scale)
    finally:
        for item in items:
            calls.FPDFPageObj_SetIsActive(item, True)
    if with_text.shape != without.shape:
        return set(indices)
    differs = (np.abs(with_text.astype(np.int16) - without.astype(np.int16)) > _SEEN).any(axis=2)
    height, width = differs.shape
    found = set()
    for k in indices:
        x0, y0, x1, y1 = char_box(text, k, upright=False)
        calls.FPDFText_GetCharOrigin(text, k, *_origin.at)
        x, y = _origin.read()
        if max(abs(x0 - x), abs(y0 - y)) > ASTRAY:
            found.add(k)  # where it is drawn is not known
            continue
        corners = []
        for px, py in ((x0, y0), (x1, y1)):
            calls.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, px, py, *_pixel.at)
            corners.append(_pixel.read())
        (ax, ay), (bx, by) = corners
        part = differs[max(0, min(ay, by)) : max(ay, by) + 1, max(0, min(ax, bx)) : max(ax, bx) + 1]
        # what is not to be seen may still run into a line
        if part.size and part.mean() > _INK:
            found.add(k)
    return found


def _drawn(page: Any, scale: float) -> Any:
    return page.render(scale=scale).to_numpy()[..., :3].copy()


def _size(text: int, k: int) -> float:
    x0, y0, x1, y1 = char_box(text, k)
    return max(y1 - y0, x1 - x0)


def _usual_size(text: int, count: int) -> float:
    """Median size of the type of a page."""
    step = max(1, min(count, MAX_CHARS) // _SIZES)
    sizes = sorted(_size(text, k) for k in range(0, min(count, MAX_CHARS), step) if calls.FPDFText_GetUnicode(text, k) > 0x20)
    return sizes[len(sizes) // 2] if sizes else 10.0


def unnamed_chars(text: int, count: int, known: Collection[int]) -> dict[int, str]:
    """Indices of the characters whose font does not say what they are, as ``undecodable``.

    PDFium gives the number of the glyph instead, which is some other character; ASCII is kept, which fonts without names use as it is.
    """
    get, error = calls.FPDFText_GetUnicode, calls.FPDFText_HasUnicodeMapError
    wrong = [k for k in range(min(count, MAX_CHARS)) if k not in known and error(text, k) == 1 and _inked(text, k)]
    if all(0x20 <= get(text, k) < 0x7F for k in wrong):
        return {}
    objects = {calls.FPDFText_GetTextObject(text, k) for k in wrong} - {None}
    # a character of such a text that happens to have a name has the wrong one
    return {
        k: "undecodable"
        for k in range(min(count, MAX_CHARS))
        if k not in known and calls.FPDFText_GetTextObject(text, k) in objects
    }


def _inked(text: int, k: int) -> bool:
    """Whether a character paints anything: a blank has no ink, whatever its number."""
    left, bottom, right, top = char_box(text, k, upright=False)
    return right > left and top > bottom


def unread_texts(text: int, unseen: dict[int, str], place: Placing) -> list[Unread]:
    """What is not read, run by run."""
    out: list[Unread] = []
    last = -2
    for k in sorted(unseen):
        x0, y0, x1, y1 = char_box(text, k)
        (ax, ay), (bx, by) = place(x0, y0), place(x1, y1)
        box = min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
        c = chr(calls.FPDFText_GetUnicode(text, k))
        a = out[-1].box if out else box
        # two cells may stand in one run
        near = abs(box[0] - a[2]) < 0.5 * (a[3] - a[1]) and abs(box[3] - a[3]) < 0.5 * (a[3] - a[1])
        if k == last + 1 and out and out[-1].kind == unseen[k] and near:
            whole = min(a[0], box[0]), min(a[1], box[1]), max(a[2], box[2]), max(a[3], box[3])
            out[-1] = Unread(unseen[k], out[-1].text + c, whole)
        else:
            out.append(Unread(unseen[k], c, box))
        last = k
    # some numbers of glyphs are those of separators
    return [u for u in out if u.kind == "undecodable" or u.text.strip()]
