"""What measurements teach: made up from a line that is known, so that the fit can be compared with it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.device.compute_target import Kind
from advisor.forecast import Coefficients, Source, accuracy, features, fit, model, savings, shipped_coefficients
from advisor.forecast.kinds import Regime
from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Precision, Size, Stage
from tests.advisor.forecast.made_up import MIB, REST, SIDES, measured, work


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


def test_a_job_in_strips_tells_of_whole_ones_and_of_other_strips() -> None:
    """One line serves every height: what strips save is known beforehand."""

    def seen(side: int, rows: int) -> Measurement:
        load = Workload(EngineName.UNET, Precision.FLOAT32, Size(side, side), 400, 500_000, 300, 0, strip_rows=rows)
        peak = REST + 3000 * MIB + 9 * load.output.pixels - savings.saved_in_strips(load)
        return Measurement(load, "a card", 1.0, peak, REST, peak, (StageCost(Stage.LOAD, 1.0),), True, {})

    made = fit.fitted([seen(side, 64) for side in SIDES])
    for rows in (0, 64, 256, 512):
        there = model.in_full(seen(1300, rows))
        assert model.predict(there.workload, made).peak_bytes == pytest.approx(there.peak_bytes, rel=0.005)


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


def test_on_a_card_what_cuda_takes_for_itself_counts_however_much_was_measured() -> None:
    """torch's own count, of which a measurement is made, knows nothing of it."""
    rows = [replace(measured(work(side), rest=0), device="NVIDIA GeForce RTX 3060") for side in SIDES]
    for count in (1, len(rows)):
        made = fit.fitted(rows[:count], shipped_coefficients.shipped(Kind.CUDA))
        foretold = model.predict(rows[0].workload, made)
        assert made.rest_bytes == model.CONTEXT_BYTES
        assert foretold.peak_high_bytes >= rows[0].peak_bytes + model.CONTEXT_BYTES
        assert accuracy(rows[:count], made).covered == 1.0


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


def test_what_loading_networks_takes_is_learnt_apart_from_what_fusing_takes() -> None:
    """The first job maps the files of the weights, and peaks there; the ones after it do not."""

    def seen(side: int, *, is_cold: bool) -> Measurement:
        load = Workload(EngineName.UNET, Precision.FLOAT32, Size(side, side), 400, 500_000, 300, 3_000_000)
        held = 0 if is_cold else 1600 * MIB
        peak = REST + (2200 if is_cold else 1800) * MIB + 3 * load.output.pixels * (not is_cold)
        stages = (StageCost(Stage.LOAD if is_cold else Stage.FUSE, 1.0),)
        return Measurement(load, "cpu", 1.0, peak, REST + held, peak, stages, True, {})

    prior = replace(fit.fitted([measured(work(1024))]), rest_bytes=REST)
    made = fit.fitted([seen(side, is_cold=cold) for side in SIDES for cold in (True, False)], prior)
    for is_cold, known_there in ((True, made), (False, made.once_loaded)):
        there = seen(1300, is_cold=is_cold)
        assert model.predict(there.workload, known_there).peak_bytes == pytest.approx(there.peak_bytes, rel=0.01)
    assert shipped_coefficients.loads(shipped_coefficients.dumps(made, {})).loading.keys() == made.loading.keys()


def test_jobs_that_remembered_something_teach_nothing() -> None:
    before = known()
    assert fit.fitted([replace(measured(work(1024), noise=5.0), is_new=False)], before) is before


def read(load: Workload, reading: int) -> Measurement:
    """The same of photos that took so many bytes to read: the fusion's peak, or that one if it is higher."""
    row = measured(load)
    return replace(row, reading_bytes=REST + reading, peak_bytes=max(row.peak_bytes, REST + reading))


def test_what_reading_takes_and_what_fusing_takes_are_learnt_apart() -> None:
    """Small pictures of large photos peak while these are read, which must not tilt the line of the fusions."""
    large = [replace(work(side), photos_px=px) for side in (256, 384) for px in (12_000_000, 20_000_000)]
    rows = [read(work(side, share), 60 * MIB + 7 * 3_000_000) for side in SIDES for share in (0.05, 0.1)]
    rows += [read(each, 60 * MIB + 7 * each.photos_px) for each in large]
    assert sum(row.peak_bytes == row.reading_bytes for row in rows) >= len(large)
    made = fit.fitted(rows)
    for row in (
        *rows,
        read(work(2500, 0.07), 0),
        read(replace(work(300), photos_px=16_000_000), 60 * MIB + 112_000_000),
    ):
        assert model.predict(row.workload, made).peak_bytes == pytest.approx(row.peak_bytes, rel=0.01)
        assert model.predict(row.workload, made).peak_high_bytes > row.peak_bytes


