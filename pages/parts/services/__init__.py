"""What all sessions share: one of each per server, and what the machine is and does, read once for all."""

from __future__ import annotations

from pages.parts.services import services, visitor_limits
from pages.parts.services.health_poll import Round
from pages.parts.services.machine_state import Machine
from pages.parts.services.machine_view import Live
from pages.parts.services.services import (
    calibration,
    checker,
    finder,
    jobs,
    rounds,
    scene,
    upkeep,
    watch,
    weights_tasks,
)

__all__ = [
    "Live",
    "Machine",
    "Round",
    "calibration",
    "checker",
    "finder",
    "jobs",
    "rounds",
    "scene",
    "services",
    "upkeep",
    "visitor_limits",
    "watch",
    "weights_tasks",
]
