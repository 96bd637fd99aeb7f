"""What this machine has and may use: cards, memory, limits, other processes, and where a fusion would run.

Asks the system and, through `advisor.driver`, the cards; a driver or a disk that does not answer holds up nobody.
`Reader` takes a `Snapshot`, `Monitor` keeps five minutes, `capabilities` and `compute_target` say what follows.
"""

from __future__ import annotations

from advisor.device import capabilities, compute_target, host, host_limits, monitor, orphans, processes, report
from advisor.device.capabilities import Ways
from advisor.device.compute_target import Place
from advisor.device.monitor import HostSample, Monitor, Sample
from advisor.device.reader import Reader, Snapshot

__all__ = [
    "HostSample",
    "Monitor",
    "Place",
    "Reader",
    "Sample",
    "Snapshot",
    "Ways",
    "capabilities",
    "compute_target",
    "host",
    "host_limits",
    "monitor",
    "orphans",
    "processes",
    "report",
]
