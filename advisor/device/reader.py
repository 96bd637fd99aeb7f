"""What this machine has: its graphics cards and itself, at one moment. The door to advisor's other
rooms that concern it: gpu, host, asking (and behind it probe, nvml, reading), visible, reasons.

Reading and judging are apart: `Reader.read` touches the machine, whoever judges is handed a `Snapshot`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from advisor.device.cuda_visible import numbered
from advisor.device.host import Host, Platform, process_name, read_host, sees_all_processes
from advisor.device.load import Load
from advisor.driver import AGAIN_S, ANSWER_S, SENTENCES, Asking, Gpu, MigPart, Process, Reason, Throttle, Unread
from fusion.torch_build import installed, runs_on

__all__ = [
    "SENTENCES",
    "Gpu",
    "Host",
    "MigPart",
    "Platform",
    "Process",
    "Reader",
    "Reason",
    "Snapshot",
    "Throttle",
    "Unread",
]

_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The machine at one moment.

    Attributes:
        gpus: those that could be read, as NVML counts them.
        why: why there are none; None where there are.
        unread: cards that are there and could not be read.
        taken_s: when, in seconds since 1970.
    """

    gpus: tuple[Gpu, ...]
    why: Reason | None
    unread: tuple[Unread, ...]
    host: Host
    taken_s: float

    @property
    def order_why(self) -> Reason | None:
        """Why some card that CUDA may see has no `cuda_index`; None where each has one."""
        places = [place for gpu in self.gpus for place in (gpu.parts if gpu.is_mig else (gpu,))]
        unknown = any(place.cuda_index is None and place.is_visible is not False for place in places)
        return Reason.ORDER_UNKNOWN if unknown else None

    def to_json(self) -> dict[str, Any]:
        """For `json.dumps`, under the names of the fields; `order_why` too."""
        data = asdict(self) | {"order_why": self.order_why}
        data["host"]["folder"] = str(self.host.folder)
        return data


class Reader:
    """Reads the machine. One serves all tabs of a page: it may be called from any thread.

    The driver is asked by a process of its own, which is started with the first reading and kept: a driver may never
    answer. Then the reading ends without cards after a few seconds, and later ones at once, until it answers again.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environ: Mapping[str, str] | None = None,
        retry_s: float = _RETRY_S,
        sees_all: bool | None = None,
        answer_s: float = ANSWER_S,
        again_s: float = AGAIN_S,
    ) -> None:
        """Touches nothing yet.

        Args:
            folder: on the disk whose free space counts.
            environ: of the process that will use CUDA; this one's if None.
            retry_s: a driver that cannot be opened, or has lost a card, is opened anew at most once in so long.
            sees_all: whether the driver's process numbers are this process's too, which they are not in a container;
                found out if None.
            answer_s: the driver's deadline, for all that a reading asks.
            again_s: a process that has waited for the driver for so long is ended, and another one asks.
        """
        self._folder = folder
        self._environ = os.environ if environ is None else environ
        self._sees_all = sees_all_processes() if sees_all is None else sees_all
        self._architectures: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._load = Load()
        self._asking = Asking(retry_s, answer_s, again_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the driver. A later read opens it again."""
        with self._lock:
            self._asking.close()

    def begin(self, ours: frozenset[int] = frozenset()) -> None:
        """Put the question to the driver, for who has something else to do before it reads the answer.

        What others take of the processor is told of the time between the two, if it is long enough.

        Args:
            ours: as of `read`.
        """
        with self._lock:
            self._load.begin(ours)
            self._asking.begin()

    def read(self, ours: frozenset[int] = frozenset()) -> Snapshot:
        """The machine now. Raises nothing for what a driver or a card may do.

        Args:
            ours: numbers of the processes that Fusewise started.
        """
        with self._lock:
            self._asking.begin()
            host = read_host(self._folder, self._load.others(ours))
            said = self._asking.answer()
            torch = installed()
            self._architectures = torch.architectures if torch else ()
        gpus = tuple(self._completed(gpu, host, ours) for gpu in said.gpus)
        why = said.why or (said.unread[0].why if said.unread else None)
        return Snapshot(
            gpus=numbered(gpus, self._environ, complete=not said.unread),
            why=None if gpus else why,
            unread=said.unread,
            host=host,
            taken_s=time.time(),
        )

    def _completed(self, gpu: Gpu, host: Host, ours: frozenset[int]) -> Gpu:
        """With what the driver knows nothing of: PyTorch, whose processes are, and how much memory the host has."""
        if (architectures := self._architectures) and gpu.capability is not None:
            gpu = replace(gpu, has_code=runs_on(architectures, gpu.capability))
        if gpu.is_unified:
            gpu = replace(gpu, total_bytes=host.own_bytes, free_bytes=host.available_bytes)
        if gpu.processes is None or not self._sees_all:
            return gpu
        processes = (replace(each, name=process_name(each.pid), ours=each.pid in ours) for each in gpu.processes)
        return replace(gpu, processes=tuple(processes))
