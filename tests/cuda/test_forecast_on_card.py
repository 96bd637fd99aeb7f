"""What the advisor foretells of a card's memory holds on one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor import forecast
from advisor.device import compute_target
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.types import EngineName, Size, Switch
from tests.support.fixtures.emulated import Machine

PLAIN = Settings(engine=EngineName.LANDMARK)


def test_what_a_job_takes_does_not_depend_on_the_one_before(machine: Machine, target: Photo, source: Photo) -> None:
    """Forecasts are learnt from what it took above what was held at rest; torch keeps what the one before has freed."""
    small, large = (replace(PLAIN, output=Size(side, side), two_stage=Switch.OFF) for side in (768, 2048))
    above = []
    for before in ((), (large,)):
        machine.on_card.forget()
        for settings in (*before, small):
            machine.on_card.run(target, source, replace(settings, ratio=0.9))
            machine.on_card.forget()
            took = machine.on_card.run(target, source, settings).measurement
        above.append(took.peak_bytes - took.rest_bytes)
    assert above[0] > 20 << 20
    assert above[1] == pytest.approx(above[0], rel=0.1)


@pytest.mark.parametrize("side", [512, 1024, 2048, 3072])
@pytest.mark.parametrize("two_stage", [Switch.OFF, Switch.ON])
def test_a_job_stays_below_the_bound_of_its_forecast(
    machine: Machine, target: Photo, source: Photo, side: int, two_stage: Switch
) -> None:
    settings = replace(PLAIN, output=Size(side, side), two_stage=two_stage)
    made = machine.on_card.run(target, source, settings)
    foretold = forecast.predict(made.measurement.workload, forecast.shipped(compute_target.Kind.CUDA))
    if machine.emulated:
        assert made.measurement.peak_bytes == machine.emulated.memory.peak_reserved
    # What CUDA takes for itself torch does not know of; it counts in the forecast as what a worker holds at rest.
    assert made.measurement.peak_bytes <= foretold.peak_high_bytes - foretold.rest_bytes
