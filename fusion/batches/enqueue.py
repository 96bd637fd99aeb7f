"""A planned batch goes into the queue, photo after photo: in the caller's thread, or in one of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from fusion.batches.inputs import Given, Pair, Plan, Refused
from fusion.declared import Consent
from fusion.errors import FusionError
from fusion.jobs import Jobs, Priority
from fusion.settings import Settings
from fusion.threads import ServiceThread
from fusion.types import UNKNOWN, Foretold

Expected = Callable[[Pair], Foretold]
Settled = Callable[[Pair], Settings]


@dataclass(frozen=True, slots=True)
class IntakeView:
    """How far it is: pairs queued or refused, of how many; `error` is why no more can be queued."""

    total: int
    done: int = 0
    refused: tuple[Refused, ...] = ()
    error: FusionError | None = None
    is_running: bool = True


def fill(
    queue: Jobs,
    batch: str,
    plan: Plan,
    owner: str,
    expected: Expected = lambda pair: UNKNOWN,
    watch: Callable[[int], bool] = lambda done: True,
    consent: Consent | None = None,
    is_served: bool = False,
    settled: Settled = lambda pair: pair.settings,
) -> tuple[Refused, ...]:
    """Queue every pair of a plan; those whose photos can no longer be read are returned.

    Args:
        expected: what a forecast says of a pair.
        watch: told how many are done; where it says no, the rest is left.
        consent: of the people in all of the photos.
        is_served: whether it comes to an instance that serves others.
        settled: how a pair is to be fused; it may take its time.

    Raises:
        FusionError: the queue takes no more.
    """
    refused: list[Refused] = []
    kept: dict[int, tuple[Given, bytes]] = {}
    for done, pair in enumerate(plan.pairs):
        if not watch(done):
            break
        try:
            target, source, *others = _read(pair, kept)
        except FusionError as error:
            refused.append(Refused(" + ".join(pair.names), error))
            continue
        queue.submit(
            target,
            source,
            settled(pair),
            names=pair.names,
            others=[(photo.given.name, data) for photo, data in zip(pair.others, others, strict=True)],
            owner=owner,
            priority=Priority.BATCH,
            batch=batch,
            foretold=expected(pair),
            consent=consent,
            is_served=is_served,
        )
    return tuple(refused)


def _read(pair: Pair, kept: dict[int, tuple[Given, bytes]]) -> list[bytes]:
    """All photos, the target first. The last pair's are kept, so that one of many is read once; no more are held."""
    given = [photo.given for photo in pair.photos]
    photos = {id(one): kept.get(id(one)) or (one, one.read()) for one in given}
    kept.clear()
    kept.update(photos)
    return [photos[id(one)][1] for one in given]


class Intake:
    """Fills a batch in a thread of its own, so that a page may be left meanwhile."""

    def __init__(
        self,
        queue: Jobs,
        batch: str,
        plan: Plan,
        owner: str,
        expected: Expected,
        consent: Consent | None = None,
        *,
        is_served: bool = False,
        settled: Settled = lambda pair: pair.settings,
    ) -> None:
        self.batch, self._consent, self._is_served, self._settled = batch, consent, is_served, settled
        self._work = (queue, batch, plan, owner, expected)
        self._view = IntakeView(len(plan.pairs))
        self._stopped = threading.Event()
        self._thread = ServiceThread(self._run, "fusion intake", self._end)
        self._thread.start()

    def view(self) -> IntakeView:
        """How far it is."""
        return self._view

    def stop(self) -> None:
        """Queue no more; what is queued stays."""
        self._stopped.set()

    def wait(self, timeout_s: float) -> None:
        """Until it has ended, at most so long."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            refused = fill(
                *self._work,
                watch=self._move,
                consent=self._consent,
                is_served=self._is_served,
                settled=self._settled,
            )
            self._view = replace(self._view, refused=refused, done=self._view.total, is_running=False)
        finally:
            del self._work, self._settled  # the photos with them

    def _end(self, error: FusionError) -> None:
        self._view = replace(self._view, error=error, is_running=False)

    def _move(self, done: int) -> bool:
        self._view = replace(self._view, done=done)
        return not self._stopped.is_set()
