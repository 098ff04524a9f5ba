"""`make rule-audit`: literals in rules and lexicons that occur in exactly one of the real reports.

A literal of six or more Chinese characters that only one report contains may be a rule made for that report.  Each one that
is listed must be general, or be justified in ``tests/rule_audit_allowed.txt`` (``literal  # reason``).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
REPORTS = SHARED / "reports"
FOLDERS = ("corpus", "models", "extract", "gongkai")
_HAN = re.compile(r"[\u4e00-\u9fff]{6,}")


def literals() -> dict[str, set[str]]:
    """Literals by the files they stand in; the forms and the codebook are given and not audited."""
    found: dict[str, set[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".py", ".toml", ".txt", ".csv"} or "spec" in path.parts or "linear" in path.parts:
                continue
            for literal in _HAN.findall(path.read_text(encoding="utf-8")):
                found.setdefault(literal, set()).add(path.relative_to(ROOT).as_posix())
    return found


def form_text() -> str:
    """Wording of the forms and the codebook, squeezed."""
    spec = ROOT / "corpus" / "data" / "spec"
    return re.sub(r"\s+", "", "".join(p.read_text(encoding="utf-8") for p in sorted(spec.iterdir())))


def real_texts() -> dict[str, str]:
    """Texts of the real reports by name, squeezed; of pages and PDFs the narrative, as their truth has it."""
    found = {p.name: p.read_text(encoding="utf-8") for p in sorted(REPORTS.glob("*.txt"))}
    for path in sorted((SHARED / "real" / "gold").glob("*.passages.json")):
        passages = json.loads(path.read_text(encoding="utf-8"))
        found[path.name] = "".join(p["heading"] + p["text"] for p in passages)
    return {name: re.sub(r"\s+", "", text) for name, text in found.items()}


def audit() -> list[tuple[str, str, list[str]]]:
    """(literal, the one report that holds it, files that hold the literal)."""
    reports = real_texts()
    given = form_text()
    allowed_file = ROOT / "tests" / "rule_audit_allowed.txt"
    allowed = {line.split("#")[0].strip() for line in allowed_file.read_text(encoding="utf-8").splitlines()}
    out = []
    for literal, files in sorted(literals().items()):
        holders = [name for name, text in reports.items() if literal in text]
        if len(holders) == 1 and literal not in given and literal not in allowed:
            out.append((literal, holders[0], sorted(files)))
    return out


def main() -> None:
    """Print the list; exit 1 if it is not empty."""
    if not REPORTS.is_dir():
        sys.exit(f"{REPORTS} is not there: nothing to audit against")
    found = audit()
    for literal, report, files in found:
        print(f"{literal}\t{report}\t{', '.join(files)}")
    print(f"{len(found)} literals occur in exactly one real report")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
