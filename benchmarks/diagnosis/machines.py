"""Machines for `benchmarks.diagnosis.environment`: healthy ones, and ones with one fault each, as real as can be.

Cards and drivers are played by tests/support/fake_nvml, PyTorch's build by a version.py of its own; processes,
databases, disks, limits and apps are real. Each is looked at by `python -m advisor doctor --json`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from advisor.diagnosis import Cause
from benchmarks.diagnosis.jobs import PAST
from benchmarks.shared.common import ROOT
from fusion.storage import FILE, App, Roster, Store

_SLEEP = "import time; print(1, flush=True); time.sleep(600)"
_COOL, _HOT = "0", "32"  # bits of the fake library's throttles: none, and software heat
_START_S = 60.0
Made = Callable[[Path], contextlib.AbstractContextManager[int | None]]


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine.

    Attributes:
        cause: what must be found, and nothing else; None on a healthy one.
        how: what is real of it, and what is played.
        profile: of the fake NVML library; "" for a machine without a driver.
        torch_cuda: what PyTorch is built for; "" for a processor's build.
        words: before the command that looks; `{data}` is the data folder.
        made: makes the fault in the data folder while it is entered; gives the number of the process to be named.
    """

    name: str
    cause: Cause | None
    how: str
    profile: str = ""
    torch_cuda: str = ""
    words: tuple[str, ...] = ()
    made: Made | None = None
    environ: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def _process(script: str = _SLEEP) -> Iterator[psutil.Process]:
    """A process that waits."""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()


@contextlib.contextmanager
def _app(data: Path) -> Iterator[int | None]:
    """An app of this data folder with a worker, both alive."""
    with _process() as app, _process() as worker:
        Roster(Store(data / FILE), App(app.pid, app.create_time())).add(worker.pid, "")
        yield app.pid


@contextlib.contextmanager
def _leftover(data: Path) -> Iterator[int | None]:
    """A worker whose app has just been killed."""
    with _process() as worker:
        with _process() as app:
            Roster(Store(data / FILE), App(app.pid, app.create_time())).add(worker.pid, "")
        yield worker.pid


@contextlib.contextmanager
def _two_apps(data: Path) -> Iterator[int | None]:
    """A second one that came later, of the same folder."""
    with _app(data), _app(data) as second:
        yield second


