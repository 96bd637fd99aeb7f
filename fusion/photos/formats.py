"""Which kind of photo a file is, told by how it begins and never by its name; each kind is opened by its own module.

`fusion.photos.decode` is the only caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image

from fusion.errors import PhotoRejected, Reason
from fusion.photos import color_tags, heif, pillow_decoder, webp_header
from fusion.photos.color_convert import Decoded, Remarks
from fusion.photos.header import DECODER_ERRORS, DEEP, RESULT, File, Header

_BEGINNINGS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"RIFF", "WEBP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
)
_REFUSED = (
    (0, b"GIF8", "GIF"),
    (4, b"ftypcrx", "CR3"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "SVG"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"qoif", "QOI"),
)


def header(data: bytes) -> Header:
    """What the file says, from its beginning; nothing is decoded.

    Raises:
        PhotoRejected: of no kind that is taken, damaged there, or in colours that cannot be converted.
    """
    kind = _kind(data)
    try:
        if kind == "WEBP":
            return _webp_header(data)
        if kind in ("AVIF", "HEIF"):
            return _heif_header(heif.look(data), kind)
    except DECODER_ERRORS as error:
        raise PhotoRejected(Reason.PHOTO_TRUNCATED) from error
    with opened(data, lambda found: None) as file:
        return file.header


@contextmanager
def opened(data: bytes, check: Callable[[Header], None]) -> Iterator[File]:
    """The file, closed in the end.

    Args:
        check: asked about the header before anything else is done; what it raises goes through.

    Raises:
        PhotoRejected: as `header`.
    """
    kind = _kind(data)
    if kind in ("AVIF", "WEBP"):
        check(header(data))  # their decoders take memory as soon as they are made
    try:
        file = _heif_file(data) if kind == "HEIF" else pillow_decoder.opened(data, kind)
    except DECODER_ERRORS as error:
        raise PhotoRejected(Reason.PHOTO_TRUNCATED) from error
    try:
        check(file.header)
        yield file
    finally:
        file.close()


def _kind(data: bytes) -> str:
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    for offset, magic, name in _REFUSED:
        if data[offset:].startswith(magic):
            raise PhotoRejected(Reason.PHOTO_FORMAT, format=name)
    box = heif.kind_of(data)
    if box is None:
        raise PhotoRejected(Reason.PHOTO_UNREADABLE)
    return box


def _webp_header(data: bytes) -> Header:
    found = webp_header.read(data)
    memory = found.size.pixels * (pillow_decoder.work_of_webp(found.is_animated) + RESULT)
    return Header(found.size, pillow_decoder.orientation_in(found.exif), False, memory)


def _heif_header(picture: heif.Picture, kind: str) -> Header:
    value = DEEP if picture.bits > 8 else 1
    # The decoder's planes, twice for a grid of tiles, then rows of all channels.
    work = pillow_decoder.WORK_OF_AVIF if kind == "AVIF" else (7 + picture.channels) * value
    return Header(picture.size, 1, False, picture.size.pixels * (work + RESULT))


def _heif_file(data: bytes) -> File:
    picture = heif.look(data)

    def decode(remarks: Remarks) -> Decoded:
        pixels = picture.decode()
        codes = color_tags.of_codes(*picture.codes) if picture.codes and not picture.profile else None
        if pixels.dtype == np.uint16:
            remarks.append(("converted_deep", {"bits": picture.bits}))
            return Decoded(None, pixels, (1 << picture.bits) - 1, picture.profile, codes)
        image = Image.fromarray(pixels.squeeze(axis=2) if pixels.shape[2] == 1 else pixels)
        if picture.is_premultiplied and pixels.shape[2] == 4:
            image = Image.frombytes("RGBa", image.size, pixels.tobytes())
        return Decoded(image, None, 255, picture.profile, codes)

    return File(_heif_header(picture, "HEIF"), decode)
