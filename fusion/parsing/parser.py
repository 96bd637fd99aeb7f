"""One photo, one face: every map, in the order in which they need each other."""

from __future__ import annotations

import numpy as np

from fusion.faces import Face, mesh
from fusion.parsing import beard, glasses, light, overlying, palette, shapes, skin
from fusion.parsing.cutout import SIDE, Cutout, cut
from fusion.parsing.face_map import FaceMap
from fusion.parsing.silhouette import Silhouette

NOSTRILS = (2, 98, 327, 240, 460, 75, 305, 20, 250)
BROW_ROOM = 0.03  # of the face width: thick brows stand out of the landmarks' line and are no hair that reaches in


def parse(pixels: np.ndarray, face: Face, silhouette: Silhouette | None = None, side: int = SIDE) -> FaceMap:
    """What is where on a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        silhouette: who tells the person from the background; without one it is guessed.
        side: of the maps, px.
    """
    cutout = cut(pixels, face, side)
    person = silhouette.of(cutout.pixels) if silhouette is not None else None
    seed = palette.seed(cutout)
    around = palette.around(cutout, seed, person)
    known = skin.learn(cutout.lab, seed, around, cutout.width)
    worn = glasses.find(cutout, known)
    over = overlying.find(cutout, around, known, np.max([_features(cutout), worn.frame, worn.lenses], axis=0))
    whiskers, sure = beard.find(cutout, around, over.cover)
    hair = over.hair * (1 - whiskers)
    likely = np.maximum(known.likelihood, over.shade)
    bare = likely * (1 - np.max([hair, over.cover, worn.frame, whiskers], axis=0)) * cutout.within
    return FaceMap(
        cutout.crop_from_photo, cutout.points, cutout.within, bare.astype(np.float32), hair, whiskers, worn.frame,
        worn.lenses, over.cover, light.hard_shadow(cutout, bare), light.burnt(cutout), worn.worn, worn.score,
        worn.whole, sure,
    )  # fmt: skip


def _features(cutout: Cutout) -> np.ndarray:
    parts = (mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND)
    drawn = np.max([*(cutout.polygon(ids) for ids in parts), cutout.hull(NOSTRILS)], axis=0)
    return shapes.grown(drawn, BROW_ROOM * cutout.width)
