"""The border of a fused face: where it runs, how hard it is, and what jumps across it. Pure.

Everything is read from the difference between the result and the target laid on it: contours and texture that both
have cancel out, and what is left is what the fusion did. In the result alone a border cannot be told from a natural
contour, which has a step of 4 ΔE itself (median of CIEDE2000 along the outlines of faces).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fusion import lazy_imports
from fusion.faces import geometry, mesh

# Lengths are shares of the face's width.
LEAST_CHANGE = 1.0  # ΔE from which a place is changed
SMOOTH = 0.004  # blur of the difference
TEXTURED = 0.9  # of the pixels far from the face: as much noise as where it is most
TOO_NOISY = 2.0  # ΔE likewise, from which nothing can be said of how hard a border is
NOISY, NOISY_SMOOTH = 0.6, 0.012  # ΔE between two pictures far from the face, from which it is blurred more
SOME = 5  # of so many pixels far from the face one is looked at
AWAY, FAR = 0.15, 0.35  # from the face: there only noise differs; and there nobody changes anything
CLOSED = 0.035  # gaps narrower than that are no gaps
DEPTHS = np.arange(-0.05, 0.2001, 0.005)  # outside and inside of where the change begins
DEEP = (DEPTHS >= 0.03) & (DEPTHS <= 0.12)  # where a change is that has begun at once
INSIDE, OUTSIDE = (DEPTHS >= 0.01) & (DEPTHS <= 0.04), (DEPTHS >= -0.04) & (DEPTHS <= -0.01)
ARC, SHORT_ARC = 0.10, 0.04  # length of contour over which the difference and its amount are averaged
RISE = (0.2, 0.6)  # of the amount within: from where to where it rises
LEAST_LEVEL = 2.0  # ΔE within, below which it says nothing about a rise
PLAIN = 10.0  # CIEDE2000 across the border in the target, from which its own edge hides it
ENOUGH_PLAIN = 0.3  # of the border, below which there is no telling how hard it is
QUARTER = 0.25  # of the contour that a hard border takes at least
POINTS = 240  # of the contour
LEAST_AREA = 0.03  # of the face's oval, below which nothing has a border
PLACES = ((25.0, "chin"), (65.0, "jaw"), (125.0, ""), (180.0, "forehead"))  # degrees from straight down the face


@dataclass(frozen=True, slots=True, eq=False)
class Seam:
    """The border.

    Attributes:
        contour: (N, 2) float32, where the change begins, px of the crop with pixel centres at +0.5.
        jump: (N, 3) float32, what jumps there, inside less outside: L, a, b.
        plain: (N,) bool, where the target has no edge of its own, as of hair or of glasses, that hides the border: all
            of it where there is no such place.
        width: of the rise of the change where it is steepest, over the face's width: of the steepest quarter of the
            plain border. None where too little has changed, or too little is plain, to tell.
        excess: median along the border of the CIEDE2000 across it in the result less that in the target.
    """

    contour: np.ndarray
    jump: np.ndarray
    plain: np.ndarray
    width: float | None
    excess: float


@dataclass(frozen=True, slots=True, eq=False)
class _Normals:
    """Places to read: (N, D) x and y, px with pixel centres at whole numbers, and px of contour between two of N."""

    x: np.ndarray
    y: np.ndarray
    step_px: float
    face_px: float

    def read(self, picture: np.ndarray) -> np.ndarray:
        """(N, D, C)."""
        return cv2.remap(picture, self.x, self.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def averaged(self, profile: np.ndarray, arc: float) -> np.ndarray:
        """A profile (N, D, C), averaged over a length of the contour, which is closed."""
        count = max(1, round(arc * self.face_px / max(self.step_px, 1e-6)))
        room = min(count // 2, len(profile) - 1)
        if room < 1:
            return profile
        padded = np.concatenate([profile[:1] * 0, profile[-room:], profile, profile[:room]])
        total = np.cumsum(padded, axis=0, dtype=np.float64)
        return (total[2 * room + 1 :] - total[: -2 * room - 1]) / (2 * room + 1)


def seam(result: np.ndarray, target: np.ndarray, oval: np.ndarray, face_px: float) -> Seam | None:
    """The border, or None where nothing was changed. 50 ms for 700² px.

    Args:
        result, target: (H, W, 3) float32 CIELAB, the target laid onto the result.
        oval: (H, W) bool, within the face's outline.
        face_px: width of the face.
    """
    from_face = cv2.distanceTransform(1 - oval.astype(np.uint8), cv2.DIST_L2, 5)
    change, noise = _change(result, target, from_face > AWAY * face_px, face_px)
    change[from_face > FAR * face_px] = 0
    inside = _changed(change, oval, noise)
    if inside.sum() < LEAST_AREA * oval.sum():
        return None
    normals = _normals(inside, face_px)
    profile = normals.read(change)
    mean = normals.averaged(profile, ARC)
    amount = normals.averaged(np.square(profile).sum(2, keepdims=True), SHORT_ARC)[..., 0]
    plain = _step(normals.read(target)) < PLAIN
    width = None
    if noise < TOO_NOISY and plain.mean() >= ENOUGH_PLAIN:
        width = _rise(np.sqrt(np.maximum(amount - noise**2, 0))[plain])
    steps = [_step(normals.averaged(normals.read(lab), ARC)) for lab in (result, target)]
    jump = mean[:, INSIDE].mean(1) - mean[:, OUTSIDE].mean(1)
    at = int(np.abs(DEPTHS).argmin())
    contour = np.stack([normals.x[:, at], normals.y[:, at]], axis=1) + 0.5
    if not plain.any():
        plain[:] = True
    return Seam(contour, jump.astype(np.float32), plain, width, float(np.median(steps[0] - steps[1])))


def _step(profile: np.ndarray) -> np.ndarray:
    """(N,) CIEDE2000 across the border, of (N, D, 3)."""
    difference: Any = lazy_imports.load("skimage.color").deltaE_ciede2000
    step: np.ndarray = difference(profile[:, INSIDE].mean(1), profile[:, OUTSIDE].mean(1))
    return step


def lengths(change: np.ndarray) -> np.ndarray:
    """(H, W): ΔE of (H, W, 3). numpy's own norm takes four times as long over a short last axis."""
    found: np.ndarray = np.sqrt(np.einsum("ijk,ijk->ij", change, change))
    return found


