"""The embedded engine: fuses by landmarks, needs no weights and no GPU.

The source's face is warped onto the target's mesh, given the target's light and grain, and set in where both faces are
bare skin. What is expression or belongs to the target's head stays the target's: the eye openings and their gaze, the
inside of the mouth, hair, hats, glasses, the outline of the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion import geometry, mesh
from fusion.engines import fields as fields_of
from fusion.engines.base import Fused, Patch
from fusion.engines.fields import Fields
from fusion.ops import colour, filters, light, mask, occlusion, skin, warp
from fusion.spec import EngineName, Mode, Notice, Role

LIGHT_SIGMA = 0.22  # of the face width: coarser than this is light and the target's, finer is features and the source's
CARRY_FROM = 0.5  # ratio from which the source's glasses come with its face
COVERED_AT = 0.25  # share of the face under hair or a hat from which the user is told
MOUTHS_DIFFER = 0.12  # difference of the gap between the lips over the mouth's width
BROW_ROOM = 0.03  # of the face width: thick brows stand out of the landmarks' line and are no hair that reaches in
SMEARED = (0.3, 0.6)  # of the usual source px per output px: below, skin is smeared; above, it is not
EYES_UNLIKE = (1.25, 1.6)  # one opening over the other: up to the first the source's eyes fit, from the second not
LIPS_KEPT = 0.6  # of the target's own lips at most, where the mouths differ
FEATHER = 0.05  # of the face width: the border over which the face fades in
SHADE_SIGMA = 0.045  # the same for `overlay`, which keeps more of the target's light and shade


@dataclass(frozen=True, slots=True)
class Parts:
    """Soft masks of the fused face on the grid, each (1, gh, gw)."""

    shape: np.ndarray  # (478, 2) landmarks, px of the grid
    oval: torch.Tensor
    face: torch.Tensor  # 1 well inside the oval, 0 at its edge
    seed: torch.Tensor  # nose and cheeks
    brows: torch.Tensor
    eyes: torch.Tensor  # the openings between the lids
    sockets: torch.Tensor  # eyes, lids and what is just around them
    lips: torch.Tensor
    mouth: torch.Tensor  # between the lips
    irises: torch.Tensor

    @property
    def coloured(self) -> torch.Tensor:
        """What has a colour of its own."""
        return torch.stack([self.brows, self.eyes, self.lips, self.mouth]).amax(0)

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
        on_target = _covering(small_ground, bare_target, parts, width_px, generous=False)
        on_source = _covering(small_warped, bare_source, parts, width_px, generous=True)
        carried, removed = _glasses(on_target, on_source, ratio)
        frame = on_target.frame
        if removed:
            ground = _without_frame(ground, small_ground, frame, bare_target, width_px)
            small_ground = filters.shrink(ground, *size)
            bare_target = skin.skin_map(small_ground, parts.seed, width_px)
            on_target = _covering(small_ground, bare_target, parts, width_px, generous=False).without_glasses()
        free = (1 - on_target.mask) * (1 - on_source.hair)
        if not carried:
            free = free * (1 - on_source.frame)
        free = free * torch.maximum(_seen(fields, parts), parts.features)
        bare = bare_target * bare_source * free * (1 - on_source.frame) * parts.oval * (1 - parts.features)
        sigma = (SHADE_SIGMA if mode == Mode.OVERLAY else LIGHT_SIGMA) * width_px
        wanted = filters.spread(small_ground, bare, sigma)
        face = light.relight(warped, filters.spread(small_warped, bare, sigma), wanted)
        skin_here = filters.enlarge(bare, height, width)
        plain = parts.oval * (1 - parts.coloured) * (1 - on_source.frame)
        face = light.match_contrast(
            face, ground, filters.enlarge(wanted, height, width), skin_here, filters.enlarge(plain, height, width)
        )
        weight: torch.Tensor | float = ratio
        if carried or removed:  # glasses are there or not there, never half
            place = on_source.frame if carried else _widened(frame, width_px)
            weight = filters.enlarge(place, height, width).clamp_min(ratio)
        face = torch.lerp(ground, face, weight)
        face = light.match_grain(face, ground, skin_here)
        face = _lips(face, ground, parts, target, source, ratio)
        keep = filters.enlarge((parts.eyes + parts.mouth).clamp(0, 1), height, width)
        own = _eyes(ground, face, parts, ratio)
        alike = _eyes_alike(target, source)
        if alike > 0:  # then the source's eyes fit between the target's lids
            eyes = filters.enlarge(parts.eyes, height, width)
            own = torch.lerp(own, face, alike * eyes)
        face = torch.lerp(face, own, keep)
        cover = parts.face * free
        if carried:
            cover = torch.maximum(cover, on_source.frame * (1 - on_target.mask))
        cover = filters.enlarge(cover, height, width)
        reach = (cover > 0).float()
        if removed:
            reach = torch.maximum(reach, (filters.enlarge(_widened(frame, width_px), height, width) > 0).float())
        if fields.shift > 0.05:
            moved = (fields.to_target - warp.pixel_centres(size[0], size[1], device) / fields.scale).abs()
            reach = torch.maximum(reach, (filters.enlarge(moved.amax(0, keepdim=True), height, width) > 0.02).float())
        notices = _notices(on_target, on_source, carried, removed, target, source)
        return Fused(face, ground, cover, skin_here, reach, notices)


def _glasses(on_target: Covering, on_source: Covering, ratio: float) -> tuple[bool, bool]:
    """Whether the source's glasses come with its face, and whether the target's go with its own.

    From `CARRY_FROM` on the fused face wears what the source wears, below it what the target wears: glasses are there
    or not there, never half. Where both wear some, or lenses are dark, the target's stay.
    """
    if ratio < CARRY_FROM or on_source.dark or on_target.dark or on_source.glasses == on_target.glasses:
        return False, False
    return on_source.glasses, on_target.glasses


def _without_frame(
    ground: torch.Tensor, small: torch.Tensor, frame: torch.Tensor, bare: torch.Tensor, face: float
) -> torch.Tensor:
    """The target without its glasses: the frame filled with the skin beside it.

    Inside the face the source's skin comes over it; at the temples this is what one sees.
    """
    height, width = ground.shape[-2:]
    wide = _widened(frame, face)
    # the ends of the frame stand out over the temples: what is no skin close to it goes with it
    wide = torch.maximum(
        wide, filters.gaussian(frame, 0.03 * face).mul(5).clamp(0, 1) * mask.smoothstep(1 - bare, 0.3, 0.7)
    )
    filled = filters.spread(small, bare * (1 - wide), 0.012 * face)
    return torch.lerp(ground, filters.enlarge(filled, height, width), filters.enlarge(wide, height, width))


def _widened(frame: torch.Tensor, face: float) -> torch.Tensor:
    """The frame with the shadow and the sheen along it."""
    return filters.gaussian(frame, 0.015 * face).mul(4).clamp(0, 1)


def _seen(fields: Fields, parts: Parts) -> torch.Tensor:
    """(1, gh, gw): 0 where the source shows a part of the face so narrowly that its skin would be smeared.

    That is the cheek which the source turns away and the target towards the camera.
    """
    usual = fields.stretch[parts.seed > 0.5].median().clamp_min(1e-6)
    seen = mask.smoothstep(fields.stretch / usual, *SMEARED)
    return filters.gaussian(seen, 0.02 * geometry.face_width(parts.shape))


def _lips(
    face: torch.Tensor, ground: torch.Tensor, parts: Parts, target: Patch, source: Patch, ratio: float
) -> torch.Tensor:
    """Where one mouth is open and the other closed, part of the target's own lips, in the source's colour.

    Lips that are stretched or squeezed to another opening show it.
    """
    apart = abs(fields_of.mouth_opening(target.points) - fields_of.mouth_opening(source.points))
    share = float(np.clip((apart - 0.1) / 0.3, 0, 1)) * LIPS_KEPT * ratio
    if share == 0:
        return face
    height, width = face.shape[-2:]
    lips = filters.enlarge((parts.lips - parts.mouth).clamp(0, 1), height, width)
    total = lips.sum().clamp_min(1e-3)
    colour_of = [(x * lips).sum((-2, -1), keepdim=True) / total for x in (face, ground)]
    recoloured = ground + (colour_of[0] - colour_of[1])
    return torch.lerp(face, recoloured, lips * share)


def _eyes_alike(target: Patch, source: Patch) -> float:
    """1 where both pairs of eyes are about as wide open, 0 where an iris would be stretched or squeezed."""
    openings = fields_of.eye_opening(target.points), fields_of.eye_opening(source.points)
    unlike = max(openings) / max(min(openings), 1e-6)
    return float(np.clip((EYES_UNLIKE[1] - unlike) / (EYES_UNLIKE[1] - EYES_UNLIKE[0]), 0, 1))


def _eyes(ground: torch.Tensor, warped: torch.Tensor, parts: Parts, ratio: float) -> torch.Tensor:
    """The target's eyes with irises of the source's colour: the gaze and the lids are not identity, the colour is."""
    height, width = ground.shape[-2:]
    irises = parts.irises * parts.eyes
    if float(irises.sum()) < 12:  # px of the grid: closed, or too small to have a colour
        return ground
    small_ground, small_warped = (filters.shrink(x, *irises.shape[-2:]) for x in (ground, warped))
    shift = _iris_colour(small_warped, irises) - _iris_colour(small_ground, irises)
    # chroma moves whole, lightness half: how bright an iris looks is mostly the light that falls into the eye
    shift = shift * torch.tensor([0.5, 1.0, 1.0], device=ground.device).view(3, 1, 1)
    area = filters.enlarge(irises, height, width)
    # the pupil and the glint keep theirs
    middle = mask.smoothstep(ground[:1], 8, 22) * (1 - mask.smoothstep(ground[:1], 60, 75))
    return ground + ratio * area * middle * shift.clamp(-25, 25)


def _iris_colour(lab: torch.Tensor, irises: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the median Lab of the irises without their darkest and brightest quarter."""
    chosen = lab[:, irises[0] > 0.5]
    if chosen.shape[1] < 4:
        return lab.new_zeros(3, 1, 1)
    order = chosen[0].argsort()
    middle = chosen[:, order[len(order) // 4 : max(len(order) // 4 + 1, 3 * len(order) // 4)]]
    return middle.median(1).values.view(3, 1, 1)


@dataclass(frozen=True, slots=True)
class Covering:
    """What lies over one of the two faces; masks are (1, gh, gw). `share` is the part of the face under `hair`."""

    hair: torch.Tensor  # or a hat, or a hand: what reaches in from outside
    frame: torch.Tensor  # of glasses; all 0 without
    glasses: bool
    dark: bool
    share: float

    def without_glasses(self) -> Covering:
        return replace(self, frame=torch.zeros_like(self.frame), glasses=False)

    @property
    def mask(self) -> torch.Tensor:
        return torch.maximum(self.hair, self.frame)


def _covering(lab: torch.Tensor, bare: torch.Tensor, parts: Parts, face: float, generous: bool) -> Covering:
    oval = parts.oval[0].cpu().numpy()
    exempt = mask.grown(parts.features[0].cpu().numpy(), BROW_ROOM * face)
    hair = occlusion.reaching_in(bare[0].cpu().numpy(), oval, exempt, face, generous)
    found = occlusion.glasses(
        np.ascontiguousarray(lab.permute(1, 2, 0).cpu().numpy()), bare[0].cpu().numpy(), parts.shape, face
    )
    share = float((hair * oval).sum() / max(oval.sum(), 1.0))
    return Covering(
        mask.to_tensor(hair, lab.device), mask.to_tensor(found.frame, lab.device), found.worn, found.dark, share
    )


def _notices(
    on_target: Covering, on_source: Covering, carried: bool, removed: bool, target: Patch, source: Patch
) -> tuple[Notice, ...]:
    notices = []
    if on_source.glasses:
        notices.append(Notice("glasses_carried" if carried else "glasses_left"))
    if removed:
        notices.append(Notice("glasses_removed"))
    elif on_target.glasses:
        notices.append(Notice("glasses_kept"))
    for role, covering in ((Role.TARGET, on_target), (Role.SOURCE, on_source)):
        if covering.share > COVERED_AT:
            notices.append(Notice("covered", {"role": role, "percent": 100 * covering.share}))
    if abs(fields_of.mouth_opening(target.points) - fields_of.mouth_opening(source.points)) > MOUTHS_DIFFER:
        notices.append(Notice("mouths_differ"))
    return tuple(notices)


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
        shape=shape,
        oval=mask.to_tensor(oval, device),
        face=mask.to_tensor(mask.inward(oval, FEATHER * face), device),
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
