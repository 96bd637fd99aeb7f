"""The parts of the GPU page."""

from __future__ import annotations

from pages.parts.gpu import gauges, tables, workers
from pages.parts.gpu.worker_actions import Kind, acts

__all__ = ["Kind", "acts", "gauges", "tables", "workers"]
