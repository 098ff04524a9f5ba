"""Checks what a JSON file of a model holds before anything is made of it: folders come from elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from corpus.errors import DataError

_REMEDY = "copy the whole folder again, or train the model again"
#: a type, a list of one shape, or the shapes of all keys of an object
Shape = type | list[Any] | Mapping[str, Any]


def parse_json(text: str | bytes, source: str, remedy: str = _REMEDY) -> Any:
    """The value of a JSON text.

    Raises:
        DataError: it is none, is nested too deep, or holds a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"is no model, or a broken one ({error})", source=source, remedy=remedy) from error


def read_json(path: Path, remedy: str = _REMEDY) -> Any:
    """The value of a JSON file.

    Raises:
        DataError: it cannot be read, or as :func:`parse_json`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"is no model, or cannot be read ({error})", source=str(path), remedy=remedy) from error
    return parse_json(data, str(path), remedy)


def expect(value: object, shape: Shape, source: str, place: str = "") -> None:
    """Refuse a value of another shape; ``float`` takes whole numbers too, but no infinite one.

    >>> expect({"labels": ["a"], "decay": 1}, {"labels": [str], "decay": float}, "model.json")

    Raises:
        DataError: naming the place, what stands there and what should.
    """
    if isinstance(shape, list):
        _of_type(value, list, source, place)
        if shape[0] is str and isinstance(value, list) and all(type(x) is str for x in value):
            return  # a vocabulary has thousands
        for number, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
            expect(item, shape[0], source, f"{place}[{number}]")
    elif isinstance(shape, Mapping):
        _of_type(value, dict, source, place)
        if set(value) != set(shape):  # type: ignore[call-overload]
            raise DataError(
                f"is of another format: {place or 'it'} has keys {sorted(map(str, value))[:12]}",  # type: ignore[call-overload]
                source=source,
                remedy=_REMEDY,
            )
        for key, inner in shape.items():
            expect(value[key], inner, source, f"{place}.{key}".lstrip("."))  # type: ignore[index]
    else:
        _of_type(value, shape, source, place)


def _of_type(value: object, wanted: type, source: str, place: str) -> None:
    number = wanted in (int, float)
    fits = isinstance(value, (int, float) if wanted is float else wanted) and not (number and isinstance(value, bool))
    # no setting is a number beyond what a computer counts with
    if fits and number and not (math.isfinite(value) and abs(value) < 2**63):  # type: ignore[arg-type]
        fits = False
    if not fits:
        raise DataError(
            f"is of another format: {place or 'it'} is {str(value)[:60]!r}, not {wanted.__name__}",
            source=source,
            remedy=_REMEDY,
        )


def shape_of(settings: type) -> dict[str, type]:
    """The shape of a dataclass of plain values: its fields with their types."""
    hints = get_type_hints(settings)
    return {f.name: hints[f.name] for f in fields(settings)}


__all__ = ["Shape", "expect", "parse_json", "read_json", "shape_of"]
