"""What `--json` prints about a job, its numbers rounded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fusion.declared import Consent
from fusion.face_facts import FaceFacts, MappedFacts
from fusion.facts import Facts
from fusion.memory import Rung, Step
from fusion.types import Box, Likeness, Size

if TYPE_CHECKING:  # the pipeline loads torch, and the web process reads recipes
    from fusion.faces import Face
    from fusion.pipeline import FusedFace, Result
    from fusion.sizing import Measurement


def facts(
    result: Result,
    output: Path | None,
    measurement: Measurement,
    steps: tuple[Step, ...] = (),
    consent: Consent | None = None,
) -> Facts:
    """What `--json` prints about a job, its numbers rounded.

    Args:
        result: of the pipeline.
        output: the file written; None where there is none.
        measurement: of the whole job, reading and writing included.
        steps: the rungs of the ladder that were taken.
        consent: of the people in the photos.
    """
    made_small = any(step.rung == Rung.TIER for step in steps)  # then two stages were not what somebody asked for
    notices = [notice for notice in result.notices if not (made_small and notice.code == "two_stage_needless")]
    height, width = result.pixels.shape[:2]
    return Facts(
        output=output,
        size=Size(width, height),
        engine=result.engine,
        device=result.device,
        seconds=round(measurement.seconds, 4),
        region=result.region,
        peak_bytes=measurement.peak_bytes,
        stages=tuple(replace(cost, seconds=round(cost.seconds, 4)) for cost in measurement.stages),
        target_face=_face(result.target_face),
        source_face=_face(result.source_face),
        settings=result.settings,
        steps=steps,
        notices=(*notices, *(step.notice for step in steps)),
        suitability=result.suitability,
        inspection=result.inspection,
        likeness=_likeness(result.likeness),
        sources=result.sources,
        consent=consent,
        heads=tuple(map(_rounded, result.heads)),
        mapped=tuple(map(_mapped, result.mapped)),
    )


def _mapped(face: FusedFace) -> MappedFacts:
    return MappedFacts(
        photo=face.photo,
        target_face=_face(face.target_face),
        source_face=_face(face.source_face),
        region=face.region,
        suitability=face.suitability,
        inspection=face.inspection,
        likeness=_likeness(face.likeness),
    )


def _rounded(box: Box) -> Box:
    return Box(*(round(side, 1) for side in (box.left, box.top, box.right, box.bottom)))


def _face(face: Face) -> FaceFacts:
    return FaceFacts(
        box=_rounded(face.box),
        width_px=round(float(face.width_px), 1),
        inter_eye_px=round(float(face.inter_eye_px), 1),
        yaw=round(float(face.yaw), 1),
        pitch=round(float(face.pitch), 1),
        roll=round(float(face.roll), 1),
        score=round(float(face.score), 3),
    )


def _likeness(found: Likeness | None) -> Likeness | None:
    return None if found is None else Likeness(round(found.source, 3), round(found.target, 3))
