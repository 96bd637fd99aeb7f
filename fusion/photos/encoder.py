"""Pixels → the file of a picture, piece by piece, so that the frame is never held a second time as a whole.

A PNG is filtered and packed a few rows at a time. A JPEG's pixels are copied once, into Pillow's own store of 4 bytes
a pixel. A WebP's become planes of half the frame's bytes (see `fusion.photos.webp_encode`).
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum

import numpy as np
from PIL import ExifTags, Image

from fusion.errors import OutputRejected, Reason
from fusion.marks import digest
from fusion.memory import cores
from fusion.photos import webp_encode
from fusion.photos.color_convert import srgb_profile
from fusion.photos.transparency import alpha_of
from fusion.sizing import Rect
from fusion.units import MIB

_STRIP_BYTES = 4 * MIB  # of filtered rows in one piece of a PNG, and at least
_SMALLEST_STRIP_BYTES = 256 * 1024
_SUB = 1  # the PNG filter that stores each byte less the one a pixel before it
_ADLER = 65521
_RGB, _RGBA = 2, 6  # colour types of a PNG
_PNG_XMP, _JPEG_XMP = b"XML:com.adobe.xmp", b"http://ns.adobe.com/xap/1.0/\0"  # by what readers know a packet
_FIRST_SEGMENTS = (b"\xff\xe0", b"\xff\xe1")  # of a JPEG: JFIF, EXIF
_PIECE_BYTES = MIB

Xmp = Callable[[str], str]  # of the digest of a picture's own data (fusion.marks.digest) the packet that names it


class Format(StrEnum):
    """What results are written as."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"

    @property
    def suffix(self) -> str:
        return ".jpg" if self == Format.JPEG else f".{self.value}"

    @property
    def mime(self) -> str:
        return f"image/{self.value}"

    @property
    def has_alpha(self) -> bool:
        """Whether a part of the picture can be transparent."""
        return self != Format.JPEG


def encode(
    pixels: np.ndarray,
    format: Format,
    *,
    quality: int = 95,
    metadata: Mapping[str, str] | None = None,
    xmp: Xmp | None = None,
    opaque: Rect | None = None,
) -> bytes:
    """The whole file; see `pieces`."""
    return b"".join(pieces(pixels, format, quality=quality, metadata=metadata, xmp=xmp, opaque=opaque))


def pieces(
    pixels: np.ndarray,
    format: Format,
    *,
    quality: int = 95,
    metadata: Mapping[str, str] | None = None,
    xmp: Xmp | None = None,
    opaque: Rect | None = None,
) -> Iterator[bytes]:
    """The file of `pixels` (H, W, 3) uint8 sRGB, marked as sRGB, in pieces that follow each other.

    `metadata` goes into iTXt chunks of a PNG (key = keyword, at most 79 Latin-1 characters), and as one JSON object
    into the EXIF ImageDescription of a JPEG or WebP. `xmp` makes the XMP packet, for the picture's digest: it is asked
    once, and the packet goes where each format has it. `quality` 1 to 100 is for JPEG and WebP. `opaque` is the part,
    px, beside which the picture is transparent; it keeps the bytes that it has without.

    Raises:
        OutputRejected: part of it is to be transparent, and the format knows no such thing.
        MemoryError: there is too little of it.
    """
    if opaque is not None and not format.has_alpha:
        raise OutputRejected(Reason.OUTPUT_OPAQUE)
    if format == Format.PNG:
        return _png(np.ascontiguousarray(pixels), metadata or {}, xmp, opaque)
    exif = Image.Exif()
    if metadata:
        exif[ExifTags.Base.ImageDescription] = json.dumps(dict(metadata))
    if format == Format.WEBP:
        return webp_encode.pieces(pixels, quality, srgb_profile(), exif.tobytes(), xmp, opaque)
    return _jpeg(pixels, quality, srgb_profile(), exif.tobytes(), xmp)


def _jpeg(pixels: np.ndarray, quality: int, profile: bytes, exif: bytes, xmp: Xmp | None) -> Iterator[bytes]:
    # Colour at full resolution where quality is asked for: halved, it bleeds at lips and lids.
    subsampling = 0 if quality >= 90 else 2
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, "jpeg", quality=quality, subsampling=subsampling, icc_profile=profile, exif=exif
    )
    data = buffer.getvalue()
    behind = _behind_first(data)
    yield data[:behind]
    if xmp is not None:
        packet = _JPEG_XMP + xmp(digest.of_jpeg(data)).encode()
        yield b"\xff\xe1" + struct.pack(">H", 2 + len(packet)) + packet
    for at in range(behind, len(data), _PIECE_BYTES):
        yield data[at : at + _PIECE_BYTES]


