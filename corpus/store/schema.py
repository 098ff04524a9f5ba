"""The tables of a store: every column with its type, unit, Chinese name and meaning.

``gongkai schema`` prints this module; writers and readers of the store take their columns from it.  Nothing else defines a
column.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

ColumnType = Literal["string", "int", "float", "bool", "strings", "floats", "octets"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``codes`` lists the values it may take, with their Chinese names, where that list is closed."""

    name: str
    type: ColumnType
    zh: str
    en: str
    nullable: bool = True
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store; rows are sorted by ``key``, which is unique."""

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def arrow(self) -> pa.Schema:
        """The Arrow schema, without file metadata."""
        # names and codes of columns are asked for where nothing is stored
        import pyarrow as pa

        types: dict[ColumnType, pa.DataType] = {
            "string": pa.string(),
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "strings": pa.list_(pa.string()),
            "floats": pa.list_(pa.float64()),
            "octets": pa.list_(pa.uint8()),
        }
        return pa.schema([pa.field(c.name, types[c.type], c.nullable) for c in self.columns])


FORMS = (
    ("2019", "2019年格式（2019—2020）"),
    ("2021", "2021年格式（2021年起）"),
    ("mixed", "混用"),
    ("pre2019", "2018年及以前"),
    ("unknown", "不明"),
)
COVERAGES = (("own", "仅本机关"), ("consolidated", "汇总所属部门和乡镇"), ("unknown", "不明"))
COVERAGE_BASES = (("printed", "文中载明"), ("presumed", "按机关性质推定"))
TEXT_KINDS = (("report", "年度报告"), ("doubtful", "存疑（计划、通知、指南、模板等）"))
_GOVERNMENTS = (
    ("central", "中央"), ("province", "省级"), ("prefecture", "地级"), ("county", "县级"), ("township", "乡级"),
)  # fmt: skip
LEVELS = (*_GOVERNMENTS, *((f"{code}_department", f"{zh}部门") for code, zh in _GOVERNMENTS), ("unknown", "不明"))
SECTION_FIVE = (("read", "已读取"), ("nothing", "无内容"), ("absent", "无此部分"), ("unread", "未能读取"))
STATUSES = (("ok", "成功"), ("partial", "部分成功"), ("failed", "失败"), ("skipped", "跳过"))
BASES = (("label", "按行列标题"), ("proved", "按勾稽关系推定"))
STATES = (("value", "有数值"), ("blank", "空白"), ("dash", "横线或“无”"), ("unreadable", "无法识读"))
QUALIFIERS = (("exact", "确数"), ("at_least", "不少于"), ("about", "约数"), ("at_most", "不超过"), ("range", "区间"))
SCOPES = (("total", "总数"), ("part", "其中数"), ("wider", "超出本机关"))
BYS = (("body", "按机构"), ("applicant", "按申请人"), ("channel", "按渠道"), ("topic", "按主题"), ("outcome", "按结果"))
PERIODS = (("year", "本年"), ("prior", "上年"), ("cumulative", "累计"), ("other", "其他时段"))
VERDICTS = (("agrees", "一致"), ("disagrees", "不一致"), ("prose_only", "仅见正文"), ("table_only", "仅见表格"))
EXPLAINED = (
    ("carried_in", "差额等于上年结转"),
    ("one_row", "等于其中一行"),
    ("other_row", "填在其他结果行"),
    ("other_mention", "另一处正文一致"),
    ("pending", "差额等于未办结数"),
    ("none", "未得到解释"),
)
CHECKS = (("holds", "成立"), ("fails", "不成立"), ("not_checkable", "无法核对"))
POINT_STATUSES = (("done", "已完成"), ("ongoing", "进行中"), ("planned", "计划"))
LOCI = (("self", "本机关"), ("subordinate", "下级或所属单位"), ("public", "公众"), ("upstream", "上级"), ("unstated", "未说明"))
SEVERITIES = (("info", "提示"), ("warning", "警告"), ("error", "错误"))

#: codes of issues with their Chinese names; an issue with another code fails the tests
ISSUES: dict[str, tuple[str, str]] = {
    "not_a_report": ("不是年度报告", "nothing in the file reads as a disclosure report"),
    "doubtful_report": ("是否年度报告存疑", "the text reads as a plan, notice, guide, template, news, list or other report"),
    "unfamiliar_text": (
        "文风与训练文本差异大",
        "the wording is unlike the reports that the model learnt from; its labels are less certain than measured",
    ),
    "read_failed": ("文件无法读取", "the file could not be read; the message says why"),
    "unknown_suffix": ("未知格式，已跳过", "no reader is registered for this suffix; the file was skipped"),
    "duplicate_bytes": ("内容相同的文件", "another file holds the same bytes; they are one report"),
    "traditional_script": ("繁体文本", "the text is in traditional characters; rules are written for simplified ones"),
    "encoding_guessed": ("编码为推断", "the encoding was inferred"),
    "embedded": ("正文嵌在脚本或框架中", "the page holds the report as data for its scripts; it was read from there"),
    "elsewhere": ("正文或表格不在本页", "the page shows the report, or its tables, from another file"),
    "several_reports": ("一个文件含多份报告", "the file holds more than one report; the first was read"),
    "line_breaks_lost": ("换行丢失", "the text has lost its line breaks; headings were found by their wording"),
    "section_missing": ("缺少章节", "a statutory section was not found"),
    "title_missing": ("缺少标题", "no title line was found"),
    "agency_unknown": ("机关不明", "the agency was not found"),
    "agency_open": ("机关有多种可能", "the agency's name fits several agencies or none that is known"),
    "year_unknown": ("年度不明", "the year was not found"),
    "period_conflict": ("年度与统计期限不符", "title and statistical period name different years"),
    "form_conflict": ("表格式样与年度不符", "tables are of another form than the year's"),
    "metadata_conflict": ("元数据与正文不符", "given metadata differ from the text; the given value was kept"),
    "table_missing": ("缺少法定表格", "a statutory table was not found"),
    "rows_missing": ("缺少表行", "rows of a statutory table were not found"),
    "cells_unassigned": ("数值未能归入单元格", "values of a row could not be assigned to columns with certainty"),
    "column_unlabelled": ("列标题缺失", "a column has no readable heading; its cells are not claimed"),
    "row_unlabelled": ("行标题缺失", "values stand in a row without a readable label; they are not claimed"),
    "cell_conflict": ("单元格重复且不一致", "one cell was found twice with different values"),
    "cell_unreadable": ("单元格无法识读", "a cell holds text that is no value"),
    "page_without_text": ("页面只有图像", "a page is a picture without text and was not read"),
    "page_unreadable": ("页面损坏", "a page of the file is damaged and was not read"),
    "page_crowded": ("页面图形过多", "a page holds more drawing objects than are looked at; its tables may be incomplete"),
    "text_undecodable": (
        "字体无法解码",
        "fonts of the file do not say which characters they print; that text was not read as it stands",
    ),
    "part_unreadable": ("内嵌文件无法读取", "a file that stands inside the document could not be read"),
    "low_confidence": ("识别置信度低", "characters were recognised with low confidence"),
    "crashed": ("使工作进程崩溃", "the file ended its worker process several times; it was set aside"),
    "timed_out": ("处理超时", "the file took longer than --timeout; it was set aside"),
    "out_of_memory": ("内存超限", "the file needed more memory than --memory; it was set aside"),
    "internal": ("内部错误", "a fault of gongkai itself, with its traceback; please report it"),
    "suspicion_prose_count": ("疑似误填正文数字", "a cell of table 2 equals a prose count of another thing"),
    "suspicion_decisions": ("疑似误填处理决定数", "decisions equal items of last year plus change"),
    "suspicion_equal_counts": ("疑似重复填写", "made, disclosed and total are one number"),
}


def _c(name: str, type_: ColumnType, zh: str, en: str, codes: tuple[tuple[str, str], ...] = (), *, null: bool = True) -> Column:
    return Column(name, type_, zh, en, null, codes)


@cache
def tables() -> dict[str, Table]:
    """All tables of a store by name."""
    rid = _c("report_id", "string", "报告编号", "first 16 hex digits of the sha256 of the file's bytes", null=False)
    start = _c("start", "int", "起始位置", "offset in documents.text, 0-based", null=False)
    end = _c("end", "int", "结束位置", "offset behind the last character", null=False)
    page = _c("page", "int", "页码", "page of the source, 1-based; null for formats without pages")
    found = (
        Table("sources", "文件", "every file that was met", ("source",), (
            _c("source", "string", "文件", "path relative to the root given", null=False),
            _c("sha256", "string", "散列值", "sha256 of the bytes; null if the file could not be opened"),
            _c("report_id", "string", "报告编号", "report in this file; null if there is none"),
            _c("reader", "string", "读取器", "reader that was used"),
            _c("encoding", "string", "编码", "encoding that was used for text formats"),
            _c("status", "string", "状态", "how the file ended", STATUSES, null=False),
            _c("n_kept", "int", "保留片段数", "paragraphs and filled cells of the file that are in the canonical text"),
            _c("n_furniture", "int", "版面片段数", "pieces left out: page marks, navigation, page data (gongkai show FILE --ledger lists them)"),
            _c("n_hidden", "int", "隐藏片段数", "pieces that the file holds but does not show: hidden or struck text, note marks"),
        )),
        Table("reports", "报告", "one row per report (equal bytes are one report)", ("report_id",), (
            rid,
            _c("source", "string", "文件", "smallest path that holds it", null=False),
            _c("title", "string", "标题", "title as printed"),
            _c("agency", "string", "机关名称", "agency as printed"),
            _c("year", "int", "年度", "reporting year"),
            _c("period_start", "string", "统计期起", "ISO date"),
            _c("period_end", "string", "统计期止", "ISO date"),
            _c("form", "string", "表格式样", "form of the statutory tables", FORMS, null=False),
            _c("coverage", "string", "统计范围", "whose work the figures cover", COVERAGES, null=False),
            _c("coverage_basis", "string", "统计范围依据", "whether the text says it or it is presumed (D3); null while unknown", COVERAGE_BASES),
            _c("kind_of_text", "string", "文本性质", "whether the file is a disclosure report at all", TEXT_KINDS, null=False),
            _c("kind_evidence", "strings", "文本性质依据", "what told it", null=False),
            _c("sections_found", "strings", "找到的章节", "codes of the sections found", null=False),
            _c("s5", "string", "第五部分状态", "whether the section of problems and improvements could be read; unread ones count in no share", SECTION_FIVE),
            _c("n_passages", "int", "段落数", "number of passages", null=False),
            _c("n_mentions", "int", "正文数据数", "number of mentions", null=False),
            _c("n_cells", "int", "单元格数", "number of cells found", null=False),
            _c("url", "string", "网址", "from metadata"),
            _c("retrieved", "string", "采集日期", "from metadata"),
            _c("published", "string", "发布日期", "from metadata or the page"),
            _c("agency_id", "string", "机关编号", "<division>.<kind>, or central.<name>; null while open"),
            _c("level", "string", "层级", "of government; <level>_department for its departments; null where not known", LEVELS),
            _c("kind", "string", "机关类型", "functional kind, read off the name"),
            _c("division_code", "string", "行政区划代码", "GB/T 2260, as of the report's year"),
            _c("province", "string", "省", "province-level division"),
            _c("prefecture", "string", "市", "prefecture-level division"),
            _c("county", "string", "县", "county-level division"),
            _c("host", "string", "网站", "host of the page the report came from"),
            _c("metadata", "string", "其他元数据", "further columns of --metadata as a JSON object"),
        )),
        Table("documents", "全文", "canonical text", ("report_id",), (
            rid,
            _c("text", "string", "规范文本", "the text all offsets point into", null=False),
            _c("text_sha256", "string", "文本散列值", "sha256 of the text in UTF-8", null=False),
            _c("reader", "string", "读取器", "reader that was used", null=False),
            _c("reader_version", "string", "读取器版本", "its version", null=False),
            _c("source_map", "string", "来源对照", "JSON list of [start, end, line, page, x0, y0, x1, y1] (trailing nulls left out)", null=False),
        )),
        Table("passages", "段落", "sentences and enumerated items of the narrative", ("report_id", "start"), (
            rid,
            _c("passage_id", "string", "段落编号", "<report_id>.p<start>", null=False),
            _c("section", "string", "章节", "preamble, s1 … s6; null for pre2019"),
            _c("heading_path", "strings", "标题路径", "headings above, the section's own first", null=False),
            _c("text", "string", "文本", "text[start:end]", null=False),
            start, end,
            _c("label", "string", "类别", "best guess, also when abstained", null=False),
            _c("also", "strings", "兼属类别", "further labels", null=False),
            _c("facets", "strings", "方面", "of problem and improvement passages", null=False),
            _c("facets_guessed", "bool", "方面为推测", "no facet reached its threshold: the likeliest is given", null=False),
            _c("facet_scores", "octets", "方面概率", "probability of each facet in 255ths, in the order of the codes; null for labels without facets and engines without probabilities"),
            _c("score", "float", "概率", "probability of the label, 4 places; null if the engine has none"),
            _c("abstained", "bool", "弃权", "score under the threshold asked for", null=False),
            _c("classifier", "string", "分类器", "model id", null=False),
        )),
        Table("mentions", "正文数据", "quantities in the narrative", ("report_id", "mention_id"), (
            rid,
            _c("passage_id", "string", "段落编号", "passage it stands in", null=False),
            _c("mention_id", "string", "数据编号", "<report_id>.m<start>, .2 for a second subject", null=False),
            start, end,
            _c("text", "string", "文本", "text[start:end]: number and unit", null=False),
            _c("value", "float", "数值", "rates as percentages, falls negative, 亿元 as 万元; the lower end of a range", null=False),
            _c("value_to", "float", "区间上限", "upper end of a range, else null"),
            _c("unit", "string", "单位", "measure word as printed", null=False),
            _c("qualifier", "string", "限定", "exactness", QUALIFIERS, null=False),
            _c("scope", "string", "范围", "whether it is the agency's total, a part of one, or counts more bodies than the report is of", SCOPES, null=False),
            _c("by", "string", "划分依据", "what distinguishes a part", BYS),
            _c("whole", "string", "所属总数", "mention_id of the mention it is a part of, whatever the two indicators"),
            _c("whole_value", "float", "所属总数数值", "value of that mention"),
            _c("period", "string", "时段", "time it covers", PERIODS, null=False),
            _c("subject", "string", "计数对象", "the words counted", null=False),
            _c("indicator", "string", "指标", "codebook code, empty if none", null=False),
        )),
        Table("cells", "表格单元格", "statutory cells that stand in the file", ("report_id", "code"), (
            rid,
            _c("code", "string", "单元格代码", "code of forms.json", null=False),
            _c("raw", "string", "原文", "text[start:end]", null=False),
            _c("value", "float", "数值", "in the unit of the column; null unless state is value"),
            _c("state", "string", "状态", "what stands in the cell", STATES, null=False),
            _c("basis", "string", "归格依据", "how row and column are known", BASES, null=False),
            start, end, page,
            _c("bbox", "floats", "位置框", "x0, y0, x1, y1 in points"),
        )),
        Table("grids", "表格原样", "cells of all tables of reports of 2008–2018, as printed", ("report_id", "grid_id", "row", "column"), (
            rid,
            _c("grid_id", "string", "表格编号", "<report_id>.g<start of the table>", null=False),
            _c("row", "int", "行号", "0-based", null=False),
            _c("column", "int", "列号", "0-based; the rank of the cell in its row where the source prints no columns", null=False),
            _c("text", "string", "文本", "text[start:end]", null=False),
            _c("row_span", "int", "跨行数", "rows it takes", null=False),
            _c("column_span", "int", "跨列数", "columns it takes", null=False),
            start, end, page,
        )),
        Table("joins", "正文与表格对照", "prose joined with cells", ("report_id", "indicator", "row"), (
            rid,
            _c("row", "int", "序号", "rank among the report's rows of this indicator, from 0", null=False),
            _c("indicator", "string", "指标", "codebook code", null=False),
            _c("mention_id", "string", "数据编号", "null for table_only"),
            _c("prose_value", "float", "正文数值", "value of the mention"),
            _c("cell_codes", "strings", "单元格", "cells compared with", null=False),
            _c("expression", "string", "算式", "how the cells make the table value", null=False),
            _c("table_value", "float", "表格数值", "null where there is no comparison"),
            _c("derived", "bool", "推算", "printed values stand for a blank total", null=False),
            _c("verdict", "string", "结论", "outcome", VERDICTS, null=False),
            _c("explained_by", "string", "差异来源", "only for disagrees", EXPLAINED),
        )),
        Table("checks", "核对", "arithmetic checks inside tables and prose", ("report_id", "row"), (
            rid,
            _c("row", "int", "序号", "rank in the report, from 0", null=False),
            _c("check", "string", "核对项", "balance.<applicant>, results.<applicant>, row.<row>, review, suit_…, rate, sum, repeat", null=False),
            _c("expression", "string", "算式", "what was checked", null=False),
            _c("left", "float", "左值", "left side"),
            _c("right", "float", "右值", "right side"),
            _c("verdict", "string", "结论", "outcome", CHECKS, null=False),
            _c("evidence", "strings", "依据", "cell codes or mention ids", null=False),
        )),
        Table("issues", "问题提示", "findings that did not stop the run", ("source", "row"), (
            _c("source", "string", "文件", "file it is about", null=False),
            _c("row", "int", "序号", "rank in the file, from 0", null=False),
            _c("report_id", "string", "报告编号", "null if the file gave no report"),
            _c("code", "string", "代码", "what was found", tuple((k, v[0]) for k, v in ISSUES.items()), null=False),
            _c("severity", "string", "程度", "how grave", SEVERITIES, null=False),
            _c("message", "string", "说明", "place, value, remedy", null=False),
            _c("start", "int", "起始位置", "offset in documents.text"),
            _c("end", "int", "结束位置", "offset behind the last character"),
            page,
        )),
    )  # fmt: skip
    return {t.name: t for t in found}


@cache
def derived_tables() -> dict[str, Table]:
    """Tables that are computed from a store when asked for (:mod:`gongkai.compare`), not written when reports are tagged."""
    points = Table("points", "要点", "clauses of problems and measures, each with one facet", ("report_id", "start", "end", "facet"), (
        _c("report_id", "string", "报告编号", "report", null=False),
        _c("passage_id", "string", "段落编号", "passage it stands in", null=False),
        _c("facet", "string", "方面", "what the shortcoming or measure is about", null=False),
        _c("start", "int", "起始位置", "offset of the clause in documents.text, 0-based", null=False),
        _c("end", "int", "结束位置", "offset behind the last character", null=False),
        _c("status", "string", "进展", "how far a measure has come; null for a problem", POINT_STATUSES),
        _c("locus", "string", "归属", "whose problem it is; null for a measure", LOCI),
        _c("concrete", "bool", "具体", "names a unit, column, case, figure or date", null=False),
    ))  # fmt: skip
    return {points.name: points}
