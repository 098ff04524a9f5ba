"""The codes that a classifier chooses from: the codebook's, or a user's own.

A user's codebook is a TOML file::

    name = "my-codes"
    version = "1"
    coded = ["shortcoming"]        # labels that take facets; may be left out

    [[label]]
    code = "shortcoming"
    zh = "不足"

    [[facet]]                      # may be left out
    code = "staff"
    zh = "人员"
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.codebook import CODEBOOK_VERSION, codebook
from corpus.datafile import expect_keys, read_toml
from corpus.errors import DataError

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_KEYS = {"name", "version", "coded", "general", "label", "facet"}


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Labels (exactly one each passage), facets (any number, of passages with a label in ``coded``), their Chinese names.

    ``general`` is the facet that stands alone or not at all, or empty.
    """

    name: str
    version: str
    labels: tuple[str, ...]
    facets: tuple[str, ...]
    coded: tuple[str, ...]
    general: str
    zh: Mapping[str, str]

    @property
    def digest(self) -> str:
        """First 16 hex digits of a hash of name, version and codes: a model fits only the taxonomy it was trained for."""
        what = repr((self.name, self.version, self.labels, self.facets, self.coded, self.general))
        return hashlib.sha256(what.encode("utf-8")).hexdigest()[:16]


def to_text(codes: Taxonomy) -> str:
    """Codes as one line of JSON, to be kept beside what was coded with them."""
    return json.dumps(
        {
            "name": codes.name, "version": codes.version, "labels": codes.labels, "facets": codes.facets, "coded": codes.coded,
            "general": codes.general, "zh": dict(codes.zh),
        },
        ensure_ascii=False,
    )  # fmt: skip


def from_text(text: str, source: str) -> Taxonomy:
    """Codes that :func:`to_text` wrote.

    Raises:
        DataError: it did not write them.
    """
    try:
        raw = json.loads(text)
        labels, facets, coded = (tuple(map(str, raw[k])) for k in ("labels", "facets", "coded"))
        names = {str(k): str(v) for k, v in raw["zh"].items()}
        return Taxonomy(str(raw["name"]), str(raw["version"]), labels, facets, coded, str(raw["general"]), names)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"its codes cannot be read ({error})", source=source, remedy="tag again with `gongkai tag --overwrite`"
        ) from error


@cache
def codebook_taxonomy() -> Taxonomy:
    """The labels and facets of the codebook."""
    codes = codebook()
    zh = {f"facet:{c.code}": c.zh for c in codes.facets.values()} | {c.code: c.zh for c in codes.labels.values()}
    return Taxonomy("gongkai", CODEBOOK_VERSION, tuple(codes.labels), tuple(codes.facets), codes.coded, "general", zh)


def load_taxonomy(path: Path) -> Taxonomy:
    """A user's codes from a TOML file.

    Raises:
        DataError: unreadable, unknown keys, fewer than two labels, a code that is no identifier or is given twice.
    """
    source = str(path)
    raw = read_toml(path)
    expect_keys(raw, source, optional=_KEYS)
    labels, facets = _codes(raw, "label", source), _codes(raw, "facet", source)
    if len(labels) < 2:
        raise DataError(f"{len(labels)} labels", source=source, remedy="give at least two [[label]] with `code` and `zh`")
    coded, general = tuple(raw.get("coded", ())), raw.get("general", "")
    if wrong := [c for c in coded if c not in labels] + [g for g in (general,) if g and g not in facets]:
        raise DataError(
            f"{wrong} are no codes of this file", source=source, remedy="name labels in `coded`, a facet in `general`"
        )
    if facets and not coded:
        raise DataError("there are facets but no label takes them", source=source, remedy="name these labels in `coded`")
    zh = {f"facet:{c}": name for c, name in facets.items()} | labels
    return Taxonomy(
        str(raw.get("name", path.stem)), str(raw.get("version", "1")), tuple(labels), tuple(facets), coded, general, zh
    )


def _codes(raw: Mapping[str, Any], kind: str, source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, item in enumerate(raw.get(kind, ()), 1):
        place = f"{source}, {kind} {number}"
        if not isinstance(item, dict) or set(item) - {"code", "zh", "means"}:
            raise DataError(f"is {item!r}", source=place, remedy="give `code` and `zh`, and `means` if you like")
        code = str(item.get("code", ""))
        if not _CODE.fullmatch(code) or code in found:
            raise DataError(
                f"code {code!r} is no identifier or given twice", source=place, remedy="use a-z, 0-9 and _, once each"
            )
        found[code] = str(item.get("zh", code))
    return found
