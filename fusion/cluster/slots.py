"""The workers of a queue: this machine's own, and one for each place of a cluster, as its nodes come and go."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from fusion.cluster.nodes import Cluster, Place
from fusion.worker import Starter, WorkerView

_FIRST_LOG = 100  # this machine's own have the numbers below


class Slot(Protocol):
    """A worker and its job, as far as they are needed here."""

    def start(self) -> None:
        """Start the worker."""

    def close(self) -> None:
        """End the worker."""

    def view(self) -> WorkerView:
        """The worker as it is now."""

    @property
    def is_idle(self) -> bool:
        """Whether it has no job."""


class Viewed(Protocol):
    """What says how its worker is."""

    def view(self) -> WorkerView:
        """The worker as it is now."""


_S = TypeVar("_S", bound=Slot)
_Made = TypeVar("_Made", bound=Slot, covariant=True)


class Maker(Protocol[_Made]):
    """Makes a slot."""

    def __call__(self, log: Path, *, node: str, starter: Starter) -> _Made:
        """One for the place of that name, whose worker is started so."""


class Slots(Generic[_S]):
    """All of them, from any thread.

    Args:
        own: this machine's.
        has_cards: whether these have cards. Where they have none they leave the work to the nodes, as long as a worker
            lives there: a processor takes minutes for what a card does in seconds, and serves the pages besides.
        cluster: whose places get one each; None: there are no others.
        make: makes one for a place.
        folder: of the logs.
    """

    def __init__(
        self,
        own: Sequence[_S],
        cluster: Cluster | None,
        make: Maker[_S],
        folder: Path,
        *,
        has_cards: bool,
    ) -> None:
        self._own = tuple(own)
        self._has_cards = has_cards
        self._cluster = cluster
        self._make = make
        self._folder = folder
        self._changing = threading.Lock()
        self._far: dict[Place, tuple[int, _S]] = {}  # with the numbers of their logs; replaced whole

    @property
    def is_clustered(self) -> bool:
        """Whether there may be others than this machine's."""
        return self._cluster is not None

    @property
    def all(self) -> tuple[_S, ...]:
        """This machine's first."""
        return (*self._own, *(slot for _, slot in self._far.values()))

    @property
    def taking(self) -> tuple[_S, ...]:
        """Those that jobs go to."""
        far = tuple(slot for _, slot in self._far.values())
        rest = not self._has_cards and any(slot.view().state != "dead" for slot in far)
        return far if rest else (*self._own, *far)

    def room_at(self, slot: Viewed) -> tuple[int, int] | None:
        """Bytes of memory where a slot computes, and of the largest place; None where it does not say."""
        here = slot.view().able
        there = [view.able.total_bytes for view in (each.view() for each in self.taking) if view.able is not None]
        return None if here is None or not there else (here.total_bytes, max(there))

    def follow(self) -> None:
        """Start a worker on each place that has come; let go of those whose place has gone, and who have no job.

        Raises:
            FusionError: "cluster_unreached".
        """
        if self._cluster is None:
            return
        places = self._cluster.places()
        with self._changing:
            gone = [slot for place, (_, slot) in self._far.items() if place not in places and slot.is_idle]
            far = {place: found for place, found in self._far.items() if found[1] not in gone}
            new = [place for place in places if place not in far]
            for place in new:
                far[place] = self._made(self._cluster, place, {number for number, _ in far.values()})
            self._far = far
        for slot in gone:
            slot.close()
        for place in new:
            far[place][1].start()

    def close(self) -> None:
        """End all workers, and leave the cluster."""
        for slot in self.all:
            slot.close()
        if self._cluster is not None:
            self._cluster.close()

    def _made(self, cluster: Cluster, place: Place, taken: set[int]) -> tuple[int, _S]:
        number = next(number for number in range(_FIRST_LOG, _FIRST_LOG + len(taken) + 1) if number not in taken)
        log = self._folder / f"worker-{number}.log"
        return number, self._make(log, node=place.name, starter=partial(cluster.start, place))
