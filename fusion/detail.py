"""Stage two: the face at the output's full size, from a fusion at a smaller one.

Guided upsampling (He and Sun 2015, here with two guides): at the size of stage one, the fused picture is written as
`rest + face_gain · face + ground_gain · ground`, the gains fitted in small neighbourhoods. The gains and the rest are
smooth, so they may be enlarged; the face (the source's photo seen through the mesh, or the model's own crop, enlarged)
and the ground (the target) are read anew at the full size. What the fusion did to coarse detail it thereby does to fine
detail: where it took the source's skin at half its contrast, so it does with pores; where it kept the target's eyes, it
keeps their lashes. Where it changed nothing, the gains are 0 and 1, the rest is 0, and the target's bytes come back.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from fusion import layers, memory, tiles
from fusion.engines.base import Guide
from fusion.layers import slices
from fusion.ops import filters, finish, light
from fusion.ops import window as windows
from fusion.placed import Placed
from fusion.sizing import Rect
from fusion.spec import Settings

RADIUS = 4  # px of the frame: the neighbourhood in which gains are fitted
NOISE = 1.5  # of 255: variation below it says nothing about gains, they stay at what the masks say
FACE_MOST, GROUND_MOST = 1.5, 1.2  # limits of the gains: beyond, compression artefacts of a photo would be amplified
STILL = 0.05  # px of the output: a ground that moves by less is not resampled
PROBE_PX, PROBES = 128, 6  # windows of skin on which grain is compared, px of the output, and how many
GRAIN_KEPT = 0.5  # of a face's fine detail at least, however soft the photo around it
_LUMA = (0.299, 0.587, 0.114)
_SHARPEN_MARGIN = 10  # px: three standard deviations of the widest sharpening, and one
# Floats of 4 bytes alive at once for each px of a tile, measured at the peak; the budget is a share of what is free.
BYTES_PER_PX = 160
_SHARE, _MOST_BYTES = 0.25, 48 * 1024**2


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """`pixels` (H, W, 3) uint8 on the host; the side of the tiles, px, and how often one had to be halved."""

    pixels: torch.Tensor
    tile_px: int
    halved: int


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """`rest` (h, w, 3); `maps` (h, w, 4): face gain, ground gain, reach, how far sharpening acts; all float32 on the
    frame. `moved` (h, w, 2): how far off the ground is read, px of the frame, or None.
    """

    rest: torch.Tensor
    maps: torch.Tensor
    moved: torch.Tensor | None


def refine(
    before: torch.Tensor, placed: Placed, settings: Settings, watch: Callable[[float], None], tile_px: int | None = None
) -> Refined:
    """The output.

    Args:
        before: (H, W, 3) uint8 on the host, the target at the output's size.
        placed: what stage one made, with a guide.
        settings: the finishing.
        watch: told of the fraction done after each tile; what it raises stops the work.
        tile_px: side of the tiles; by what memory is free if None.

    Raises:
        OutOfMemory: even the smallest tile does not fit.
    """
    guide = placed.layers.guide
    assert guide is not None
    device = placed.frame.device
    look = placed.look(settings)
    fused = layers.finished(placed.frame, placed.layers, replace(look, sharpen=0.0))
    model = _fit(before, placed, guide, fused)
    out = before.clone()
    room = placed.working.room
    side = tile_px or tiles.side_for(min(int(_SHARE * memory.free_bytes(device.type)), _MOST_BYTES), BYTES_PER_PX)
    done = 0

    def work(tile: Rect) -> None:
        nonlocal done
        _refine_tile(before, out, placed, guide, model, look, tile)
        done += tile.width * tile.height
        watch(done / (room.width * room.height))

    halved = tiles.each(room, side, work, after_memory=lambda: _free(device), device=str(device))
    return Refined(out, side, halved)


def _free(device: torch.device) -> None:
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _refine_tile(
    before: torch.Tensor, out: torch.Tensor, placed: Placed, guide: Guide, model: _Model, look: finish.Look, tile: Rect
) -> None:
    wide = tiles.grown(tile, _SHARPEN_MARGIN, placed.working.room) if look.sharpen > 0 else tile
    maps = windows.read(model.maps, placed.window(wide))
    inner = slices(replace(tile, left=tile.left - wide.left, top=tile.top - wide.top))
    reach = maps[..., 2:3][inner] > 0
    if not bool(reach.any()):
        return
    made = _made(before, placed, guide, model, maps, wide)
    if look.sharpen > 0:
        gain = finish.crispness(_luma(made), look.sharpen, placed.softness, span=255.0)
        made = made + (gain * maps[..., 3].unsqueeze(0)).permute(1, 2, 0)
    done = made[inner].round_().clamp_(0, 255).to(torch.uint8)
    old = out[slices(tile)]
    out[slices(tile)] = torch.where(reach.cpu(), done.cpu(), old)


def _made(
    before: torch.Tensor, placed: Placed, guide: Guide, model: _Model, maps: torch.Tensor, tile: Rect
) -> torch.Tensor:
    """(h, w, 3) float32: the fused picture at a tile of the output, before sharpening."""
    window = placed.window(tile)
    ground = _ground(before, model.moved, placed, tile)
    face = guide.fine(window, ground)
    rest = windows.read(model.rest, window, smooth=True)
    return rest.addcmul_(maps[..., :1], face).addcmul_(maps[..., 1:2], ground)


def _ground(before: torch.Tensor, moved: torch.Tensor | None, placed: Placed, tile: Rect) -> torch.Tensor:
    """(h, w, 3) float32: the target's own pixels at a tile, from where the fusion moved them."""
    device = placed.frame.device
    if moved is not None:
        window = placed.window(tile)
        steps = torch.tensor([window.step_x, window.step_y], device=device)
        shift = windows.read(moved, window) / steps
        furthest = float(shift.abs().max())
        if furthest > STILL:
            part = tiles.grown(tile, int(furthest) + 3, Rect(0, 0, before.shape[1], before.shape[0]))
            local = windows.Window(tile.left - part.left, tile.top - part.top, 1, 1, tile.width, tile.height)
            places = local.centres(device) + shift.permute(2, 0, 1)
            return windows.gather(before[slices(part)].to(device), places)
    return before[slices(tile)].to(device).float()


