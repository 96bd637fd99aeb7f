"""Faces at 4096: in two stages, in one, and one stage at 1024 plainly enlarged. How blurred, who, and which halo."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.identity import Judge, face_in
from benchmarks.landmark import close_up
from benchmarks.resolution import faces
from benchmarks.shared import common
from benchmarks.shared.common import Portrait
from fusion.engines import layers
from fusion.errors import NoFace
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.sizing import layout
from fusion.types import Switch, Tier

EYES_PX = (128, 256, 512)  # between the eyes, in the crops that are judged
OWN, OWN_PX = "own", 1024  # and as far apart as in the output, up to so many px
SHARPER = 0.15  # less `blur_effect` than the plain enlargement, at least
SAME_PERSON = 0.01  # in dlib's space, what two measurements of one picture may differ
KINDS = ("two_stage", "one_stage", "plain")
SHOWN_PX = 512
HALO_PX = 256  # between the eyes, in the crop in which wide halos are looked for


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The three pictures by kind and the target, all (H, W, 3) uint8 of one size; the target's landmarks in them."""

    of: dict[str, np.ndarray]
    before: np.ndarray
    points: np.ndarray
    result: Result


def measure(given: Sequence[Path], most: int, ratio: float, close: bool, look: Path | None) -> None:
    """Print and record each pair, then the medians beside their bars.

    Args:
        given: portraits, or folders of them; the sample pair where there are none.
        most: pairs of portraits at most.
        ratio: of the fusion.
        close: targets are cut close to the face first, so that it fills the output.
        look: where the judged crops are kept.
    """
    judge = Judge()
    rows: list[dict[str, Any]] = []
    with Pipeline() as pipeline:
        for target, source in _pairs(given, most):
            try:
                if close:
                    target = replace(target, target=close_up(target.target, pipeline.finder))
                row = _pair(pipeline, judge, target, source, ratio, look)
            except NoFace as error:
                print(f"{target.name} <- {source.name}: {error}")
                continue
            rows.append(row)
            print(f"{target.name} <- {source.name}: {row}", flush=True)
            names = {"target": target.name, "source": source.name}
            common.record("resolution", {"part": "sharpness", "close": close, **names, **row})
    if rows:
        _summary(rows, ratio, close)


def _pairs(given: Sequence[Path], most: int) -> list[tuple[Portrait, Portrait]]:
    """The sample pair both ways; of portraits each with the next, then each with the one after, and so on."""
    if not given:
        return list(itertools.permutations(common.sample_portraits(), 2))
    found = common.portraits(given)
    count = len(found)
    return [(found[i], found[(i + gap) % count]) for gap in range(1, count) for i in range(count)][:most]


def _pair(
    pipeline: Pipeline, judge: Judge, target: Portrait, source: Portrait, ratio: float, look: Path | None
) -> dict[str, Any]:
    made = _pictures(pipeline, target, source, ratio)
    result, points = made.result, made.points
    own = result.source_face.landmarks
    goal = judge.describe(source.source.pixels, result.source_face)
    row: dict[str, Any] = {"ratio": ratio, "output": [result.size.width, result.size.height], "device": result.device}
    row |= {"inter_eye_px": round(faces.inter_eye(points)), "source_inter_eye_px": round(faces.inter_eye(own))}
    row["two_stage_ran"] = result.measurement.workload.two_stage
    row["notices"] = {notice.code: notice.to_json()["details"] for notice in result.notices}
    row["blur"], row["halo"], row["to_source"] = {}, {}, {}
    where = points.mean(0)
    for kind, picture in {**made.of, "target": made.before}.items():
        row["blur"][kind] = _blurs(picture, points, row["inter_eye_px"])
        row["halo"][kind] = {
            OWN: faces.own_halo(picture, points), HALO_PX: faces.own_halo(picture, points, HALO_PX)
        }  # fmt: skip
        if kind != "target":
            who = judge.describe(picture, face_in(pipeline.finder, picture, where))
            row["to_source"][kind] = round(float(np.linalg.norm(who - goal)), 4)
    row["blur"]["source"] = _blurs(source.source.pixels, own, row["inter_eye_px"])
    if look:
        _keep(look / f"{target.name}-{source.name}.jpg", made, source.source.pixels, own)
    return row


