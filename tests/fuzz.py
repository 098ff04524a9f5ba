"""Mutation fuzzing of every reader: ``python -m tests.fuzz --out docs/robustness.md`` prints how damaged files end, and writes it.

Each case is a bundled report in some form with bytes changed, cut, doubled or put in, or with the inside of its package exchanged.
Cases run in a child process with a limit of memory, so that a crash of a C library is counted and not fatal.  A case is known by
``--seed``, form and number: ``python -m tests.fuzz --child FORM --first K --cases 1 --keep FILE`` writes the file of one.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from corpus import archives
from corpus.errors import GongkaiError
from corpus.readers import read_bytes
from tests.support.exporters import cms, pages, words
from tests.support.exporters_pdf import chromium, libreoffice, print_chromium, print_libreoffice, to_html
from tests.support.hostile import HOSTILE
from training.samples.build import build, load
from training.samples.layouts import LAYOUTS

SEED = 20240131
#: bytes that a case may take (address space of the child)
MEMORY = 6_000_000_000
#: seconds after which a case counts as endless
LIMIT = 120
#: how many cases of each form a run takes by default; old Office files start LibreOffice, pictures are recognised
CASES = {
    "text": 150,
    "markdown": 150,
    "html": 200,
    "cms": 200,
    "docx": 200,
    "docx-inside": 200,
    "pdf": 200,
    "pdf-inside": 200,
    "zip": 150,
    "picture": 15,
    "doc": 4,
}
_PIECES = (
    b"<table><tr><td rowspan=0 colspan=9>", b"</table></div>", b"<!--", b"]]>", b"\x00", b"&nbsp", b"<w:tbl>", b'w:val="-1"', b"\xff\xfe",
    b"endobj", b"stream\n", b"<< /Type /Page >>", b"1 0 R", b"/Length 99999999", b"\t\t\t", b"\r", b"| --- |", b"9" * 400, "（" .encode() * 90,
)  # fmt: skip


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, deleted, put in, doubled, cut off, or pieces of markup put in."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 12))):
        at = rng.randrange(len(out) or 1)
        size = rng.choice((1, 2, 8, 64, 512))
        match rng.randrange(6):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del out[at : at + size]
            case 2:
                out[at:at] = rng.randbytes(size)
            case 3:
                out[at:at] = out[at : at + size] * rng.choice((2, 8))
            case 4:
                out = out[: max(1, at)]
            case _:
                out[at:at] = rng.choice(_PIECES)
    return bytes(out)


def mutate_package(data: bytes, rng: random.Random) -> bytes:
    """A DOCX with its markup mutated and packed again, so that the damage lies behind the checksum."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        victim = rng.choice(["word/document.xml", "word/document.xml", "word/styles.xml", "word/numbering.xml"])
        for name in old.namelist():
            raw = old.read(name)
            if name == victim:
                raw = _swapped(raw, rng) if rng.random() < 0.7 else mutate(raw, rng)
            new.writestr(name, raw)
    return out.getvalue()


def _swapped(raw: bytes, rng: random.Random) -> bytes:
    """Markup that stays well-formed mostly: names and values exchanged."""
    names = [b"w:p>", b"w:tc>", b"w:tr>", b"w:tbl>", b"w:r>", b"w:t>"]
    for _ in range(rng.randrange(1, 6)):
        a, b = rng.sample(names, 2)
        raw = raw.replace(a, b, rng.randrange(1, 40) * 2)
    values = [b'w:val="0"', b'w:val="9"', b'w:val="99999"', b'w:val=""', b'w:val="x"']
    return raw.replace(rng.choice([b'w:val="1"', b'w:val="7"', b'w:val="2"']), rng.choice(values))


_NUMBER = {b"0": b"-1", b"1": b"999999", b"5": b"0.00001", b"8": b"1e30", b"9": b"nan"}


def mutate_drawing(data: bytes, rng: random.Random) -> bytes:
    """A PDF with uncompressed content whose numbers and operators are exchanged: it opens, and its drawing is absurd."""
    start = data.index(b"stream\n") + 7
    body = data[start:]
    for _ in range(rng.randrange(1, 8)):
        old, new = rng.choice(
            [
                *_NUMBER.items(),
                (b" re", b" m"),
                (b" l", b" re"),
                (b" Tm", b" cm"),
                (b" Tj", b" TJ"),
                (b"ET", b"BT"),
                (b"Q", b"q"),
            ]
        )
        at = body.find(old, rng.randrange(len(body)))
        if at >= 0:
            body = body[:at] + new + body[at + len(old) :]
    return data[:start] + body


