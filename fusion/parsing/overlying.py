"""What lies over a face without being of it: hair and hats from above and beside, other things from anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import fringe, shapes
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
PLAIN = 0.03  # the same for one that comes from below, where hair of the scalp does not
PARTED = 15.0  # CIELAB between parts of a piece, one of the color of hair and one not, from which they are two
ALIKE = 20.0  # CIELAB around the color of a thing, within which it goes on over a nostril, a brow or an eye
FOLD = 6.0  # spreads away from skin: a fold of a smile had 4.8
DEEP = 0.1  # of the face width: well within the outline
FOREIGN = 3.0  # spreads away from skin, from which a color is none of skin in shade
LETTERS = 10  # sharp small pieces of one color, from which they are a text: four texts had 20 and more, faces up to 6
FRAMED = 0.22  # of the face width above and below the eyes: where a frame may be
BURNT, CLIPPED = 0.3, 250  # share of the face in which all channels are at their end, of 255
ONE_INK = 8.0  # CIELAB, median deviation of their colors


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
    deep: np.ndarray  # share well within the outline
    mouth: np.ndarray

    def mask(self, chosen: np.ndarray) -> np.ndarray:
        chosen = chosen.copy()
        chosen[0] = False
        return chosen[self.labels].astype(np.float32)


def find(cutout: Cutout, around: np.ndarray, skin: Skin, features: np.ndarray, glasses: np.ndarray) -> Overlying:
    """Sort the pieces of a face that are no skin by their color, their borders and where they touch the outline.

    Args:
        around: (side, side), how much rather a color is found around the head.
        features, glasses: (side, side), 1 on what is no skin and lies not over it: brows, eyes and nostrils; a pair.
    """
    pieces = _pieces(cutout, around, skin, shapes.either(features, glasses))
    # a thing has a border; what fades into skin, and is smooth as skin, is its shade
    soft = (pieces.step < 0.75) & (pieces.rough < SMOOTH)
    plain = (pieces.rough < BLANK) & (pieces.rim_above < 0.5) | (pieces.rough < PLAIN) & (pieces.rim_above < 0.15)
    blank = (pieces.cut > 0.7) & plain
    from_above = (pieces.rim > SPECK) & (pieces.rim_above > 0.05) & (pieces.mouth < 0.3)
    is_hair = ~soft & ~blank & from_above & (pieces.around > 0.5)
    fold = is_hair & (pieces.lower > 0.6) & (pieces.deep > 0.4) & (pieces.unlike < FOLD)  # of a smile, beside the nose
    is_hair, soft = is_hair & ~fold, soft | fold
    thing = (pieces.cut > 0.7) & (pieces.unlike > FOREIGN) & (pieces.mouth < 0.7)
    whiskers = (pieces.rough > 0.04) & (pieces.around > 0.7) & (pieces.lower > 0.8)
    is_cover = thing & ~is_hair & ~whiskers & (pieces.area > np.where(pieces.rim > 0, SMALL, 1.7 * SMALL))
    letters = (pieces.cut > 0.8) & (pieces.unlike > 2) & (pieces.area < 3 * SMALL) & (pieces.mouth < 0.1)
    is_text = _is_text(cutout, pieces, np.flatnonzero(letters[1:]) + 1)
    is_cover |= letters & is_text
    is_cover &= not _is_burnt(cutout)  # where each crease has a sharp border and a color of its own
    strange = (skin.likelihood < BARE_BELOW) & (glasses < 0.5) & (features > 0.5)
    is_hair_here = pieces.mask(is_hair) > 0.5
    hangs = pieces.mask(is_hair & (pieces.area > SMALL)) > 0.5
    if hangs.any():
        is_hair_here |= fringe.over_features(cutout, hangs, strange & (around > 0.5), skin.unlike)
    cover_here = pieces.mask(is_cover) > 0.5
    if not is_text:
        for piece in np.flatnonzero(is_cover):
            cover_here |= _over_features(cutout, pieces.labels == piece, strange)
    width = 0.012 * cutout.width
    hair, cover = (
        shapes.soft(shapes.grown(here.astype(np.float32), width), width) for here in (is_hair_here, cover_here)
    )
    return Overlying(hair, cover, shapes.soft(pieces.mask(soft), width), is_text)


def _is_text(cutout: Cutout, pieces: _Pieces, letters: np.ndarray) -> bool:
    """Whether pieces are letters: many of one color, and not about the eyes alone, where pieces of a frame are.

    Whiskers are small and sharp too.
    """
    if len(letters) < LETTERS or _is_burnt(cutout):
        return False
    inks = np.stack([np.median(cutout.lab[pieces.labels == letter], axis=0) for letter in letters])
    spread = float(np.median(np.abs(inks - np.median(inks, axis=0)), axis=0).max())
    rows = np.array([np.nonzero(pieces.labels == letter)[0].mean() for letter in letters])
    eyes = cutout.points[list(mesh.RIGHT_EYE + mesh.LEFT_EYE), 1]
    room = FRAMED * cutout.width
    elsewhere = (rows < eyes.min() - room) | (rows > eyes.max() + room)
    return spread < ONE_INK and int(elsewhere.sum()) >= LETTERS


def _is_burnt(cutout: Cutout) -> bool:
    return float((cutout.least[cutout.oval > 0.5] >= CLIPPED).mean()) > BURNT


def _over_features(cutout: Cutout, thing: np.ndarray, features: np.ndarray) -> np.ndarray:
    """(side, side) bool: the pieces of features that touch a thing and have its color."""
    color = np.median(cutout.lab[thing], axis=0)
    alike = np.square(cutout.lab - color).sum(-1) < ALIKE**2
    return shapes.touching(features & alike, thing)


def _parted(cutout: Cutout, labels: np.ndarray, count: int, around: np.ndarray) -> tuple[int, np.ndarray]:
    """The pieces, but where a thing touches hair: what of them has another color than hair is a piece of its own."""
    least = SMALL * cutout.width**2
    other = cv2.morphologyEx(
        (cv2.blur(around, (3, 3)) < 0.5).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    own = labels * other
    sizes = np.bincount(labels.ravel(), minlength=count)
    apart = np.bincount(own.ravel(), minlength=count)
    apart[0] = 0
    for piece in np.flatnonzero((apart > least) & (sizes - apart > least)):
        hair = np.median(cutout.lab[(labels == piece) & (other == 0)], axis=0)
        number, within = shapes.parts((own == piece).astype(np.float32))
        for part in np.flatnonzero(np.bincount(within.ravel(), minlength=number) > least)[1:]:
            if float(np.linalg.norm(np.median(cutout.lab[within == part], axis=0) - hair)) > PARTED:
                labels[within == part] = count
                count += 1
    return count, labels


def _pieces(cutout: Cutout, around: np.ndarray, skin: Skin, exempt: np.ndarray) -> _Pieces:
    face = cutout.width
    face_here = cutout.oval * cutout.within * (1 - exempt) > 0.5
    foreign = ((skin.likelihood < BARE_BELOW) & face_here).astype(np.uint8)
    count, labels = cv2.connectedComponents(cv2.morphologyEx(foreign, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)))
    count, labels = _parted(cutout, labels, count, around)
    places = np.flatnonzero(labels)
    own = labels.ravel()[places]
    size = np.maximum(np.bincount(own, minlength=count), 1)
    rim = cutout.depth < RIM * face
    rows = np.broadcast_to(np.arange(cutout.side)[:, None] + 0.5, labels.shape)
    upper = rows < cutout.points[1, 1]
    on_rim = np.bincount(labels[rim], minlength=count)

    within = cv2.distanceTransform((labels > 0).astype(np.uint8), cv2.DIST_L2, 3) > BORDER
    inside = np.bincount(labels[within], minlength=count)
    inner = np.bincount(labels[within], cutout.texture[within], count) / np.maximum(inside, 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(own, values.ravel()[places], count) / size

    rough = np.where(inside > 9, inner, mean(cutout.texture))
    step, cut = _borders(labels, count, cutout.steepness, (cutout.depth > 0.04 * face) & (exempt < 0.5))
    return _Pieces(
        labels, size / face**2, mean(around), mean(skin.unlike), rough, step, cut,
        on_rim / face**2, np.bincount(labels[rim & upper], minlength=count) / np.maximum(on_rim, 1),
        mean(~upper), mean(cutout.depth > DEEP * face), mean(cutout.polygon(mesh.LIPS_OUTER)),
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
