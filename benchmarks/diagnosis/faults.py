"""One known fault at a time: what is done to a source photo before the fusion, or to a result after it.

Lengths are shares of the face's width. Pictures are (H, W, 3) uint8 RGB; points are px, pixel centres at +0.5.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from fusion.faces import Face, mesh

HEAD_ROOM = 1.7  # side of the square that a reduced source is cut to, in face widths
FEATHER = 0.05  # of the face's width: how soft the border of what is laid over a face is
DEPTH = 1.5  # times the landmarks' own: MediaPipe's heads are flat
_SEED = 20


def reduced(pixels: np.ndarray, face: Face, side_px: int) -> np.ndarray:
    """The head, cut out as a square and reduced to `side_px` px: what a messenger's thumbnail is."""
    x, y = face.box.centre
    half = HEAD_ROOM * face.width_px / 2
    low = np.maximum(np.round([x - half, y - half]).astype(int), 0)
    high = np.round([x + half, y + half]).astype(int)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    scale = side_px / max(part.shape[:2])
    return np.ascontiguousarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def defocused(pixels: np.ndarray, face: Face, share: float) -> np.ndarray:
    """Blurred by a Gaussian whose sigma is a share of the face's width."""
    return np.ascontiguousarray(cv2.GaussianBlur(pixels, (0, 0), share * face.width_px))


def shaken(pixels: np.ndarray, face: Face, share: float, degrees: float = 20.0) -> np.ndarray:
    """Blurred along a line, as long as a share of the face's width."""
    length = max(3, round(share * face.width_px)) | 1
    kernel = np.zeros((length, length), np.float32)
    turn = np.radians(degrees)
    middle, reach = length // 2, (length - 1) / 2
    ends = [
        (round(middle + sign * reach * np.cos(turn)), round(middle + sign * reach * np.sin(turn))) for sign in (-1, 1)
    ]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return np.ascontiguousarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()))


def grainy(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """With noise of a standard deviation in levels of 255; half a pixel wide, as a camera's is after its filter."""
    noise: np.ndarray = np.random.default_rng(_SEED).normal(0, 1, pixels.shape).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.5)
    return np.clip(np.round(pixels + sigma * noise / noise.std()), 0, 255).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """The file that a messenger makes: colour at half resolution."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg", quality=quality, subsampling=2)
    return buffer.getvalue()


def enlarged(pixels: np.ndarray, times: float, interpolation: int = cv2.INTER_CUBIC) -> np.ndarray:
    """Every side `times` as long."""
    return np.ascontiguousarray(cv2.resize(pixels, None, fx=times, fy=times, interpolation=interpolation))


def over_face(shape: tuple[int, ...], points: np.ndarray, *, soft: bool, share: float = 1.0) -> np.ndarray:
    """(H, W, 1) float32: 1 within the face's outline, shrunk to a share of its size about its middle."""
    outline = points[list(mesh.OVAL)]
    middle = (outline.min(0) + outline.max(0)) / 2
    mask: np.ndarray = np.zeros(shape[:2], np.float32)
    cv2.fillPoly(mask, [np.round((middle + share * (outline - middle) - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    if soft:
        sigma = FEATHER * float(np.ptp(outline[:, 0]))
        # inwards alone: outside the fusion's own border nothing may change
        mask = np.clip(2 * cv2.GaussianBlur(mask, (0, 0), sigma) - 1, 0, 1) * mask
    return mask[..., None]


def set_in(result: np.ndarray, before: np.ndarray, points: np.ndarray, share: float) -> np.ndarray:
    """The fused face within a hard outline, a share of the face's own in size, the target right outside it."""
    mask = over_face(result.shape, points, soft=False, share=share)
    return np.where(mask > 0.5, result, before)


def cast(result: np.ndarray, points: np.ndarray, delta: float, degrees: float) -> np.ndarray:
    """The face moved by `delta` in Lab's plane of a and b; 0 degrees is redder, 90 is yellower."""
    lab = cv2.cvtColor(result.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    turn = np.radians(degrees)
    step = delta * np.array([0, np.cos(turn), np.sin(turn)], np.float32)
    lab += over_face(result.shape, points, soft=True) * step
    return _bytes(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def exposed(result: np.ndarray, points: np.ndarray, stops: float) -> np.ndarray:
    """The face with more light or with less, as a longer exposure would have it."""
    share = result.astype(np.float32) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear *= 2 ** (stops * over_face(result.shape, points, soft=True))
    return _bytes(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055))


def grainy_face(result: np.ndarray, points: np.ndarray, sigma: float) -> np.ndarray:
    """Noise on the fused face alone."""
    mask = over_face(result.shape, points, soft=True)
    return np.round(result * (1 - mask) + grainy(result, sigma) * mask).astype(np.uint8)


def _bytes(share: np.ndarray) -> np.ndarray:
    return np.clip(np.round(255 * share), 0, 255).astype(np.uint8)


def turned(pixels: np.ndarray, face: Face, degrees: float) -> np.ndarray:
    """The photo with the face turned about its own vertical axis, by the depth of its landmarks.

    The mesh's triangles are painted from the farthest to the nearest, so that a cheek that turns away is covered.
    """
    points = np.column_stack([face.landmarks, DEPTH * face.depth]).astype(np.float64)
    middle = points[list(mesh.OVAL)].mean(0)
    around, turn = points - middle, np.radians(degrees)
    moved = around.copy()
    moved[:, 0] = around[:, 0] * np.cos(turn) - around[:, 2] * np.sin(turn)
    moved[:, 2] = around[:, 0] * np.sin(turn) + around[:, 2] * np.cos(turn)
    moved += middle
    triangles = np.concatenate([mesh.triangles(), mesh.eye_triangles()])
    order = np.argsort(-moved[triangles, 2].mean(1))
    picture = pixels.copy()
    for triangle in triangles[order]:
        _paint(picture, pixels, points[triangle, :2], moved[triangle, :2])
    return picture


def _paint(picture: np.ndarray, pixels: np.ndarray, old: np.ndarray, new: np.ndarray) -> None:
    """One triangle of `pixels` into its new place."""
    size = np.array(picture.shape[1::-1])
    low = np.clip(np.floor(new.min(0)).astype(int) - 1, 0, size)
    high = np.clip(np.ceil(new.max(0)).astype(int) + 1, 0, size)
    if (high - low).min() < 1:
        return
    to_old = cv2.getAffineTransform((new - low - 0.5).astype(np.float32), (old - 0.5).astype(np.float32))
    part = cv2.warpAffine(
        pixels, to_old, tuple(int(v) for v in high - low), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round((new - low - 0.5) * 16).astype(np.int32), 1, shift=4)
    view = picture[low[1] : high[1], low[0] : high[0]]
    view[mask > 0] = part[mask > 0]
