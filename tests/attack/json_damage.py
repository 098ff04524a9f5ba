"""Model folders and manifests from elsewhere: JSON changed in every way, files swapped and linked out of the folder."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import gongkai
from corpus.errors import GongkaiError
from corpus.store import manifest
from corpus.store.verify import verify_store
from extract.pipeline import analyze_bytes
from models.folder import INFO
from models.keywords import KeywordClassifier
from models.registry import classifier
from models.taxonomy import Taxonomy
from tests.support.factories import sample_text
from training.engines.linear import train
from training.passages import load as load_passages

#: what is put in the place of any value
_STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**70, 1e308, 1e-308, float("nan"), float("inf"), "", "x", "九" * 400, "\ud800", "../../../etc/passwd", "/etc/passwd",
    "cells/../../x", "\x00", [], {}, [[]], [None], {"a": 1}, [1, "2", {}], ["linear.json"], {"../x": "y"},
)  # fmt: skip
OWN = Taxonomy("own", "1", ("money", "people"), (), (), "", {"money": "钱", "people": "人"})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside of a JSON value; of long lists and objects the first ones."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for number, (key, child) in enumerate(inner):
        if number > 20:
            return
        yield from places(child, (*path, key))


def mutated(value: Any, rng: random.Random) -> Any:
    """A JSON value with one or two places replaced, deleted, added or exchanged."""
    changed = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 2))):
        path = rng.choice(list(places(changed)))
        if not path:
            if rng.random() < 0.1:
                return rng.choice(_STRANGE)
            continue
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        match rng.randrange(6):
            case 0:
                del holder[path[-1]]
            case 1 if isinstance(holder, dict):
                holder[f"{path[-1]}x"] = holder.pop(path[-1])
            case 2 if isinstance(holder, list):
                holder.append(rng.choice([*_STRANGE, *holder]))
            case _:
                holder[path[-1]] = copy.deepcopy(rng.choice(_STRANGE))
    return changed


def as_text(value: Any, rng: random.Random) -> bytes:
    """The JSON text of a value, now and then broken as a text."""
    text = json.dumps(value).encode("ascii")
    match rng.randrange(30):
        case 0:
            return text[: rng.randrange(len(text) + 1)]
        case 1:
            return b"[" * 100_000 + text
        case 2:
            return text.replace(b"1", b"9" * 5000, 1)
        case 3:
            return b"\xff\xfe" + text
        case _:
            return text


def small_model(folder: Path) -> None:
    """A linear model of two codes, trained in a second."""
    template = load_passages()[0]
    texts = [("预算资金", "money"), ("拨付经费", "money"), ("招聘人员", "people"), ("培训干部", "people")]
    passages = [
        replace(
            template, text=f"{text}第{k}批已完成。", label=label, also=(), facets=(), section=None, heading_path=(), voice=f"v{k}",
            order=i, position=i, paragraph=i,
        )
        for k in range(6)
        for i, (text, label) in enumerate(texts)
    ]  # fmt: skip
    train(passages, OWN, folder, seed=3, settings={"folds": 2, "min_passages": 2}, log=lambda line: None)


def model_case(good: Path, folder: Path, rng: random.Random) -> None:
    """A copy of a model with one JSON file mutated; the hashes of its files are made true again, as a forger would."""
    shutil.copytree(good, folder)
    names = sorted(p.name for p in folder.glob("*.json"))
    name = rng.choice(names)
    value = json.loads((good / name).read_text(encoding="utf-8"))
    (folder / name).write_bytes(as_text(mutated(value, rng), rng))
    if name != INFO:
        info = json.loads((good / INFO).read_text(encoding="utf-8"))
        info["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        (folder / INFO).write_text(json.dumps(info), encoding="utf-8")
    if os.name == "posix" and rng.random() < 0.1:
        victim = folder / rng.choice([*names, "weights.safetensors"])
        outside = folder.with_name("outside")
        outside.write_bytes(victim.read_bytes())
        victim.unlink()
        victim.symlink_to(outside)


def open_model(folder: Path) -> None:
    """Use a model as ``--engine`` does."""
    analyze_bytes(sample_text(received=3).encode("utf-8"), "a.txt", classifier=classifier(folder))


_TABLES = ("meta", "parts", "batches", "files")


def manifest_case(good: Path, folder: Path, rng: random.Random) -> None:
    """A copy of a store with values of its manifest exchanged, and sealed again."""
    shutil.copytree(good, folder)
    with closing(sqlite3.connect(folder / manifest.MANIFEST, isolation_level=None)) as db:
        for _ in range(rng.choice((1, 1, 2, 3))):
            table = rng.choice(_TABLES)
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            keys = [row[0] for row in db.execute(f"SELECT {columns[0]} FROM {table}")]
            if not keys:
                continue
            column, key, new = rng.choice(columns), rng.choice(keys), _stored(rng)
            if column == "counts" and rng.random() < 0.8:
                (old,) = db.execute(f"SELECT counts FROM batches WHERE {columns[0]} IS ?", (key,)).fetchone()
                with suppress(TypeError, ValueError):  # what an earlier round has put there may be no JSON
                    new = as_text(mutated(json.loads(old), rng), rng).decode("latin-1")
            try:
                if rng.random() < 0.1:
                    db.execute(f"DELETE FROM {table} WHERE {columns[0]} IS ?", (key,))
                else:
                    db.execute(f"UPDATE {table} SET {column} = ? WHERE {columns[0]} IS ?", (new, key))
            except sqlite3.Error:
                continue
        try:
            seal = manifest.seal_of(db)
        except (TypeError, ValueError):  # bytes have no JSON: such a manifest has no seal that fits
            return
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (manifest.SEAL, seal))


def _stored(rng: random.Random) -> Any:
    value = rng.choice((*_STRANGE, b"\xff\x00", "cells/part-000000.parquet", "reports/part-000001.parquet", "2", 7))
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return 2**62 if isinstance(value, int) and value > 2**62 else value


def open_store(folder: Path, corpus: Path) -> Iterator[Callable[[], object]]:
    """What is done with a store, each of which ends well or with a coded error."""

    def read() -> None:
        store = gongkai.load(folder)
        for name in ("reports", "cells", "passages"):
            store.table(name)
        store.sql("SELECT count(*) FROM cells JOIN reports USING (report_id)")
        store.reports(store.table("reports")["report_id"].to_pylist()[:1])

    yield read
    yield lambda: verify_store(folder)
    yield lambda: gongkai.tag([corpus], folder, classifier=KeywordClassifier())


def foreign(doing: Callable[[], object]) -> str:
    """What an action ends with that is no error of ours; empty if it ends as it should."""
    try:
        doing()
    except GongkaiError as error:
        return "" if error.message else "an error without a message"
    except Exception as error:  # noqa: BLE001 - what this looks for
        return f"{type(error).__name__}: {error}"
    return ""


def damage_models(folder: Path, cases: int, seed: int) -> list[str]:
    """Foreign errors of ``cases`` mutated model folders."""
    good = folder / "good-model"
    good.mkdir()
    small_model(good)
    found = []
    for number in range(cases):
        case = folder / "model"
        model_case(good, case, random.Random(f"{seed} model {number}"))
        if what := foreign(lambda case=case: open_model(case)):  # type: ignore[misc]
            found.append(f"model {number}: {what}")
        shutil.rmtree(case)
    return found


def damage_manifests(folder: Path, cases: int, seed: int) -> list[str]:
    """Foreign errors of ``cases`` stores with mutated manifests."""
    corpus, good = folder / "in", folder / "good-store"
    corpus.mkdir()
    for n in range(2):
        (corpus / f"{n}.txt").write_text(sample_text(received=n), encoding="utf-8")
    gongkai.tag([corpus], good, classifier=KeywordClassifier())
    found = []
    for number in range(cases):
        case = folder / "store"
        manifest_case(good, case, random.Random(f"{seed} manifest {number}"))
        found += [f"manifest {number}: {what}" for doing in open_store(case, corpus) if (what := foreign(doing))]
        shutil.rmtree(case)
    return found


__all__ = ["damage_manifests", "damage_models", "foreign"]
