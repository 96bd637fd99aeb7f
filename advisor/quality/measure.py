"""What photos, pairs and results measure. No files, no faces looked for: arrays in, nouns out.

The nouns and the meaning of each number are in `advisor.quality.types`; formulas, sources and costs where they are
computed: `advisor.quality.sharpness`, `advisor.quality.noise`, `advisor.quality.seam`, `advisor.quality.smoothing`,
`advisor.recommendation.face_look`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from advisor.quality import crops, seam, sharpness
from advisor.quality.crops import Crop
from advisor.quality.noise import blockiness
from advisor.quality.noise import noise as noise_of
from advisor.quality.seam import Seam
from advisor.quality.types import FaceQuality, PairQuality, PhotoQuality, ResultQuality
from advisor.recommendation import face_look
from fusion.face_setting import WhichFace
from fusion.faces import Face, Search, geometry, picked
from fusion.sizing import Rect
from fusion.types import Size

EYES_PX = 128.0  # how far apart the eyes are where blur and noise are measured
FACE_MARGIN = 0.15  # of the face's width, around it in that crop
NATIVE_SIDE = 768  # px of a picture at its own size that are looked at
GLANCE = 256  # px: of the copy whose brightness is a photo's
CHANGE_BLUR = 0.035  # of the face's width, on either side
DARK, BRIGHT = 4, 251  # levels of 255 from which a pixel counts as clipped
LEAST_TEXTURE = 0.15  # levels of L: rounding alone leaves so much


def measure_photo(pixels: np.ndarray, search: Search, chosen: WhichFace, file_bytes: int | None) -> PhotoQuality:
    """A photo and its chosen face. 40 to 60 ms, whatever its size.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        search: the faces in it.
        chosen: which face; one that is not there counts as none.
        file_bytes: of its file, where there is one.
    """
    face = picked(search.faces, chosen)
    size = Size(pixels.shape[1], pixels.shape[0])
    small = pixels[:: max(1, pixels.shape[0] // GLANCE), :: max(1, pixels.shape[1] // GLANCE)]
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    middle = face.box.centre if face else (pixels.shape[1] / 2, pixels.shape[0] / 2)
    return PhotoQuality(
        size=size,
        file_bytes=file_bytes,
        faces_px=tuple(sorted((geometry.face_width(each.landmarks) for each in search.faces), reverse=True)),
        chosen=search.faces.index(face) if face else 0,
        turned=len(search.turned),
        blockiness=blockiness(cut(pixels, native(size, middle))),
        luminance=float(lab[..., 0].mean()),
        face=measure_face(pixels, face) if face else None,
    )


def measure_face(pixels: np.ndarray, face: Face) -> FaceQuality:
    """One face of a photo. 30 to 40 ms.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole photo.
    """
    crop = face_crop(pixels, face)
    look = face_look.look(pixels, face, 0)
    noise = noise_of(crop.light, crop.skin)
    grey = crop.pixels[crop.oval]
    return FaceQuality(
        width_px=look.width_px,
        inter_eye_px=face.inter_eye_px,
        yaw=face.yaw,
        pitch=face.pitch,
        roll=face.roll,
        blur=sharpness.blur(crop.light),
        sharpness=sharpness.edges(crop.steep, crop.features, noise),
        one_way=sharpness.one_way(crop.light, crop.oval, noise),
        noise=noise,
        light=look.light,
        covered=look.covered,
        covered_border=face_look.covered_border(pixels, face),
        luminance=float(crop.light[crop.oval].mean()) if crop.oval.any() else 0.0,
        clipped_dark=float((grey.max(1) <= DARK).mean()) if len(grey) else 0.0,
        clipped_bright=float((grey.max(1) >= BRIGHT).mean()) if len(grey) else 0.0,
    )


def face_crop(pixels: np.ndarray, face: Face, eyes_px: float = EYES_PX) -> Crop:
    """The face with its eyes at most `eyes_px` apart; never enlarged."""
    return crops.at_eyes(pixels, face.landmarks, face.inter_eye_px, eyes_px, FACE_MARGIN)


def measure_pair(target: np.ndarray, target_face: Face, source: np.ndarray, source_face: Face) -> PairQuality:
    """Two faces, source less target. 40 ms.

    Args:
        target, source: (H, W, 3) uint8 RGB, the whole photos.
    """
    eyes_px = min(EYES_PX, target_face.inter_eye_px, source_face.inter_eye_px)
    ours, theirs = (face_crop(*each, eyes_px) for each in ((target, target_face), (source, source_face)))
    noises = [max(noise_of(crop.light, crop.skin), LEAST_TEXTURE) for crop in (ours, theirs)]
    sharp = [
        max(sharpness.edges(crop.steep, crop.features, noise), 1e-3)
        for crop, noise in zip((ours, theirs), noises, strict=True)
    ]
    lights = [face_look.light_on(*each) for each in ((target, target_face), (source, source_face))]
    skins = [_skin(crop.lab, crop.skin) for crop in (ours, theirs)]
    return PairQuality(
        yaw=source_face.yaw - target_face.yaw,
        pitch=source_face.pitch - target_face.pitch,
        roll=source_face.roll - target_face.roll,
        light=abs(lights[1] - lights[0]),
        colour=float(np.hypot(*(skins[1] - skins[0])[1:])),
        exposure_ev=_stops(float(skins[0][0]), float(skins[1][0])),
        noise_ratio=noises[1] / noises[0],
        sharpness_ratio=sharp[1] / sharp[0],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """A picture as it is looked at.

    Attributes:
        crop: its face and what is around it, the face at most as wide as measuring needs.
        part: (h, w, 3) uint8, the middle of it pixel by pixel, as `native` cuts it.
    """

    crop: Crop
    part: np.ndarray


def measure_result(
    size: Size, result: Views, target: Views | None, stretch: float, inter_eye_px: float
) -> tuple[ResultQuality, Seam | None]:
    """A result against its target. 150 to 250 ms.

    Args:
        size: of the result.
        result: views of it.
        target: the target laid onto the result, the same views; None where that cannot be.
        stretch: how many times more the result is widened than heightened.
        inter_eye_px: of the face, px of the result.

    Returns:
        What was measured, and the border: None where there is none or nothing to compare with.
    """
    eyes = result.crop.smaller(EYES_PX / max(inter_eye_px, 1e-6))
    alone = ResultQuality(
        size=size,
        inter_eye_px=inter_eye_px,
        blur=sharpness.blur(_inner(eyes)),
        sharpness=sharpness.edges(eyes.steep, eyes.features, noise_of(eyes.light, eyes.skin)),
        enlargement=_enlargement(result.part),
        blockiness=blockiness(result.part),
        stretch=stretch,
        is_aligned=target is not None,
    )
    if target is None:
        return alone, None
    found, border = _compared(alone, result.crop, target.crop)
    return replace(found, target_enlargement=_enlargement(target.part)), border


def _compared(alone: ResultQuality, crop: Crop, target: Crop) -> tuple[ResultQuality, Seam | None]:
    # blurred, so that neither what compression adds nor a part of a pixel that the two are apart counts as a change
    side = 2 * round(CHANGE_BLUR * crop.width_px) + 1
    ours, theirs = (cv2.blur(each.lab, (side, side)) for each in (crop, target))
    border = seam.seam(crop.lab, target.lab, crop.oval, crop.width_px)
    found = replace(
        _steps(alone, crop, target),
        change=_beyond_tone(ours[crop.core], theirs[crop.core]),
        skin=_ratio(sharpness.texture, crop, target, crop.skin),
        grain=_ratio(noise_of, crop, target, crop.skin),
        features=_edges_ratio(crop, target, crop.features),
        face_to_ring=_edges_ratio(crop, target, crop.oval),
    )
    return (found, None) if border is None else (_at_border(found, border, crop), border)


def _beyond_tone(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Mean ΔE between two (N, 3) Lab of one place beyond what brightness, contrast and colour explain: another face.

    Each channel of `ours` is compared with that of `theirs` times a gain plus an offset, by least squares.
    """
    if not len(ours):
        return 0.0
    centred, other = ours - ours.mean(0), theirs - theirs.mean(0)
    gains = (centred * other).sum(0) / np.maximum((other**2).sum(0), 1e-6)
    return float(np.linalg.norm(centred - gains * other, axis=1).mean())


