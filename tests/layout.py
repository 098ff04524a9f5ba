"""The layout as it is: ``python -m tests.layout [--out docs/architecture.md]`` counts modules and arrows of every room.

An arrow is an import of one module by another.  A room is a folder of a package; modules that lie in the package itself are its
hall.  Upward would be an arrow against ``corpus ← models ← extract ← training ← gongkai``, or one that closes a circle of rooms.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("corpus", "models", "extract", "training", "gongkai")
_HEAD = """# Architecture

Five floors, imports only downwards: `corpus ← models ← extract ← training ← gongkai`. A floor has rooms (folders) by what they are
about; what stands in no room is the floor's hall. Contracts in `pyproject.toml` (`[tool.importlinter]`) say what each room may use,
and `make check` holds them. The words are in [glossary.md](glossary.md), how to add something in [CONTRIBUTING.md](../CONTRIBUTING.md).

One report passes through `extract/pipeline.py`, which reads as the list of steps: read → canonical text → sections → tables → identity →
passages → labels → mentions → join → checks. Many reports pass through `extract/runs`, which calls it at one place (`same_bytes.py`).

Everything below is printed by `python -m tests.layout --out docs/architecture.md`.
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Modules by room, and how many arrows lead from room to room (from a room to itself: inside)."""

    modules: Mapping[str, int]
    arrows: Mapping[tuple[str, str], int]

    def upward(self) -> list[tuple[str, str]]:
        """Arrows between floors that lead upwards."""
        floor = {name: n for n, name in enumerate(FLOORS)}
        return [(a, b) for a, b in self.arrows if floor[a.split("/")[0]] < floor[b.split("/")[0]]]

    def circles(self) -> list[list[str]]:
        """Rooms that reach each other both ways, without halls, which see their own rooms."""
        rooms = [r for r in self.modules if "/" in r]
        goes = {r: {b for a, b in self.arrows if a == r and b != r and "/" in b} for r in rooms}
        reach = {r: _reached(r, goes) for r in rooms}
        groups = {tuple(sorted({r} | {o for o in reach[r] if r in reach[o]})) for r in rooms}
        return [list(g) for g in sorted(groups) if len(g) > 1]


def _reached(start: str, goes: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for room in goes[todo.pop()] - seen:
            seen.add(room)
            todo.append(room)
    return seen


def room_of(module: str, root: Path = ROOT) -> str:
    """``corpus.readers.html.parse`` stands in ``corpus/readers/html``, ``models.base`` in the hall of ``models``."""
    path = root.joinpath(*module.split("."))
    parent = module if path.is_dir() else module.rpartition(".")[0]
    return parent.replace(".", "/")


def read_layout(root: Path = ROOT) -> Layout:
    """The layout of a checkout."""
    names: dict[str, Path] = {}
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    modules = Counter(room_of(name, root) for name, path in names.items() if path.name != "__init__.py")
    arrows: Counter[tuple[str, str]] = Counter()
    for name, path in names.items():
        for target in _imports(path, names):
            if target != name:
                arrows[room_of(name, root), room_of(target, root)] += 1
    return Layout(dict(sorted(modules.items())), dict(sorted(arrows.items())))


def _imports(path: Path, names: Mapping[str, Path]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found |= {inner} if inner in names else {node.module} & set(names)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & set(names)
    return found


def render(layout: Layout) -> str:
    """The layout as Markdown."""
    inside = sum(n for (a, b), n in layout.arrows.items() if a == b)
    between = sum(layout.arrows.values()) - inside
    lines = [
        _HEAD,
        f"{sum(layout.modules.values())} modules in {len(layout.modules)} rooms; {inside} arrows inside rooms, {between} between them; "
        f"{len(layout.upward())} upward; circles of rooms: {'; '.join(' ↔ '.join(c) for c in layout.circles()) or 'none'}.",
        "",
        "| Room | Modules | Arrows inside | Uses |",
        "|---|---:|---:|---|",
    ]
    for room, count in layout.modules.items():
        uses = [f"{b} {n}" for (a, b), n in layout.arrows.items() if a == room != b]
        lines.append(f"| `{room}` | {count} | {layout.arrows.get((room, room), 0)} | {', '.join(uses)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the layout or write it; 1 if an arrow leads upwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    args = parser.parse_args()
    layout = read_layout(args.root.resolve())
    if args.out:
        args.out.write_text(render(layout), encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(render(layout))
    sys.exit(1 if layout.upward() else 0)


if __name__ == "__main__":
    main()
