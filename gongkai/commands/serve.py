"""``gongkai serve``."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path


def run(folder: Path, host: str, port: int, *, browse: bool, coded: Path | None = None, files: Sequence[Path] = ()) -> None:
    """Serve a store and say where."""
    from gongkai.web.serving import serve

    def say(address: str) -> None:
        print(f"gongkai serve  {address}", flush=True)
        print("               按 Ctrl+C 结束 Ctrl+C ends it", flush=True)
        if browse:
            webbrowser.open(address)

    serve(folder, host, port, say, coded, files)


__all__ = ["run"]
