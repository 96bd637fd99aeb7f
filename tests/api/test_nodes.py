"""What programs are told of a cluster's other machines, which here are processes that stand for nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.machine import nodes_of
from fusion.jobs import Jobs
from tests.support.programs.nodes import A, B, Nodes
from tests.support.waiting import until


def test_every_node_is_told_with_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    jobs = Jobs(tmp_path / "jobs", cluster=Nodes())  # type: ignore[arg-type]
    try:
        jobs.start()
        until(lambda: [each["state"] for each in nodes_of(jobs)] == ["ready", "ready"])
        assert [each["name"] for each in nodes_of(jobs)] == [A.name, B.name]
        assert {each["device"] for each in nodes_of(jobs)} == {"cpu"}
    finally:
        jobs.close()
