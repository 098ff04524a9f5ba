"""ZIP archives: names, nesting, limits, and the way of their members into a run; mutation fuzzing of the readers."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.archives import ArchiveLimits, expand, member_names, read_member
from corpus.errors import GongkaiError, ReadError
from corpus.readers import read_bytes
from extract.runs.run import find_sources, process
from tests.support.exporters import pages, words
from training.samples.build import load

REPORT = "云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n2021年，我局主动公开信息40条。\n".encode()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def local_names(data: bytes, encoding: str) -> bytes:
    """The archive with its UTF-8 names as a tool writes them that knows no UTF-8."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        local, central = b"", b""
        for info in old.infolist():
            name, raw = info.filename.encode(encoding), old.read(info)
            common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x5000, zlib.crc32(raw), len(raw), len(raw), len(name), 0)
            central += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
            local += b"PK\x03\x04" + common + name + raw
        out.write(
            local
            + central
            + b"PK\x05\x06"
            + struct.pack("<HHHHIIH", 0, 0, len(old.infolist()), len(old.infolist()), len(central), len(local), 0)
        )
    return out.getvalue()


def write(folder: Path, data: bytes, name: str = "a.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_members_of_folders_and_of_archives_inside(tmp_path: Path) -> None:
    inner = zipped({"深/丙.txt": b"3"})
    path = write(
        tmp_path,
        zipped(
            {
                "甲.txt": b"1",
                "夹/": b"",
                "夹/乙.txt": b"2",
                "夹/内.zip": inner,
                "__MACOSX/._x": b"",
                ".DS_Store": b"",
                "~$x.docx": b"",
            }
        ),
    )
    assert list(expand(path)) == [("甲.txt", b"1"), ("夹/乙.txt", b"2"), ("夹/内.zip!/深/丙.txt", b"3")]
    assert member_names(path) == [name for name, _ in expand(path)]
    assert [read_member(path, name) for name in member_names(path)] == [b"1", b"2", b"3"]
    with pytest.raises(ReadError, match="no member"):
        read_member(path, "没有.txt")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_in_local_encodings(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, local_names(zipped({"年报/水务局.txt": b"1"}, zipfile.ZIP_STORED), encoding))
    assert list(expand(path)) == [("年报/水务局.txt", b"1")]
    assert read_member(path, "年报/水务局.txt") == b"1"


def test_names_with_backslashes_are_folders(tmp_path: Path) -> None:
    path = write(tmp_path, zipped({"a\\b.txt": b"1"}))
    assert member_names(path) == ["a/b.txt"]


@pytest.mark.parametrize("name", ["../x.txt", "a/../../x.txt", "/etc/x", "C:/x", "..\\x", "a!/b.txt", "x" * 2000])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, zipped({"ok.txt": b"1", name: b"2"}))
    with pytest.raises(ReadError, match=r"leads out|unusable"):
        list(expand(path))
    with pytest.raises(ReadError, match=r"leads out|unusable"):
        read_member(path, name)


@pytest.mark.parametrize(
    ("files", "limits", "message"),
    [
        ({"a": b"1", "b": b"2", "c": b"3"}, ArchiveLimits(members=2), "more than 2 files"),
        ({"a": b"1" * 100}, ArchiveLimits(member=99), "more than 99 bytes"),
        ({"a": b"1" * 60, "b": b"1" * 60}, ArchiveLimits(total=100), "in all"),
        ({"a": b"0" * 20_000_000}, ArchiveLimits(), "times its size"),
        ({"i.zip": zipped({"i.zip": zipped({"i.zip": zipped({"a": b""})})})}, ArchiveLimits(), "nested deeper"),
    ],
)
def test_limits(tmp_path: Path, files: dict[str, bytes], limits: ArchiveLimits, message: str) -> None:
    path = write(tmp_path, zipped(files))
    with pytest.raises(ReadError, match=message):
        list(expand(path, limits))


