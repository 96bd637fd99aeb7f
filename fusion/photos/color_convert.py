"""From whatever a file holds (16 bits, CMYK, palettes, transparency, any profile) to 8-bit sRGB.

Works on pictures that are already decoded, strip by strip, so that hardly more than the picture itself is in memory;
`fusion.photos.decode` is the only caller. What was changed on the way is said in notices, as pairs of a code in
`fusion.notices.NOTICES` and its details.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin

from fusion.errors import Detail, PhotoRejected, Phrase, PhraseCode, Reason
from fusion.photos.color_tags import Encoding

Remarks = list[tuple[str, dict[str, Detail]]]

_PNG_DEPTH_AT = 24  # signature 8, IHDR length and name 8, width and height 8, then the bit depth
_WHITE_IS_ZERO = 0
CONVERTIBLE = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
_PROBE_STEPS = (0, 36, 73, 109, 146, 182, 219, 255)
_STRIP_PX = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A decoded picture and what its file says of its colours.

    Attributes:
        image: in 8 bits; None where there are only deep values, else a check of these.
        deep: (H, W, C) uint16, C of 1 to 4, the last of 2 and of 4 alpha; None where the file has 8 bits.
        white: the highest of the deep values.
        profile: ICC, None without one; else `encoding`, None for sRGB.
        is_broken: the file's description of its colours cannot be used.
    """

    image: Image.Image | None
    deep: np.ndarray | None = None
    white: int = 65535
    profile: bytes | None = None
    encoding: Encoding | None = None
    is_broken: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        if self.image is not None:
            return self.image.size
        assert self.deep is not None
        return self.deep.shape[1], self.deep.shape[0]


def to_srgb(decoded: Decoded, remarks: Remarks) -> np.ndarray:
    """(H, W, 3) uint8 in sRGB. Appends to `remarks` what was converted."""
    width, height = decoded.size
    made = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PX // width)
    strips = [(top, min(height, top + rows)) for top in range(0, height, rows)]
    if decoded.image is not None and decoded.deep is not None and not _agree(decoded.image, decoded.deep, strips):
        decoded = replace(decoded, deep=None)
    profile = _Profile(decoded.profile) if decoded.profile else None
    is_clear = is_cmyk = False
    for top, bottom in strips:
        strip = _strip(decoded, top, bottom)
        is_cmyk = strip.mode == "CMYK"
        if strip.has_transparency_data:
            strip, is_here = _on_white(strip)
            is_clear = is_clear or is_here
        if strip.mode not in ("L", "RGB", "CMYK"):
            strip = strip.convert("RGB")  # 1-bit, palette, YCbCr and RGBX hold nothing that RGB cannot
        if profile is not None:
            strip = profile.convert(strip)
        made[top:bottom] = np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))
    if is_clear:
        remarks.append(("alpha_dropped", {}))
    _remark_colours(decoded, profile, remarks)
    if is_cmyk:
        remarks.append(("converted_cmyk", {}))
    return made


def _remark_colours(decoded: Decoded, profile: _Profile | None, remarks: Remarks) -> None:
    if decoded.is_broken or (profile is not None and profile.is_unfit):
        remarks.append(("profile_ignored", {}))
    elif profile is not None and profile.has_changed:
        remarks.append(("converted_profile", {"profile": profile.name}))
    elif decoded.encoding is not None:
        remarks.append(("converted_gamma", {"profile": decoded.encoding.name}))


def check(image: Image.Image, data: bytes) -> None:
    """Whether an honest conversion of the image, which need not be loaded, exists.

    Raises:
        PhotoRejected: `photo_colour`: float, 32-bit, Lab.
    """
    is_deep = bits_per_channel(image, data) == 16
    if is_deep and image.mode != "CMYK" and _in_loose_planes(image):
        raise PhotoRejected(Reason.PHOTO_COLOUR, mode=Phrase(PhraseCode.SEPARATE_PLANES))
    if image.mode not in CONVERTIBLE and not (is_deep and image.mode.startswith("I;16")):
        raise PhotoRejected(Reason.PHOTO_COLOUR, mode=image.mode)


def bits_per_channel(image: Image.Image, data: bytes) -> int:
    """Bits per channel as the file says; Pillow's mode does not tell, since it opens 16-bit RGB as 8-bit."""
    if image.format == "PNG":
        return data[_PNG_DEPTH_AT]
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
        return max(bits) if isinstance(bits, tuple) else int(bits)
    return 8


def _in_loose_planes(image: Image.Image) -> bool:
    """A TIFF that stores 16-bit red, green and blue apart and not compressed: Pillow and OpenCV both misread it."""
    tags = getattr(image, "tag_v2", {})
    apart = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    return bool(apart and tags.get(TiffImagePlugin.COMPRESSION, 1) == 1 and len(image.getbands()) > 1)


def deep_values(image: Image.Image, data: bytes) -> np.ndarray | None:
    """(H, W, C) uint16 of a loaded 16-bit file, C of 1, 3 or 4; None where only Pillow's 8 bits can be had."""
    if image.mode.startswith("I;16"):
        deep: np.ndarray = np.asarray(image).astype(np.uint16, copy=False)
        tags = getattr(image, "tag_v2", {})
        if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO:
            deep = np.invert(deep)
        return deep[:, :, None]
    if image.mode not in ("L", "LA", "RGB", "RGBA", "RGBX", "RGBa"):
        return None
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    if decoded is None or decoded.dtype != np.uint16 or decoded.ndim != 3 or decoded.shape[1::-1] != image.size:
        return None
    for row in decoded:  # in place: another array of 64 megapixels would be the largest of all
        row[:, [0, 2]] = row[:, [2, 0]]
    return np.asarray(decoded)


