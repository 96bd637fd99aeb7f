"""The photos of a source: which of several suits a target best, and whether it does so as a mirror shows it.

Needs numpy and OpenCV and no torch, so that a page can tell beforehand. `look` measures a face in a photo, `suit` holds
it against the target's, `choose` takes the best; `best` is both for all photos of a person.
"""

from __future__ import annotations

from fusion.sources.appearance import Look, look
from fusion.sources.mirroring import MirroredFor, mirrored_for
from fusion.sources.selection import Choice, Merit, Suit, best, choose, suit

__all__ = ["Choice", "Look", "Merit", "MirroredFor", "Suit", "best", "choose", "look", "mirrored_for", "suit"]