def place(border: Seam, points: np.ndarray) -> str:
    """Where the jump is greatest in plain sight, left as in the picture.

    One of "forehead", "left_cheek", "right_cheek", "jaw", "chin".

    Args:
        points: (478, 2) landmarks, px of the crop.
    """
    worst = border.contour[int(np.where(border.plain, np.linalg.norm(border.jump, axis=1), 0).argmax())]
    across, down = geometry.axes(points)
    away = worst - points[list(mesh.OVAL)].mean(0)
    angle = float(np.degrees(np.arctan2(away @ across, away @ down)))  # 0 down, positive to the right
    name = next(name for limit, name in PLACES if abs(angle) <= limit)
    return name or ("right_cheek" if angle > 0 else "left_cheek")


def _change(result: np.ndarray, target: np.ndarray, away: np.ndarray, face_px: float) -> tuple[np.ndarray, float]:
    """(H, W, 3): what was done to the face, less what was done to all of the picture; and the noise in it, ΔE."""
    change = result - target
    noise = 0.0
    some = np.flatnonzero(away)[::SOME]
    if some.size:
        change -= np.median(change.reshape(-1, 3)[some], axis=0).astype(np.float32)
    smooth = cv2.GaussianBlur(change, (0, 0), max(0.7, SMOOTH * face_px))
    if some.size:
        noise = _noise(smooth.reshape(-1, 3)[some])
    if noise > NOISY:
        smooth = cv2.GaussianBlur(change, (0, 0), max(1.0, NOISY_SMOOTH * face_px))
        noise = _noise(smooth.reshape(-1, 3)[some])
    return smooth, noise


