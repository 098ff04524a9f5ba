"""Nothing that a user can cause ends in a traceback: one line with the remedy, and the exit code that the README says."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import DataError, ReadError, StoreError, UsageError
from corpus.extras import install_command
from gongkai.commands.faults import check_writable, guarded, interrupted_line, one_line

IN_PROCESS = True


def failing(error: BaseException) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("no", source="x", remedy="y"), 2, "x: no. Remedy: y"),
        (StoreError("no", source="x"), 2, "x: no"),
        (DataError("no", source="x.csv, line 3"), 2, "x.csv, line 3: no"),
        (ReadError("is empty.", source="a.txt"), 1, "a.txt: is empty"),
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), 2, "/root/x: no permission. Remedy: check your rights"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a/b.csv"), 2, "a/b.csv: there is no such file or folder"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "a/b"), 2, "a/b: a part of the path is a file"),
        (OSError(errno.ENOSPC, "No space left on device", "x"), 2, "x: the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), 2, "cannot be written"),
        (OSError("odd"), 2, "odd"),
        (FileNotFoundError(errno.ENOENT, "No such file"), 2, "the folder that you are in is gone. Remedy: go to another"),
        (MemoryError(), 1, "the memory is used up"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_one_line_and_the_code(error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        guarded(failing(error))
    said = capsys.readouterr().err
    assert ended.value.code == code
    assert says in said
    assert said.startswith("gongkai: ")
    assert said.count("\n") == 1


def test_ctrl_c_says_what_is_kept_and_how_to_go_on() -> None:
    line = interrupted_line(["tag", "my reports", "--out", "r", "--overwrite"])
    assert line.endswith("what is done is kept; go on with the same command: gongkai tag 'my reports' --out r")
    assert "nothing of it was written" in interrupted_line(["export", "r", "--to", "csv", "--out", "e"])
    assert "is kept beside the results. Open it again: gongkai serve r" in interrupted_line(["serve", "r"])
    assert interrupted_line([])


def test_one_line_of_an_error() -> None:
    error = ReadError("is empty.", remedy="give another.\nfile.", source="a.txt")
    assert one_line(error) == "a.txt: is empty. Remedy: give another. file"


def test_a_place_to_write_is_looked_at_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    check_writable(tmp_path / "new.csv")
    check_writable(tmp_path / "file")
    for path, says in (
        (tmp_path / "no" / "x.csv", "no such folder"),
        (tmp_path / "file" / "x", "is a file"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(UsageError, match=says):
            check_writable(path)


@pytest.mark.parametrize(
    ("noted", "command"),
    [
        ('{"url": "file:///home/me/my%20code", "dir_info": {}}', "pip install '/home/me/my code[ocr]'"),
        ('{"url": "file:///home/me/gongkai", "dir_info": {"editable": true}}', "pip install -e '/home/me/gongkai[ocr]'"),
        (
            '{"url": "file:///w/g-0.1-py3-none-any.whl", "archive_info": {}}',
            "pip install 'gongkai[ocr] @ file:///w/g-0.1-py3-none-any.whl'",
        ),
        ('{"url": "https://x.org/g.git", "vcs_info": {"vcs": "git"}}', "pip install 'gongkai[ocr] @ git+https://x.org/g.git'"),
        ("", "pip install 'gongkai[ocr]'"),
        ("no json", "pip install 'gongkai[ocr]'"),
    ],
)
def test_an_extra_is_had_from_where_gongkai_came(noted: str, command: str) -> None:
    assert install_command("ocr", noted) == command
