"""What one photo shows of one face, at each landmark of the mesh.

A mesh is the same for everybody, so two photos are compared landmark by landmark, and a mirror is a change of places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fusion.faces import Face, mesh, mirror
from fusion.parsing import FaceMap, GlassesWorn, parse
from fusion.suitability import light, surface
from fusion.types import Size
from fusion.verdict import Trouble

FRINGE = (0.4, 0.7)  # of the forehead right above a brow, from which hair begins to lie over it, and hides it
LOCK = (0.15, 0.30)  # of skin around an eye, below which a lock hides it with its brow, and above which none does
_AROUND_RIGHT_EYE = (113, 225, 224, 223, 222, 221, 31, 228, 229, 230, 35, 124, 156, 143)
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
        smile: 0…1, MediaPipe's weight of the corners of the mouth that are drawn up, of the one that is so less.
        beard: 0…1, how sure a beard is.
        skin: CIELAB of the face's skin; None where too little of it shows.
        paleness: stops that it is brighter than the whites of its eyes; None where these are not seen.
        contrast: stops between the darkest and the brightest tenth of the skin.
        burnt: 0…1, the share of the face on which a color channel is clipped.
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
    smile: float
    beard: float
    skin: tuple[float, float, float] | None
    paleness: float | None
    contrast: float
    burnt: float
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
    lit, area = light.on_face(pixels, parsed), surface.area(face)
    upper, lower = face.landmarks[list(_LIPS)]
    return Shown(
        area=area,
        features=surface.at_points(parsed.features, parsed) > 0.5,
        hidden=_hidden(face, Size(pixels.shape[1], pixels.shape[0]), parsed),
        yaw=face.yaw,
        pitch=face.pitch,
        width_px=face.width_px,
        mouth_open=float(np.linalg.norm(upper - lower)) / face.width_px,
        eyes_shut=_of_both(face, "eyeBlink"),
        smile=_of_both(face, "mouthSmile"),
        beard=parsed.beard_sure,
        skin=lit.skin,
        paleness=lit.paleness,
        contrast=lit.contrast,
        burnt=float((area * surface.at_points(lit.burnt, parsed)).sum()),
        glasses=parsed.glasses,
        frame_whole=parsed.frame_whole,
    )


def _of_both(face: Face, expression: str) -> float:
    """0…1: MediaPipe's weight of an expression, of the half of the face that has less of it."""
    return min(face.blendshapes.get(f"{expression}{side}", 0.0) for side in ("Left", "Right"))


def _hidden(face: Face, size: Size, parsed: FaceMap) -> dict[Trouble, np.ndarray]:
    """Frame and lenses are one thing where they are dark, and beyond the photo's edge there is nothing else."""
    cut_off = surface.cut_off(face.landmarks, size)
    maps = {
        Trouble.OBJECT: parsed.cover,
        Trouble.GLASSES: parsed.frame,
        Trouble.DARK_LENSES: parsed.lenses,
        Trouble.SHADOW: parsed.shadow,
        Trouble.BURNT: parsed.burnt,
    }
    read = {trouble: surface.at_points(map_, parsed) for trouble, map_ in maps.items()} | {Trouble.HAIR: _hair(parsed)}
    hidden = {trouble: amount * (1 - cut_off) for trouble, amount in read.items()}
    unseen = Trouble.GLASSES if parsed.glasses == GlassesWorn.DARK else Trouble.DARK_LENSES
    hidden[unseen] = np.zeros_like(hidden[unseen])
    return hidden | {Trouble.TURNED: surface.turned(face), Trouble.CUT_OFF: cut_off}


def _hair(parsed: FaceMap) -> np.ndarray:
    """(478,) 0…1: hair at each landmark.

    Brows and lids are of the color of hair, so parsing says nothing of hair on them. It lies over a brow where it runs
    up to most of it from above, and over an eye with its brow where there is no skin around the two. What is dark
    within the lips is the mouth.
    """
    hair, skin = (surface.at_points(map_, parsed) for map_ in (parsed.hair, parsed.skin))
    other = mirror.pairing()
    for brow, eye, around in (
        (mesh.RIGHT_BROW, mesh.RIGHT_EYE_AROUND, list(_AROUND_RIGHT_EYE)),
        (mesh.LEFT_BROW, mesh.LEFT_EYE_AROUND, other[list(_AROUND_RIGHT_EYE)]),
    ):
        fringe = np.interp(surface.above(parsed.hair, brow, parsed), FRINGE, (0.0, 1.0))
        lock = np.interp(skin[around].mean(), LOCK, (1.0, 0.0)) if parsed.glasses == GlassesWorn.NONE else 0.0
        hair[list(brow)] = max(fringe, lock)
        hair[list(eye)] = lock
    hair[[*mesh.LIPS_OUTER, *mesh.LIPS_INNER]] = 0.0
    return hair
