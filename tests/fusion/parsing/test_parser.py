"""What parsing says of two photos that everybody has."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.faces import FaceFinder
from fusion.parsing import FaceMap, GlassesWorn, parse
from tests.support.fixtures.photos import admiral, astronaut


@pytest.fixture(scope="module")
def maps() -> tuple[FaceMap, FaceMap]:
    """Of the astronaut and of the admiral."""
    with FaceFinder() as finder:
        astronaut_map, admiral_map = (parse(photo, finder.find(photo).faces[0]) for photo in (astronaut(), admiral()))
    return astronaut_map, admiral_map


def test_every_map_is_a_share_of_each_pixel(maps: tuple[FaceMap, FaceMap]) -> None:
    for seen in maps:
        for name in ("within", "skin", "hair", "beard", "frame", "lenses", "cover", "shadow", "burnt"):
            map_ = getattr(seen, name)
            assert map_.shape == (seen.side, seen.side), name
            assert map_.dtype == np.float32, name
            assert map_.min() >= 0, name
            assert map_.max() <= 1, name


def test_the_admiral_wears_glasses_that_one_sees_through_and_the_astronaut_none(maps: tuple[FaceMap, FaceMap]) -> None:
    bare, worn = maps
    assert bare.glasses == GlassesWorn.NONE
    assert not bare.frame.any()
    assert worn.glasses == GlassesWorn.CLEAR
    assert worn.share(worn.frame) > 0.03


def test_a_bare_face_is_mostly_skin(maps: tuple[FaceMap, FaceMap]) -> None:
    bare, _ = maps
    assert bare.share(bare.skin) > 0.6
    assert bare.share(bare.on_top) < 0.15  # her fringe
    assert bare.share(np.maximum(bare.cover, bare.frame)) < 0.01
