"""Whether a change of behaviour has its line in the changelog: ``python -m tests.changelog BASE``.

Code or rules of the five packages that differ from the commit ``BASE`` ask for a line that was added to ``CHANGELOG.md``, unless every
commit that touches them says ``no behaviour change``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.layout import FLOORS

ROOT = Path(__file__).resolve().parents[1]
FILE = "CHANGELOG.md"
NONE = "no behaviour change"
_SUFFIXES = (".py", ".toml", ".csv", ".txt", ".json", ".j2", ".safetensors")


def missing(changed: Sequence[str], added: Sequence[str], messages: Sequence[str]) -> list[str]:
    """Files that ask for a line: ``changed`` ones of the packages, if no line was ``added`` and a message does not say there is none.

    >>> missing(["corpus/types.py", "docs/quality.md"], [], ["Read more"])
    ['corpus/types.py']
    >>> missing(["corpus/types.py"], ["- **Reading**: more."], ["Read more"])
    []
    >>> missing(["corpus/types.py"], [], ["Rename (no behaviour change)"])
    []
    """
    asked = [f for f in changed if f.split("/")[0] in FLOORS and f.endswith(_SUFFIXES)]
    said = bool(messages) and all(NONE in m.lower() for m in messages)
    return [] if said or any(line.strip(" -") for line in added) else asked


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    return done.stdout.splitlines()


def main() -> None:
    """Name what has no line; exit code 1."""
    base = sys.argv[1] if len(sys.argv) > 1 else "origin/main"
    try:
        fork = _git("merge-base", base, "HEAD")[0]
        changed = _git("diff", "--name-only", fork)
        added = [line[1:] for line in _git("diff", fork, "--", FILE) if line.startswith("+") and not line.startswith("+++")]
        messages = ["\n".join(_git("show", "-s", "--format=%B", c)) for c in _git("rev-list", f"{fork}..HEAD", "--", *FLOORS)]
    except subprocess.CalledProcessError as error:
        print(f"{base}: no such commit ({error.stderr.strip()}); name the one to compare with", file=sys.stderr)
        sys.exit(2)
    if found := missing(changed, added, messages):
        print(f"{FILE} has no line for a change of {', '.join(found[:5])}{' …' if len(found) > 5 else ''}", file=sys.stderr)
        print(f"Add one that a user understands, or say `{NONE}` in the commit message.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
