"""HEIC and HEIF, and the headers of AVIF: what libheif says of a file, and the pixels of its primary picture.

`pi_heif` is told nothing to Pillow: it would then open for everybody what only `fusion.photos.decode` has limits for.
Depth and gain maps, thumbnails and the other pictures of a burst are never decoded.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from fusion.types import Size

# What libheif's errors come out as, of which those of its decoder are RuntimeErrors.
ERRORS = (ValueError, EOFError, SyntaxError, RuntimeError, OSError, MemoryError, IndexError, KeyError, OverflowError)
_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2", b"miaf"}
)
_AVIF = frozenset({b"avif", b"avis"})
_MOST_BRANDS = 64
_setting_up = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The primary picture, not decoded.

    Attributes:
        size: upright: turning and mirroring are the format's own, and the decoder's work.
        bits: per channel.
        channels: 1 to 4; the last of 2 and of 4 is alpha.
        is_premultiplied: whether colours are stored multiplied by alpha.
        pictures: how many the file has, as a burst does.
        profile: ICC; None without one.
        codes: primaries and transfer by H.273; None where they are not said.
    """

    size: Size
    bits: int
    channels: int
    is_premultiplied: bool
    pictures: int
    profile: bytes | None
    codes: tuple[int, int] | None
    _image: Any

    def decode(self) -> np.ndarray:
        """(H, W, channels) uint8, or uint16 of `bits`.

        Raises:
            Any of `ERRORS`: it is damaged, or of a kind that the decoder does not know.
        """
        pixels = np.asarray(self._image)
        return pixels.reshape(*pixels.shape[:2], -1)[: self.size.height, : self.size.width]


def kind_of(data: bytes) -> str | None:
    """`HEIF` or `AVIF` by the brands at the file's beginning; None for any other file."""
    if data[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MOST_BRANDS, len(data))
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF and not brands & {b"heic", b"heix"}:
        return "AVIF"
    return "HEIF" if brands & _BRANDS else None


def look(data: bytes) -> Picture:
    """What the headers say.

    Raises:
        Any of `ERRORS`: it cannot be followed.
    """
    file = _pi_heif().open_heif(data, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    image = file[file.primary_index]
    mode, info = str(image.mode), image.info
    channels = {"L": 1, "LA": 2, "La": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}[mode.split(";")[0]]
    nclx = info.get("nclx_profile")
    codes = None if nclx is None else (int(nclx["color_primaries"]), int(nclx["transfer_characteristics"]))
    bits = 8 if ";" not in mode else int(info["bit_depth"])
    premultiplied = mode.split(";")[0].endswith("a")
    size = Size(*(int(side) for side in image.size))
    return Picture(size, bits, channels, premultiplied, len(file), info.get("icc_profile"), codes, image)


def _pi_heif() -> Any:
    import pi_heif  # late: the command line's help and the advisor's tables need no decoder

    with _setting_up:
        pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    return pi_heif
