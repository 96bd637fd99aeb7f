"""Whose lower face is shown where one of the two wears a beard: one person's, whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.regions import Parts, hull
from fusion.faces import mesh
from fusion.ops import filters, mask
from fusion.types import FacialHair

# fmt: off
MOUSTACHE = (2, 97, 98, 203, 206, 216, 61, 40, 37, 0, 267, 270, 291, 436, 426, 423, 327, 326)
CHIN = (17, 84, 181, 91, 182, 194, 32, 140, 176, 148, 152, 377, 400, 369, 262, 418, 406, 321, 405, 314)
RIGHT_JAW = (61, 91, 182, 194, 32, 140, 176, 149, 150, 136, 172, 58, 132, 177, 215, 214, 57)
LEFT_JAW = (291, 321, 406, 418, 262, 369, 400, 378, 379, 365, 397, 288, 361, 401, 435, 434, 287)
# fmt: on
SURE = 0.6  # of parsing, from which a beard is one
WORN_FROM = 0.25  # mean beard of a zone, from which the zone belongs to the beard as a whole
ROOM, SOFT = 0.02, 0.03  # of the face width: how far beyond its hairs a beard reaches, and over which it ends
HANGS = 0.06  # of the face width: a strip below the jaw in which skin is seen below a short beard
HANGS_FROM = 0.5  # of that strip without skin, from which a beard hangs over the jaw
# Log lightness (L + 16) by which it is darker than the cheeks, from which one sees where it ends: five short beards
# 0.26 to 0.47, a black one 0.85.
STANDS_OUT = 0.65


@dataclass(frozen=True, slots=True)
class Beard:
    """`kept` (1, gh, gw): where the target's lower face stays. `brought`: where the source's beard comes along."""

    kept: torch.Tensor
    brought: torch.Tensor


def settled(on_target: Covers, on_source: Covers, source: torch.Tensor, parts: Parts, wish: FacialHair) -> Beard:
    """Whose beard is shown.

    `auto` keeps the target's lower face where it surely has a beard and the source has none; and where the source has a
    full beard, of which a fused face would show a part, and the target has none.

    Args:
        on_target, on_source: what lies over the two faces.
        source: (3, gh, gw) Lab, the source's face in the target's place.
        parts: of the fused face.
        wish: the setting.
    """
    nowhere = torch.zeros_like(parts.oval)
    theirs, ours = on_target.beard_sure >= SURE, on_source.beard_sure >= SURE
    one_alone = theirs != ours and (theirs or is_full(on_source, source, parts))
    if wish == FacialHair.TARGET or (wish == FacialHair.AUTO and one_alone):
        either = [zone(covers.beard, parts) for covers in (on_target, on_source) if covers.beard_sure > 0]
        return Beard(torch.stack([nowhere, *either]).amax(0), nowhere)
    return Beard(nowhere, on_source.beard)


def is_full(covers: Covers, face: torch.Tensor, parts: Parts) -> bool:
    """Whether a beard is far darker than the cheeks and goes on below the jaw, where a fused face ends."""
    return _hangs(covers, parts) and _darker(covers, face, parts) > STANDS_OUT


def _darker(covers: Covers, face: torch.Tensor, parts: Parts) -> float:
    """By how much a beard is darker than the cheeks, log of L + 16."""
    light = (face[:1].clamp_min(0) + 16).log()
    hairs = light[(covers.beard > 0.5) & (parts.oval > 0.5)]
    bare = light[(covers.skin > 0.5) & (parts.oval > 0.5) & (parts.features < 0.5)]
    return float(bare.median() - hairs.median()) if min(len(hairs), len(bare)) else 0.0


def _hangs(covers: Covers, parts: Parts) -> bool:
    """Whether a beard goes on below the jaw."""
    height, width = covers.beard.shape[-2:]
    jaw = mask.polygon(parts.shape[list(mesh.OVAL)], width, height)
    strip = np.clip(mask.grown(jaw, HANGS * parts.width_px) - mask.grown(jaw, 0.01 * parts.width_px), 0, 1)
    below = mask.polygon(hull(parts.shape[list(CHIN + RIGHT_JAW + LEFT_JAW)]), width, height)
    strip *= mask.grown(below, HANGS * parts.width_px)
    bare = float((covers.skin[0].cpu().numpy() * strip).sum()) / max(float(strip.sum()), 1e-6)
    return bare < 1 - HANGS_FROM


def zone(beard: torch.Tensor, parts: Parts) -> torch.Tensor:
    """(1, gh, gw): a beard as one region without holes, its border soft; lips are none of it."""
    height, width = beard.shape[-2:]
    found = beard[0].cpu().numpy()
    whole = (found > 0.5).astype(np.float32)
    for outline in (MOUSTACHE, CHIN, RIGHT_JAW, LEFT_JAW):
        part = mask.polygon(hull(parts.shape[list(outline)]), width, height)
        if float((found * part).sum()) > WORN_FROM * float(part.sum()):
            whole = np.maximum(whole, part)
    soft = mask.to_tensor(mask.grown(whole, ROOM * parts.width_px), beard.device)
    return filters.gaussian(soft, SOFT * parts.width_px) * (1 - parts.lips)
