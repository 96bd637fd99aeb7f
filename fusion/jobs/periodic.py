"""A thread that does what has to be done from time to time. Standard library.

What fails is tried again soon, however rarely it is done otherwise; `error` tells of it until it has gone well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion.errors import FusionError
from fusion.threads import PeriodicThread, Troubles, back_off

_TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class Duty:
    """What is done, and how often; the first time at the first tick."""

    act: Callable[[], None]
    every_s: float


class Clerk:
    """The thread.

    Args:
        duties: in the order in which they are done. Whatever one raises keeps no other from being done.
    """

    def __init__(self, duties: Sequence[Duty]) -> None:
        self._duties = {f"duty {number} {_name(duty)}": duty for number, duty in enumerate(duties)}
        self._due = dict.fromkeys(self._duties, 0.0)
        self._troubles = Troubles("fusion clerk")
        self._thread = PeriodicThread(self._tick, "fusion clerk", first_s=_TICK_S)

    @property
    def error(self) -> FusionError | None:
        """Why a duty failed the last time; None where all went well."""
        return self._troubles.error or self._thread.error

    def start(self) -> None:
        """Begin, unless it has."""
        self._thread.start()

    def close(self) -> None:
        """End, once what it is at is done."""
        self._thread.close()

    def _tick(self) -> float:
        for name, duty in self._duties.items():
            if time.monotonic() >= self._due[name] and not self._thread.is_closing:
                self._due[name] = time.monotonic() + self._do(name, duty)
        return _TICK_S

    def _do(self, name: str, duty: Duty) -> float:
        """Do a duty; seconds until the next time."""
        try:
            duty.act()
        except BaseException as error:
            self._troubles.failed(name, error)
            return min(duty.every_s, back_off(self._troubles.failures(name)))
        self._troubles.went_well(name)
        return duty.every_s


def _name(duty: Duty) -> str:
    return str(getattr(duty.act, "__name__", type(duty.act).__name__))
