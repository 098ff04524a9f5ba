"""The garbage collector's pace while reports are analysed."""

from __future__ import annotations

import gc

import pytest

from extract.runs.process import rare_collection
from extract.runs.run import inline
from models.registry import default_classifier


@pytest.fixture(autouse=True)
def _as_in_a_process_of_ones_own():
    """With Python's own pace and nothing frozen; the tests' are another's (``tests/conftest.py``)."""
    before = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)
    gc.freeze()


def test_pace_is_that_of_the_caller_again():
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rare_collection():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > frozen
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, frozen)


def test_pace_is_restored_after_an_error():
    before = gc.get_threshold()
    with pytest.raises(KeyError), rare_collection():
        raise KeyError
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_what_the_caller_froze_stays_frozen():
    gc.freeze()
    try:
        with rare_collection():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_tagging_in_this_process_uses_it(tmp_path):
    before = gc.get_threshold()
    with inline(default_classifier())(tmp_path):
        during = gc.get_threshold()
    assert during != before == gc.get_threshold()
