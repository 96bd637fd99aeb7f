"""A worker process as others see it. Standard library."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.errors import FusionError
from fusion.types import Precision
from fusion.worker.able import Able


@dataclass(frozen=True, slots=True)
class WorkerView:
    """The worker now.

    Attributes:
        pid: of its process; negative where that is another machine's.
        state: "starting", "ready", "busy" or "dead".
        error: why it is dead.
        card: UUID of the card that it was given; None where it takes what there is.
        node: name of the machine that it runs on, and of its place there; None for this one.
        job: the id of what it runs.
        resident_bytes: of the process on the host.
        allocated_bytes, reserved_bytes: on the card, by tensors and by torch; None without a card.
        precision: in which the unet engine's networks are loaded; None where they are not.
        beat_age_s: since it last gave a sign of life.
        able, free_bytes: what it can do where it is, and what it may still use there; None before it is ready.
        weights: of one that starts on a node, the share of its weights that is there, 0 to 1; None where none come.
        retry_at: when one that is dead is tried again if a job waits, in seconds since the epoch; None for others.
    """

    state: str
    device: str | None = None
    pid: int | None = None
    error: FusionError | None = None
    card: str | None = None
    job: str | None = None
    resident_bytes: int | None = None
    allocated_bytes: int | None = None
    reserved_bytes: int | None = None
    precision: Precision | None = None
    beat_age_s: float | None = None
    retry_at: float | None = None
    node: str | None = None
    weights: float | None = None
    able: Able | None = None
    free_bytes: int | None = None
