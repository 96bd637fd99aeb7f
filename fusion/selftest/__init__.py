"""One engine on one device, tried in a process of its own: its picture, its memory, its way down the ladder.

Loads no torch; the child alone does (`python -m fusion.selftest.child`). `probe` starts it for a `Probe` and gives what
it `Found`; `reference` has what a picture is compared with. What is to be tried, and what follows, says the advisor.
"""

from __future__ import annotations

from fusion.selftest.probe import STRAY, Found, Probe, probe
from fusion.selftest.reference import NEAR, Likeness, Reference, stored

__all__ = ["NEAR", "STRAY", "Found", "Likeness", "Probe", "Reference", "probe", "stored"]
