"""What one card says at one moment, asked piece by piece: no card answers everything.

What cannot be is None (`advisor.driver.plausible`). What the driver knows nothing of, such as whose a process is, is
filled in by who asked (`advisor.device`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pynvml

from advisor.driver import plausible
from advisor.driver.gpu import Gpu, MigPart, Process, Throttle
from advisor.driver.nvml import Card, ask

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


def read_card(card: Card) -> Gpu:
    """What the card says now. Of one that shares the host's memory, total and free are None.

    Raises:
        Unreadable: its handle is no longer good.
    """
    handle = card.handle
    mode = ask(pynvml.nvmlDeviceGetMigMode, handle)
    is_mig = None if mode is None else mode[0] == pynvml.NVML_DEVICE_MIG_ENABLE
    gpu = _with_memory(replace(card.fixed, is_mig=is_mig), handle)
    rates = ask(pynvml.nvmlDeviceGetUtilizationRates, handle)
    busy = plausible.number("utilisation", None if rates is None else rates.gpu)
    heat = ask(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU)
    return replace(
        gpu,
        utilisation=None if busy is None else busy / 100,
        temperature_c=plausible.number("temperature_c", heat),
        power_w=_watts(ask(pynvml.nvmlDeviceGetPowerUsage, handle)),
        power_limit_w=_watts(ask(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle)),
        clock_mhz=_clock(handle, pynvml.NVML_CLOCK_SM),
        memory_clock_mhz=_clock(handle, pynvml.NVML_CLOCK_MEM),
        throttles=_throttles(handle),
        processes=_processes(handle),
        parts=tuple(_parts(handle, gpu)) if is_mig else (),
    )


def _with_memory(gpu: Gpu, handle: Any) -> Gpu:
    # The second form alone knows what is reserved; it is missing from old drivers and fails on some under WSL.
    info = ask(pynvml.nvmlDeviceGetMemoryInfo, handle, pynvml.nvmlMemory_v2)
    reserved = None if info is None else info.reserved
    has_own = True
    if info is None:
        info, has_own = ask(_first_form, handle) or (None, True)
    if info is not None and info.total == info.free == info.used == 0:
        info, has_own = None, False
    if not has_own and not gpu.is_mig:
        return replace(gpu, is_unified=True)
    total, free = plausible.memory(info) or (None, None)
    return replace(gpu, total_bytes=total, free_bytes=free, reserved_bytes=plausible.reserved(reserved, total))


def _first_form(handle: Any) -> tuple[Any, bool]:
    """The memory's first form, and whether the card has a memory of its own: one that shares the host's refuses."""
    try:
        return pynvml.nvmlDeviceGetMemoryInfo(handle), True
    except pynvml.NVMLError_NotSupported:
        return None, False


def _watts(milliwatts: int | None) -> float | None:
    known = plausible.number("power_mw", milliwatts)
    return None if known is None else known / 1000


def _clock(handle: Any, which: int) -> int | None:
    return plausible.number("clock_mhz", ask(pynvml.nvmlDeviceGetClockInfo, handle, which))


def _throttles(handle: Any) -> tuple[Throttle, ...] | None:
    bits = ask(pynvml.nvmlDeviceGetCurrentClocksEventReasons, handle)
    if bits is None:  # drivers before R535 know them by another name
        bits = ask(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle)
    return None if bits is None else tuple(word for bit, word in _THROTTLES.items() if bits & bit)


def _processes(handle: Any) -> tuple[Process, ...] | None:
    """Each once, though it may both compute and draw; the largest first, and those of unknown size last."""
    computing = _list_of(handle, pynvml.nvmlDeviceGetComputeRunningProcesses_v3, _COMPUTING_BEFORE)
    drawing = _list_of(handle, pynvml.nvmlDeviceGetGraphicsRunningProcesses_v3, _DRAWING_BEFORE)
    if computing is None and drawing is None:
        return None
    used: dict[int, list[int]] = {}
    for each in (*(computing or ()), *(drawing or ())):
        said = used.setdefault(each.pid, [])
        held = plausible.number("used_bytes", each.usedGpuMemory)
        if held is not None:
            said.append(held)
    found = [Process(pid, None, max(said, default=None), None) for pid, said in used.items()]
    largest = sorted(found, key=lambda process: (-(process.used_bytes or 0), process.pid))
    return tuple(largest[: plausible.PROCESSES])


def _list_of(handle: Any, newest: Callable[..., Any], before: Callable[..., Any]) -> list[Any] | None:
    found = ask(newest, handle)
    return ask(before, handle) if found is None else found


def _parts(handle: Any, gpu: Gpu) -> Iterator[MigPart]:
    """The parts that there are now: they may be made anew at any time, so their handles are never kept."""
    count = plausible.number("parts", ask(pynvml.nvmlDeviceGetMaxMigDeviceCount, handle))
    for index in range(count or 0):
        part = ask(pynvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, index)
        if part is None:  # a place for a part, without one
            continue
        total, free = plausible.memory(ask(pynvml.nvmlDeviceGetMemoryInfo, part)) or (None, None)
        of_gpu, of_compute = pynvml.nvmlDeviceGetGpuInstanceId, pynvml.nvmlDeviceGetComputeInstanceId
        ids = [ask(instance, part) for instance in (of_gpu, of_compute)]
        yield MigPart(
            index=index,
            uuid=plausible.uuid(ask(pynvml.nvmlDeviceGetUUID, part)),
            name=plausible.text(ask(pynvml.nvmlDeviceGetName, part)),
            total_bytes=total,
            free_bytes=free,
            old_id=None if gpu.uuid is None or None in ids else f"MIG-{gpu.uuid}/{ids[0]}/{ids[1]}",
        )
