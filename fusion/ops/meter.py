"""What each stage takes: seconds, and the peak of the device's and the host's memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch

from fusion.spec import Stage, StageCost

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class Meter:
    """Measures one job. Only one may be at work in a process, since peaks belong to the process."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._began = time.perf_counter()
        self._stages: list[StageCost] = []
        self._host = _HostPeak()
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Measure what happens inside; work queued on the device counts to the stage that queued it."""
        began = time.perf_counter()
        yield
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        cost = StageCost(stage, time.perf_counter() - began, self._device_peak(), self._host.read())
        self._stages.append(cost)

    @property
    def stages(self) -> tuple[StageCost, ...]:
        return tuple(self._stages)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    @property
    def peak_bytes(self) -> int:
        """Peak reserved on the device; without one, peak resident of this process."""
        peak = self._device_peak()
        return self._host.read() if peak is None else peak

    def _device_peak(self) -> int | None:
        return torch.cuda.max_memory_reserved(self._device) if self._device.type == "cuda" else None


class _HostPeak:
    """Peak resident memory since it was made, where the system can forget an older peak (Linux: `clear_refs` 5)."""

    def __init__(self) -> None:
        self._resettable = False
        if sys.platform == "linux":
            try:
                _CLEAR.write_text("5")
                self._resettable = True
            except OSError:
                self._resettable = False  # a hardened container: the figure is then the resident size when read

    def read(self) -> int:
        if self._resettable:
            for line in _STATUS.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return int(psutil.Process().memory_info().rss)
