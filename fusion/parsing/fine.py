"""What stands before a face, as sharp as the picture that it stays in: a parse is coarser than the edge of a phone.

Near the edge of what was parsed each pixel goes to whose color it rather has, the thing's or that of the skin beside
it, both as they are just there. Text is found anew, by its strokes and their one color.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import geometry, mesh
from fusion.parsing import shapes
from fusion.parsing.face_map import FaceMap, GlassesWorn

ROOM = 0.15  # of the face width: how far around what was parsed more of it is looked for
INSIDE, OUTSIDE = 0.025, 0.02  # of the face width: how far within and beyond its parsed edge a thing may really end
NEAR, FAR = 0.06, 0.24  # of the face width, standard deviations: whose pixels tell the color that a thing has here
TELLING = 12.0  # CIELAB between thing and skin, below which color does not tell them apart
MINE = 0.3  # of the way from the color of skin to that of the thing, from which a pixel is the thing's
CLEARLY = 0.6  # likewise, from which it is so where nothing was parsed, if only it is one piece with the thing
LIKE_FRAME = 12.0  # CIELAB from the color of a frame, within which a dark pixel of a brow is of it
FRAME_ROOM = 0.012  # of the face width: so far beyond its lines a parsed frame reaches
FADE = 0.012  # of the face width: over which the fused face begins beside a thing
STROKE = 0.06  # of the face width: strokes of a text are narrower
STANDS_OUT = 10.0  # CIELAB, by which a stroke differs from what is beside it
CLEAR = 75  # per cent of the pixels of letters that stand out less than those which tell the color of all
FAINT = 0.15  # of the way from skin to the color of the text, from which the rim of a stroke is of it
ONE_COLOR = 14.0  # CIELAB, by which a stroke may be off that way
SPECK = 0.01  # of the face width squared: a smaller hole in a thing is of it
_BROWS = mesh.RIGHT_BROW, mesh.LEFT_BROW
_CORE, _FRAME = 0.6, 0.3  # of a parsed letter, and of a frame
_COARSER = 0.25  # of the maps: colors nearby need no more


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """A part of the picture, and the way from its px indices to those of the maps."""

    rows: slice
    columns: slice
    to_map: np.ndarray  # (2, 3)
    face: float  # width, px

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.columns.stop - self.columns.start, self.rows.stop - self.rows.start

    def read(self, map_: np.ndarray) -> np.ndarray:
        """A map, (side, side) or with three channels, at each pixel of the window."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(map_, self.to_map, self.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def kept(
    parsed: FaceMap, pixels: np.ndarray, points: np.ndarray, margin: int = 1, with_glasses: bool = True
) -> np.ndarray:
    """(H, W) float32: 1 on all that stands before a face, its last pixel too, and fading out beside it.

    That is things, text, a frame with its arms, and lenses that hide the eyes; no hair.

    Args:
        parsed: what is where on the face.
        pixels: (H, W, 3) uint8 RGB, a picture with the face.
        points: (478, 2) px of it, the same landmarks as those of `parsed`.
        with_glasses: a frame, and lenses that hide the eyes, are among it.
        margin: px that are 1 around it: the picture is to be enlarged, or an edge may be mixed with what is beside it.
    """
    whole = np.zeros(pixels.shape[:2], np.float32)
    worn = _worn(parsed) if with_glasses else np.zeros_like(parsed.frame)
    window = _window(np.maximum(parsed.cover, worn), parsed, points, pixels.shape)
    if window is None:
        return whole
    lab = cv2.cvtColor(pixels[window.rows, window.columns].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    solid = np.zeros(lab.shape[:2], bool)
    if parsed.is_text:
        solid = _strokes(parsed, lab, window)
    elif (parsed.cover > 0.5).any():
        solid = _thing(parsed, lab, window)
    whole[window.rows, window.columns] = np.maximum(
        # strokes of a text are mostly rim, which is mixed with what is beside it
        _faded(solid, margin + int(parsed.is_text), max(1.5, FADE * window.face)),
        _faded(_glasses(parsed, worn, lab, window), margin, 1.5),
    )
    return whole


def _faded(solid: np.ndarray, margin: int, fade: float) -> np.ndarray:
    """(h, w) float32: 1 up to `margin` px around what is solid, 0 from `fade` px further on."""
    if not solid.any():
        return np.zeros(solid.shape, np.float32)
    return 1 - shapes.rising(shapes.away_from(solid.astype(np.float32)) - margin, 0.0, fade)


def _glasses(parsed: FaceMap, worn: np.ndarray, lab: np.ndarray, window: _Window) -> np.ndarray:
    """(h, w) bool: the glasses without the skin along a frame, which a parse has with it."""
    whole = window.read(worn) > _FRAME
    if parsed.glasses != GlassesWorn.CLEAR or parsed.frame_outlined or not whole.any():
        return whole  # of thin rims of which no line was found, colour would leave a part
    thick = max(3, 2 * round(FRAME_ROOM * geometry.face_width(parsed.points)) + 1)
    line = window.read(cv2.erode(worn, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick)))) > 0.5
    away = np.linalg.norm(lab - _of_skin(parsed, worn, lab, window), axis=-1) > TELLING
    brows = window.read(shapes.either(*(shapes.polygon(parsed.points[list(ids)], parsed.side) for ids in _BROWS))) > 0.1
    color = np.median(lab[line], axis=0) if line.any() else lab
    alike = np.linalg.norm(lab - color, axis=-1) < LIKE_FRAME  # a brow is as dark, and lies along the rim
    return _without_holes((line | (whole & away)) & (~brows | alike), SPECK / 10 * window.face**2)


