"""Machines for the doctor: a real look over a played driver, made the same everywhere, and jobs that went wrong."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from advisor.device.limits import Limits
from advisor.health import Environment, examine_environment
from advisor.health.environment import Worker
from fusion.config import Config
from fusion.errors import FusionError
from fusion.files import private
from fusion.memory import Step
from fusion.settings import Settings
from fusion.storage import FILE, App, Priority, Record, Records, Store
from fusion.types import State

GIB = 1 << 30


@dataclass(frozen=True)
class Hand:
    """A worker as its app sees it."""

    state: str = "ready"
    device: str | None = "cpu"
    pid: int | None = None
    error: FusionError | None = None
    card: str | None = None
    resident_bytes: int | None = GIB
    reserved_bytes: int | None = None


def seen(data: Path, workers: Sequence[Worker] | None = None, *, torch_cuda: str | None = None) -> Environment:
    """What is seen now, on a machine of 8 cores, 16 GiB with 12 free, and nobody else on it."""
    found = examine_environment(Config(data=data), workers=workers)
    host = replace(found.snapshot.host, total_bytes=16 * GIB, available_bytes=12 * GIB)
    return replace(
        found,
        snapshot=replace(found.snapshot, host=host),
        torch_cuda=torch_cuda,
        limits=Limits(8, 8, 16 * GIB, 16 * GIB, 10 << 20),
        disks=(),
        holders=(),
        apps=found.apps[:1],
    )


def records_in(data: Path, app: App | None = None) -> Records:
    """The queue of a data folder, as an app writes it."""
    return Records(Store(data / FILE), app or App.this())


def job(**changes: object) -> Record:
    """A job that has just come in."""
    made = Record(
        id=private.new_name(),
        number=0,
        state=State.QUEUED,
        priority=Priority.NOW,
        owner="local",
        batch=None,
        app="",
        wish=None,
        settings=Settings(),
        target="a" * 64,
        source="b" * 64,
        target_name="",
        source_name="",
        made=time.time(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ended(
    records: Records,
    error: FusionError | None = None,
    steps: tuple[Step, ...] = (),
    deaths: int = 0,
    made: float | None = None,
) -> None:
    """A job that was computed and ended so."""
    assert records.add(job(made=time.time() if made is None else made))
    running = records.claim()
    assert running is not None
    state = State.DONE if error is None else State.FAILED
    assert records.end(replace(running, state=state, error=error, steps=steps, deaths=deaths))
