"""What one card says at one moment, asked piece by piece: no card answers everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pynvml

from advisor import host
from advisor.gpu import Gpu, MigPart, Process, Throttle
from advisor.host import Host
from advisor.nvml import Card, ask

_SENTINELS = 1 << 63  # "not available" is written as 2^64 - 1
_THROTTLES = {
    pynvml.nvmlClocksEventReasonGpuIdle: Throttle.IDLE,
    pynvml.nvmlClocksEventReasonApplicationsClocksSetting: Throttle.CLOCKS_SET,
    pynvml.nvmlClocksEventReasonSwPowerCap: Throttle.POWER_CAP,
    pynvml.nvmlClocksEventReasonHwSlowdown: Throttle.HARDWARE_SLOWDOWN,
    pynvml.nvmlClocksEventReasonSyncBoost: Throttle.SYNC_BOOST,
    pynvml.nvmlClocksEventReasonSwThermalSlowdown: Throttle.SOFTWARE_HEAT,
    pynvml.nvmlClocksEventReasonHwThermalSlowdown: Throttle.HARDWARE_HEAT,
    pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown: Throttle.POWER_BRAKE,
    pynvml.nvmlClocksEventReasonDisplayClockSetting: Throttle.DISPLAY_CLOCKS,
}

_COMPUTING_BEFORE = pynvml.nvmlDeviceGetComputeRunningProcesses_v2  # drivers before R510
_DRAWING_BEFORE = pynvml.nvmlDeviceGetGraphicsRunningProcesses_v2


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of processes from outside the driver.

    Attributes:
        ours: numbers of the processes that Fusewise started.
        comparable: whether the driver's numbers are this process's too.
    """

    ours: frozenset[int]
    comparable: bool


def read_card(card: Card, machine: Host, owners: Owners) -> Gpu:
    """What the card says now.

    Raises:
        Unreadable: its handle is no longer good.
    """
    handle = card.handle
    mode = ask(pynvml.nvmlDeviceGetMigMode, handle)
    is_mig = None if mode is None else mode[0] == pynvml.NVML_DEVICE_MIG_ENABLE
    gpu = _with_memory(replace(card.fixed, is_mig=is_mig), handle, machine)
    rates = ask(pynvml.nvmlDeviceGetUtilizationRates, handle)
    return replace(
        gpu,
        utilisation=None if rates is None else min(rates.gpu / 100, 1.0),
        temperature_c=ask(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU),
        power_w=_watts(ask(pynvml.nvmlDeviceGetPowerUsage, handle)),
        power_limit_w=_watts(ask(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle)),
        clock_mhz=ask(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_SM),
        memory_clock_mhz=ask(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_MEM),
        throttles=_throttles(handle),
        processes=_processes(handle, owners),
        parts=tuple(_parts(handle, gpu)) if is_mig else (),
    )


def _with_memory(gpu: Gpu, handle: Any, machine: Host) -> Gpu:
    # The second form alone knows what is reserved; it is missing from old drivers and fails on some under WSL.
    info = ask(pynvml.nvmlDeviceGetMemoryInfo, handle, pynvml.nvmlMemory_v2)
    reserved = None if info is None else _count(info.reserved)
    has_own = True
    if info is None:
        info, has_own = ask(_first_form, handle) or (None, True)
    if info is not None and info.total == 0:
        info, has_own = None, False
    if not has_own and not gpu.is_mig:
        return replace(gpu, total_bytes=machine.total_bytes, free_bytes=machine.available_bytes, is_unified=True)
    if info is None:
        return gpu
    return replace(gpu, total_bytes=_count(info.total), free_bytes=_count(info.free), reserved_bytes=reserved)


def _first_form(handle: Any) -> tuple[Any, bool]:
    """The memory's first form, and whether the card has a memory of its own: one that shares the host's refuses."""
    try:
        return pynvml.nvmlDeviceGetMemoryInfo(handle), True
    except pynvml.NVMLError_NotSupported:
        return None, False


def _count(number: int) -> int | None:
    return number if number < _SENTINELS else None


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else milliwatts / 1000


def _throttles(handle: Any) -> tuple[Throttle, ...] | None:
    bits = ask(pynvml.nvmlDeviceGetCurrentClocksEventReasons, handle)
    if bits is None:  # drivers before R535 know them by another name
        bits = ask(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle)
    return None if bits is None else tuple(word for bit, word in _THROTTLES.items() if bits & bit)


def _processes(handle: Any, owners: Owners) -> tuple[Process, ...] | None:
    """Each once, though it may both compute and draw; the largest first, and those of unknown size last."""
    computing = _list_of(handle, pynvml.nvmlDeviceGetComputeRunningProcesses_v3, _COMPUTING_BEFORE)
    drawing = _list_of(handle, pynvml.nvmlDeviceGetGraphicsRunningProcesses_v3, _DRAWING_BEFORE)
    if computing is None and drawing is None:
        return None
    used: dict[int, list[int]] = {}
    for each in (*(computing or ()), *(drawing or ())):
        said = used.setdefault(each.pid, [])
        if each.usedGpuMemory is not None:
            said.append(each.usedGpuMemory)
    found = [
        Process(
            pid=pid,
            name=host.process_name(pid) if owners.comparable else None,
            used_bytes=max(said, default=None),
            ours=pid in owners.ours if owners.comparable else None,
        )
        for pid, said in used.items()
    ]
    return tuple(sorted(found, key=lambda process: (-(process.used_bytes or 0), process.pid)))


def _list_of(handle: Any, newest: Callable[..., Any], before: Callable[..., Any]) -> list[Any] | None:
    found = ask(newest, handle)
    return ask(before, handle) if found is None else found


def _parts(handle: Any, gpu: Gpu) -> Iterator[MigPart]:
    """The parts that there are now: they may be made anew at any time, so their handles are never kept."""
    for index in range(ask(pynvml.nvmlDeviceGetMaxMigDeviceCount, handle) or 0):
        part = ask(pynvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, index)
        if part is None:  # a place for a part, without one
            continue
        info = ask(pynvml.nvmlDeviceGetMemoryInfo, part)
        of_gpu, of_compute = pynvml.nvmlDeviceGetGpuInstanceId, pynvml.nvmlDeviceGetComputeInstanceId
        ids = [ask(instance, part) for instance in (of_gpu, of_compute)]
        yield MigPart(
            index=index,
            uuid=ask(pynvml.nvmlDeviceGetUUID, part),
            name=ask(pynvml.nvmlDeviceGetName, part),
            total_bytes=None if info is None else _count(info.total),
            free_bytes=None if info is None else _count(info.free),
            old_id=None if gpu.uuid is None or None in ids else f"MIG-{gpu.uuid}/{ids[0]}/{ids[1]}",
        )
