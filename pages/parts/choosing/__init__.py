"""Choosing by looking on the page Fuse: the presets above its settings, and the tries below the
result.

For `pages/studio/fuse.py`; what brings a desk back tells `undo` that nobody has changed anything yet.
"""

from __future__ import annotations

from pages.parts.choosing import presets, tries, undo

__all__ = ["presets", "tries", "undo"]
