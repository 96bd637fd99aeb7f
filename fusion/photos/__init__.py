"""Photos: the bytes of any accepted file become upright 8-bit sRGB, and pixels become the file of a result.

Needs numpy, OpenCV and Pillow. `decode` reads within `Limits`, refuses with a remedy, and gives a `Photo`, as
`from_pixels` does of an array and `from_image` of a picture of Pillow; `encode` and `pieces` make a file in a `Format`,
of which a part may be transparent (`checkered` shows that); `stored` reads results that the worker has written;
`samples` are photos that come with the installed packages.
"""

from __future__ import annotations

from fusion.photos import decode, samples, stored
from fusion.photos.decode import Limits, Photo
from fusion.photos.encoder import Format, encode, pieces
from fusion.photos.from_pixels import from_image, from_pixels
from fusion.photos.transparency import checkered, opaque_part

__all__ = [
    "Format",
    "Limits",
    "Photo",
    "checkered",
    "decode",
    "encode",
    "from_image",
    "from_pixels",
    "opaque_part",
    "pieces",
    "samples",
    "stored",
]
