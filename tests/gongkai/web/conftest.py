"""The explorer of a small store, opened once."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from starlette.testclient import TestClient

from extract.types import Report
from tests.support.explorer import client, three_reports


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, list[Report]]:
    """The explorer of :func:`three_reports`, and the reports."""
    folder = tmp_path_factory.mktemp("explorer") / "结果"
    reports = three_reports(folder)
    return client(folder), reports


@pytest.fixture(scope="session")
def browser(opened: tuple[TestClient, list[Report]]) -> TestClient:
    return opened[0]


@pytest.fixture(scope="session")
def reports(opened: tuple[TestClient, list[Report]]) -> list[Report]:
    return opened[1]
