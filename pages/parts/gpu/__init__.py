"""The page of the machine: several cards at a glance, gauges of each, what holds memory, what fits, and the workers.

For `pages/machine/gpu.py`; the Diagnostics page borrows the workers and what can be done with them (`acts`).
"""

from __future__ import annotations

from pages.parts.gpu import gauges, overview, self_test, tables, workers
from pages.parts.gpu.worker_actions import Kind, acts

__all__ = ["Kind", "acts", "gauges", "overview", "self_test", "tables", "workers"]
