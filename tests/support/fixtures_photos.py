"""Photos and profiles that tests make for themselves, from two people in the public domain and from nothing."""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

import cv2
import numpy as np
from PIL import Image

from fusion.photos import samples

ASTRONAUT_BOX = (178, 56, 273, 177)  # left, top, right, bottom of the face, px
ADMIRAL_BOX = (177, 104, 354, 327)


@cache
def astronaut() -> np.ndarray:
    """(512, 512, 3) uint8 RGB; the head leans a little, the face is 95 px wide."""
    return _pixels(samples.sample_pair()[0])


@cache
def admiral() -> np.ndarray:
    """(600, 512, 3) uint8 RGB; frontal, with glasses and a cap, the face is 177 px wide."""
    return _pixels(samples.sample_pair()[1])


def _pixels(data: bytes) -> np.ndarray:
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    pixels.setflags(write=False)
    return pixels


def head(photo: np.ndarray, box: tuple[int, int, int, int], face_px: float) -> np.ndarray:
    """The head around `box`, scaled so that the face is `face_px` wide."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    cut = photo[max(0, top - height // 3) : bottom + height // 4, left - width // 3 : right + width // 3]
    scale = face_px / width
    filter = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(cut, None, fx=scale, fy=scale, interpolation=filter)


def scene(width: int, height: int) -> np.ndarray:
    """A frame with the grain and the uneven light of a photo, and nobody in it."""
    grain = np.random.default_rng(7).integers(-6, 7, (512, 512, 3))
    tile = np.clip(np.linspace(90, 170, 512)[:, None, None] + grain, 0, 255).astype(np.uint8)
    times = -(-height // 512), -(-width // 512), 1
    return np.ascontiguousarray(np.tile(tile, times)[:height, :width])


def paste(frame: np.ndarray, picture: np.ndarray, left: int, top: int) -> None:
    """Sets `picture` into `frame`, in place."""
    frame[top : top + picture.shape[0], left : left + picture.shape[1]] = picture


def colours(width: int = 96, height: int = 80) -> np.ndarray:
    """(height, width, 3) uint8: smooth, no two corners alike, so that turns and swapped channels show."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    channels = (40 + 180 * x / width, 30 + 200 * y / height, 220 - 150 * (x + y) / (width + height))
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def plain(width: int = 120, height: int = 90, red: int = 200) -> bytes:
    """A PNG of one colour; a different one for each `red`."""
    return saved(Image.new("RGB", (width, height), (red, 100, 50)), "PNG")


def gradient(width: int = 120, height: int = 90) -> bytes:
    """A PNG that is black above and white below."""
    return saved(Image.linear_gradient("L").resize((width, height)).convert("RGB"), "PNG")


def saved(pixels: np.ndarray | Image.Image, format: str, **options: Any) -> bytes:
    """The file that Pillow writes."""
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, format, **options)
    return buffer.getvalue()


def rgb_profile(colorants: tuple[tuple[float, float, float], ...], gamma: float, name: str) -> bytes:
    """An ICC v2 display profile: the XYZ (D50) of full red, green and blue, and one gamma for all."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    tags = {b"wtpt": _xyz((0.9642, 1.0, 0.8249)), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {key: _xyz(value) for key, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", name, tags)


def cmyk_profile() -> bytes:
    """An ICC v2 printer profile whose inks are weaker than pure ones: full cyan is (51, 255, 255) and so on."""
    corners = np.array([[(i >> 3) & 1, (i >> 2) & 1, (i >> 1) & 1, i & 1] for i in range(16)], float)
    light = (1 - 0.8 * corners[:, :3]) * (1 - corners[:, 3:])  # grid order: the last ink varies fastest
    linear = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
    f = np.cbrt(np.maximum(linear @ to_xyz.T / (0.9642, 1.0, 0.8249), 1e-9))
    f = np.where(f > 6 / 29, f, (f**3) * (29 / 6) ** 2 / 3 + 4 / 29)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    coded = np.clip(np.round(lab * (2.55, 1, 1) + (0, 128, 128)), 0, 255).astype(np.uint8)
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + straight * 4 + coded.tobytes() + straight * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", "Weak inks", {b"wtpt": _xyz((0.9642, 1.0, 0.8249)), b"A2B0": table})


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(part * 65536) for part in value))


def _profile(kind: bytes, space: bytes, connection: bytes, name: str, tags: dict[bytes, bytes]) -> bytes:
    text = name.encode() + b"\0"
    tags = {b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78), **tags}
    tags[b"cprt"] = b"text" + bytes(4) + b"public domain\0"
    at = 128 + 4 + 12 * len(tags)
    directory, body = struct.pack(">I", len(tags)), b""
    for key, value in tags.items():
        value += bytes(-len(value) % 4)
        directory += key + struct.pack(">II", at + len(body), len(value))
        body += value
    header = bytearray(128)
    header[8:12] = bytes((2, 0x20, 0, 0))
    header[12:24] = kind + space + connection
    header[36:40] = b"acsp"
    header[68:80] = _xyz((0.9642, 1.0, 0.8249))[8:]
    made = bytes(header) + directory + body
    return struct.pack(">I", len(made)) + made[4:]
