"""What `recommend` tells of several photos of the source, by the engine that it recommends, and what it learns from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from advisor.cli import recommend
from advisor.device import Place
from advisor.device.compute_target import Kind
from advisor.forecast import predict
from advisor.given import Given, given_in
from fusion.faces import FaceFinder
from fusion.settings import Settings
from fusion.storage import FILE, Ledger
from fusion.types import EngineName
from fusion.units import GIB
from tests.advisor.forecast.made_up import SIDES, measured, work
from tests.support.fixtures.photos import admiral, astronaut, saved, scene


@pytest.fixture(scope="module")
def given() -> Given:
    """Two photos of the source, and one without a face between them."""
    photos = [saved(admiral(), "PNG"), saved(scene(300, 300), "PNG"), saved(admiral()[:, ::-1].copy(), "PNG")]
    with FaceFinder() as finder:
        return given_in(saved(astronaut(), "PNG"), photos, Settings(), finder)


def test_the_landmark_engine_takes_one_of_them(given: Given) -> None:
    told = given.with_engine(EngineName.LANDMARK)
    assert sorted(str(each.use) for each in told.facts) == ["best", "no_face", "worse"]
    assert [notice.code.rpartition("_")[0] for notice in told.notices] == ["source", "source_best"]


def test_the_unet_engine_learns_from_all_that_show_a_face(given: Given) -> None:
    told = given.with_engine(EngineName.UNET)
    assert [str(each.use) for each in told.facts] == ["averaged", "no_face", "averaged"]
    assert [notice.code for notice in told.notices] == ["source_unusable"]


def test_what_was_measured_counts_by_the_number_of_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    ledger = Ledger(tmp_path / FILE)
    for threads, speed in ((8, 1.0), (2, 3.0)):
        for side in SIDES:
            ledger.add(replace(measured(work(side), speed=speed), threads=threads))
    for threads, speed in ((8, 1.0), (2, 3.0)):
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        known = recommend._coefficients(Place(Kind.CPU, "cpu", None, 8 * GIB, 8 * GIB, 0, 0))
        assert predict(work(1024), known).seconds == pytest.approx(measured(work(1024), speed=speed).seconds, rel=0.1)
