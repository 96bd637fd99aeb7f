"""Faces: where they are in a photo, their 478 landmarks, and which of them somebody means.

Needs numpy and OpenCV; MediaPipe is loaded with the first search. `FaceFinder` searches, `Searches` and `known` keep
what was found, `choose` and its like pick one `Face`; `mesh`, `geometry`, `mirror` and `crop` say what landmarks mean,
in px of the photo.
"""

from __future__ import annotations

from fusion.faces import crop, geometry, known, mesh, mirror
from fusion.faces.cache import Searches
from fusion.faces.choice import box_of, choose, largest, picked, settled
from fusion.faces.finder import Face, FaceFinder, Search
from fusion.faces.known import Finder

__all__ = [
    "Face",
    "FaceFinder",
    "Finder",
    "Search",
    "Searches",
    "box_of",
    "choose",
    "crop",
    "geometry",
    "known",
    "largest",
    "mesh",
    "mirror",
    "picked",
    "settled",
]
