"""What a forecast says of a workload, from coefficients made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.device import Place
from advisor.device.compute_target import Kind
from advisor.forecast import Coefficients, Source, as_done, features, model
from advisor.forecast.kinds import LARGE_ROOM_PX, Regime, Step
from advisor.forecast.model import Line
from fusion.engines import layers
from fusion.memory import strips
from fusion.sizing import Workload
from fusion.types import EngineName, Precision, Size, Stage

MIB = 1 << 20
FULL = Precision.FLOAT32
WORK = Workload(EngineName.LANDMARK, FULL, Size(1000, 1000), 400, 500_000, 300, 4_000_000)
LINE = Line((100 * MIB, 10.0, 100.0, 3.0, 0.0), 0.9, 1.2, Source.HERE, 20)
UNET = Regime(EngineName.UNET, FULL, False, "enhanced")


def step(stage: Stage, *coefficients: float, kind: str = "one") -> tuple[Step, Line]:
    return Step(EngineName.LANDMARK, FULL, stage, kind), Line(coefficients, 1.0, 1.0, Source.HERE, 20)


KNOWN = Coefficients(
    rest_bytes=400 * MIB,
    loaded_bytes={FULL: 1600 * MIB},
    memory={
        Regime(EngineName.LANDMARK, FULL, False, "plain"): LINE,
        Regime(EngineName.LANDMARK, FULL, True, "plain"): replace(LINE, coefficients=(300 * MIB, 4.0, 0.0, 0.0, 0.0)),
        UNET: replace(LINE, coefficients=(2000 * MIB, 0.0, 0.0, 0.0, 0.0)),
    },
    seconds=dict(
        [
            step(Stage.READ, 0.01, 1e-8),
            step(Stage.FUSE, 0.3, 2e-6),
            step(Stage.WRITE, 0.0, 1e-7),
            step(Stage.ENLARGE, 0.1, 1e-5, kind="span"),
            step(Stage.LOAD, 5.0),
        ]
    ),
    spread={EngineName.LANDMARK: (0.8, 1.5)},
)


def test_the_peak_is_what_rests_and_what_grows_with_pixels() -> None:
    forecast = model.predict(WORK, KNOWN)
    assert forecast.peak_bytes == 500 * MIB + 10 * 1_000_000 + 100 * 500_000 + 3 * 4_000_000
    assert forecast.rest_bytes == 400 * MIB


def test_several_faces_take_the_time_of_each_and_the_memory_of_one_and_of_what_is_kept_of_the_others() -> None:
    one, three = (model.predict(replace(WORK, faces=count), KNOWN) for count in (1, 3))
    assert one.seconds is not None
    assert three.seconds == pytest.approx(one.seconds + 2 * (0.3 + 2e-6 * 500_000))
    assert three.peak_bytes - one.peak_bytes == 2 * model.KEPT_BYTES_PER_PX * 500_000


def test_the_bound_widens_with_what_is_above_rest_and_not_with_what_rests() -> None:
    forecast = model.predict(WORK, KNOWN)
    above = forecast.peak_bytes - forecast.rest_bytes
    slack = model.SLACK[Source.HERE] * forecast.peak_bytes
    assert forecast.peak_high_bytes == pytest.approx(forecast.rest_bytes + 1.2 * above + slack, abs=1)
    assert forecast.peak_low_bytes < forecast.peak_bytes < forecast.peak_high_bytes


def test_what_was_measured_elsewhere_is_bounded_more_widely() -> None:
    regime = Regime.of(WORK)
    elsewhere = replace(KNOWN, memory={regime: replace(LINE, source=Source.ELSEWHERE)})
    assert model.predict(WORK, elsewhere).peak_high_bytes > model.predict(WORK, KNOWN).peak_high_bytes
    assert model.predict(WORK, elsewhere).basis.source == Source.ELSEWHERE


def test_what_was_traced_has_a_margin_in_bytes_for_what_no_trace_tells() -> None:
    regime = Regime.of(WORK)
    traced = replace(KNOWN, memory={regime: replace(LINE, source=Source.TRACED)}, margin_bytes=(50_000_000, 70_000_000))
    forecast, above = model.predict(WORK, traced), LINE.at(features.memory_features(WORK))
    assert forecast.peak_high_bytes == pytest.approx(KNOWN.rest_bytes + LINE.high * above + 70_000_000, abs=1)
    assert forecast.peak_low_bytes == pytest.approx(KNOWN.rest_bytes + LINE.low * above - 50_000_000, abs=1)
    measured = model.predict(WORK, replace(traced, memory=KNOWN.memory))
    assert measured == model.predict(WORK, KNOWN)


def test_photos_are_not_decoded_in_a_cards_memory() -> None:
    small = replace(WORK, room_px=1, photos_px=50_000_000)
    there = model.predict(small, KNOWN).peak_bytes
    assert model.predict(small, replace(KNOWN, reads_there=False)).peak_bytes < there


def test_seconds_are_those_of_the_stages_that_will_run_and_loading_is_apart() -> None:
    forecast = model.predict(WORK, KNOWN)
    assert forecast.seconds is not None
    assert forecast.seconds == pytest.approx(0.01 + 0.04 + 0.3 + 1.0 + 0.1)
    assert forecast.seconds_low == pytest.approx(0.8 * forecast.seconds)
    assert forecast.seconds_high == pytest.approx(1.5 * forecast.seconds)
    assert forecast.load_seconds == 5.0


def test_an_enlarger_costs_by_what_it_enlarges_and_by_its_kind() -> None:
    two = replace(WORK, two_stage=True, enlarged_px=100_000, enlarger="span")
    plain = replace(two, enlarger="lanczos")
    known = replace(KNOWN, seconds={**KNOWN.seconds, **dict([step(Stage.FUSE, 0.5, kind="two")])})
    seconds, without = (model.predict(work, known).seconds for work in (two, plain))
    assert seconds is not None
    assert without is not None
    assert seconds - without == pytest.approx(0.1 + 1.0)


def test_seconds_are_unknown_where_no_such_device_was_measured() -> None:
    forecast = model.predict(WORK, replace(KNOWN, spread={}, seconds={}))
    assert forecast.seconds is forecast.seconds_low is forecast.seconds_high is None


def test_a_stage_that_was_never_timed_in_half_precision_counts_as_in_float32() -> None:
    half = Workload(EngineName.UNET, Precision.BFLOAT16, Size(3000, 3000), 900, 4_000_000, 300, 0, two_stage=True)
    line = Line((5.0,), 1.0, 1.0, Source.HERE, 20)
    timed = replace(KNOWN, seconds={Step(EngineName.UNET, FULL, Stage.DETAIL, "two"): line})
    assert model.warm_seconds(half, timed) == 5.0
    own = {Step(EngineName.UNET, Precision.BFLOAT16, Stage.DETAIL, "two"): replace(line, coefficients=(2.0,))}
    assert model.warm_seconds(half, replace(timed, seconds={**timed.seconds, **own})) == 2.0


def test_loaded_networks_count_as_rest() -> None:
    work = replace(WORK, engine=EngineName.UNET)
    assert model.predict(work, KNOWN).rest_bytes == 2000 * MIB


def test_each_engine_has_its_stages() -> None:
    stages = {
        "landmark": features.stages_of(WORK),
        "two": features.stages_of(replace(WORK, two_stage=True, enlarged_px=9)),
        "unet": features.stages_of(replace(WORK, engine=EngineName.UNET)),
        "small unet": features.stages_of(replace(WORK, engine=EngineName.UNET, face_px=200)),
    }
    assert Stage.FINISH in stages["landmark"]
    assert Stage.IDENTITY not in stages["landmark"]
    assert {Stage.ENLARGE, Stage.DETAIL} <= set(stages["two"])
    assert Stage.FINISH not in stages["two"]
    assert {Stage.IDENTITY, Stage.ENHANCE} <= set(stages["unet"])
    assert Stage.ENHANCE not in stages["small unet"]
    assert all(Stage.LOAD not in each for each in stages.values())


def test_large_photos_take_their_part_however_small_the_output_is() -> None:
    photos = replace(WORK, output=Size(100, 100), room_px=5000, photos_px=60_000_000)
    small = {Regime.of(photos): replace(LINE, coefficients=(10 * MIB, 0.0, 0.0, 0.0, 0.0))}
    known = replace(KNOWN, memory=small, reading=replace(LINE, coefficients=(50 * MIB, 7.0), high=1.5))
    forecast, reading = model.predict(photos, known), 50 * MIB + 7 * 60_000_000
    assert forecast.peak_bytes == pytest.approx(400 * MIB + reading, abs=1)
    slack = model.SLACK[Source.HERE] * forecast.peak_bytes
    assert forecast.peak_high_bytes == pytest.approx(400 * MIB + 1.5 * reading + slack, abs=1)


def test_the_bound_holds_both_the_reading_and_the_fusion() -> None:
    """Where reading is expected to be the peak by little, a fusion that scatters more may still be it."""
    known = replace(
        KNOWN, reading=replace(LINE, coefficients=(LINE.at(features.memory_features(WORK)) + MIB,), high=1.1)
    )
    slack = model.SLACK[Source.HERE] * model.predict(WORK, known).peak_bytes
    bound = model.predict(WORK, known).peak_high_bytes - slack
    assert bound == pytest.approx(400 * MIB + LINE.high * LINE.at(features.memory_features(WORK)), abs=1)


def test_of_the_sources_face_counts_what_the_engine_keeps_of_it() -> None:
    assert features.SOURCE_PX_PER_OUTPUT_PX == layers.OVERSAMPLE
    small, large, larger = (features.memory_features(replace(WORK, source_px=px))[5] for px in (300, 1200, 2400))
    assert small == 300**2
    assert large == larger == (1.5 * WORK.face_px) ** 2


def test_large_rooms_are_a_regime_of_their_own() -> None:
    large = replace(WORK, room_px=LARGE_ROOM_PX + 1)
    assert Regime.of(WORK).kind == "plain"
    assert Regime.of(large).kind == "large"
    assert Regime.of(replace(large, two_stage=True)).kind == "plain"


def test_strips_take_off_what_they_save_and_make_some_rows_twice() -> None:
    work = Workload(EngineName.UNET, FULL, Size(1000, 1000), 400, 500_000, 300, 0)
    enhance = Step(EngineName.UNET, FULL, Stage.ENHANCE, "one")
    timed = replace(KNOWN, seconds={enhance: Line((2.0,), 1.0, 1.0, Source.HERE, 20)}, spread={EngineName.UNET: (1, 1)})
    heavy = replace(timed, memory={UNET: replace(LINE, coefficients=(4000 * MIB, 0.0, 0.0, 0.0, 0.0))})
    heights = (0, *strips.HEIGHTS[1:])
    whole, *narrower = (model.predict(replace(work, strip_rows=rows), heavy) for rows in heights)
    assert [whole.peak_bytes - each.peak_bytes for each in narrower] == [
        strips.saved_bytes(rows, FULL) for rows in strips.HEIGHTS[1:]
    ]
    seconds = [each.seconds or 0.0 for each in (whole, *narrower)]
    assert seconds == sorted(seconds)
    assert seconds[0] == 2.0
    assert 2.0 < seconds[-1] < 2.2


def test_lent_weights_take_off_all_but_the_most_that_are_there_at_once_and_are_loaded_each_time() -> None:
    work = Workload(EngineName.UNET, FULL, Size(1000, 1000), 400, 500_000, 300, 0)
    load = Step(EngineName.UNET, FULL, Stage.LOAD, "one"), Line((3.0,), 1.0, 1.0, Source.HERE, 20)
    heavy = {UNET: replace(LINE, coefficients=(4000 * MIB, 0.0, 0.0, 0.0, 0.0))}
    timed = replace(KNOWN, seconds=dict([load]), memory=heavy, spread={EngineName.UNET: (1, 1)})
    kept, lent = (model.predict(replace(work, lends=lends), timed) for lends in (False, True))
    assert kept.peak_bytes - lent.peak_bytes == strips.saved_bytes(strips.WHOLE, FULL, lends=True)
    assert lent.rest_bytes == KNOWN.rest_bytes  # between jobs the card holds none
    assert (kept.seconds, lent.seconds) == (0.0, 3.0)
    assert lent.peak_high_bytes < kept.peak_high_bytes


def test_work_without_the_enhancer_has_no_strips() -> None:
    tight = Place(Kind.CUDA, "a card", None, 2 << 30, 2 << 30, 0, 400 << 20)
    assert as_done(WORK, tight, KNOWN) == WORK
    small = replace(WORK, engine=EngineName.UNET, face_px=200)
    assert as_done(small, tight, KNOWN) == replace(small, lends=True)
    assert as_done(small, replace(tight, kind=Kind.CPU), KNOWN) == small
    large = as_done(replace(small, face_px=400), tight, KNOWN)
    assert (large.lends, 0 < large.strip_rows < strips.WHOLE) == (True, True)


def test_of_the_unet_engine_what_is_enlarged_is_its_crop_whatever_sizes_foretold() -> None:
    unet = replace(WORK, engine=EngineName.UNET, two_stage=True)
    done, not_done = replace(unet, enlarged_px=0, enlarger="span"), replace(unet, enlarged_px=1024 * 1024, enlarger="")
    assert features.memory_features(done)[4:] == (1024 * 1024, 300**2, 1)
    assert features.memory_features(not_done)[4:] == (0, 300**2, 0)


def test_in_two_stages_the_peak_is_the_targets_where_the_source_is_enlarged_and_the_sources_where_it_is_not() -> None:
    def told(**changed: object) -> float:
        return features.memory_features(replace(staged, **changed))[3]  # type: ignore[arg-type]

    staged = replace(WORK, two_stage=True, source_photo_px=1_000_000)
    assert told() == 1_000_000
    assert told(enlarged_px=90_000, enlarger="span") == 3_000_000
    assert told(source_photo_px=0) == WORK.photos_px  # an older row
    assert told(two_stage=False) == WORK.photos_px


def test_two_stages_with_and_without_enlarging_have_lines_of_their_own_or_each_others() -> None:
    staged = replace(WORK, two_stage=True)
    enlarged = replace(staged, enlarged_px=90_000, enlarger="span")
    plain, other = (Regime.of(work) for work in (staged, enlarged))
    assert [plain.kind, other.kind] == ["plain", "enlarged"]
    for known in ({plain: LINE}, {other: LINE}):
        assert model.line_of(staged, replace(KNOWN, memory=known)) == LINE
        assert model.line_of(enlarged, replace(KNOWN, memory=known)) == LINE
    with pytest.raises(KeyError):
        model.line_of(WORK, replace(KNOWN, memory={plain: LINE}))


def test_where_networks_are_loaded_that_may_be_the_peak_and_is_none_once_they_are_there() -> None:
    small = replace(WORK, engine=EngineName.UNET)
    loading = replace(LINE, coefficients=(2200 * MIB, 2.0), within=0.03)
    known = replace(KNOWN, loading={FULL: loading})
    told = model.predict(small, known)
    assert told.peak_bytes == 2600 * MIB + 2 * small.photos_px
    assert told.peak_high_bytes == round(told.peak_bytes * 1.03)
    assert model.predict(small, known.once_loaded).peak_bytes == 2400 * MIB
    assert model.predict(WORK, known).peak_bytes == model.predict(WORK, KNOWN).peak_bytes
    assert KNOWN.once_loaded is KNOWN
