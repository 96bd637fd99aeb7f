"""What a job was for and what it cost, as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Precision, Size, Stage

bytes_ = st.integers(0, 2**40)
seconds = st.floats(0, 1e6)
sides = st.integers(1, 8192)
workloads = st.builds(
    Workload,
    engine=st.sampled_from([EngineName.LANDMARK, EngineName.UNET]),
    precision=st.sampled_from([each for each in Precision if each != Precision.AUTO]),
    output=st.builds(Size, sides, sides),
    face_px=sides,
    room_px=bytes_,
    source_px=sides,
    photos_px=bytes_,
    two_stage=st.booleans(),
    enlarged_px=bytes_,
    enlarger=st.text(max_size=9),
)
costs = st.builds(StageCost, stage=st.sampled_from(Stage), seconds=seconds)
measurements = st.builds(
    Measurement,
    workload=workloads,
    device=st.text(max_size=30),
    seconds=seconds,
    peak_bytes=bytes_,
    rest_bytes=bytes_,
    host_peak_bytes=bytes_,
    stages=st.lists(costs, max_size=5).map(tuple),
    is_new=st.booleans(),
    versions=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3),
    made=st.text(max_size=25),
    tile_px=st.integers(0, 4096),
    is_first=st.booleans(),
    reading_bytes=bytes_,
    threads=st.integers(0, 256),
)


@given(measurements)
def test_a_measurement_comes_back_from_json_as_it_was(measurement: Measurement) -> None:
    assert Measurement.from_json(json.loads(json.dumps(measurement.to_json()))) == measurement


@given(workloads)
def test_a_workload_comes_back_from_json_as_it_was(work: Workload) -> None:
    again = Workload.from_json(json.loads(json.dumps(work.to_json())))
    assert again == work
    assert hash(again) == hash(work)
    assert isinstance(again.engine, EngineName)
    assert isinstance(again.precision, Precision)


def test_the_json_has_every_field() -> None:
    work = Workload(EngineName.UNET, Precision.BFLOAT16, Size(2, 1), 3, 4, 5, 6)
    cost = StageCost(Stage.LOAD, 1.0)
    data = Measurement(work, "cpu", 1.0, 2, 3, 4, (cost,), True, {"torch": "2.13"}).to_json()
    assert set(data) == set(Measurement.__dataclass_fields__)
    assert set(data["workload"]) == set(Workload.__dataclass_fields__)
    assert data["workload"]["output"] == [2, 1]
    assert list(data["stages"]) == [{"stage": "load", "seconds": 1.0}]


def test_what_an_older_version_kept_of_a_stage_is_passed_over_and_nothing_else() -> None:
    old = {"stage": "load", "seconds": 1.0, "device_bytes": None, "host_bytes": 2**30}
    assert StageCost.from_json(old) == StageCost(Stage.LOAD, 1.0)
    with pytest.raises(TypeError, match="colour"):
        StageCost.from_json(old | {"colour": "red"})


def test_a_job_that_loaded_networks_was_cold() -> None:
    work = Workload(EngineName.UNET, Precision.FLOAT32, Size(1, 1), 1, 1, 1, 1)
    warm = Measurement(work, "cpu", 1.0, 2, 3, 4, (StageCost(Stage.FUSE, 1.0),), True, {})
    assert not warm.is_cold
    assert replace(warm, stages=(StageCost(Stage.LOAD, 1.0), *warm.stages)).is_cold


def test_a_row_of_a_version_that_knew_nothing_of_first_jobs_of_reading_and_of_threads_is_read() -> None:
    work = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(1, 1), 1, 1, 1, 1)
    data = Measurement(work, "cpu", 1.0, 2, 3, 4, (), True, {}).to_json()
    del data["is_first"], data["reading_bytes"], data["threads"]
    row = Measurement.from_json(data)
    assert (row.is_first, row.reading_bytes, row.threads) == (False, 0, 0)


@pytest.mark.parametrize("missing", ["workload", "stages", "seconds", "is_new"])
def test_json_that_lacks_something_is_refused(missing: str) -> None:
    work = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(1, 1), 1, 1, 1, 1)
    data = Measurement(work, "cpu", 1.0, 2, 3, 4, (), True, {}).to_json()
    del data[missing]
    with pytest.raises((KeyError, TypeError)):
        Measurement.from_json(data)


def test_json_with_an_engine_that_nobody_knows_is_refused() -> None:
    data = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(1, 1), 1, 1, 1, 1).to_json()
    with pytest.raises(ValueError, match="psychic"):
        Workload.from_json(data | {"engine": "psychic"})
