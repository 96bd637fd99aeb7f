"""Stage two: the face at the output's full size, from a fusion at a smaller one.

Guided upsampling (He and Sun 2015, here with two guides): at the size of stage one, the fused picture is written as
`rest + face_gain · face + ground_gain · ground`, the gains fitted in small neighbourhoods. The gains and the rest are
smooth, so they may be enlarged; the face (the source's photo seen through the mesh, or the model's own crop, enlarged)
and the ground (the target) are read anew at the full size. What the fusion did to coarse detail it thereby does to fine
detail: where it took the source's skin at half its contrast, so it does with pores; where it kept the target's eyes, it
keeps their lashes. Where it changed nothing, the gains are 0 and 1, the rest is 0, and the target's bytes come back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from fusion.engines import Guide, layers, slices
from fusion.memory import Rung, Step, budget, tiles
from fusion.ops import color, constants, finish, guided_filter, interrupt, light, windows
from fusion.pipeline import placement
from fusion.pipeline.placement import Placed
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Stage
from fusion.units import MIB

STILL = 0.05  # px of the output: a ground that moves by less is not resampled
PROBE_PX, PROBES = 128, 6  # windows of skin on which grain is compared, px of the output, and how many
SKIN_IN_PROBE = 0.5  # of it at least
GRAIN_KEPT = 0.5  # of a face's fine detail at least, however soft the photo around it
_LUMA = (0.299, 0.587, 0.114)  # BT.601
_SHARPEN_MARGIN = 2  # px around a tile, of which sharpening sees one
# Memory for each px of a tile at the peak (measured: 44 MB at 512², 12 MB at 256²); a tile may have a share of what is
# free, and no more than this: larger ones are no quicker.
BYTES_PER_PX = 170
_SHARE, _MOST_BYTES = 0.25, 48 * MIB


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """`pixels` (H, W, 3) uint8 on the host. Px: the side of the tiles, and of a square like the smallest of them."""

    pixels: torch.Tensor
    tile_px: int
    least_px: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """The rung that was taken, if tiles had to be halved."""
        if self.least_px == self.tile_px:
            return ()
        return (Step(Rung.TILE, str(self.tile_px), str(self.least_px)),)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """On the frame: `rest` (h, w, 3); `maps` (h, w, 4): face gain, ground gain, reach, how far sharpening acts."""

    rest: torch.Tensor
    maps: torch.Tensor


def finished(before: torch.Tensor, fused: Placed | None, settings: Settings, run: interrupt.Run) -> Refined:
    """The output, by one stage or by two. Arguments as of `refine`; `fused` None: the target stays as it is."""
    if fused is None:
        return Refined(before, 0, 0)
    if not fused.guided:
        with run.step(Stage.FINISH, 0.8, networks=False):
            return Refined(placement.finished(before, fused, settings), 0, 0)
    budget.give_back(fused.frame.device.type)  # of stage one: the two shall not add up
    with run.step(Stage.DETAIL, 0.84, networks=False):
        return refine(before, fused, settings, lambda share: run.watch(Stage.DETAIL, 0.84 + 0.11 * share))


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
    device = placed.frame.device
    look = placed.look(settings)
    scene = _Scene(before, placed)
    model = scene.fit(layers.finished(placed.frame, placed.layers, replace(look, sharpen=0.0)))
    out = before.clone()
    room = placed.working.room
    side = tile_px or tiles.side_for(min(int(_SHARE * budget.free_bytes(device.type)), _MOST_BYTES), BYTES_PER_PX)
    done, least = 0, side

    def work(tile: Rect) -> None:
        nonlocal done, least
        scene.refine(out, model, look, tile)
        least = min(least, math.isqrt(tile.width * tile.height))
        done += tile.width * tile.height
        watch(done / (room.width * room.height))

    halved = tiles.each(room, side, work, after_memory=lambda: budget.give_back(device.type), device=str(device))
    return Refined(out, side, least if halved else side)


class _Scene:
    """A target at the output's size, and the face that was fused for it.

    `moved` (h, w, 2): how far off the ground is read, px of the frame, or None.
    """

    def __init__(self, before: torch.Tensor, placed: Placed) -> None:
        assert placed.layers.guide is not None
        self.before, self.placed = before, placed
        self.guide: Guide = placed.layers.guide
        moved = self.guide.moved
        self.moved = None if moved is None else moved.permute(1, 2, 0).contiguous()

    def fit(self, fused: torch.Tensor) -> _Model:
        """`fused` (h, w, 3) uint8: what stage one made, finished, on the frame."""
        guide, placed = self.guide, self.placed
        ground = placed.frame
        if guide.moved is not None:
            height, width = ground.shape[:2]
            still = windows.Window(0, 0, 1, 1, width, height).centres(ground.device)
            ground = windows.gather(ground, still + guide.moved)
        act = _on_frame(placed, placed.layers.mask * placed.layers.strength)

        def model(shares: torch.Tensor) -> _Model:
            of_face, of_ground = (share.unsqueeze(-1) for share in shares)
            rest = fused.float().addcmul_(of_face, guide.coarse, value=-1).addcmul_(of_ground, ground, value=-1)
            return _Model(rest, torch.cat([shares, guide.reach, act]).permute(1, 2, 0).contiguous())

        shares = guided_filter.fitted(_luma(fused), _luma(guide.coarse), _luma(ground), guide.share)
        return model(_grained(shares, self._grain_ratio(model(shares)), placed))

    def refine(self, out: torch.Tensor, model: _Model, look: finish.Look, tile: Rect) -> None:
        """One tile, set into `out`."""
        wide = tiles.grown(tile, _SHARPEN_MARGIN, self.placed.working.room) if look.sharpen > 0 else tile
        maps = windows.read(model.maps, self.placed.window(wide))
        inner = slices(replace(tile, left=tile.left - wide.left, top=tile.top - wide.top))
        reach = maps[..., 2:3][inner] > 0
        if not bool(reach.any()):
            return
        made = self._made(model, maps, wide)
        if look.sharpen > 0:
            gain = finish.crispness(_luma(made), look.sharpen, self.placed.softness, span=255.0)
            made += gain[0].mul_(maps[..., 3]).unsqueeze(-1)
        done = made[inner].round_().clamp_(0, 255).to(torch.uint8)
        palette = self.placed.layers.palette
        if palette is not None:
            done = color.within_palette(done, palette)
        out[slices(tile)] = torch.where(reach.cpu(), done.cpu(), out[slices(tile)])

    def _made(self, model: _Model, maps: torch.Tensor, tile: Rect) -> torch.Tensor:
        """(h, w, 3) float32: the fused picture at a tile of the output, before sharpening."""
        window = self.placed.window(tile)
        ground = self._ground(tile)
        face = self.guide.fine(window, ground)
        rest = windows.read(model.rest, window, smooth=True)
        return rest.addcmul_(maps[..., :1], face).addcmul_(maps[..., 1:2], ground)

    def _ground(self, tile: Rect) -> torch.Tensor:
        """(h, w, 3) float32: the target's own pixels at a tile, from where the fusion moved them."""
        device = self.placed.frame.device
        if self.moved is not None:
            window = self.placed.window(tile)
            shift = windows.read(self.moved, window) / constants.on(device, window.step_x, window.step_y)
            furthest = float(shift.abs().max())
            if furthest > STILL:
                part = tiles.grown(tile, int(furthest) + 3, Rect(0, 0, self.before.shape[1], self.before.shape[0]))
                local = windows.Window(tile.left - part.left, tile.top - part.top, 1, 1, tile.width, tile.height)
                places = local.centres(device) + shift.permute(2, 0, 1)
                return windows.gather(self.before[slices(part)].to(device), places)
        return self.before[slices(tile)].to(device).float()

    def _grain_ratio(self, model: _Model) -> float:
        """Grain of the refined face over the target's own at the same places; 1 where no skin or no grain tells."""
        skin = _on_frame(self.placed, self.placed.layers.skin * self.placed.layers.mask)
        amounts = []
        for probe in _probes(self.placed, skin):
            window = self.placed.window(probe)
            weight = windows.read(skin.permute(1, 2, 0), window).permute(2, 0, 1)
            made = self._made(model, windows.read(model.maps, window), probe)
            pictures = made, self.before[slices(probe)].to(made.device).float()
            amounts.append(
                torch.stack([light.grain_of(_luma(picture), weight, self.placed.photo_px) for picture in pictures])
            )
        if not amounts:
            return 1.0
        have, want = torch.stack(amounts).median(0).values.tolist()
        return have / want if want > 0 else 1.0  # a face that is quite flat has none of the grain that is wanted


