"""One photo, one face: every map, in the order in which they need each other."""

from __future__ import annotations

import numpy as np

from fusion.faces import Face, mesh
from fusion.parsing import beard, glasses, light, missing, overlying, palette, shapes, skin
from fusion.parsing.cutout import SIDE, Cutout, cut
from fusion.parsing.face_map import FaceMap, GlassesWorn
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
    features = _features(cutout)
    over = overlying.find(cutout, around, known, shapes.either(features, worn.frame, worn.lenses))
    whiskers, sure = beard.find(cutout, around, over.cover)
    things = shapes.either(over.hair, over.cover, whiskers, worn.frame, worn.lenses)
    cover = over.cover
    if not over.is_text:  # whose lines cut skin to pieces
        cover = np.maximum(cover, _as_skin(cutout, known.likelihood, seed, np.maximum(things, features)))
    if worn.worn != GlassesWorn.DARK:
        cover = np.maximum(cover, missing.features(cutout))
    hair = over.hair * (1 - whiskers) * (1 - cover)
    likely = np.maximum(known.likelihood, over.shade) * cutout.within
    opaque = worn.lenses if worn.worn == GlassesWorn.DARK else worn.frame
    bare = (likely * (1 - shapes.either(hair, cover, worn.frame, opaque, whiskers))).astype(np.float32)
    shadow = light.hard_shadow(cutout, bare, np.maximum(features, cutout.polygon(mesh.LIPS_OUTER)))
    return FaceMap(
        cutout.crop_from_photo, cutout.points, cutout.within, bare, hair, whiskers, worn.frame, worn.lenses, cover,
        shadow, light.burnt(cutout), worn.worn, worn.score, worn.whole, sure,
    )  # fmt: skip


def _as_skin(cutout: Cutout, skin: np.ndarray, seed: np.ndarray, known: np.ndarray) -> np.ndarray:
    lips = shapes.grown(cutout.polygon(mesh.LIPS_OUTER), 2 * BROW_ROOM * cutout.width)
    return missing.cut_out_skin(cutout, skin, seed, np.maximum(known, lips))


def _features(cutout: Cutout) -> np.ndarray:
    parts = (mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND)
    drawn = shapes.either(*(cutout.polygon(ids) for ids in parts), cutout.hull(NOSTRILS))
    return shapes.grown(drawn, BROW_ROOM * cutout.width)
