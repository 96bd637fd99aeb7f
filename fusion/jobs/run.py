"""One run of a job, and how it may end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fusion.errors import FusionError, Reason
from fusion.memory import budget
from fusion.storage import Record
from fusion.threads import Later
from fusion.types import Progress, State
from fusion.worker import protocol


@dataclass(slots=True, eq=False)
class Run:
    """A job that a lane has."""

    record: Record
    progress: Progress
    oom_kills: int | None  # by the system, before it began
    first_steps: int
    is_cancelled: bool = False
    is_over: bool = False  # and `record` says how; it is being written down
    verdict: FusionError | None = None  # why the worker is killed over it
    stopped: protocol.Stopped | None = None  # why the worker says that it cannot go on
    timer: Later | None = None
    draft: bytes | None = None  # a small JPEG of what is made so far

    def hear(self, event: protocol.Event) -> None:
        """Take in what the worker says of it."""
        if isinstance(event, protocol.Moved):
            self.progress = event.progress
        elif isinstance(event, protocol.Drafted):
            self.draft = event.jpeg
        elif isinstance(event, protocol.Stepped):
            self.record = replace(self.record, steps=(*self.record.steps, event.step))
        elif isinstance(event, protocol.Stopped):
            self.stopped = event
        elif isinstance(event, protocol.Done):
            self.end(done(self.record, event))
        elif isinstance(event, protocol.Failed):
            self.end(failed(self.record, event.error))

    def end(self, record: Record) -> None:
        """It has come to its end: no cancel and no timeout reaches it any more."""
        self.record, self.is_over = record, True
        self.stop_timer()

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


def done(record: Record, event: protocol.Done) -> Record:
    """A job that has come to its good end."""
    return replace(
        record,
        state=State.DONE,
        error=None,
        facts=event.facts,
        recipe=event.recipe,
        measurement=event.measurement,
        steps=event.steps,
    )


def failed(record: Record, error: FusionError) -> Record:
    """A job that has come to another."""
    return replace(record, state=State.CANCELLED if error.reason == Reason.CANCELLED else State.FAILED, error=error)


def ran_out(kills_before: int | None) -> bool:
    """Whether the system has ended a process here since then because memory ran out."""
    now = budget.oom_kills()
    return now is not None and kills_before is not None and now > kills_before
