"""What the command line says of a fault, in one line: file, what is wrong, the remedy; no traceback for what a user can cause."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.errors import DataError, GongkaiError, StoreError, UsageError

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
_TAG_KEPT = "what is done is kept; go on with the same command: gongkai {}"


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
    where = f"{os.fsdecode(name)}: " if isinstance(name, str | bytes) else ""
    return f"{where}{wrong}. Remedy: {remedy}"


def interrupted_line(arguments: Sequence[str]) -> str:
    """What is kept of a command that was interrupted, and how to go on."""
    if arguments and arguments[0] == "tag":
        # --overwrite would throw away what is done
        again = shlex.join(a for a in arguments if a != "--overwrite")
        return f"interrupted; {_TAG_KEPT.format(again)}"
    return "interrupted; results that were there are as they were, what this command was writing is not whole: give it again"


def guarded(run: Callable[[], None]) -> None:
    """Runs the command line; ends the process with 2 for what was given wrongly, 1 for a file that failed, 130 for Ctrl-C."""
    try:
        run()
    except GongkaiError as error:
        _end(one_line(error), 2 if isinstance(error, UsageError | StoreError | DataError) else 1)
    except KeyboardInterrupt:
        _end(interrupted_line(sys.argv[1:]), 130)
    except BrokenPipeError:
        # `gongkai query … | head`: nobody reads on; closing standard output must not complain either
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except OSError as error:
        _end(system_line(error), 2)
    except MemoryError:
        _end("the memory is used up. Remedy: close other programs, give fewer files at once, or use fewer --workers", 1)


def check_writable(path: Path) -> None:
    """Refuse a place where nothing can be written before the work is done, not after it.

    Raises:
        UsageError: the folder that would hold it is missing, is a file, or may not be written to.
    """
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


__all__ = ["check_writable", "guarded", "interrupted_line", "one_line", "system_line"]
