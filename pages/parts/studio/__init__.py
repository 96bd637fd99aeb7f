"""The page Fuse as one screen: three columns on a desk, and on a phone a bar at the bottom that keeps Fuse at hand.

And how the result that lies there stands to the photos and settings beside it: old is never shown as new.
"""

from __future__ import annotations

from pages.parts.studio.saving import downloads
from pages.parts.studio.screen import STAGE_HEIGHT, bar, columns, draft
from pages.parts.studio.standing import Age, Standing, standing

__all__ = ["STAGE_HEIGHT", "Age", "Standing", "bar", "columns", "downloads", "draft", "standing"]
