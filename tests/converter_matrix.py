"""What other programs make of the bundled reports, and how much of it is read rightly.

``python -m tests.converter_matrix --out docs/formats.md --tools /path/to/venv`` exports the reports as PDF, DOCX and HTML, turns them
into text by each converter that is found, and compares cells and passages with the truth.  The programs are no part of the project:
``pdftotext`` and ``pandoc`` are looked for on the path, ``soffice`` too, the others as modules of the environment ``--tools``; what is
missing is named.  ``--only NAME`` takes some rows, ``--reports N`` some reports.

A cell survives if its number stands among those that the converter printed between the headings of sections two and five.  A shred is a
passage that is a piece of a table.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import GongkaiError
from corpus.forms.shreds import is_shred
from extract.pipeline import analyze
from tests.format_matrix import Unlabelled, forms, replace_part
from training.measure.evaluate import result_of, score
from training.measure.gold import GoldReport, load_gold
from training.samples.build import build, load

SECONDS = 120
_NUMBER = re.compile(r"(?<![\d.])-?\d+(?:\.\d+)?(?![\d.]*\d)")
_TABLES = re.compile(r"二、.{0,12}主动公开.*?(?=五、|$)", re.DOTALL)

#: program with its arguments; `{in}` and `{out}` are files, without `{out}` it prints
CONVERTERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # name: (form that it reads, suffix that it makes, command)
    "pdftotext": ("pdf-chromium", ".txt", ("pdftotext", "{in}", "{out}")),
    "pdftotext -layout": ("pdf-chromium", ".txt", ("pdftotext", "-layout", "{in}", "{out}")),
    "pdftotext -raw": ("pdf-chromium", ".txt", ("pdftotext", "-raw", "{in}", "{out}")),
    "pdftotext, LibreOffice PDF": ("pdf-libreoffice", ".txt", ("pdftotext", "{in}", "{out}")),
    "pdftotext -layout, LibreOffice PDF": ("pdf-libreoffice", ".txt", ("pdftotext", "-layout", "{in}", "{out}")),
    "pdftotext -raw, LibreOffice PDF": ("pdf-libreoffice", ".txt", ("pdftotext", "-raw", "{in}", "{out}")),
    "pdfminer": ("pdf-chromium", ".txt", ("python", "-c", "import sys,pdfminer.high_level as h;print(h.extract_text(sys.argv[1]))", "{in}")),
    "markitdown, PDF": ("pdf-chromium", ".md", ("python", "-m", "markitdown", "{in}", "-o", "{out}")),
    "markitdown, DOCX": ("docx", ".md", ("python", "-m", "markitdown", "{in}", "-o", "{out}")),
    "markitdown, HTML": ("html", ".md", ("python", "-m", "markitdown", "{in}", "-o", "{out}")),
    "pandoc markdown, DOCX": ("docx", ".md", ("pandoc", "{in}", "-t", "markdown", "-o", "{out}")),
    "pandoc gfm, DOCX": ("docx", ".md", ("pandoc", "{in}", "-t", "gfm", "-o", "{out}")),
    "pandoc plain, DOCX": ("docx", ".txt", ("pandoc", "{in}", "-t", "plain", "-o", "{out}")),
    "pandoc markdown, HTML": ("html", ".md", ("pandoc", "{in}", "-t", "markdown", "-o", "{out}")),
    "pandoc plain, HTML": ("html", ".txt", ("pandoc", "{in}", "-t", "plain", "-o", "{out}")),
    "pandoc org, HTML": ("html", ".org", ("pandoc", "{in}", "-t", "org", "-o", "{out}")),
    "pandoc asciidoc, HTML": ("html", ".adoc", ("pandoc", "{in}", "-t", "asciidoc", "-o", "{out}")),
    "pandoc rst, HTML": ("html", ".rst", ("pandoc", "{in}", "-t", "rst", "-o", "{out}")),
    "pandoc textile, HTML": ("html", ".txt", ("pandoc", "{in}", "-t", "textile", "-o", "{out}")),
    "pandoc mediawiki, HTML": ("html", ".txt", ("pandoc", "{in}", "-t", "mediawiki", "-o", "{out}")),
    "pandoc org, DOCX": ("docx", ".org", ("pandoc", "{in}", "-t", "org", "-o", "{out}")),
    "pandoc asciidoc, DOCX": ("docx", ".adoc", ("pandoc", "{in}", "-t", "asciidoc", "-o", "{out}")),
    "pandoc rst, DOCX": ("docx", ".rst", ("pandoc", "{in}", "-t", "rst", "-o", "{out}")),
    "html2text": ("html", ".md", ("python", "-m", "html2text", "{in}", "utf-8")),
    "html2text, no wrap": ("html", ".md", ("python", "-m", "html2text", "-b", "0", "{in}", "utf-8")),
    "trafilatura": ("html", ".txt", ("python", "-c", "import sys,trafilatura;print(trafilatura.extract(open(sys.argv[1],encoding='utf-8').read(),favor_recall=True) or '')", "{in}")),
    "trafilatura markdown": ("html", ".md", ("python", "-c", "import sys,trafilatura;print(trafilatura.extract(open(sys.argv[1],encoding='utf-8').read(),output_format='markdown',favor_recall=True) or '')", "{in}")),
    "LibreOffice text, DOCX": ("docx", ".txt", ("soffice", "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", "{folder}", "{in}")),
    "LibreOffice text, HTML": ("html", ".txt", ("soffice", "--headless", "--infilter=HTML (StarWriter)", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", "{folder}", "{in}")),
}  # fmt: skip


def _wrapped(width: int, *, blind: bool, gap: str = "\n") -> Callable[[str], str]:
    """Prose of more than ``width`` characters a line cut; ``blind``: wherever the line is full."""

    def one(line: str) -> str:
        if "\t" in line or "。" not in line:
            return line
        out, rest = [], line
        while len(rest) > width:
            at = width
            if not blind:
                while at < len(rest) and rest[at] in "，。；：、！？）”》%":
                    at += 1
                while at > width - 8 and rest[at - 1 : at + 1].isascii() and rest[at - 1 : at + 1].isalnum():
                    at -= 1
            out.append(rest[:at])
            rest = rest[at:]
        return gap.join([*out, rest] if rest else out)

    return lambda text: "\n".join(one(line) for line in text.split("\n"))


#: what happens to text without any program: (layout of the samples, change)
MANGLED: dict[str, tuple[str, Callable[[str], str]]] = {
    "lines of 34 characters": ("text-tab-rows", _wrapped(34, blind=False)),
    "lines of 25 characters": ("text-tab-rows", _wrapped(25, blind=False)),
    "lines cut after 34 characters": ("text-tab-rows", _wrapped(34, blind=True)),
    "lines cut after 17 characters": ("text-tab-rows", _wrapped(17, blind=True)),
    "lines of 30 characters with empty lines between": ("text-markdown", _wrapped(30, blind=False, gap="\n\n")),
    "line breaks turned into blanks": ("text-tab-rows", lambda t: re.sub(r"\s*\n\s*", " ", t)),
    "one line, cells apart": ("text-lines", lambda t: re.sub(r"\s*\n\s*", " ", t)),
    "line breaks dropped": ("text-tab-rows", lambda t: re.sub(r"\s*\n\s*", "", t)),
    "one cell a line with a pipe": ("text-tab-rows", lambda t: "\n".join(line.replace("\t", " |\n") + " |" if "\t" in line else line for line in t.split("\n"))),
    "numbered lines": ("text-markdown", lambda t: "\n".join(f"{n:4}  {line}" for n, line in enumerate(t.split("\n"), 1))),
}  # fmt: skip


@dataclass(slots=True)
class Found:
    """What one way gave, summed over its reports."""

    name: str
    files: int = 0
    right: int = 0
    wrong: int = 0
    missing: int = 0
    invented: int = 0
    survived: int = 0
    shreds: int = 0
    passages: list[int] = field(default_factory=lambda: [0, 0, 0])
    sections: int = 0
    errors: list[str] = field(default_factory=list)

    def take(self, path: Path, text: str, gold: GoldReport) -> None:
        """Read one file and add what it gave."""
        self.files += 1
        self.survived += _survived(text, gold)
        try:
            report = analyze(path, classifier=Unlabelled())
        except GongkaiError as error:
            self.errors.append(f"{path.name}: {error}")
            self.missing += len(gold.cells)
            return
        found = score(gold, result_of(report))
        self.right += found.cells.right
        self.wrong += found.cells.wrong
        self.missing += found.cells.missing
        self.invented += found.cells.extra
        self.sections += len({s.code for s in report.sections})
        for n, value in enumerate((found.boundaries.right, found.boundaries.predicted, found.boundaries.gold)):
            self.passages[n] += value
        shreds = [p.text for p in report.passages if is_shred(p.text) and squeeze_len(p.text) and p.section not in ("s5", "s6")]
        self.shreds += len(shreds)
        self.errors += [f"{path.name}: shred {t[:30]!r}" for t in shreds] + [
            f"{e}" for e in found.errors if " cell wrong" in e or " passage " in e or "cell extra" in e
        ]


def squeeze_len(text: str) -> int:
    return len("".join(text.split()))


def _survived(text: str, gold: GoldReport) -> int:
    tables = _TABLES.search(text)
    have = Counter(t.lstrip("-") for t in _NUMBER.findall((tables.group() if tables else text).replace(",", "")))
    want = Counter(f"{c.value.normalize():f}".lstrip("-") for c in gold.cells.values() if c.value is not None)
    return (have & want).total()


def _command(parts: Sequence[str], tools: Path | None) -> list[str] | None:
    if parts[0] == "python":
        return [str(tools / "bin/python"), *parts[1:]] if tools is not None else None
    program = shutil.which(parts[0])
    return [program, *parts[1:]] if program else None


def _convert(command: Sequence[str], source: Path, target: Path) -> str:
    filled = [
        p.replace("{in}", str(source)).replace("{out}", str(target)).replace("{folder}", str(target.parent)) for p in command
    ]
    done = subprocess.run(filled, capture_output=True, timeout=SECONDS, check=False)
    if not target.exists() and done.returncode == 0 and done.stdout:
        target.write_bytes(done.stdout)
    return "" if target.exists() else done.stderr.decode("utf-8", "replace")[-200:] or "nothing was written"


def measure(only: Sequence[str], reports: int | None, tools: Path | None) -> Iterator[Found]:
    """A row for each converter and each change, as soon as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        build(out, [])
        gold = load_gold(out / "gold")
        narratives = load()[:reports]
        known = forms()
        exported: dict[str, list[Path]] = {}

        def files(form: str) -> list[Path]:
            if form not in exported:
                exported[form] = known[form][1](narratives, out)
            return exported[form]

        for number, (name, (form, suffix, parts)) in enumerate(CONVERTERS.items()):
            if not only or any(name.startswith(o) for o in only):
                yield _by_program(name, form, parts, out / f"made{number}", suffix, files, gold, tools, here=known[form][2])
        for number, (name, (form, change)) in enumerate(MANGLED.items()):
            if not only or any(name.startswith(o) for o in only):
                yield _by_change(name, files(form), change, out / f"changed{number}", gold)


