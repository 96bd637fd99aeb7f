"""Which part of the fused face is where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch

from fusion.faces import geometry, mesh
from fusion.ops import filters, mask

GRID = 320  # px; what is smooth is made at this size at most and enlarged
FEATHER = 0.05  # of the face width: the border over which the face fades in
BEYOND = 0.08  # of the face width: how far beyond the oval it fades where skin goes on
EAR_ROOM = 0.1  # of the face width: how far from the oval's side an ear is met
_CHIN = (61, 43, 106, 182, 194, 32, 140, 176, 148, 152, 377, 400, 369, 262, 418, 406, 335, 273, 291, 0)
_BESIDE_EARS = ((127, 234, 93, 132), (356, 454, 323, 361))
_EYES = mesh.RIGHT_EYE_AROUND + mesh.LEFT_EYE_AROUND
HINGE_ROOM = 0.03  # of the face width: how far the front of glasses reaches beyond the oval
CORE_ROOM = 0.02  # of the face width around the features: what no cut goes through
# Of the face width around the oval: farther out no source is seen (`BEYOND`) or looked at for its light
# (`aligned.MARGIN`), and no ground moves (half of `maps.REACH`).
PLACE_ROOM = 0.2


@dataclass(frozen=True, eq=False)
class Parts:
    """Soft masks of the fused face on the grid, each (1, gh, gw)."""

    shape: np.ndarray  # (478, 2) landmarks, px of the grid
    width_px: float  # of the face, px of the grid
    oval: torch.Tensor
    face: torch.Tensor  # 1 well inside the oval, 0 at its edge
    wide: torch.Tensor  # the same, with its edge `BEYOND` the oval's
    wearable: torch.Tensor  # the oval and a little beyond, where the front of glasses is
    core: torch.Tensor  # brows, eyes, nose and lips with what is between them: shown together or not at all
    chin: torch.Tensor  # the lips and what is below them
    seed: torch.Tensor  # nose and cheeks
    brows: torch.Tensor
    eyes: torch.Tensor  # the openings between the lids
    sockets: torch.Tensor  # eyes, lids and what is just around them
    lips: torch.Tensor
    mouth: torch.Tensor  # between the lips
    irises: torch.Tensor

    def place(self, height: int, width: int) -> tuple[slice, slice]:
        """The rows and the columns of a patch of height × width px in which the face is, with `PLACE_ROOM`."""
        points, per_axis = self.shape[list(mesh.OVAL), :2], np.array([width, height]) / self.oval.shape[:0:-1]
        room = PLACE_ROOM * self.width_px + 4
        left, top = ((points.min(0) - room) * per_axis).astype(int).clip(0, (width - 1, height - 1)).tolist()
        right, bottom = ((points.max(0) + room) * per_axis).astype(int).clip((left + 1, top + 1), (width, height))
        return slice(top, int(bottom)), slice(left, int(right))

    @cached_property
    def coloured(self) -> torch.Tensor:
        """What has a colour of its own."""
        return torch.stack([self.brows, self.eyes, self.lips, self.mouth]).amax(0)

    @cached_property
    def features(self) -> torch.Tensor:
        """What is face but not skin-coloured."""
        return torch.stack([self.brows, self.sockets, self.lips, self.mouth]).amax(0)


def _ears(shape: np.ndarray, oval: np.ndarray, face: float) -> np.ndarray:
    """(gh, gw) float32: 1 beside the ears, which are the target's: there the wide mask ends where the oval does."""
    height, width = oval.shape
    ears = [mask.polygon(shape[list(line + line[::-1])], width, height) for line in _BESIDE_EARS]
    return mask.grown(np.maximum(*ears), EAR_ROOM * face)


def _hull(shape: np.ndarray) -> tuple[int, ...]:
    """The landmarks of brows, eyes, nose and lips that are the corners of their convex hull, in order."""
    indices = np.array(mesh.RIGHT_BROW + mesh.LEFT_BROW + mesh.NOSE + mesh.LIPS_OUTER + _EYES)
    corners = cv2.convexHull(shape[indices].astype(np.float32), returnPoints=False)[:, 0]
    return tuple(indices[corners].tolist())


def hull(points: np.ndarray) -> np.ndarray:
    """(K, 2) float32: the corners of the convex hull of `points` (N, 2), in order."""
    return cv2.convexHull(points.astype(np.float32))[:, 0]


def grid_of(width: int, height: int) -> tuple[float, int, int]:
    """Grid px per px of a patch, and the grid's width and height."""
    scale = min(1.0, GRID / max(width, height))
    return scale, max(8, round(width * scale)), max(8, round(height * scale))


def parts_of(landmarks: np.ndarray, width: int, height: int, device: torch.device) -> Parts:
    """The masks of a face in a patch of width × height px. `landmarks`: (478, 2) px of the patch."""
    scale, grid_width, grid_height = grid_of(width, height)
    shape = landmarks * np.array([grid_width / width, grid_height / height])
    face = geometry.face_width(landmarks) * scale

    def filled(indices: tuple[int, ...], grow: float = 0.0, soft: float = 0.0) -> np.ndarray:
        return mask.soft_polygon(shape[list(indices)], grid_width, grid_height, grow * face, soft * face)

    def either(right: tuple[int, ...], left: tuple[int, ...], grow: float, soft: float) -> np.ndarray:
        return np.maximum(filled(right, grow, soft), filled(left, grow, soft))

    oval = mask.polygon(shape[list(mesh.OVAL)], grid_width, grid_height)
    drawn = dict(
        oval=oval,
        face=mask.inward(oval, FEATHER * face),
        wide=mask.inward(mask.grown(oval, BEYOND * face), (BEYOND + FEATHER) * face),
        ears=_ears(shape, oval, face),
        wearable=filled(mesh.OVAL, HINGE_ROOM, 0.01),
        core=filled(_hull(shape), CORE_ROOM, CORE_ROOM),
        chin=filled(_CHIN, CORE_ROOM, CORE_ROOM),
        seed=np.maximum(either(mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK, 0, 0), filled(mesh.NOSE)),
        brows=either(mesh.RIGHT_BROW, mesh.LEFT_BROW, 0.015, 0.01),
        eyes=either(mesh.RIGHT_EYE, mesh.LEFT_EYE, 0.0, 0.006),
        sockets=either(mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND, 0.01, 0.01),
        lips=filled(mesh.LIPS_OUTER, 0.01, 0.008),
        mouth=filled(mesh.LIPS_INNER, 0.008, 0.006),
        irises=either(mesh.RIGHT_IRIS[1:], mesh.LEFT_IRIS[1:], 0.0, 0.004),
    )
    sent = mask.to_tensor(np.stack(list(drawn.values())), device)[0]  # together: each sending waits for the device
    parts = {name: part.unsqueeze(0) for name, part in zip(drawn, sent, strict=True)}
    near = filters.gaussian(parts.pop("ears"), 0.02 * face)
    return Parts(shape, face, **{**parts, "wide": parts["wide"] * (1 - near)})
