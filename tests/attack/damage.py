"""Damages files of a store at random, and reads a store while another process writes it: no value may change without an error."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

import gongkai
from corpus.errors import GongkaiError, StoreError
from corpus.store.verify import verify_store
from models.keywords import KeywordClassifier
from tests.conftest import ROOT
from tests.support.factories import sample_text

_TABLES = ("sources", "reports", "documents", "passages", "mentions", "cells", "grids", "joins", "checks", "issues")


@dataclass(slots=True)
class Damages:
    """How many damages were named by an error, changed nothing that is read, or did harm without an error (``found``)."""

    ends: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)


def _flip(data: bytearray, rng: random.Random) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _zero(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at : at + 512] = bytes(len(data[at : at + 512]))


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _grow(data: bytearray, rng: random.Random) -> None:
    data += rng.randbytes(rng.randrange(1, 64))


def _double(data: bytearray, rng: random.Random) -> None:
    at, size = rng.randrange(len(data)), rng.randrange(1, 600)
    data[at:at] = data[at : at + size]


def _noise(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at : at + 8] = rng.randbytes(len(data[at : at + 8]))


_HARMS: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _flip, _zero, _cut, _grow, _double, _noise)


def _harm(folder: Path, rng: random.Random) -> str:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and (p.suffix == ".parquet" or p.name == "manifest.sqlite"))
    # the manifest is one of many files, and every other is harmed as often
    path = folder / "manifest.sqlite" if rng.random() < 0.3 else rng.choice(files)
    other = rng.choice(files)
    match rng.randrange(10):
        case 0:
            path.unlink()
            return f"{path.name} deleted"
        case 1 if other != path and path.suffix == other.suffix:
            other.write_bytes(path.read_bytes())
            return f"{other.parent.name}/{other.name} replaced by {path.parent.name}/{path.name}"
    harm = rng.choice(_HARMS)
    data = bytearray(path.read_bytes())
    harm(data, rng)
    path.write_bytes(data)
    return f"{harm.__name__} of {path.parent.name}/{path.name}"


def _read(folder: Path) -> dict[str, pa.Table]:
    store = gongkai.load(folder)
    return {name: store.table(name) for name in _TABLES}


def make_store(home: Path) -> Path:
    """A small store of two batches, with a corpus beside it."""
    corpus = home / "in"
    corpus.mkdir()
    for n in range(3):
        (corpus / f"{n}.txt").write_text(sample_text(received=n), encoding="utf-8")
    gongkai.tag([corpus], home / "good", classifier=KeywordClassifier())
    (corpus / "3.txt").write_text(sample_text(received=3), encoding="utf-8")
    gongkai.tag([corpus], home / "good", classifier=KeywordClassifier())
    return home / "good"


def damage(home: Path, cases: int, seed: int) -> Damages:
    """Read and verify a store after each of ``cases`` damages."""
    good = make_store(home)
    wanted = _read(good)
    result = Damages()
    for number in range(cases):
        case = home / f"case{number}"
        shutil.copytree(good, case)
        what = f"damage {number}: {_harm(case, random.Random(f'{seed} {number}'))}"
        try:
            equal = all(found.equals(wanted[name]) for name, found in _read(case).items())
            if not equal:
                result.found.append(f"{what} changed a value without an error")
            result.ends["nothing changed" if equal else "silent"] += 1
        except GongkaiError:
            result.ends["named by an error"] += 1
        except Exception as error:  # noqa: BLE001 - what this looks for
            result.ends["foreign error"] += 1
            result.found.append(f"{what}: {type(error).__name__}: {error}")
        try:
            verify_store(case)
        except GongkaiError:
            pass
        except Exception as error:  # noqa: BLE001 - what this looks for
            result.found.append(f"{what}, verify: {type(error).__name__}: {error}")
        shutil.rmtree(case)
    return result


#: makes updates without end: each is another number in every report
_WRITER = """
import sys
from pathlib import Path
import gongkai
from models.keywords import KeywordClassifier
from tests.support.factories import sample_text
home, n, labels = Path(sys.argv[1]), 100, KeywordClassifier()
while True:
    n += 1
    for k in range(2):
        (home / "in" / f"{k}.txt").write_text(sample_text(received=n) + f"第{n}次。\\n", encoding="utf-8")
    gongkai.tag([home / "in"], home / "good", prune=True, classifier=labels)
    print(n, flush=True)
"""


def read_beside_writer(home: Path, reads: int) -> Damages:
    """Read a store ``reads`` times while another process updates it; every reading must be of one moment."""
    good = make_store(home)
    result = Damages()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _WRITER, str(home)], cwd=ROOT, stdout=subprocess.PIPE
    ) as writer:
        try:
            for number in range(reads):
                try:
                    torn = _torn(good)
                except StoreError as error:
                    result.ends["an error that says what to do"] += 1
                    if not error.remedy:
                        result.found.append(f"read {number}: {error}")
                    continue
                except Exception as error:  # noqa: BLE001 - what this looks for
                    result.ends["foreign error"] += 1
                    result.found.append(f"read {number}: {type(error).__name__}: {error}")
                    continue
                result.ends["torn" if torn else "of one moment"] += 1
                if torn:
                    result.found.append(f"read {number}: {torn}")
            if writer.poll() is not None:
                result.found.append("the writer ended")
        finally:
            writer.kill()
    return result


def _torn(folder: Path) -> str:
    """What does not belong together in one reading; a writer replaces reports with all their rows."""
    store = gongkai.load(folder)
    reports = set(store.table("reports")["report_id"].to_pylist())
    for name in ("passages", "cells", "documents"):
        others = set(store.table(name)["report_id"].to_pylist())
        if others != reports:
            return f"{name} are of {len(others ^ reports)} other reports"
    named = {r for r in store.table("sources")["report_id"].to_pylist() if r is not None}
    return "" if named == reports else "sources name other reports"


__all__ = ["Damages", "damage", "make_store", "read_beside_writer"]
