"""Narratives inside the pages that the content systems of government sites write, with all that these put around an article.

Six designs: ``hanweb`` (大汉), ``trs`` (拓尔思), ``ucap`` (开普云), ``wechat`` (an article of a public account), ``word`` (a page that Word
saved) and ``wps`` (old table layout, paragraphs apart by ``<br>``).  Each page says 2022-01-28 as its date and a host of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from tests.support.exporters.outline import Cell, Table, Text, outline
from training.samples.narrative import Narrative

PUBLISHED = "2022-01-28"
HOSTS = {
    "hanweb": "www.yunling.gov.cn", "trs": "zwgk.yunling.gov.cn", "ucap": "www.hanlan.gov.cn", "wechat": "mp.weixin.qq.com",
    "word": "www.cangping.gov.cn", "wps": "xxgk.landong.gov.cn",
}  # fmt: skip
_LATIN = re.compile(r"[0-9A-Za-z.%]+")


def _spans(cell: Cell, *, quoted: bool = True) -> str:
    mark = '"' if quoted else ""
    rows = f" rowspan={mark}{cell.rows}{mark}" if cell.rows > 1 else ""
    return rows + (f" colspan={mark}{cell.columns}{mark}" if cell.columns > 1 else "")


def _parts(narrative: Narrative, table: Callable[[Table], str], text: Callable[[Text], str]) -> str:
    return "\n".join(table(p) if isinstance(p, Table) else text(p) for p in outline(narrative))


def _links(words: str, folder: str) -> str:
    return "".join(f'<li><a href="/{folder}/{n}.html" target="_blank">{w}</a></li>' for n, w in enumerate(words.split()))


_MENU = "首页 走进云岭 政务公开 政务服务 互动交流 数据开放 专题专栏"
_SIDE = "政府信息公开指南 政府信息公开制度 法定主动公开内容 政府信息公开年报 依申请公开"
_RELATED = (
    "关于印发2022年重点工作责任分解的通知",
    "县政府第八次常务会议召开，研究部署安全生产工作",
    "《云岭县养老服务补贴办法》政策解读",
    "云岭县统计局2021年政府信息公开工作年度报告",
)
_NEWS = "".join(f'<li><span class="date">01-2{n}</span><a href="/n{n}.html">{t}</a></li>' for n, t in enumerate(_RELATED))


def hanweb(narrative: Narrative) -> str:
    """大汉: standard meta tags, comment marks, a table of page data, paragraphs with inline styles, pictures between them."""

    def table(item: Table) -> str:
        rows = [
            "<tr>"
            + "".join(f'<td{_spans(c)} style="border:1px solid #000">{escape(c.text) or "&nbsp;"}</td>' for c in row)
            + "</tr>"
            for row in item.by_row()
        ]
        return f'<table align="center" border="1" cellpadding="0" style="border-collapse:collapse"><tbody>{"".join(rows)}</tbody></table><p>&nbsp;</p>'

    def text(item: Text) -> str:
        if item.kind == "title":
            return f'<p style="text-align:center;"><span style="font-size:22pt;">{escape(item.text)}</span></p><p style="text-align:center"><img src="/picture/0/s1.png" alt="题图"></p>'
        bold = "font-weight:bold;" if item.kind in ("section", "heading") else ""
        return f'<p style="text-indent:2em;{bold}">{escape(item.text)}</p>'

    data = "".join(
        f"<tr><td>{a}</td><td>{b}</td><td>{c}</td><td>{d}</td></tr>"
        for a, b, c, d in (
            ("索引号", "11320/2022-00018", "发布机构", "县政府办公室"),
            ("公开日期", PUBLISHED, "公开方式", "主动公开"),
            ("文号", "", "有效性", "有效"),
        )
    )
    return f"""<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="SiteName" content="云岭县人民政府"><meta name="SiteDomain" content="{HOSTS["hanweb"]}"><meta name="ColumnName" content="政府信息公开年报">
