"""The parts of the History page."""

from __future__ import annotations

from pages.parts.history import active, detail, filters, gallery, retention, side_by_side
from pages.parts.history.gallery import LOOKS

__all__ = ["LOOKS", "active", "detail", "filters", "gallery", "retention", "side_by_side"]
