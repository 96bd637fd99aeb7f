"""Photos: the bytes of any accepted file become upright 8-bit sRGB, and pixels become the file of a result.

Needs numpy, OpenCV and Pillow. `decode` reads within `Limits`, refuses with a remedy, and gives a `Photo`; `encode` and
`pieces` make a file in a `Format`, of which a part may be transparent (`checkered` shows that); `stored` reads results
that the worker has written; `samples` are photos that come with the installed packages.
"""

from __future__ import annotations

from fusion.photos import decode, samples, stored
from fusion.photos.decode import Limits, Photo
from fusion.photos.encoder import Format, encode, pieces
from fusion.photos.transparency import checkered, opaque_part

__all__ = [
    "Format",
    "Limits",
    "Photo",
    "checkered",
    "decode",
    "encode",
    "opaque_part",
    "pieces",
    "samples",
    "stored",
]