def _fit(before: torch.Tensor, placed: Placed, guide: Guide, fused: torch.Tensor) -> _Model:
    """`fused` (h, w, 3) uint8: what stage one made, finished, on the frame."""
    ground = placed.frame
    moved = None
    if guide.moved is not None:
        height, width = ground.shape[:2]
        still = windows.Window(0, 0, 1, 1, width, height).centres(ground.device)
        ground = windows.gather(ground, still + guide.moved)
        moved = guide.moved.permute(1, 2, 0).contiguous()
    pictures = [picture.float() for picture in (fused, guide.coarse, ground)]
    gains = _gains(_luma(pictures[0]), _luma(pictures[1]), _luma(pictures[2]), guide.share)
    act = _act(placed)
    model = _model(pictures, gains, guide.reach, act, moved)
    return _model(pictures, _grained(before, placed, guide, model, gains), guide.reach, act, moved)


def _model(
    pictures: list[torch.Tensor],
    gains: torch.Tensor,
    reach: torch.Tensor,
    act: torch.Tensor,
    moved: torch.Tensor | None,
) -> _Model:
    fused, face, ground = pictures
    of_face, of_ground = (gain.unsqueeze(-1) for gain in gains)
    maps = torch.cat([gains, reach, act]).permute(1, 2, 0).contiguous()
    return _Model(fused - of_face * face - of_ground * ground, maps, moved)


