"""What tests of the driver share: a reader that waits for its answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.device import Reader
from advisor.driver import client
from tests.support.waiting import SECONDS

HANGS = 60.0  # a process that is not through by then hangs, too


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """One for drivers that do answer, on a processor that others use too."""
    monkeypatch.setattr(client, "START_S", SECONDS)
    with Reader(tmp_path, retry_s=0, answer_s=HANGS, again_s=3600) as one:
        yield one