def _worn(parsed: FaceMap) -> np.ndarray:
    if parsed.glasses == GlassesWorn.NONE:
        return np.zeros_like(parsed.frame)
    return np.maximum(parsed.frame, parsed.lenses) if parsed.glasses == GlassesWorn.DARK else parsed.frame


def _window(things: np.ndarray, parsed: FaceMap, points: np.ndarray, shape: tuple[int, ...]) -> _Window | None:
    """What of the picture is to be looked at; None where nothing stands before the face."""
    rows, columns = np.nonzero((parsed.oval if parsed.is_text else things) > 0.5)
    if not len(rows):
        return None
    map_from_picture = geometry.affine(points[:, :2], parsed.points).T
    picture_from_map = cv2.invertAffineTransform(map_from_picture)
    corners = np.array([[x, y] for x in (columns.min(), columns.max() + 1) for y in (rows.min(), rows.max() + 1)])
    there = corners @ picture_from_map[:, :2].T + picture_from_map[:, 2]
    face = geometry.face_width(points)
    low, high = there.min(0) - ROOM * face, there.max(0) + ROOM * face
    (left, top), (right, bottom) = np.maximum(low, 0).astype(int), np.ceil(high).astype(int)
    right, bottom = min(right, shape[1]), min(bottom, shape[0])
    if left >= right or top >= bottom:
        return None
    offset = map_from_picture[:, :2] @ (np.array([left, top]) + 0.5) + map_from_picture[:, 2] - 0.5
    to_map = np.column_stack([map_from_picture[:, :2], offset])
    return _Window(slice(int(top), int(bottom)), slice(int(left), int(right)), to_map, float(face))


def _thing(parsed: FaceMap, lab: np.ndarray, window: _Window) -> np.ndarray:
    """(h, w) bool: a thing of whatever color, as far as it can be told from the skin beside it."""
    parse_, oval = (window.read(map_) > 0.5 for map_ in (parsed.cover, parsed.oval))
    within, beyond = shapes.away_from(1.0 - parse_), shapes.away_from(parse_.astype(np.float32))
    along, telling = _rather(parsed, lab, window)
    # a parse ends at the oval: beyond it the thing goes on as far as it is unlike skin
    goes_on = ~oval & (beyond < ROOM * window.face)
    near = parse_ | (beyond < OUTSIDE * window.face) | goes_on
    clearly = (along > CLEARLY) & (beyond < ROOM * window.face)  # its stand, in another color
    mine = (along > MINE) & near | clearly
    found = np.where(telling, mine, parse_ | goes_on) | (within > INSIDE * window.face)
    return _without_holes(shapes.touching(found, parse_), SPECK * window.face**2)


