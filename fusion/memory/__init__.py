"""Memory and cores: how much is left, what an error says of it, what a job gives up step by step when it runs out.

`budget` asks the system, and torch only where somebody else has loaded it; `cores` says how many a process may keep
busy; `faults` tells running out from other errors; `fallback` has the steps down, each a `Step` on a `Rung`; `tiles`
and `strips` divide work into pieces that fit.
"""

from __future__ import annotations

from fusion.memory import budget, cores, fallback, faults, strips, tiles
from fusion.memory.budget import HostPeak
from fusion.memory.fallback import Footing, Rung, Step
from fusion.memory.faults import HOST, Fault, is_out_of_memory
from fusion.memory.strips import Saving

__all__ = [
    "HOST",
    "Fault",
    "Footing",
    "HostPeak",
    "Rung",
    "Saving",
    "Step",
    "budget",
    "cores",
    "fallback",
    "faults",
    "is_out_of_memory",
    "strips",
    "tiles",
]
