"""A result among many: its face as a picture that opens it, what is said of it, and the way back of what was deleted.

For the pages History and Batch, which show many at once.
"""

from __future__ import annotations

from pages.parts.results import face_card, take_back
from pages.parts.results.told import LOOKS, chip, is_awaited, lines

__all__ = ["LOOKS", "chip", "face_card", "is_awaited", "lines", "take_back"]
