"""What measurements teach: made up from a line that is known, so that the fit can be compared with it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.device.compute_target import Kind
from advisor.forecast import Coefficients, Source, fit, model, shipped_coefficients
from advisor.forecast.model import Regime
from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Precision, Size, Stage

MIB = 1 << 20
REST = 440 * MIB
SIDES = (512, 1024, 1536, 2048, 3072, 4096)


def work(side: int, share: float = 0.1) -> Workload:
    """A landmark fusion in one stage, its room a share of the frame."""
    pixels = side * side
    return Workload(
        EngineName.LANDMARK, Precision.FLOAT32, Size(side, side), side // 4, round(share * pixels), 300, 3_000_000
    )


def measured(load: Workload, *, noise: float = 0.0, speed: float = 1.0, rest: int = REST) -> Measurement:
    """What a machine measures whose memory and time are known."""
    factor = 1 + noise
    peak = rest + (90 * MIB + 9 * load.output.pixels + 160 * load.room_px) * factor
    stages = (
        StageCost(Stage.READ, 0.03 * speed),
        StageCost(Stage.FACES, 0.35 * speed),
        StageCost(Stage.FUSE, (0.2 + 9e-7 * load.room_px) * speed * factor),
        StageCost(Stage.WRITE, 3e-8 * load.output.pixels * speed),
    )
    seconds = sum(each.seconds for each in stages)
    return Measurement(load, "cpu", seconds, round(peak), rest, round(peak), stages, True, {})


def known(speed: float = 1.0) -> Coefficients:
    """Coefficients as they would be shipped, of a machine that is `speed` times as slow."""
    made = fit.fitted([measured(work(side, share), speed=speed) for side in SIDES for share in (0.05, 0.1)])
    return shipped_coefficients.loads(shipped_coefficients.dumps(made, {}))


def test_a_line_without_noise_is_found_again() -> None:
    made = fit.fitted([measured(work(side, share)) for side in SIDES for share in (0.05, 0.1)])
    for side, share in ((700, 0.07), (2500, 0.1), (3500, 0.04)):
        there, forecast = measured(work(side, share)), model.predict(work(side, share), made)
        assert forecast.peak_bytes == pytest.approx(there.peak_bytes, rel=0.005)
        assert forecast.seconds == pytest.approx(there.seconds, rel=0.02)
        assert forecast.basis == model.Basis(Source.HERE, 12)


def test_without_measurements_what_is_known_stays() -> None:
    before = known()
    assert fit.fitted([], before) is before


def test_nothing_measured_and_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fit.fitted([])


def test_one_measurement_tells_how_fast_this_machine_is() -> None:
    slow = fit.fitted([measured(work(1024), speed=3.0)], known())
    there = measured(work(2048), speed=3.0)
    assert model.predict(work(2048), slow).seconds == pytest.approx(there.seconds, rel=0.25)


def test_one_measurement_tells_what_this_machine_rests_at() -> None:
    heavier = fit.fitted([measured(work(1024), rest=REST + 100 * MIB)], known())
    there = measured(work(2048), rest=REST + 100 * MIB)
    assert model.predict(work(2048), heavier).peak_bytes == pytest.approx(there.peak_bytes, rel=0.05)


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_more_measurements_never_lose_the_truth(seed: int, count: int) -> None:
    chance = random.Random(seed)
    rows = [measured(work(chance.choice(SIDES)), noise=chance.gauss(0, 0.02)) for _ in range(count)]
    made = fit.fitted(rows, known(speed=2.0))
    for side in (768, 2048):
        assert model.predict(work(side), made).peak_bytes == pytest.approx(measured(work(side)).peak_bytes, rel=0.15)


@given(st.integers(0, 2**32))
def test_a_forecast_never_falls_as_the_output_grows(seed: int) -> None:
    chance = random.Random(seed)
    rows = [measured(work(chance.choice(SIDES)), noise=chance.gauss(0, 0.2)) for _ in range(6)]
    made = fit.fitted(rows, known())
    peaks = [model.predict(work(side), made).peak_bytes for side in SIDES]
    assert peaks == sorted(peaks)


def test_the_bound_covers_what_was_seen_and_more() -> None:
    chance = random.Random(1)
    rows = [measured(work(side), noise=chance.gauss(0, 0.05)) for side in SIDES for _ in range(3)]
    made = fit.fitted(rows)
    assert all(row.peak_bytes < model.predict(row.workload, made).peak_high_bytes for row in rows)


def test_until_there_are_many_the_bound_is_the_worst_and_a_margin_then_a_quantile() -> None:
    assert fit.bound([0.9, 1.0]) == fit.LEAST_HIGH
    assert fit.bound([1.0, 1.3]) == pytest.approx(1.3 * fit.MARGIN)
    many = [1.0] * 297 + [1.2] * 4
    assert fit.bound(many) == pytest.approx(1.2)
    chance = random.Random(2)
    ratios = [chance.gauss(1.0, 0.05) for _ in range(400)]
    covered = sum(chance.gauss(1.0, 0.05) <= fit.bound(ratios) for _ in range(4000)) / 4000
    assert covered > 0.98


def test_what_a_worker_holds_besides_is_no_part_of_a_job() -> None:
    rows = [measured(work(side)) for side in SIDES]
    made = fit.fitted(rows)
    besides = 1600 * MIB  # another engine's networks
    more = [
        replace(row, peak_bytes=row.peak_bytes + besides, rest_bytes=row.rest_bytes + besides) for row in (*rows, *rows)
    ]
    after = fit.fitted([*rows, *more])
    for side in SIDES:
        there = model.predict(work(side), made)
        assert model.predict(work(side), after).peak_bytes == pytest.approx(there.peak_bytes, rel=0.001)
        assert model.predict(work(side), after).peak_high_bytes == pytest.approx(there.peak_high_bytes, rel=0.001)


def test_networks_that_were_loaded_before_a_job_belong_to_it() -> None:
    load = replace(work(1024), engine=EngineName.UNET, face_px=600)
    cold = measured(load)
    cold = replace(cold, peak_bytes=cold.peak_bytes + 1600 * MIB, stages=(*cold.stages, StageCost(Stage.LOAD, 5.0)))
    warm = replace(measured(load), peak_bytes=cold.peak_bytes, rest_bytes=REST + 1600 * MIB)
    made = fit.fitted([cold, warm])
    assert model.predict(load, made).peak_bytes == pytest.approx(cold.peak_bytes, rel=0.001)
    assert model.predict(load, made).rest_bytes == REST + 1600 * MIB


def test_jobs_that_remembered_something_teach_nothing() -> None:
    before = known()
    assert fit.fitted([replace(measured(work(1024), noise=5.0), is_new=False)], before) is before


def test_loading_networks_is_no_part_of_a_job_on_a_warm_worker() -> None:
    cold = measured(work(1024))
    cold = replace(cold, seconds=cold.seconds + 7.0, stages=(*cold.stages, StageCost(Stage.LOAD, 7.0)))
    forecast = model.predict(work(1024), fit.fitted([cold]))
    assert forecast.seconds == pytest.approx(measured(work(1024)).seconds, rel=0.05)
    assert forecast.load_seconds == pytest.approx(7.0)


def test_what_is_shipped_knows_both_engines_in_every_precision() -> None:
    for kind in Kind:
        shipped = shipped_coefficients.shipped(kind)
        for precision in (Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT16):
            for two_stage in (False, True):
                for face_px in (200, 600) if not two_stage else (600,):
                    load = replace(
                        work(2048), engine=EngineName.UNET, precision=precision, two_stage=two_stage, face_px=face_px
                    )
                    assert Regime.of(load) in shipped.memory
                    assert model.predict(load, shipped).peak_bytes > model.predict(load, shipped).rest_bytes
        assert all(model.predict(work(side, 0.3), shipped).peak_bytes > 0 for side in SIDES)


def test_a_card_that_nobody_measured_is_an_estimate_with_a_wide_bound_and_no_seconds() -> None:
    forecast = model.predict(work(2048), shipped_coefficients.on_card(known()))
    assert forecast.basis.source == Source.ESTIMATED
    assert forecast.seconds is None
    above = forecast.peak_bytes - forecast.rest_bytes
    assert forecast.peak_high_bytes >= forecast.rest_bytes + 2 * above


def test_half_precision_is_estimated_at_half_the_networks() -> None:
    full = replace(work(2048), engine=EngineName.UNET, face_px=600)
    half = replace(full, precision=Precision.FLOAT16)
    shipped = shipped_coefficients.shipped(Kind.CPU)
    assert model.predict(half, shipped).peak_bytes < 0.65 * model.predict(full, shipped).peak_bytes
    assert model.predict(half, shipped).basis.source == Source.ESTIMATED


def test_coefficients_survive_their_file() -> None:
    before = fit.fitted([measured(work(side)) for side in SIDES])
    after = shipped_coefficients.loads(shipped_coefficients.dumps(before, {"device": "a machine"}))
    for side in SIDES:
        assert model.predict(work(side), after).peak_bytes == pytest.approx(
            model.predict(work(side), before).peak_bytes
        )
