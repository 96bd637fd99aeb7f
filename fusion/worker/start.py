"""How a worker process is started, and where its last words are found. Standard library."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Protocol

from fusion.errors import Phrase, PhraseCode
from fusion.memory import cores
from fusion.units import GIB, MIB
from fusion.worker import protocol

_log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
# OpenMP's threads spin at their barriers: on a machine that does something else besides, that turned a fusion of 0.1 s
# into one of 2 s and more; waiting passively costs it 0.05 s where nothing else runs.
#
# glibc's heaps keep what is freed, in pieces that larger blocks fit into or do not: with all blocks in them a picture
# of 2048 px peaked 563 to 592 MiB above rest. Blocks over 4 MiB are therefore asked of the system and given back to it,
# so that a peak is what is held: 429 to 449. Page by page that costs a third of the time of large faces; in huge pages,
# which `hugetlb=1` asks for (glibc 2.35 and later), less.
#
# One heap for all threads: what looks ahead, what decodes and what finds faces come and go, and of the heap that each
# had little was given back. A worker rested 10 to 30 MiB higher after a few jobs; with one heap it rests within 3 MiB
# of where it began, for the same time of the processor (benchmarks/peaks.py).
# Somebody's own choice in the environment comes first.
WORKER_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "MALLOC_MMAP_THRESHOLD_": str(4 * MIB),
    "MALLOC_TRIM_THRESHOLD_": str(GIB),
    "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_LOG_BYTES = MIB
_TAIL_LINES = 3
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Writer(Protocol):
    """A worker's input."""

    def write(self, line: bytes, /) -> object:
        """Send a line."""

    def flush(self) -> object:
        """Send what was not sent yet."""

    def close(self) -> object:
        """Nothing more is sent: the worker ends."""


class Reader(Protocol):
    """A worker's output."""

    def readline(self, limit: int, /) -> bytes:
        """The next line; an empty one at the end."""

    def close(self) -> object:
        """Nobody reads any more."""


class Process(Protocol):
    """A worker as a supervisor needs it: a `subprocess.Popen`, or what stands for one on another machine."""

    @property
    def pid(self) -> int:
        """Its number; a negative one is no process of this machine."""

    @property
    def stdin(self) -> Writer | None:
        """Its input."""

    @property
    def stdout(self) -> Reader | None:
        """Its output."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""

    def kill(self) -> None:
        """End it now. Returns at once."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended, or a `subprocess.TimeoutExpired`."""


class Starter(Protocol):
    """Starts a worker; `log` and `ready_first` as for `spawn`."""

    def __call__(self, log: Path, *, ready_first: bool) -> Process:
        """A new process."""


def environment() -> Mapping[str, str]:
    """What a process that fuses has in its environment, unless somebody has chosen otherwise there."""
    # OpenMP knows the cores that it may run on, and not how much of their time a container leaves: threads beyond that
    # use it up among them and then stand still together.
    threads = {"OMP_NUM_THREADS": str(cores.threads())} if cores.threads() < cores.ready() else {}
    return {**WORKER_ENVIRONMENT, **threads}


def settle_here() -> None:
    """Give this process of it what still has an effect: torch, which reads it, must not have been imported yet."""
    for name, value in environment().items():
        if name.startswith("OMP_"):
            os.environ.setdefault(name, value)


def spawn(
    log: Path, card: str | None, *, ready_first: bool, more: Mapping[str, str] = _NOTHING
) -> subprocess.Popen[bytes]:
    """Start `python -m fusion.worker`.

    Args:
        log: the file that its standard error goes to.
        card: UUID of the card that it may use; None: what the environment says.
        ready_first: as `protocol.READY_FIRST`.
        more: of its environment, before what this process has.

    Raises:
        OSError: not even Python could be started.
    """
    chosen = {} if card is None else {"CUDA_VISIBLE_DEVICES": card}
    with _open_log(log) as file:
        return subprocess.Popen(
            [sys.executable, "-m", "fusion.worker", *([protocol.READY_FIRST] if ready_first else [])],
            cwd=ROOT,
            env={**environment(), **os.environ, **more, **chosen},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            start_new_session=True,  # so that Ctrl-C in the terminal reaches the parent alone
        )


def last_words(log: Path) -> str | Phrase:
    """The last lines of a log."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError as failure:
        return str(failure)
    return " | ".join([line.strip() for line in lines if line.strip()][-_TAIL_LINES:]) or Phrase(PhraseCode.LOG_EMPTY)


def _open_log(path: Path) -> BinaryIO:
    """The log, opened at its end; a long one is set aside first, in place of the one set aside before."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > _LOG_BYTES:
            os.replace(path, path.with_name(path.name + ".1"))
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    except OSError as failure:  # a full or read-only disk: a worker without a log is better than none
        _log.warning("the worker's log %s cannot be written: %s", path, failure)
        return open(os.devnull, "ab")
