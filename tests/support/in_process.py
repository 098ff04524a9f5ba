"""Commands and runs in the process of the tests: a new interpreter costs a second, a worker most of one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from extract.runs.options import TagOptions
from extract.runs.run import inline
from gongkai import api
from gongkai.commands import app
from gongkai.one_file import engine


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@contextmanager
def without_workers() -> Iterator[None]:
    """Whatever is tagged meanwhile is read in this process."""

    made = api._runner

    def runner(asked: TagOptions, workers: int) -> object:
        return inline(engine(asked.engine, asked.min_confidence)) if asked.cluster is None else made(asked, workers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "_runner", runner)
        yield


def call_gongkai(capsys: pytest.CaptureFixture[str], *arguments: object) -> Result:
    """What ``gongkai ARGS`` ends with and prints."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["gongkai", *map(str, arguments)])
        try:
            app.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Result(code, *capsys.readouterr())