<meta name="ArticleTitle" content="{escape(narrative.title)}"><meta name="PubDate" content="{PUBLISHED} 10:21"><meta name="ContentSource" content="县政府办">
<title>云岭县人民政府 政府信息公开年报 {escape(narrative.title)}</title><script>var webid="12";function print1(){{}}</script></head><body>
<div class="head"><div class="login"><a href="#">注册</a>|<a href="#">登录</a></div><ul class="nav">{_links(_MENU, "col")}</ul></div>
<iframe src="/search.jsp" width="100%" height="40"></iframe>
<table width="1000" align="center"><tr><td class="dqwz">当前位置：<a href="/">首页</a> &gt; <a href="/col/col1/">政务公开</a> &gt; 政府信息公开年报</td></tr></table>
<div class="main clearfix"><div class="left"><ul>{_links(_SIDE, "side")}</ul></div>
<div class="con"><table class="xxgk_head" width="100%">{data}</table><div id="zoom" class="bt-content"><!--<$[信息内容]>begin--><!--ZJEG_RSS.content.begin-->
{_parts(narrative, table, text)}
<!--ZJEG_RSS.content.end--><!--<$[信息内容]>end--></div>
<ul class="fjlist"><li>附件：</li><li><img src="/icon/xls.gif"><a href="/attach/1.xlsx">附件1：年度报告统计表.xlsx</a></li><li><a href="/attach/2.pdf">附件2：年度报告.pdf</a></li></ul>
<div class="gn">【<a href="javascript:window.print()">打印本页</a>】 【<a href="javascript:window.close()">关闭窗口</a>】</div>
<div class="sxp"><p>上一篇：<a href="/art/1.html">云岭县统计局2021年政府信息公开工作年度报告</a></p><p>下一篇：<a href="/art/2.html">云岭县档案馆2021年政府信息公开工作年度报告</a></p></div></div></div>
<div class="foot"><p>版权所有：云岭县人民政府　主办单位：云岭县人民政府办公室</p><p>苏ICP备00000001号　网站标识码：3200000001　联系我们：0399-1234567</p></div></body></html>"""


def trs(narrative: Narrative) -> str:
    """拓尔思: ``TRS_UEDITOR``, tables with ``thead`` and a paragraph in each cell, share buttons, a date line above the text."""

    def table(item: Table) -> str:
        rows = item.by_row()
        # as many rows as the first heading cells reach down
        head = max((c.row + c.rows for c in rows[0]), default=1) if rows else 0
        out = [
            '<div class="table-wrap"><table class="ke-zeroborder" data-sort="sortDisabled"><colgroup><col width="60"><col></colgroup><thead>'
        ]
        for n, row in enumerate(rows):
            if n == head:
                out.append("</thead><tbody>")
            tag = "th" if n < head else "td"
            cells = (
                f'<{tag}{_spans(c)} valign="center"><p style="text-align:center"><span style="font-family:宋体">{escape(c.text) or "&nbsp;"}</span></p></{tag}>'
                for c in row
            )
            out.append(f"<tr>{''.join(cells)}</tr>")
        return "\n".join([*out, "</tbody></table></div>" if len(rows) > head else "</thead></table></div>"])

    def text(item: Text) -> str:
        if item.kind == "title":
            return ""
        inner = f"<strong>{escape(item.text)}</strong>" if item.kind in ("section", "heading") else escape(item.text)
        return f'<p style="line-height: 32px; text-indent: 32px; text-align: justify;"><span style="font-family: 仿宋_GB2312; font-size: 16px;">{inner}</span></p>'

    return f"""<!DOCTYPE html><html lang="zh-cn"><head><meta charset="utf-8"><meta name="PubDate" content="{PUBLISHED} 09:15:00"><meta name="Url" content="http://{HOSTS["trs"]}/nb/t1.html">
