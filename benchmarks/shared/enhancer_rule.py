"""What a face loses in the generator's crop of 256 px, by its width in the output. No network has a part in it.

A photo is made smaller until its face has the wanted width; the face is cut out for the generator and laid back, as
the engine does it. What is then missing is the least that the generator loses, however good it is, and what only a
second network at 1024 px could bring back. Photos are never enlarged: an enlarged face has no detail to lose.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from skimage.metrics import structural_similarity

from benchmarks.shared import common
from benchmarks.unet.bench import psnr
from fusion.engines.unet import align
from fusion.errors import NoFace
from fusion.face_setting import LARGEST
from fusion.faces import FaceFinder, choose, geometry, mesh
from fusion.ops import warp
from fusion.types import Role

WIDTHS = (96, 128, 144, 160, 176, 192, 208, 224, 240, 256, 320, 384, 512, 768)  # px
FINE_PX = 1.0  # standard deviation: detail is what is finer than this in the output


def measure(places: list[Path]) -> None:
    """Print and record a line for each width; the photos are those given, and the sample pair."""
    found: dict[int, list[dict[str, Any]]] = {}
    with FaceFinder() as finder:
        for portrait in [*common.sample_portraits(), *common.portraits(places)]:
            try:
                face = choose(finder.find(portrait.target.pixels), LARGEST, Role.TARGET)
            except NoFace:
                continue
            for width in WIDTHS:
                if width <= geometry.face_width(face.landmarks):
                    found.setdefault(width, []).append(_lost(portrait.target.pixels, face.landmarks, width))
    for width, rows in sorted(found.items()):
        facts: dict[str, Any] = {"part": "enhancer rule", "face_px": width, "photos": len(rows)}
        names = [name for name in rows[0] if name != "reaches"]
        for name in names:
            values = [row[name] for row in rows]
            facts[name] = {"median": round(statistics.median(values), 4), "min": min(values), "max": max(values)}
            # the photos differ from width to width; these are in all of them
            large = [row[name] for row in rows if row["reaches"] >= max(found)]
            facts[name]["median_of_largest"] = round(statistics.median(large), 4)
        shown = "  ".join(
            f"{name} {facts[name]['median']:.3f} ({facts[name]['median_of_largest']:.3f})" for name in names
        )
        print(f"{width:4} px (n = {len(rows)}; in brackets of those that reach {max(found)} px)  {shown}")
        common.record("unet", {"key": f"enhancer rule {width}", "device": "cpu", **facts})


def _lost(pixels: np.ndarray, landmarks: np.ndarray, width: int) -> dict[str, float]:
    """Of a face `width` px wide: how like the original it comes back, 1 being equal, inside its oval."""
    factor = width / geometry.face_width(landmarks)
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    small = cv2.resize(np.array(pixels), size, interpolation=cv2.INTER_AREA)
    points = landmarks * [size[0] / pixels.shape[1], size[1] / pixels.shape[0]]
    square = align.for_generator(align.five_points(points))
    crop = warp.affine(torch.from_numpy(small), square.frame_from_crop, square.side, square.side)
    back = warp.affine(crop.float(), square.crop_from_frame, *size).numpy()
    oval = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(oval, [np.round(points[list(mesh.OVAL)]).astype(np.int32)], (1,))
    inside = oval.astype(bool)
    before, after = (cv2.cvtColor(each.astype(np.float32), cv2.COLOR_RGB2GRAY) for each in (small, back))
    _, similar = structural_similarity(before, after, data_range=255, full=True)  # type: ignore[no-untyped-call]
    fine = [each - cv2.GaussianBlur(each, (0, 0), FINE_PX) for each in (before, after)]
    return {
        "ssim": round(float(similar[inside].mean()), 4),
        "psnr_db": psnr(small[inside], back[inside], 255) or float("inf"),
        "detail_left": round(float(fine[1][inside].std() / fine[0][inside].std()), 4),
        "output_px_per_crop_px": round(square.enlargement, 3),
        "reaches": geometry.face_width(landmarks),
    }
