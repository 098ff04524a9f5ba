"""Labels without coders: Dawid and Skene's estimate against their own example, labelling functions, and what is taken for training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import DataError
from models.base import Passage, Prediction
from models.taxonomy import codebook_taxonomy
from training.coding.dawid_skene import counts_of, estimate
from training.coding.labelling import DEFAULT, load_functions, votes
from training.engines.adapt import MODEL, Uncoded, renumbered, weak_labels

BOOK = codebook_taxonomy()

# Dawid and Skene (1979), Table 1: 45 patients, five anaesthetists, classes 1 to 4; the first saw each patient three times
ANAESTHETISTS = [
    "1111111", "3334334", "1122122", "2223121", "2223222", "2223322", "1222111", "3333433", "2222223", "2322223", "4444444", "2223343",
    "1111111", "2223212", "1211111", "1112111", "1111111", "1111111", "2222221", "2221322", "2222222", "2222221", "2223222", "2212222",
    "1111111", "1111111", "2322222", "1111111", "1111111", "1121121", "1111111", "3333233", "1111111", "2222222", "2223232", "4334343",
    "2212232", "2323233", "3333432", "1111111", "1111111", "1212111", "2322222", "1211111", "2222222",
]  # fmt: skip


def test_dawid_and_skene_themselves() -> None:
    counts = np.zeros((45, 5, 4))
    for i, row in enumerate(ANAESTHETISTS):
        for at, answer in enumerate(row):
            counts[i, max(0, at - 2), int(answer) - 1] += 1
    found = estimate(counts, 4, smoothing=0, rounds=1000, tolerance=0)
    # the paper's estimates: class marginals .40 .42 .11 .07; the first observer has 89 % of class 1 right
    np.testing.assert_allclose(found.prior, [0.40, 0.42, 0.11, 0.07], atol=0.006)
    assert found.errors[0, 0, 0] == pytest.approx(0.89, abs=0.006)
    assert all(b >= a - 1e-9 for a, b in zip(found.likelihood, found.likelihood[1:], strict=False)), "EM never loses likelihood"
    # patient 2 is called 3 more often than 4, but by observers who are seen to call 4 a 3
    assert found.posterior[1].argmax() == 3
    assert found.posterior[2].argmax() == 1


def test_one_step_by_hand() -> None:
    # two passages, two voters: (a, a) and (a, b); begins with T = [[1, 0], [1/2, 1/2]]
    counts = counts_of(np.array([[0, 0], [0, 1]]), 2)
    found = estimate(counts, 2, smoothing=0, rounds=1)
    # prior (3/4, 1/4); voter 2: of class a it says a in 1 of 1.5, of class b always b
    # passage 1: a 3/4 * 1 * 2/3 = 1/2, b 1/4 * 1 * 0 = 0; passage 2: a 3/4 * 1 * 1/3 = 1/4, b 1/4 * 1 * 1 = 1/4
    np.testing.assert_allclose(found.posterior, [[1, 0], [0.5, 0.5]], atol=1e-12)
    assert found.likelihood == (pytest.approx(np.log(1 / 2) + np.log(1 / 2)),)


def test_a_bad_voter_is_found_out() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 3, 600)
    answers = np.column_stack(
        [np.where(random.random(600) < p, truth, random.integers(0, 3, 600)) for p in (0.9, 0.7, 0.7, 0.0, 0.0)]
    )
    found = estimate(counts_of(answers, 3), 3)
    share = [float(np.mean([found.errors[v, c, c] for c in range(3)])) for v in range(5)]
    # one in three is right by chance: 0.9 + 0.1 / 3, 0.7 + 0.3 / 3, 1 / 3
    np.testing.assert_allclose(share, [0.93, 0.8, 0.8, 0.33, 0.33], atol=0.06)
    majority = np.array([np.bincount(row, minlength=3).argmax() for row in answers])
    assert (found.posterior.argmax(axis=1) == truth).mean() > (majority == truth).mean()


def test_silence_tells_something() -> None:
    # the first voter says 0 of everything of class 0 and nothing else; two others are right in four of five
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, 400)
    others = [np.where(random.random(400) < 0.8, truth, 1 - truth) for _ in range(2)]
    heard = estimate(counts_of(np.column_stack([np.where(truth == 0, 0, 2), *others]), 3), 2).posterior.argmax(axis=1)
    unheard = estimate(counts_of(np.column_stack([np.where(truth == 0, 0, -1), *others]), 2), 2).posterior.argmax(axis=1)
    assert (heard == truth).mean() > 0.99
    assert (unheard == truth).mean() < 0.95


def test_shipped_functions_come_out_as_their_examples_say() -> None:
    functions = load_functions(DEFAULT, BOOK)
    assert {f.voter for f in functions} == {"heading", "place", "text"}
    assert {f.label for f in functions} == set(BOOK.labels)
    for f in functions:
        assert all(f.fits(p) for p in f.yes), f.id
        assert not any(f.fits(p) for p in f.no), f.id


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "disclosure"', 'label = "disclosed"', "unknown label"),
        (
            'voter = "heading"\nlabel = "disclosure"',
            'voter = "heading"\nweight = 2\nlabel = "disclosure"',
            "unknown key 'weight'",
        ),
        ('id = "heading-request"', 'id = "heading-disclosure"', "id 'heading-disclosure' is used twice"),
        ('section = ["s6"]', 'section = ["s9"]', "s9"),
        ("未收到[", "未收到([", "pattern does not compile"),
        ('yes = [{ text = "制作图文解读11件。" }', 'yes = [{ text = "制作铁门11扇。" }', "does not fit its example"),
        ('no = [{ text = "举办招聘会3场。" }]', 'no = [{ text = "举办政务公开业务培训3场。" }]', "does fit its example"),
        ('{ text = "办事指南放在窗口。" }', '{ txt = "x" }', "example"),
        ("[[function]]", "[[rule]]", "unknown key 'rule'"),
    ],
)
def test_broken_functions_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "f.toml"
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_functions(path, BOOK)


def passage(text: str, section: str | None = "s1", *headings: str) -> Passage:
    return Passage(0, len(text), text, section, ("一、总体情况", *headings))


class Fixed:
    """A model that says what it is told to."""

    model_id = "fixed"

    def __init__(self, *labels: str) -> None:
        self.labels = labels

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [Prediction(c, facets=("content",) if c in BOOK.coded else (), score=0.9) for c in self.labels]


def test_voters_that_contradict_themselves_abstain() -> None:
    functions = load_functions(DEFAULT, BOOK)
    (found,) = votes(functions, [passage("举办政务公开培训3场，制作图文解读11件。", "s1", "（一）主动公开情况")])
    assert found == {"heading": "disclosure"}  # the wording names two labels


def test_what_is_trained_on() -> None:
    functions = load_functions(DEFAULT, BOOK)
    given = (
        passage("通过网站公开各类政府信息320条。", "s1", "（一）主动公开情况"),  # heading, text and model agree
        passage("窗口全年接待群众三千人。", "s1", "（一）主动公开情况"),  # the model contradicts the heading
        passage("天气不错。"),  # the model alone
        passage("二是业务培训的深度不够。", "s5"),  # text and model: takes the model's facets
    )
    model = Fixed("disclosure", "service", "other", "problem")
    found = weak_labels([Uncoded("r1", given)], functions, model, BOOK, method="agreement")
    assert [(p.text, p.label, p.facets, p.voice) for p in found.chosen] == [
        (given[0].text, "disclosure", (), "uncoded-r1"), (given[3].text, "problem", ("content",), "uncoded-r1"),
    ]  # fmt: skip
    assert found.passages == 4
    assert {v.name for v in found.voters} == {"heading", "place", "text", MODEL}
    assert {v.name: v.coverage for v in found.voters}[MODEL] == 1
    assert [p.order for p in renumbered(found.chosen)] == [0, 1]
    # without a model nobody gives facets: passages that need them are left out
    alone = weak_labels([Uncoded("r1", given)], functions, None, BOOK, method="agreement")
    assert [p.label for p in alone.chosen] == ["disclosure"]


def test_caps_and_seeds() -> None:
    functions = load_functions(DEFAULT, BOOK)
    given = tuple(passage(f"通过网站公开各类政府信息{i}条。", "s1", "（一）主动公开情况") for i in range(100, 140))
    reports = [Uncoded("r1", given)]
    model = Fixed(*["disclosure"] * 40)
    found = weak_labels(reports, functions, model, BOOK, method="agreement", most=100, seed=1)
    assert len(found.chosen) == 10  # a tenth of the most
    assert found == weak_labels(reports, functions, model, BOOK, method="agreement", most=100, seed=1)
    assert found.chosen != weak_labels(reports, functions, model, BOOK, method="agreement", most=100, seed=2).chosen
    both = weak_labels(reports, functions, model, BOOK, method="dawid-skene", per_label=100)
    assert len(both.chosen) == 40
    assert weak_labels([], functions, None, BOOK).chosen == ()
