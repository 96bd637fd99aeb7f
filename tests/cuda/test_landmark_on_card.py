"""The landmark engine on a card: the processor's picture, however it is made.

The processor's filters are OpenCV's, the card's are torch's: of the last bit of a float a few bytes in a million tell.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.shared.emulated_card import NAME
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.types import EngineName, Mode, Precision, Switch, Tier
from tests.support.fixtures.emulated import Machine, apart, needs_card

pytestmark = needs_card

PLAIN = Settings(engine=EngineName.LANDMARK, output=Tier.T1024, two_stage=Switch.OFF)
ALIKE = 1e-4  # of the values may be one level off


@pytest.mark.parametrize(
    "settings",
    [
        PLAIN,
        replace(PLAIN, two_stage=Switch.ON),
        replace(PLAIN, output=Tier.T2048),
        replace(PLAIN, output=Tier.T2048, two_stage=Switch.ON),
        replace(PLAIN, mode=Mode.BLEND),
        replace(PLAIN, mode=Mode.OVERLAY),
        replace(PLAIN, precision=Precision.BFLOAT16),
        replace(PLAIN, precision=Precision.FLOAT16, ratio=0.3),
        replace(PLAIN, brightness=0.2, contrast=0.2, saturation=0.2, sharpen=0.8, skin_smoothing=1.0),
    ],
    ids=lambda given: f"{given.output}-{given.two_stage}-{given.mode}-{given.precision}-{given.ratio}",
)
def test_the_picture_is_the_processors(machine: Machine, target: Photo, source: Photo, settings: Settings) -> None:
    made, expected = (each.run(target, source, settings) for each in (machine.on_card, machine.on_host))
    assert made.device == NAME
    worst, share = apart(made.pixels, expected.pixels)
    assert worst <= 1
    assert share < ALIKE
    assert [str(each) for each in made.notices] == [str(each) for each in expected.notices]


def test_a_preview_is_the_processors(machine: Machine, target: Photo, source: Photo) -> None:
    other = replace(PLAIN, brightness=0.3, skin_smoothing=1.0)
    made, expected = (
        each.preview(each.run(target, source, PLAIN), other) for each in (machine.on_card, machine.on_host)
    )
    worst, share = apart(made, expected)
    assert worst <= 1
    assert share < 100 * ALIKE  # of a small picture, whose pixels are each of many