<title>{escape(narrative.title)}_云岭县人民政府</title><style>.TRS_UEDITOR p{{margin:0}}</style></head><body class="trs-body"><div class="header"><div class="logo"></div><ul>{_links(_MENU, "c")}</ul></div>
<div class="container"><div class="position"><a href="/" class="CurrChnlCls">首页</a><span>&gt;</span><a href="/zwgk/" class="CurrChnlCls">政务公开</a><span>&gt;</span><a class="CurrChnlCls">年报</a></div>
<div class="article"><h1 class="article-title">{escape(narrative.title)}</h1><div class="article-info"><span>发布时间：{PUBLISHED} 09:15</span><span>来源：县政府办公室</span><span>浏览次数：<em id="hits">356</em>次</span><span>字体：[<a>大</a><a>中</a><a>小</a>]</span></div>
<div class="share"><span>分享到：</span><a class="wx">微信</a><a class="wb">微博</a><a class="qq">QQ空间</a></div>
<div class="article-con"><div class="view TRS_UEDITOR trs_paper_default trs_web">{_parts(narrative, table, text)}</div></div>
<div class="appendix"><h4>相关附件</h4><p><a href="./P0202201.docx">{escape(narrative.title)}.docx</a></p></div>
<div class="ewm"><img src="ewm.png"><span>扫一扫在手机打开当前页</span></div><p class="bj">责任编辑：县政府办管理员</p>
<div class="tool"><a href="javascript:window.print();">打印</a><a href="javascript:window.close();">关闭</a></div>
<div class="prenext"><div>上一条：<a href="t2.html">云岭县统计局2021年政府信息公开工作年度报告</a></div><div>下一条：没有了</div></div>
<div class="related"><h3>相关阅读</h3><ul>{_NEWS}</ul></div></div></div>
<div class="footer"><div>主办：云岭县人民政府　承办：云岭县政务服务中心</div><div>备案号：某ICP备00000002号-1　公安备案：00000000000002</div><div>网站地图 | 联系我们 | 免责声明</div></div>
<div id="gotop">返回顶部</div><div class="browser-tip" style="display:none">为了更好的浏览体验，请使用新版浏览器。</div></body></html>"""


def ucap(narrative: Narrative) -> str:
    """开普云: boxes in boxes, a ``div`` for each paragraph, page data as a list, tags of its own."""

    def table(item: Table) -> str:
        rows = [
            "<tr>" + "".join(f"<td{_spans(c)}><div><div>{escape(c.text) or '&#160;'}</div></div></td>" for c in row) + "</tr>"
            for row in item.by_row()
        ]
        return f'<div><div style="overflow-x:auto"><table border="1">{"".join(rows)}</table></div></div>'

    def text(item: Text) -> str:
        if item.kind == "title":
            return ""
        inner = (
            f'<span style="font-weight:700">{escape(item.text)}</span>'
            if item.kind in ("section", "heading")
            else f"<span>{escape(item.text)}</span>"
        )
        return f"<div><div>　　{inner}</div></div>"

    data = "".join(
        f"<li><label>{k}：</label><span>{v}</span></li>"
        for k, v in (
            ("索引号", "01512-2022-3"),
            ("主题分类", "年度报告"),
            ("发布机构", "政府办"),
            ("发文日期", PUBLISHED),
            ("名称", escape(narrative.title)),
            ("主题词", ""),
        )
    )
    return f"""<!DOCTYPE html><html><head><meta charset="UTF-8"><link rel="canonical" href="https://{HOSTS["ucap"]}/zwgk/1.shtml"><meta name="ColumnType" content="政府信息公开"><title>{escape(narrative.title)}-汉澜市人民政府网站</title></head>