def _blurs(pixels: np.ndarray, points: np.ndarray, own_px: int) -> dict[str, float]:
    """By the distance of the eyes in the crop."""
    sides = {**{str(px): px for px in EYES_PX}, OWN: min(own_px, OWN_PX)}
    return {name: round(faces.blur(faces.normalised(pixels, points, px)), 4) for name, px in sides.items()}


def _pictures(pipeline: Pipeline, target: Portrait, source: Portrait, ratio: float) -> Pictures:
    def fused(tier: Tier, two_stage: Switch) -> Result:
        common.forget(pipeline)
        return pipeline.run(target.target, source.source, Settings(ratio=ratio, output=tier, two_stage=two_stage))

    small = fused(Tier.T1024, Switch.OFF).pixels
    one = fused(Tier.T4096, Switch.OFF).pixels
    two = fused(Tier.T4096, Switch.ON)
    plain = cv2.resize(small, (two.size.width, two.size.height), interpolation=cv2.INTER_CUBIC)
    plan = layout.plan(target.target.size, two.settings, two.target_face.box)
    points = layers.in_output(two.target_face, plan)[:, :2]
    return Pictures(dict(zip(KINDS, (two.pixels, one, plain), strict=True)), two.before, points, two)


def _keep(path: Path, made: Pictures, source: np.ndarray, own: np.ndarray) -> None:
    """Crops side by side: source, target, plain, one stage, two stages."""
    shown = [faces.normalised(source, own, SHOWN_PX), faces.normalised(made.before, made.points, SHOWN_PX)]
    shown += [faces.normalised(made.of[kind], made.points, SHOWN_PX) for kind in reversed(KINDS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(np.hstack(shown), cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 95))


def _summary(every: list[dict[str, Any]], ratio: float, close: bool) -> None:
    """Medians over the pairs that needed two stages, beside their bars."""
    rows = [row for row in every if row["two_stage_ran"]]
    print(f"{len(rows)} of {len(every)} pairs needed two stages")
    if not rows:
        return
    less = {
        px: statistics.median(1 - row["blur"]["two_stage"][px] / row["blur"]["plain"][px] for row in rows)
        for px in rows[0]["blur"]["plain"]
    }
    further = statistics.median(row["to_source"]["two_stage"] - row["to_source"]["plain"] for row in rows)
    facts: dict[str, Any] = {"part": "sharpness summary", "pairs": len(rows), "ratio": ratio, "close": close}
    facts |= {"less_blur": {px: round(value, 4) for px, value in less.items()}, "less_blur_bar": SHARPER}
    facts |= {"further_from_source": round(further, 4), "further_bar": SAME_PERSON}
    for px, value in less.items():
        good = common.verdict(value >= SHARPER)
        print(f"    {value:.1%} less blur, eyes {px} px apart, bar {SHARPER:.0%} {good}")
    print(f"    {further:+.3f} further from the source, bar {SAME_PERSON} {common.verdict(further <= SAME_PERSON)}")
    for scale in (OWN, HALO_PX):
        both = [(row["halo"]["two_stage"][scale], row["halo"]["target"][scale]) for row in rows]
        halos = [(one, other) for one, other in both if one is not None and other is not None]
        if halos:
            ours, own = (statistics.median(values) for values in zip(*halos, strict=True))
            within = sum(one <= other for one, other in halos)
            facts[f"halo_{scale}"] = {"two_stage": round(ours, 3), "target": round(own, 3), "within": within}
            print(f"    halo ({scale}) {ours:.2f}, of the targets {own:.2f} levels of L", end=" ")
            print(f"{common.verdict(ours <= own)}; {within} of {len(halos)} pairs within their target's", flush=True)
    common.record("resolution", facts)