def _noise(change: np.ndarray) -> float:
    """ΔE of (N, 3) that only noise differs in, where the picture has texture: compression adds more of it there."""
    found = np.linalg.norm(change, axis=1)
    return float(np.quantile(found, TEXTURED)) if np.median(found) > 0.05 else 0.0


def _changed(change: np.ndarray, oval: np.ndarray, noise: float) -> np.ndarray:
    """(H, W) uint8: the place around the face that was changed, without holes."""
    changed: np.ndarray = (lengths(change) > max(LEAST_CHANGE, 1.5 * noise)).astype(np.uint8)
    # one place, also where a part of it happens to be as before
    side = max(3, round(CLOSED * np.sqrt(oval.sum())) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    changed = cv2.copyMakeBorder(changed, side, side, side, side, cv2.BORDER_CONSTANT)
    changed = cv2.morphologyEx(cv2.morphologyEx(changed, cv2.MORPH_CLOSE, disc), cv2.MORPH_OPEN, disc)
    _, labels = cv2.connectedComponents(np.ascontiguousarray(changed[side:-side, side:-side]))
    shares = np.bincount(labels[oval], minlength=int(labels.max()) + 1)
    shares[0] = 0
    filled = np.zeros(oval.shape, np.uint8)
    if shares.any():
        one = (labels == shares.argmax()).astype(np.uint8)
        outlines, _ = cv2.findContours(one, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return filled


def _normals(inside: np.ndarray, face_px: float) -> _Normals:
    """The outline of a place, evenly spaced, and what lies inwards and outwards of it."""
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)[:, 0]
    within = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    outside = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    signed = cv2.GaussianBlur(within - outside, (0, 0), max(1.0, 0.03 * face_px))
    columns, rows = outline[np.linspace(0, len(outline), min(POINTS, len(outline)), endpoint=False).astype(int)].T
    slope = np.stack([cv2.Sobel(signed, cv2.CV_32F, *axis)[rows, columns] for axis in ((1, 0), (0, 1))])
    slope /= np.maximum(np.linalg.norm(slope, axis=0), 1e-6)
    reach = DEPTHS * face_px
    x, y = (
        (start[:, None] + way[:, None] * reach).astype(np.float32)
        for start, way in zip((columns, rows), slope, strict=True)
    )
    return _Normals(x, y, len(outline) / len(columns), face_px)


def _rise(amount: np.ndarray) -> float | None:
    """Over the face's width: how far inwards the amount (N, D) goes from a fifth to three fifths of what it is within.

    Of each place of the border; the answer is that which a quarter of them are below.
    """
    level = np.median(amount[:, DEEP], axis=1)
    tells = level > LEAST_LEVEL
    if tells.mean() < 0.5:
        return None
    shares = amount[tells] / level[tells, None]
    # where it is first full, and the last place before where it had hardly begun
    full = (shares >= RISE[1]).argmax(1)
    depth = np.arange(len(DEPTHS))
    begun = np.where((shares < RISE[0]) & (depth < full[:, None]), depth, 0).max(1)
    rows = np.arange(len(shares))

    def crossed(at: np.ndarray, share: float) -> np.ndarray:
        before = np.maximum(at - 1, 0)
        low, high = shares[rows, before], shares[rows, at]
        part = np.clip((share - low) / np.maximum(high - low, 1e-6), 0, 1)
        place: np.ndarray = DEPTHS[before] + part * (DEPTHS[at] - DEPTHS[before])
        return place

    rise = crossed(full, RISE[1]) - crossed(np.minimum(begun + 1, full), RISE[0])
    return float(np.quantile(np.maximum(rise, 0), QUARTER))
