"""Shared paths and fixtures; with CI=true a skip that is not on the list fails the run."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_process import Run, call_gongkai, without_workers

# no test reads or writes what the user's own starts keep
os.environ["GONGKAI_CACHE"] = "off"

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
#: files of few tests that take long, which are begun first: begun last, one core would wait for the other
LONG = frozenset(
    {
        "test_attack.py", "test_batch_workers.py", "test_browser.py", "test_coding_browser.py", "test_ray.py", "test_readme.py",
        "test_review_browser.py",
    }
)  # fmt: skip


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real reports and gold; tests that need it are skipped where it is missing."""
    if not (SHARED / "reports").is_dir():
        pytest.skip("no ../shared/reports beside the checkout")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first (``--no-loadscope-reorder`` in the Makefile leaves them there)."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish() -> None:
    """What is loaded and collected stays: the garbage collector need not look at two million objects again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="module", autouse=True)
def _in_process(request: pytest.FixtureRequest) -> Iterator[None]:
    """A module that says ``IN_PROCESS = True`` is not about workers: what it tags is read in the process of the test."""
    if getattr(request.module, "IN_PROCESS", False):
        with without_workers():
            yield
    else:
        yield


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``gongkai ARGS`` in this process: its exit code and what it prints."""
    return lambda *arguments: call_gongkai(capsys, *arguments)


def pytest_unconfigure() -> None:
    gc.unfreeze()  # else nanobind calls what is still frozen at the end a leak


def _allowed() -> list[str]:
    lines = (ROOT / "tests" / "allowed_skips.txt").read_text(encoding="utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if os.environ.get("CI") != "true":
        return
    allowed = _allowed()
    if not SHARED.is_dir():
        return
    forbidden = [s for s in _skipped if not any(s.startswith(a) for a in allowed)]
    if forbidden:
        print("\nskipped with CI=true but not in tests/allowed_skips.txt:\n  " + "\n  ".join(forbidden))
        session.exitstatus = 1
