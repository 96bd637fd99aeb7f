"""Faces: where they are in a photo, their 478 landmarks, and which of them somebody means.

Needs numpy and OpenCV; MediaPipe is loaded with the first search. `FaceFinder` searches, `Searches` remembers what was
found, `choose` and its like pick one `Face`; `mesh`, `geometry`, `mirror` and `crop` say what landmarks mean, in px of
the photo.
"""

from __future__ import annotations

from fusion.faces import crop, geometry, mesh, mirror
from fusion.faces.cache import Finder, LateFinder, Searches
from fusion.faces.choice import box_of, choose, largest, picked, settled
from fusion.faces.finder import Face, FaceFinder, Search

__all__ = [
    "Face",
    "FaceFinder",
    "Finder",
    "LateFinder",
    "Search",
    "Searches",
    "box_of",
    "choose",
    "crop",
    "geometry",
    "largest",
    "mesh",
    "mirror",
    "picked",
    "settled",
]
