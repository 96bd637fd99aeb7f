"""Faces that were found once are not sought again, in this process or in the worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fusion.faces import FaceFinder, Search, Searches, known
from fusion.photos import Photo, decode, samples
from fusion.settings import Settings
from fusion.storage import PhotoFiles
from fusion.types import Role
from fusion.worker import protocol


class Never:
    """A finder that nobody is to ask."""

    def find(self, pixels: np.ndarray) -> Search:
        raise AssertionError("the photo was looked through again")

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def photo() -> Photo:
    return decode.read(samples.sample_pair()[0], Role.TARGET)


@pytest.fixture(scope="module")
def found(photo: Photo) -> Search:
    with FaceFinder() as finder:
        return finder.find(photo.pixels)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    known.clear()
    yield
    known.clear()


class Once(Never):
    """A finder that is asked once."""

    def __init__(self, found: Search) -> None:
        self._found = [found]

    def find(self, pixels: np.ndarray) -> Search:
        return self._found.pop()


def test_a_photo_is_looked_through_once(photo: Photo, found: Search) -> None:
    assert known.search(Once(found), photo) is found
    assert known.search(Never(), photo) is found
    known.forget([photo.sha256])
    with pytest.raises(AssertionError):
        known.search(Never(), photo)


def test_a_worker_hears_of_the_same_faces_bit_for_bit(photo: Photo, found: Search) -> None:
    known.search(Once(found), photo)
    told = known.told([photo.sha256, "of another photo"])
    assert list(told) == [photo.sha256]
    paths = [Path("/somewhere") / name for name in ("target", "source", "output", "before")]
    sent = protocol.Fuse("id", paths[0], paths[1], Settings(), paths[2], paths[3], (), found=told)
    heard = protocol.request(protocol.encode(sent))
    assert isinstance(heard, protocol.Fuse)
    known.clear()
    known.hear(heard.found)
    (ours,), (theirs,) = found.faces, known.search(Never(), photo).faces
    assert (theirs.landmarks == ours.landmarks).all()
    assert (theirs.depth == ours.depth).all()
    assert theirs.landmarks.dtype == np.float32
    assert not theirs.landmarks.flags.writeable
    assert (theirs.box, theirs.yaw, theirs.pitch, theirs.roll) == (ours.box, ours.yaw, ours.pitch, ours.roll)
    assert theirs.score == ours.score
    assert dict(theirs.blendshapes) == dict(ours.blendshapes)


def test_a_job_asks_no_finder_of_what_is_known(photo: Photo, found: Search) -> None:
    known.hear({photo.sha256: known.told_of(found)})
    searches = Searches()
    assert searches.all(photo, Role.TARGET)[0].box == found.faces[0].box
    searches.forget()
    assert known.of(photo.sha256) is None


def test_whoever_brings_a_finder_has_it_asked(photo: Photo, found: Search) -> None:
    known.search(Once(found), photo)
    with pytest.raises(AssertionError):
        Searches(Never()).all(photo, Role.TARGET)


def test_of_a_photo_that_is_removed_nothing_is_known_any_more(photo: Photo, found: Search, tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path / "photos")
    sha256 = files.put(samples.sample_pair()[0])
    assert sha256 == photo.sha256
    known.search(Once(found), photo)
    assert files.remove([sha256]) == []
    assert known.of(sha256) is None
