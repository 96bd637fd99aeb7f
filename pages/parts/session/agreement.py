"""The tick under which photos may be fused: once for a session, or on a served instance for each job. No Streamlit."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fusion.declared import Consent
from fusion.jobs import Jobs


@dataclass(slots=True)
class Agreement:
    """Whether somebody has confirmed that the people in the photos agreed.

    Attributes:
        is_per_job: whether each job has to be asked for.
        at: when the box was ticked, in seconds since the epoch; None where it is not.
        turn: goes into the box's key: a new turn is an empty box, whatever a browser still sends of the last one.
    """

    is_per_job: bool = False
    at: float | None = None
    turn: int = 0

    @property
    def is_given(self) -> bool:
        return self.at is not None

    def take(self, is_given: bool) -> None:
        """The box was ticked, or it is not known any more; a callback."""
        self.at = time.time() if is_given else None

    def renew(self) -> None:
        """The photos are others: where each job is asked for, it is asked for anew."""
        if self.is_per_job:
            self.at, self.turn = None, self.turn + 1

    def hand_on(self, queue: Jobs, owner: str) -> Consent | None:
        """The consent for a job, or for a batch, that is begun now; None where there is none. The next is asked anew.

        Raises:
            FusionError: the database cannot be used.
        """
        consent = None if self.at is None else queue.consent(owner, self.at)
        self.renew()
        return consent

    def beside(self, own: Agreement) -> Agreement:
        """What counts on another page of the session: the same, or where each job is asked for that page's own."""
        return own if self.is_per_job else self

    def key(self, name: str) -> str:
        """Of the box."""
        return f"{name}_{self.turn}" if self.is_per_job else name
