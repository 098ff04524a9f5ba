"""What share of random small changes to a room's code its tests notice: ``python -m tests.mutation_sample tables --n 60``.

``make mutants`` tries every change, which for these rooms takes a day.  Here some are drawn at random (mutmut makes them).  The
tests named below run once, and it is written down which functions each of them enters and how long it takes.  A change is put
into the running functions of a forked child, which runs the tests that enter the changed function, the shortest first, until
one fails; then all others of the same files (a fixture may have entered it for them).  A change that makes them hang counts as
noticed.  What a child process of a test would see goes unseen: the share is rather too low.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import gc
import io
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from gongkai.compare.statistics import wilson

ROOT = Path(__file__).resolve().parent.parent
#: of processor time, more than twice what all tests of a room take: a clock would run on while other programs have the cores
_SECONDS = 200


@dataclass(frozen=True, slots=True)
class Room:
    """Files whose code is changed, and the tests that concern it."""

    files: tuple[str, ...]
    tests: tuple[str, ...]

    def paths(self) -> list[Path]:
        """All files of the room."""
        return [path for pattern in self.files for path in sorted(ROOT.glob(pattern))]


_GOLDEN, _REAL = "tests/extract/test_golden.py", "tests/test_acceptance.py::test_real_reports"
ROOMS = {
    "tables": Room(("corpus/forms/*.py",), (_GOLDEN, _REAL, "tests/corpus/forms", "tests/corpus/test_bent_rows.py")),
    "mentions": Room(("extract/mentions/*.py",), (_GOLDEN, "tests/extract/mentions", _REAL)),
    "canonical": Room(
        ("corpus/text/canonical.py", "corpus/text/headings.py", "corpus/text/sections.py"),
        (
            _GOLDEN, "tests/corpus/text", _REAL, "tests/corpus/test_bent_texts.py", "tests/corpus/test_ledger.py", "tests/models/test_segment.py",
            "tests/models/test_structure.py", "tests/corpus/forms/test_tables.py", "tests/corpus/forms/test_torn_headings.py",
            "tests/corpus/readers/test_readers.py", "tests/corpus/test_bent_reports.py",
        ),
    ),
}  # fmt: skip


def changes(room: Room) -> Iterator[tuple[Path, Any, Any]]:
    """All changes of a room within functions: file, parsed module, and the change of one node of it.

    Left out: ``XX`` put around a string that is asked as a set of characters (``c in "，。"``, ``s.strip("。")``).  mutmut
    marks strings so, and no text has an X where it would be seen.
    """
    from mutmut.mutation.file_mutation import create_mutations

    for path in room.paths():
        module, found, *_ = create_mutations(str(path), _source(path))
        sets = _character_sets(module)
        for change in found:
            marked = id(change.original_node) in sets and "XX" in getattr(change.mutated_node, "value", "")
            if hasattr(change.contained_by_top_level_function, "name") and not marked:
                yield path, module, change


def _character_sets(module: Any) -> set[int]:
    import libcst.matchers as m

    string = m.SaveMatchedNode(m.SimpleString(), "set")
    asked = m.ComparisonTarget(operator=m.In() | m.NotIn(), comparator=string)
    stripped = m.Call(func=m.Attribute(attr=m.Name("strip") | m.Name("lstrip") | m.Name("rstrip")), args=[m.Arg(value=string)])
    return {id(found["set"]) for found in m.extractall(module, asked | stripped)}


@functools.cache
def _source(path: Path) -> str:
    """The code of a file as it was at first: who draws changes may go on writing."""
    return path.read_text(encoding="utf-8")


def functions_of(code: CodeType) -> Iterator[CodeType]:
    """The functions and methods that a module defines, those within functions left out."""
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & 0x2:  # a function; the body of a class is none
                yield const
            else:
                yield from functions_of(const)


def replace_functions(path: Path, source: str | ast.Module, only: Collection[str] | None = None) -> set[str]:
    """Give the running functions of a file the code of ``source``; which of them changed."""
    before = compile(_source(path), str(path), "exec", dont_inherit=True)
    after = compile(source, str(path), "exec", dont_inherit=True)
    old = {code.co_qualname: code for code in functions_of(before)}
    new = {code.co_qualname: code for code in functions_of(after)}
    changed = {name for name, code in new.items() if old.get(name) != code}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == str(path) and thing.__code__.co_qualname in changed:
            thing.__code__ = new[thing.__code__.co_qualname]
    return changed or _replace_defaults(path, after)


def _replace_defaults(path: Path, after: CodeType) -> set[str]:
    """Give the running functions of a file the defaults of what they are given nothing for."""
    module = next(m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == str(path))
    running = [t for t in gc.get_objects() if type(t) is FunctionType and t.__code__.co_filename == str(path)]
    exec(after, {**vars(module)})
    known = {id(t) for t in running}
    new = {
        t.__code__.co_qualname: t
        for t in gc.get_objects()
        if type(t) is FunctionType and t.__code__.co_filename == str(path) and id(t) not in known
    }
    changed = set()
    for old in running:
        other = new.get(old.__code__.co_qualname)
        if other is not None and (old.__defaults__, old.__kwdefaults__) != (other.__defaults__, other.__kwdefaults__):
            old.__defaults__, old.__kwdefaults__ = other.__defaults__, other.__kwdefaults__
            changed.add(old.__code__.co_qualname)
    return changed


def forget() -> None:
    """Empty all caches of answers of the project: they hold what the unchanged code said."""
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper) and thing.__module__.partition(".")[0] in {
            "corpus",
            "extract",
            "models",
        }:
            thing.cache_clear()


def in_child(work: Callable[[], int], seconds: float) -> int:
    """What ``work`` returns in a forked child whose output is lost; not 0 where it dies or takes more processor time."""
    child = os.fork()
    if not child:
        code = 1
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass(slots=True)
class Reached:
    """Which functions (``file:name``) each test enters and its seconds; as a plugin of pytest it writes that down."""

    functions: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        forget()
        self.entered.clear()
        start = time.perf_counter()
        done = yield
        self.seconds[item.nodeid] = time.perf_counter() - start
        self.functions[item.nodeid] = sorted(self.entered)
        return done

    def watch(self, path: Path) -> None:
        """Let every function of a file say that it is entered."""
        tree = ast.parse(_source(path))
        names = {id(node): name for name, node in _defined(tree)}
        for node in ast.walk(tree):
            if id(node) in names and isinstance(node, ast.FunctionDef):
                call = ast.parse(f"__entered__({f'{path}:{names[id(node)]}'!r})").body[0]
                node.body.insert(0, call)
        replace_functions(path, ast.fix_missing_locations(tree))
        for module in list(sys.modules.values()):
            if getattr(module, "__file__", None) == str(path):
                vars(module)["__entered__"] = self.entered.add


def _defined(tree: ast.Module | ast.ClassDef, before: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield before + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _defined(node, f"{before}{node.name}.")


class _Only:
    """Plugin: run these tests alone, in this order."""

    def __init__(self, wanted: Collection[str]) -> None:
        self.order = {name: i for i, name in enumerate(wanted)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda i: self.order[i.nodeid])


_RUN = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:warnings", "--no-header", "-W", "ignore"]


def survey(room: Room, folder: Path) -> Reached:
    """Run all tests of the room once and see what each enters."""
    note = folder / "reached.json"

    def work() -> int:
        reached = Reached()
        for path in room.paths():
            reached.watch(path)
        code = int(pytest.main([*_RUN, *room.tests], plugins=[reached]))
        note.write_text(json.dumps([reached.functions, reached.seconds]), encoding="utf-8")
        return code

    if in_child(work, 3600):
        sys.exit("the tests fail before anything is changed")
    return Reached(*json.loads(note.read_text(encoding="utf-8")))


def noticed(path: Path, source: str, reached: Reached) -> bool:
    """Whether a test fails where the file has this source."""

    def work() -> int:
        names = {f"{path}:{name}" for name in replace_functions(path, source)}
        forget()
        near = [test for test, entered in reached.functions.items() if names & set(entered)]
        files = {test.partition("::")[0] for test in near}
        far = [test for test in reached.functions if test.partition("::")[0] in files and test not in set(near)]
        near.sort(key=reached.seconds.__getitem__)
        return int(pytest.main([*_RUN, *sorted(files)], plugins=[_Only([*near, *far])])) if near else 0

    return in_child(work, _SECONDS) != 0


def main() -> None:
    """Draw, try and print."""
    from mutmut.mutation.file_mutation import deep_replace

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--n", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    room = ROOMS[args.room]
    every = list(changes(room))
    drawn = random.Random(args.seed).sample(every, min(args.n, len(every)))
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        # what the tests import is at hand in every child
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([*_RUN, "--collect-only", *room.tests])
        start = time.monotonic()
        reached = survey(room, Path(folder))
    print(f"{len(reached.seconds)} tests, {time.monotonic() - start:.0f} s", flush=True)
    killed = 0
    for number, (path, module, change) in enumerate(drawn, 1):
        changed: Any = deep_replace(module, change.original_node, change.mutated_node)
        seen = noticed(path, changed.code, reached)
        killed += seen
        if not seen:
            before, after = (module.code_for_node(node).strip() for node in (change.original_node, change.mutated_node))
            name = change.contained_by_top_level_function.name.value
            print(f"not noticed: {path.relative_to(ROOT)}: {name}: {before[:90]!r} -> {after[:90]!r}", flush=True)
        if number % 10 == 0:
            print(f"{killed} of {number}", flush=True)
    low, high = wilson(killed, len(drawn))
    print(
        f"{args.room}: {killed} of {len(drawn)} noticed, {killed / len(drawn):.1%} ({low:.1%}-{high:.1%}), of {len(every)} changes"
    )


if __name__ == "__main__":
    main()
