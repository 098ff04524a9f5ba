"""Coverage that is presumed from what the agency is (codebook D3)."""

import pytest

from corpus.agencies.coverage import presumed_coverage
from corpus.agencies.resolve import resolve_agency


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("青田县人民政府", "", "consolidated"),
        ("丽水市", "", "consolidated"),
        ("云岭县人民政府", "", "consolidated"),
        ("青田县人民政府办公室", "我县公开信息三百条，全县办理申请九件。", "consolidated"),
        ("青田县人民政府办公室", "我办公开信息三百条。", "own"),
        ("青田县水利局", "全县河道治理。", "own"),
        ("县水利局", "", "own"),
        ("青田县船寮镇人民政府", "", "own"),
        ("大港头镇", "", "own"),
        ("青田县瓯南街道办事处", "", "own"),
        ("开发区管委会", "", "unknown"),
    ],
)
def test_presumed(name: str, text: str, expected: str) -> None:
    assert presumed_coverage(resolve_agency(name), text) == expected


def test_without_an_agency_nothing_is_presumed() -> None:
    assert presumed_coverage(None, "") == "unknown"
