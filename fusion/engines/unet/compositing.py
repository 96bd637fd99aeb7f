"""The unet engine's crops laid back over the target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import cv2
import numpy as np
import torch

from fusion.engines import layers
from fusion.engines.base import Work
from fusion.engines.landmark.regions import Parts, parts_of
from fusion.engines.layers import Layers, Pasted
from fusion.engines.unet import align
from fusion.engines.unet.align import Square
from fusion.engines.unet.networks import checkpoint
from fusion.errors import Phrase, PhraseCode
from fusion.faces import geometry
from fusion.notices import Notice
from fusion.ops import blend, color, filters, light, skin, warp
from fusion.sizing import Rect
from fusion.types import Mode, Size

ROWS = 512  # of the target that are worked on at once, so that memory follows the width of a face and not its area
MARGIN = 0.2  # of the face, kept around it where its border is worked on
SHADE_SIGMA = 0.045  # of the face width: `overlay` keeps what is coarser of the target's light and shade
_OPEN = 26  # of 512 px: how far from its border the enhancer's crop begins to show
_SOFT = 11.0  # of 512 px: its border is blurred twice with this standard deviation


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A fused face: `pixels` (S, S, 3) and `mask` (S, S, 1), float32 in 0…1, S the side of `square`.

    An enlarged one has `finer` times as many pixels along a side, in bytes.
    """

    pixels: torch.Tensor
    mask: torch.Tensor
    square: Square
    finer: float = 1.0


def generators_mask(path: Path, device: torch.device) -> torch.Tensor:
    """The mask that comes with the model, (256, 256, 1) float32.

    Raises:
        WeightsInvalid: the file is no picture.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise checkpoint.invalid(path, Phrase(PhraseCode.NO_PICTURE))
    side = align.GENERATOR_SIDE
    small = cv2.resize(picture, (side, side)).astype(np.float32) / 255
    return torch.from_numpy(small).to(device).unsqueeze(-1)


def enhancers_mask(device: torch.device) -> torch.Tensor:
    """A square with soft borders, (1024, 1024, 1) float32.

    Drawn as the model's own code draws it, but brought down to 0 at the border: there it still has 10 %, a hard line.
    """
    mask = np.zeros((512, 512), np.float32)
    cv2.rectangle(mask, (_OPEN, _OPEN), (512 - _OPEN, 512 - _OPEN), (1.0,), -1, cv2.LINE_AA)
    for _ in range(2):
        mask = np.asarray(cv2.GaussianBlur(mask, (101, 101), _SOFT))
    mask = np.asarray(cv2.resize(mask, (align.ENHANCER_SIDE, align.ENHANCER_SIDE)))
    least = float(mask[0].max())
    mask = np.clip((mask - least) / (1 - least), 0, 1)
    return torch.from_numpy(mask).to(device).unsqueeze(-1)


def over(under: torch.Tensor, crop: Crop, frame_from_under: np.ndarray, strength: float = 1.0) -> torch.Tensor:
    """A crop laid over part of the frame, (H, W, 3) float32 in 0…1 both.

    Args:
        under: the part.
        crop: the crop.
        frame_from_under: (2, 3), from the part's pixels to the frame's.
        strength: 0…1, times the crop's mask.
    """
    height, width = under.shape[:2]
    to_crop = crop.square.crop_from_frame @ np.vstack([frame_from_under, [0, 0, 1]])
    if crop.finer == 1:
        both = warp.affine(torch.cat([crop.pixels, crop.mask], -1), to_crop, width, height)
        return torch.lerp(under, both[..., :3], both[..., 3:] * strength)
    mask = warp.affine(crop.mask, to_crop, width, height)
    # the centre of pixel i is at (i + 0.5) of its own size, whatever that size is
    to_finer = to_crop * crop.finer
    to_finer[:, 2] += (crop.finer - 1) / 2
    pixels = warp.affine(crop.pixels, to_finer, width, height).float() / 255
    return torch.lerp(under, pixels, mask * strength)


def room(points: np.ndarray, size: Size, squares: list[Square]) -> Rect:
    """What of a frame of `size` the crops and the finishing of a face reach. `points`: (478, 2 or 3) px."""
    face = layers.region_of(points, size, MARGIN)
    return reduce(align.union, (square.bounds(size) for square in squares), face)


def into(work: Work, crops: list[Crop], notices: tuple[Notice, ...]) -> Layers:
    """The crops, one over the other, in the frame; and where finishing may act on them."""
    size = Size(work.frame.shape[1], work.frame.shape[0])
    region = layers.region_of(work.points, size, MARGIN)
    pasted = paste(work, crops)
    target = work.frame[layers.slices(region)]
    inside = replace(region, left=region.left - pasted.region.left, top=region.top - pasted.region.top)
    fused = pasted.pixels[layers.slices(inside)]
    landmarks = work.points[:, :2] - [region.left, region.top]
    parts = parts_of(landmarks, region.width, region.height, target.device)
    face_px = geometry.face_width(work.points)
    bare = skin.skin_map(_small(fused, parts), parts.seed, parts.width_px)
    bare = bare * parts.oval * (1 - parts.features)
    mask, bare = (filters.enlarge(part, region.height, region.width) for part in (parts.face, bare))
    if work.finer > 1:
        fused = _grained(fused, target, bare, work.photo_px)
        pasted.pixels[layers.slices(inside)] = fused
    composed = None
    if work.mode != Mode.NORMAL:
        composed = _composed(fused, target, mask, bare, parts, work.mode, face_px)
    return Layers(
        region, composed, mask, bare, (mask > 0).float(), face_px, crops[-1].square.enlargement * work.finer,
        layers.strength_at(work.ratio), notices, pasted if work.mode == Mode.NORMAL else None,
    )  # fmt: skip


def paste(work: Work, crops: list[Crop]) -> Pasted:
    """The target with the crops over it; where no crop's mask reaches, the target bit for bit."""
    region = room(work.points, Size(work.frame.shape[1], work.frame.shape[0]), [crop.square for crop in crops])
    strength = layers.strength_at(work.ratio)
    out = work.frame[layers.slices(region)].clone()
    for top in range(0, region.height, ROWS):
        given = out[top : top + ROWS]
        strip = Rect(region.left, region.top + top, region.width, given.shape[0])
        frame_from_strip = np.array([[1.0, 0, strip.left], [0, 1, strip.top]])
        laid = given.float() / 255
        for crop in crops:
            laid = over(laid, crop, frame_from_strip, strength)
        given.copy_((laid * 255).round_().to(torch.uint8))
    return Pasted(region, out)


