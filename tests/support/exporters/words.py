"""Narratives as Word files, written by hand: what Word and WPS write, in several manners."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape

from tests.support.exporters.outline import Table, Text, outline
from training.samples.narrative import Narrative

_NS = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = (
    f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
        for part, kind in (
            ("document", "document.main"),
            ("styles", "styles"),
            ("numbering", "numbering"),
            ("header1", "header"),
            ("footer1", "footer"),
        )
    )
    + "</Types>"
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROOT_RELS = f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{_REL}/officeDocument" Target="word/document.xml"/></Relationships>'
_RELS = (
    f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    + "".join(
        f'<Relationship Id="r{n}" Type="{_REL}/{kind}" Target="{part}.xml"/>'
        for n, (part, kind) in enumerate(
            (("styles", "styles"), ("numbering", "numbering"), ("header1", "header"), ("footer1", "footer")), 1
        )
    )
    + "</Relationships>"
)
_STYLES = (
    f'{_HEAD}<w:styles {_NS}><w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="a"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/><w:basedOn w:val="a"/></w:style></w:styles>'
)
_NUMBERING = (
    f'{_HEAD}<w:numbering {_NS}><w:abstractNum w:abstractNumId="5"><w:multiLevelType w:val="multilevel"/>'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="nothing"/><w:lvlText w:val="%1、"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:suff w:val="nothing"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="7"><w:abstractNumId w:val="5"/></w:num></w:numbering>'
)
_TOP = re.compile(r"[一二三四五六]、")
_SUB = re.compile(r"（[一二三四五六七八九十]）")
_HAN = "一二三四五六七八九十"


def _run(text: str, *, bold: bool = False) -> str:
    props = '<w:rPr><w:rFonts w:hint="eastAsia"/><w:b/></w:rPr>' if bold else ""
    return f'<w:r>{props}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _p(inner: str, properties: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def _broken_runs(text: str, number: int) -> str:
    """A sentence as Word stores it after editing: cut into runs, with changes tracked and marks in between."""
    third = max(1, len(text) // 3)
    a, b, c = text[:third], text[third : 2 * third], text[2 * third :]
    gone = '<w:del w:id="1" w:author="x"><w:r><w:delText>旧稿文字</w:delText></w:r></w:del>'
    kept = (
        f'<w:ins w:id="2" w:author="x">{_run(b)}</w:ins>'
        if number % 2
        else f'<w:hyperlink w:anchor="_x">{_run(b)}</w:hyperlink>'
    )
    return f'{_run(a)}<w:bookmarkStart w:id="0" w:name="_GoBack"/>{gone}<w:proofErr w:type="spellStart"/>{kept}<w:bookmarkEnd w:id="0"/>{_run(c)}'


def _text_box(paragraphs: str) -> str:
    """A text box as Word 2010 and later store it: twice, for new and old programs."""
    content = f"<w:txbxContent>{paragraphs}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><a:graphic><a:graphicData><wps:wsp><wps:txbx>'
        f"{content}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def _table(table: Table, number: int) -> str:
    """Rows with ``gridSpan`` and ``vMerge``; the continued cells of a merged one hold empty paragraphs."""
    out = ["<w:tbl><w:tblPr/><w:tblGrid>" + '<w:gridCol w:w="800"/>' * table.width + "</w:tblGrid>"]
    for r in range(table.height):
        out.append("<w:tr>")
        for cell in sorted((c for c in table.cells if c.row <= r < c.row + c.rows), key=lambda c: c.column):
            span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
            merge = "" if cell.rows == 1 else '<w:vMerge w:val="restart"/>' if cell.row == r else "<w:vMerge/>"
            text = cell.text if cell.row == r else ""
            half = len(text) // 2 if number % 3 == 0 and not cell.value and len(text) > 8 else 0
            inner = _p(_run(text[:half])) + _p(_run(text[half:])) if half else _p(_run(text) if text else "")
            out.append(f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{inner}</w:tc>")
        out.append("</w:tr>")
    return "".join([*out, "</w:tbl>"])


class _Counter:
    """What the numbering part will print: a heading may leave its number to it only if the two agree."""

    def __init__(self) -> None:
        self.top = self.sub = 0

    def automatic(self, text: str) -> tuple[int, int] | None:
        """(level, length of the printed number) if automatic numbering prints just this number."""
        if _TOP.match(text) and text[0] == _HAN[self.top]:
            self.top, self.sub = self.top + 1, 0
            return 0, 2
        if _SUB.match(text) and self.sub < 10 and text[1] == _HAN[self.sub] and self.top:
            self.sub += 1
            return 1, 3
        return None


def _heading(item: Text, number: int, counter: _Counter) -> str:
    style = '<w:pStyle w:val="1"/>' if item.kind == "section" else '<w:pStyle w:val="2"/>'
    if number % 3 == 1:
        return _p(_run(item.text, bold=True))
    if number % 3 == 2:
        found = counter.automatic(item.text)
        if found is not None:
            level, length = found
            return _p(_run(item.text[length:]), f'{style}<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>')
    return _p(_run(item.text), style)


def _document(narrative: Narrative, number: int) -> str:
    out: list[str] = []
    counter = _Counter()
    boxed = False
    for item in outline(narrative):
        if isinstance(item, Table):
            out += [_table(item, number), _p("")]
        elif item.kind == "title":
            out.append(_p(_run(item.text), '<w:pStyle w:val="t"/><w:jc w:val="center"/>'))
        elif item.kind in ("section", "heading"):
            out.append(_heading(item, number, counter))
        elif number % 4 == 3 and not boxed and not item.lead:
            boxed = True
            out.append(_p(_text_box(_p(_run(item.text)))))
        else:
            lead = _run(item.lead, bold=True) if item.lead else ""
            out.append(
                _p(
                    lead + _broken_runs(item.text[len(item.lead) :], number),
                    '<w:ind w:firstLineChars="200" w:firstLine="640"/>',
                )
            )
    body = "".join(out)
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="r3"/><w:footerReference w:type="default" r:id="r4"/></w:sectPr>'
    )
    return f"{_HEAD}<w:document {_NS}><w:body>{body}{section}</w:body></w:document>"


def package(document: str, **parts: str) -> bytes:
    """A DOCX around the markup of ``document.xml``; ``parts`` replace or add ``word/<name>.xml``."""
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end")]
    page = _p(f"{marks[0]}<w:r><w:instrText>PAGE</w:instrText></w:r>{marks[1]}")
    files = {
        "[Content_Types].xml": _TYPES, "_rels/.rels": _ROOT_RELS, "word/_rels/document.xml.rels": _RELS, "word/document.xml": document,
        "word/styles.xml": _STYLES, "word/numbering.xml": _NUMBERING,
        "word/header1.xml": f"{_HEAD}<w:hdr {_NS}>{_p(_run('某某县档案局2099年度报告（页眉）'))}</w:hdr>",
        "word/footer1.xml": f"{_HEAD}<w:ftr {_NS}>{page}</w:ftr>",
    }  # fmt: skip
    files |= {f"word/{name}.xml": text for name, text in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def wrap(body: str) -> str:
    """``document.xml`` around the markup of a body."""
    return f"{_HEAD}<w:document {_NS}><w:body>{body}</w:body></w:document>"


def docx(narrative: Narrative, number: int) -> bytes:
    """A DOCX: heading styles, bold headings or automatic numbers by turns; text boxes, tracked changes, merged cells."""
    return package(_document(narrative, number))


def doc(narrative: Narrative, number: int) -> bytes:
    """A DOC, or by turns an RTF, made of the DOCX by LibreOffice (whose RTF loses the 、 of automatic numbers: those go to DOC)."""
    from corpus.readers.office import convert

    return convert(docx(narrative, number), ".docx", narrative.id, to="rtf" if number % 6 == 4 else "doc")
