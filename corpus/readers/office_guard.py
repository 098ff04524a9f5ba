"""Runs LibreOffice for a process, and ends it with that process, however it ends: ``python office_guard.py HOME COMMAND…``.

A process of its own, because nobody else outlives a SIGKILL.  Its standard input is a pipe that the process holds open; when it
closes, LibreOffice and all that it started are killed, and the folder HOME is deleted.  Imports nothing of gongkai: it starts in 20 ms.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading


def _end(child: subprocess.Popen[bytes]) -> None:
    # soffice is a script that starts the program: end the whole group
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def _with_parent(child: subprocess.Popen[bytes], home: str, alone: threading.Event) -> None:
    # bytes of the system, not of a buffer that the end of the program would wait for
    while os.read(0, 1024):
        continue
    alone.set()
    _end(child)
    child.wait()
    shutil.rmtree(home, ignore_errors=True)
    os._exit(1)


def main() -> None:
    """Run the command; exits with what it exits with."""
    home, *command = sys.argv[1:]
    # the pipe must not be open in what is started; an interrupt is for the process that is guarded
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=home, process_group=0 if os.name == "posix" else None)
    alone = threading.Event()
    watch = threading.Thread(target=_with_parent, args=(child, home, alone), daemon=True)
    watch.start()
    code = child.wait()
    if alone.is_set():
        watch.join()
    _end(child)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
