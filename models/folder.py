"""A model as a folder: its files, and ``model.json`` that says what it is and what it was made of.

Nothing is pickled.  A folder whose files were changed, that another engine or format wrote, or whose codes are not those asked for
is refused with the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.codebook import CODEBOOK_VERSION, SAME_LABELS
from corpus.errors import DataError
from models.shapes import Shape, expect, read_json
from models.taxonomy import Taxonomy

FORMAT = 1
INFO = "model.json"
_SHAPE: Mapping[str, Shape] = {
    "format": int, "engine": str, "codebook_version": str, "data_hash": str, "seed": int, "settings": dict, "metrics": dict,
    "files": dict,
    "taxonomy": {"name": str, "version": str, "labels": [str], "facets": [str], "coded": [str], "general": str, "zh": dict},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What ``model.json`` says.

    ``data_hash`` names the training data, ``settings`` everything else that training depended on (JSON values), ``metrics`` what
    was measured on data that the model was not trained on, ``files`` the SHA-256 of every other file by relative path.
    """

    engine: str
    taxonomy: Taxonomy
    data_hash: str
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    codebook_version: str = CODEBOOK_VERSION

    @property
    def digest(self) -> str:
        """First 8 hex digits of a hash of the files: part of ``model_id``; metrics and card do not count."""
        return hashlib.sha256(repr(sorted(self.files.items())).encode("utf-8")).hexdigest()[:8]


def data_digest(lines: Sequence[str]) -> str:
    """First 16 hex digits of the SHA-256 of training data given as lines of text."""
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()[:16]


def _hashes(folder: Path, names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in sorted(names):
        with (folder / name).open("rb") as f:
            found[name] = hashlib.file_digest(f, "sha256").hexdigest()
    return found


def write_info(folder: Path, info: ModelInfo, names: Sequence[str]) -> ModelInfo:
    """Writes ``model.json`` beside the files ``names`` of a model; returns the info with their hashes."""
    t = info.taxonomy
    files = _hashes(folder, names)
    content = {
        "format": FORMAT,
        "engine": info.engine,
        "codebook_version": info.codebook_version,
        "taxonomy": {
            "name": t.name, "version": t.version, "labels": list(t.labels), "facets": list(t.facets), "coded": list(t.coded),
            "general": t.general, "zh": dict(t.zh),
        },
        "data_hash": info.data_hash,
        "seed": info.seed,
        "settings": dict(info.settings),
        "metrics": dict(info.metrics),
        "files": files,
    }  # fmt: skip
    (folder / INFO).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return read_info(folder)


def is_model(folder: Path) -> bool:
    """Whether ``folder`` holds a model."""
    return (folder / INFO).is_file()


def read_config(path: Path, format_number: int, shape: Mapping[str, Shape]) -> dict[str, Any]:
    """The values of an engine's own file of settings (JSON), its ``format`` taken off.

    Raises:
        DataError: unreadable, another format, other keys, or values of other types.
    """
    raw = read_json(path)
    if not isinstance(raw, dict) or raw.pop("format", None) != format_number:
        raise DataError("is of another format", source=str(path), remedy="train the model again")
    expect(raw, shape, str(path))
    return raw


def read_info(folder: Path, *, verify: bool = True) -> ModelInfo:
    """What a model folder holds.

    Args:
        verify: hash the files again and refuse changed ones.

    Raises:
        DataError: no model there, another format, unknown keys, a file missing or changed or elsewhere, another version of the codebook.
    """
    source = str(folder / INFO)
    raw = read_json(folder / INFO, "name a folder that `gongkai train --out` wrote")
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        shown = str(raw.get("format"))[:60] if isinstance(raw, dict) else type(raw).__name__
        raise DataError(f"has format {shown!r}, this gongkai reads {FORMAT}", source=source, remedy="train the model again")
    expect(raw, _SHAPE, source)
    for name, shape in (("zh", str), ("files", str)):
        some = raw["taxonomy"]["zh"] if name == "zh" else raw["files"]
        expect(some, dict.fromkeys(some, shape), source, name)
    t = raw["taxonomy"]
    taxonomy = Taxonomy(
        t["name"], t["version"], tuple(t["labels"]), tuple(t["facets"]), tuple(t["coded"]), t["general"], t["zh"]
    )
    _fitting(taxonomy, source)
    if taxonomy.name == "gongkai" and raw["codebook_version"] not in SAME_LABELS:
        raise DataError(
            f"was trained for codebook {raw['codebook_version']}, this gongkai has {CODEBOOK_VERSION}",
            source=source,
            remedy="train the model again",
        )
    if verify:
        _verify(folder, raw["files"])
    rest = {k: raw[k] for k in ("engine", "data_hash", "seed", "settings", "metrics", "files", "codebook_version")}
    return ModelInfo(taxonomy=taxonomy, **rest)


def _fitting(taxonomy: Taxonomy, source: str) -> None:
    general = (taxonomy.general,) if taxonomy.general else ()
    strange = [c for c in taxonomy.coded if c not in taxonomy.labels] + [g for g in general if g not in taxonomy.facets]
    twice = len(set(taxonomy.labels)) < len(taxonomy.labels) or len(set(taxonomy.facets)) < len(taxonomy.facets)
    if strange or twice or not taxonomy.labels:
        raise DataError(
            f"codes {strange[:6]} are not among its labels and facets" if strange else "has no label, or one code twice",
            source=source, remedy="train the model again",
        )  # fmt: skip


def listed(folder: Path, info: ModelInfo, names: Sequence[str]) -> None:
    """Refuse a model whose ``model.json`` does not answer for each of these files.

    Raises:
        DataError: naming those it leaves out.
    """
    if missing := [name for name in names if name not in info.files]:
        raise DataError(
            f"files {missing} are missing in {INFO}",
            source=str(folder),
            remedy="copy the whole folder, or train the model again",
        )


def _verify(folder: Path, files: Mapping[str, str]) -> None:
    home = folder.resolve()
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(home):
            raise DataError(
                f"{path.relative_to(folder).as_posix()!r} is a link that leads out of the model", source=str(folder),
                remedy="copy the file itself into the folder, if you trust who made it",
            )  # fmt: skip
    for name, wanted in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(home) or not path.is_file():
            raise DataError(f"file {name!r} of the model is missing", source=str(folder), remedy="copy the whole folder")
        if _hashes(folder, [name])[name] != wanted:
            raise DataError(
                f"file {name!r} is not the one that was trained", source=str(folder), remedy="copy the folder again"
            )
