"""Before and after, made small enough for a page as soon as they are there: nobody waits for two large PNGs to be read.

The worker has both pictures in its memory when a job ends, and writes what a page shows beside them. For results that
have no such file a page makes the same from the pictures themselves.
"""

from __future__ import annotations

from fusion.compared.beside import keep, kept, small
from fusion.compared.views import (
    Compared,
    Fractions,
    Half,
    Patch,
    Pixels,
    compared,
    data_url,
    fractions,
    frame,
    jpeg,
    picture,
)

__all__ = [
    "Compared",
    "Fractions",
    "Half",
    "Patch",
    "Pixels",
    "compared",
    "data_url",
    "fractions",
    "frame",
    "jpeg",
    "keep",
    "kept",
    "picture",
    "small",
]