@contextlib.contextmanager
def _served(data: Path) -> Iterator[int | None]:
    """The real web app, warm enough to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true", f"--server.port={port}")
    environ = os.environ | {"FUSEWISE_DATA": str(data)}
    process = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(_START_S)


@contextlib.contextmanager
def _beside(data: Path) -> Iterator[int | None]:
    """The real web app of another data folder, beside an app of this one that is older."""
    other = data.parent / f"{data.name}-other"
    with _app(data), _served(other) as second:
        yield second
    shutil.rmtree(other, ignore_errors=True)


def _await(port: int) -> None:
    """Wait until somebody listens.

    Raises:
        TimeoutError: nobody does.
    """
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.1)
    raise TimeoutError("the web app did not start")


@contextlib.contextmanager
def _damaged(data: Path) -> Iterator[int | None]:
    (data / FILE).write_bytes(b"no database" * 1000)
    yield None


def _past(name: str) -> Made:
    """A data folder whose jobs went as `benchmarks.diagnosis.jobs` says, with an app that lives."""

    @contextlib.contextmanager
    def made(data: Path) -> Iterator[int | None]:
        with _process() as app:
            owner = App(app.pid, app.create_time()) if name != "abandoned" else App(2**22 - 1, 1.0)
            PAST[name](data, owner)
            yield None

    return made


_SMALL_DISK = ("unshare", "-Urm", "sh", "-c", 'mount -t tmpfs -o size=16m tmpfs {data} && exec "$@"', "sh")
_NVML, _REAL, _ROWS = "fake NVML library", "real processes", "real database"


def _on_card(name: str, cause: Cause | None, how: str = _NVML, made: Made | None = None, **other: str) -> Machine:
    """A machine with a card that is cool, and a PyTorch that fits it, unless it is said otherwise."""
    profile, torch_cuda = other.get("profile", "t4"), other.get("torch_cuda", "12.4")
    heat = {"FAKE_NVML_THROTTLES": other.get("throttles", _COOL)}
    return Machine(name, cause, how, profile, torch_cuda, made=made, environ=heat)


FAULTY = (
    Machine("a leftover worker", Cause.LEFTOVER_WORKER, _REAL, made=_leftover),
    _on_card("a leftover worker beside a card", Cause.LEFTOVER_WORKER, f"{_REAL}, {_NVML}", _leftover),
    _on_card("a stranger with 9 GiB of 15", Cause.MEMORY_HELD, profile="stranger"),
    _on_card("a full card that names nobody", Cause.MEMORY_TIGHT, profile="full"),
    Machine("a second app of this folder", Cause.SECOND_APP, _REAL, made=_two_apps),
    Machine("a second app, the real one, of another folder", Cause.SECOND_APP, "real web app", made=_beside),
    Machine("a disk with 16 MB", Cause.DISK_FULL, "real file system", words=_SMALL_DISK),
    _on_card("a processor's PyTorch beside a card", Cause.TORCH_WITHOUT_CUDA, torch_cuda=""),
    _on_card("a driver for CUDA 12 and a PyTorch for 13", Cause.DRIVER_OLD, torch_cuda="13.0"),
    *(
        _on_card(f"a driver that says {profile}", Cause.DRIVER_BROKEN, profile=profile)
        for profile in ("not_loaded", "mismatch", "no_permission", "unexplained")
    ),
    _on_card("a hot card", Cause.CARD_HELD_BACK, throttles=_HOT),
    _on_card("the processor though there is a card", Cause.ON_PROCESSOR, f"{_ROWS}, {_NVML}", _past("on_processor")),
    Machine("one core of two", Cause.LIMITED, "real limit", words=("taskset", "-c", "0")),
    Machine("a limit of 7 GiB", Cause.LIMITED, "real limit", words=("sh", "-c", 'ulimit -v 7340032; exec "$@"', "sh")),
    Machine("eight people in line", Cause.QUEUE_LONG, _ROWS, made=_past("queue")),
    Machine("jobs and nobody to compute them", Cause.WORKER_DEAD, _ROWS, made=_past("abandoned")),
    Machine("a job that stepped down", Cause.OUT_OF_MEMORY, _ROWS, made=_past("stepped")),
    Machine("a job that ran out of memory", Cause.OUT_OF_MEMORY, _ROWS, made=_past("short")),
    Machine("a job that killed three workers", Cause.WORKER_DIED, _ROWS, made=_past("died")),
    Machine("a job that took too long", Cause.TIMED_OUT, _ROWS, made=_past("late")),
    Machine("a damaged database", Cause.DATABASE, "real file", made=_damaged),
)
HEALTHY = (
    Machine("no card, nothing yet", None, "as it is"),
    Machine("no card, an app", None, _REAL, made=_app),
    Machine("no card, the real web app", None, "real web app", made=_served),
    Machine("40 jobs that went well", None, _ROWS, made=_past("well")),
    Machine("a batch of 60 in line", None, _ROWS, made=_past("batch")),
    Machine("a job that failed for its photo", None, _ROWS, made=_past("faceless")),
    *(
        _on_card(f"cards as {profile}", None, profile=profile)
        for profile in ("t4", "two_alike", "two_unequal", "eight", "unified", "wsl", "wddm", "a100_mig", "no_card")
    ),
    _on_card("a card, an app", None, f"{_REAL}, {_NVML}", _app),
    _on_card("a card at its own cap", None, throttles="4"),
    _on_card("a driver newer than PyTorch asks for", None, torch_cuda="11.8"),
)
