"""`make wheel-test`: build the wheel, install it into a fresh environment, use it from an empty folder.

Run as ``python -m tests.wheel_test``; prints what it did and exits non-zero at the first failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 3 * 1024 * 1024


def _run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env=env, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nexit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


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
        _run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, cwd=work)
        empty = work / "empty"
        empty.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        _run(python, "-m", "training.samples", empty / "samples", "--layouts", "tab-rows", cwd=empty, env=env)
        print(_run(python, "-m", "gongkai", "tag", "samples/tab-rows", "--out", "results", "--html", cwd=empty, env=env))
        schema = _run(python, "-m", "gongkai", "schema", cwd=empty, env=env)
        report = sorted((empty / "samples" / "tab-rows").glob("*.*"))[0]
        shown = _run(python, "-m", "gongkai", "show", report, cwd=empty, env=env)
        if "主动公开" not in schema or "主动公开" not in shown or not (empty / "results" / "report.html").is_file():
            sys.exit("schema, show or report.html lack what they should print")
        print(f"schema: {len(schema.splitlines())} lines, show: {len(shown.splitlines())} lines")


if __name__ == "__main__":
    main()
