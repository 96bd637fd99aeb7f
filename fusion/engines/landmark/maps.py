"""Where each pixel of the fused face comes from, in the target and in the source."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion.engines.landmark.regions import grid_of
from fusion.faces import geometry, mesh, mirror
from fusion.ops import constants, filters, mask, warp

REACH = 0.30  # of the face width: how far beyond the face the ground moves along
HELD_PX = 2.0  # of the grid: how far around what is held nothing moves at all, since the grid is enlarged
HELD_ROOM = 0.06  # of the face width: over which the ground beside what is held begins to move


@dataclass(frozen=True, slots=True)
class Way:
    """The backward map into the source, on the grid.

    `to_source` (2, gh, gw): px of its patch. `stretch` (1, gh, gw): source px per patch px, in the direction in which
    there are fewest.
    """

    to_source: torch.Tensor
    stretch: torch.Tensor


@dataclass(frozen=True, slots=True)
class Fields:
    """Backward maps on a grid of about `scale` grid px per patch px; values are px of the patches, (2, gh, gw).

    The way into the target is kept as a displacement: enlarged, it is exactly 0 where nothing moves.
    """

    shape: np.ndarray  # (478, 2) landmarks of the fused face, px of the target's patch
    scale: float
    moved: torch.Tensor  # how far off, in the target, what is shown here lies: x and y, px of the patch
    way: Way
    shift: float  # px, the furthest that any pixel of the ground moves
    size: tuple[int, int]  # px, height and width of the patch

    @property
    def to_target(self) -> torch.Tensor:
        """(2, gh, gw): px of the target's patch."""
        return _centres(self.size[1], self.size[0], self.moved.device) + self.moved

    def held(self, kept: torch.Tensor) -> Fields:
        """The same, but that the ground does not move where something is `kept` (1, H, W) as it is.

        Nor does it beyond the face, where what stands before the face goes on.
        """
        if not bool((kept > 0).any()):
            return self
        on_grid = torch.nn.functional.adaptive_max_pool2d((kept > 0).float(), self.moved.shape[-2:])
        away = mask.to_tensor(mask.away_from(on_grid[0].cpu().numpy()), kept.device)
        room = HELD_ROOM * geometry.face_width(self.shape) * self.scale
        grid = np.array(self.moved.shape[:0:-1]) / self.size[::-1]
        oval = mask.polygon(self.shape[list(mesh.OVAL)] * grid, *self.moved.shape[:0:-1])
        inside = mask.to_tensor(mask.inward(oval, room), kept.device)
        moved = self.moved * mask.smoothstep(away, HELD_PX, HELD_PX + room) * inside
        return replace(self, moved=moved, shift=float(moved.abs().max()))


