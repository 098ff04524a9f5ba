"""Workers forked from one process that has loaded everything, where the system can (Linux): that is done once, and its memory is shared.

The *nursery* loads rules, model and dictionary and then only forks.  Over a socket it is sent the standard input, output and error of a new
worker and answers its pid, or is sent the pid of a worker that has ended and answers its exit code.  It has one thread; where what it
loads starts more (forking would leave them behind), and whenever it is gone, workers are started one by one as everywhere else.
"""

from __future__ import annotations

import array
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from extract.runs.process import THREADS, Bench, main

_START = "import sys; sys.path[:] = {path!r}; from extract.runs.nursery import serve; serve({end})"
#: seconds that loading may take
_LOADING = 600.0
#: and a worker's end
_ENDING = 5.0


class Forked:
    """A worker of the nursery, with what the supervisor uses of :class:`subprocess.Popen`."""

    def __init__(self, nursery: Nursery, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self.returncode: int | None = None
        self._nursery, self._process = nursery, psutil.Process(pid)

    def kill(self) -> None:
        """End it at once."""
        with suppress(psutil.Error):
            self._process.kill()

    def wait(self) -> int:
        """Its exit code, when it has ended; that of a worker whose nursery has ended before is not known, and said to be a kill."""
        if self.returncode is None:
            answer = self._nursery.ask(str(self.pid).encode())
            if not answer:
                with suppress(psutil.TimeoutExpired):  # nobody may take note of its end
                    self._process.wait(_ENDING)
            self.returncode = int(answer or -signal.SIGKILL)
        return self.returncode


class Nursery:
    """The supervisor's side; ``spec`` is what a worker loads, ``path`` where it finds packages, ``log`` is for what the nursery prints."""

    def __init__(self, spec: Mapping[str, Any], path: Sequence[str], log: Path) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(_LOADING)
        code = _START.format(path=list(path), end=theirs.fileno())
        with theirs, log.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=(theirs.fileno(),),
                env={**os.environ, **THREADS},
            )  # fmt: skip
        self._socket.send(json.dumps(spec).encode())

    def fork(self, log: Path) -> Forked | None:
        """A new worker, or ``None`` where there is no nursery any more."""
        their_in, stdin = os.pipe()
        stdout, their_out = os.pipe()
        with log.open("wb") as errors:
            pid = self.ask(b"fork", (their_in, their_out, errors.fileno()))
        os.close(their_in)
        os.close(their_out)
        made = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        with suppress(psutil.Error):
            if pid:
                return Forked(self, int(pid), *made)
        for end in made:
            end.close()
        return None

    def ask(self, message: bytes, files: Sequence[int] = ()) -> bytes:
        """The answer to a message; none where the nursery has ended."""
        try:
            self._socket.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else [])
            return self._socket.recv(64)
        except OSError:
            return b""

    def close(self) -> None:
        """End the nursery; its workers are ended by who started them."""
        self._socket.close()
        self._process.kill()
        self._process.wait()


def serve(end: int) -> None:
    """Fork workers until the supervisor's side of the socket is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor decides what an interrupt means
    channel = socket.socket(fileno=end)
    bench = Bench.from_json(json.loads(channel.recv(1 << 20)))
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        return
    gc.collect()
    gc.freeze()  # pages that no collection writes to stay shared
    while True:
        message, files, _, _ = socket.recv_fds(channel, 64, 3)
        if not message:
            return
        if not files:
            status = os.waitpid(int(message), 0)[1]
            channel.send(str(os.waitstatus_to_exitcode(status)).encode())
        elif pid := os.fork():
            for file in files:
                os.close(file)
            channel.send(str(pid).encode())
        else:
            channel.close()
            for standard, file in enumerate(files):
                os.dup2(file, standard)
                os.close(file)
            main(bench)
            os._exit(0)
