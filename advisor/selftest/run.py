"""Runs the self-test in a thread: first what is only looked at, then a probe of each engine on each device, and last a
short calibration, whose fusions tell of speed and memory and are kept for the forecast.

One at a time, shared by all sessions. What was measured before it was cancelled is kept; nothing else is.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from advisor.device import Reader, Snapshot
from advisor.forecast import Calibration
from advisor.selftest import judging, looks
from advisor.selftest.rows import Check, Code, Row, State, broken
from fusion.errors import Cancelled, FusionError, Reason, frameless
from fusion.selftest import Found, Probe, probe, stored
from fusion.sizing import HOST
from fusion.storage import Ledger
from fusion.threads import ServiceThread
from fusion.types import EngineName
from fusion.weights import Transfer, catalog, locate

CALIBRATING_S = 40.0
_PROBE_S = 180.0  # after which a probe is ended
_LOOKS, _LOOK_S, _GOODBYE_S = 4, 0.1, 3.0

Try = Callable[[Probe, float, threading.Event], Found]


@dataclass(frozen=True, slots=True)
class SelfTestView:
    """The test now, or the last one.

    Attributes:
        number: counted from 1; 0 where none was ever asked for.
        done, total: checks; `total` is 0 before it is known.
        now: what is being done.
        rows: what came of those that are done.
        seconds: since it began; that it took, once it has ended.
        is_stopped: whether it was cancelled.
        error: why it came to no end.
    """

    number: int = 0
    is_running: bool = False
    done: int = 0
    total: int = 0
    now: Check = Check.DATA
    rows: tuple[Row, ...] = ()
    seconds: float = 0.0
    is_stopped: bool = False
    error: FusionError | None = None

    @property
    def is_well(self) -> bool:
        """Whether it came to its end and nothing failed."""
        ended = not (self.is_running or self.is_stopped) and self.error is None
        return ended and all(row.state != State.FAILED for row in self.rows)


class SelfTest:
    """Runs one test at a time until closed.

    Args:
        try_: `fusion.selftest.probe`, or what stands in for it.
        calibration: makes what measures this machine.
    """

    def __init__(self, try_: Try = probe, calibration: Callable[[], Calibration] | None = None) -> None:
        self._try = try_
        self._calibration = calibration or partial(Calibration, budget_s=CALIBRATING_S)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: ServiceThread | None = None
        self._view = SelfTestView()
        self._is_closed = False

    def view(self) -> SelfTestView:
        """A snapshot."""
        with self._lock:
            return self._view

    def start(self, data: Path, ledger: Ledger) -> None:
        """Begin, unless it runs already. Returns at once; a failure is in the view. `data`: the data folder."""
        with self._lock:
            if self._view.is_running or self._is_closed:
                return
            self._stop = threading.Event()
            self._view = SelfTestView(self._view.number + 1, True)
            self._thread = ServiceThread(partial(self._run, data, ledger, self._stop), "selftest", self._fail)
            try:
                self._thread.start()
            except RuntimeError as error:  # the system gives no more threads
                failed = FusionError(Reason.INTERNAL, why=str(error))
                self._view = replace(self._view, is_running=False, error=failed)

    def cancel(self) -> None:
        """End what runs. Without a test, nothing."""
        with self._lock:
            self._stop.set()

    def close(self) -> None:
        """End what is running and begin nothing more; may be called twice."""
        self._is_closed = True
        self.cancel()
        if self._thread is not None:
            self._thread.join(_GOODBYE_S)

    def _fail(self, error: FusionError) -> None:
        self._show(is_running=False, error=frameless(error))

    def _run(self, data: Path, ledger: Ledger, stop: threading.Event) -> None:
        began = time.monotonic()
        try:
            for row in self._rows(data, ledger, stop):
                self._show(rows=(*self.view().rows, row), seconds=time.monotonic() - began)
        except Cancelled:
            self._show(is_stopped=True)
        finally:
            self._show(is_running=False, seconds=time.monotonic() - began)

    def _rows(self, data: Path, ledger: Ledger, stop: threading.Event) -> Iterator[Row]:
        engines = (EngineName.LANDMARK, *((EngineName.UNET,) if locate.status().is_ready else ()))
        with Reader(data) as reader:
            snapshot = reader.read()
        cards = tuple(_cards(snapshot))
        self._show(total=_LOOKS + len(engines) * (1 + len(cards)) + 1)
        yield self._looked(Check.DATA, stop, lambda: looks.data_row(data))
        yield self._looked(Check.DRIVER, stop, lambda: looks.driver_row(snapshot))
        yield from _unused(snapshot)
        yield self._looked(Check.MODELS, stop, looks.models_row)
        yield self._looked(Check.WEIGHTS, stop, lambda: looks.weights_row(partial(_heed, stop)))
        with tempfile.TemporaryDirectory(prefix="fusewise-") as folder:
            for engine in engines:
                yield from self._probed(engine, cards, Path(folder), stop)
        yield from self._calibrated(ledger, stop)

    def _looked(self, check: Check, stop: threading.Event, look: Callable[[], Row]) -> Row:
        """
        Raises:
            Cancelled: by `stop`.
        """
        if stop.is_set():
            raise Cancelled
        self._show(now=check)
        row = look()
        self._show(done=self.view().done + 1)
        return row

    def _probed(
        self, engine: EngineName, cards: tuple[tuple[str, str], ...], folder: Path, stop: threading.Event
    ) -> Iterator[Row]:
        """One engine on the processor, and on each card against that."""
        picture = folder / f"{engine}.npy"
        yield from self._tried(Probe(engine, picture=str(picture)), "", stop)
        for uuid, name in cards:
            compare = str(picture) if picture.exists() else ""
            yield from self._tried(Probe(engine, "cuda", compare=compare, card=uuid), name, stop)

    def _tried(self, wish: Probe, card: str, stop: threading.Event) -> tuple[Row, ...]:
        self._show(now=Check.PICTURE)
        try:
            found, is_random = self._try(wish, _PROBE_S, stop), _is_random(wish.engine)
            rows = judging.rows_of(wish.engine, found, stored(wish.engine), card, is_random=is_random)
        except Cancelled:
            raise
        except FusionError as error:
            if stop.is_set():  # Ctrl-C in the terminal reaches the probe too
                raise Cancelled from error
            rows = (broken(Check.PICTURE, frameless(error), card or HOST, wish.engine),)
        self._show(done=self.view().done + 1)
        return rows

    def _calibrated(self, ledger: Ledger, stop: threading.Event) -> tuple[Row, ...]:
        self._show(now=Check.SPEED)
        calibration = self._calibration()
        calibration.start(ledger)
        try:
            while calibration.view().is_running and not stop.wait(_LOOK_S):
                pass
        finally:
            calibration.close()
        if stop.is_set():
            raise Cancelled
        self._show(done=self.view().done + 1)
        return judging.measured_rows(calibration.view(), len(ledger.rows()))

    def _show(self, **changed: object) -> None:
        with self._lock:
            self._view = replace(self._view, **changed)  # type: ignore[arg-type]


def _is_random(engine: EngineName) -> bool:
    """Whether an engine's weights are of `benchmarks.synthetic_weights`."""
    return engine == EngineName.UNET and (locate.status().folder / catalog.RANDOM_MARK).exists()


def _cards(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """UUID and name of each card that a process can be given, of a divided one of each part."""
    for gpu in snapshot.gpus:
        if looks.unused(gpu) is None:
            for place in gpu.parts if gpu.is_mig else (gpu,):
                if place.uuid is not None and place.is_visible is not False:
                    yield place.uuid, place.name or gpu.name or "cuda"


def _unused(snapshot: Snapshot) -> Iterator[Row]:
    for gpu in snapshot.gpus:
        if (why := looks.unused(gpu)) is not None:
            yield Row(Check.PICTURE, Code.CARD_UNUSED, gpu.name or "cuda", details={"why": str(why)})


def _heed(stop: threading.Event, transfer: Transfer) -> None:
    """
    Raises:
        Cancelled: by `stop`.
    """
    if stop.is_set():
        raise Cancelled