def _gains(fused: torch.Tensor, face: torch.Tensor, ground: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """(2, H, W): how much of the face's and of the ground's detail the fused picture shows.

    Least squares in a window around each pixel, drawn towards what the mask says where there is little to see. All
    arguments (1, H, W); the pictures in 0…255.
    """
    rest = fused - share * face - (1 - share) * ground
    stack = torch.cat([face, ground, rest, face * face, ground * ground, face * ground, face * rest, ground * rest])
    mean = filters.box(stack, RADIUS)
    var_face = mean[3] - mean[0] * mean[0] + NOISE**2
    var_ground = mean[4] - mean[1] * mean[1] + NOISE**2
    both = mean[5] - mean[0] * mean[1]
    with_face, with_ground = mean[6] - mean[0] * mean[2], mean[7] - mean[1] * mean[2]
    scale = (var_face * var_ground - both * both).clamp_min(NOISE**4)
    of_face = share[0] + (var_ground * with_face - both * with_ground) / scale
    of_ground = 1 - share[0] + (var_face * with_ground - both * with_face) / scale
    return filters.box(torch.stack([of_face.clamp(0, FACE_MOST), of_ground.clamp(0, GROUND_MOST)]), RADIUS)


def _grained(before: torch.Tensor, placed: Placed, guide: Guide, model: _Model, gains: torch.Tensor) -> torch.Tensor:
    """The gains changed so that the face has the grain of the skin that it lies on: no finer, and not plastic."""
    ratio = _grain_ratio(before, placed, guide, model)
    of_face, of_ground = gains[:1], gains[1:]
    if ratio > 1.1:
        return torch.cat([of_face * max(1 / ratio, GRAIN_KEPT), of_ground])
    if ratio < 0.9:
        missing = (1 - ratio * ratio) ** 0.5
        return torch.cat([of_face, (of_ground + missing * _on_frame(placed, placed.layers.skin)).clamp(0, GROUND_MOST)])
    return gains


def _grain_ratio(before: torch.Tensor, placed: Placed, guide: Guide, model: _Model) -> float:
    """Grain of the refined face over the target's own at the same places; 1 where there is too little skin to tell."""
    skin = _on_frame(placed, placed.layers.skin * placed.layers.mask)
    amounts = []
    for probe in _probes(placed, skin):
        window = placed.window(probe)
        weight = windows.read(skin.permute(1, 2, 0), window).permute(2, 0, 1)
        made = _made(before, placed, guide, model, windows.read(model.maps, window), probe)
        pictures = made, before[slices(probe)].to(made.device).float()
        amounts.append(torch.stack([light.grain_of(_luma(picture), weight) for picture in pictures]))
    if not amounts:
        return 1.0
    have, want = torch.stack(amounts).median(0).values.tolist()
    return have / want if min(have, want) > 0 else 1.0


def _probes(placed: Placed, skin: torch.Tensor) -> list[Rect]:
    """Windows of the output with the most skin in them."""
    across, down = placed.working.per_axis
    columns, rows = max(1, round(PROBE_PX * across)), max(1, round(PROBE_PX * down))
    shares = torch.nn.functional.avg_pool2d(skin.unsqueeze(0), (rows, columns), (rows, columns))[0, 0]
    best = shares.flatten().sort(descending=True, stable=True)
    room = placed.working.room
    found: list[Rect] = []
    for share, index in zip(best.values[:PROBES].tolist(), best.indices[:PROBES].tolist(), strict=True):
        top, left = divmod(index, shares.shape[1])
        if share > 0.5:
            at = (room.left + round(left * columns / across), room.top + round(top * rows / down))
            found.append(tiles.grown(Rect(*at, PROBE_PX, PROBE_PX), 0, room))
    return found


def _act(placed: Placed) -> torch.Tensor:
    """(1, H, W) on the frame: how far sharpening acts."""
    return _on_frame(placed, placed.layers.mask * placed.layers.strength)


def _on_frame(placed: Placed, part: torch.Tensor) -> torch.Tensor:
    """(1, H, W) of a map that covers the layers' region."""
    whole = part.new_zeros(1, *placed.frame.shape[:2])
    whole[(slice(None), *slices(placed.layers.region))] = part
    return whole


def _luma(picture: torch.Tensor) -> torch.Tensor:
    """(H, W, 3) → (1, H, W), BT.601."""
    return (picture * torch.tensor(_LUMA, device=picture.device)).sum(-1).unsqueeze(0)
