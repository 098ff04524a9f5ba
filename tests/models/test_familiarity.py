"""How strange a text is to a model: what is counted, when nothing is said, who is warned of, and how the limit is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.pipeline import analyze_bytes
from models.base import Passage, Prediction
from models.familiarity import LEAST_PASSAGES, KnownPairs, Strangeness, pairs_of, pairs_of_texts, strangeness, strangeness_of
from models.features import clean
from models.folder import read_info
from models.keywords import KeywordClassifier
from models.linear_folder import LIMIT, SHIPPED
from models.registry import default_classifier
from training.engines.linear_fit import strange_voices, strangeness_limit
from training.passages import as_report, by_voice, load
from training.voices import held, like_reports, shipped

#: texts that are no disclosure reports, though each speaks of publishing once; invented
STRANGE = {
    "match": "昨晚的足球联赛在体育场打响，主队开场便由左边锋突入禁区射门得分。\n客队门将连续扑出两记点球，看台上球迷挥舞围巾齐声呐喊。\n"
    "下半场双方体力下降，教练接连换上三名年轻球员，阵形改为四三三。\n伤停补时阶段，中场球员远射击中横梁弹出，比分定格在二比一。\n"
    "赛后队长表示，球队将在客场迎战卫冕冠军，争取保住榜首位置。\n门票收入的信息公开在俱乐部网站。",
    "recipe": "先把五花肉洗净切成方块，放入冷水锅中焯去血沫，捞出沥干。\n热锅凉油，下冰糖小火熬至枣红色，倒入肉块翻炒均匀上色。\n"
    "加入葱段、姜片、八角、桂皮和料酒，添开水没过肉面，转小火慢炖一小时。\n待汤汁浓稠时放盐调味，撒上芝麻和香菜即可装盘。\n"
    "喜欢软糯口感的可以延长炖煮时间，隔夜回锅味道更香醇。\n这份食谱的信息公开在社区厨房。",
    "work report": "规模以上工业增加值增长百分之七，粮食总产量创历史新高，生猪存栏稳步回升。\n高铁新城片区路网骨架拉开，跨江大桥主塔封顶，绕城高速东段建成通车。\n"
    "新能源汽车整车下线，光伏组件、锂电池产业集群加速壮大，招引亿元以上项目六十个。\n改造老旧小区一百二十个，新增公办幼儿园学位五千个，养老床位翻了一番。\n"
    "湖区退渔还湿，化工园区关停搬迁，空气优良天数比例再创新高。\n政府信息公开扎实推进。",
}


def test_pairs_are_of_chinese_characters_in_one_text() -> None:
    wanted = ["政府", "府信", "信息"]
    assert pairs_of("政府信息0条a,。").tolist() == pairs_of("政府")[:1].tolist() + [
        int(p) for w in wanted[1:] for p in pairs_of(w)
    ]
    assert len(pairs_of_texts(["公", "开"])) == 0
    assert len(pairs_of("")) == 0


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=6))
def test_pairs_are_those_of_plain_loops(texts: Sequence[str]) -> None:
    expected = Counter(
        (a, b) for t in map(clean, texts) for a, b in pairwise(t) if "\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff"
    )
    found = Counter((chr(int(p) >> 32), chr(int(p) & 0xFFFFFFFF)) for p in pairs_of_texts(texts).tolist())
    assert found == expected


def test_share_of_unknown_pairs() -> None:
    known = KnownPairs(["公开", "开信", "信息", "息", "公开信"])
    assert known.unknown_share(["公开信息" * 40]) == pytest.approx(39 / 159)
    assert known.unknown_share(["公开信息"]) is None, "too little to say anything"
    assert KnownPairs([]).unknown_share(["公开信息" * 40]) is None


def test_when_nothing_is_said() -> None:
    known, texts = KnownPairs(["公开"]), ["公开" * 30] * LEAST_PASSAGES
    sure = [Prediction("other", score=0.9)] * LEAST_PASSAGES
    found = strangeness(known, texts, sure, 0.5)
    assert found is not None
    assert (round(found.unknown, 4), round(found.doubt, 4)) == (0.4915, 0.1)
    assert found.over
    assert not replace(found, limit=0.6).over
    assert strangeness(known, texts, sure, None) is None
    assert strangeness(known, texts, sure[1:], 0.5) is None
    assert strangeness(known, texts, [Prediction("other")] * LEAST_PASSAGES, 0.5) is None
    assert strangeness_of(KeywordClassifier(), [Passage(0, 2, "公开", None)], sure) is None


@pytest.mark.parametrize("name", STRANGE)
def test_a_text_of_another_kind_is_warned_of(name: str) -> None:
    report = analyze_bytes(STRANGE[name].encode(), f"{name}.txt")
    (issue,) = [i for i in report.issues if i.code == "unfamiliar_text"]
    assert default_classifier().model_id in issue.message
    assert "docs/own-codes.md" in issue.message


def test_voices_like_reports_are_not_warned_of() -> None:
    model = default_classifier()
    found = [strangeness_of(model, r, model.predict(r)) for r in map(as_report, by_voice(held()).values())]
    judged = [s for s in found if s is not None]
    assert len(judged) > 130
    assert sum(s.over for s in judged) / len(judged) <= 0.05


@pytest.mark.acceptance
def test_real_reports_are_not_warned_of(shared: Path) -> None:
    files = [*(shared / "real/reports").iterdir(), *(shared / "reports").iterdir()]
    found = [analyze_bytes(f.read_bytes(), f.name) for f in files]
    assert len(found) == 12
    assert [r.source for r in found if any(i.code == "unfamiliar_text" for i in r.issues)] == []


def test_strangeness_of_a_voice_is_that_to_the_others() -> None:
    groups = [g for g in by_voice(load()).values() if len(g) >= LEAST_PASSAGES][:6]
    surest = np.full(sum(map(len, groups)), 0.75, dtype=np.float32)
    found = strange_voices(groups, surest, 2)
    texts = {g[0].voice: [clean(p.text) for p in g] for g in groups}
    for voice, own in texts.items():
        others = [{int(p) for t in v for p in pairs_of(t)} for name, v in texts.items() if name != voice]
        mine = [int(p) for t in own for p in pairs_of(t)]
        unknown = sum(sum(p in o for o in others) < 2 for p in mine) / len(mine)
        assert found[voice] == pytest.approx(unknown + 0.25)


def test_limit_is_what_one_voice_in_fifty_is_above() -> None:
    strange = {f"v{i}": i / 100 for i in range(101)}
    assert strangeness_limit(strange) == 0.98
    assert strangeness_limit(strange, [f"v{i}" for i in range(51)]) == 0.49
    assert strangeness_limit(dict(list(strange.items())[:19])) is None


def test_shipped_limit_is_of_voices_that_stand_for_one_report() -> None:
    assert 0.3 < read_info(SHIPPED).metrics[LIMIT] < 0.5
    names = like_reports(shipped())
    assert 600 < len(names) < 700
    assert not {n for n in names if n.startswith("n7-")}
    assert Strangeness(0.2, 0.1, 0.4).over is False
