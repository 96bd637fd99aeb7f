"""Server-sent events: everything of a job's way is told once, in its order, also to who comes again."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from api import events as module
from api import host
from api.calls import Call
from fusion.jobs import Jobs
from fusion.settings import Settings
from fusion.types import Asked
from tests.support import fake_pipeline as fake
from tests.support.app_driver import awaited
from tests.support.fixtures.photos import plain
from tests.support.programs.asking import PATH, begin, end, events, problem
from tests.support.served import Served


def test_a_job_is_told_from_its_beginning_to_its_end(server: Served) -> None:
    id = begin(server, fake.SHORT_BY_1)["id"]
    told = list(events(server, id))
    names = [name for _, name, _ in told]
    assert names[-1] == "succeeded"
    assert names.count("started") == 1
    assert set(names) <= {"queued", "started", "stage", "step", "succeeded"}
    assert [data["rung"] for _, name, data in told if name == "step"] == ["precision"]
    assert told[-1][2]["id"] == id
    assert told[-1][2]["output"].endswith(f"{id}/output")


def test_who_comes_again_is_told_the_rest_and_nothing_twice(server: Served) -> None:
    id = begin(server, fake.SHORT_BY_1)["id"]
    end(server, id)
    told = list(events(server, id))
    (at_step,) = [each for each, name, _ in told if name == "step"]
    assert [name for _, name, _ in events(server, id, at_step)] == ["succeeded"]
    assert server.ask(f"{PATH}/{id}/events", last_event_id=told[-1][0]).status == 204
    assert [name for _, name, _ in events(server, id, "nonsense")] == ["started", "step", "succeeded"]


def test_a_job_that_waits_has_a_place_and_one_that_is_stopped_an_end(server: Served) -> None:
    first, second = begin(server, fake.SLOW)["id"], begin(server, fake.SLOW)["id"]
    coming = events(server, second)
    assert next(coming)[1:] == ("queued", {"position": 1})
    assert server.ask(f"{PATH}/{second}/cancel", "POST").status == 200
    assert [name for _, name, _ in coming] == ["canceled"]
    working = events(server, first)
    until_stage = next(data for _, name, data in working if name == "stage")
    assert set(until_stage) == {"stage", "fraction", "seconds_left"}
    assert server.ask(f"{PATH}/{first}/cancel", "POST").status == 200
    assert [name for _, name, _ in working][-1] == "canceled"


def test_of_no_job_there_are_none(server: Served) -> None:
    problem(server.ask(f"{PATH}/none/events"), 404, "job_unknown")


@pytest.fixture
def queue(tmp_path: Any) -> Iterator[Jobs]:
    """Without a worker: what comes waits."""
    made = Jobs(tmp_path / "jobs")
    yield made
    made.close()


def test_a_silent_line_beats(queue: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.0)
    monkeypatch.setattr(queue._dispatcher, "start", lambda: None)
    id = queue.submit(plain(), plain(), Settings(), owner="local", asked=Asked("key", "body"))
    person = host.Asker("local", None, False, True)
    around: Any = SimpleNamespace(jobs=lambda: queue, base="")
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [],
        "path_params": {"id": id},
        "query_string": b"",
    }

    async def listen() -> list[str]:
        coming = module._stream(Call(Request(scope), around, person), module._Told())
        return [await anext(coming) for _ in range(4)]

    retry, queued, *beats = awaited(listen())
    assert retry.startswith("retry:")
    assert "event: queued" in queued
    assert beats == [": heartbeat\n\n"] * 2
