"""The History page: what runs, the gallery with its filters, one or two results opened, and how long all is kept.

For `pages/studio/history.py`. Other pages borrow how the gallery names a moment.
"""

from __future__ import annotations

from pages.parts.history import active, detail, filters, gallery, retention, side_by_side

__all__ = ["active", "detail", "filters", "gallery", "retention", "side_by_side"]
