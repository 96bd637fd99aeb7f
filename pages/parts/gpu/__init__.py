"""The GPU page: gauges of cards and host, what holds memory, which sizes fit, and the workers.

For `pages/machine/gpu.py`; the Diagnostics page borrows the workers and what can be done with them (`acts`).
"""

from __future__ import annotations

from pages.parts.gpu import gauges, tables, workers
from pages.parts.gpu.worker_actions import Kind, acts

__all__ = ["Kind", "acts", "gauges", "tables", "workers"]
