"""Street offices: named with 街 alone, behind the government that sends them out, or in a zone."""

from __future__ import annotations

import pytest

from corpus.agencies.printed import tidy
from corpus.agencies.resolve import resolve_agency


@pytest.mark.parametrize(
    ("name", "town", "kind", "certainty"),
    [
        ("沈阳市和平区南湖街办事处", "南湖街道", "subdistrict", "certain"),
        ("沈阳市和平区南湖街", "南湖街道", "subdistrict", "certain"),
        ("柳湾街办事处", "柳湾街道", "subdistrict", "open"),
        ("杭州市滨江区人民政府柳湾街道办事处", "柳湾街道", "subdistrict", "certain"),
        ("西咸新区柳湾街道办事处", "柳湾街道", "subdistrict", "certain"),
        ("陕西省西咸新区柳湾镇人民政府", "柳湾镇", "government", "certain"),
    ],
)
def test_street_offices_are_of_the_level_of_townships(name: str, town: str, kind: str, certainty: str) -> None:
    found = resolve_agency(name)
    assert (found.township, found.kind, found.level, found.certainty) == (town, kind, "township", certainty)


def test_one_office_in_two_spellings() -> None:
    assert resolve_agency("沈阳市和平区南湖街办事处").agency_id == resolve_agency("沈阳市和平区南湖街道办事处").agency_id


def test_a_zone_itself_keeps_its_level() -> None:
    assert (resolve_agency("西咸新区财政局").level, resolve_agency("西咸新区管委会").level) == ("prefecture", "prefecture")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("云岭区人民政府柳湾街道办事处", "云岭区人民政府柳湾街道办事处"),
        ("云岭区人民政府柳湾街道办事处党政办公室", "云岭区人民政府柳湾街道办事处"),
        ("云岭县人民政府信息公开办公室", "云岭县人民政府"),
    ],
)
def test_whom_to_ask_is_the_office_itself(raw: str, name: str) -> None:
    found = tidy(raw, office=True)
    assert found is not None
    assert found[0] == name