@cache
def _pdf() -> tuple[bytes, ...]:
    from tests.support.pdf_writer import PdfPage, ruled, write_pdf

    one, two = PdfPage(), PdfPage(rotate=90)
    texts = {(0, 0): "信息内容", (0, 1): "本年处理决定数量", (1, 0): "行政许可", (1, 1): "31", (2, 0): "行政处罚", (2, 1): "4"}
    ruled(one, [60, 200, 340], [200, 220, 240, 260], texts)
    ruled(two, [60, 200, 340], [200, 220, 240, 260], texts, bars=True)
    for page in (one, two):
        for n, line in enumerate(("二、主动公开政府信息情况", "全年通过门户网站公开政府信息1260条，比上年增长5%。")):
            page.text(60, 80 + 24 * n, line)
    two.form, two.form_matrix = ["0.5 w 0 0 m 90 0 l S 0 0 40 40 re S"], (2, 0, 0, 2, 60, 400)
    return write_pdf([one]), write_pdf([one, two]), write_pdf([two, one, one])


_WORDS = (
    "\t",
    "\n",
    "\n\n",
    "|",
    " ",
    "　",
    "0",
    "-3-",
    "三、",
    "（一）",
    "总计",
    "**",
    "# ",
    "<table>",
    "\x0c",
    "9" * 40,
    "，",
    "\u00a0",
    "1.",
)


def mutate_characters(data: bytes, rng: random.Random) -> bytes:
    """A text with characters and lines deleted, doubled, moved and put in, still in its encoding; some have their bytes mutated."""
    if rng.random() < 0.2:
        return mutate(data, rng)
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("gb18030"), "gb18030"
    for _ in range(rng.choice((1, 4, 20, 100))):
        at, size = rng.randrange(len(text) or 1), rng.choice((1, 1, 3, 20, 200))
        piece = text[at : at + size]
        match rng.randrange(4):
            case 0:
                text = text[:at] + text[at + size :]
            case 1:
                text = text[:at] + piece + text[at:]
            case 2:
                to = rng.randrange(len(text) or 1)
                text = text[:to] + piece + text[to:]
            case _:
                text = text[:at] + rng.choice(_WORDS) + text[at:]
    return text.encode(encoding)


@cache
def _printed() -> tuple[bytes, ...]:
    """Two pages of reports as browsers and office programs print them: compressed streams, embedded fonts."""
    with tempfile.TemporaryDirectory() as folder:
        stories = load()[:1]
        out = Path(folder)
        files = print_chromium({n.id: to_html(n) for n in stories}, out / "c") if chromium() else []
        files += print_libreoffice({n.id: to_html(n) for n in stories}, out / "l") if libreoffice() else []
        return tuple(path.read_bytes() for path in files)


@cache
def _pictures() -> tuple[bytes, ...]:
    from PIL import Image

    from tests.support.exporters.scans import pictures

    image = pictures(_pdf()[0], "clean")[0].crop((100, 150, 1100, 800))
    out = []
    for kind in ("PNG", "JPEG", "TIFF", "BMP", "WEBP"):
        buffer = io.BytesIO()
        image.convert("RGB").resize((500, 325), Image.Resampling.LANCZOS).save(buffer, kind)
        out.append(buffer.getvalue())
    return tuple(out)


def _texts(form: str) -> tuple[tuple[str, bytes], ...]:
    layouts = ["markdown"] if form == "markdown" else [name for name in LAYOUTS if name != "markdown"]
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), layouts)
        return tuple((p.suffix, p.read_bytes()) for layout in layouts for p in sorted((Path(folder) / layout).iterdir())[:4])


@cache
def seeds(form: str) -> tuple[tuple[str, bytes], ...]:
    """(suffix, bytes) of the good files that cases of a form are made from."""
    narratives = load()[:4]
    match form:
        case "text" | "markdown":
            return _texts(form)
        case "html":
            return tuple((".html", pages.cluttered(n, i)) for i, n in enumerate(narratives))
        case "cms":
            return tuple((".html", cms.page(narratives[0], design)) for design in cms.DESIGNS)
        case "docx" | "docx-inside":
            return tuple((".docx", words.docx(n, i)) for i, n in enumerate(narratives))
        case "pdf" | "pdf-inside":
            printed = _printed() if form == "pdf" else ()
            return tuple((".pdf", data) for data in (*_pdf(), *printed))
        case "picture":
            return tuple(zip((".png", ".jpg", ".tif", ".bmp", ".webp"), _pictures(), strict=True))
        case "doc":
            return ((".doc", words.doc(narratives[0], 0)), (".rtf", words.doc(narratives[1], 4)))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("年报/一.txt", "一、总体情况\n全年公开信息40条。\n" * 20)
        archive.writestr("二.docx", words.docx(narratives[0], 0))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("内.zip", inner.getvalue())
        archive.writestr("三.html", pages.plain(narratives[1], 1))
    return ((".zip", outer.getvalue()), (".zip", inner.getvalue()))


_HOW: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "text": mutate_characters,
    "markdown": mutate_characters,
    "docx-inside": mutate_package,
    "pdf-inside": mutate_drawing,
}


def case(form: str, number: int, seed: int) -> tuple[str, bytes]:
    """File name and bytes of one case."""
    rng = random.Random(f"{seed} {form} {number}")
    good = seeds(form)
    suffix, data = good[number % len(good)]
    return f"case{number}{suffix}", _HOW.get(form, mutate)(data, rng)