def _behind_first(data: bytes) -> int:
    """Where a JPEG's JFIF and EXIF segments end, in bytes: there a packet of XMP is looked for."""
    at = 2
    while data[at : at + 2] in _FIRST_SEGMENTS:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at


def _png(pixels: np.ndarray, metadata: Mapping[str, str], xmp: Xmp | None, opaque: Rect | None) -> Iterator[bytes]:
    height, width = pixels.shape[:2]
    kind = _RGB if opaque is None else _RGBA
    yield b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
    yield _chunk(b"sRGB", b"\0")  # perceptual intent
    if xmp is not None:
        yield _text(_PNG_XMP, xmp(_digest(pixels, opaque)))
    for key, text in metadata.items():
        yield _text(key.encode("latin-1"), text)
    yield _chunk(b"IDAT", b"\x78\x01")  # a zlib stream begins; each chunk that follows is whole bytes of it
    adler = 1
    for packed, part, length in _packed(pixels, opaque):
        yield _chunk(b"IDAT", packed)
        adler = _joined(adler, part, length)
    yield _chunk(b"IDAT", struct.pack(">I", adler)) + _chunk(b"IEND", b"")


def _text(keyword: bytes, text: str) -> bytes:
    """Keyword, not compressed, no language, no translated keyword, text."""
    return _chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text.encode())


def _digest(pixels: np.ndarray, opaque: Rect | None) -> str:
    """Of the pixels as the PNG has them, a strip at a time."""
    height, width = pixels.shape[:2]
    rows = max(1, _STRIP_BYTES // (4 * width))
    strips = (_channels(pixels, slice(top, top + rows), opaque) for top in range(0, height, rows))
    return digest.of_rows(width, height, 3 if opaque is None else 4, (strip.data.cast("B") for strip in strips))


def _channels(pixels: np.ndarray, part: slice, opaque: Rect | None) -> np.ndarray:
    """Rows of the picture, with their alpha where it has one."""
    rows = pixels[part]
    return rows if opaque is None else np.dstack([rows, alpha_of(pixels.shape[:2], opaque, part)])


def _packed(pixels: np.ndarray, opaque: Rect | None) -> Iterator[tuple[bytes, int, int]]:
    """Strips of rows in order: packed, their Adler-32 and their length before packing. On every core at once."""
    height, row_bytes = pixels.shape[0], pixels.shape[1] * (3 if opaque is None else 4) + 1
    at_once = cores.threads()
    share = min(max(height * row_bytes // at_once, _SMALLEST_STRIP_BYTES), _STRIP_BYTES)
    rows = max(1, min(height, share // row_bytes))
    waiting: deque[Future[tuple[bytes, int, int]]] = deque()
    with ThreadPoolExecutor(at_once) as pool:  # packing leaves Python alone
        for top in range(0, height, rows):
            waiting.append(pool.submit(_pack, pixels, slice(top, top + rows), opaque))
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _pack(pixels: np.ndarray, part: slice, opaque: Rect | None) -> tuple[bytes, int, int]:
    rows, last = _channels(pixels, part, opaque), part.stop >= pixels.shape[0]
    height, px = rows.shape[0], rows.shape[2]  # bytes of each
    flat = rows.reshape(height, -1)
    filtered = np.empty((height, flat.shape[1] + 1), np.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : 1 + px] = flat[:, :px]
    np.subtract(flat[:, px:], flat[:, :-px], out=filtered[:, 1 + px :])
    # Run-length coding of filtered rows: a photo becomes as small as by zlib's level 6, five times faster. It looks
    # one byte back, so strips packed apart are no larger than the whole.
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
    packed = packer.compress(filtered.data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
    return packed, zlib.adler32(filtered.data), filtered.nbytes


def _joined(one: int, other: int, length: int) -> int:
    """The Adler-32 of two texts after each other; the second one is `length` bytes long."""
    low = (one & 0xFFFF) + (other & 0xFFFF) - 1
    high = (one >> 16) + (other >> 16) + length * ((one & 0xFFFF) - 1)
    return high % _ADLER << 16 | low % _ADLER


def _chunk(kind: bytes, body: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))))