@dataclass(frozen=True, slots=True)
class _Raster:
    """A fused face's mesh, laid on the grid of a patch of width × height px. `face_px`: its width on the grid."""

    shape: np.ndarray
    width: int
    height: int
    face_px: float
    device: torch.device

    @property
    def per_axis(self) -> np.ndarray:
        _, grid_width, grid_height = grid_of(self.width, self.height)
        return np.array([grid_width / self.width, grid_height / self.height])

    def laid(self, values: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """(K, gh, gw) of the landmarks' `values` (478, K), and (1, gh, gw), 1 inside the mesh."""
        _, grid_width, grid_height = grid_of(self.width, self.height)
        raster, covered = geometry.rasterize(self.shape * self.per_axis, values, grid_width, grid_height)
        both = torch.from_numpy(np.concatenate([raster, covered[None].astype(raster.dtype)])).to(self.device)
        return both[:-1], both[-1:]

    def way(self, rough: geometry.Similarity, residual: torch.Tensor, inside: torch.Tensor) -> Way:
        """The way that `rough` leads straight and the `residual` (2, gh, gw), px of the source, bends."""
        residual = torch.where(inside > 0, residual, filters.spread(residual, inside, max(1.0, 0.02 * self.face_px)))
        # a breath of smoothing takes the creases out of the piecewise linear maps
        residual = filters.gaussian(residual, 0.008 * self.face_px)
        scale, _, _ = grid_of(self.width, self.height)
        centres = _centres(self.width, self.height, self.device)
        straight = np.column_stack([rough.scale * rough.rotation, rough.shift])
        linear = torch.tensor(straight, dtype=torch.float32, device=self.device)
        to_source = torch.einsum("ij,jhw->ihw", linear[:, :2], centres) + linear[:, 2].view(2, 1, 1) + residual
        return Way(to_source, _stretch(to_source, scale))


def make(target: np.ndarray, source: np.ndarray, ratio: float, width: int, height: int, device: torch.device) -> Fields:
    """The maps for a patch of width × height px. `target`, `source`: (478, 3) px of their patches."""
    scale, _, _ = grid_of(width, height)
    shape = geometry.fused_shape(target, source, ratio)
    rough = geometry.similarity(shape, source[:, :2])
    mesh_ = _Raster(shape, width, height, geometry.face_width(target) * scale, device)
    values, inside = mesh_.laid(np.concatenate([target[:, :2] - shape, source[:, :2] - rough(shape)], axis=1))
    shift = _ground(values[:2], inside, mesh_.face_px)
    return Fields(shape, scale, shift, mesh_.way(rough, values[2:], inside), float(shift.abs().max()), (height, width))


def mirrored_way(
    shape: np.ndarray, face_px: float, source: np.ndarray, source_width: int, width: int, height: int,
    device: torch.device,
) -> Way:  # fmt: skip
    """The way to the same places of a source's *other* half: where a mirror would show them.

    Args:
        shape: (478, 2) landmarks of the fused face, px of a patch of width × height px.
        face_px: its width on the grid.
        source: (478, 3) px of its patch, which is `source_width` px wide.
        width, height: px of the patch.
        device: where the maps shall be.
    """
    points = mirror.mirrored(source, source_width)[:, :2]
    rough = geometry.similarity(shape, points)
    mesh_ = _Raster(shape, width, height, face_px, device)
    found = mesh_.way(rough, *mesh_.laid(points - rough(shape)))
    across, down = found.to_source
    return Way(torch.stack([source_width - across, down]), found.stretch)


def _centres(width: int, height: int, device: torch.device) -> torch.Tensor:
    """(2, gh, gw): where the grid's px lie in a patch of width × height px."""
    _, grid_width, grid_height = grid_of(width, height)
    px = constants.on(device, width / grid_width, height / grid_height)
    return warp.pixel_centres(grid_height, grid_width, device) * px.view(2, 1, 1)


def _ground(shift: torch.Tensor, inside: torch.Tensor, face: float) -> torch.Tensor:
    """The mesh's displacement, carried on beyond the face and faded out at `REACH`, zero at the patch's border."""
    near = filters.gaussian(inside, 0.5 * REACH * face / 2)
    fade = mask.smoothstep(near, 0.0, 0.5)
    height, width = inside.shape[-2:]
    y = torch.arange(height, device=inside.device).float()
    x = torch.arange(width, device=inside.device).float()
    border = torch.minimum(
        torch.minimum(y, height - 1 - y)[:, None].expand(height, width),
        torch.minimum(x, width - 1 - x).expand(height, width),
    )
    fade = fade * mask.smoothstep(border, 0.0, 0.12 * face).unsqueeze(0)
    outside = filters.spread(shift, inside, max(1.0, 0.03 * face))
    smooth = filters.gaussian(torch.where(inside > 0, shift, outside), 0.015 * face)
    return smooth * torch.where(near < 0.02, torch.zeros_like(fade), fade)


def _stretch(field: torch.Tensor, scale: float) -> torch.Tensor:
    """The map's smaller local scale (the lesser singular value of its Jacobian): source px per patch px.

    0 where it is turned over: there the source's mesh folds behind the edge of its own face.
    """
    dx = (field[:, :, 2:] - field[:, :, :-2])[:, 1:-1] * (scale / 2)
    dy = (field[:, 2:] - field[:, :-2])[:, :, 1:-1] * (scale / 2)
    mean = (dx.square().sum(0) + dy.square().sum(0)) / 2
    area = dx[0] * dy[1] - dx[1] * dy[0]
    least = (mean - (mean.square() - area.square()).clamp_min(0).sqrt()).clamp_min(0).sqrt()
    least = torch.where(area > 0, least, torch.zeros_like(least))
    return torch.nn.functional.pad(least[None, None], (1, 1, 1, 1), mode="replicate")[0]


def mouth_opening(points: np.ndarray) -> float:
    """Height of the gap between the lips over the width of the mouth."""
    gap = float(np.linalg.norm(points[13, :2] - points[14, :2]))
    return gap / max(float(np.linalg.norm(points[78, :2] - points[308, :2])), 1e-6)


def mouth_width(points: np.ndarray) -> float:
    """Width of the mouth over the distance between the eyes, both in space: a smile is wide."""
    eyes = float(np.linalg.norm(points[468] - points[473]))
    return float(np.linalg.norm(points[61] - points[291])) / max(eyes, 1e-6)


def eye_opening(points: np.ndarray) -> float:
    """Height of the gap between the lids over the width of the eye, the mean of both eyes."""
    gaps = []
    for ring in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        lower, upper = points[list(ring[1:8]), :2].mean(0), points[list(ring[9:]), :2].mean(0)
        gaps.append(np.linalg.norm(upper - lower) / max(float(np.linalg.norm(points[ring[0]] - points[ring[8]])), 1e-6))
    return float(np.mean(gaps))