def _steps(found: ResultQuality, crop: Crop, target: Crop) -> ResultQuality:
    """With how far the face's colours are from the target's."""
    skins = [_skin(each.lab, crop.skin) for each in (target, crop)]
    # what was done to all of the picture is no step
    around = _skin(crop.lab - target.lab, crop.ring)
    step = skins[1] - skins[0] - around
    # near its border a fusion that meets its target is like it, whatever it does in the middle of the face
    rim = _skin(crop.lab - target.lab, crop.rim) - around
    return replace(
        found,
        skin_l=float(step[0]),
        skin_a=float(step[1]),
        skin_b=float(step[2]),
        rim_l=float(rim[0]),
        rim_a=float(rim[1]),
        rim_b=float(rim[2]),
        exposure_ev=_stops(float(skins[0][0]), float(skins[1][0] - around[0])),
    )


def _at_border(found: ResultQuality, border: Seam, crop: Crop) -> ResultQuality:
    """With how the face meets what is around it."""
    mean, lengths = border.jump.mean(0), np.linalg.norm(border.jump, axis=1)
    return replace(
        found,
        edge_width=border.width,
        edge_l=float(mean[0]),
        edge_a=float(mean[1]),
        edge_b=float(mean[2]),
        edge_p95=float(np.quantile(lengths[border.plain], 0.95)),
        edge_median=float(np.median(lengths)),
        edge_excess=border.excess,
        edge_where=seam.place(border, crop.points),
    )


