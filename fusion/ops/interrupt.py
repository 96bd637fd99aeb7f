"""A job as its stages see it: announced, measured, and stopped within a moment when nobody wants it any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import torch
from torch.overrides import TorchFunctionMode

from fusion.ops.stage_meter import Meter
from fusion.types import Stage

_LOOK_EVERY_S = 0.05


class Watch(Protocol):
    """Told how far a job is, at the edges of the stages and many times within; may raise `Cancelled` to stop there."""

    def __call__(self, stage: Stage, fraction: float) -> None: ...


def unwatched(stage: Stage, fraction: float) -> None:
    """Nobody is looking."""


class Interruptible(TorchFunctionMode):
    """Within it each call of torch by this thread is an occasion to stop, some thousand in a job.

    Stages last for seconds on a processor, most of all in the networks and in their loading, and nothing in there
    knows of jobs. A look costs about a microsecond (benchmarks/cancel.py).

    Args:
        look: called now and then; what it raises goes up through whatever is being computed.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self._next = 0.0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _LOOK_EVERY_S
            self._look()
        return func(*args, **kwargs) if kwargs else func(*args)


class Run:
    """One job: who watches it, and what measures it.

    Args:
        watch: who.
        device: what it computes on.
    """

    def __init__(self, watch: Watch, device: torch.device) -> None:
        self.meter = Meter(device)
        self._watch = watch
        self._told: tuple[Stage, float] | None = None
        # A card is given its work in no time and has done each stage within a second; there only loading is slow.
        self._is_slow = device.type == "cpu"

    def watch(self, stage: Stage, fraction: float) -> None:
        """Tell how far it is; may raise `Cancelled`."""
        self._told = (stage, fraction)
        self._watch(stage, fraction)

    @contextmanager
    def step(self, stage: Stage, fraction: float) -> Iterator[None]:
        """Announce a stage, and measure what happens inside, which may be stopped at any time by the watch."""
        self.watch(stage, fraction)
        with ExitStack() as stack:
            stack.enter_context(self.meter.stage(stage))
            if self._is_slow or stage == Stage.LOAD:
                stack.enter_context(Interruptible(self._look))
            yield

    def _look(self) -> None:
        if self._told is not None:
            self._watch(*self._told)
