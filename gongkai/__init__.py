"""gongkai reads Chinese government-disclosure annual reports (政府信息公开工作年度报告).

>>> import gongkai
>>> report = gongkai.analyze("report.txt")                    # doctest: +SKIP
>>> summary = gongkai.tag("reports", out="results")           # doctest: +SKIP
>>> gongkai.check(report).findings                            # doctest: +SKIP
>>> gongkai.load("results").sql("SELECT * FROM joins")        # doctest: +SKIP

Everything heavy is imported when it is first used, so that ``import gongkai`` is quick.
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corpus.errors import GongkaiError
    from extract.checking.check import CheckedReport
    from extract.checking.findings import CheckFinding
    from extract.runs.run import Summary
    from extract.types import Report
    from gongkai.api import tag
    from gongkai.one_file import analyze, check, check_message
    from gongkai.store_access import Store, load

__version__ = "0.1.0"
__all__ = [
    "CheckFinding", "CheckedReport", "GongkaiError", "Report", "Store", "Summary", "TagOptions", "__version__",
    "analyze", "check", "check_message", "load", "tag",
]  # fmt: skip

#: packages that are installed beside this one under common names
SIBLINGS = ("corpus", "models", "extract", "training")

_HOME = {
    "CheckFinding": "extract.checking.findings",
    "CheckedReport": "extract.checking.check",
    "GongkaiError": "corpus.errors",
    "Report": "extract.types",
    "Store": "gongkai.store_access",
    "Summary": "extract.runs.run",
    "TagOptions": "extract.runs.options",
    "analyze": "gongkai.one_file",
    "check": "gongkai.one_file",
    "check_message": "gongkai.one_file",
    "load": "gongkai.store_access",
    "tag": "gongkai.api",
}


def _folder(spec: ModuleSpec | None) -> tuple[Path | None, str]:
    """The folder that holds the package of ``spec``, and the file that Python would load."""
    if spec is None:
        return None, ""
    if spec.origin is not None and spec.submodule_search_locations is not None:
        return Path(spec.origin).resolve().parent.parent, spec.origin
    # a module (models.py), a built-in, or a folder without __init__.py: never one of ours
    return None, spec.origin or ", ".join(spec.submodule_search_locations or ())


def check_siblings(here: Path | None = None) -> None:
    """Make sure that ``corpus``, ``models``, ``extract`` and ``training`` are gongkai's own; nothing is imported.

    They have common names: a user's own ``models.py`` in the working folder comes first on Python's path and would be loaded
    in place of ours, to fail later in ways that name neither.

    Args:
        here: folder that must hold them; default is the one that holds gongkai.

    Raises:
        ImportError: another module of that name comes first, or one of them is missing.
    """
    here = here or Path(__file__).resolve().parent.parent
    for name in SIBLINGS:
        folder, file = _folder(find_spec(name))
        if folder == here:
            continue
        if not file:
            raise ImportError(f"gongkai's package {name!r} is missing from {here}; install gongkai again")
        raise ImportError(
            f"{file} shadows gongkai's own package {name!r} ({here / name}). Remedy: rename it, or run Python from another folder"
        )


check_siblings()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'gongkai' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
