"""The embedded engine: fuses by landmarks, needs no weights and no GPU.

The source's face is warped onto the target's mesh, given the target's light and grain, and set in where both faces are
bare skin. What is expression or belongs to the target's head stays the target's: the eye openings and their gaze, the
inside of the mouth, hair, hats, glasses, the outline of the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion import geometry, mesh
from fusion.engines import fields as fields_of
from fusion.engines.base import Fused, Patch
from fusion.engines.fields import Fields
from fusion.ops import colour, filters, light, mask, skin, warp
from fusion.spec import EngineName, Mode, Notice

LIGHT_SIGMA = 0.10  # of the face width: coarser than this is light and the target's, finer is features and the source's
SHADE_SIGMA = 0.045  # the same for `overlay`, which keeps more of the target's light and shade


@dataclass(frozen=True, slots=True)
class Parts:
    """Soft masks of the fused face on the grid, each (1, gh, gw)."""

    face: torch.Tensor  # 1 well inside the oval, 0 at its edge
    seed: torch.Tensor  # nose and cheeks
    brows: torch.Tensor
    eyes: torch.Tensor  # the openings between the lids
    sockets: torch.Tensor  # eyes, lids and what is just around them
    lips: torch.Tensor
    mouth: torch.Tensor  # between the lips
    irises: torch.Tensor

    @property
    def features(self) -> torch.Tensor:
        """What is face but not skin-coloured."""
        return torch.stack([self.brows, self.sockets, self.lips, self.mouth]).amax(0)


class LandmarkEngine:
    """See the module."""

    name = EngineName.LANDMARK

    def fuse(self, target: Patch, source: Patch, ratio: float, mode: Mode) -> Fused:
        """See `fusion.engines.base.Engine.fuse`."""
        device = target.pixels.device
        height, width = target.pixels.shape[:2]
        fields = fields_of.make(target.points, source.points, ratio, width, height, device)
        parts = parts_of(fields, target.points, width, height, device)
        ground = colour.lab_from_bytes(target.pixels)
        if fields.shift > 0.05:
            ground = warp.sample(ground, filters.enlarge(fields.to_target, height, width), "bicubic")
        warped = warp.sample(
            colour.lab_from_bytes(source.pixels), filters.enlarge(fields.to_source, height, width), "bicubic"
        )
        size = parts.face.shape[-2:]
        small_ground, small_warped = filters.shrink(ground, *size), filters.shrink(warped, *size)
        width_px = geometry.face_width(fields.shape) * fields.scale
        bare_target = skin.skin_map(small_ground, parts.seed, width_px)
        bare_source = skin.skin_map(small_warped, parts.seed, width_px)
        both = bare_target * bare_source * parts.face * (1 - parts.features)
        sigma = (SHADE_SIGMA if mode == Mode.OVERLAY else LIGHT_SIGMA) * width_px
        face = light.relight(
            warped, filters.spread(small_warped, both, sigma), filters.spread(small_ground, both, sigma)
        )
        cover = self._cover(parts, bare_target, bare_source, width_px)
        both = filters.enlarge(both, height, width)
        face = torch.lerp(ground, face, ratio)
        face = light.match_grain(face, ground, both)
        keep = filters.enlarge((parts.eyes + parts.mouth).clamp(0, 1), height, width)
        face = torch.lerp(face, ground, keep)
        cover = filters.enlarge(cover, height, width)
        reach = (cover > 0).float()
        if fields.shift > 0.05:
            moved = (
                (fields.to_target - warp.pixel_centres(size[0], size[1], device) / fields.scale)
                .abs()
                .amax(0, keepdim=True)
            )
            reach = torch.maximum(reach, (filters.enlarge(moved, height, width) > 0.02).float())
        return Fused(face, ground, cover, both, reach, self._notices(target, source))

    def _cover(self, parts: Parts, bare_target: torch.Tensor, bare_source: torch.Tensor, face: float) -> torch.Tensor:
        """Where the fused face is shown: inside the oval, where neither face is covered."""
        free = torch.minimum(torch.maximum(bare_target, parts.features), torch.maximum(bare_source, parts.features))
        free = filters.gaussian(mask.smoothstep(free, 0.25, 0.85), 0.012 * face)
        return parts.face * free

    def _notices(self, target: Patch, source: Patch) -> tuple[Notice, ...]:
        return ()


def parts_of(fields: Fields, target: np.ndarray, width: int, height: int, device: torch.device) -> Parts:
    """The masks of the fused face."""
    scale = fields.scale
    grid_height, grid_width = fields.to_target.shape[-2:]
    shape = fields.shape * np.array([grid_width / width, grid_height / height])
    face = geometry.face_width(fields.shape) * scale

    def filled(indices: tuple[int, ...], grow: float = 0.0, soft: float = 0.0) -> torch.Tensor:
        area = mask.grown(mask.polygon(shape[list(indices)], grid_width, grid_height), grow * face)
        return filters.gaussian(mask.to_tensor(area, device), soft * face)

    def either(right: tuple[int, ...], left: tuple[int, ...], grow: float, soft: float) -> torch.Tensor:
        return torch.maximum(filled(right, grow, soft), filled(left, grow, soft))

    oval = mask.polygon(shape[list(mesh.OVAL)], grid_width, grid_height)
    mouth = filled(mesh.LIPS_INNER, 0.008, 0.006)
    return Parts(
        face=mask.to_tensor(mask.inward(oval, 0.10 * face), device),
        seed=torch.maximum(either(mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK, 0, 0), filled(mesh.NOSE)),
        brows=either(brow_outline(mesh.RIGHT_BROW), brow_outline(mesh.LEFT_BROW), 0.015, 0.01),
        eyes=either(mesh.RIGHT_EYE, mesh.LEFT_EYE, 0.0, 0.006),
        sockets=either(mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND, 0.01, 0.01),
        lips=filled(mesh.LIPS_OUTER, 0.01, 0.008),
        mouth=mouth,
        irises=either(mesh.RIGHT_IRIS[1:], mesh.LEFT_IRIS[1:], 0.0, 0.004),
    )


def brow_outline(brow: tuple[int, ...]) -> tuple[int, ...]:
    """The landmarks of a brow in order round it."""
    return brow
