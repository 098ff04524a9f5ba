"""One digest of everything that is read out of the samples: ``python -m tests.result_digest [--list FILE] [FOLDER …]``.

A change that must not change results (moves, renames, speed) prints the same digest before and after.  Read are the bundled
samples in all layouts and every file of the folders given; ``--list`` writes a digest per file, to see which one differs.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tempfile
from pathlib import Path

from corpus.errors import GongkaiError
from gongkai import analyze
from training.samples import build

#: names of classes do not count: renaming one changes no result
_CLASS = re.compile(r"\b[A-Z][A-Za-z]+\(")
LAYOUTS = ("lines", "tabbed-lines", "tab-rows", "markdown", "spaces")


def of_file(path: Path) -> str:
    """The digest of one file's result, or of the error that it ends in; folders do not count."""
    try:
        said = _CLASS.sub("(", repr(analyze(path)))
    except GongkaiError as e:
        said = f"{type(e).__name__}: {e}"
    return hashlib.sha256(said.replace(str(path.parent), "").encode("utf-8", "surrogatepass")).hexdigest()


def main() -> None:
    """Print the digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--list", type=Path)
    args = parser.parse_args()
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        paths = build(Path(folder), list(LAYOUTS))
        for top in args.folders:
            paths += sorted(p for p in top.rglob("*") if p.is_file())
        lines = [f"{of_file(p)}  {p.parent.name}/{p.name}" for p in paths]
    text = "".join(f"{line}\n" for line in lines)
    if args.list:
        args.list.write_text(text, encoding="utf-8")
    print(f"{len(lines)} files, digest {hashlib.sha256(text.encode()).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
