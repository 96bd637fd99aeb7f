"""A cluster without Ray: its nodes' workers are processes of this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fusion.cluster import Place
from fusion.worker import start
from fusion.worker.start import Process

A, B = (Place(node * 56, f"host-{node}", 0, has_card=True) for node in "ab")


@dataclass
class Nodes:
    """A cluster of which the places are said."""

    now: tuple[Place, ...] = (A, B)
    started: list[Place] = field(default_factory=list)
    is_closed: bool = False

    def places(self) -> tuple[Place, ...]:
        return self.now

    def start(self, place: Place, log: Path, *, ready_first: bool) -> Process:
        self.started.append(place)
        return start.spawn(log, None, ready_first=ready_first)

    def close(self) -> None:
        self.is_closed = True
