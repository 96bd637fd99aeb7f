"""Opening NVML and asking it. What a card does not say is None; errors are never passed on raw.

Any call may never return: only `advisor.driver.probe` makes them, in a process of its own that may be ended.

Two trees of errors come out of the bindings: NVMLError, and NVMLLibraryMismatchError, which is none of them and is
raised where the driver lacks the newest form of a function.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pynvml

from advisor.driver import plausible
from advisor.driver.gpu import Gpu, Unread
from advisor.driver.reasons import Reason

_REASONS = {
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: Reason.NO_DRIVER,
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: Reason.NOT_LOADED,
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: Reason.MISMATCH,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND: Reason.DRIVER_OLD,
    pynvml.NVML_ERROR_NO_PERMISSION: Reason.NO_PERMISSION,
    pynvml.NVML_ERROR_GPU_IS_LOST: Reason.LOST,
    pynvml.NVML_ERROR_GPU_NOT_FOUND: Reason.LOST,
    pynvml.NVML_ERROR_RESET_REQUIRED: Reason.LOST,
    # Handles outlive neither a shutdown nor a reset of the driver.
    pynvml.NVML_ERROR_UNINITIALIZED: Reason.LOST,
}
# Text that is no text, and lists of a length that no memory holds, or that is not theirs.
_NONSENSE = (UnicodeDecodeError, MemoryError, OverflowError, IndexError)
_GONE = (Reason.LOST, Reason.NOT_LOADED, Reason.MISMATCH)
NVML_ERRORS = (pynvml.NVMLError, pynvml.NVMLLibraryMismatchError)


class Unreadable(Exception):
    """The driver, or a card, cannot be read; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Card:
    """A card's handle, and what never changes about it (in `fixed`; the rest of that is empty)."""

    handle: Any
    fixed: Gpu


@dataclass(frozen=True, slots=True)
class Driver:
    """NVML opened: the cards, and those that gave no handle."""

    cards: tuple[Card, ...]
    unread: tuple[Unread, ...]


def open_driver() -> Driver:
    """Open NVML and take every card's handle. Close it with `close_driver`.

    Raises:
        Unreadable: nothing has been left open.
    """
    try:
        pynvml.nvmlInit()
    except NVML_ERRORS as error:
        raise Unreadable(reason_of(error)) from error
    try:
        count = plausible.number("cards", pynvml.nvmlDeviceGetCount())
        opened = [_open_card(index) for index in range(count or 0)]
    except NVML_ERRORS as error:
        close_driver()
        raise Unreadable(reason_of(error)) from error
    if count is None:
        close_driver()
        raise Unreadable(Reason.UNEXPLAINED)
    if not opened:
        close_driver()
        raise Unreadable(Reason.NO_CARD)
    return Driver(
        cards=tuple(each for each in opened if isinstance(each, Card)),
        unread=tuple(each for each in opened if isinstance(each, Unread)),
    )


def close_driver() -> None:
    """Close NVML once for each time that it was opened. All handles end with it."""
    with contextlib.suppress(*NVML_ERRORS):
        pynvml.nvmlShutdown()


def ask(function: Callable[..., Any], *arguments: Any) -> Any:
    """What NVML answers; None where the card or the driver does not say.

    Raises:
        Unreadable: the card is lost, or the driver no longer runs.
    """
    try:
        return function(*arguments)
    except NVML_ERRORS as error:
        if reason_of(error) in _GONE:
            raise Unreadable(reason_of(error)) from error
    except _NONSENSE:
        pass
    return None


def reason_of(error: Exception) -> Reason:
    if isinstance(error, pynvml.NVMLLibraryMismatchError):
        return Reason.DRIVER_OLD
    return _REASONS.get(getattr(error, "value", None), Reason.UNEXPLAINED)


def _open_card(index: int) -> Card | Unread:
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        version = plausible.number("cuda_version", ask(pynvml.nvmlSystemGetCudaDriverVersion))
        capability = ask(pynvml.nvmlDeviceGetCudaComputeCapability, handle)
        fixed = Gpu(
            index=index,
            uuid=plausible.uuid(ask(pynvml.nvmlDeviceGetUUID, handle)),
            name=plausible.text(ask(pynvml.nvmlDeviceGetName, handle)),
            total_bytes=None,
            free_bytes=None,
            pci_bus_id=plausible.slot(ask(_slot, handle)),
            capability=capability if capability and plausible.number("capability", capability[0]) else None,
            clock_max_mhz=plausible.number(
                "clock_mhz", ask(pynvml.nvmlDeviceGetMaxClockInfo, handle, pynvml.NVML_CLOCK_SM)
            ),
            driver=plausible.text(ask(pynvml.nvmlSystemGetDriverVersion)),
            cuda_version=None if version is None else f"{version // 1000}.{version % 1000 // 10}",
        )
    except Unreadable as error:
        return Unread(index, error.reason)
    except NVML_ERRORS as error:
        return Unread(index, reason_of(error))
    return Card(handle, fixed)


def _slot(handle: Any) -> str:
    """Domain, bus and device, in digits so many that slots sort as their texts do."""
    return str(pynvml.nvmlDeviceGetPciInfo(handle).busId).upper()