<body><div id="app"><div class="ucap-top"><div><a>无障碍阅读</a><a>长者模式</a><a>繁体</a></div></div><div class="ucap-nav"><ul>{_links(_MENU, "u")}</ul></div>
<div class="w1200"><div class="crumbs">您当前所在的位置：<a href="/">首页</a>&gt;<a href="/zwgk">政府信息公开</a>&gt;<a>政府信息公开年报</a></div><div class="wrap"><div class="inner"><div class="detail">
<ul class="xxgk-attr">{data}</ul><div class="detail-title"><ucaptitle>{escape(narrative.title)}</ucaptitle></div>
<div class="pages-date">{PUBLISHED} 08:30<span class="font">来源：市政府办公室</span><span>【字体：<a>大</a> <a>中</a> <a>小</a>】</span><a>打印</a></div>
<div class="pages_content" id="UCAP-CONTENT"><ucapcontent><div><div><div>{_parts(narrative, table, text)}</div></div></div></ucapcontent></div>
<div class="editor">（责任编辑：网站管理员）</div><div class="ewm-box"><div>扫一扫在手机打开当前页</div><canvas></canvas></div>
<div class="xgwd"><div class="tt">相关文档</div><ul>{_NEWS}</ul></div></div></div></div></div>
<div class="ucap-footer"><div>网站首页 | 关于我们 | 网站地图</div><div>主办单位：汉澜市人民政府办公室　网站标识码：1500000003</div><div>蒙公网安备15000000000003号　ICP备案编号：蒙ICP备00000003号</div></div></div></body></html>"""


def wechat(narrative: Narrative) -> str:
    """An article of a public account: nested sections, hidden until a script shows it, pictures by ``data-src``."""

    def table(item: Table) -> str:
        rows = [
            "<tr>"
            + "".join(
                f'<td{_spans(c)} width="46" style="word-break: break-all;"><section><span style="font-size: 12px;">{escape(c.text) or "<br>"}</span></section></td>'
                for c in row
            )
            + "</tr>"
            for row in item.by_row()
        ]
        return f'<section style="overflow: auto;"><table><tbody>{"".join(rows)}</tbody></table></section><p><br></p>'

    def text(item: Text) -> str:
        if item.kind == "title":
            return '<section><img class="rich_pages" data-src="https://mmbiz.example/1.png" data-ratio="0.4"></section>'
        weight = "font-weight: bold;" if item.kind in ("section", "heading") else ""
        leaf = "".join(
            f'<span leaf="" style="{weight}">{escape(piece)}</span>' for piece in (item.text[:7], item.text[7:]) if piece
        )
        return f'<section data-role="paragraph" style="text-indent: 2em;"><p>{leaf}</p></section>'

    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><meta property="og:title" content="{escape(narrative.title)}"><meta property="og:url" content="https://{HOSTS["wechat"]}/s/AbC"><title></title></head>
<body id="activity-detail"><div id="js_article" class="rich_media"><div class="rich_media_inner"><div id="page-content"><div id="img-content" class="rich_media_wrp"><h1 class="rich_media_title" id="activity-name">{escape(narrative.title)}</h1>
<div id="meta_content" class="rich_media_meta_list"><span id="copyright_logo" style="display:none">原创</span><span class="rich_media_meta rich_media_meta_text">云岭发布</span><a href="javascript:void(0);" id="js_name">云岭发布</a><em id="publish_time" class="rich_media_meta">{PUBLISHED} 17:02</em></div>
<div class="rich_media_content js_underline_content" id="js_content" style="visibility: hidden; opacity: 0; "><section><section style="text-align:center"><span>点击上方蓝字关注我们</span></section>
{_parts(narrative, table, text)}
<section style="text-align:center"><img data-src="https://mmbiz.example/qr.png"><p><span>长按识别二维码关注我们</span></p></section></section></div>
<div class="rich_media_tool"><div class="read">阅读 <span id="readNum3">1024</span></div><div>赞</div><div>在看</div></div></div></div></div></div>
<div id="js_pc_qr_code" style="display:none"><p>微信扫一扫<br>关注该公众号</p></div><script>var ct="1643360520";</script></body></html>"""


def word(narrative: Narrative) -> str:
    """A page that Word saved: conditional comments, ``mso`` styles, empty ``o:p``, digits in spans of their own."""

    def runs(text: str) -> str:
        out, at = [], 0
        for m in _LATIN.finditer(text):
            out += [escape(text[at : m.start()]), f"<span\nlang=EN-US>{m.group()}</span>"]
            at = m.end()
        return "".join([*out, escape(text[at:])])

    def table(item: Table) -> str:
        out = [
            "<div align=center><table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0\n style='border-collapse:collapse;border:none;mso-border-alt:solid windowtext .5pt;mso-yfti-tbllook:1184'>"
        ]
        for n, row in enumerate(item.by_row()):
            out.append(f" <tr style='mso-yfti-irow:{n};height:15.6pt'>")
            for cell in row:
                inner = runs(cell.text) if cell.text else "<span lang=EN-US>&nbsp;</span>"
                out.append(
                    f"  <td width=63{_spans(cell, quoted=False)} valign=top style='width:47.3pt;border:solid windowtext 1.0pt;padding:0cm 5.4pt'>\n  <p class=MsoNormal align=center style='text-align:center'><span style='font-size:9.0pt;font-family:宋体'>{inner}<span\n  lang=EN-US><o:p></o:p></span></span></p>\n  </td>"
                )
            out.append(" </tr>")
        return "\n".join([*out, "</table></div>\n<p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>"])

    def text(item: Text) -> str:
        inner = f"<b style='mso-bidi-font-weight:normal'>{runs(item.text)}</b>" if item.kind != "para" else runs(item.text)
        align = (
            " align=center style='text-align:center'"
            if item.kind == "title"
            else " style='text-indent:32.0pt;mso-char-indent-count:2.0'"
        )
        return f"<p class=MsoNormal{align}><span style='font-size:16.0pt;font-family:仿宋_GB2312;mso-hansi-font-family:宋体'>{inner}<span lang=EN-US><o:p></o:p></span></span></p>"

    return f"""<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<!-- saved from url=(0042)http://{HOSTS["word"]}/zwgk/2022/nb.htm -->
<head><meta http-equiv=Content-Type content="text/html; charset=gb2312"><meta name=ProgId content=Word.Document><meta name=date content="{PUBLISHED}"><title>{escape(narrative.title)}</title>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View><w:TrackMoves>false</w:TrackMoves></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {{mso-style-unhide:no; margin:0cm}} @page WordSection1 {{size:595.3pt 841.9pt}} --></style></head>
<body lang=ZH-CN style='tab-interval:21.0pt;text-justify-trim:punctuation'><div class=WordSection1 style='layout-grid:15.6pt'>
{_parts(narrative, table, text)}
<p class=MsoNormal><a name="_GoBack"></a><span lang=EN-US><o:p>&nbsp;</o:p></span></p></div></body></html>"""


