"""`make wheel-test`: build the wheel, install it into a fresh environment, use it from an empty folder.

Run as ``python -m tests.wheel_test``; prints what it did and exits non-zero at the first failure.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import docs_commands, test_readme
from tests.gongkai import test_wrong_uses

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 3 * 1024 * 1024
#: what the READMEs install
EXTRAS = "export,compare,plots,web"


def _run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env=env, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nexit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def play_readmes(python: Path, work: Path, env: dict[str, str]) -> None:
    """Every command of both READMEs with the installed package: the tours side by side, each in a folder of its own."""
    with ThreadPoolExecutor() as pool:
        played = list(pool.map(lambda name: _tour(name, python, work, env), ("README.md", "README.zh-CN.md")))
    if wrong := [line for lines in played for line in lines if "\n" in line]:
        sys.exit("\n".join(wrong))
    print(f"READMEs: {sum(map(len, played))} commands")


def _tour(name: str, python: Path, work: Path, env: dict[str, str]) -> list[str]:
    """Each command that was played; the last with what went wrong, on lines of its own, where one did."""
    folder = work / name
    folder.mkdir()
    test_readme.prepare(folder)
    played = []
    for command in test_readme.commands((ROOT / name).read_text(encoding="utf-8")):
        if command.startswith(test_readme.NOT_HERE):
            continue
        first, *rest = shlex.split(command, comments=True)
        start = [str(python), "-m", "gongkai"] if first == "gongkai" else [str(python)]
        done = _play([*start, *rest], folder, env)
        if done.returncode == 2 and "--overwrite" in done.stderr:  # two tours make the same results
            done = _play([*start, *rest, "--overwrite"], folder, env)
        played.append(" ".join(command.split()))
        if done.returncode not in ((0, 1) if rest[:1] == ["check"] else (0,)):
            return [*played, f"{name}: {command}\nexit {done.returncode}\n{done.stderr[-1000:]}"]
    return played


def play_wrong_uses(python: Path, work: Path, env: dict[str, str]) -> None:
    """Every wrong use with the installed package, as many at a time as there are cores: exit code, words, no traceback."""
    folder = work / "wrong"
    folder.mkdir()
    test_wrong_uses.prepare(folder)

    # results of the checkout; a run with the installed rules would be of the same code
    def wrong(row: tuple[str, ...]) -> str:
        command, code, words = row
        done = _play([str(python), "-m", "gongkai", *shlex.split(command)], folder, env)
        said = " ".join((done.stdout + done.stderr).split())
        good = done.returncode == int(code) and words in said and "Traceback" not in said
        return "" if good else f"{command}: exit {done.returncode}, {said[-300:]}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [line for line in pool.map(wrong, test_wrong_uses.ROWS) if line]
    if found:
        sys.exit("\n".join(found))
    print(f"wrong uses: {len(test_wrong_uses.ROWS)}")


def _play(command: list[str], folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**env, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}, check=False, capture_output=True, text=True, encoding="utf-8"
    )  # fmt: skip


def main() -> None:
    """Build, install, use."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _run(sys.executable, "-m", "build", "--wheel", "--outdir", work, ROOT, cwd=work)
        wheel = next(work.glob("*.whl"))
        size = wheel.stat().st_size
        names = zipfile.ZipFile(wheel).namelist()
        print(f"{wheel.name}: {size / 1024:.0f} KB, {len(names)} files")
        if size > LIMIT:
            sys.exit(f"the wheel is larger than {LIMIT} bytes")
        if strays := [n for n in names if n.startswith(("tests/", "benchmarks/"))]:
            sys.exit(f"the wheel holds {strays[:5]}")
        venv.create(work / "env", with_pip=True)
        python = work / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}  # PYTHONPATH could show the checkout
        _run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", f"{wheel}[{EXTRAS}]", cwd=work, env=env)
        empty = work / "empty"
        empty.mkdir()
        _run(python, "-m", "training.samples", empty / "samples", "--layouts", "tab-rows", cwd=empty, env=env)
        print(_run(python, "-m", "gongkai", "tag", "samples/tab-rows", "--out", "results", "--html", cwd=empty, env=env))
        schema = _run(python, "-m", "gongkai", "schema", cwd=empty, env=env)
        report = sorted((empty / "samples" / "tab-rows").glob("*.*"))[0]
        shown = _run(python, "-m", "gongkai", "show", report, cwd=empty, env=env)
        if "主动公开" not in schema or "主动公开" not in shown or not (empty / "results" / "report.html").is_file():
            sys.exit("schema, show or report.html lack what they should print")
        play_readmes(python, work, env)
        play_wrong_uses(python, work, env)
        docs_commands.play_docs(python, work, env)
        print(f"schema: {len(schema.splitlines())} lines, show: {len(shown.splitlines())} lines")


if __name__ == "__main__":
    main()
