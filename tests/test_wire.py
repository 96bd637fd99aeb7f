"""The words between the two processes: each arrives as it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion import wire
from fusion.errors import NoFace, OutOfMemory, Reason
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Mode, Precision, Progress, Size, Stage, State
from tests.support.fixtures_facts import facts

WORKLOAD = Workload(EngineName.UNET, Precision.FLOAT16, Size(640, 480), 200, 90_000, 180, 4_000_000, True, 9, "span")
COSTS = (StageCost(Stage.READ, 0.1), StageCost(Stage.FUSE, 1.5))
MEASUREMENT = Measurement(WORKLOAD, "cpu", 1.6, 2**30, 2**29, 2**30, COSTS, True, {"torch": "2"}, "2026-01-01", 512)
SETTINGS = Settings(ratio=0.25, mode=Mode.OVERLAY, output=Size(640, 480))
STEPS = (Step(Rung.PRECISION, "float32", "bfloat16"), Step(Rung.TIER, "2048", "1024"))
REQUESTS = (
    wire.Fuse("a", Path("/t"), Path("/s"), SETTINGS, Path("/o.png"), Path("/b.png")),
    wire.Fuse("a", Path("/t"), Path("/s"), SETTINGS, Path("/o.png"), Path("/b.png"), STEPS),
    wire.Preview("p", "a", SETTINGS, 512),
    wire.Cancel("a"),
    wire.Forget("a"),
    wire.Unload(),
)
EVENTS = (
    wire.Ready("cpu", {"torch": "2"}),
    wire.Moved("a", Progress(State.RUNNING, Stage.FUSE, 0.5, 1.5)),
    wire.Moved("a", Progress(State.RUNNING)),
    wire.Done("a", facts(), {"fusewise": "1"}, MEASUREMENT),
    wire.Done("a", facts(), {"fusewise": "1"}, MEASUREMENT, STEPS),
    wire.Stepped("a", STEPS[0]),
    wire.Beat(2**30),
    wire.Beat(2**30, 2**29, 2**31, Precision.BFLOAT16),
    wire.Previewed("p", bytes(range(256))),
)


@pytest.mark.parametrize("request_", REQUESTS)
def test_requests_arrive_as_sent(request_: wire.Request) -> None:
    line = wire.encode(request_)
    assert line.count(b"\n") == 1
    assert wire.request(line) == request_


@pytest.mark.parametrize("event", EVENTS)
def test_events_arrive_as_sent(event: wire.Event) -> None:
    line = wire.encode(event)
    assert line.count(b"\n") == 1
    assert wire.event(line) == event


def test_errors_arrive_as_sent() -> None:
    sent = NoFace(Reason.NO_FACE, role="source")
    event = wire.event(wire.encode(wire.Failed("a", sent)))
    assert isinstance(event, wire.Failed)
    assert type(event.error) is NoFace
    assert event.error.details == sent.details


def test_a_process_that_stops_says_why_and_how_the_job_shall_go_on() -> None:
    sent = wire.Stopped("a", OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), STEPS)
    event = wire.event(wire.encode(sent))
    assert isinstance(event, wire.Stopped)
    assert type(event.error) is OutOfMemory
    assert (event.id, event.steps) == (sent.id, sent.steps)
