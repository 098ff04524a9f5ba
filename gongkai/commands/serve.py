"""``gongkai serve``."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path

from gongkai.commands.faults import check_installed


def run(folder: Path, host: str, port: int, *, browse: bool, coded: Path | None = None, files: Sequence[Path] = ()) -> None:
    """Serve a store and say where.

    Raises:
        UsageError: the parts that the explorer needs are not installed, or as :func:`gongkai.web.serving.serve`.
    """
    check_installed("the explorer", ("starlette", "uvicorn"), "web")  # its modules need them to be loaded at all
    from gongkai.web.serving import serve

    def say(address: str) -> None:
        print(f"gongkai serve  {address}", flush=True)
        print("               按 Ctrl+C 结束 Ctrl+C ends it", flush=True)
        if browse:
            webbrowser.open(address)

    serve(folder, host, port, say, coded, files)


__all__ = ["run"]