def _by_program(
    name: str, form: str, parts: Sequence[str], target: Path, suffix: str, files: Callable[[str], list[Path]],
    gold: dict[str, GoldReport], tools: Path | None, *, here: bool,
) -> Found:  # fmt: skip
    found = Found(name)
    command = _command(parts, tools)
    if command is None or not here:
        found.errors.append(f"not measured: {parts[0] if command is None else form} is not installed")
        return found
    target.mkdir()
    for source in files(form):
        made = target / f"{source.stem}{suffix}"
        error = _convert(command, source, made)
        if error:
            found.errors.append(f"{source.name}: {error}")
            if not found.files and "No module named" in error:
                break
            continue
        found.take(made, made.read_text(encoding="utf-8", errors="replace"), gold[source.stem])
    return found


def _by_change(
    name: str, sources: Sequence[Path], change: Callable[[str], str], target: Path, gold: dict[str, GoldReport]
) -> Found:
    found = Found(name)
    target.mkdir()
    for source in sources:
        text = change(_text(source))
        made = target / f"{source.stem}.txt"
        made.write_text(text, encoding="utf-8")
        found.take(made, text, gold[source.stem])
    return found


def _text(path: Path) -> str:
    from corpus.readers.encoding import decode

    return decode(path.read_bytes(), source=path.name)[0].replace("\r\n", "\n").replace("\r", "\n")


