"""What the browser is told of a page as a whole, beside what is drawn on it."""

from __future__ import annotations

from pages.parts.frame.page_frame import frame

__all__ = ["frame"]
