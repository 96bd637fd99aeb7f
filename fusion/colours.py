"""From whatever a file holds (16 bits, CMYK, palettes, transparency, any profile) to 8-bit sRGB.

Works on Pillow images that are already loaded; `fusion.photo` is the only caller. What was changed on the
way is said in notices, as pairs of a code in `fusion.spec.NOTICES` and its details.
"""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin

from fusion.errors import Detail, PhotoRejected

Remarks = list[tuple[str, dict[str, Detail]]]

_PNG_DEPTH_AT = 24  # signature 8, IHDR length and name 8, width and height 8, then the bit depth
_WHITE_IS_ZERO = 0
_CONVERTIBLE = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
_PROBE_STEPS = (0, 36, 73, 109, 146, 182, 219, 255)


def to_srgb(image: Image.Image, data: bytes, remarks: Remarks) -> Image.Image:
    """The loaded `image` as mode RGB in sRGB; `data` is the file it came from.

    Appends to `remarks` what was converted.

    Raises:
        PhotoRejected: `photo_colour`, no honest conversion exists (float, 32-bit, Lab).
    """
    profile = image.info.get("icc_profile")
    if bits_per_channel(image, data) == 16 and image.mode != "CMYK":
        if _in_loose_planes(image):
            raise PhotoRejected("photo_colour", mode="16 bits in separate planes, not compressed")
        image = _from_16_bit(image, data)
        remarks.append(("converted_16_bit", {}))
    if image.mode not in _CONVERTIBLE:
        raise PhotoRejected("photo_colour", mode=image.mode)
    if image.has_transparency_data:
        image = _on_white(image, remarks)
    cmyk = image.mode == "CMYK"
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")  # 1-bit, palette, YCbCr and RGBX hold nothing that RGB cannot
    if profile:
        image = _through_profile(image, profile, remarks)
    if cmyk:
        remarks.append(("converted_cmyk", {}))
    return image if image.mode == "RGB" else image.convert("RGB")


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


def _from_16_bit(image: Image.Image, data: bytes) -> Image.Image:
    """8-bit L, RGB or RGBA from a 16-bit file: v / 257 rounded, so that 65535 is 255 and 0 is 0."""
    if image.mode.startswith("I;16"):
        deep: np.ndarray = np.asarray(image).astype(np.uint16, copy=False)
        tags = getattr(image, "tag_v2", {})
        if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO:
            deep = np.invert(deep)
        return Image.fromarray(_eight_bits(deep))
    if image.mode not in ("L", "LA", "RGB", "RGBA", "RGBX", "RGBa"):
        return image  # refused by the caller, by its mode
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if decoded is None or decoded.dtype != np.uint16 or decoded.ndim != 3:
        return image
    order = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
    deep = cv2.cvtColor(decoded, order).astype(np.uint16, copy=False)
    # Pillow took the upper byte of each value, one level off at most. OpenCV's values round better, but it misreads
    # some files (planes stored apart, for one): where the two disagree, Pillow's are kept.
    if not np.array_equal((deep >> 8).astype(np.uint8), np.asarray(image)):
        return image
    return Image.fromarray(_eight_bits(deep))


def _eight_bits(deep: np.ndarray) -> np.ndarray:
    # (v + 128) // 257 is v / 257 rounded to nearest; a table is exact and faster than arithmetic in 32 bits.
    eight: np.ndarray = _eight_bit_table()[deep]
    return eight


@cache
def _eight_bit_table() -> np.ndarray:
    return ((np.arange(65536, dtype=np.uint32) + 128) // 257).astype(np.uint8)


def _on_white(image: Image.Image, remarks: Remarks) -> Image.Image:
    grey = image.mode in ("L", "LA", "La")
    colour = image.convert("RGBA")
    alpha = colour.getchannel("A")
    opaque = colour.convert("RGB")
    if alpha.getextrema() != (255, 255):
        white = Image.new("RGB", colour.size, "white")
        white.paste(opaque, mask=alpha)
        opaque = white
        remarks.append(("alpha_dropped", {}))
    return opaque.getchannel("R") if grey else opaque


def _through_profile(image: Image.Image, profile: bytes, remarks: Remarks) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        intent = ImageCms.Intent.PERCEPTUAL if image.mode == "CMYK" else ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(source, _srgb(), image.mode, "RGB", intent, _FLAGS)
        if image.mode == "RGB" and _changes_nothing(transform):
            return image
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        remarks.append(("profile_ignored", {}))
        return image
    assert converted is not None
    remarks.append(("converted_profile", {"profile": _name(source)}))
    return converted


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
