"""The words between the two processes: each arrives as it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.declared import LOCAL, Consent
from fusion.errors import NoFace, OutOfMemory, Reason
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Mode, Precision, Progress, Size, Stage, State
from fusion.worker import protocol
from tests.support.fixtures.facts import facts

WORKLOAD = Workload(EngineName.UNET, Precision.FLOAT16, Size(640, 480), 200, 90_000, 180, 4_000_000, True, 9, "span")
COSTS = (StageCost(Stage.READ, 0.1), StageCost(Stage.FUSE, 1.5))
MEASUREMENT = Measurement(WORKLOAD, "cpu", 1.6, 2**30, 2**29, 2**30, COSTS, True, {"torch": "2"}, "2026-01-01", 512)
SETTINGS = Settings(ratio=0.25, mode=Mode.OVERLAY, output=Size(640, 480))
STEPS = (Step(Rung.PRECISION, "float32", "bfloat16"), Step(Rung.TIER, "2048", "1024"))
REQUESTS = (
    protocol.Fuse("a", Path("/t"), Path("/s"), SETTINGS, Path("/o.png"), Path("/b.png")),
    protocol.Fuse("a", Path("/t"), Path("/s"), SETTINGS, Path("/o.png"), Path("/b.png"), STEPS),
    protocol.Fuse("a", Path("/t"), Path("/s"), SETTINGS, Path("/o.png"), Path("/b.png"), is_served=True),
    protocol.Fuse(
        "a", Path("/t"), Path("/s"), SETTINGS, Path("/o.png"), Path("/b.png"), others=(Path("/s2"), Path("/s3"))
    ),
    protocol.Fuse("a", Path("/t"), Path("/s"), SETTINGS, Path("/o"), Path("/b"), consent=Consent(LOCAL, 1.0)),
    protocol.Preview("p", "a", SETTINGS, 512),
    protocol.Cancel("a"),
    protocol.Forget("a"),
    protocol.Unload(),
)
EVENTS = (
    protocol.Ready("cpu", {"torch": "2"}),
    protocol.Moved("a", Progress(State.RUNNING, Stage.FUSE, 0.5, 1.5)),
    protocol.Moved("a", Progress(State.RUNNING)),
    protocol.Done("a", facts(), {"fusewise": "1"}, MEASUREMENT),
    protocol.Done("a", facts(), {"fusewise": "1"}, MEASUREMENT, STEPS),
    protocol.Stepped("a", STEPS[0]),
    protocol.Beat(2**30),
    protocol.Beat(2**30, 2**29, 2**31, Precision.BFLOAT16),
    protocol.Previewed("p", bytes(range(256))),
)


@pytest.mark.parametrize("request_", REQUESTS)
def test_requests_arrive_as_sent(request_: protocol.Request) -> None:
    line = protocol.encode(request_)
    assert line.count(b"\n") == 1
    assert protocol.request(line) == request_


@pytest.mark.parametrize("event", EVENTS)
def test_events_arrive_as_sent(event: protocol.Event) -> None:
    line = protocol.encode(event)
    assert line.count(b"\n") == 1
    assert protocol.event(line) == event


def test_errors_arrive_as_sent() -> None:
    sent = NoFace(Reason.NO_FACE, role="source")
    event = protocol.event(protocol.encode(protocol.Failed("a", sent)))
    assert isinstance(event, protocol.Failed)
    assert type(event.error) is NoFace
    assert event.error.details == sent.details


def test_a_process_that_stops_says_why_and_how_the_job_shall_go_on() -> None:
    sent = protocol.Stopped("a", OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), STEPS)
    event = protocol.event(protocol.encode(sent))
    assert isinstance(event, protocol.Stopped)
    assert type(event.error) is OutOfMemory
    assert (event.id, event.steps) == (sent.id, sent.steps)
