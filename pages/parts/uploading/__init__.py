"""Boxes for files, as every page has them: in the page's language, by choosing, dropping or pasting.

What a box does not take it says in words where it happened, and until the next file comes. The bytes are taken from
`pages.parts.session.uploads`, which lets them go.
"""

from __future__ import annotations

from pages.parts.uploading.box import Kind, Place, box, boxes
from pages.parts.uploading.kinds import PHOTOS
from pages.parts.uploading.refused import has_told, move

__all__ = ["PHOTOS", "Kind", "Place", "box", "boxes", "has_told", "move"]
