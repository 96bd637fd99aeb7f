"""One photo, one face: every map, in the order in which they need each other."""

from __future__ import annotations

import numpy as np

from fusion.faces import Face, mesh
from fusion.parsing import beard, glasses, light, missing, overlying, palette, shapes, skin
from fusion.parsing.cutout import SIDE, Cutout, cut
from fusion.parsing.face_map import FaceMap, GlassesWorn
from fusion.parsing.glasses import Glasses
from fusion.parsing.overlying import Overlying
from fusion.parsing.silhouette import Segments, Silhouette
from fusion.parsing.skin import Skin

NEAR_HAIR = (0.05, 0.3)  # of a network's share of hair: what was guessed to be hair is so from there on
LIKELIER = (0.3, 0.7)  # of a network's share, between which a pixel comes to be what the share is of
BESIDE_HAIR = 0.04  # of the face width: strands of hair, and what shadow it throws, are not skin so far from it
BROW_ROOM = 0.03  # of the face width: thick brows stand out of the landmarks' line and are no hair that reaches in


def parse(pixels: np.ndarray, face: Face, silhouette: Silhouette | None = None, side: int = SIDE) -> FaceMap:
    """What is where on a face.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
        silhouette: a network that tells the person from the background; without one that is guessed.
        side: of the maps, px.
    """
    cutout = cut(pixels, face, side)
    segments = silhouette.of(cutout.pixels) if silhouette is not None else None
    seed = palette.seed(cutout)
    around = palette.around(cutout, seed)
    known = skin.learn(cutout.lab, seed, around, cutout.width)
    features = _features(cutout)
    worn, over = _before(cutout, around, known, features, segments)
    whiskers, sure = beard.find(cutout, around, over.cover)
    cover = _covers(cutout, known, over, shapes.either(over.hair, over.cover, whiskers, worn.frame, worn.lenses))
    if worn.worn != GlassesWorn.DARK:
        cover = shapes.either(cover, missing.features(cutout))
    hair, likely = _as_segmented(
        over.hair, shapes.either(known.likelihood, over.shade), segments, features, cutout.width
    )
    # a beard may be one piece with hair, and the mouth within it with both
    hair = hair * (1 - whiskers) * (1 - cover) * (1 - sure * cutout.polygon(mesh.LIPS_OUTER))
    opaque = worn.lenses if worn.worn == GlassesWorn.DARK else worn.frame
    bare = likely * cutout.within * (1 - shapes.either(hair, cover, worn.frame, opaque, whiskers))
    shadow = light.hard_shadow(cutout, bare, shapes.either(features, cutout.polygon(mesh.LIPS_OUTER)))
    return FaceMap(
        cutout.crop_from_photo, cutout.points, cutout.within, bare, hair, whiskers, worn.frame, worn.lenses, cover,
        shadow, light.burnt(cutout), worn.worn, worn.score, worn.whole, sure, over.is_text,
        worn.is_outlined,
    )  # fmt: skip


def _before(
    cutout: Cutout, around: np.ndarray, known: Skin, features: np.ndarray, segments: Segments | None
) -> tuple[Glasses, Overlying]:
    """The glasses, and what else lies over the face. Text that runs across the eyes too is no frame."""
    worn = glasses.find(cutout, known)
    if segments is not None and segments.glasses is not None:
        worn = glasses.as_seen(worn, segments.glasses, cutout)
    over = overlying.find(cutout, around, known, features, shapes.either(worn.frame, worn.lenses))
    if over.is_text and worn.worn != GlassesWorn.NONE:
        worn = glasses.bare(cutout.side, worn.score)
        over = overlying.find(cutout, around, known, features, worn.frame)
    return worn, over


def _covers(cutout: Cutout, known: Skin, over: Overlying, things: np.ndarray) -> np.ndarray:
    """What covers the face, in whatever color. `things`: (side, side), 1 on what is known to lie over it."""
    if over.is_text:  # whose lines cut skin to pieces
        return over.cover
    lips = shapes.grown(cutout.polygon(mesh.LIPS_OUTER), BROW_ROOM * cutout.width)
    features = shapes.either(_features(cutout), lips)
    return shapes.either(over.cover, missing.fingers(cutout, known.likelihood, things, features))


def _as_segmented(
    hair: np.ndarray, skin: np.ndarray, segments: Segments | None, features: np.ndarray, face: float
) -> tuple[np.ndarray, np.ndarray]:
    """Hair and skin as a network has them, as far as it knows; outside the person there is neither.

    A share is how sure a network is, and no transparency: a forehead of which it says that it is hair by a third is
    skin, and hair that it is sure of by three quarters lies over all that is below it.
    """
    if segments is None:
        return hair, skin
    person = shapes.rising(segments.person, *LIKELIER)
    if segments.hair is not None:  # the tips of a fringe are finer than what a network sees, but not far from it
        sure = shapes.rising(segments.hair, *LIKELIER)
        beside = np.minimum(3 * shapes.soft(sure, BESIDE_HAIR * face), 1) * (1 - skin) * (1 - features)
        hair = shapes.either(sure, beside, hair * shapes.rising(segments.hair, *NEAR_HAIR))
    skin = skin if segments.skin is None else shapes.rising(segments.skin, *LIKELIER)
    return hair * person, skin * person


def _features(cutout: Cutout) -> np.ndarray:
    parts = (mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND)
    drawn = shapes.either(*(cutout.polygon(ids) for ids in parts), cutout.hull(mesh.NOSTRILS))
    return shapes.grown(drawn, BROW_ROOM * cutout.width)