def native(size: Size, middle: tuple[float, float]) -> Rect:
    """At most 768² px of a picture around a point, to be looked at as they are."""
    left, top = (
        int(np.clip(centre - NATIVE_SIDE / 2, 0, max(0, side - NATIVE_SIDE)))
        for centre, side in zip(middle, (size.width, size.height), strict=True)
    )
    return Rect(left, top, min(NATIVE_SIDE, size.width), min(NATIVE_SIDE, size.height))


def cut(pixels: np.ndarray, rect: Rect) -> np.ndarray:
    """That part of a picture."""
    return np.ascontiguousarray(pixels[rect.top : rect.top + rect.height, rect.left : rect.left + rect.width])


def _enlargement(part: np.ndarray) -> float:
    return sharpness.enlargement(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32))


def _inner(crop: Crop) -> np.ndarray:
    """L of the crop without the room for the ring."""
    room = FACE_MARGIN * crop.width_px
    low = np.maximum(np.floor(crop.points.min(0) - room), 0).astype(int)
    high = np.ceil(crop.points.max(0) + room).astype(int)
    return crop.light[low[1] : high[1], low[0] : high[0]]


def _skin(lab: np.ndarray, where: np.ndarray) -> np.ndarray:
    """(3,): median L, a, b of a place."""
    if not where.any():
        return np.zeros(3)
    middle: np.ndarray = np.median(np.ascontiguousarray(lab[where].T), axis=1)
    return middle


def _stops(before: float, after: float) -> float:
    """Between the luminances of two L, exposure values."""
    return float(np.log2(_luminance(after) / _luminance(before)))


def _luminance(light: float) -> float:
    """Y, 0…1, of L (CIE 15:2004)."""
    root = (light + 16) / 116
    return max(root**3 if root > 6 / 29 else 3 * (6 / 29) ** 2 * (root - 4 / 29), 1e-4)


def _edges_ratio(crop: Crop, target: Crop, where: np.ndarray) -> float:
    """Sharpness of a place's edges over that of the ring's, over the same in the target."""
    ours, theirs = (
        sharpness.edges(each.steep, where, 0.0) / max(sharpness.edges(each.steep, crop.ring, 0.0), 1e-3)
        for each in (crop, target)
    )
    return ours / max(theirs, 1e-3)


def _ratio(measure: Callable[[np.ndarray, np.ndarray], float], crop: Crop, target: Crop, where: np.ndarray) -> float:
    ours, theirs = (
        (measure(each.light, where) + LEAST_TEXTURE) / (measure(each.light, crop.ring) + LEAST_TEXTURE)
        for each in (crop, target)
    )
    return float(ours / max(theirs, 1e-3))
