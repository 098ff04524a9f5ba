"""What may be said of a run over many files, in one place: the command, the Python call and the run itself all take it from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypedDict

from corpus.errors import UsageError
from models.registry import DEFAULT

Metadata = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one report may take: seconds, and megabytes of its worker."""

    timeout: float = 120.0
    memory: float = 2048.0


_LIMITS = Limits()


def _option(help: str, **facts: object) -> dict[str, object]:
    """What the command line shows of a field: its help, and ``metavar``, ``min`` and ``max`` where it has them."""
    return {"help": help, **facts}


@dataclass(frozen=True, slots=True)
class TagOptions:
    """How files are tagged; a field is an option of ``gongkai tag`` (``min_confidence`` is ``--min-confidence``)."""

    html: bool = field(default=False, metadata=_option("Write report.html too, one self-contained page."))
    lang: str | None = field(
        default=None,
        metadata=_option(
            "Language of report.html: zh, en or both; default is that of the page before, else the system's.",
            metavar="zh|en|both",
        ),
    )
    metadata: Path | Metadata | None = field(
        default=None, metadata=_option("CSV or .xlsx with a column `path`; its values win over the text's.")
    )
    overwrite: bool = field(default=False, metadata=_option("Replace results that the folder holds."))
    engine: str = field(
        default=DEFAULT,
        metadata=_option("Classifier: linear, keywords, or the folder of a trained model.", metavar="NAME|DIR"),
    )
    min_confidence: float | None = field(
        default=None,
        metadata=_option("Mark passages as abstained whose label is less probable (0…1).", min=0.0, max=1.0),
    )
    workers: int | None = field(default=None, metadata=_option("Processes; default is one for each core.", min=1))
    timeout: float = field(default=_LIMITS.timeout, metadata=_option("Seconds that one report may take.", min=0.1))
    memory: float = field(default=_LIMITS.memory, metadata=_option("Megabytes that a worker may take.", min=100.0))
    prune: bool = field(default=False, metadata=_option("Drop the rows of files that are gone."))
    retry: bool = field(default=False, metadata=_option("Read files again that failed in the run before."))
    cluster: str | None = field(default=None, metadata=_option("`ray` to work on a Ray cluster.", metavar="ray"))

    @property
    def limits(self) -> Limits:
        """What one report may take."""
        return Limits(self.timeout, self.memory)

    def rows(self) -> Metadata:
        """What is known of the files, by path.

        Raises:
            UsageError: the CSV cannot be used.
        """
        from extract.runs.metadata import load_metadata  # and with it what reads spreadsheets

        return load_metadata(Path(self.metadata)) if isinstance(self.metadata, str | Path) else self.metadata or {}


class TagKeywords(TypedDict, total=False):
    """The fields of :class:`TagOptions` as keywords of ``gongkai.tag``, so that types are checked there (a test holds them alike)."""

    html: bool
    lang: str | None
    metadata: str | Path | Metadata | None
    overwrite: bool
    min_confidence: float | None
    workers: int | None
    timeout: float
    memory: float
    prune: bool
    retry: bool
    cluster: str | None


def options_from(given: Mapping[str, object]) -> TagOptions:
    """Options from keywords.

    Raises:
        UsageError: a keyword that is no option.
    """
    known = [f.name for f in fields(TagOptions)]
    if unknown := sorted(set(given) - set(known)):
        raise UsageError(f"no option named {', '.join(unknown)}", remedy=f"use {', '.join(known)}")
    return TagOptions(**given)  # type: ignore[arg-type]


__all__ = ["Metadata", "TagKeywords", "TagOptions", "options_from"]
