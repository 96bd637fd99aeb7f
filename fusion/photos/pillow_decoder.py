"""JPEG, PNG, WebP, TIFF, BMP and AVIF, by Pillow's decoders, and by OpenCV's where these give or keep more.

Not by `Image.open`: its limit of pixels is a warning, and warnings belong to the whole process.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fusion.errors import PhotoRejected, Reason
from fusion.photos import color_convert, color_tags, heif, jpeg_markers, png_chunks
from fusion.photos.color_convert import Decoded, Remarks
from fusion.photos.header import DECODER_ERRORS, DEEP, RESULT, File, Header
from fusion.types import Size
from fusion.units import MIB

_OPENERS: Mapping[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.jpeg_factory,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}
# What Pillow says of damaged metadata, which is not used. Set once: to do so around each decoding would, in several
# threads, leave the filter as any of them found it.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_COUNTED = 100  # pages of a TIFF; to count each is another walk through the file
_TILE_PX = 4096 * 4096  # of a TIFF, whatever the picture's own size
_RLE_BYTES = 4 * MIB  # of a packed BMP, which Pillow unpacks in Python
# Bytes for each pixel that decoding takes at its peak, beside what it makes.
WORK_OF_AVIF = 15
_WORK = 5
_WORK_OF_WEBP, _WORK_OF_ANIMATED_WEBP = 5, 16
_COEFFICIENTS = 2  # bytes of each, of which a progressive JPEG keeps all


def work_of_webp(is_animated: bool) -> int:
    """Bytes for each pixel."""
    return _WORK_OF_ANIMATED_WEBP if is_animated else _WORK_OF_WEBP


def orientation_in(exif: bytes) -> int:
    """As EXIF numbers them, 1 to 8; 1 where it says none."""
    found = Image.Exif()
    try:
        found.load(exif)
        return _one_to_eight(found.get(ExifTags.Base.Orientation, 1))
    except DECODER_ERRORS:
        return 1  # broken EXIF says nothing about the pixels


def opened(data: bytes, kind: str) -> File:
    """The file, not decoded; `kind` is a key of Pillow's.

    Raises:
        PhotoRejected: in colours that cannot be converted, or made to harm.
        Any of `DECODER_ERRORS`: it is damaged.
    """
    shown = png_chunks.slim(data) if kind == "PNG" else data
    image = _OPENERS[kind](io.BytesIO(shown))
    color_convert.check(image, data)
    _check_structure(image, data, kind)
    orientation = _orientation(image, data)  # before loading: Pillow turns a TIFF itself and then forgets how
    frames = _frames(image, kind)
    is_own = kind == "TIFF"  # Pillow and OpenCV both turn a TIFF as they decode it
    found = Header(
        Size(*image.size),
        1 if is_own else orientation,
        is_own and orientation != 1,
        _memory_bytes(image, data, kind, frames),
    )

    def decode(remarks: Remarks) -> Decoded:
        if frames > 1:
            remarks.append(("animated", {"frames": frames}))
        return _decoded(image, data, kind, frames, remarks)

    return File(found, decode, image)


def _memory_bytes(image: Image.Image, data: bytes, kind: str, frames: int) -> int:
    pixels, channels = image.width * image.height, len(image.getbands())
    work = {"AVIF": WORK_OF_AVIF, "WEBP": work_of_webp(frames > 1)}.get(kind, _WORK)
    if color_convert.bits_per_channel(image, data) == 16:
        work = max(work, 2 * DEEP * channels + 1)  # OpenCV keeps them twice while it reads
    if kind == "JPEG" and image.info.get("progressive"):
        work += _COEFFICIENTS * channels
    return pixels * (work + RESULT)


def _check_structure(image: Image.Image, data: bytes, kind: str) -> None:
    """Refuse what is small to look at and endless to decode.

    Raises:
        PhotoRejected: "photo_unreadable".
    """
    tags = getattr(image, "tag_v2", {})
    tile = tags.get(TiffImagePlugin.TILEWIDTH, 1), tags.get(TiffImagePlugin.TILELENGTH, 1)
    sides = [side if isinstance(side, int) else 0 for side in tile]
    is_bad = kind == "TIFF" and not 0 < sides[0] * sides[1] <= _TILE_PX
    is_bad = is_bad or (kind == "JPEG" and jpeg_markers.layout(data).scans > jpeg_markers.MOST_SCANS)
    is_bad = is_bad or (kind == "BMP" and bool(image.info.get("compression")) and len(data) > _RLE_BYTES)
    if is_bad:
        raise PhotoRejected(Reason.PHOTO_UNREADABLE)


def _frames(image: ImageFile.ImageFile, kind: str) -> int:
    """How many pictures; of a TIFF with more than a hundred pages, a hundred and one."""
    # A phone's JPEG may carry a depth map or a preview as a second picture (MPO): that is no animation.
    if kind == "JPEG":
        return 1
    if kind != "TIFF":
        return int(getattr(image, "n_frames", 1))
    count = 1
    try:
        while count <= _COUNTED:
            image.seek(count)
            count += 1
    except DECODER_ERRORS:
        pass  # where the pages end, or are damaged
    image.seek(0)
    return count


def _orientation(image: Image.Image, data: bytes) -> int:
    if image.format == "PNG":  # of which Pillow would decode the picture first
        exif, xmp = png_chunks.notes(data)
        return orientation_in(exif) if exif else xmp
    try:
        return _one_to_eight(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODER_ERRORS:
        return 1  # broken EXIF says nothing about the pixels


def _one_to_eight(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _decoded(image: ImageFile.ImageFile, data: bytes, kind: str, frames: int, remarks: Remarks) -> Decoded:
    profile, own, is_broken = image.info.get("icc_profile"), None, False
    if kind == "PNG":
        found = png_chunks.colours(data)
        profile, own, is_broken = found.profile, found.encoding, found.is_broken
    elif kind == "AVIF" and not profile and (codes := heif.look(data).codes):
        own = color_tags.of_codes(*codes)
    elif kind == "WEBP" and frames == 1:
        return Decoded(_still_webp(image, data), None, 255, profile)
    is_deep = color_convert.bits_per_channel(image, data) == 16 and image.mode != "CMYK"
    loaded = _loaded(image, data, kind, remarks)
    if not is_deep:
        return Decoded(loaded, None, 255, profile, own, is_broken)
    remarks.append(("converted_16_bit", {}))
    deep = color_convert.deep_values(loaded, data)
    is_grey = deep is not None and deep.shape[2] == 1
    return Decoded(None if is_grey else loaded, deep, 65535, profile, own, is_broken)


def _loaded(image: ImageFile.ImageFile, data: bytes, kind: str, remarks: Remarks) -> Image.Image:
    if kind != "JPEG" or jpeg_markers.layout(data).has_end:
        image.load()
        return image
    # Not left to the decoder: it takes whatever fills the file up, zeros of the disk as well, for the picture.
    ends = jpeg_markers.endings(data)
    if ends is None:
        raise PhotoRejected(Reason.PHOTO_TRUNCATED)
    image.close()
    mended = _same(*ends)
    remarks.append(("end_missing", {}))
    return mended


def _same(first: bytes, second: bytes) -> Image.Image:
    """The picture of two files that must give the same one.

    Raises:
        PhotoRejected: "photo_truncated", they do not.
    """
    marks = []
    for data in (first, second):
        image = JpegImagePlugin.jpeg_factory(io.BytesIO(data))
        image.load()
        marks.append(_digest(image))
    if marks[0] != marks[1]:
        raise PhotoRejected(Reason.PHOTO_TRUNCATED)
    return image


def _digest(image: Image.Image) -> bytes:
    digest = hashlib.blake2b()
    for top in range(0, image.height, 256):
        digest.update(image.crop((0, top, image.width, min(image.height, top + 256))).tobytes())
    return digest.digest()


def _still_webp(image: Image.Image, data: bytes) -> Image.Image:
    """By the same library as Pillow's, which would make it on the canvas of an animation, in three times the memory."""
    size = image.size
    image.close()
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if decoded is None or decoded.dtype != np.uint8 or decoded.shape[1::-1] != size:
        raise ValueError("it cannot be decoded")
    order = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return Image.fromarray(cv2.cvtColor(decoded, order, dst=decoded))