def run_case(form: str, number: int, seed: int) -> tuple[str, str]:
    """How a case ends (``read``, ``error``, ``foreign``), with the message of what it should not end with."""
    if form == "hostile":
        name, make = list(HOSTILE.values())[number]
        data = make()
    else:
        name, data = case(form, number, seed)
    try:
        if form == "zip":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                path.write_bytes(data)
                for member, raw in archives.expand(path):
                    read_bytes(raw, member)
        else:
            read_bytes(data, name)
    except GongkaiError as error:
        return ("error", "") if error.message and str(error) else ("foreign", "an error without a message")
    except Exception as error:  # noqa: BLE001 - what this looks for
        return "foreign", f"{type(error).__name__}: {error}"
    return "read", ""


@dataclass(slots=True)
class Tally:
    """Ends of the cases of one form."""

    form: str
    ends: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    memory: int = 0
    found: list[str] = field(default_factory=list)


def child(form: str, first: int, cases: int, seed: int) -> None:
    """Run cases and print one JSON line for each."""
    if form != "hostile":
        seeds(form)  # before the limit, which a browser that prints some would inherit
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number in range(first, first + cases):
        print(json.dumps({"number": number}), flush=True)
        began = time.perf_counter()
        end, message = run_case(form, number, seed)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if os.name == "posix" else 0
        print(json.dumps({"end": end, "message": message, "seconds": time.perf_counter() - began, "memory": peak}), flush=True)


def _lines(form: str, first: int, cases: int, seed: int) -> Iterator[dict[str, object]]:
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        "--child",
        form,
        "--first",
        str(first),
        "--cases",
        str(cases),
        "--seed",
        str(seed),
    ]
    env = {**os.environ, "GONGKAI_CACHE": "off", **({} if form == "picture" else {"GONGKAI_OCR": "off"})}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=env
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)


def fuzz(form: str, cases: int, seed: int) -> Tally:
    """Run ``cases`` cases of a form; a child that dies is started again behind the case that killed it."""
    tally = Tally(form)
    at = 0
    while at < cases:
        open_case = None
        for line in _lines(form, at, cases - at, seed):
            if "number" in line:
                open_case = int(str(line["number"]))
                continue
            open_case = None
            at += 1
            seconds = float(str(line["seconds"]))
            end = "slow" if seconds > LIMIT else str(line["end"])
            tally.ends[end] += 1
            tally.slowest = max(tally.slowest, seconds)
            tally.memory = max(tally.memory, int(str(line["memory"])))
            if end not in ("read", "error"):
                tally.found.append(f"{form} {at - 1}: {line['message']}")
        if at < cases:
            tally.ends["crash"] += 1
            tally.found.append(f"{form} {open_case if open_case is not None else at}: the process died")
            at += 1
    return tally


def table(tallies: list[Tally]) -> str:
    """Ends by form, as Markdown."""
    lines = [
        "| form | cases | read | coded error | foreign error | crash | over 120 s | slowest | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for t in tallies:
        counts = " | ".join(str(t.ends[e]) for e in ("read", "error", "foreign", "crash", "slow"))
        lines.append(f"| {t.form} | {sum(t.ends.values())} | {counts} | {t.slowest:.1f} s | {t.memory / 1024:.0f} MB |")
    return "\n".join(lines) + "\n"


def hostile() -> str:
    """How each file of :mod:`tests.support.hostile` ends, in a process of its own, as Markdown."""
    lines = ["| file | ends with | seconds | peak memory |", "|---|---|---:|---:|"]
    words = {"read": "a document", "error": "a coded error"}
    for number, name in enumerate(HOSTILE):
        ends = [line for line in _lines("hostile", number, 1, 0) if "end" in line]
        end = ends[0] if ends else {"end": "crash", "seconds": 0.0, "memory": 0}
        seconds, memory = float(str(end["seconds"])), int(str(end["memory"])) / 1024
        lines.append(f"| {name} | {words.get(str(end['end']), str(end['end']))} | {seconds:.1f} | {memory:.0f} MB |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the ends of all cases, and put them between the marks of ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--share", type=float, default=1.0, help="share of the usual number of cases")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--child")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if options.keep:
        options.keep.write_bytes(case(options.child, options.first, options.seed)[1])
        return
    if options.child:
        child(options.child, options.first, options.cases, options.seed)
        return
    tallies = []
    for form, cases in CASES.items():
        if options.only and form not in options.only:
            continue
        tallies.append(fuzz(form, max(1, round(cases * options.share)), options.seed))
        print(table(tallies[-1:]).splitlines()[-1], *tallies[-1].found[:8], sep="\n    ", flush=True)
    files = hostile()
    print(files)
    if options.out:
        from tests.format_matrix import replace_part

        replace_part(options.out, "hostile", files)
        replace_part(options.out, "fuzz", f"Seed {options.seed}.\n\n{table(tallies)}")
    if any(t.found for t in tallies):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
