"""What cannot be taken off or put on whole is refused, with the reason and with what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fusion.errors import FusionError, Reason
from fusion.settings import Settings
from fusion.types import Glasses
from tests.fusion.engines.landmark.conftest import Studio


@pytest.mark.parametrize("wish", [Glasses.NONE, Glasses.SOURCE])
def test_the_targets_glasses_are_not_taken_off(studio: Studio, wish: Glasses) -> None:
    with pytest.raises(FusionError) as refused:
        studio.fused(studio.admiral, studio.astronaut, Settings(glasses=wish))
    assert refused.value.reason == Reason.GLASSES_STAY
    assert "glasses to" in str(refused.value.remedy)


def test_a_frame_that_the_photo_cuts_is_not_put_on(studio: Studio) -> None:
    """Left out it may be: the face is fused without."""
    face = studio.face(studio.admiral)
    end = int(face.landmarks[263, 0] + 0.15 * face.width_px)
    cut = replace(studio.admiral, pixels=studio.admiral.pixels[:, :end].copy(), sha256="cut frame")
    studio.finder.known[cut.pixels.shape] = studio.finder.find(studio.admiral.pixels)
    with pytest.raises(FusionError) as refused:
        studio.fused(studio.astronaut, cut, Settings(glasses=Glasses.SOURCE))
    assert refused.value.reason == Reason.GLASSES_CUT
    assert refused.value.remedy
