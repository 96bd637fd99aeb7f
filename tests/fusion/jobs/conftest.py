"""What tests of the queue share: a dispatcher, and a worker that computes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion.jobs import Jobs
from tests.support.scheduled import House
from tests.support.waiting import until


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def fake_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """One queue and one worker for the whole module; tests that need it fresh make their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        queue = Jobs(tmp_path_factory.mktemp("queue") / "jobs")
        queue.start()
        until(lambda: queue.worker().state == "ready")
        yield queue
        queue.close()
