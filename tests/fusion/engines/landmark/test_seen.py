"""How far tone follows the target's skin, and what lies over what."""

from __future__ import annotations

from dataclasses import replace

import torch

from fusion.engines.landmark.beards import Beard
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.glasses import Worn
from fusion.engines.landmark.regions import Parts
from fusion.engines.landmark.seen import Seen, seen
from fusion.engines.landmark.validity import Source
from fusion.parsing import GlassesWorn


def over(skin: torch.Tensor) -> Covers:
    """A face on which nothing lies, bare where `skin` (1, gh, gw) is."""
    none = torch.zeros_like(skin)
    return Covers(skin, *(none,) * 7, glasses=GlassesWorn.NONE, frame_whole=False, beard_sure=0.0)


def seen_of(parts: Parts, skin: torch.Tensor) -> Seen:
    """A target that is bare where `skin` is, and a source that is bare everywhere."""
    picture, all_, none = torch.zeros(3, *skin.shape[-2:]), torch.ones_like(skin), torch.zeros_like(skin)
    source = Source(picture, picture, all_, all_, none, picture[:2])
    return seen(
        picture, picture, over(skin), over(all_), source, Worn(kept=False, carried=False), Beard(none, none), parts
    )


def test_tone_follows_a_forehead_up_to_the_hairline_and_no_further(parts: Parts) -> None:
    x, top = (int(place) for place in parts.shape[10])
    hairline = top - int(0.15 * parts.width_px)
    skin = (torch.arange(parts.oval.shape[-2]).view(1, -1, 1) > hairline).float().expand_as(parts.oval)
    tone = seen_of(parts, skin).tone
    column = tone[0, :top, x]
    assert float(column[hairline + 6 : top].min()) > 0.8, "skin above the oval gets the tone of the face"
    assert float(column[: hairline - 6].max()) < 0.02, "hair does not"


def test_tone_ends_softly_where_there_is_no_hair(parts: Parts) -> None:
    tone = seen_of(parts, torch.ones_like(parts.oval)).tone
    x, top = (int(place) for place in parts.shape[10])
    assert float(tone[0, :top, x].diff().abs().max()) < 0.06
    assert float(tone[0, 0, x]) < 0.3


def test_carried_glasses_lie_over_the_targets_hair_and_under_what_is_held_before_them(parts: Parts) -> None:
    bare, none = torch.ones_like(parts.oval), torch.zeros_like(parts.oval)
    on_source = replace(over(bare), glasses=GlassesWorn.CLEAR, frame_whole=True, frame=bare)
    picture = torch.zeros(3, *bare.shape[-2:])
    source = Source(picture, picture, bare, bare, none, picture[:2])
    seen_on = {
        name: seen(
            picture, picture, replace(over(none), **{name: bare}), on_source, source,
            Worn(kept=False, carried=True), Beard(none, none), parts,
        ).cover
        for name in ("hair", "cover")
    }  # fmt: skip
    front = (parts.oval * parts.wearable) > 0.99
    assert float(seen_on["hair"][front].min()) > 0.9
    assert float(seen_on["cover"].max()) == 0
