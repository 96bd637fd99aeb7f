"""Five minutes of the machine, one sample a second, taken by one thread for everybody who looks. No Streamlit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import psutil

from advisor.device.reader import Gpu, Reader, Snapshot, Throttle
from fusion.errors import FusionError
from fusion.memory import budget
from fusion.threads import PeriodicThread

INTERVAL_S = 1.0
KEPT_S = 300.0
_LATE = 1.5  # intervals after which what the thread has seen no longer counts as now


class Told(StrEnum):
    """Who says how much of a card is ours."""

    DRIVER = "driver"
    WORKER = "worker"  # by its allocator: without the CUDA context, which the driver alone counts


@dataclass(frozen=True, slots=True)
class Own:
    """A process that Fusewise started.

    Attributes:
        card: UUID of the card that it was given; None for whatever there is.
        reserved_bytes: what its allocator keeps on a card, as it says itself.
        is_mine: whether this app started it; else another app did, which may be dead.
    """

    pid: int
    card: str | None = None
    reserved_bytes: int | None = None
    is_mine: bool = True


@dataclass(frozen=True, slots=True)
class CardSample:
    """A card at one moment. None: it does not say.

    Attributes:
        key: which card: its UUID, or its index where it has none.
        ours_bytes: what our processes hold there; part of `used_bytes`.
        told: who says so.
        utilisation: 0…1.
    """

    key: str
    total_bytes: int | None
    used_bytes: int | None
    ours_bytes: int | None
    told: Told | None
    utilisation: float | None
    temperature_c: int | None
    power_w: float | None
    clock_mhz: int | None
    throttles: tuple[Throttle, ...] | None

    @property
    def free_bytes(self) -> int | None:
        """What anybody may take."""
        if self.total_bytes is None or self.used_bytes is None:
            return None
        return self.total_bytes - self.used_bytes

    @property
    def others_bytes(self) -> int | None:
        """Used by whoever else, the driver among them."""
        return None if self.used_bytes is None else max(0, self.used_bytes - (self.ours_bytes or 0))


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine at one moment.

    Attributes:
        ours_bytes: resident memory of our workers.
        available_bytes: what may still be used here.
        total_bytes: that may be used here: the machine's, or the container's.
        withheld_bytes: of that, free and not for this process: the limit on its address space.
        cores: how busy each is, 0…1.
    """

    total_bytes: int
    ours_bytes: int
    available_bytes: int
    withheld_bytes: int
    cores: tuple[float, ...]

    @property
    def others_bytes(self) -> int:
        """Used by whoever else."""
        return max(0, self.total_bytes - self.available_bytes - self.withheld_bytes - self.ours_bytes)

    @property
    def busy(self) -> float:
        """All cores together, 0…1."""
        return sum(self.cores) / len(self.cores) if self.cores else 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything at one moment, in seconds since 1970."""

    taken_s: float
    cards: tuple[CardSample, ...]
    host: HostSample

    def card(self, key: str) -> CardSample | None:
        """A card's part; None where it was not there."""
        return next((card for card in self.cards if card.key == key), None)


