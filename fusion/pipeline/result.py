"""What comes of one fusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fusion.faces import Face
from fusion.facts import SourceFacts
from fusion.inspected import Inspection
from fusion.likeness import Likeness
from fusion.memory import Step
from fusion.notices import Notice
from fusion.pipeline.placement import Placed
from fusion.settings import Settings
from fusion.sizing import Measurement, Rect
from fusion.suitability import Suitability
from fusion.types import Box, EngineName, Size


@dataclass(frozen=True, slots=True)
class FusedFace:
    """One of the faces that a map names. As of `Result`, but for `photo`: its place among the source photos."""

    photo: int
    target_face: Face
    source_face: Face
    region: Rect
    placed: Placed | None
    suitability: Suitability | None
    inspection: Inspection | None
    likeness: Likeness | None


@dataclass(frozen=True, slots=True)
class Result:
    """One fused photo.

    `pixels` and `before` (the target at the output's size) are (H, W, 3) uint8 sRGB. `region` is what may differ
    between them; it is empty at ratio 0. `source_face` is as it lies in its photo, mirrored or not. `likeness` is None
    at ratio 0, and where it could not be measured. `steps`: rungs of the ladder that were taken within the run.
    `suitability`: what was said of the pair before; None at ratio 0. `inspection`: what looked wrong in the result;
    None at ratio 0. `sources`: every source photo, in order, and what became of it. `opaque`: the part of both that the
    photo fills, px, where what stands beside it is transparent in the file; None where all of it is to be seen.
    `heads`: boxes of all faces that the picture shows, px of it. `mapped`: each face that was fused, in order, where a
    map named them; then the two faces, what was placed and the likeness are those of the face that is least like its
    source, `suitability` is the worst, `inspection` of all, and `region` the rectangle around all.
    """

    pixels: np.ndarray
    before: np.ndarray
    engine: EngineName
    device: str
    settings: Settings
    target_face: Face
    source_face: Face
    region: Rect
    notices: tuple[Notice, ...]
    measurement: Measurement
    placed: Placed | None
    likeness: Likeness | None = None
    steps: tuple[Step, ...] = ()
    suitability: Suitability | None = None
    inspection: Inspection | None = None
    sources: tuple[SourceFacts, ...] = ()
    opaque: Rect | None = None
    heads: tuple[Box, ...] = ()
    mapped: tuple[FusedFace, ...] = ()

    @property
    def faces_placed(self) -> tuple[Placed, ...]:
        """What was fused, in order; none at ratio 0."""
        each = [face.placed for face in self.mapped] if self.mapped else [self.placed]
        return tuple(placed for placed in each if placed is not None)

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])