def _without_holes(solid: np.ndarray, most: float) -> np.ndarray:
    """The same with what it encloses, pieces of at most so many px."""
    count, labels = shapes.parts((~solid).astype(np.float32))
    filled: np.ndarray = (np.bincount(labels.ravel(), minlength=count) <= most)[labels] | solid
    return filled


def _rather(parsed: FaceMap, lab: np.ndarray, window: _Window) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) float32, how far colors are on the way from that of skin here to the thing's; bool, where that tells."""
    small = _on_map(lab, window, parsed.side)
    face = geometry.face_width(parsed.points)
    of_thing = window.read(_local(small, parsed.cover**4, face))
    of_skin = window.read(_local(small, _beside(parsed, parsed.cover), face))
    along, _ = _between(lab, of_skin, of_thing)
    return along, np.linalg.norm(of_thing - of_skin, axis=-1) > TELLING


def _on_map(lab: np.ndarray, window: _Window, side: int) -> np.ndarray:
    """(side, side, 3): the window laid where the maps are; its border repeated around it."""
    return cv2.warpAffine(lab, window.to_map, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _local(lab: np.ndarray, weight: np.ndarray, face: float) -> np.ndarray:
    """(side, side, 3): the color of what has weight nearby; where there is little, of what is further off."""
    height, width = weight.shape
    small = cv2.resize(
        np.dstack([lab * weight[..., None], weight]), None, fx=_COARSER, fy=_COARSER, interpolation=cv2.INTER_AREA
    )
    near, far = (cv2.GaussianBlur(small, (0, 0), share * face * _COARSER) for share in (NEAR, FAR))
    both = near + 0.01 * far
    return cv2.resize(both[..., :3] / np.maximum(both[..., 3:], 1e-6), (width, height))


def _strokes(parsed: FaceMap, lab: np.ndarray, window: _Window) -> np.ndarray:
    """(h, w) bool: what is narrow and has the one color that the letters have."""
    size = max(3, round(STROKE * window.face) | 1)
    kernel = np.ones((size, size), np.uint8)
    out = [cv2.morphologyEx(lab, way, kernel) for way in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)]
    strength = np.maximum(*out).max(-1)
    narrow = strength > STANDS_OUT
    letters = narrow & (window.read(parsed.cover) > _CORE)
    if not letters.any():
        return letters
    color = np.median(lab[letters & (strength >= np.percentile(strength[letters], CLEAR))], axis=0)
    of_skin = _of_skin(parsed, parsed.cover, lab, window)
    along, off = _between(lab, of_skin, color)
    mixed = narrow & (off < ONE_COLOR)
    return shapes.touching(mixed & (along > FAINT), mixed & (along > CLEARLY))


def _between(lab: np.ndarray, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) float32 twice: how far a color is on the way from one to another, of that, and CIELAB, how far off it."""
    way = other - one
    along = ((lab - one) * way).sum(-1) / np.maximum((way * way).sum(-1), 1)
    return along, np.linalg.norm(lab - one - along[..., None] * way, axis=-1)


def _of_skin(parsed: FaceMap, things: np.ndarray, lab: np.ndarray, window: _Window) -> np.ndarray:
    """(h, w, 3): the color that skin has around each pixel, but what `things` (side, side) cover."""
    small = _on_map(lab, window, parsed.side)
    return window.read(_local(small, _beside(parsed, things), geometry.face_width(parsed.points)))


def _beside(parsed: FaceMap, things: np.ndarray) -> np.ndarray:
    """(side, side): how far a pixel tells what color skin has beside a thing."""
    free = 1 - cv2.dilate(things, np.ones((5, 5), np.uint8))
    return np.where(parsed.skin > 0.5, parsed.skin, 0.02 * parsed.oval) * free
