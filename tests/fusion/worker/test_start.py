"""The environment that a worker computes in."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from fusion.memory import cores
from fusion.units import MIB
from fusion.worker import lines_of, start
from fusion.worker.supervisor import ROOT, WORKER_ENVIRONMENT

FREED = """
import numpy as np
from fusion.memory import budget
blocks = [np.ones(8 << 20, np.uint8) for _ in range(24)]
held = budget.resident_bytes()
del blocks[::2]
print(held - budget.resident_bytes())
"""
THREADED = """
import ctypes, threading
allocate, blocks = ctypes.CDLL(None).malloc, []
allocate.restype = ctypes.c_size_t
thread = threading.Thread(target=lambda: blocks.append(allocate(1000)))
thread.start()
thread.join()
heaps = [line.split()[0].split("-") for line in open("/proc/self/maps") if "[heap]" in line]
print(any(int(low, 16) <= blocks[0] < int(high, 16) for low, high in heaps))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries need not be told")
def test_a_large_block_that_is_freed_between_others_goes_back_to_the_system_at_once() -> None:
    """In glibc's heap it stays, and what comes next fits into it or does not: peaks would be of all jobs before."""
    assert int(_said(FREED)) > 0.9 * 12 * 8 * MIB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries need not be told")
def test_all_threads_share_one_heap() -> None:
    """Of one that each has little is given back, and a worker rests the higher the more it has done."""
    assert _said(THREADED).split() == ["True"]


def _said(script: str) -> str:
    """What a script prints in a worker's environment."""
    environment = {**os.environ, **WORKER_ENVIRONMENT}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="reads what a process was started with from /proc")
@pytest.mark.parametrize(("shares", "told"), [((0.5,), "1"), ((), None)])
def test_a_worker_has_no_more_threads_than_its_container_leaves_time_for(
    shares: tuple[float, ...], told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(cores, "ready", lambda: 4)
    monkeypatch.setattr(cores, "shares", lambda: shares)
    with start.spawn(tmp_path / "worker.log", None, ready_first=True) as process:
        said = psutil.Process(process.pid).environ()
        process.kill()
    assert said.get("OMP_NUM_THREADS") == told


def test_a_trial_has_the_threads_of_a_worker_and_waits_like_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cores, "ready", lambda: 4)
    monkeypatch.setattr(cores, "shares", lambda: (0.5,))
    said = lines_of("tests.support.programs.prints_environment", "OMP_", 60)
    assert set(said) == {b"OMP_NUM_THREADS=1", b"OMP_WAIT_POLICY=PASSIVE"}


def test_a_fusion_on_the_command_line_waits_passively_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "")
    monkeypatch.delenv("OMP_WAIT_POLICY")
    start.settle_here()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    start.settle_here()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
