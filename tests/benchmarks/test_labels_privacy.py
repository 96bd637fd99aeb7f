"""Nothing of what a photo says of people, places and cameras is in what comes of it, and its label is a good one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.labels import keys, marked, privacy
from fusion.photos import Format
from fusion.provenance import Leaving
from fusion.settings import Settings
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import plain, saved, scene


@pytest.fixture(scope="module")
def photos() -> tuple[marked.Marked, ...]:
    return tuple(marked.photos(scene(120, 90), len(marked.FORMATS)))


def test_the_photos_have_their_marks_and_a_leak_would_be_seen(photos: tuple[marked.Marked, ...]) -> None:
    assert {photo.format for photo in photos} == set(marked.FORMATS)
    for photo in photos:
        assert len(photo.marks) >= 16
        assert all(mark.encode() in marked.readable(photo.file) for mark in photo.marks)


def test_no_mark_of_a_photo_is_in_any_file_that_comes_of_it(photos: tuple[marked.Marked, ...], tmp_path: Path) -> None:
    for photo in photos:
        assert privacy.leaks(photo, plain(red=7), tmp_path) == ([], 6)


@pytest.mark.parametrize("format", Format)
def test_the_label_is_good_to_a_checker_that_knows_the_standard_alone(format: Format, tmp_path: Path) -> None:
    data = saved(scene(120, 90), "PNG")
    pipeline: Any = FakePipeline()
    path = tmp_path / f"a{format.suffix}"
    read = run_job.Reader().read_pair(data, data)
    run_job.run(pipeline, read, Settings(), path, id="a1b2", leaving=Leaving("A-Code"))
    file = path.read_bytes()
    assert keys.faults(file, "a1b2", "A-Code") == []
    assert keys.faults(file, "a1b3", "A-Code") == ["id"]
    assert keys.faults(file.replace(b"PropagateID", b"PropatorID0"), "a1b2", "A-Code") == ["keys"]
