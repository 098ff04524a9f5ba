"""Narratives as web pages: plain, and inside the clutter of a government site."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from tests.support.exporters.outline import Table, Text, outline
from training.samples.narrative import Narrative

_WORD = '<p class="MsoNormal" style="text-indent:32pt;line-height:28pt"><span lang="EN-US" style="font-size:16pt;font-family:仿宋_GB2312">'


def _table(table: Table, number: int) -> str:
    style = number % 4
    out = ['<table border="1" cellspacing="0" class="MsoNormalTable">']
    if style == 1:
        out.append("<tbody>")
    for row in table.by_row():
        out.append("<tr>")
        for cell in row:
            spans = (f' rowspan="{cell.rows}"' if cell.rows > 1 else "") + (
                f" colspan='{cell.columns}'" if cell.columns > 1 else ""
            )
            text = escape(cell.text) or "&nbsp;"
            if style == 0:
                out.append(f"<td{spans}>{text}</td>")
            elif style == 1:
                out.append(f'<td{spans} width="60"><p class="MsoNormal" align="center"><span>{text}<o:p></o:p></span></p></td>')
            elif style == 2:  # nothing is closed
                out.append(f"<td{spans}>{text}")
            else:  # long labels broken into paragraphs
                half = len(cell.text) // 2
                inner = text if cell.value or half < 4 else f"{escape(cell.text[:half])}</p><p>{escape(cell.text[half:])}"
                out.append(f"<td{spans}>\n  <p>{inner}</p>\n</td>")
        out.append("" if style == 2 else "</tr>")
    return "\n".join([*out, "</tbody></table>" if style == 1 else "</table>"])


def _text(item: Text, number: int) -> str:
    text = escape(item.text)
    style = number % 3
    if item.kind == "title":
        return f"<h1>{text}</h1>" if style == 0 else f'<p style="text-align:center"><strong>{text}</strong></p>'
    if item.kind in ("section", "heading"):
        if style == 0:
            return f"<h2>{text}</h2>" if item.kind == "section" else f"<h3>{text}</h3>"
        return (
            f"<p><b>{text}</b></p>" if style == 1 else f"<p>{_WORD and '　　'}<span style='font-weight:bold'>{text}</span></p>"
        )
    lead = escape(item.lead)
    if lead:
        text = f"<strong>{lead}</strong>{text[len(lead) :]}"
    if style == 2:
        return f"{_WORD}{text}<o:p></o:p></span></p>"
    return f"<p>&nbsp;&nbsp;&nbsp;&nbsp;{text}</p>" if style else f"<p>　　{text}</p>"


def body(narrative: Narrative, number: int) -> str:
    """The report alone, as the editor of a site stores it."""
    parts = list(outline(narrative))
    if number % 5 == 4:
        return _with_breaks(parts, number)
    return "\n".join(_table(p, number) if isinstance(p, Table) else _text(p, number) for p in parts)


def _with_breaks(parts: list[Text | Table], number: int) -> str:
    """Old editors: one block of text with line breaks, indented by ideographic spaces."""
    out = ["<div>"]
    for part, following in pairwise([*parts, None]):
        if isinstance(part, Table):
            out.append(f"</div>{_table(part, number)}<div>")
        elif part is not None:
            out.append(f"　　{escape(part.text)}" + ("" if isinstance(following, Table) else "<br>"))
    return "\n".join([*out, "</div>"])


def plain(narrative: Narrative, number: int) -> bytes:
    """A page that holds nothing but the report."""
    text = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{escape(narrative.title)}</title></head><body>{body(narrative, number)}</body></html>"
    return text.encode("utf-8")


_LINKS = (
    "政务要闻",
    "通知公告",
    "部门动态",
    "乡镇快讯",
    "政策文件",
    "财政预决算",
    "人事信息",
    "重大项目",
    "公共资源交易",
    "办事服务",
)
_NEWS = (
    "县委常委会召开会议研究部署近期重点工作",
    "我县春耕备耕工作全面展开，各乡镇抢抓农时",
    "关于2022年清明节放假安排的通知",
    "一图读懂：医保缴费新变化",
)


def _navigation() -> str:
    items = "".join(f'<li><a href="/col/{n}.html" title="{w}">{w}</a></li>' for n, w in enumerate(_LINKS))
    return (
        '<div class="top"><div class="login"><a href="/login">登录</a> | <a href="/reg">注册</a> <span>无障碍阅读</span></div>'
        f'<div id="header"><div class="logo"><a href="/"><img src="logo.png" alt="某某县人民政府"></a></div>'
        '<form class="search"><input type="text" value="请输入关键字"><button>搜索</button></form></div>'
        f'<ul class="nav clearfix">{items}</ul></div>'
        '<script>var a = "<p>三、收到和处理政府信息公开申请情况</p>";</script>'
    )


def _sidebar() -> str:
    years = "".join(f'<li><a href="/nb/{y}.html">某某县档案局{y}年政府信息公开工作年度报告</a></li>' for y in range(2015, 2019))
    return f'<div class="leftbar"><h3>政府信息公开</h3><ul><li><a href="a">指南</a></li><li><a href="b">年报</a></li></ul><ul>{years}</ul></div>'


def _foot(number: int) -> str:
    news = "".join(f'<li><a href="/n/{n}.html">{t}</a><span>2022-03-0{n + 1}</span></li>' for n, t in enumerate(_NEWS))
    qr = '<div class="ewm"><img src="q.png"><p>扫一扫在手机打开当前页</p></div>' if number % 2 else ""
    return (
        '<div class="bdsharebuttonbox">分享到：<a href="#">微信</a><a href="#">微博</a></div>'
        '<p class="fj">附件：<a href="/files/1.xlsx">年度报告统计表.xlsx</a></p>'
        f'{qr}<p>【<a href="javascript:print()">打印本页</a>】【<a href="javascript:close()">关闭窗口</a>】</p>'
        '<div class="prevnext"><p>上一篇：<a href="/1.html">某某县统计局2021年政府信息公开工作年度报告</a></p><p>下一篇：没有了</p></div>'
        f'<div class="xgxx"><h4>相关信息</h4><ul>{news}</ul></div>'
    )


def _footer() -> str:
    return (
        '<div class="footer"><p><a href="/about">关于我们</a> | <a href="/map">网站地图</a> | <a href="/law">网站声明</a></p>'
        "<p>主办：某某县人民政府　承办：某某县人民政府办公室　联系电话：0000-1234567</p>"
        "<p>网站标识码：0000000001　某ICP备12345678号　某公网安备 00000000000001号</p>"
        "<p>建议使用1024×768分辨率，IE9.0以上浏览器浏览本网站。</p></div>"
        '<div style="display:none"><p>您的浏览器版本过低，请升级后访问，否则页面可能无法正常显示。</p></div>'
    )


def _meta_line(number: int) -> str:
    if number % 2:
        return '<div class="info"><span>发布日期：2022-01-28 09:30</span> <span>来源：县政府办</span> <span>浏览次数：<i>218</i></span> <span>字体：[<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>]</span></div>'
    return (
        "<table class='xxgk'><tr><td>索 引 号</td><td>000014349/2022-00021</td><td>主题分类</td><td>政务公开</td></tr>"
        "<tr><td>发布机构</td><td>县政府办</td><td>发布日期</td><td>2022年01月28日</td></tr>"
        "<tr><td>名　　称</td><td colspan=3>年度报告</td></tr></table>"
    )


def cluttered(narrative: Narrative, number: int) -> bytes:
    """The report inside the page of a government site; every third in GB18030 under a meta tag that says UTF-8."""
    inner = body(narrative, number)
    if number % 2:
        content = f'<div class="article"><div class="bt">{escape(narrative.title)}</div>{_meta_line(number)}<div id="zoom" class="TRS_Editor"><style>.TRS_Editor P{{margin:0}}</style>{inner}</div>{_foot(number)}</div>'
        page = f'<div class="wrap">{_sidebar()}<div class="main"><div class="dqwz">您当前的位置：<a href="/">首页</a> &gt; <a href="/zwgk">政务公开</a> &gt; 年报</div>{content}</div></div>'
    else:  # tables hold the page
        page = (
            f"<table width=1000><tr><td colspan=2>当前位置：<a href='/'>首页</a> &gt; 年报</td></tr><tr><td width=200>{_sidebar()}</td>"
            f"<td><table><tr><td>{_meta_line(number)}</td></tr><tr><td>{inner}</td></tr><tr><td>{_foot(number)}</td></tr></table></td></tr></table>"
        )
    charset = "utf-8" if number % 3 == 0 else "gb2312"
    text = (
        f'<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">'
        f'<link rel="canonical" href="http://www.example.gov.cn/zwgk/{number}.html"><title>{escape(narrative.title)}-某某县人民政府</title>'
        '<meta name="SiteName" content="某某县人民政府"></head>'
        f"<body>{_navigation()}{page}{_footer()}</body></html>"
    )
    return text.encode("gb18030") if number % 3 == 0 else text.encode("utf-8")
