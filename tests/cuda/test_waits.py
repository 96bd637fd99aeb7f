"""How often a job makes the host wait for the card: each wait leaves one of the two idle.

The numbers are what jobs need today. One that is higher means that something is read or sent that need not be: have
`card.ledger.trace` say where.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from fusion.photos import Photo
from fusion.settings import Settings
from fusion.types import EngineName, Switch, Tier
from tests.support.fixtures.emulated import CLOSE, Machine, emulated

pytestmark = emulated

ONE = Settings(engine=EngineName.LANDMARK, output=Tier.T1024, two_stage=Switch.OFF)
TWO = replace(ONE, output=CLOSE, two_stage=Switch.ON)
# Of all kinds together: what is read, what is sent, and a wait at the end of each stage, whose time is taken; and how
# many stages there are. In two stages each tile of the picture is sent and read.
WAITS = {"one stage": (ONE, 89, 7), "two stages": (TWO, 300, 8)}


PREVIEW = 6


def test_a_preview_waits_for_the_card_no_more_than_it_must(machine: Machine, target: Photo, source: Photo) -> None:
    card, pipeline = machine.card, machine.on_card
    made = pipeline.run(target, source, replace(ONE, ratio=0.6))
    pipeline.preview(made, replace(ONE, brightness=0.1))
    card.ledger.waits.clear()
    pipeline.preview(made, replace(ONE, brightness=0.3, skin_smoothing=1.0))
    assert "synchronize" not in card.ledger.waits
    assert card.waits <= PREVIEW, dict(card.ledger.waits)


@pytest.mark.parametrize("name", WAITS)
def test_a_job_waits_for_the_card_no_more_than_it_must(
    machine: Machine, target: Photo, source: Photo, close: tuple[Photo, Photo], name: str
) -> None:
    settings, most, stages = WAITS[name]
    pair = close if settings == TWO else (target, source)
    card, pipeline = machine.card, machine.on_card
    pipeline.run(*pair, replace(settings, ratio=0.5))  # what is sent once, however many jobs there are
    card.ledger.waits.clear()
    card.ledger.places.clear()
    card.ledger.trace = True
    work = pipeline.run(*pair, settings).measurement.workload
    card.ledger.trace = False
    assert work.two_stage == (settings == TWO)
    told = "\n".join(f"{count:4} {place}" for place, count in sorted(card.ledger.places.items()))
    assert card.ledger.waits["synchronize"] == stages, told
    assert card.waits <= most, told
