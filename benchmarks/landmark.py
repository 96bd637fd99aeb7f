"""Seconds of a whole fusion with the landmark engine, and of a plain OpenCV fusion of the same photos beside it.

    python -m benchmarks.landmark [--runs 9] [--tiers 512 1024 2048]

Both find the faces of both photos with the same finder, resize the target, fuse, and end with an (H, W, 3) uint8
picture. Decoding and encoding of files are not in it. Models are loaded and warm; nothing is remembered between runs.
The two alternate in one process, so that a busy machine slows both. "sample" is the sample pair, whose target face is
a fifth of the picture wide; "close" is its target cut close to the face, where almost every pixel is work.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from benchmarks.shared import common
from benchmarks.shared.common import Timing
from fusion.face_setting import LARGEST
from fusion.faces import Finder, choose, mesh
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.sizing import Plan, layout
from fusion.types import Role, Tier

BAR_S = {Tier.T512: 0.25, Tier.T1024: 0.5, Tier.T2048: 1.2}  # on 2 CPU cores
CLOSE_MARGIN = 0.35  # of the face box, left around it on each side in "close"
WARM_RUNS = 2


def reference(finder: Finder, target: Photo, source: Photo, settings: Settings) -> np.ndarray:
    """What a plain script does: each triangle of the mesh warped by `warpAffine`, then `seamlessClone`.

    It fuses wholly (no ratio), and knows nothing of hair, glasses, mouths or light. (H, W, 3) uint8.
    """
    target_face = choose(finder.find(target.pixels), LARGEST, Role.TARGET)
    source_face = choose(finder.find(source.pixels), LARGEST, Role.SOURCE)
    plan = layout.plan(target.size, settings, target_face.box)
    frame = _resized(target.pixels, plan)
    goal = np.array([plan.to_output(x, y) for x, y in target_face.landmarks], np.float32)
    warped = piecewise_affine(source.pixels, source_face.landmarks, goal, frame)
    mask = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(goal[list(mesh.OVAL)].astype(np.int32)), 255)
    left, top, width, height = cv2.boundingRect(mask)
    middle = (left + width // 2, top + height // 2)
    return cv2.seamlessClone(warped, frame, mask, middle, cv2.NORMAL_CLONE)


def piecewise_affine(pixels: np.ndarray, points: np.ndarray, goal: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """`frame` (H, W, 3) uint8 with every triangle of the mesh painted from `pixels`; points are (478, 2) px."""
    out = frame.copy()
    limit = np.array([frame.shape[1], frame.shape[0]])
    for corners in [*mesh.triangles(), *_holes()]:
        have, want = points[corners], goal[corners]
        low = np.clip(np.floor(want.min(0)).astype(int), 0, limit)
        high = np.clip(np.ceil(want.max(0)).astype(int) + 1, 0, limit)
        first = np.clip(np.floor(have.min(0)).astype(int) - 1, 0, None)
        last = np.ceil(have.max(0)).astype(int) + 2
        if (high <= low).any():
            continue
        part = pixels[first[1] : last[1], first[0] : last[0]]
        matrix = cv2.getAffineTransform((have - first).astype(np.float32), (want - low).astype(np.float32))
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        moved = cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = np.zeros(size[::-1], np.uint8)
        cv2.fillConvexPoly(inside, np.round(want - low).astype(np.int32), 1)
        area = out[low[1] : high[1], low[0] : high[0]]
        np.copyto(area, moved, where=inside[..., None].astype(bool))
    return out


def _holes() -> list[np.ndarray]:
    """Triangles over the eye openings and the inside of the mouth, which the mesh leaves out: a fan over each."""
    rings = (mesh.RIGHT_EYE, mesh.LEFT_EYE, mesh.LIPS_INNER)
    return [np.array([ring[0], ring[i], ring[i + 1]]) for ring in rings for i in range(1, len(ring) - 1)]


def _resized(pixels: np.ndarray, plan: Plan) -> np.ndarray:
    size = (plan.size.width, plan.size.height)
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels.copy()
    return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC if plan.scale > 1 else cv2.INTER_AREA)


def close_up(target: Photo, finder: Finder) -> Photo:
    """The target cut close to its largest face."""
    box = choose(finder.find(target.pixels), LARGEST, Role.TARGET).box
    side = max(box.width, box.height) * (1 + 2 * CLOSE_MARGIN)
    x, y = box.centre
    left, top = max(0, round(x - side / 2)), max(0, round(y - side / 2))
    pixels = np.ascontiguousarray(target.pixels[top : top + round(side), left : left + round(side)])
    return replace(target, pixels=pixels, sha256="close " + target.sha256)


def alternate(one: Callable[[], object], other: Callable[[], object], runs: int) -> tuple[Timing, Timing]:
    """Both timed `runs` times in turn, after a few runs that do not count."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_RUNS + runs):
        for kept, work in zip(seconds, (one, other), strict=True):
            began = time.perf_counter()
            work()
            if number >= WARM_RUNS:
                kept.append(time.perf_counter() - began)
    return Timing.of(seconds[0]), Timing.of(seconds[1])


def measure(pipeline: Pipeline, case: str, target: Photo, source: Photo, tier: Tier, runs: int) -> None:
    """Print and record one row."""
    settings = Settings(output=tier)
    finder = pipeline.finder

    def whole() -> None:
        common.forget(pipeline)
        pipeline.run(target, source, settings)

    ours, plain = alternate(whole, lambda: reference(finder, target, source, settings), runs)
    common.forget(pipeline)
    result = pipeline.run(target, source, settings)
    stages = {str(cost.stage): round(cost.seconds, 4) for cost in result.measurement.stages}
    ratio = plain.median / ours.median
    bar = BAR_S.get(tier) if case == "sample" and result.device == "cpu" else None
    word = f"bar {bar:.2f} s: {common.verdict(ours.median <= bar)}" if bar else ""
    print(f"{case:7} {result.size!s:10} fusewise {ours}   plain OpenCV {plain}   ratio {ratio:.2f}   {word}")
    row: dict[str, Any] = {
        "case": case,
        "tier": tier,
        "output": [result.size.width, result.size.height],
        "device": result.device,
    }
    row |= {"face_px": result.measurement.workload.face_px, "fusewise": ours.to_json(), "stages_last_run_s": stages}
    row |= {"plain_opencv": plain.to_json(), "plain_over_fusewise": round(ratio, 3), "bar_s": bar}
    common.record("landmark", row)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="timed runs of each, at least 7 (9)")
    parser.add_argument("--tiers", nargs="+", type=Tier, default=list(BAR_S), help="output tiers (512 1024 2048)")
    parser.add_argument("--device", help="cpu or cuda; by default cuda where there is one")
    given = parser.parse_args()
    target, source = common.sample_portraits()
    with Pipeline(device=given.device) as pipeline:
        pipeline.warm_up()
        close = close_up(target.target, pipeline.finder)
        for tier in given.tiers:
            measure(pipeline, "sample", target.target, source.source, tier, max(7, given.runs))
            measure(pipeline, "close", close, source.source, tier, max(7, given.runs))


if __name__ == "__main__":
    main()
