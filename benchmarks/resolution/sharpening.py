"""Ways to sharpen an enlarged face, each as strong as makes it equally sharp: which halo does each leave?

- kernel: `[[0, -1, 0], [-1, 5 + s, -1], [0, -1, 0]] / (1 + s)`, which weakens as s grows;
- unsharp: the lightness plus `a` times what a Gaussian takes from it, as wide as the enlargement asks for;
- held: the same with its overshoot limited;
- program: the kernel with its overshoot limited, as `fusion.ops.finish` does.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.resolution import faces
from benchmarks.shared import common
from benchmarks.shared.common import Portrait
from fusion.errors import NoFace
from fusion.face_setting import LARGEST
from fusion.faces import FaceFinder, choose
from fusion.ops import finish
from fusion.types import Role

FACTORS = (2.0, 4.0)  # enlargements of the face
GAINS = (0.1, 0.2)  # less `blur_effect`
EYES_PX_MOST = 400  # between the eyes once enlarged: a larger face is made smaller first
STRONGEST = 16.0
EVEN_SPEED = 0.3  # levels of L per px, below which skin is even

Way = Callable[[np.ndarray, float, float], np.ndarray]


def kernel(light: np.ndarray, strength: float, factor: float) -> np.ndarray:
    """`strength` is 1 / (1 + s)."""
    around = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)
    return light - strength * np.asarray(cv2.filter2D(light, cv2.CV_32F, around, borderType=cv2.BORDER_REPLICATE))


def unsharp(light: np.ndarray, strength: float, factor: float) -> np.ndarray:
    """`strength` is how much of the difference is added."""
    sigma = min(max(0.7 * factor, 0.7), 3.0)
    return light + strength * (light - np.asarray(cv2.GaussianBlur(light, (0, 0), sigma)))


def held(light: np.ndarray, strength: float, factor: float) -> np.ndarray:
    """`strength` likewise; no pixel moves by more than 9 of 100."""
    return light + np.clip(unsharp(light, strength, factor) - light, -9, 9)


def program(light: np.ndarray, strength: float, factor: float) -> np.ndarray:
    """`strength` as of the setting, which ends at 1."""
    return light + finish.crispness(torch.from_numpy(light)[None], strength, factor)[0].numpy()


WAYS: dict[str, Way] = {"kernel": kernel, "unsharp": unsharp, "held": held, "program": program}


def measure(given: Sequence[Path]) -> None:
    """Print and record the medians over the faces of the photos."""
    portraits = common.portraits(given) if given else common.sample_portraits()
    rows: list[dict[str, Any]] = []
    with FaceFinder() as finder:
        for portrait in portraits:
            for factor in FACTORS:
                try:
                    rows += _of_face(finder, portrait, factor)
                except NoFace as error:
                    print(f"{portrait.name}: {error}")
    for factor in FACTORS:
        for gain in GAINS:
            for name in WAYS:
                _say(name, factor, gain, rows)


def _say(name: str, factor: float, gain: float, rows: list[dict[str, Any]]) -> None:
    mine = [row for row in rows if (row["way"], row["factor"], row["gain"]) == (name, factor, gain)]
    reached = [row for row in mine if row["halo"] is not None]
    facts: dict[str, Any] = {"part": "sharpening", "way": name, "factor": factor, "less_blur": gain, "faces": len(mine)}
    facts["reached"] = len(reached)
    for key in ("strength", "halo", "halo_before", "grain"):
        facts[key] = round(statistics.median(row[key] for row in reached), 3) if reached else None
    print(
        f"×{factor:g}, {gain:.0%} less blur, {name}: halo {facts['halo']} (before {facts['halo_before']}), "
        f"even skin moves by {facts['grain']}, strength {facts['strength']}, {len(reached)} of {len(mine)} faces",
        flush=True,
    )
    common.record("resolution", facts)


def _of_face(finder: FaceFinder, portrait: Portrait, factor: float) -> list[dict[str, Any]]:
    """A face enlarged by `factor`, and sharpened in every way to every gain."""
    face = choose(finder.find(portrait.target.pixels), LARGEST, Role.TARGET)
    part, points = faces.around(portrait.target.pixels, face.landmarks)
    scale = min(1.0, EYES_PX_MOST / factor / face.inter_eye_px)
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    points = points * (np.array(picture.shape[1::-1]) / part.shape[1::-1])
    light, inside = faces.lightness(picture), faces.oval(picture.shape, points)
    at = faces.edges(light, inside)
    before, halo_before = _blur(light, points), faces.halo(light, at)
    even = inside & (_speed(light) < EVEN_SPEED)
    rows = []
    for name, way in WAYS.items():
        for gain in GAINS:
            strength = _strength(way, light, points, factor, before * (1 - gain))
            row: dict[str, Any] = {"way": name, "factor": factor, "gain": gain, "halo": None}
            if strength is not None and halo_before is not None:
                sharp = way(light, strength, factor)
                row |= {"strength": strength, "halo": faces.halo(sharp, at), "halo_before": halo_before}
                row["grain"] = float(np.sqrt(np.mean((sharp - light)[even] ** 2)))
            rows.append(row)
    return rows


def _strength(way: Way, light: np.ndarray, points: np.ndarray, factor: float, goal: float) -> float | None:
    """The strength at which the face is as blurred as `goal`; None where the strongest does not get there."""
    low, high = 0.0, STRONGEST
    if _blur(way(light, high, factor), points) > goal:
        return None
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if _blur(way(light, middle, factor), points) <= goal else (middle, high)
    return high


def _blur(light: np.ndarray, points: np.ndarray) -> float:
    """`blur_effect` of the face's crop, at its own scale."""
    grey = cv2.merge([np.clip(light * 2.55, 0, 255).astype(np.uint8)] * 3)
    return faces.blur(faces.normalised(grey, points, round(faces.inter_eye(points))))


def _speed(light: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(light, (0, 0), 2.0)
    return np.hypot(*(cv2.Sobel(soft, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1))))
