"""WebP in a third of the memory that Pillow takes.

Pillow hands libwebp a copy of the picture that libwebp copies again before it makes the planes that it works on: 3.2
times the frame. Here the same library makes its planes (half the frame) from the pixels as they are, and writes the
same bytes. Where Pillow did not bring the library as a file of its own, Pillow does all of it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import io
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from fusion.marks import digest
from fusion.photos.transparency import alpha_of
from fusion.sizing import Rect

METHOD = 2  # 0 to 6, quick to small

_ABI = 0x0210  # of the structures below; the library refuses to fill them in where its own are others
_WRITER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t, ctypes.c_void_p)
_OUT_OF_MEMORY = (1, 2)  # error codes of libwebp
_ICC, _ALPHA, _EXIF, _XMP = 0x20, 0x10, 0x08, 0x04  # flags of a VP8X chunk
_FLAGS = 20  # where they stand in a file
_YUVA = 4  # a colorspace of WebPPicture
_EXACT = 21  # of `_Config.others`: whether the colours where nothing is seen stay
_RIFF_HEADER, _VP8X_CHUNK = 12, 18  # bytes


class _Config(ctypes.Structure):
    """WebPConfig of webp/encode.h, and room for what later versions may append."""

    _fields_ = (
        ("lossless", ctypes.c_int),
        ("quality", ctypes.c_float),
        ("method", ctypes.c_int),
        ("others", ctypes.c_uint32 * 26),
        ("spare", ctypes.c_uint32 * 32),
    )


class _Picture(ctypes.Structure):
    """WebPPicture of webp/encode.h, likewise."""

    _fields_ = (
        ("use_argb", ctypes.c_int),
        ("colorspace", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("planes", ctypes.c_void_p * 3),
        ("strides", ctypes.c_int * 2),
        ("alpha", ctypes.c_void_p),
        ("alpha_stride", ctypes.c_int),
        ("pad1", ctypes.c_uint32 * 2),
        ("argb", ctypes.c_void_p),
        ("argb_stride", ctypes.c_int),
        ("pad2", ctypes.c_uint32 * 3),
        ("writer", _WRITER),
        ("custom", ctypes.c_void_p),
        ("extra_info_type", ctypes.c_int),
        ("extra_info", ctypes.c_void_p),
        ("stats", ctypes.c_void_p),
        ("error_code", ctypes.c_int),
        ("rest", ctypes.c_void_p * 32),
    )


def pieces(
    pixels: np.ndarray,
    quality: int,
    profile: bytes,
    exif: bytes,
    xmp: Callable[[str], str] | None = None,
    opaque: Rect | None = None,
) -> Iterator[bytes]:
    """The file of `pixels` (H, W, 3) uint8 sRGB, at `quality` 1 to 100, with an ICC profile and EXIF, piece by piece.

    `xmp` makes a packet for the digest of the picture. What is beside `opaque`, px, is transparent. The colours are
    packed as they are without that, so that no pixel of the part that is seen becomes another.

    Raises:
        MemoryError: there is too little of it.
    """
    library = _library()
    alpha = None if opaque is None else alpha_of(pixels.shape, opaque)
    if library is None:
        yield from _by_pillow(pixels, alpha, quality, profile, exif, xmp)
        return
    coded = _coded(library, np.ascontiguousarray(pixels), quality, alpha)
    # Without the header of a file that has no profile and no EXIF: ours follows.
    coded = _without(coded, _RIFF_HEADER if alpha is None else _RIFF_HEADER + _VP8X_CHUNK)
    size = struct.pack("<I", pixels.shape[1] - 1)[:3] + struct.pack("<I", pixels.shape[0] - 1)[:3]
    flags = _ICC | _EXIF | (0 if alpha is None else _ALPHA) | (0 if xmp is None else _XMP)
    before = _chunk(b"VP8X", struct.pack("<I", flags) + size) + _chunk(b"ICCP", profile)
    after = _chunk(b"EXIF", exif.removeprefix(b"Exif\0\0"))
    if xmp is not None:
        after += _chunk(b"XMP ", xmp(digest.of_webp_chunks(coded)).encode())
    length = 4 + len(before) + sum(map(len, coded)) + len(after)
    yield b"RIFF" + struct.pack("<I", length) + b"WEBP" + before
    yield from coded
    yield after


def _by_pillow(
    pixels: np.ndarray,
    alpha: np.ndarray | None,
    quality: int,
    profile: bytes,
    exif: bytes,
    xmp: Callable[[str], str] | None,
) -> Iterator[bytes]:
    """The same bytes. The packet is put behind what Pillow has made, since it needs a digest of that."""
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    if alpha is not None:
        picture.putalpha(Image.fromarray(alpha))
    picture.save(buffer, "webp", quality=quality, method=METHOD, icc_profile=profile, exif=exif, exact=True)
    if xmp is not None:
        data = buffer.getbuffer()
        packet = _chunk(b"XMP ", xmp(digest.of_webp(buffer.getvalue())).encode())
        data[_FLAGS] |= _XMP
        data[4:8] = struct.pack("<I", len(data) - 8 + len(packet))
        data.release()
        buffer.seek(0, io.SEEK_END)
        buffer.write(packet)
    yield buffer.getvalue()


def _without(pieces: list[bytes], count: int) -> list[bytes]:
    """The pieces without so many bytes at the beginning."""
    left = []
    for piece in pieces:
        left.append(piece[count:])
        count = max(0, count - len(piece))
    return left


def _coded(library: ctypes.CDLL, pixels: np.ndarray, quality: int, alpha: np.ndarray | None) -> list[bytes]:
    """A file of the picture alone, in pieces; it begins with its header. `alpha`: (H, W) uint8, where there is any."""
    written: list[bytes] = []

    def write(data: ctypes._Pointer[ctypes.c_uint8], size: int, _: object) -> int:
        written.append(ctypes.string_at(data, size))
        return 1

    config, picture = _Config(), _Picture()
    height, width = pixels.shape[:2]
    library.WebPConfigInitInternal(ctypes.byref(config), 0, ctypes.c_float(quality), _ABI)
    library.WebPPictureInitInternal(ctypes.byref(picture), _ABI)
    config.method = METHOD
    config.others[_EXACT] = 1
    picture.width, picture.height, picture.writer = width, height, _WRITER(write)
    try:
        good = library.WebPPictureImportRGB(ctypes.byref(picture), ctypes.c_void_p(pixels.ctypes.data), width * 3)
        if alpha is not None:  # not imported with the colours, which would mix them differently at its edge
            picture.colorspace = _YUVA
            picture.alpha, picture.alpha_stride = ctypes.c_void_p(alpha.ctypes.data), width
        good = good and library.WebPEncode(ctypes.byref(config), ctypes.byref(picture))
    finally:
        library.WebPPictureFree(ctypes.byref(picture))
    if not good and picture.error_code in _OUT_OF_MEMORY:
        raise MemoryError("libwebp")
    if not good:
        raise ValueError(f"libwebp: error {picture.error_code}")
    return written


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    """The library that Pillow's wheel brought, or the system's; None where there is none with these structures."""
    package = Path(PIL.__file__).parent
    places = [*package.parent.glob("pillow.libs/libwebp-*"), *package.glob(".dylibs/libwebp.*")]
    found = str(places[0]) if places else ctypes.util.find_library("webp")
    if not found:
        return None
    try:
        library = ctypes.CDLL(found)
        config, picture = _Config(), _Picture()
        known = library.WebPConfigInitInternal(ctypes.byref(config), 0, ctypes.c_float(75), _ABI)
        known = known and library.WebPPictureInitInternal(ctypes.byref(picture), _ABI)
    except (OSError, AttributeError):
        return None
    return library if known and config.quality == 75 and config.method == 4 else None
