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
from fusion.types import EngineName, Size


@dataclass(frozen=True, slots=True)
class Result:
    """One fused photo.

    `pixels` and `before` (the target at the output's size) are (H, W, 3) uint8 sRGB. `region` is what may differ
    between them; it is empty at ratio 0. `source_face` is as it lies in its photo, mirrored or not. `likeness` is None
    at ratio 0, and where it could not be measured. `steps`: rungs of the ladder that were taken within the run.
    `suitability`: what was said of the pair before; None at ratio 0. `inspection`: what looked wrong in the result;
    None at ratio 0. `sources`: every source photo, in order, and what became of it. `opaque`: the part of both that the
    photo fills, px, where what stands beside it is transparent in the file; None where all of it is to be seen.
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

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])
