"""What a program has in memory already → Photo: an array, or a picture of Pillow."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from PIL import Image, ImageOps

from fusion.errors import PhotoRejected, Phrase, PhraseCode, Reason
from fusion.notices import Notice
from fusion.photos.color_convert import CONVERTIBLE, Decoded, Remarks, to_srgb
from fusion.photos.decode import Limits, Photo, check_size
from fusion.photos.header import DECODER_ERRORS
from fusion.types import Role, Size


def from_pixels(pixels: np.ndarray, role: Role, limits: Limits) -> Photo:
    """A photo of upright sRGB pixels, of which it has its own copy.

    Its sha256 is that of the binary PPM file (P6) with these pixels: anybody can make that, and two arrays with the
    same bytes in other shapes are two photos.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        role: which photo, for the error.

    Raises:
        PhotoRejected: it is another kind of array, too large or too small.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        what = Phrase(PhraseCode.ARRAY_OF, {"shape": "×".join(map(str, pixels.shape)), "dtype": str(pixels.dtype)})
        raise PhotoRejected(Reason.PHOTO_KIND, role=str(role), what=what)
    size = Size(pixels.shape[1], pixels.shape[0])
    check_size(size, limits)
    own = np.array(pixels, order="C", copy=True, subok=False)
    own.setflags(write=False)
    digest = hashlib.sha256(f"P6\n{size.width} {size.height}\n255\n".encode())
    digest.update(own.data)
    return Photo(own, digest.hexdigest())


def from_image(image: Image.Image, role: Role, limits: Limits) -> Photo:
    """A photo of what Pillow has opened or made: upright by its EXIF, in sRGB by its profile, on white.

    Raises:
        PhotoRejected: too large or too small, in colours that cannot be converted, or of a damaged file, which Pillow
            reads when the pixels are asked for.
    """
    check_size(Size(*image.size), limits)
    if image.mode not in CONVERTIBLE:
        raise PhotoRejected(Reason.PHOTO_COLOUR, mode=image.mode)
    try:
        image.load()
    except DECODER_ERRORS as error:
        raise PhotoRejected(Reason.PHOTO_TRUNCATED) from error
    remarks: Remarks = []
    upright = _upright(image)
    photo = from_pixels(to_srgb(Decoded(upright, profile=image.info.get("icc_profile")), remarks), role, limits)
    notices = tuple(Notice(code, {"role": str(role), **details}) for code, details in remarks)
    return replace(photo, notices=notices)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except DECODER_ERRORS:  # broken EXIF says nothing about the pixels
        return image
