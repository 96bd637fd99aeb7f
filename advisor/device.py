"""What this machine has: its graphics cards and itself, at one moment. The door to advisor's other
rooms that concern it: gpu, host, nvml, reading, visible, reasons.

Reading and judging are apart: `Reader.read` touches the machine, whoever judges is handed a `Snapshot`.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from advisor.gpu import Gpu, MigPart, Process, Throttle, Unread
from advisor.host import Host, Platform, read_host, sees_all_processes
from advisor.nvml import Driver, Unreadable, close_driver, open_driver
from advisor.reading import Owners, read_card
from advisor.reasons import SENTENCES, Reason
from advisor.visible import numbered

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
    """Reads the machine. One serves all tabs of a page: it may be called from any thread, and opens the driver once.

    Where the driver cannot be opened, or a card is lost, everything is opened anew by a later read, at most once in
    `retry_s`, since opening can take long.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environ: Mapping[str, str] | None = None,
        retry_s: float = _RETRY_S,
        sees_all: bool | None = None,
    ) -> None:
        """Touches nothing yet.

        Args:
            folder: on the disk whose free space counts.
            environ: of the process that will use CUDA; this one's if None.
            sees_all: whether the driver's process numbers are this process's too, which they are not in a container;
                found out if None.
        """
        self._folder = folder
        self._environ = os.environ if environ is None else environ
        self._retry_s = retry_s
        self._sees_all = sees_all_processes() if sees_all is None else sees_all
        self._lock = threading.Lock()
        self._driver: Driver | None = None
        self._why: Reason | None = None
        self._pid = os.getpid()
        self._opened_s = -math.inf
        self._retry_at = -math.inf

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the driver. A later read opens it again."""
        with self._lock:
            self._drop()
            self._retry_at = -math.inf

    def read(self, ours: frozenset[int] = frozenset()) -> Snapshot:
        """The machine now. Raises nothing for what a driver or a card may do.

        Args:
            ours: numbers of the processes that Fusewise started.
        """
        with self._lock:
            self._refresh()
            host = read_host(self._folder)
            gpus, unread = self._read_cards(host, Owners(ours, self._sees_all))
            why = self._why or (unread[0].why if unread else None)
            return Snapshot(
                gpus=numbered(gpus, self._environ, complete=not unread),
                why=None if gpus else why,
                unread=unread,
                host=host,
                taken_s=time.time(),
            )

    def _refresh(self) -> None:
        """Open the driver if that is due: at first, after a failure or a loss, and in a forked child."""
        now = time.monotonic()
        if now < self._retry_at and self._pid == os.getpid():
            return
        self._drop()
        self._pid, self._opened_s, self._retry_at = os.getpid(), now, now + self._retry_s
        try:
            self._driver, self._why = open_driver(), None
        except Unreadable as error:
            self._why = error.reason
            return
        if all(card.why is not Reason.LOST for card in self._driver.unread):
            self._retry_at = math.inf

    def _read_cards(self, host: Host, owners: Owners) -> tuple[tuple[Gpu, ...], tuple[Unread, ...]]:
        if self._driver is None:
            return (), ()
        gpus: list[Gpu] = []
        unread = list(self._driver.unread)
        for card in self._driver.cards:
            try:
                gpus.append(read_card(card, host, owners))
            except Unreadable as error:
                unread.append(Unread(card.fixed.index, error.reason))
                self._retry_at = min(self._retry_at, self._opened_s + self._retry_s)
        return tuple(gpus), tuple(sorted(unread, key=lambda each: each.index))

    def _drop(self) -> None:
        if self._driver is not None:
            close_driver()
            self._driver = None
