"""What the command line says of a fault, in one line: file, what is wrong, the remedy; no traceback for what a user can cause."""

from __future__ import annotations

import errno
import io
import os
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from corpus.errors import DataError, GongkaiError, StoreError, UsageError
from gongkai.beside_store import check_place

#: what the system says -> (what is wrong, the remedy)
_SYSTEM = {
    errno.EACCES: ("no permission", "check your rights to it, or name a folder of your own"),
    errno.EPERM: ("no permission", "check your rights to it, or name a folder of your own"),
    errno.EROFS: ("is on a disk that cannot be written", "name a folder elsewhere"),
    errno.ENOENT: ("there is no such file or folder", "check the path; the folder around a file must exist"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path"),
    errno.EISDIR: ("is a folder, not a file", "name a file in it"),
    errno.EEXIST: ("exists already", "name another"),
    errno.ENOTEMPTY: ("is a folder that holds files", "name another"),
    errno.ENOSPC: ("the disk is full", "free some space, and give the same command again"),
    errno.EDQUOT: ("your quota of the disk is used up", "free some space, and give the same command again"),
    errno.ENAMETOOLONG: ("the name is too long", "give it a shorter one"),
    errno.EMFILE: ("too many files are open", "raise the limit (`ulimit -n 4096`), or use fewer --workers"),
}
#: what is kept of a command that was interrupted, and how to go on; {} is the command
_KEPT = {
    # --overwrite would throw away what is done
    "tag": "what is done is kept; go on with the same command: {}",
    "serve": "the explorer is closed; what was coded or corrected in it is kept beside the results. Open it again: {}",
}
_NOTHING = "nothing of it was written, what was there is as it was. Start again: {}"
#: the exit code of a program that nobody reads on from, as a shell gives it for `git log | head`
CLOSED_PIPE = 141


def one_line(error: GongkaiError) -> str:
    """File and place, what is wrong, and the remedy."""
    where = f"{error.source}: " if error.source else ""
    remedy = f". Remedy: {error.remedy.rstrip('.')}" if error.remedy else ""
    return " ".join(f"{where}{error.message.rstrip('. ')}{remedy}".split())


def system_line(error: OSError) -> str:
    """The same for what the operating system refuses."""
    wrong, remedy = _SYSTEM.get(
        error.errno or 0, (error.strerror or str(error) or type(error).__name__, "check the path and the disk")
    )
    name = error.filename if error.filename is not None else error.filename2
    if name is None and error.errno == errno.ENOENT:  # what else needs a name that is not there
        wrong, remedy = "the folder that you are in is gone", "go to another with cd"
    where = f"{os.fsdecode(name)}: " if isinstance(name, str | bytes) else ""
    return f"{where}{wrong}. Remedy: {remedy}"


def interrupted_line(arguments: Sequence[str]) -> str:
    """What is kept of a command that was interrupted, and how to go on."""
    name = arguments[0] if arguments else ""
    again = shlex.join(["gongkai", *(a for a in arguments if name != "tag" or a != "--overwrite")])
    return f"interrupted; {_KEPT.get(name, _NOTHING).format(again)}"


def guarded(run: Callable[[], None]) -> None:
    """Runs the command line; ends the process with 2 for what was given wrongly, 1 for a file that failed, 130 for Ctrl-C."""
    try:
        run()
    except GongkaiError as error:
        _end(one_line(error), 2 if isinstance(error, UsageError | StoreError | DataError) else 1)
    except (KeyboardInterrupt, SystemExit, BrokenPipeError) as ended:
        _left(ended)
    except OSError as error:
        _end(system_line(error), 2)
    except RuntimeError as error:
        _left(error)  # a class that is interrupted in the making ends with one
    except MemoryError:
        _end("the memory is used up. Remedy: close other programs, give fewer files at once, or use fewer --workers", 1)


def press_once(patience: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
    """Ctrl-C counts once in ``patience`` seconds: pressed again it would break into what the first began, the tidying up and the line that is said."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        return
    last = -patience

    def pressed(_number: int, _frame: object) -> None:
        nonlocal last
        if (now := clock()) - last >= patience:
            last = now
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, pressed)


@contextmanager
def interruptible(patience: float = 3.0) -> Iterator[None]:
    """Ctrl-C ends a command that only reads even where a library computes on without looking up, ``patience`` seconds after it was pressed.

    The system's handler writes to a socket at once; Python's own comes when the library is done, for a cross join after hours.
    """
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield
        return
    seen, told = socket.socketpair()
    told.setblocking(False)
    earlier = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    done = threading.Event()

    def watch() -> None:
        while got := seen.recv(1):
            if got[0] == signal.SIGINT and not done.wait(patience):
                print(f"gongkai: {interrupted_line(sys.argv[1:])}", file=sys.stderr, flush=True)
                os._exit(130)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(earlier)
        told.close()


def _left(ended: BaseException) -> None:
    """Says that somebody stopped the command; Typer and Rich make an end of their own of it, with the cause behind."""
    causes = []
    at: BaseException | None = ended
    while at is not None:
        causes.append(type(at))
        at = at.__context__
    if KeyboardInterrupt in causes:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses twice is told, too
        _end(interrupted_line(sys.argv[1:]), 130)
    if BrokenPipeError in causes:
        # `gongkai query … | head`: nobody reads on; closing standard output must not complain either
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(CLOSED_PIPE)
    raise ended


@contextmanager
def printed_last() -> Iterator[None]:
    """What is printed comes after what is written: who reads the first lines only (`| head`) gets the files, too."""
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            yield
    finally:
        sys.stdout.write(said.getvalue())


def check_not_empty(arguments: Sequence[str]) -> None:
    """Refuse ``--out ""``, which a shell makes of ``--out "$RESULTS"`` where that is not set: it would mean the folder that one is in.

    Raises:
        UsageError: an option, or the first name behind the command, is empty.
    """
    for before, given in pairwise(arguments):
        option = before if given == "" else given.removesuffix("=") if given.endswith("=") else ""
        if option.startswith("--") and len(option) > 2:
            raise UsageError(
                f"{option} is empty", remedy="give it a value, or leave it out; a variable that is not set is empty"
            )
    if arguments[1:2] == [""]:
        raise UsageError(
            f"an empty name is given to `gongkai {arguments[0]}`", remedy="name a file or folder; `.` is the folder you are in"
        )


#: what only files are called
_OF_FILES = {".csv", ".xls", ".xlsx", ".dta", ".parquet", ".json", ".jsonl", ".zip", ".html"}


def check_folder_name(out: Path) -> None:
    """Refuse ``--out results.xlsx`` where a folder is written: a folder of that name opens in no program.

    Raises:
        UsageError: the name is that of a file.
        StoreError: it is among the parts of results.
    """
    check_place(out)
    if out.suffix.lower() in _OF_FILES and not out.is_dir():
        raise UsageError(
            "is the name of a file; a folder is written", source=str(out), remedy=f"name a folder: --out {out.stem}"
        )


def check_installed(what: str, packages: Sequence[str], extra: str) -> None:
    """Refuse what needs packages of an extra before the work is done.

    Raises:
        UsageError: one of them is not installed.
    """
    if missing := [name for name in packages if find_spec(name) is None]:
        from corpus.extras import install_remedy

        raise UsageError(f"{what} needs {', '.join(missing)}, not installed", remedy=install_remedy(extra))


def check_writable(path: Path) -> None:
    """Refuse a place where nothing can be written before the work is done, not after it.

    Raises:
        UsageError: the folder that would hold it is missing, is a file, or may not be written to; or a workbook is named.
        StoreError: it is among the parts of results.
    """
    check_place(path)
    if path.suffix.lower() in {".xls", ".xlsx"}:
        raise UsageError("no workbook is written", source=str(path), remedy="name a .csv file, which Excel opens")
    folder = path.absolute().parent
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "there is no such folder"
        raise UsageError(what, source=str(folder), remedy=f"make it first, or name another place for {path.name}")
    if path.is_dir():
        raise UsageError("is a folder, not a file", source=str(path), remedy="name a file in it")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(
            "no permission to write", source=str(path), remedy="check your rights to it, or name a folder of your own"
        )


def _end(line: str, code: int) -> None:
    from gongkai.pages.words import clean

    print(f"gongkai: {clean(line)}", file=sys.stderr)
    sys.exit(code)


__all__ = [
    "check_folder_name",
    "check_installed",
    "check_not_empty",
    "check_writable",
    "guarded",
    "interrupted_line",
    "interruptible",
    "one_line",
    "press_once",
    "printed_last",
    "system_line",
]
