"""Faces in a photo: where they are, their 478 landmarks, the mesh and its geometry, and what was found before."""

from __future__ import annotations

from fusion.faces import choice, crop, finder, geometry, mesh
from fusion.faces.cache import Finder, LateFinder, Searches
from fusion.faces.choice import box_of, choose, largest, nearest, picked
from fusion.faces.finder import Face, FaceFinder

__all__ = [
    "Face",
    "FaceFinder",
    "Finder",
    "LateFinder",
    "Searches",
    "box_of",
    "choice",
    "choose",
    "crop",
    "finder",
    "geometry",
    "largest",
    "mesh",
    "nearest",
    "picked",
]
