"""A graphics card at one moment. Standard library only. None: the card, or its driver, does not say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from advisor.driver.reasons import Reason


class Throttle(StrEnum):
    """Why a card's clocks are lower than they could be."""

    IDLE = "idle"
    CLOCKS_SET = "clocks_set"
    POWER_CAP = "power_cap"
    HARDWARE_SLOWDOWN = "hardware_slowdown"
    SYNC_BOOST = "sync_boost"
    SOFTWARE_HEAT = "software_heat"
    HARDWARE_HEAT = "hardware_heat"
    POWER_BRAKE = "power_brake"
    DISPLAY_CLOCKS = "display_clocks"


@dataclass(frozen=True, slots=True)
class Process:
    """One that holds memory on a card.

    Attributes:
        pid: as the driver counts; within a container that is the host's number, not the container's.
        name: None for one that is not to be seen from here, or no longer.
        ours: whether Fusewise started it. None where its number says nothing about processes here.
    """

    pid: int
    name: str | None
    used_bytes: int | None
    ours: bool | None


@dataclass(frozen=True, slots=True)
class MigPart:
    """A part of a card that is divided (MIG). Work runs on a part; the card as a whole takes none.

    Attributes:
        index: among the card's parts, as NVML counts.
        old_id: how drivers before R470 named it: MIG-<the card's UUID>/<GPU instance>/<compute instance>.
        cuda_index, is_visible: as in `Gpu`.
    """

    index: int
    uuid: str | None
    name: str | None
    total_bytes: int | None
    free_bytes: int | None
    old_id: str | None = None
    cuda_index: int | None = None
    is_visible: bool | None = None


@dataclass(frozen=True, slots=True)
class Gpu:
    """A card.

    Attributes:
        index: as NVML counts; not CUDA's, and not sure to be the same after a restart.
        cuda_index: N of `cuda:N` in a process with the same environment. None where the card is hidden from it, is
            divided (its parts have one), or where only CUDA itself knows.
        is_visible: whether CUDA_VISIBLE_DEVICES lets CUDA see it, or one of its parts. None: only CUDA knows.
        capability: CUDA's compute capability, (major, minor).
        has_code: whether the installed PyTorch has code for such a card; None where that is not known.
        free_bytes: what decides, together with `total_bytes`. What is not free need not belong to any process: the
            display, the driver itself, other containers.
        reserved_bytes: what the driver and the firmware keep; in no case free.
        utilisation: 0…1, the share of the last moments in which the card computed.
        clock_mhz, clock_max_mhz: of the multiprocessors.
        throttles: why the clocks are not higher; () for no reason.
        processes: None where the driver keeps no list. Budgets are never made from it.
        cuda_version: the newest that the driver runs, such as "12.4".
        is_mig: whether the card is divided; None on cards too old to say, which cannot be.
        is_unified: card and host share one memory: total and free are the host's.
    """

    index: int
    uuid: str | None
    name: str | None
    total_bytes: int | None
    free_bytes: int | None
    reserved_bytes: int | None = None
    cuda_index: int | None = None
    is_visible: bool | None = None
    pci_bus_id: str | None = None
    capability: tuple[int, int] | None = None
    utilisation: float | None = None
    temperature_c: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    clock_mhz: int | None = None
    clock_max_mhz: int | None = None
    memory_clock_mhz: int | None = None
    throttles: tuple[Throttle, ...] | None = None
    processes: tuple[Process, ...] | None = None
    driver: str | None = None
    cuda_version: str | None = None
    is_mig: bool | None = None
    parts: tuple[MigPart, ...] = ()
    is_unified: bool = False
    has_code: bool | None = None

    @property
    def used_bytes(self) -> int | None:
        """All that is not free, whoever has it."""
        if self.total_bytes is None or self.free_bytes is None:
            return None
        return self.total_bytes - self.free_bytes


@dataclass(frozen=True, slots=True)
class Unread:
    """A card that is there and could not be read.

    Attributes:
        index: as NVML counts.
    """

    index: int
    why: Reason
