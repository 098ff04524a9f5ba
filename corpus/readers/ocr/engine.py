"""Recognises the characters of a line of text: the models that rapidocr bundles, with a probability for each character.

Only the recognition model is used; where lines and cells stand is told from the page itself, which costs a hundredth of
the detection model and cannot run two cells of a table together.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from corpus.errors import ReadError

#: stored with results, so that it must not name a folder of this machine (:mod:`corpus.extras` does)
REMEDY = (
    "install the extra `ocr` to read scans (in a checkout of gongkai `pip install '.[ocr]'`, else `pip install 'gongkai[ocr]'`), "
    "or give a searchable PDF"
)
_NEEDED = ("rapidocr", "onnxruntime", "cv2")
_HEIGHT = 48
_MIN_WIDTH, _STEP = 96, 32
#: pixels of width that are recognised in one call
_BATCH_WIDTH = 4_000
_MAX_WIDTH = 3_200
#: what a value of a statutory table is printed with, each with the characters whose shape is the same: alone in a cell 0 and O
#: differ by nothing but what can stand there, so that their probabilities are added
_VALUE_CHARACTERS = (
    "0OoО〇○oο０", "1lI|丨１", "2２", "3３", "4４", "5５S", "6６", "7７", "8８", "9９", ".．", ",，", "-－—一–─", "/／", "万", "元", "%％",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """Text of a line, the probability of each of its characters, and the same for the best reading as a value."""

    text: str
    sure: tuple[float, ...]
    value: str
    value_sure: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """Probability of the least certain character; 0 where nothing was recognised."""
        return min(self.sure, default=0.0)

    @property
    def value_confidence(self) -> float:
        """The same for the reading as a value."""
        return min(self.value_sure, default=0.0)


def switched_off() -> bool:
    """Whether ``GONGKAI_OCR=off`` says that no picture is to be read: a large run may not have seconds for a page."""
    return os.environ.get("GONGKAI_OCR", "").lower() == "off"


def available() -> bool:
    """Whether pictures can be read: the packages of the extra ``ocr`` are installed and not switched off."""
    return not switched_off() and all(find_spec(name) is not None for name in _NEEDED)


def require(name: str) -> None:
    """Refuse ``name`` where the extra is missing.

    Raises:
        ReadError: with the command that installs it, or the switch that is off.
    """
    if switched_off():
        raise ReadError("is a scan, and reading scans is switched off", remedy="unset GONGKAI_OCR", source=name)
    missing = [package for package in _NEEDED if find_spec(package) is None]
    if missing:
        message = f"is a scan, and what reads scans is not installed ({', '.join(missing)})"
        raise ReadError(message, remedy=REMEDY, source=name)


@cache
def engine_version() -> str:
    """Name and version of the models, part of the key under which pages are cached."""
    return f"rapidocr-{metadata.version('rapidocr')}"


@cache
def _model() -> tuple[Any, tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """The recogniser's session, its characters by class, and the classes of each character that values are printed with."""
    from rapidocr import RapidOCR

    # the loader is the package's own and makes no promise: the extra names the versions that have it
    engine: Any = RapidOCR(params={"Global.log_level": "critical"})
    recogniser = engine._load_rec_model()
    characters = tuple(recogniser.postprocess_op.character)
    place = {c: i for i, c in enumerate(characters)}
    return recogniser.session, characters, tuple(tuple({place[c] for c in same if c in place}) for same in _VALUE_CHARACTERS)


def recognise(lines: Sequence[Any]) -> list[Reading]:
    """What stands in each line.

    Args:
        lines: gray pictures (height, width), dark on light, of one line each with a little paper around it.
    """
    import numpy as np

    if not lines:
        return []
    prepared = [_prepared(line) for line in lines]
    order = sorted(range(len(lines)), key=lambda i: prepared[i].shape[1])
    found: dict[int, Reading] = {}
    batch: list[int] = []
    for i in order:
        if batch and prepared[i].shape[1] * (len(batch) + 1) > _BATCH_WIDTH:
            _run(batch, prepared, found, np)
            batch = []
        batch.append(i)
    _run(batch, prepared, found, np)
    return [found[i] for i in range(len(lines))]


def _prepared(line: Any) -> Any:
    """The line at the model's height, on paper of a width that many lines share."""
    import cv2
    import numpy as np

    h, w = line.shape
    width = min(_MAX_WIDTH, max(1, math.ceil(w * _HEIGHT / h)))
    scaled = cv2.resize(line, (width, _HEIGHT), interpolation=cv2.INTER_AREA if h > _HEIGHT else cv2.INTER_CUBIC)
    full = max(_MIN_WIDTH, -(-(width + _STEP // 2) // _STEP) * _STEP)
    out = np.full((_HEIGHT, full), 255, np.uint8)
    left = (full - width) // 2 if full == _MIN_WIDTH else 0
    out[:, left : left + width] = scaled
    return out


def _run(batch: Sequence[int], prepared: Sequence[Any], found: dict[int, Reading], np: Any) -> None:
    session, characters, same = _model()
    names = ("", *(group[0] for group in _VALUE_CHARACTERS))
    width = max(prepared[i].shape[1] for i in batch)
    data = np.ones((len(batch), 3, _HEIGHT, width), np.float32)
    for k, i in enumerate(batch):
        data[k, :, :, : prepared[i].shape[1]] = prepared[i].astype(np.float32) / 127.5 - 1.0
    scores = session(data)
    for k, i in enumerate(batch):
        text, sure = _decode(scores[k].argmax(axis=1), scores[k].max(axis=1), characters)
        value: str = ""
        value_sure: tuple[float, ...] = ()
        if len(text) <= 8:
            part = np.stack([scores[k][:, 0], *(scores[k][:, group].sum(axis=1) for group in same)], axis=1)
            value, value_sure = _decode(part.argmax(axis=1), part.max(axis=1), names)
        found[i] = Reading(text, sure, value, value_sure)


def _decode(classes: Any, probabilities: Any, characters: Sequence[str]) -> tuple[str, tuple[float, ...]]:
    """Greedy CTC decoding: runs of one class are one character, class 0 is none."""
    text: list[str] = []
    sure: list[float] = []
    last = 0
    for c, p in zip(classes.tolist(), probabilities.tolist(), strict=True):
        if c and c == last:
            sure[-1] = max(sure[-1], p)
        elif c:
            text.append(characters[c])
            sure.append(p)
        last = c
    return "".join(text), tuple(sure)
