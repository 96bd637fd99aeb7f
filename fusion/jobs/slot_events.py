"""What a lane asks for and tells of its jobs."""

from __future__ import annotations

from typing import Protocol

from fusion.errors import FusionError
from fusion.storage import Record
from fusion.worker import WorkerView, protocol


class Slot(Protocol):
    """A lane, as far as others need to know it."""

    def send(self, request: protocol.Request) -> bool:
        """Ask something of the worker; False if there is none."""

    def view(self) -> WorkerView:
        """The worker as it is now."""


class Office(Protocol):
    """Where jobs come from and where their ends are written down. Called from any thread, never under a lane's lock.

    Nothing here should raise. What does all the same costs the worker its life, and never the lane.
    """

    def claim(self, lane: Slot) -> Record | None:
        """The next job for a lane, which runs from now on."""

    def request(self, record: Record) -> protocol.Fuse:
        """What the worker is asked to do."""

    def ended(self, record: Record, lane: Slot) -> None:
        """A job has come to its end, good or bad."""

    def again(self, record: Record, *, fallen: bool = False) -> None:
        """A job goes back to its place in the line.

        Args:
            fallen: whether the system has ended the worker over it because memory ran out.
        """

    def stepped(self, record: Record) -> None:
        """A job goes on one rung lower."""

    def done(self, event: protocol.Done) -> None:
        """What a job has cost is known."""

    def previewed(self, event: protocol.Previewed | protocol.Failed) -> bool:
        """Somebody may wait for a preview; False if nobody does."""

    def idle(self) -> None:
        """A worker has nothing to do."""

    def born(self, pid: int, card: str | None) -> None:
        """A worker process has been started."""

    def buried(self, lane: Slot, error: FusionError) -> None:
        """A worker process has ended, for this reason."""

    def dead(self, error: FusionError, may_pass: bool) -> None:
        """There will be no other worker on a lane until somebody asks.

        Args:
            may_pass: whether workers could be started before.
        """
