"""What one photo shows of one face, at each landmark of the mesh.

A mesh is the same for everybody, so two photos are compared landmark by landmark, and a mirror is a change of places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fusion.faces import Face
from fusion.parsing import FaceMap, GlassesWorn, parse
from fusion.suitability import light, surface
from fusion.types import Size
from fusion.verdict import Trouble

_LIPS = (13, 14)  # the middle of the upper lip's inner edge, and of the lower one's


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a photo shows of a face.

    Attributes:
        area: (478,) the share of the face that lies around each landmark in this photo; sums to 1.
        features: (478,) bool, within the hull of brows, eyes, nose and lips.
        hidden: (478,) each, 0…1, by what hides it.
        yaw, pitch: degrees, as of `fusion.faces.Face`.
        width_px: of the face.
        mouth_open: height of the opening between the lips, as a share of the face width.
        eyes_shut: 0…1, MediaPipe's weight of a blink, of the eye that is shut less.
        beard: 0…1, how sure a beard is.
        skin: CIELAB of the face's skin; None where too little of it shows.
        hardness: 0…1, how far the light on the face is hard.
        glasses: what is worn.
        frame_whole: their frame is seen from end to end.
    """

    area: np.ndarray
    features: np.ndarray
    hidden: Mapping[Trouble, np.ndarray]
    yaw: float
    pitch: float
    width_px: float
    mouth_open: float
    eyes_shut: float
    beard: float
    skin: tuple[float, float, float] | None
    hardness: float
    glasses: GlassesWorn
    frame_whole: bool

    def covered(self, *troubles: Trouble) -> np.ndarray:
        """(478,) 0…1: how far each landmark is hidden by any of some troubles."""
        covered: np.ndarray = np.max([self.hidden[trouble] for trouble in troubles], axis=0)
        return covered


def look(pixels: np.ndarray, face: Face, parsed: FaceMap | None = None) -> Shown:
    """What a photo shows of a face. 40 ms, or few where the face is parsed already.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        parsed: what `fusion.parsing.parse` says of the same face.
    """
    parsed = parsed or parse(pixels, face)
    skin, hardness = light.on_skin(pixels, parsed)
    upper, lower = face.landmarks[list(_LIPS)]
    return Shown(
        area=surface.area(face),
        features=surface.at_points(parsed.features, parsed) > 0.5,
        hidden=_hidden(face, Size(pixels.shape[1], pixels.shape[0]), parsed),
        yaw=face.yaw,
        pitch=face.pitch,
        width_px=face.width_px,
        mouth_open=float(np.linalg.norm(upper - lower)) / face.width_px,
        eyes_shut=min(face.blendshapes.get(f"eyeBlink{side}", 0.0) for side in ("Left", "Right")),
        beard=parsed.beard_sure,
        skin=skin,
        hardness=hardness,
        glasses=parsed.glasses,
        frame_whole=parsed.frame_whole,
    )


def _hidden(face: Face, size: Size, parsed: FaceMap) -> dict[Trouble, np.ndarray]:
    """Frame and lenses are one thing where they are dark, and beyond the photo's edge there is nothing else."""
    cut_off = surface.cut_off(face.landmarks, size)
    maps = {
        Trouble.HAIR: parsed.hair,
        Trouble.OBJECT: parsed.cover,
        Trouble.GLASSES: parsed.frame,
        Trouble.DARK_LENSES: parsed.lenses,
        Trouble.SHADOW: parsed.shadow,
        Trouble.BURNT: parsed.burnt,
    }
    hidden = {trouble: surface.at_points(map_, parsed) * (1 - cut_off) for trouble, map_ in maps.items()}
    unseen = Trouble.GLASSES if parsed.glasses == GlassesWorn.DARK else Trouble.DARK_LENSES
    hidden[unseen] = np.zeros_like(hidden[unseen])
    return hidden | {Trouble.TURNED: surface.turned(face), Trouble.CUT_OFF: cut_off}
