"""The command: says its address, answers there, is told what is wrong in one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from gongkai.web.serving import TOKEN
from tests.conftest import ROOT
from tests.support.explorer import three_reports


def start(*arguments: str | Path, **env: str) -> subprocess.Popen[str]:
    """The command, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "gongkai", "serve", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "utf-8", **env}, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_serve_says_where_and_answers_there(tmp_path: Path, host: str) -> None:
    three_reports(tmp_path / "s")
    with start(tmp_path / "s", "--host", host, "--port", "0", **{TOKEN: ""}) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            assert address.startswith("http://127.0.0.1:")
            assert ("token=" in address) is (host == "0.0.0.0")
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            assert "临江区教育局" in opener.open(address, timeout=20).read().decode()
            if host == "0.0.0.0":
                with pytest.raises(urllib.error.HTTPError, match="403"):
                    urllib.request.urlopen(address.split("?")[0], timeout=20)
        finally:
            process.send_signal(signal.SIGINT if os.name == "posix" and host == "0.0.0.0" else signal.SIGTERM)
            process.wait(20)
            assert "Traceback" not in (process.stderr.read() if process.stderr else "")
    if os.name == "posix":
        assert not list((tmp_path / "s" / "explorer").glob(".parts-*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere"),
        (["{}", "--port", "99999"], "port"),
        (["{}", "--host", "no such host"], "cannot listen"),
        (["{}", "--coded", "{}/other.csv"], "other.csv"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    three_reports(tmp_path / "s")
    (tmp_path / "s" / "other.csv").write_text("name,label\n甲,problem\n", encoding="utf-8")
    with start(*[a.format(tmp_path / "s") for a in arguments]) as process:
        _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said in error
    assert "Traceback" not in error
