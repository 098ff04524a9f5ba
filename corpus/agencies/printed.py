"""Names of agencies in running text: found by the formulas in which reports name who reports.

``现公布云岭县2022年政府信息公开工作年度报告``, ``本报告由云岭县水务局编制``, ``请与云岭县水务局办公室联系``: each formula is a rule of
``data/agencies/formulas.toml`` with examples.  A name is cut free of the words around it and must end as agencies (or places) do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from corpus.agencies.places import RELATION, read_chain
from corpus.datafile import entries, load_toml
from corpus.errors import DataError
from corpus.text.normalise import Normalised

_KEYS = {"id", "rank", "where", "pattern", "office", "yes", "no"}
_NAME = r"(?P<n>[\u4e00-\u9fff()]{2,42}?(?<=[省市县区州旗盟府室厅局会处署门委办队关心院学乡镇木场社联道街团部构组城股科)]))"
_YEAR = r"(?:20[0-2]\d|二零[零一二][零一二三四五六七八九])年?(?:全年|度|以来)?"
#: the words that a name in running text ends with
_BODY_END = (
    "人民政府(?:办公[厅室]|办)?|政府办(?:公[厅室])?|行政公署|行署|(?:管理)?委员会|管委会|办公[厅室]|(?:街道)?办事处|[局厅署]|部门"
    "|(?:[科教文卫健改建经农商交资旅规信法民计国]|服务|应急|外事)委|(?:外|侨|台|金融|人防|政府|政务|扶贫|信访|法制|史志|接待|口岸|港澳|编)办"
    "|(?:交警|消防|救援|巡警|特警|调查|总|支|大)队|海关|(?:服务|管理|保障|事务|交易|指导|发展|促进|信息|控制|审批|监督|执法)中心|医院|大学|学院"
    "|街道|(?<![大步行商老小条前后上门])街|[镇乡]|苏木|(?:农|林|牧)场|团场?|供销合作(?:联合)?社|残联|残疾人联合会|红十字会|开发区|新区|园区|高新区|经开区|示范区|度假区|景区|合作区|保税区|新城"
)
_ENDS = re.compile(rf"(?:{_BODY_END})(?:\([^()]{{2,20}}\))?$")
#: offices inside an agency, which answer for it in 请与…办公室联系
_OFFICE = re.compile(
    r"(?:(?:政府)?(?:政务|政府信息|政务信息|信息)(?:与政务)?公开(?:工作)?(?:领导小组|协调小组|联席会议|工作小组)?(?:办公室|办|科|处|中心|机构|股|部门)?"
    r"|党政(?:综合)?办(?:公室)?|综合(?:管理|业务|协调|保障)?(?:科|处|股|室|办公室|办|部)|秘书[一二]?[科处股]|行政办(?:公室)?|办公[室厅](?:\(.*\))?"
    r"|信息中心|督查室|(?<=[局委办厅府会室])[\u4e00-\u9fff]{2,6}[科处股])$"
)
_NO_NAME = re.compile(
    r"[简统下]称|现[将把]|落实|贯彻|的|了|我|该|各|其|全[省市县区州旗镇乡局]|本(?:分?局|县|市|区|省|州|旗|镇|乡|街|办|委|厅|院|单位|机关|报告|年|级|部|中心|行政)|[一二三四五六七八九]是|部分|启动|调整|会同|编写|成立|根据|依据|依照|按照|遵照|以及|有关|相关|年度|信息公开|政务公开(?!办)|报告|情况|公开工作|要求|精神"
    r"|规定|通知|条例|如下|公布|编制|结合|认真|坚持|通过|开展|加强|做好|领导下|上级|单位|网站|疑问|第[一二三四五六]部分"
    r"|中华人民共和国$|^(?:市|县|区|省|州|乡|镇|旗)(?:委|政府)$"
)
_PLACE = re.compile(r"(?<![辖社园城地市郊景库老新小校厂片学街镇灾])(?:省|市|县|区|旗|州|盟)$|自治[区州县旗]$|新区$")
_UNLISTED = re.compile(
    r"[\u4e00-\u9fff]{2,8}?(?<!开发)(?<!示范)(?<!高新)(?<!经开)(?<!管理)(?<!保税)(?<!度假)(?<!风景)(?:省|市(?!场)|县|区|旗|州|盟)(?=.)"
)
_MINISTRY = re.compile(r"^(?:国家|中国)[\u4e00-\u9fff]{2,12}部$")
_FUNCTION = re.compile(r"和|与|及|在|对|为|将|由|以|把|被|让|是|有|并|也|又|都|还|不|未|无")
#: words that name no agency alone
_GENERIC = re.compile(_BODY_END)
#: where a name in a longer run of characters begins at the earliest
_LEAD = re.compile(
    rf"^.*(?:现将|现公[布开]|请(?:与|同|向|联系)|(?:受理|承办|主管)(?:机构|单位|部门)[为是:]|特?向社会公布|公布|发布|编制完成|编制了?|制定了?|撰写|形成了?|关于|汇总|综合|{_YEAR}|[由《\"',:;。])(?=.{{2}})"
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A rule: ``rank`` orders what several find, 1 the surest; ``office``: its name may be that of an office inside the agency."""

    id: str
    rank: int
    where: str
    pattern: re.Pattern[str]
    office: bool
    yes: tuple[tuple[str, str], ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """A name as it stands in the normalised text at ``start:end``; ``of`` is what was cut off behind it (``办公室``)."""

    name: str
    start: int
    end: int
    formula: str
    rank: int
    of: str = ""


@cache
def formulas() -> tuple[Formula, ...]:
    """The rules in file order.

    Raises:
        DataError: unknown keys, or a pattern without a group ``n``.
    """
    raw = load_toml("corpus", "data/agencies/formulas.toml")
    found = []
    for row in entries(raw, "formula", "formulas.toml", _KEYS - {"office"}, ("office",)):
        pattern = re.compile(row["pattern"].replace("YEAR", _YEAR).replace("NAME", _NAME))
        if "n" not in pattern.groupindex or row["where"] not in ("preamble", "narrative", "line"):
            raise DataError(f"formula {row['id']}: no NAME, or where is {row['where']!r}", source="formulas.toml")
        found.append(
            Formula(
                row["id"],
                row["rank"],
                row["where"],
                pattern,
                row.get("office", False),
                tuple((text, name) for text, name in row["yes"]),
                tuple(row["no"]),
            )
        )
    return tuple(found)


def tidy(raw: str, *, office: bool = False) -> tuple[str, int, int, str] | None:
    """The name inside ``raw`` with its range in it and the office cut off, or ``None`` where no agency or place is named.

    >>> tidy("现公布云岭县水务局")[:3], tidy("云岭县水务局办公室", office=True)[3]
    (('云岭县水务局', 3, 9), '办公室')
    """
    lead = _LEAD.match(raw)
    start = lead.end() if lead else 0
    while start < len(raw) and raw[start] in "()":
        start += 1
    name = raw[start:]
    of = ""
    if office:
        for _ in range(2):
            m = _OFFICE.search(name)
            # 云岭县人民政府信息公开办公室 is an office of 云岭县人民政府
            end = m.start() + 2 * (name[: m.start()].endswith("人民") and m[0].startswith("政府")) if m else 0
            if not is_name(name[:end]):
                break
            name, of = name[:end], name[end:] + of
    if not is_name(name):
        return None
    return name, start, start + len(name), of


def is_name(name: str) -> bool:
    """Whether ``name`` reads as that of an agency, or of a place whose government reports."""
    if not 2 <= len(name) <= 40 or says_more(name) or name.startswith("国务院") or name.count("(") != name.count(")"):
        return False
    if _MINISTRY.search(name):
        return True
    if _FUNCTION.match(name) and not read_chain(name).last:  # 和平县 is a place
        return False
    if _ENDS.search(name):
        if _GENERIC.fullmatch(name):
            return False
        relation = RELATION.match(name)
        return len(name) > 2 and not (relation and relation.end() == len(name))
    chain = read_chain(name)
    if chain.last:
        return chain.end == len(name) and not chain.short
    return len(name) <= 9 and _PLACE.search(name) is not None  # a place that no list knows: newer, or misprinted


def says_more(words: str) -> bool:
    """Whether words hold more than a name: verbs, 本报告, 有关单位."""
    return _NO_NAME.search(words) is not None


def names_in(norm: Normalised, where: str) -> Iterator[Printed]:
    """What the formulas for a part of the report find in a paragraph; offsets are those of the paragraph as printed."""
    for formula in formulas():
        if formula.where != where:
            continue
        for m in formula.pattern.finditer(norm.text):
            found = tidy(m["n"], office=formula.office)
            if found is None:
                continue
            name, start, end, of = found
            first, last = norm.span(m.start("n") + start, m.start("n") + end)
            yield Printed(name, first, last, formula.id, formula.rank, of)


def begins_with_place(name: str) -> bool:
    """Whether the name says where the agency is (``云岭县水务局``), and not only how it is related (``县水务局``)."""
    return bool(read_chain(name).last) or (RELATION.match(name) is None and _UNLISTED.match(name) is not None)
