"""Writes small PDF files in plain Python, so that the reader is tested wherever the tests run.

Text is set in a CID font of the Adobe-GB1 collection that is not embedded, as many Chinese programs do; positions are in points
from the top left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class PdfPage:
    """Content of one page; ``height`` turns positions from the top into those of PDF, which count from the bottom."""

    width: float = 595.0
    height: float = 842.0
    rotate: int = 0
    operators: list[str] = field(default_factory=list)
    form: list[str] = field(default_factory=list)
    form_matrix: tuple[float, ...] = (1, 0, 0, 1, 0, 0)
    annotations: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float = 12.0) -> None:
        """One line of text with its baseline at ``y``."""
        code = text.encode("utf-16-be").hex()
        self.operators.append(f"BT /F1 {size} Tf 1 0 0 1 {x:.2f} {self.height - y:.2f} Tm <{code}> Tj ET")

    def nameless(self, x: float, y: float, digits: str, size: float = 12.0) -> None:
        """Digits in a font that does not say which characters its glyphs are; theirs are 19 … 28, as in many fonts."""
        code = "".join(f"{19 + int(d):04x}" for d in digits)
        self.operators.append(f"BT /F2 {size} Tf 1 0 0 1 {x:.2f} {self.height - y:.2f} Tm <{code}> Tj ET")

    def comment(self, x: float, y: float, text: str, size: float = 9.0) -> None:
        """A free-text comment without an appearance of its own."""
        box = f"{x:.2f} {self.height - y - 3:.2f} {x + size * len(text) + 4:.2f} {self.height - y + size + 2:.2f}"
        self.annotations.append(
            f"<< /Type /Annot /Subtype /FreeText /Rect [{box}] /Contents ({text}) /DA (/F1 9 Tf) /AP null >>"
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5) -> None:
        """A stroked line."""
        self.operators.append(f"{width} w {x0:.2f} {self.height - y0:.2f} m {x1:.2f} {self.height - y1:.2f} l S")

    def bar(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5) -> None:
        """The same line as a thin filled rectangle, as Word paints borders."""
        w, h = max(x1 - x0, width), max(y1 - y0, width)
        self.operators.append(f"{x0:.2f} {self.height - y0 - h:.2f} {w:.2f} {h:.2f} re f")

    def box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A stroked rectangle."""
        self.operators.append(f"0.5 w {x0:.2f} {self.height - y1:.2f} {x1 - x0:.2f} {y1 - y0:.2f} re S")


def write_pdf(pages: Sequence[PdfPage], *, trailer: str = "") -> bytes:
    """The file; ``trailer`` is put into its trailer dictionary."""
    objects: list[bytes] = [b"", b""]

    def add(body: str | bytes) -> int:
        objects.append(body.encode("ascii") if isinstance(body, str) else body)
        return len(objects)

    def stream(operators: Sequence[str], extra: str = "") -> int:
        body = "\n".join(operators).encode("ascii")
        return add(f"<< /Length {len(body)} {extra} >>\nstream\n".encode() + body + b"\nendstream")

    descriptor = add(
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880"
        " /Descent -120 /CapHeight 880 /StemV 93 >>"
    )
    cid = add(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1)"
        f" /Supplement 4 >> /FontDescriptor {descriptor} 0 R /DW 1000 /W [1 95 500] >>"
    )
    font = add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [{cid} 0 R] >>"
    )
    numbered = add(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Numbered /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity)"
        f" /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW 500 >>"
    )
    nameless = add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Numbered /Encoding /Identity-H /DescendantFonts [{numbered} 0 R] >>"
    )
    latin = add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for page in pages:
        operators = list(page.operators)
        resources = fonts = (
            f"/Font << /F1 {font} 0 R /F2 {nameless} 0 R /F3 {latin} 0 R >> /ExtGState << /Faint << /ca 0.01 /CA 0.01 >> >>"
        )
        if page.form:
            matrix = " ".join(str(v) for v in page.form_matrix)
            extra = f"/Type /XObject /Subtype /Form /BBox [-2000 -2000 2000 2000] /Matrix [{matrix}] /Resources << {fonts} >>"
            form = stream(page.form, extra)
            resources += f" /XObject << /X1 {form} 0 R >>"
            operators.append("/X1 Do")
        content = stream(operators)
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.width} {page.height}] /Rotate {page.rotate}"
                f" /Resources << {resources} >> /Contents {content} 0 R /Annots [{' '.join(page.annotations)}] >>"
            )
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{k} 0 R' for k in kids)}] /Count {len(kids)} >>".encode()
    out = bytearray(b"%PDF-1.5\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{at:010d} 00000 n \n".encode() for at in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def ruled(
    page: PdfPage,
    xs: Sequence[float],
    ys: Sequence[float],
    texts: dict[tuple[int, int], str],
    *,
    missing: Sequence[tuple[str, int, int]] = (),
    bars: bool = False,
    size: float = 9.0,
) -> None:
    """A table with all its lines, in pieces from cell to cell.

    ``missing`` names pieces left out: (``h``, row edge, column) or (``v``, row, column edge).  Text stands at the left of its cell.
    """
    draw = page.bar if bars else page.line
    for r, y in enumerate(ys):
        for c in range(len(xs) - 1):
            if ("h", r, c) not in missing:
                draw(xs[c], y, xs[c + 1], y)
    for r in range(len(ys) - 1):
        for c, x in enumerate(xs):
            if ("v", r, c) not in missing:
                draw(x, ys[r], x, ys[r + 1])
    for (r, c), text in texts.items():
        for n, line in enumerate(text.split("\n")):
            page.text(xs[c] + 3, ys[r] + size * 1.3 * (n + 1), line, size)
