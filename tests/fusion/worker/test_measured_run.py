"""A trial: one real fusion in a process of its own, small and on whatever device there is."""

from __future__ import annotations

import threading
from dataclasses import replace

import psutil
import pytest

from fusion.errors import Cancelled, FusionError, WeightsMissing
from fusion.faces import FaceFinder
from fusion.memory import cores
from fusion.photos import decode
from fusion.sizing import Measurement, workload
from fusion.types import EngineName, Precision, Role, Size, Stage, Switch
from fusion.worker import Trial, measure
from fusion.worker.measured_run import photos

SMALL = Trial(EngineName.LANDMARK, Size(512, 512), Switch.OFF, target_side=600)


@pytest.fixture(scope="module")
def runs() -> tuple[Measurement, ...]:
    return measure(SMALL, 90.0)


def test_each_run_is_a_whole_new_job(runs: tuple[Measurement, ...]) -> None:
    assert len(runs) == 2
    for run in runs:
        assert run.is_new
        assert not run.is_first
        stages = [cost.stage for cost in run.stages]
        assert (stages[0], stages[-1]) == (Stage.READ, Stage.WRITE)
        assert {Stage.FACES, Stage.SIZE, Stage.FUSE, Stage.BLEND, Stage.FINISH} <= set(stages)
        assert run.seconds == pytest.approx(sum(cost.seconds for cost in run.stages))
        assert run.made
        assert run.threads == cores.chosen()


def test_the_peak_is_above_the_rest(runs: tuple[Measurement, ...]) -> None:
    for run in runs:
        assert run.peak_bytes > run.rest_bytes > 50e6
        assert run.rest_bytes < run.reading_bytes <= run.host_peak_bytes
        assert run.host_peak_bytes >= run.peak_bytes or run.device != "cpu"


def test_what_a_trial_will_be_is_known_before_it(runs: tuple[Measurement, ...]) -> None:
    foretold = workload(SMALL.subject, SMALL.settings, EngineName.LANDMARK, Precision.FLOAT32)
    really = runs[0].workload
    assert foretold.output == really.output == Size(512, 512)
    assert foretold.photos_px == really.photos_px
    assert foretold.face_px == pytest.approx(really.face_px, rel=0.05)
    assert foretold.source_px == pytest.approx(really.source_px, rel=0.05)
    assert foretold.room_px == pytest.approx(really.room_px, rel=0.15)


@pytest.mark.parametrize("face", [0.45, 0.15])
def test_the_face_has_the_wanted_share_of_the_target(face: float) -> None:
    target, source = (decode.read(data, role) for data, role in zip(photos(wide(face)), Role, strict=True))
    assert target.size == Size(800, 800)
    assert source.size == Size(1280, 1500)
    with FaceFinder() as finder:
        found = finder.find(target.pixels).faces
    assert len(found) == 1
    assert found[0].width_px / 800 == pytest.approx(face, rel=0.08)


def wide(face: float) -> Trial:
    return replace(SMALL, face=face, target_side=800, source_scale=2.5)


def test_a_trial_comes_back_from_json_as_it_was() -> None:
    trial = replace(wide(0.2), engine=EngineName.UNET, precision=Precision.BFLOAT16, two_stage=Switch.ON, runs=3)
    assert Trial.from_json(trial.to_json()) == trial


def test_a_trial_that_cannot_find_faces_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_FACE_LANDMARKER", "/nowhere/face_landmarker.task")
    with pytest.raises(WeightsMissing) as caught:
        measure(SMALL, 60.0)
    assert "/nowhere/face_landmarker.task" in caught.value.message


def test_a_trial_that_breaks_says_its_last_line() -> None:
    with pytest.raises(FusionError) as caught:
        measure(replace(SMALL, target_side=0), 60.0)
    assert caught.value.reason == "trial_failed"
    assert "ValueError" in caught.value.message


def test_a_trial_whose_engine_has_no_weights_fails_with_the_engines_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("empty"))
    for name in ("FUSEWISE_WEIGHTS", "FUSEWISE_DATA", "MODELSCOPE_CACHE", "HOME"):
        monkeypatch.setenv(name, folder)
    with pytest.raises(FusionError) as caught:
        measure(replace(SMALL, engine=EngineName.UNET), 90.0)
    assert caught.value.reason == "weights_unet_missing"


def test_what_kills_a_trial_is_told() -> None:
    with pytest.raises(FusionError) as caught:
        measure(SMALL, 30.0, prefix=("sh", "-c", "echo some library >&2; kill -9 $$"))
    assert caught.value.reason == "trial_failed"
    assert "ended with -9" in caught.value.message


def test_a_trial_that_takes_too_long_is_ended() -> None:
    with pytest.raises(FusionError) as caught:
        measure(SMALL, 0.3)
    assert caught.value.reason == "trial_failed"
    assert "after" in caught.value.message
    assert not children()


def test_stop_ends_a_trial_and_its_process() -> None:
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    with pytest.raises(Cancelled):  # else it would be "trial_failed", once its time is over
        measure(SMALL, 60.0, stop)
    assert not children()


def children() -> list[psutil.Process]:
    """Processes of this one that are a trial."""
    return [each for each in psutil.Process().children() if "fusion.worker.measured_run" in each.cmdline()]
