"""A job as its stages see it: announced, measured, and stopped within a moment when nobody wants it any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from fusion.memory import Saving
from fusion.ops.stage_meter import Meter
from fusion.types import Stage

# Shown a draft: (h, w, 3) uint8, small, of what a job makes, before it is done or its files are written.
Drafted = Callable[[np.ndarray], None]

_LOOK_EVERY_S = 0.05
_here = threading.local()  # `look`: what this thread asks now and then


def heed() -> None:
    """An occasion to stop, for whatever of ours may take a while; where no job is at work, nothing."""
    look: Callable[[], None] | None = getattr(_here, "look", None)
    if look is not None:
        look()


class Watch(Protocol):
    """Told how far a job is, at the edges of the stages and many times within; may raise `Cancelled` to stop there."""

    def __call__(self, stage: Stage, fraction: float) -> None: ...


def unwatched(stage: Stage, fraction: float) -> None:
    """Nobody is looking."""


class _Seldom:
    """Looks, but not more often than `_LOOK_EVERY_S`."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._next = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _LOOK_EVERY_S
            self._look()


@contextmanager
def heeding(look: Callable[[], None]) -> Iterator[None]:
    """Within it `heed` is an occasion to stop, for this thread.

    Args:
        look: called now and then; what it raises goes up through whatever is being computed.
    """
    before = getattr(_here, "look", None)
    _here.look = _Seldom(look)
    try:
        yield
    finally:
        _here.look = before


class Interruptible(TorchFunctionMode):
    """Within it each call of torch by this thread is an occasion to stop too.

    In networks and in their loading, which last for seconds on a processor, nothing knows of jobs. Our own code makes
    some thousand small calls of torch in a job, each of which this would make slower: that has `heed`.

    Args:
        look: as of `heeding`.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = _Seldom(look)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self._look()
        return func(*args, **kwargs) if kwargs else func(*args)


class Run:
    """One job: who watches it, and what measures it.

    Args:
        watch: who.
        device: what it computes on.
        saving: how memory must be saved.
        drafted: shown drafts; None where nobody looks at them.
    """

    def __init__(
        self,
        watch: Watch,
        device: torch.device,
        saving: Saving = Saving(),  # noqa: B008  frozen
        drafted: Drafted | None = None,
    ) -> None:
        self.meter = Meter(device)
        self.saving = saving
        self._watch = watch
        self._drafted = drafted
        self._told: tuple[Stage, float] | None = None
        self._share = 0.0, 1.0  # where the fractions that are told begin, and how wide they are
        # A card is given its work in no time and has done each stage within a second; there only loading is slow.
        self._is_slow = device.type == "cpu"

    def watch(self, stage: Stage, fraction: float) -> None:
        """Tell how far it is; may raise `Cancelled`."""
        low, width = self._share
        self._told = (stage, low + width * fraction)
        self._watch(*self._told)

    def draft(self, make: Callable[[], np.ndarray]) -> None:
        """Show what is made so far; nothing is made where nobody looks."""
        if self._drafted is not None:
            self._drafted(make())

    @contextmanager
    def part(self, at: int, count: int, low: float, high: float) -> Iterator[None]:
        """Within, what is told between `low` and `high` is of one of `count` things that are done one after another.

        Args:
            at: which of them, from 0.
        """
        self._share = low + (high - low) * at / count - low / count, 1 / count
        try:
            yield
        finally:
            self._share = 0.0, 1.0

    @contextmanager
    def step(self, stage: Stage, fraction: float, *, networks: bool = True) -> Iterator[None]:
        """Announce a stage, and measure what happens inside, which may be stopped at any time by the watch.

        Args:
            networks: whether torch's run inside, which do not `heed`.
        """
        self.watch(stage, fraction)
        with ExitStack() as stack:
            stack.enter_context(self.meter.stage(stage))
            if self._is_slow or stage == Stage.LOAD:
                stack.enter_context(Interruptible(self._look) if networks else heeding(self._look))
            yield

    def _look(self) -> None:
        if self._told is not None:
            self._watch(*self._told)
