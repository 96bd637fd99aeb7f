"""What all sessions share: one queue, one monitor, one finder of faces for each server.

Each function gives that one, made when it is first asked for; `services` starts and ends them with the server.
`Machine` and `Live` are what the machine is and does, read once for all who look.
"""

from __future__ import annotations

from api.machine_state import Machine
from pages.parts.services import services, visitor_limits
from pages.parts.services.health_poll import Round
from pages.parts.services.machine_view import Live
from pages.parts.services.services import (
    calibration,
    checker,
    finder,
    jobs,
    rounds,
    scene,
    shelf,
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
    "shelf",
    "upkeep",
    "visitor_limits",
    "watch",
    "weights_tasks",
]
