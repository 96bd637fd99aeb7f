"""One photo, one face: every map, in the order in which they need each other."""

from __future__ import annotations

import numpy as np

from fusion.faces import Face, mesh
from fusion.parsing import beard, glasses, light, overlying, palette, shapes, skin
from fusion.parsing.cutout import SIDE, Cutout, cut
from fusion.parsing.face_map import FaceMap
from fusion.parsing.silhouette import Silhouette

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
    likely = skin.learn(cutout.lab, seed, around, cutout.width).likelihood
    worn = glasses.find(cutout, likely)
    whiskers, sure = beard.find(cutout, around)
    exempt = np.max([_features(cutout), worn.frame, worn.lenses, (whiskers > 0.2).astype(np.float32)], axis=0)
    hair = overlying.hair(cutout, around, likely, exempt)
    cover = overlying.covers(cutout, likely, np.maximum(exempt, hair))
    bare = likely * (1 - np.max([hair, cover, worn.frame, whiskers], axis=0)) * cutout.within
    return FaceMap(
        cutout.crop_from_photo, cutout.points, cutout.within, bare.astype(np.float32), hair, whiskers, worn.frame,
        worn.lenses, cover, light.hard_shadow(cutout, bare), light.burnt(cutout), worn.worn, worn.score, worn.whole,
        sure,
    )  # fmt: skip


def _features(cutout: Cutout) -> np.ndarray:
    parts = (mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND, mesh.LIPS_OUTER)
    return shapes.grown(np.max([cutout.polygon(ids) for ids in parts], axis=0), BROW_ROOM * cutout.width)