def test_a_bomb_of_overlapping_or_lying_members_ends_soon(tmp_path: Path) -> None:
    data = bytearray(zipped({"a": b"0" * 200_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # the directory says ten bytes
    started = time.perf_counter()
    with pytest.raises(ReadError):
        list(expand(write(tmp_path, bytes(data)), ArchiveLimits(ratio=50)))
    assert time.perf_counter() - started < 5


def test_damaged_archives_are_said(tmp_path: Path) -> None:
    good = zipped({"a.txt": REPORT * 20})
    for data in (b"", b"PK", good[:-30], b"x" * 500):
        with pytest.raises(ReadError, match="ZIP"):
            list(expand(write(tmp_path, data)))
    broken = bytearray(good)
    broken[40:60] = bytes(20)
    with pytest.raises(ReadError, match="unpacked"):
        list(expand(write(tmp_path, bytes(broken))))
    encrypted = bytearray(good)
    encrypted[6] |= 1
    encrypted[good.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ReadError, match="encrypted"):
        list(expand(write(tmp_path, bytes(encrypted))))
    with pytest.raises(ReadError):
        list(expand(tmp_path / "missing.zip"))


def test_archives_in_a_run(tmp_path: Path) -> None:
    write(tmp_path, zipped({"局/一.txt": REPORT, "图.xyz": b"?", "内.zip": zipped({"二.txt": REPORT + b"x"})}))
    write(tmp_path, b"no archive", "坏.zip")
    write(tmp_path, REPORT, "三.txt")
    outcomes = {o.source.name: o for o in (process(s, None, {}) for s in find_sources([tmp_path]))}
    assert {name: o.status for name, o in outcomes.items()} == {
        "a.zip!/局/一.txt": "partial", "a.zip!/图.xyz": "skipped", "a.zip!/内.zip!/二.txt": "partial", "三.txt": "partial", "坏.zip": "failed",
    }  # fmt: skip
    assert "ZIP" in outcomes["坏.zip"].issues[0].message
    (named,) = find_sources([tmp_path / "坏.zip"])
    assert process(named, None, {}).status == "failed"


# mutation fuzzing


def _mutate(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 12))):
        at = rng.randrange(len(out) or 1)
        kind = rng.randrange(6)
        size = rng.choice((1, 2, 8, 64, 512))
        if kind == 0:
            out[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del out[at : at + size]
        elif kind == 2:
            out[at:at] = bytes(rng.randrange(256) for _ in range(size))
        elif kind == 3:
            out[at:at] = out[at : at + size] * rng.choice((2, 8))
        elif kind == 4:
            out = out[:at]
        else:
            out[at:at] = rng.choice(
                (
                    b"<table><tr><td rowspan=0 colspan=9>",
                    b"</table></div>",
                    b"<!--",
                    b"]]>",
                    b"\x00",
                    b"&nbsp",
                    b"<w:tbl>",
                    b'w:val="-1"',
                )
            )
    return bytes(out)


def _inside(data: bytes, rng: random.Random) -> bytes:
    """A DOCX with its markup mutated and packed again, so that the damage lies behind the checksum."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        victim = rng.choice(["word/document.xml", "word/styles.xml", "word/numbering.xml"])
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(name, _swap(raw, rng) if name == victim else raw)
    return out.getvalue()


def _swap(raw: bytes, rng: random.Random) -> bytes:
    """Markup that stays well-formed mostly: names and values exchanged."""
    names = [b"w:p>", b"w:tc>", b"w:tr>", b"w:tbl>", b"w:r>", b"w:t>"]
    for _ in range(rng.randrange(1, 6)):
        a, b = rng.sample(names, 2)
        raw = raw.replace(a, b, rng.randrange(1, 40) * 2)
    digits = [b'w:val="0"', b'w:val="9"', b'w:val="99999"', b'w:val=""', b'w:val="x"']
    return raw.replace(rng.choice([b'w:val="1"', b'w:val="7"', b'w:val="2"']), rng.choice(digits))


@pytest.mark.parametrize(
    ("suffix", "mutate"),
    [(".html", _mutate), (".docx", _mutate), (".docx", _inside), (".zip", _mutate)],
    ids=["html", "docx", "docx-xml", "zip"],
)
def test_mutated_files_end_with_a_document_or_a_coded_error(
    tmp_path: Path, suffix: str, mutate: Callable[[bytes, random.Random], bytes]
) -> None:
    narratives = load()[:4]
    rng = random.Random(20240131)
    seeds = {
        ".html": [pages.cluttered(n, i) for i, n in enumerate(narratives)],
        ".docx": [words.docx(n, i) for i, n in enumerate(narratives)],
        ".zip": [zipped({"甲/一.txt": REPORT, "二.zip": zipped({"三.txt": REPORT})})],
    }[suffix]
    read = 0
    for k in range(120):
        data = mutate(seeds[k % len(seeds)], rng)
        started = time.perf_counter()
        # anything but a coded error fails the test
        with contextlib.suppress(GongkaiError):
            if suffix == ".zip":
                list(expand(write(tmp_path, data)))
            else:
                read_bytes(data, f"a{suffix}")
            read += 1
        assert time.perf_counter() - started < 5
    assert read or suffix != ".html"