def test_what_is_looked_at_beside_reading_in_large_jobs_says_nothing_of_reading() -> None:
    small = [read(replace(work(64), photos_px=px), 60 * MIB + 7 * px) for px in (6_000_000, 12_000_000, 20_000_000)]
    busy = [
        read(work(side, 0.3), (60 + extra) * MIB + 21_000_000) for side, extra in ((2048, 90), (3072, 10), (4096, 50))
    ]
    reading = fit.fitted([*small, *busy]).reading
    for each in small:
        asked = features.reading_features(each.workload)
        assert reading.at(asked) == pytest.approx(60 * MIB + 7 * each.workload.photos_px, rel=0.02)


def test_of_two_photos_the_larger_one_takes_more_to_search() -> None:
    def pair(target_px: int, source_px: int) -> Measurement:
        load = replace(work(64), photos_px=target_px + source_px, source_photo_px=source_px)
        return read(load, 40 * MIB + 3 * load.photos_px + 2 * max(target_px, source_px))

    million = 1_000_000
    pairs = ((2, 1), (2, 8), (12, 1), (12, 8), (20, 12))
    made = fit.fitted([pair(target * million, source * million) for target, source in pairs])
    assert made.reading.coefficients == pytest.approx((40 * MIB, 3, 2), rel=0.02)


def test_a_kind_of_work_of_which_only_reading_was_seen_is_known_by_that() -> None:
    rows = [read(work(64), reading) for reading in (200 * MIB, 210 * MIB)]
    assert model.predict(work(64), fit.fitted(rows)).peak_bytes == pytest.approx(REST + 205 * MIB, rel=0.02)
    before = known()
    after = fit.fitted(rows, before)
    assert after.memory == before.memory
    assert after.reading != before.reading


def test_what_a_worker_rests_at_is_what_it_usually_holds_and_not_the_least() -> None:
    rests = (REST, *[round(1.04 * REST)] * 5, round(1.05 * REST), 5 * REST)
    assert fit.fitted([measured(work(1024), rest=rest) for rest in rests]).rest_bytes == round(1.04 * REST)


def test_half_of_all_jobs_take_longer_than_foretold_however_far_times_scatter() -> None:
    rows = [
        replace(row, seconds=slow * row.seconds, stages=tuple(replace(s, seconds=slow * s.seconds) for s in row.stages))
        for row, slow in ((measured(work(side)), slow) for side in SIDES for slow in (0.7, 1.0, 1.3))
    ]
    made = fit.fitted(rows)
    for side in SIDES:
        assert model.predict(work(side), made).seconds == pytest.approx(measured(work(side)).seconds, rel=0.03)


def test_the_first_job_of_a_process_teaches_neither_seconds_nor_memory() -> None:
    """Libraries are loaded within its stages: it takes ten times as long, and holds little before it begins."""
    before, usual = known(), measured(work(1024))
    slow = tuple(replace(cost, seconds=cost.seconds + 1.2) for cost in usual.stages)
    first = replace(usual, stages=slow, seconds=usual.seconds + 4.8, rest_bytes=REST // 2, is_first=True)
    assert fit.fitted([first], before) is before
    after, alone = fit.fitted([first, usual], before), fit.fitted([usual], before)
    assert model.predict(work(1024), after) == model.predict(work(1024), alone)
    assert model.predict(work(1024), after).seconds == pytest.approx(usual.seconds, rel=0.05)


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


def test_what_a_card_takes_is_traced_in_every_regime_and_never_timed() -> None:
    shipped = shipped_coefficients.shipped(Kind.CUDA)
    assert {line.source for line in shipped.memory.values()} == {Source.TRACED}
    for side in SIDES:
        forecast = model.predict(work(side), shipped)
        assert (forecast.basis.source, forecast.seconds) == (Source.TRACED, None)
        assert forecast.peak_low_bytes < forecast.peak_bytes < forecast.peak_high_bytes < 1.6 * forecast.peak_bytes


def test_a_file_that_says_that_it_was_traced_says_so_of_each_line() -> None:
    traced = replace(known(), margin_bytes=(1, 2), reads_there=False)
    after = shipped_coefficients.loads(shipped_coefficients.dumps(traced, {"basis": "traced"}))
    assert {line.source for line in after.memory.values()} == {Source.TRACED}
    assert (after.margin_bytes, after.reads_there) == ((1, 2), False)
    learnt = fit.fitted([measured(work(1024))], after)
    assert (learnt.margin_bytes, learnt.reads_there) == ((1, 2), False)


def test_coefficients_survive_their_file() -> None:
    before = fit.fitted([measured(work(side)) for side in SIDES])
    after = shipped_coefficients.loads(shipped_coefficients.dumps(before, {"device": "a machine"}))
    for side in SIDES:
        assert model.predict(work(side), after).peak_bytes == pytest.approx(
            model.predict(work(side), before).peak_bytes
        )
