"""Work beside the answers: threads that the end of the process waits for.

A daemon thread that is inside Arrow or DuckDB when the interpreter ends is unwound through C++, which aborts the process (``terminate
called``).  So at the end no further step is begun (:func:`ending`), and what runs is waited for.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from weakref import WeakSet

#: seconds that the end waits for each thread: a step, a batch of reports, takes few
_PATIENCE = 20.0
_running: WeakSet[threading.Thread] = WeakSet()
_over = threading.Event()


def begin(work: Callable[..., None], *arguments: object) -> threading.Thread:
    """Do work in a thread of its own; it asks :func:`ending` between its steps."""
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    _running.add(thread)
    thread.start()
    return thread


def ending() -> bool:
    """Whether the process is about to end."""
    return _over.is_set()


@atexit.register
def _wait() -> None:
    _over.set()
    for thread in list(_running):
        thread.join(_PATIENCE)
