"""What a run keeps beside its results: the list of files that were not read, the page; and what it asks before it goes on with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpus.errors import StoreError, UsageError
from corpus.spreadsheets import write_csv
from corpus.store.manifest import WORK, is_store, reading
from corpus.store.schema import tables
from extract.runs.options import TagOptions

REPORT_HTML = "report.html"
NOT_READ = "not-read.csv"
#: columns of the list of files that were not read
COLUMNS = ("path", "status", "reason", "remedy")
_SKIPPED = ("no reader reads this kind of file", "convert it to DOCX, PDF or text, or name the file itself to have it tried")


def check_place(out: Path) -> None:
    """Refuse to write among the parts of results, which other programs read by the folder: ``arrow::open_dataset("results/cells")``.

    Raises:
        StoreError: ``out`` is the folder of a table of a store, or stands in one.
    """
    place = out.resolve()
    for folder in (place, *place.parents):
        if folder.name in (*tables(), WORK) and is_store(folder.parent):
            raise StoreError("is among the parts of results", source=str(out), remedy="name a place outside of them")


def check_paths(paths: Sequence[str | Path], out: Path | None = None) -> None:
    """Refuse a command all of whose paths are misspelt, before a folder is made that would block the right one.

    Raises:
        UsageError: none of the paths exists, and none is a pattern; results are among them, or the folder that results go to is.
        StoreError: results would go among the parts of others.
    """
    import glob

    if any(not str(p).strip() for p in paths):
        raise UsageError("an empty path is among the files", remedy="name files or folders; `.` is the folder you are in")
    if away := [str(p) for p in paths if "://" in str(p)]:
        raise UsageError("is no file of this computer", source=away[0], remedy="download it first")
    if out is not None:
        check_place(out)
    if out is not None and any(Path(p).is_dir() and Path(p).resolve() == out.resolve() for p in paths):
        raise UsageError("is among the folders that are read", source=str(out), remedy="name another --out folder")
    if stores := [str(p) for p in paths if is_store(Path(p))]:
        raise UsageError("is a folder of results, not of reports", source=stores[0], remedy="name the reports")
    wrong = [str(p) for p in paths if not (Path(p).exists() or Path(p).is_symlink() or glob.has_magic(str(p)))]
    if paths and len(wrong) == len(paths):
        raise UsageError("there is no such file or folder", source=", ".join(wrong), remedy="check the path")


def check_metadata(out: Path, options: TagOptions) -> None:
    """Refuse an update that would drop what earlier metadata said, because nobody gave them again.

    Raises:
        StoreError: the results hold values of metadata and none are given.
    """
    if options.overwrite or options.rows() or not is_store(out):
        return
    with reading(out) as db:
        (given,) = db.execute("SELECT count(*) FROM files WHERE given != ''").fetchone()
    if given:
        raise StoreError(
            f"was made with --metadata ({given:,} files have a row in them), and this run would drop what they say",
            source=str(out),
            remedy="give the same --metadata FILE again, or make the results anew without it with --overwrite",
        )


def appeared(out: Path) -> bool:
    """Whether files failed for want of something that is installed now (LibreOffice, the extra ``ocr``), and are to be tried again."""
    if not is_store(out):
        return False
    from corpus.readers.ocr.engine import available
    from corpus.readers.office import find_soffice

    reasons = " ".join(reason for _, status, reason, _ in not_read(out) if status == "failed")
    return ("needs LibreOffice" in reasons and find_soffice() is not None) or ("extra `ocr`" in reasons and available())


def not_read(folder: Path) -> list[tuple[str, str, str, str]]:
    """Path, status, reason and remedy of every file of a store that failed or was skipped, by path."""
    from gongkai.store_access import load

    store = load(folder, corrections=False)
    states = {
        r["source"]: r["status"] for r in store.rows("sources", [("status", "in", ["failed", "skipped"])], ["source", "status"])
    }
    # the last issue of a file says why it failed
    said = {r["source"]: r["message"] for r in store.rows("issues", []) if r["source"] in states} if states else {}
    return [(name, state, *_reason(name, state, said.get(name, ""))) for name, state in sorted(states.items())]


def _reason(name: str, status: str, message: str) -> tuple[str, str]:
    if status == "skipped":
        return _SKIPPED
    reason, told, remedy = message.partition(". Remedy: ")
    if not told and "\n" not in message:  # an issue ends with it: "took longer than 60 s; give more time with --timeout"
        reason, told, remedy = message.rpartition("; ") if "; " in message else (message, "", "")
    return reason.removeprefix(f"{name}: "), remedy


def write_not_read(folder: Path) -> Path | None:
    """Write the list for Excel beside the results, or remove the one of an earlier run; ``None`` where every file was read."""
    found = not_read(folder)
    path = folder / NOT_READ
    if not found:
        path.unlink(missing_ok=True)
        return None
    write_csv(path, COLUMNS, found)
    return path


__all__ = [
    "COLUMNS",
    "NOT_READ",
    "REPORT_HTML",
    "appeared",
    "check_metadata",
    "check_paths",
    "check_place",
    "not_read",
    "write_not_read",
]
