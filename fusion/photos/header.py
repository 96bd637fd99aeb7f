"""What a photo's file says before it is decoded, and the file that waits to be: what the kinds of files share."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
from PIL import Image

from fusion.errors import PhotoRejected, Reason
from fusion.photos.color_convert import Decoded, Remarks
from fusion.types import Size

# What decoders raise on damaged files, found by cutting and flipping bytes of every accepted format.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    RuntimeError,
    AttributeError,
    ZeroDivisionError,
    MemoryError,
    Image.DecompressionBombError,  # where a decoder finds another size than the header has
    struct.error,
    zlib.error,
    cv2.error,
)
RESULT = 3  # bytes for each pixel, of what `fusion.photos.decode` makes
DEEP = 2  # bytes of a value of more than 8 bits


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says before it is decoded.

    Attributes:
        size: of what is decoded, which is upright but for `orientation`.
        orientation: that is to be undone after decoding, as EXIF numbers them.
        is_turned: whether the decoder itself turns the picture.
        memory_bytes: that decoding takes at its peak, the file apart.
    """

    size: Size
    orientation: int
    is_turned: bool
    memory_bytes: int


@dataclass(slots=True, eq=False)
class File:
    """A file that was opened and not yet decoded."""

    header: Header
    _decode: Callable[[Remarks], Decoded]
    _image: Image.Image | None = None

    def decode(self, remarks: Remarks) -> Decoded:
        """The picture, the first one of several. Appends to `remarks` what is to be said of it.

        Raises:
            PhotoRejected: it is damaged.
        """
        try:
            return self._decode(remarks)
        except DECODER_ERRORS as error:
            raise PhotoRejected(Reason.PHOTO_TRUNCATED) from error

    def close(self) -> None:
        """Let the decoder's memory go."""
        if self._image is not None:
            self._image.close()
