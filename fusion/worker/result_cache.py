"""The results that a worker keeps for previews."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from fusion.errors import FusionError, Reason
from fusion.units import MIB

if TYPE_CHECKING:
    from fusion.pipeline import Result

_MOST = 3
_MOST_BYTES = 512 * MIB


class Results:
    """The last few results, for previews: bounded in number and in bytes, but the newest always stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Result] = OrderedDict()

    def keep(self, job: str, result: Result) -> None:
        """Keep one more, and let go of the oldest."""
        with self._lock:
            self._kept[job] = result
            while len(self._kept) > _MOST or (len(self._kept) > 1 and self._bytes() > _MOST_BYTES):
                self._kept.popitem(last=False)

    def get(self, job: str) -> Result:
        """A kept result.

        Raises:
            FusionError: it is kept no longer.
        """
        with self._lock:
            if job not in self._kept:
                raise FusionError(Reason.JOB_UNKNOWN, id=job)
            return self._kept[job]

    def drop(self, job: str) -> None:
        """Let one go, if it is there."""
        with self._lock:
            self._kept.pop(job, None)

    def clear(self) -> None:
        """Let all go."""
        with self._lock:
            self._kept.clear()

    def _bytes(self) -> int:
        return sum(_weight(result) for result in self._kept.values())


def _weight(noun: object) -> int:
    """Bytes of the arrays and tensors in a frozen type, at any depth, each counted once."""
    return sum(_arrays(noun).values())


def _arrays(noun: object) -> dict[int, int]:
    """The bytes of each, by its id."""
    if is_dataclass(noun):
        inner: Iterable[object] = (getattr(noun, field.name) for field in fields(noun))
    elif isinstance(noun, tuple):
        inner = noun
    else:
        return {id(noun): int(getattr(noun, "nbytes", 0))}
    return {id: weight for each in inner for id, weight in _arrays(each).items()}
