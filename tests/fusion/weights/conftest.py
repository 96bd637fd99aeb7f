"""What tests of the weights share: a hub on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub, serving, settings, tiny_files


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that has everything, and a machine that has nothing."""
    monkeypatch.delenv("FUSEWISE_WEIGHTS", raising=False)
    with serving(FakeHub(tiny_files())) as hub:
        for name, value in settings(hub, tmp_path).items():
            monkeypatch.setenv(name, value)
        yield hub