def _grained(shares: torch.Tensor, ratio: float, placed: Placed) -> torch.Tensor:
    """The gains changed so that the face has the grain of the skin that it lies on: no finer, and not plastic."""
    of_face, of_ground = shares[:1], shares[1:]
    if ratio > 1.1:
        return torch.cat([of_face * max(1 / ratio, GRAIN_KEPT), of_ground])
    if ratio < 0.9:
        missing = (1 - ratio * ratio) ** 0.5
        more = of_ground + missing * _on_frame(placed, placed.layers.skin * placed.layers.mask)
        return torch.cat([of_face, more.clamp(0, guided_filter.GROUND_MOST)])
    return shares


def _probes(placed: Placed, skin: torch.Tensor) -> list[Rect]:
    """Windows of the output with the most skin in them."""
    across, down = placed.working.per_axis
    columns, rows = max(1, round(PROBE_PX * across)), max(1, round(PROBE_PX * down))
    if min(skin.shape[1] // rows, skin.shape[2] // columns) == 0:
        return []
    shares = torch.nn.functional.avg_pool2d(skin.unsqueeze(0), (rows, columns), (rows, columns))[0, 0]
    best = shares.flatten().sort(descending=True, stable=True)
    room = placed.working.room
    found = []
    for share, index in zip(best.values[:PROBES].tolist(), best.indices[:PROBES].tolist(), strict=True):
        top, left = divmod(index, shares.shape[1])
        if share > SKIN_IN_PROBE:
            at = (room.left + round(left * columns / across), room.top + round(top * rows / down))
            found.append(tiles.grown(Rect(*at, PROBE_PX, PROBE_PX), 0, room))
    return found


def _on_frame(placed: Placed, part: torch.Tensor) -> torch.Tensor:
    """(1, H, W) of a map that covers the layers' region."""
    return layers.laid(part, placed.layers.region, placed.working.size)


def _luma(picture: torch.Tensor) -> torch.Tensor:
    """(H, W, 3) → (1, H, W) float32."""
    return (picture.float() @ constants.on(picture.device, *_LUMA)).unsqueeze(0)
