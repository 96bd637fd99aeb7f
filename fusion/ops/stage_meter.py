"""What a job takes: the seconds of each stage, and the peaks of the device's and the host's memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from fusion.memory import HostPeak, budget
from fusion.sizing import StageCost
from fusion.types import Stage


class Meter:
    """Measures one job. Only one may be at work in a process, since peaks belong to the process.

    Attributes:
        rest_bytes: reserved on the device, or resident without one, as it begins.
        reading_bytes: peak resident of this process until faces were found; 0 before.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._began = time.perf_counter()
        self._stages: list[StageCost] = []
        self._host = HostPeak()
        self.reading_bytes = 0
        self.rest_bytes = budget.resident_bytes()
        if device.type == "cuda":
            torch.cuda.empty_cache()  # what torch kept of the job before is neither at rest nor this job's peak
            torch.cuda.reset_peak_memory_stats(device)
            self.rest_bytes = torch.cuda.memory_reserved(device)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Measure what happens inside; work queued on the device counts to the stage that queued it."""
        began = time.perf_counter()
        yield
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self._stages.append(StageCost(stage, time.perf_counter() - began))
        if stage == Stage.FACES:
            self.reading_bytes = self._host.read()

    @property
    def stages(self) -> tuple[StageCost, ...]:
        """What each took, added up over faces and looks, in the order in which they ended."""
        spent: dict[Stage, float] = {}
        for each in self._stages:
            spent[each.stage] = spent.pop(each.stage, 0.0) + each.seconds
        return tuple(StageCost(stage, seconds) for stage, seconds in spent.items())

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    @property
    def peak_bytes(self) -> int:
        """Peak reserved on the device; without one, peak resident of this process."""
        peak = self._device_peak()
        return self._host.read() if peak is None else peak

    @property
    def host_peak_bytes(self) -> int:
        """Peak resident of this process."""
        return self._host.read()

    def _device_peak(self) -> int | None:
        return torch.cuda.max_memory_reserved(self._device) if self._device.type == "cuda" else None
