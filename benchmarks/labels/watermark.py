"""What the invisible watermark survives, what it costs the picture, and how long it takes.

    python -m benchmarks.labels.watermark [--photos FOLDER …] [--library]

Without photos the sample pair. With --library the package blind-watermark does the same beside it, at its own default
strength, on the same square: it is installed for this alone, and sets how this process starts others.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks.shared.common import Timing, portraits, record, sample_portraits
from fusion import watermark
from fusion.watermark.code import BITS, bits_of, payload_in

SIDE, LARGE = 1024, 4096  # px of the longer side that pictures are brought to
PAYLOAD = watermark.payload_of("0123456789abcdef")
RUNS = 5
Picture = np.ndarray
Read = Callable[[Picture], bytes | None]


def packed(pixels: Picture, quality: int, format: str = "jpeg") -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def scaled(pixels: Picture, factor: float) -> Picture:
    made: Picture = cv2.resize(
        pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    return made


def cropped(pixels: Picture, share: float) -> Picture:
    """Without so much of each side, in all."""
    down, across = (round(length * share / 2) for length in pixels.shape[:2])
    return np.ascontiguousarray(pixels[down : -down or None, across : -across or None])


WAYS: dict[str, Callable[[Picture], Picture]] = {
    "as it is": lambda pixels: pixels,
    "JPEG 95": lambda pixels: packed(pixels, 95),
    "JPEG 85": lambda pixels: packed(pixels, 85),
    "JPEG 70": lambda pixels: packed(pixels, 70),
    "JPEG 50": lambda pixels: packed(pixels, 50),
    "WebP 80": lambda pixels: packed(pixels, 80, "webp"),
    "half size": lambda pixels: scaled(pixels, 0.5),
    "half size, then JPEG 70": lambda pixels: packed(scaled(pixels, 0.5), 70),
    "a third, then JPEG 70": lambda pixels: packed(scaled(pixels, 1 / 3), 70),
    "three quarters, as on a screen": lambda pixels: scaled(pixels, 0.75),
    "5 % brighter": lambda pixels: np.clip(pixels * 1.05 + 4, 0, 255).astype(np.uint8),
    "1 % cropped": lambda pixels: cropped(pixels, 0.01),
    "5 % cropped": lambda pixels: cropped(pixels, 0.05),
    "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
}


def ratio_db(one: Picture, other: Picture) -> float:
    """The peak signal to noise ratio, dB."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(np.float64) - other) ** 2)))


def brought(pixels: Picture, side: int) -> Picture:
    """The picture with so many px on its longer side."""
    return scaled(pixels, side / max(pixels.shape[:2]))


def survival(pictures: Sequence[Picture], mark: Callable[[Picture], Picture], read: Read) -> dict[str, Any]:
    """How many of the pictures are read after each way, and what the mark costs them."""
    marked = [mark(picture) for picture in pictures]
    ratios = [ratio_db(one, other) for one, other in zip(pictures, marked, strict=True)]
    return {
        "pictures": len(pictures),
        "psnr_db": {"median": round(float(np.median(ratios)), 1), "lowest": round(min(ratios), 1)},
        "most_levels": max(int(np.abs(m.astype(int) - p).max()) for m, p in zip(marked, pictures, strict=True)),
        "read": {name: sum(read(way(picture)) == PAYLOAD for picture in marked) for name, way in WAYS.items()},
    }


def seconds(picture: Picture, side: int) -> dict[str, Any]:
    """Of writing and reading one at that size."""
    shown, spent = brought(picture, side), {"write": list[float](), "read": list[float]()}
    for _ in range(RUNS):
        began = time.perf_counter()
        marked = watermark.embed(shown, PAYLOAD)
        spent["write"].append(time.perf_counter() - began)
        began = time.perf_counter()
        watermark.read(marked)
        spent["read"].append(time.perf_counter() - began)
    return {"side": side, **{name: Timing.of(each).to_json() for name, each in spent.items()}}


def found_by_chance(pictures: Sequence[Picture]) -> dict[str, int]:
    """How many pictures without a watermark read as if they had one: each after some ways, upright and turned."""
    tried = found = 0
    for picture in pictures:
        for turns in range(4):
            for way in ("as it is", "half size", "1 % cropped"):
                tried += 1
                found += watermark.read(WAYS[way](np.ascontiguousarray(np.rot90(picture, turns)))) is not None
    return {"tried": tried, "found": found}


def library(pictures: Sequence[Picture]) -> dict[str, Any]:
    """The same by blind-watermark, on a square of 256 px, whose change is enlarged and added as ours is."""
    from blind_watermark.bwm_core import WaterMarkCore

    spent: list[float] = []

    def small(picture: Picture) -> Picture:
        made: Picture = cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA)[:, :, ::-1]
        return made

    def mark(picture: Picture) -> Picture:
        began, core = time.perf_counter(), WaterMarkCore()
        core.read_img_arr(small(picture))
        core.read_wm(np.array(bits_of(PAYLOAD)))
        change = (core.embed() - small(picture).astype(np.float32))[:, :, ::-1]
        height, width = picture.shape[:2]
        enlarged = cv2.resize(change, (width, height), interpolation=cv2.INTER_CUBIC)
        spent.append(time.perf_counter() - began)
        return np.clip(np.rint(picture + enlarged), 0, 255).astype(np.uint8)

    def read(picture: Picture) -> bytes | None:
        said = WaterMarkCore().extract(small(picture), (BITS,))
        return payload_in((said > 0.5).astype(int).tolist())

    return {**survival(pictures, mark, read), "write": Timing.of(spent).to_json()}


def main() -> None:
    """Measure, print, and write down."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--photos", nargs="*", type=Path, default=[])
    asked.add_argument("--library", action="store_true")
    given = asked.parse_args()
    people = portraits(given.photos) if given.photos else sample_portraits()
    pictures = [brought(person.target.pixels, SIDE) for person in people]
    made = survival(pictures, lambda picture: watermark.embed(picture, PAYLOAD), watermark.read)
    record("watermark", {"part": "survival", "side": SIDE, **made})
    for side in (SIDE, LARGE):
        record("watermark", {"part": "seconds", **seconds(pictures[0], side)})
    record("watermark", {"part": "chance", "bits": BITS, **found_by_chance(pictures)})
    print(made)
    if given.library:
        theirs = library(pictures[:3])
        record("watermark", {"part": "library", "side": SIDE, "package": "blind-watermark", **theirs})
        print(theirs)


if __name__ == "__main__":
    main()
