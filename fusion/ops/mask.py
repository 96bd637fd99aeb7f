"""Soft masks from polygons."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from fusion.ops import interrupt

_SHIFT = 4  # OpenCV takes polygon corners in 1/16 px


def polygon(points: np.ndarray, width: int, height: int) -> np.ndarray:
    """(height, width) float32, 1 inside the polygon `points` (N, 2) px, anti-aliased over its edge."""
    canvas = np.zeros((height, width), np.uint8)
    corners = np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)  # OpenCV's pixel centres are whole numbers
    cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA, _SHIFT)
    return canvas.astype(np.float32) / 255


def inward(mask: np.ndarray, feather: float) -> np.ndarray:
    """A mask that rises from 0 at the edge of `mask` to 1 at `feather` px inside, smoothly. (H, W) float32."""
    padded = np.pad(mask > 0.5, 1, mode="edge").astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    step = np.clip((distance - 0.5) / max(feather, 1.0), 0, 1)
    result: np.ndarray = step * step * (3 - 2 * step)
    return result


def grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask, `radius` px wider on every side. (H, W) float32."""
    if radius < 0.5:
        return mask
    result: np.ndarray = np.maximum(mask, np.clip(radius + 0.5 - away_from(mask), 0, 1)).astype(np.float32)
    return result


def away_from(mask: np.ndarray) -> np.ndarray:
    """The distance of each pixel from the mask, px; 0 in it. (H, W) float32."""
    result: np.ndarray = cv2.distanceTransform((mask < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    return result


def soft_polygon(points: np.ndarray, width: int, height: int, grow: float, sigma: float) -> np.ndarray:
    """(height, width) float32: a polygon, `grow` px wider on every side, its edge blurred by `sigma` px.

    Drawn where it is alone: most of a face's parts are small.
    """
    room = grow + 4 * sigma + 2
    left, top = np.floor(points.min(0) - room).astype(int).clip(0, (width - 1, height - 1))
    right, bottom = np.ceil(points.max(0) + room).astype(int).clip((left + 1, top + 1), (width, height))
    area = grown(polygon(points - (left, top), right - left, bottom - top), grow)
    if sigma >= 0.15:
        radius = max(1, int(np.ceil(3 * sigma)))
        area = cv2.GaussianBlur(area, (2 * radius + 1,) * 2, sigma, borderType=cv2.BORDER_REPLICATE)
    answer = np.zeros((height, width), np.float32)
    answer[top:bottom, left:right] = area
    return answer


def to_tensor(mask: np.ndarray, device: torch.device) -> torch.Tensor:
    """(H, W) → (1, H, W) float32 on `device`."""
    return torch.from_numpy(np.ascontiguousarray(mask, dtype=np.float32)).to(device).unsqueeze(0)


def span_of(mask: torch.Tensor, room: int = 0, step: int = 1) -> tuple[slice, slice]:
    """The rows and the columns where (1, H, W) bool is anywhere true, `room` px more on every side; empty if nowhere.

    They begin at whole multiples of `step`.
    """
    interrupt.heed()
    lines = torch.cat([mask[0].any(1), mask[0].any(0)]).cpu().numpy()  # together: each look waits for the device
    rows, columns = (_span(line, room, step) for line in np.split(lines, [mask.shape[1]]))
    return rows, columns


def _span(line: np.ndarray, room: int, step: int) -> slice:
    """The same for (N,) bool; one span is empty where the other is."""
    places = np.flatnonzero(line)
    if not len(places):
        return slice(0, 0)
    first, last = int(places[0]) - room, int(places[-1]) + room
    return slice(max(0, first // step * step), min(len(line), last + 1))


def smoothstep(value: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """0 below `low`, 1 above `high`, a cubic between."""
    interrupt.heed()
    step = ((value - low) / (high - low)).clamp(0, 1)
    return step * step * (3 - 2 * step)
