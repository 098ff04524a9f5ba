"""``quick_init``: the same frozen class, made faster."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import dataclass, field, fields, replace

import pytest

import corpus.types
import extract.types
import models.base
from corpus.records import quick_init


@dataclass(frozen=True, slots=True)
class Slow:
    """As dataclasses makes it."""

    code: str
    row: int
    spans: tuple[int, ...] = (1, 2)
    merged: bool = False


@quick_init
@dataclass(frozen=True, slots=True)
class Quick:
    """The same fields with the quick ``__init__``."""

    code: str
    row: int
    spans: tuple[int, ...] = (1, 2)
    merged: bool = False


@pytest.mark.parametrize(
    "given", [(("a", 1), {}), (("a",), {"row": 2}), (("a", 1, (3,)), {"merged": True}), ((), {"row": 1, "code": "b"})]
)
def test_same_values_as_the_dataclass(given):
    positional, named = given
    quick, slow = Quick(*positional, **named), Slow(*positional, **named)
    assert repr(quick) == repr(slow).replace("Slow", "Quick")
    assert [getattr(quick, f.name) for f in fields(quick)] == [getattr(slow, f.name) for f in fields(slow)]
    assert hash(quick) == hash(slow)


def test_same_signature():
    assert inspect.signature(Quick) == inspect.signature(Slow)
    with pytest.raises(TypeError, match=r"Quick.__init__\(\) missing 1 required positional argument: 'row'"):
        Quick("a")


def test_has_no_other_attributes_and_copies():
    quick = Quick("a", 1)
    with pytest.raises(AttributeError):
        quick.rows = 2
    assert replace(quick, row=2) == Quick("a", 2)
    assert pickle.loads(pickle.dumps(quick)) == copy.deepcopy(quick) == quick


@dataclass(frozen=True)
class WithoutSlots:
    """Has no setters to call."""

    row: int


@dataclass(frozen=True, slots=True)
class Factory:
    """Its default is made anew each time."""

    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Named:
    """Given by keyword alone."""

    row: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class After:
    """Does something of its own."""

    row: int

    def __post_init__(self) -> None:
        """Nothing that quick_init would call."""


@dataclass(frozen=True, slots=True)
class Below(Slow):
    """Some of its slots are its parent's."""

    last: int = 0


@dataclass(slots=True)
class Open:
    """May be changed wherever it is used."""

    row: int


@pytest.mark.parametrize("cls", [WithoutSlots, Open, Factory, Named, After, Below, object])
def test_refuses_what_it_would_change(cls):
    with pytest.raises(TypeError, match="only frozen dataclasses with slots and plain fields"):
        quick_init(cls)


def test_the_types_of_a_report_use_it():
    classes = (corpus.types.GridCell, corpus.types.Cell, corpus.types.Place, models.base.Passage, extract.types.Mention)
    for cls in classes:  # nothing but the fields is looked up, unlike in what dataclasses writes
        assert cls.__init__.__code__.co_names == tuple(f.name for f in fields(cls))
    assert "__setattr__" in Slow.__init__.__code__.co_names