def _agree(image: Image.Image, deep: np.ndarray, strips: list[tuple[int, int]]) -> bool:
    """Whether OpenCV's 16 bits are those of which Pillow took the upper byte, one level off at most.

    OpenCV's values round better, but it misreads some files (planes stored apart, for one): then Pillow's are kept.
    """
    for top, bottom in strips:
        upper = (deep[top:bottom] >> 8).astype(np.uint8)
        if not np.array_equal(upper, np.asarray(image.crop((0, top, image.width, bottom)))):
            return False
    return True


def _strip(decoded: Decoded, top: int, bottom: int) -> Image.Image:
    """Some rows in 8 bits, of any mode; where the file has an encoding of its own, in sRGB."""
    if decoded.deep is None:
        assert decoded.image is not None
        return _through_encoding(decoded.image.crop((0, top, decoded.image.width, bottom)), decoded.encoding)
    deep = decoded.deep[top:bottom]
    eight = _eight_bit_table(decoded.white)[deep]
    if decoded.encoding is not None:
        channels = deep.shape[2]
        colour = deep[:, :, :3] if channels >= 3 else np.repeat(deep[:, :, :1], 3, axis=2)
        colours = decoded.encoding.to_srgb(np.minimum(colour, decoded.white), decoded.white)
        eight = colours if channels in (1, 3) else np.dstack([colours, eight[:, :, -1]])
    return Image.fromarray(eight.squeeze(axis=2) if eight.shape[2] == 1 else eight)


def _through_encoding(strip: Image.Image, encoding: Encoding | None) -> Image.Image:
    if encoding is None or strip.mode == "CMYK":
        return strip
    is_clear = strip.has_transparency_data
    values = np.asarray(strip.convert("RGBA" if is_clear else "RGB"))
    colours = encoding.to_srgb(values[:, :, :3], 255)
    return Image.fromarray(np.dstack([colours, values[:, :, 3]]) if is_clear else colours)


@cache
def _eight_bit_table(white: int) -> np.ndarray:
    """v · 255 / white rounded to the nearest, so that `white` is 255 and 0 is 0."""
    values = np.arange(65536, dtype=np.int64)
    return np.minimum((values * 510 + white) // (2 * white), 255).astype(np.uint8)


def _on_white(image: Image.Image) -> tuple[Image.Image, bool]:
    """The image without its alpha, and whether that hid anything."""
    grey = image.mode in ("L", "LA", "La")
    colour = image.convert("RGBA")
    alpha = colour.getchannel("A")
    opaque = colour.convert("RGB")
    is_clear = alpha.getextrema() != (255, 255)
    if is_clear:
        white = Image.new("RGB", colour.size, "white")
        white.paste(opaque, mask=alpha)
        opaque = white
    return (opaque.getchannel("R") if grey else opaque), is_clear


class _Profile:
    """An ICC profile, through which the strips of one picture go.

    Attributes:
        is_unfit: it cannot be used; strips come back as they are.
        has_changed: it changed something; False where it is sRGB by another name.
    """

    def __init__(self, data: bytes) -> None:
        self.is_unfit = self.has_changed = False
        self.name = "?"
        self._transform: ImageCms.ImageCmsTransform | None = None
        self._is_made = False
        self._space = ""
        try:
            self._source = ImageCms.ImageCmsProfile(io.BytesIO(data))
            self._space = self._source.profile.xcolor_space.strip()
            self.name = _name(self._source)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            self.is_unfit = True

    def convert(self, strip: Image.Image) -> Image.Image:
        """The strip in sRGB."""
        if self.is_unfit:
            return strip
        try:
            if self._space == "RGB" and strip.mode == "L":
                strip = strip.convert("RGB")
            if not self._is_made:
                self._transform, self._is_made = self._made(strip.mode), True
            if self._transform is None:
                return strip
            converted = ImageCms.applyTransform(strip, self._transform)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            self.is_unfit = True
            return strip
        assert converted is not None
        self.has_changed = True
        return converted

    def _made(self, mode: str) -> ImageCms.ImageCmsTransform | None:
        """None where it would change nothing."""
        intent = ImageCms.Intent.PERCEPTUAL if mode == "CMYK" else ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(self._source, _srgb(), mode, "RGB", intent, _FLAGS)
        return None if mode == "RGB" and _changes_nothing(transform) else transform


_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether the profile is sRGB by another name: asked of 512 colours, because names do not tell."""
    steps = np.array(_PROBE_STEPS, np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
    converted = ImageCms.applyTransform(Image.fromarray(probe), transform)
    return bool(np.abs(np.asarray(converted).astype(np.int16) - probe).max() <= 1)


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    try:
        name = ImageCms.getProfileDescription(profile)
    except ImageCms.PyCMSError:
        name = ""  # a profile may be sound and its name broken
    return "".join(c for c in name if c.isprintable()).strip()[:60] or "?"


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@cache
def srgb_profile() -> bytes:
    """An sRGB ICC profile to attach to what is written, the same bytes every time."""
    made = bytearray(_srgb().tobytes())
    made[24:36] = bytes((0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # the date of making would differ each run
    return bytes(made)
