"""What parsing says of a face."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes

FEATURES = (*mesh.RIGHT_BROW, *mesh.LEFT_BROW, *mesh.RIGHT_EYE_AROUND, *mesh.LEFT_EYE_AROUND,
            *mesh.NOSE, *mesh.LIPS_OUTER, 98, 327)  # fmt: skip  # the last two are the wings of the nose


class GlassesWorn(StrEnum):
    """What is worn before the eyes; `dark` where one cannot see the eyes, for tint or for reflections."""

    NONE = "none"
    CLEAR = "clear"
    DARK = "dark"


@dataclass(frozen=True, slots=True, eq=False)
class FaceMap:
    """What is where on a face, on an upright square cut-out of its photo.

    Maps are (side, side) float32, 0…1: how far a pixel is what the map is named for. They overlap: a hand's shadow is
    on the hand and on the skin.

    Attributes:
        crop_from_photo: (2, 3) float64, photo px to px of the maps, as in `fusion.faces.crop`.
        points: (478, 2) float32, the landmarks, px of the maps.
        within: where the photo has pixels.
        skin: bare skin, whatever light falls on it; not eyes, brows and lips.
        hair: of the scalp, or a hat: what reaches into the face from outside, and what of it is around the face.
        beard: hair that grows in the face.
        frame: of glasses, its arms over the face and the temples.
        lenses: what is within the frame's rims.
        cover: a hand, a phone, text, any other thing before the face.
        shadow: of something else, with a hard edge.
        burnt: highlights that are clipped.
        glasses: what is worn.
        glasses_score: how strongly a frame's lines stand out, CIELAB units.
        frame_whole: the frame is seen from end to end: it is in the photo, and nothing lies over it.
        beard_sure: 0…1, how sure it is that there is a beard.
        is_text: the cover is letters, all over the face.
        frame_outlined: `frame` is a band in which thin rims lie, with skin on both sides of them.
    """

    crop_from_photo: np.ndarray
    points: np.ndarray
    within: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    beard: np.ndarray
    frame: np.ndarray
    lenses: np.ndarray
    cover: np.ndarray
    shadow: np.ndarray
    burnt: np.ndarray
    glasses: GlassesWorn
    glasses_score: float
    frame_whole: bool
    beard_sure: float
    is_text: bool
    frame_outlined: bool = False

    @property
    def side(self) -> int:
        """Of the maps, px."""
        return len(self.skin)

    @property
    def oval(self) -> np.ndarray:
        """(side, side) float32: inside the face's outline, forehead to chin."""
        return shapes.polygon(self.points[list(mesh.OVAL)], self.side)

    @property
    def features(self) -> np.ndarray:
        """(side, side) float32: the hull of brows, eyes, nose and lips."""
        return shapes.hull(self.points[list(FEATURES)], self.side)

    @property
    def on_top(self) -> np.ndarray:
        """(side, side) float32: what lies over the face: hair, covers, a frame, and lenses that hide the eyes."""
        over = np.maximum(np.maximum(self.hair, self.cover), self.frame)
        return np.maximum(over, self.lenses) if self.glasses == GlassesWorn.DARK else over

    def share(self, part: np.ndarray, region: np.ndarray | None = None) -> float:
        """0…1, how much of a region (by default the oval) a map covers; both (side, side)."""
        weight = self.oval if region is None else region
        return float((part * weight).sum() / max(float(weight.sum()), 1e-6))
