"""Shapes of faces and the maps between them. Pure numpy; points are (N, 2) or (N, 3) px."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fusion.faces import mesh

Points = np.ndarray

# How far the fused face's geometry goes from the target's (0) to the source's (1) at ratio 1, by part. Below 1 because
# the skull, the jaw's outline and the ears stay the target's: a face that outgrows its head looks pasted on.
INNER = 0.60
NOSE_SHARE = 0.70
BROW_SHARE = 0.65
EYE_SHARE = 0.55
MOUTH_SHARE = 0.10
OUTLINE = 0.30
# of the face width around the mouth: nearer, a difference is expression; further, it is build
EXPRESSION = (0.25, 0.55)
MAX_SHIFT = 0.12  # of the face width: no landmark moves further, whatever the two shapes are


@dataclass(frozen=True, slots=True)
class Similarity:
    """x ↦ scale · rotation @ x + shift."""

    scale: float
    rotation: np.ndarray
    shift: np.ndarray

    def __call__(self, points: Points) -> Points:
        return self.scale * points @ self.rotation.T + self.shift


def similarity(source: Points, target: Points, weights: np.ndarray | None = None) -> Similarity:
    """The least-squares similarity that takes `source` onto `target`, in 2 or 3 dimensions (Umeyama 1991)."""
    weight = np.ones(len(source)) if weights is None else weights
    weight = weight / weight.sum()
    mean_source, mean_target = weight @ source, weight @ target
    centred_source, centred_target = source - mean_source, target - mean_target
    covariance = (centred_target * weight[:, None]).T @ centred_source
    u, singular, vt = np.linalg.svd(covariance)
    sign = np.ones(source.shape[1])
    if np.linalg.det(u) * np.linalg.det(vt) < 0:
        sign[-1] = -1
    rotation = u @ np.diag(sign) @ vt
    scale = float((singular * sign).sum() / (weight @ (centred_source**2)).sum())
    return Similarity(scale, rotation, mean_target - scale * rotation @ mean_source)


def affine(source: Points, target: Points) -> np.ndarray:
    """(3, 2) float64: the affine map that takes points nearest to others by least squares, `[x, y, 1] @ map`.

    Args:
        source, target: (N, 2).
    """
    design = np.column_stack([source, np.ones(len(source))])
    return np.linalg.lstsq(design, target.astype(np.float64), rcond=None)[0]


def face_width(points: Points) -> float:
    """Distance between the outermost cheek landmarks or 2.2 eye distances, whichever is larger, px.

    The second is what is left of the width when the head is turned.
    """
    cheeks = np.linalg.norm(points[234, :2] - points[454, :2])
    eyes = np.linalg.norm(points[468, :2] - points[473, :2])
    return float(max(cheeks, 2.2 * eyes))


def axes(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors in the picture: across the face (to the right of the picture) and down it."""
    across = points[473, :2] - points[468, :2]
    across = across / np.linalg.norm(across)
    return across, np.array([-across[1], across[0]])


