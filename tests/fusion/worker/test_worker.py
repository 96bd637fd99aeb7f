"""The worker process, spoken to as its supervisor does: signs of life, rungs told live, and how it ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from fusion.marks import Origin, marks_in
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.types import Precision, Tier
from fusion.worker import protocol
from fusion.worker.protocol import (
    Beat,
    Cancel,
    Done,
    Drafted,
    Event,
    Failed,
    Fuse,
    Moved,
    Ready,
    Request,
    Stepped,
    Stopped,
    Unload,
)
from fusion.worker.supervisor import ROOT
from tests.support import fake_pipeline as fake

LOWER = Step(Rung.PRECISION, "float32", "bfloat16")
STAGED = Step(Rung.TWO_STAGE, "one", "two")
TO_1024 = Step(Rung.TIER, "2048", "1024")


class Child:
    """A worker with the fake pipeline, or another."""

    def __init__(self, pipeline: str = "tests.support.fake_pipeline:FakePipeline", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fusion.worker"],
            cwd=ROOT,
            env={**os.environ, "FUSEWISE_PIPELINE": pipeline, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        ready = self.hear(Ready)[-1]
        assert isinstance(ready, Ready)
        self.ready = ready

    def say(self, request: Request) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(protocol.encode(request))
        self.process.stdin.flush()

    def hear(self, *kinds: type[Event]) -> list[Event]:
        """What it says until it says something of these kinds, which comes last."""
        assert self.process.stdout is not None
        said: list[Event] = []
        for line in self.process.stdout:
            said.append(protocol.event(line))
            if isinstance(said[-1], kinds):
                return said
        raise AssertionError(f"it ended, having said {said}")

    def end(self) -> int:
        """Its exit code, once it has ended by itself or because nobody speaks to it any more."""
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()
        return self.process.returncode


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    made = Child()
    yield made
    assert made.end() == 0


@pytest.fixture
def fuse(sample_files: tuple[Path, Path], tmp_path: Path) -> Callable[..., Fuse]:
    def asked(ratio: float, id: str = "a", steps: tuple[Step, ...] = ()) -> Fuse:
        settings = Settings(ratio=ratio, output=Tier.T2048)
        return Fuse(id, *sample_files, settings, tmp_path / f"{id}.png", tmp_path / f"{id}-before.png", steps)

    return asked


def rungs(said: list[Event]) -> list[Step]:
    return [event.step for event in said if isinstance(event, Stepped)]


def test_it_gives_signs_of_life_while_it_works(child: Child, fuse: Callable[..., Fuse]) -> None:
    child.say(fuse(fake.SLOW))
    said = [*child.hear(Beat), *child.hear(Moved), *child.hear(Beat)]
    beat = said[-1]
    assert isinstance(beat, Beat)
    assert beat.resident_bytes > 10 * 1024**2
    assert beat.reserved_bytes is None
    assert not any(isinstance(event, Done | Failed) for event in said)
    child.say(Cancel("a"))
    failed = child.hear(Failed)[-1]
    assert isinstance(failed, Failed)
    assert failed.error.reason == "cancelled"


def test_a_draft_says_that_it_is_made_with_ai(child: Child, fuse: Callable[..., Fuse]) -> None:
    child.say(fuse(fake.SLOW))
    drafted = child.hear(Drafted, Done, Failed)[-1]
    child.say(Cancel("a"))
    child.hear(Failed)
    assert isinstance(drafted, Drafted)
    with Image.open(io.BytesIO(drafted.jpeg)) as picture:
        assert max(picture.size) == 32
    origin = Origin.of(marks_in(drafted.jpeg))
    assert origin is not None
    assert origin.is_ai


def test_a_rung_is_told_as_it_is_taken_and_again_with_the_result(child: Child, fuse: Callable[..., Fuse]) -> None:
    child.say(fuse(fake.SHORT_BY_1))
    said = child.hear(Done, Failed)
    done = said[-1]
    assert isinstance(done, Done)
    assert rungs(said) == [LOWER]
    assert done.steps == (LOWER,)
    assert done.facts.steps == (LOWER,)


def test_it_begins_where_another_process_stopped(child: Child, fuse: Callable[..., Fuse]) -> None:
    child.say(fuse(fake.SHORT_BY_3, steps=(LOWER, STAGED, TO_1024)))
    said = child.hear(Done, Failed)
    done = said[-1]
    assert isinstance(done, Done)
    assert rungs(said) == []
    assert done.steps == (LOWER, STAGED, TO_1024)


def test_with_no_rung_left_the_job_fails_and_the_process_stays(child: Child, fuse: Callable[..., Fuse]) -> None:
    bottom = (LOWER, STAGED, TO_1024, Step(Rung.TIER, "1024", "512"))
    child.say(fuse(fake.NEVER_FITS, steps=bottom))
    failed = child.hear(Done, Failed, Stopped)[-1]
    assert isinstance(failed, Failed)
    assert failed.error.reason == "out_of_memory"
    child.say(fuse(fake.QUICK))
    assert isinstance(child.hear(Done, Failed)[-1], Done)


def test_the_networks_are_given_back_when_asked_for_and_between_jobs(child: Child, fuse: Callable[..., Fuse]) -> None:
    child.say(fuse(fake.QUICK, "first"))
    child.say(Unload())
    child.say(fuse(fake.SHORT_BY_1, "second"))
    said = [*child.hear(Done), *child.hear(Done), *child.hear(Beat)]
    order = [event for event in said if isinstance(event, Done | Beat)]
    loaded: list[Precision | str | None] = [event.id if isinstance(event, Done) else event.precision for event in order]
    first, second = loaded.index("first"), loaded.index("second")
    assert Precision.FLOAT32 in loaded[first:second]
    assert None in loaded[first:second]
    assert loaded[-1] == Precision.BFLOAT16


def test_with_too_little_memory_to_warm_up_it_takes_jobs_all_the_same(fuse: Callable[..., Fuse]) -> None:
    """They can go down the ladder."""
    child = Child("tests.support.fake_pipeline:CrampedPipeline")
    child.say(fuse(fake.QUICK))
    assert isinstance(child.hear(Done, Failed)[-1], Done)
    assert child.end() == 0


@pytest.mark.parametrize(
    ("ratio", "reason", "told", "steps"),
    [
        (fake.NEVER_FITS, "out_of_memory", [LOWER], (LOWER, STAGED, TO_1024)),
        (fake.DEVICE_LOST, "device_failed", [], ()),
    ],
)
def test_a_process_that_can_run_no_other_job_says_so_and_ends(
    fuse: Callable[..., Fuse], ratio: float, reason: str, told: list[Step], steps: tuple[Step, ...]
) -> None:
    child = Child()
    child.say(fuse(ratio))
    said = child.hear(Stopped, Done, Failed)
    stopped = said[-1]
    assert isinstance(stopped, Stopped)
    assert (stopped.id, stopped.error.reason, stopped.steps) == ("a", reason, steps)
    assert rungs(said) == told
    child.process.wait(30)
    assert child.end() == protocol.STOPPED_EXIT
