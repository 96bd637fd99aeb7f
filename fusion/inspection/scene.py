"""Everything that a result is compared with: target and source of one fusion, looked at once for any number of results.

What is derived of a picture is computed when it is first asked for, and kept with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from fusion.inspection.regions import Regions, disc, regions
from fusion.inspection.skin import Skin, blurred, lengths, skin
from fusion.inspection.views import FACE, SIDE, Views, views

_FINE = 0.008  # of the face width: what is finer is texture
_THIN = 0.03  # of the face width: half of a line's width at most
FACE_PX = FACE * SIDE  # width of a face in the frame


class Picture:
    """One picture in the frame.

    Args:
        lab: (SIDE, SIDE, 3) float32 CIELAB.
        places: of the face in the frame.
    """

    def __init__(self, lab: np.ndarray, places: Regions) -> None:
        self.lab = lab
        self._places = places
        self._smooth: dict[float, np.ndarray] = {}
        self._steep: dict[float, np.ndarray] = {}

    @cached_property
    def skin(self) -> Skin:
        """Its own skin, and how far each place is from it."""
        return skin(self.lab, self._places.seed, FACE_PX)

    @cached_property
    def lines(self) -> np.ndarray:
        """(SIDE, SIDE) float32: how far from skin what is that stands out and is thin."""
        lines: np.ndarray = cv2.morphologyEx(self.skin.far, cv2.MORPH_TOPHAT, disc(_THIN * FACE_PX))
        return lines

    @cached_property
    def relief(self) -> np.ndarray:
        """(SIDE, SIDE) float32: the same in ΔE, whatever is usual on this skin."""
        off = lengths(self.smooth(_FINE) - self.skin.expected)
        relief: np.ndarray = cv2.morphologyEx(off, cv2.MORPH_TOPHAT, disc(_THIN * FACE_PX))
        return relief

    @cached_property
    def light(self) -> float:
        """Lightness of its cheeks and nose."""
        seed = self.lab[..., 0][self._places.seed]
        return float(np.median(seed)) if seed.size else 50.0

    def smooth(self, scale: float) -> np.ndarray:
        """(SIDE, SIDE, 3), blurred by a share of the face width."""
        if scale not in self._smooth:
            self._smooth[scale] = blurred(self.lab, scale * FACE_PX)
        return self._smooth[scale]

    def steepness(self, scale: float) -> np.ndarray:
        """(SIDE, SIDE) float32: ΔE in a hundredth of the face width."""
        if scale not in self._steep:
            across, down = (
                lengths(cv2.Sobel(self.smooth(scale), cv2.CV_32F, *axis, scale=FACE_PX / 800))
                for axis in ((1, 0), (0, 1))
            )
            self._steep[scale] = cv2.magnitude(across, down)
        return self._steep[scale]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What results of one fusion are compared with.

    Attributes:
        views: how pictures are read into the frame.
        places: of the face there.
        target, source: the photos.
        still: the target at the result's own px: what the fusion left where it was lies here as it lies in the result.
    """

    views: Views
    places: Regions
    target: Picture
    source: Picture
    still: Picture

    def picture(self, result: np.ndarray) -> Picture:
        """A result, (H, W, 3) uint8 sRGB, in the frame."""
        return Picture(self.views.of(result), self.places)


def scene(
    target: np.ndarray,
    source: np.ndarray,
    result_points: np.ndarray,
    target_points: np.ndarray,
    source_points: np.ndarray,
) -> Scene:
    """Read both photos, (H, W, 3) uint8 sRGB, through their landmarks, (478, 2 or 3) px. 30 ms, whatever the size.

    Args:
        target: at the result's size.
        result_points: where the landmarks of the fused face are, px of any of its results.
    """
    seen = views(target, source, result_points, target_points, source_points)
    places = regions(seen.shape, FACE_PX)
    return Scene(seen, places, *(Picture(lab, places) for lab in (seen.target, seen.source, seen.still)))