class Monitor:
    """Looks at the machine, and remembers. From any thread.

    Args:
        reader: nobody else needs one.
        own: the processes that Fusewise started, asked each time.
    """

    def __init__(self, reader: Reader, own: Callable[[], Sequence[Own]], interval_s: float = INTERVAL_S) -> None:
        self._reader = reader
        self._own = own
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._kept: deque[Sample] = deque(maxlen=round(KEPT_S / interval_s) + 1)
        self._snapshot: Snapshot | None = None
        self._seen_at = 0.0
        # how busy cores are is known of a stretch of time alone, so the first sample comes after one
        self._thread = PeriodicThread(self._sample, "advisor monitor", first_s=interval_s)
        self._due = 0.0

    @property
    def error(self) -> FusionError | None:
        """Why the machine could not be looked at the last time; None where it could."""
        return self._thread.error

    def start(self) -> None:
        """Begin to sample; once."""
        psutil.cpu_percent(percpu=True)  # the first one has nothing to compare with
        self._due = time.monotonic() + self._interval_s
        self._thread.start()

    def close(self) -> None:
        """Stop, and let go of the driver."""
        self._thread.close(_LATE * self._interval_s + 1)
        self._reader.close()

    @property
    def last(self) -> Snapshot | None:
        """What was seen last, however long ago; never waits for the driver."""
        return self._snapshot

    def snapshot(self) -> Snapshot:
        """The machine as it was at most one and a half intervals ago; looks now where nothing so new is there."""
        with self._lock:
            if self._snapshot is None or time.monotonic() - self._seen_at > _LATE * self._interval_s:
                return self._look(self._own())
            return self._snapshot

    def samples(self) -> tuple[Sample, ...]:
        """Those of the last five minutes, the oldest first; none before the first."""
        with self._lock:
            return tuple(self._kept)

    def _sample(self) -> float:
        """Take a sample; seconds until the next is due."""
        own = self._own()
        with self._lock:
            self._kept.append(sample_of(self._look(own), own))
        now = time.monotonic()
        self._due = max(self._due + self._interval_s, now)  # a machine that slept owes nothing
        return self._due - now

    def _look(self, own: Sequence[Own]) -> Snapshot:
        self._snapshot = self._reader.read(frozenset(each.pid for each in own if each.is_mine))
        self._seen_at = time.monotonic()
        return self._snapshot


def key_of(gpu: Gpu) -> str:
    """What a card is known by in samples."""
    return gpu.uuid or str(gpu.index)


def sample_of(snapshot: Snapshot, own: Sequence[Own]) -> Sample:
    """What a snapshot comes to, and how busy the cores were since the last call."""
    cards = tuple(_card(gpu, own, len(snapshot.gpus) == 1) for gpu in snapshot.gpus)
    return Sample(snapshot.taken_s, cards, _host(snapshot, own))


def ours_on(gpu: Gpu, own: Sequence[Own], is_only: bool) -> tuple[int | None, Told | None]:
    """What our processes hold on a card, and who says so; None where nobody does.

    Args:
        is_only: whether it is the only card, so that a worker without one of its own is there.
    """
    pids = {each.pid for each in own}
    listed = [process for process in gpu.processes or () if process.ours is not None and process.pid in pids]
    known = [process.used_bytes for process in listed if process.used_bytes is not None]
    if known and len(known) == len(listed):
        return sum(known), Told.DRIVER
    here = [each for each in own if each.card == gpu.uuid or (each.card is None and (is_only or gpu.cuda_index == 0))]
    said = [each.reserved_bytes for each in here if each.reserved_bytes is not None]
    if said:
        return sum(said), Told.WORKER
    can_be_named = gpu.processes is not None and all(process.ours is not None for process in gpu.processes)
    return (0, Told.DRIVER) if can_be_named and not listed else (None, None)


def resident_bytes(pid: int) -> int:
    """What a process holds of the host's memory; 0 for one that is gone, or another machine's."""
    if pid < 0:
        return 0
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _card(gpu: Gpu, own: Sequence[Own], is_only: bool) -> CardSample:
    ours, told = ours_on(gpu, own, is_only)
    return CardSample(
        key=key_of(gpu),
        total_bytes=gpu.total_bytes,
        used_bytes=gpu.used_bytes,
        ours_bytes=ours,
        told=told,
        utilisation=gpu.utilisation,
        temperature_c=gpu.temperature_c,
        power_w=gpu.power_w,
        clock_mhz=gpu.clock_mhz,
        throttles=gpu.throttles,
    )


def _host(snapshot: Snapshot, own: Sequence[Own]) -> HostSample:
    host = snapshot.host
    return HostSample(
        total_bytes=host.own_bytes,
        ours_bytes=sum(resident_bytes(each.pid) for each in own),
        available_bytes=host.available_bytes,
        withheld_bytes=max(0, budget.left_bytes() - host.available_bytes),
        cores=tuple(share / 100 for share in psutil.cpu_percent(percpu=True)),
    )
