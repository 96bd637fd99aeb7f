"""What tests of the Python door share: a data folder of their own, and an engine that is let go afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion.scripting import release


@pytest.fixture(scope="module", autouse=True)
def _engine() -> Iterator[None]:
    """The models stay from test to test of a file, and not for those of others."""
    yield
    release()


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder in which nothing has happened."""
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"