def normals(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """The triangles of the face mesh and of the eye openings.

    Args:
        points: (478, 3) px, with depth.

    Returns:
        (T, 3), which landmarks, and (T, 3) float64, the normals: as long as twice the area, z towards the camera.
    """
    triangles = np.concatenate([mesh.triangles(), mesh.eye_triangles()])
    one, two, three = points.astype(np.float64)[triangles].transpose(1, 0, 2)
    found = np.cross(two - one, three - one)
    return triangles, found * (np.sign(np.median(found[:, 2])) or 1.0)  # all run one way round


def seen_area(points: Points) -> np.ndarray:
    """(478,) float64: a third of each triangle around a landmark, as large as it is in the picture, px².

    What is turned away has none.

    Args:
        points: (478, 3) px, with depth.
    """
    triangles, found = normals(points)
    area = np.zeros(mesh.COUNT)
    for corner in triangles.T:
        np.add.at(area, corner, np.clip(found[:, 2], 0, None) / 6)
    return area


def fused_shape(target: Points, source: Points, ratio: float) -> Points:
    """Where the target's landmarks go when the face takes on the source's build.

    The source's head is first turned into the target's pose in 3-D, so that a difference of view is not taken for a
    difference of build. What an expression moves (lids, lips, chin) follows only in place and width, not in form.

    Args:
        target, source: (478, 3) px.
        ratio: 0…1.

    Returns:
        (478, 2) px.
    """
    stable = list(mesh.STABLE)
    turned = similarity(source[stable], target[stable])(source)
    wish = (turned - target)[:, :2]
    wish = _without_similarity(target[:, :2], wish, stable)
    moved, fixed = _shifts(target, wish)
    moved = _smoothed(moved, fixed)
    limit = MAX_SHIFT * face_width(target)
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    moved *= limit * np.tanh(length / limit) / np.maximum(length, 1e-9)
    result: Points = target[:, :2] + ratio * moved
    return result


def _shifts(target: Points, wish: Points) -> tuple[Points, list[int]]:
    """How far each landmark goes at ratio 1, from how far the builds are apart; and those not to be smoothed."""
    lips = list(mesh.LIPS_OUTER + mesh.LIPS_INNER)
    # the upper lip hangs on the skull and tells where the mouth belongs; the lower one says how far it is open
    shift = wish[list(mesh.LIP_UPPER)].mean(0) * MOUTH_SHARE
    away = np.linalg.norm(target[:, :2] - target[lips, :2].mean(0), axis=1) / face_width(target)
    own = np.clip((away - EXPRESSION[0]) / (EXPRESSION[1] - EXPRESSION[0]), 0, 1)[:, None]
    moved = own * wish * INNER + (1 - own) * shift
    moved[lips] = shift
    moved[list(mesh.NOSE)] = wish[list(mesh.NOSE)] * NOSE_SHARE
    for part, share in ((mesh.RIGHT_BROW, BROW_SHARE), (mesh.LEFT_BROW, BROW_SHARE)):
        moved[list(part)] = share * (0.5 * wish[list(part)] + 0.5 * wish[list(part)].mean(0))
    for lids, around, iris in (
        (mesh.RIGHT_EYE, mesh.RIGHT_EYE_AROUND, mesh.RIGHT_IRIS),
        (mesh.LEFT_EYE, mesh.LEFT_EYE_AROUND, mesh.LEFT_IRIS),
    ):
        shift = wish[list(lids)].mean(0) * EYE_SHARE
        moved[list(lids + iris)] = shift
        moved[list(around)] = 0.5 * moved[list(around)] + 0.5 * shift
    outline = list(mesh.OVAL)
    moved[outline] = wish[outline] * OUTLINE
    across, _ = axes(target)
    lower = list(dict.fromkeys(mesh.JAW[4:-4] + mesh.CHIN))
    # an open jaw is expression: below the mouth only the width is build
    moved[lower] = OUTLINE * np.outer(wish[lower] @ across, across)
    return moved, lips + list(mesh.RIGHT_EYE + mesh.LEFT_EYE + mesh.RIGHT_IRIS + mesh.LEFT_IRIS)


def _without_similarity(points: Points, wish: Points, stable: list[int]) -> Points:
    """The displacement less the part of it that only moves, turns or resizes the whole face."""
    fit = similarity(points[stable] + wish[stable], points[stable])
    return fit(points + wish) - points


def _smoothed(moved: Points, fixed: list[int], rounds: int = 6) -> Points:
    """Neighbour means, the `fixed` landmarks held, so that no triangle folds between parts with unlike shares."""
    held = moved[fixed]
    for _ in range(rounds):
        moved = 0.5 * moved + 0.5 * (mesh.neighbours() @ moved)
        moved[fixed] = held
    return moved


def rasterize(points: Points, values: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate `values` linearly over the triangles of the face mesh and of the eye openings.

    Args:
        points: (478, 2) px of the raster.
        values: (478, K).

    Returns:
        (K, height, width) float32, zero outside the mesh, and (height, width) bool, True inside.
    """
    triangles = np.concatenate([mesh.triangles(), mesh.eye_triangles()])
    corner = points[triangles]  # (T, 3, 2)
    low = np.floor(corner.min(1) - 0.5).astype(np.int64).clip(0, [width - 1, height - 1])
    high = np.ceil(corner.max(1) - 0.5).astype(np.int64).clip(0, [width - 1, height - 1])
    extent = high - low + 1
    count = extent[:, 0] * extent[:, 1]

    def each(of_triangle: np.ndarray) -> np.ndarray:
        return np.repeat(of_triangle, count)

    within = np.arange(count.sum()) - each(np.cumsum(count) - count)
    row, column = np.divmod(within, each(extent[:, 0]))
    x, y = column + each(low[:, 0]), row + each(low[:, 1])
    a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
    to_b, to_c = b - a, c - a
    area = to_b[:, 0] * to_c[:, 1] - to_c[:, 0] * to_b[:, 1]
    inverse = 1.0 / np.where(np.abs(area) < 1e-9, np.inf, area)
    # barycentric coordinates are affine in x and y: one plane for b and one for c per triangle
    u, v = (
        each(right * inverse) * x
        + each(down * inverse) * y
        + each((right * (0.5 - a[:, 0]) + down * (0.5 - a[:, 1])) * inverse)
        for right, down in ((to_c[:, 1], -to_c[:, 0]), (-to_b[:, 1], to_b[:, 0]))
    )
    inside = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & each(inverse != 0)
    triangle, x, y, u, v = each(np.arange(len(count)))[inside], x[inside], y[inside], u[inside, None], v[inside, None]
    of_a, of_b, of_c = values[triangles].transpose(1, 0, 2)  # (T, K) each
    blend = of_a[triangle] + (of_b - of_a)[triangle] * u + (of_c - of_a)[triangle] * v
    raster = np.zeros((height, width, values.shape[1]), np.float32)
    covered = np.zeros((height, width), bool)
    raster[y, x] = blend
    covered[y, x] = True
    return np.ascontiguousarray(raster.transpose(2, 0, 1)), covered
