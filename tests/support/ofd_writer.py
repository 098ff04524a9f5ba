"""Writes small OFD files in plain Python: pages of text objects and paths, in millimetres from the top left corner."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from xml.sax.saxutils import escape

from tests.support.exporters_pdf import spans
from training.samples.narrative import HeadingLine, Narrative
from training.samples.pages import HEADINGS, PARTS_PRINTED
from training.samples.tables import table

_NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'


@dataclass(slots=True)
class OfdPage:
    """Content of one page."""

    width: float = 210.0
    height: float = 297.0
    objects: list[str] = field(default_factory=list)
    template: str = ""

    def text(
        self, x: float, y: float, text: str, size: float = 4.2, *, extra: str = "", colour: str = "", codes: str = ""
    ) -> None:
        """One line of text with its baseline at ``y``; ``codes`` replaces the attributes of its place."""
        steps = " ".join(f"{size if ord(c) > 0x2000 else size / 2:g}" for c in text[:-1])
        at = codes or f'X="0" Y="{size:g}" DeltaX="{steps}"'
        box = f"{x:g} {y - size:g} {size * len(text):g} {size * 1.3:g}"
        fill = f'<ofd:FillColor Value="{colour}"/>' if colour else ""
        code = f"<ofd:TextCode {at}>{escape(text)}</ofd:TextCode>"
        self.objects.append(f'<ofd:TextObject Boundary="{box}" Size="{size:g}" {extra}>{fill}{code}</ofd:TextObject>')

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A stroked line."""
        path = f"M 0 0 L {x1 - x0:g} {y1 - y0:g}"
        box = f"{x0:g} {y0:g} {max(x1 - x0, 0.2):g} {max(y1 - y0, 0.2):g}"
        self.objects.append(
            f'<ofd:PathObject Boundary="{box}" LineWidth="0.2"><ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>'
        )

    def bar(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """The same line as a thin filled area."""
        w, h = max(x1 - x0, 0.2), max(y1 - y0, 0.2)
        path = f"M 0 0 L {w:g} 0 L {w:g} {h:g} L 0 {h:g} C"
        self.objects.append(
            f'<ofd:PathObject Boundary="{x0:g} {y0:g} {w:g} {h:g}" Stroke="false" Fill="true">'
            f"<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def content(self) -> str:
        """The page's part."""
        use = f'<ofd:Template TemplateID="{self.template}"/>' if self.template else ""
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {self.width:g} {self.height:g}</ofd:PhysicalBox></ofd:Area>"
        layer = f'<ofd:Content><ofd:Layer ID="1">{"".join(self.objects)}</ofd:Layer></ofd:Content>'
        return f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {_NS}>{use}{area}{layer}</ofd:Page>'


def write_ofd(
    pages: Sequence[OfdPage],
    *,
    templates: Mapping[str, OfdPage] | None = None,
    units: str = "",
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """The file; ``units`` are composite units of its resources, ``parts`` replace or add parts by name."""
    common = [f'<ofd:TemplatePage ID="{k}" BaseLoc="Tpls/{k}.xml"/>' for k in templates or {}]
    common += ["<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"] if units else []
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    found = {
        "OFD.xml": f'<ofd:OFD {_NS} DocType="OFD"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>',
        "Doc_0/Document.xml": f"<ofd:Document {_NS}><ofd:CommonData>{''.join(common)}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        **{f"Doc_0/Pages/Page_{n}/Content.xml": page.content() for n, page in enumerate(pages)},
        **{f"Doc_0/Tpls/{k}.xml": page.content() for k, page in (templates or {}).items()},
    }
    if units:
        found["Doc_0/PublicRes.xml"] = (
            f"<ofd:Res {_NS}><ofd:CompositeGraphicUnits>{units}</ofd:CompositeGraphicUnits></ofd:Res>"
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**found, **(parts or {})}.items():
            archive.writestr(name, text)
    return out.getvalue()


_LEFT, _TOP, _BOTTOM, _ROW, _SMALL = 25.0, 30.0, 275.0, 8.4, 2.0
_PER_LINE = 38


class _Sheet:
    """Sets a narrative line by line, with a new page where one is full."""

    def __init__(self) -> None:
        self.pages = [OfdPage()]
        self.y = _TOP

    def room(self, height: float) -> OfdPage:
        if self.y + height > _BOTTOM:
            self.pages.append(OfdPage())
            self.y = _TOP
        return self.pages[-1]

    def lines(self, text: str) -> None:
        for line in _wrapped(text):
            page = self.room(7.0)
            page.text(_LEFT, self.y, line)
            self.y += 7.0

    def table(self, narrative: Narrative, part: str) -> None:
        rows = table(narrative, part)
        columns = max(len(row) for row in rows)
        labels = (14.0, 22.0, 54.0) if part == "s3" else ()
        wide = (160.0 - sum(labels)) / (columns - len(labels))
        xs = list(accumulate((*labels, *[wide] * (columns - len(labels))), initial=_LEFT))
        placed = spans(rows, applicants=part == "s3")
        page = self.room(_ROW * len(rows))
        top = self.y - 4.0
        for cells in placed:
            for item, r, c, down, across in cells:
                if len(rows[0]) < columns or (part == "s2" and c + across < columns and cells[-1][2] == c):
                    across = columns - c
                x0, x1, y0, y1 = xs[c], xs[c + across], top + r * _ROW, top + (r + down) * _ROW
                page.line(x0, y0, x1, y0)
                page.line(x0, y1, x1, y1)
                page.line(x0, y0, x0, y1)
                page.bar(x1, y0, x1, y1)
                per = max(1, int((x1 - x0 - 1) / _SMALL))
                text = "" if item.kind == "blank" else item.text
                for n in range(0, len(text), per):
                    page.text(x0 + 0.5, y0 + 2.4 + n / per * 2.3, text[n : n + per], _SMALL)
        self.y = top + len(rows) * _ROW + 10.0


def _wrapped(text: str) -> Iterator[str]:
    yield "　　" + text[: _PER_LINE - 2]
    for at in range(_PER_LINE - 2, len(text), _PER_LINE):
        yield text[at : at + _PER_LINE]


def to_ofd(narrative: Narrative) -> bytes:
    """A bundled narrative as an OFD file with ruled tables."""
    sheet = _Sheet()
    sheet.pages[0].text(_LEFT + 5, sheet.y - 5, narrative.title, 5.6 if len(narrative.title) < 28 else 4.2)
    sheet.y += 8.0
    for part in PARTS_PRINTED:
        has_table = part in ("s2", "s3", "s4") and bool(table(narrative, part))
        if narrative.cut_after and part in ("s4", "s5", "s6", "s3") and not has_table:
            break
        if part != "preamble":
            sheet.lines(narrative.headings.get(part, HEADINGS[part]))
        for block in narrative.parts.get(part, ()):
            sheet.lines(block.text)
            if isinstance(block, HeadingLine):
                continue
        if has_table:
            sheet.table(narrative, part)
    return write_ofd(sheet.pages)