def line(row: Found) -> str:
    """The row as Markdown."""
    if not row.files:
        return f"| {row.name} | – | – | – | – | – | – | – |"
    hit, predicted, total = row.passages
    share = 100 * min(row.right, row.survived) / max(1, row.survived)
    return (
        f"| {row.name} | {row.files} | {row.survived} | {row.right} ({share:.1f} %) | {row.wrong} | {row.invented} | {row.shreds} | "
        f"{hit}/{total} ({predicted}) |"
    )


def table(rows: Sequence[Found]) -> str:
    """The matrix as Markdown."""
    head = "| made by | files | cells survived | right | wrong | invented | shreds | passages (predicted) |\n|---|---:|---:|---:|---:|---:|---:|---:|"
    return "\n".join([head, *map(line, rows)]) + "\n"


def main() -> None:
    """Print the matrix, and put it between the marks of ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="Markdown file in which the part between the marks is replaced")
    parser.add_argument("--tools", type=Path, help="environment that holds the converters written in Python")
    parser.add_argument("--only", nargs="*", default=[], help="names of rows, or how they begin")
    parser.add_argument("--reports", type=int)
    parser.add_argument("--errors", type=int, default=4)
    options = parser.parse_args()
    rows = []
    for row in measure(options.only, options.reports, options.tools):
        rows.append(row)
        print(line(row), flush=True)
        for error in row.errors[: options.errors]:
            print(f"    {error[:200]}", file=sys.stderr)
    if options.out:
        replace_part(options.out, "converters", table(rows))


if __name__ == "__main__":
    main()
