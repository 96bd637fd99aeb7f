"""What `recommend` tells of several photos of the source, by the engine that it recommends."""

from __future__ import annotations

import pytest

from advisor.given import Given, given_in
from fusion.faces import FaceFinder
from fusion.settings import Settings
from fusion.types import EngineName
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
