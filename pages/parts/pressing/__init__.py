"""Buttons of which a press is heard once, whatever else the browser sends meanwhile."""

from __future__ import annotations

from pages.parts.pressing.once import Press, each, once
from pages.parts.pressing.presses import Presses
from pages.parts.pressing.way import leave, leave_for

__all__ = ["Press", "Presses", "each", "leave", "leave_for", "once"]
