"""Fuzzed files over the whole path: from bytes to stored rows, exported tables and pages; what a run sets aside as a fault of ours counts."""

from __future__ import annotations

import io
import os
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

from rich.console import Console

import gongkai
from corpus.errors import GongkaiError
from corpus.store.verify import verify_store
from gongkai import api
from gongkai.bundle import bundle
from gongkai.commands import check, compare
from gongkai.export import FORMATS as EXPORTS
from gongkai.export import export
from gongkai.pages.store_page import render_store
from gongkai.pages.terminal import print_report
from gongkai.store_access import Store
from models.keywords import KeywordClassifier
from tests.attack.damage import Damages
from tests.fuzz import case, mutate
from tests.support.failures import FAILURES
from tests.support.growing import GROWING

#: form -> share of the cases
FORMS = {
    "failures": 8, "text": 5, "markdown": 3, "html": 5, "cms": 3, "docx": 1, "docx-inside": 4, "pdf": 1, "pdf-inside": 1, "zip": 2, "growing": 2,
}  # fmt: skip
#: what stands before the name of every third file; a name on Windows could not hold these
_ODD = ("=1+1 ", "'\"", "[*]?", "a\nb", " ", "%s{0}", "<b>&", "公\u202e开", "\ufeff") if os.name == "posix" else ("公",)
#: analysed alone, too, as ``gongkai show`` does
_ALONE = 4


@cache
def _failure(number: int) -> tuple[str, bytes]:
    name, make = list(FAILURES.values())[number]
    return name, make()


def _file(form: str, number: int, seed: int) -> tuple[str, bytes]:
    if form == "growing":
        kind = list(GROWING.values())[number % len(GROWING)]
        return f"g{number}{Path(kind.name).suffix}", kind.make(2 + number % 40)
    if form == "failures":
        name, data = _failure(number % len(FAILURES))
        return name, data if number < len(FAILURES) else mutate(data, random.Random(f"{seed} {number}"))
    return case(form, number, seed)


def whole_path(
    cases: int, seed: int, forms: Mapping[str, int] = FORMS, *, at_once: int = 150, engine: str | None = "keywords", part: int = 0, of: int = 1,
) -> Damages:  # fmt: skip
    """Run ``cases`` files of all forms, some dozens in one corpus, through everything that follows.

    Args:
        forms: form and its share of the cases.
        at_once: files of one corpus.
        engine: what labels the passages; None takes the default model.
        part: of ``of`` parts that are run beside each other, which one.
    """
    os.environ["GONGKAI_OCR"] = "off"
    result = Damages()
    shares = {form: max(1, round(cases * share / sum(forms.values()))) for form, share in forms.items()}
    # every corpus holds some of each form
    files = sorted((number / count, form, number) for form, count in shares.items() for number in range(count))[part::of]
    for first in range(0, len(files), at_once):
        with tempfile.TemporaryDirectory() as home:
            chosen = [(form, number) for _, form, number in files[first : first + at_once]]
            _corpus(Path(home), f"from {first}", chosen, seed, engine, result)
    return result


def _corpus(home: Path, what: str, files: Sequence[tuple[str, int]], seed: int, engine: str | None, result: Damages) -> None:
    corpus, out = home / "in", home / "out"
    corpus.mkdir()
    for form, number in files:
        name, data = _file(form, number, seed)
        odd = _ODD[number // 3 % len(_ODD)] if number % 3 == 0 else ""
        path = corpus / f"{odd}{form} {number:05d} {name}"
        path.write_bytes(data)
        if number % _ALONE == 0 and path.suffix != ".zip":
            _try(f"{form} {number}, alone", lambda p=path: _alone(p), result, refused=True)  # type: ignore[misc]
    try:
        gongkai.tag([corpus], out, classifier=KeywordClassifier() if engine == "keywords" else api.engine(engine))
        store = gongkai.load(out)
    except Exception as error:  # noqa: BLE001 - what this looks for
        result.found.append(f"{what}: the run ended: {type(error).__name__}: {error}")
        return
    for step, doing in _steps(store, home):
        # a comparison of nothing, and a check of what is no report, is refused
        _try(f"{what}, {step}", doing, result, refused=step in {"compare", "check"})
    for row in store.table("issues").to_pylist():
        if row["code"] == "internal":
            result.found.append(f"{row['source']!r}: {row['message'][-400:]}")
    result.ends += Counter(store.table("sources")["status"].to_pylist())


def _try(what: str, doing: Callable[[], object], result: Damages, *, refused: bool) -> None:
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            doing()
    except GongkaiError as error:
        if not refused or not error.message:
            result.found.append(f"{what}: {error}")
    except Exception as error:  # noqa: BLE001 - what this looks for
        result.found.append(f"{what}: {type(error).__name__}: {error}")


def _alone(path: Path) -> None:
    print_report(gongkai.analyze(path, classifier="keywords"), Console(file=io.StringIO()), all_rows=True)


def _steps(store: Store, home: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Everything that is made of results, with the name of each step."""
    for to in EXPORTS:
        if to != "spacy":  # the slow one, of passages that the others hold
            yield f"export {to}", lambda to=to: export(store, to, home / to)  # type: ignore[misc]
    yield "wide", lambda: export(store, "csv", home / "wide", only=["wide"])
    yield "page", lambda: render_store(store)
    yield "terminal", lambda: _printed(store)
    yield "verify", lambda: _verified(store)
    yield "check", lambda: check.run([str(store.folder)], home / "check.html", console=Console(file=io.StringIO()))
    yield "compare", lambda: compare.run(store.folder, home / "compared", "year")
    yield "bundle", lambda: bundle(store, home / "bundle", hide_contacts=True)
    yield "bundle again", lambda: _verified(gongkai.load(home / "bundle" / "store"))
    yield "explorer", lambda: _explored(store)


def _some(store: Store) -> list[str]:
    """Every third report."""
    found: list[str] = store.table("reports")["report_id"].to_pylist()
    return found[::3]


def _printed(store: Store) -> None:
    for report in store.reports(_some(store)):
        print_report(report, Console(file=io.StringIO()))


def _verified(store: Store) -> None:
    if problems := verify_store(store.folder).problems:
        raise AssertionError("; ".join(problems))


def _explored(store: Store) -> None:
    """Every page of the explorer that a visitor of these results may open first, and every third report."""
    from tests.support.explorer import client

    browser = client(store.folder)
    for at in ["/", "/search?q=公开", "/problems", *(f"/report/{r}" for r in _some(store))]:
        if (code := browser.get(at).status_code) >= 500:
            raise AssertionError(f"{at} answers {code}")


__all__ = ["FORMS", "whole_path"]
