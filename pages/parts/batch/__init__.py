"""The parts of the Batch page."""

from __future__ import annotations

from pages.parts.batch import card, download, earlier, inputs, plan, settings

__all__ = ["card", "download", "earlier", "inputs", "plan", "settings"]