def wps(narrative: Narrative) -> str:
    """An old site: tables hold the page, the text of an editor of WPS stands in one cell with ``<br>`` between its paragraphs."""
    out: list[str] = []
    for item in outline(narrative):
        if isinstance(item, Table):
            rows = [
                "<TR>" + "".join(f"<TD{_spans(c, quoted=False)}><FONT size=2>{escape(c.text) or '&nbsp;'}</FONT>" for c in row)
                for row in item.by_row()
            ]
            out.append(f"<TABLE cellSpacing=0 cellPadding=0 border=1 bordercolor=#000000>{''.join(rows)}</TABLE>")
        elif item.kind == "title":
            out.append(f'<CENTER><FONT size=5><B>{escape(item.text)}</B></FONT></CENTER><BR><IMG src="/UploadFiles/1.jpg"><BR>')
        else:
            inner = f"<B>{escape(item.text)}</B>" if item.kind in ("section", "heading") else escape(item.text)
            out.append(f"&nbsp;&nbsp;&nbsp; {inner}<BR>")
    side = "".join(f"<TR><TD>·<A href=/c{n}.asp>{w}</A></TD></TR>" for n, w in enumerate(_SIDE.split()))
    return f"""<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=utf-8"><BASE href="http://{HOSTS["wps"]}/xxgk/"><TITLE>岚东省信息公开网</TITLE><META content="WPS Office" name=Generator></HEAD>
<BODY><TABLE width=980 align=center><TR><TD height=120 background=top.jpg>&nbsp;</TD></TR><TR><TD><TABLE><TR>{"".join(f"<TD><A href=/>{w}</A></TD>" for w in _MENU.split())}</TR></TABLE></TD></TR></TABLE>
<TABLE width=980 align=center><TR><TD width=200 vAlign=top><TABLE>{side}</TABLE></TD><TD vAlign=top><TABLE width="100%"><TR><TD>当前位置：首页 &gt;&gt; 信息公开 &gt;&gt; 年度报告</TD></TR>
<TR><TD align=center>发布日期：2022年1月28日　　作者：admin　　点击数：<SCRIPT src=/hit.asp></SCRIPT>77　　【字体：<A>大</A> <A>中</A> <A>小</A>】</TD></TR>
<TR><TD class=content>{chr(10).join(out)}</TD></TR>
<TR><TD>附件：<A href=/UploadFiles/1.xls>年度报告统计表.xls</A></TD></TR><TR><TD align=right>【<A>收藏本页</A>】【<A>打印</A>】【<A>关闭</A>】</TD></TR>
<TR><TD>上一篇：<A href=/1.asp>岚东省统计局2021年政府信息公开工作年度报告</A></TD></TR><TR><TD>下一篇：没有了</TD></TR></TABLE></TD></TR></TABLE>
<TABLE width=980 align=center><TR><TD align=center>Copyright © 2022 岚东省人民政府办公厅 版权所有<BR>技术支持：岚东省信息中心<BR>岚ICP备00000006号</TD></TR></TABLE></BODY></HTML>"""


DESIGNS: dict[str, Callable[[Narrative], str]] = {
    "hanweb": hanweb,
    "trs": trs,
    "ucap": ucap,
    "wechat": wechat,
    "word": word,
    "wps": wps,
}
_ENCODINGS = {"word": "gb18030", "wps": "gb18030", "ucap": "utf-8-sig"}


def page(narrative: Narrative, design: str) -> bytes:
    """The page in the encoding that such a system uses; ``wps`` is GB18030 under a meta tag that says UTF-8."""
    return DESIGNS[design](narrative).encode(_ENCODINGS.get(design, "utf-8"))
