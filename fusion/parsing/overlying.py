"""What lies over a face without being of it: hair and hats from above and beside, other things from anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout
from fusion.parsing.skin import Skin

BARE_BELOW = 0.4  # skin likelihood of what may be something else
RIM = 0.06  # of the face width: how near to the outline something must come that reaches in
SPECK = 0.0008  # of the face width squared: what is smaller is nothing, but for the letters of a text
SMALL = 0.008  # likewise: what is smaller is no thing that stands before a face, 1.7 times that within it
STEP = 1.6  # CIELAB units per px: a border less steep is a shade's; hair out of focus has more
CUT = 4.0  # likewise, from which a border is that of a thing in front
BORDER = 4  # px: the texture of a piece is measured further within
SMOOTH = 0.020  # texture (`Cutout.texture`) below which there is no hair
BLANK = 0.012  # likewise, below which a piece with a sharp border is a thing, be it as dark as hair
FOREIGN = 3.0  # spreads away from skin, from which a color is none of skin in shade
LETTERS = 6  # sharp small pieces all over the face, from which they are a text


@dataclass(frozen=True, slots=True, eq=False)
class Overlying:
    """(side, side) float32 maps: hair or a hat, other things, and what is skin in the shade after all.

    `is_text`: the other things are letters, all over the face.
    """

    hair: np.ndarray
    cover: np.ndarray
    shade: np.ndarray
    is_text: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Connected pieces of what is not skin, and what each is like; index 0 is the ground.

    Shares are of the piece, but `step` and `cut`: of its border within the face. Areas are in face widths squared.
    """

    labels: np.ndarray
    area: np.ndarray
    around: np.ndarray  # mean
    unlike: np.ndarray  # mean
    rough: np.ndarray  # mean within, without the border
    step: np.ndarray
    cut: np.ndarray
    rim: np.ndarray  # area
    rim_above: np.ndarray  # share of that
    lower: np.ndarray  # share below the nose
    mouth: np.ndarray

    def mask(self, chosen: np.ndarray) -> np.ndarray:
        chosen = chosen.copy()
        chosen[0] = False
        return chosen[self.labels].astype(np.float32)


def find(cutout: Cutout, around: np.ndarray, skin: Skin, exempt: np.ndarray) -> Overlying:
    """Sort the pieces of a face that are no skin by their color, their borders and where they touch the outline.

    Args:
        around: (side, side), how much rather a color is found around the head.
        exempt: (side, side), 1 on what is no skin and lies not over it: brows, eyes, glasses.
    """
    pieces = _pieces(cutout, around, skin, exempt)
    # a thing has a border; what fades into skin, and is smooth as skin, is its shade
    soft = (pieces.step < 0.75) & (pieces.rough < SMOOTH)
    blank = (pieces.cut > 0.7) & (pieces.rough < BLANK) & (pieces.rim_above < 0.5)
    from_above = (pieces.rim > SPECK) & (pieces.rim_above > 0.05) & (pieces.mouth < 0.3)
    is_hair = ~soft & ~blank & from_above & (pieces.around > 0.5)
    thing = (pieces.cut > 0.7) & (pieces.unlike > FOREIGN) & (pieces.mouth < 0.7)
    whiskers = (pieces.rough > 0.04) & (pieces.around > 0.7) & (pieces.lower > 0.8)
    is_cover = thing & ~is_hair & ~whiskers & (pieces.area > np.where(pieces.rim > 0, SMALL, 1.7 * SMALL))
    letters = (pieces.cut > 0.8) & (pieces.unlike > 2) & (pieces.area < 3 * SMALL) & (pieces.mouth < 0.1)
    is_text = int(letters[1:].sum()) >= LETTERS
    is_cover |= letters & is_text
    width = 0.012 * cutout.width
    hair, cover = (shapes.soft(shapes.grown(pieces.mask(kind), width), width) for kind in (is_hair, is_cover))
    return Overlying(hair, cover, shapes.soft(pieces.mask(soft), width), is_text)


def _pieces(cutout: Cutout, around: np.ndarray, skin: Skin, exempt: np.ndarray) -> _Pieces:
    face = cutout.width
    foreign = ((skin.likelihood < BARE_BELOW) & (cutout.oval > 0.5) & (exempt < 0.5)).astype(np.uint8)
    count, labels = cv2.connectedComponents(cv2.morphologyEx(foreign, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)))
    own = labels.ravel()
    size = np.maximum(np.bincount(own, minlength=count), 1)
    rim = cutout.depth < RIM * face
    rows = np.broadcast_to(np.arange(cutout.side)[:, None] + 0.5, labels.shape)
    upper = rows < cutout.points[1, 1]
    on_rim = np.bincount(labels[rim], minlength=count)

    within = cv2.distanceTransform((labels > 0).astype(np.uint8), cv2.DIST_L2, 3) > BORDER
    inside = np.bincount(labels[within], minlength=count)
    inner = np.bincount(labels[within], cutout.texture[within], count) / np.maximum(inside, 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(own, values.ravel(), count) / size

    rough = np.where(inside > 9, inner, mean(cutout.texture))
    step, cut = _borders(labels, count, cutout.steepness, (cutout.depth > 0.04 * face) & (exempt < 0.5))
    return _Pieces(
        labels, size / face**2, mean(around), mean(skin.unlike), rough, step, cut,
        on_rim / face**2, np.bincount(labels[rim & upper], minlength=count) / np.maximum(on_rim, 1),
        mean(~upper), mean(cutout.polygon(mesh.LIPS_OUTER)),
    )  # fmt: skip


def _borders(
    labels: np.ndarray, count: int, steepness: np.ndarray, counting: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of each piece, the shares of its border that are steeper than `STEP` and `CUT`; 1 where it has hardly one."""
    wide = cv2.dilate(labels.astype(np.float32), np.ones((5, 5), np.uint8)).astype(np.int32)
    ring = (labels == 0) & (wide > 0) & counting
    length = np.bincount(wide[ring], minlength=count)
    shares = [np.bincount(wide[ring & (steepness > at)], minlength=count) / np.maximum(length, 1) for at in (STEP, CUT)]
    return np.where(length < 8, 1.0, shares[0]), np.where(length < 8, 0.0, shares[1])
