"""The log of what people write: nothing lost, nothing overwritten unseen, refused in plain words where it cannot be kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from corpus.errors import StoreError
from gongkai.web.writing.people import FILE, HOME, VERSION, ActKind, OvertakenError, People, ReadOnlyError, Written, values_of
from tests.conftest import ROOT

CODE, DECISION = ActKind("test.code", own=True), ActKind("test.decision")


def test_what_stands_is_the_last_act_and_every_act_says_what_was_there_before(tmp_path: Path) -> None:
    people = People(tmp_path)
    assert people.standing(CODE) == {}
    assert people.history(CODE) == []
    assert not people.path.exists(), "reading makes nothing"
    for who, value in (
        ("甲", {"label": "x"}),
        ("乙", {"label": "problem"}),
        ("甲", {"label": "other"}),
        ("甲", {"label": "other"}),
    ):
        people.write(who, CODE, "一", [Written("r.p0", value)])
    stands = people.standing(CODE, "一")
    assert {k: a.value["label"] for k, a in stands.items()} == {("r.p0", "甲"): "other", ("r.p0", "乙"): "problem"}
    assert list(people.standing(CODE, "一", who="乙")) == [("r.p0", "乙")]
    history = people.history(CODE, "一", "r.p0")
    assert [(a.who, a.before and a.before["label"]) for a in history] == [("甲", "x"), ("乙", None), ("甲", None)]
    assert people.scopes(CODE) == ["一"]
    people.write("甲", CODE, "一", [Written("r.p0", None)])
    assert list(people.standing(CODE, "一")) == [("r.p0", "乙")]
    assert people.history(CODE, "一", most=1)[0].before == {"label": "other"}


def test_a_shared_thing_is_not_overwritten_unseen_and_a_form_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    people = People(tmp_path)
    (first,) = people.write("甲", DECISION, "", [Written("a", 1, seen=0)])
    with pytest.raises(OvertakenError) as refused:
        people.write("乙", DECISION, "", [Written("b", 5), Written("a", 2, seen=0)])
    assert refused.value.act == first
    assert values_of(people.standing(DECISION)) == {"a": 1}
    people.write("乙", DECISION, "", [Written("b", 5), Written("a", 2, seen=first.n)])
    assert values_of(people.standing(DECISION)) == {"a": 2, "b": 5}
    assert people.standing(DECISION)["a", ""].who == "乙"


def test_what_was_taken_back_can_be_written_anew(tmp_path: Path) -> None:
    people = People(tmp_path)
    (first,) = people.write("甲", DECISION, "", [Written("a", 1, seen=0)])
    people.write("甲", DECISION, "", [Written("a", None, seen=first.n)])
    with pytest.raises(OvertakenError):
        people.write("乙", DECISION, "", [Written("a", 2, seen=first.n)])
    people.write("乙", DECISION, "", [Written("a", 2, seen=0)])
    assert values_of(people.standing(DECISION)) == {"a": 2}
    assert [a.before for a in people.history(DECISION)] == [None, 1, None]


def test_acts_are_never_changed_or_deleted(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.write("甲", DECISION, "", [Written("a", 1)])
    with sqlite3.connect(people.path) as db:
        for query in ("UPDATE acts SET who = '乙'", "DELETE FROM acts"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                db.execute(query)
    db.close()
    assert people.standing(DECISION)["a", ""].who == "甲"


_WRITER = """
import sys, threading
from pathlib import Path
from gongkai.web.writing.people import ActKind, People, Written
people, me = People(Path(sys.argv[1])), sys.argv[2]
def write(thread):
    for n in range(15):
        people.write(f"{me}-{thread}", ActKind("test.code", own=True), "", [Written(str(n), n), Written("shared", n)])
threads = [threading.Thread(target=write, args=(n,)) for n in range(5)]
[t.start() for t in threads]; [t.join() for t in threads]
"""


def test_twenty_writers_in_threads_of_four_processes_lose_nothing(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(n)], cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8"
        )
        for n in range(4)
    ]
    for process in processes:
        assert process.communicate(timeout=120)[1] == ""
    people = People(tmp_path)
    stands = people.standing(CODE)
    assert len(stands) == 20 * 16
    assert all(a.value == (14 if thing == "shared" else int(thing)) for (thing, _), a in stands.items())
    history = people.history(CODE, most=10_000)
    assert len(history) == len({a.n for a in history}) == 20 * 30
    # each act of a person names that person's last one as what was there before
    for (thing, who), _ in stands.items():
        own = [a for a in reversed(history) if (a.thing, a.who) == (thing, who)]
        assert [a.before for a in own] == [None, *(a.value for a in own[:-1])]
    assert [p.name for p in people.path.parent.iterdir()] == [FILE], "the file is whole without a journal once nobody writes"


def test_one_reads_while_another_writes(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.write("甲", DECISION, "", [Written("a", 0)])
    thread = threading.Thread(target=lambda: [people.write("乙", DECISION, "", [Written("a", n)]) for n in range(1, 40)])
    thread.start()
    seen = []
    while thread.is_alive():
        seen.append(people.standing(DECISION)["a", ""].value)
    thread.join()
    assert seen == sorted(seen)
    assert people.standing(DECISION)["a", ""].value == 39


def test_a_folder_that_cannot_be_written_to_says_so_and_is_still_read(tmp_path: Path) -> None:
    (tmp_path / HOME).write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ReadOnlyError, match="cannot be written to"):
        People(tmp_path).write("甲", DECISION, "", [Written("a", 1)])
    assert People(tmp_path).standing(DECISION) == {}


@pytest.mark.parametrize("act", ["read", "write"])
@pytest.mark.parametrize(("what", "said"), [("later", "later gongkai"), ("foreign", "damaged or no file")])
def test_a_file_of_another_kind_is_refused_with_what_to_do(tmp_path: Path, act: str, what: str, said: str) -> None:
    people = People(tmp_path)
    people.write("甲", DECISION, "", [Written("a", 1)])
    if what == "later":
        with sqlite3.connect(people.path) as db:
            db.execute(f"PRAGMA user_version = {VERSION + 1}")
        db.close()
    else:
        people.path.write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError, match=said) as refused:
        people.standing(DECISION) if act == "read" else people.write("甲", DECISION, "", [Written("a", 1)])
    assert refused.value.remedy
    assert refused.value.source == f"{HOME}/{FILE}"


def test_a_file_that_was_only_begun_holds_nothing_and_is_written_to(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.path.parent.mkdir()
    people.path.touch()
    assert (people.standing(CODE), people.scopes(CODE), people.history(CODE)) == ({}, [], [])
    people.write("甲", CODE, "", [Written("p1", "problem")])
    assert [a.value for a in people.history(CODE)] == ["problem"]