def _grained(fused: torch.Tensor, target: torch.Tensor, bare: torch.Tensor, px: float) -> torch.Tensor:
    """The model's skin with the grain of the target's, for the second stage to carry on. (H, W, 3) uint8."""
    face, ground = color.lab_from_bytes(fused), color.lab_from_bytes(target)
    grained = color.bytes_from_lab(light.add_grain(face, ground, bare, px))
    return torch.where((bare > 0).permute(1, 2, 0), grained, fused)


def _small(pixels: torch.Tensor, parts: Parts) -> torch.Tensor:
    """(3, gh, gw) Lab of (H, W, 3) uint8, on the grid of the parts."""
    height, width = parts.oval.shape[-2:]
    return color.lab_from_bytes(warp.resize(pixels, width, height))


def _composed(
    fused: torch.Tensor,
    target: torch.Tensor,
    mask: torch.Tensor,
    bare: torch.Tensor,
    parts: Parts,
    mode: Mode,
    face_px: float,
) -> torch.Tensor:
    """The face alone over the target, (3, H, W) Lab: in `overlay` in its light and shade, in `blend` without border."""
    face, ground = color.lab_from_bytes(fused), color.lab_from_bytes(target)
    if mode == Mode.OVERLAY:
        sigma = SHADE_SIGMA * parts.width_px
        weight = parts.oval * (1 - parts.coloured)
        low, wanted = (filters.spread(_small(x, parts), weight, sigma) for x in (fused, target))
        face = light.relight(face, low, wanted)
    return blend.compose(face, ground, mask, bare, mode, face_px)
