"""One face of a job, fused: what came of it, and what several of them come to."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from fusion.errors import WeightsInvalid, WeightsMissing
from fusion.inspected import Inspection
from fusion.likeness import Comparison, Likeness
from fusion.memory import Step, cores
from fusion.notices import Notice
from fusion.ops import interrupt
from fusion.pipeline import mending
from fusion.pipeline.matches import Match
from fusion.pipeline.placement import Placed
from fusion.pipeline.result import FusedFace
from fusion.pipeline.stage_one import Run
from fusion.pipeline.stage_two import Refined
from fusion.settings import Settings
from fusion.sizing import Measurement, Plan, Rect, Workload, workload
from fusion.suitability import Suitability
from fusion.types import Stage

NOWHERE = Rect(0, 0, 0, 0)
_VERSIONS = {"torch": torch.__version__, "python": platform.python_version()}


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What came of a match; `placed` and `looked` are None where nothing was fused.

    Attributes:
        looked: what looked wrong in it.
        tile_px: of the second stage.
        steps: rungs of the ladder that were taken for it.
    """

    match: Match
    placed: Placed | None
    looked: Inspection | None
    tile_px: int
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, match: Match, placed: Placed | None, looked: Inspection | None, refined: Refined) -> Made:
        """Without the pixels, which go into the picture."""
        return cls(match, placed, looked, refined.tile_px, refined.steps)

    @property
    def averaged(self) -> tuple[int, ...]:
        """As of `fusion.engines.Layers`."""
        return self.placed.layers.averaged if self.placed else ()

    @property
    def reaches(self) -> Rect:
        """What of the output may differ from the target, px."""
        return self.placed.reaches if self.placed else NOWHERE

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a user should know of it."""
        if self.placed is None:
            return (Notice("ratio_zero"),)
        _, averaged = self.match.sources.after(self.averaged)
        told = (*averaged, *self.placed.layers.notices, *self.placed.notices)
        return (*mending.notices(self.looked), *told)

    def fused_face(self, likeness: Likeness | None) -> FusedFace:
        """As a result tells of it."""
        pair, sources = self.match.pair, self.match.sources
        return FusedFace(
            photo=self.match.place or 0,
            target_face=pair.target_face,
            source_face=sources.first.face,
            region=self.reaches,
            placed=self.placed,
            suitability=self.match.suited,
            inspection=self.looked,
            likeness=likeness,
        )


def likeness(
    face: Made, comparison: Comparison, plan: Plan, pixels: np.ndarray, run: Run, notices: list[Notice]
) -> Likeness | None:
    """Of a face of a result to both photos.

    Args:
        pixels: (H, W, 3) uint8, the result.
        notices: where the network for it is missing, that is added to them, and the answer is None.
    """
    if face.placed is None:
        return None
    pair = face.match.pair
    target, source = (pair.target, pair.target_face), (pair.source, pair.source_face)
    with run.step(Stage.LIKENESS, 0.97):
        points = np.stack(plan.to_output(*pair.target_face.landmarks.T), axis=1)
        try:
            return comparison.of(pixels, points, target, source)
        except (WeightsMissing, WeightsInvalid) as error:
            unknown = Notice("likeness_unknown", {"file": Path(str(error.details["file"])).name})
            notices += [] if unknown in notices else [unknown]
            return None


def measurement(
    run: interrupt.Run,
    face: Made,
    settings: Settings,
    count: int,
    device: str,
    *,
    is_new: bool,
    is_first: bool,
) -> Measurement:
    """What a run took.

    Args:
        face: the widest of the `count` faces that were made.
        settings: as resolved.
        device, is_first: as in `Measurement`.
        is_new: whether nothing was remembered of the photos.
    """
    meter = run.meter
    expected = workload(face.match.pair.subject, settings, settings.engine, settings.precision)
    return Measurement(
        workload=work_done(expected, face.placed, count),
        device=device,
        seconds=meter.seconds,
        peak_bytes=meter.peak_bytes,
        rest_bytes=meter.rest_bytes,
        host_peak_bytes=meter.host_peak_bytes,
        stages=meter.stages,
        is_new=is_new and any(cost.stage == Stage.FUSE for cost in meter.stages),
        versions=_VERSIONS,
        tile_px=face.tile_px,
        is_first=is_first,
        reading_bytes=meter.reading_bytes,
        threads=cores.chosen(),
    )


def work_done(expected: Workload, placed: Placed | None, count: int) -> Workload:
    """What a run has been, of `count` faces, from what was expected of it."""
    if placed is None:
        return replace(expected, two_stage=False, enlarger="", faces=count)
    made = replace(expected, two_stage=placed.guided, enlarger=placed.enlarger, faces=count)
    return replace(made, strip_rows=placed.layers.strip_rows, lends=placed.layers.lent)


def once(notices: Iterable[Notice]) -> list[Notice]:
    """Each notice once: what holds for several faces is told of the first."""
    found: list[Notice] = []
    for notice in notices:
        if notice not in found:
            found.append(notice)
    return found


def steps_of(faces: Sequence[Made]) -> tuple[Step, ...]:
    """The rungs that were taken for any of them, each once."""
    return tuple(dict.fromkeys(step for face in faces for step in face.steps))


def least_alike(faces: Sequence[FusedFace]) -> FusedFace:
    """The face that is least like its source; the first where none could be measured."""
    known = [face for face in faces if face.likeness is not None]
    return min(known, key=lambda face: face.likeness.source if face.likeness else 0.0, default=faces[0])


def worst_suited(faces: Sequence[FusedFace]) -> Suitability | None:
    """The verdict on the pair that suits least."""
    known = [face.suitability for face in faces if face.suitability is not None]
    return max(known, key=lambda found: found.verdict.rank, default=None)


def looked_at(faces: Sequence[FusedFace]) -> Inspection | None:
    """What looked wrong in all of them, the worst first."""
    known = [face.inspection for face in faces if face.inspection is not None]
    if not known:
        return None
    faults = sorted((fault for each in known for fault in each.faults), key=lambda fault: -fault.amount)
    given_back = dict.fromkeys(part for each in known for part in each.given_back)
    return Inspection(tuple(faults), tuple(given_back))
