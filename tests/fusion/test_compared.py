"""What a page shows of a job is made once, by whoever has both pictures in its memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fusion import compared
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.worker import run_job
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import plain

JOB = "0123456789abcdef"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The picture of a job, with its target beside it."""
    photos = run_job.Reader().read_pair(plain(red=10), plain(red=20))
    path = tmp_path / "output.png"
    pipeline: Any = FakePipeline()
    run_job.run(pipeline, photos, Settings(ratio=0.3), path, before=tmp_path / "before.png", id=JOB)
    return path


def test_a_job_leaves_what_its_two_pictures_would_be_made_small_to(output: Path) -> None:
    room = Rect(0, 0, 120, 90)
    before, after = (compared.frame(path) for path in (output.with_name("before.png"), output))
    made = compared.compared(compared.Half.of(before, room, ""), compared.Half.of(after, room, JOB))
    assert compared.kept(output) == made


def test_of_another_picture_nothing_was_kept(output: Path) -> None:
    output.write_bytes(output.read_bytes() + b"more")
    assert compared.kept(output) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"of_bytes": 1}', '{"size": null}'])
def test_what_is_no_such_file_is_as_if_there_were_none(output: Path, text: str) -> None:
    output.with_name("compared.json").write_text(text)
    assert compared.kept(output) is None
    output.with_name("compared.json").unlink()
    assert compared.kept(output) is None


def test_a_picture_that_is_gone_is_told(output: Path) -> None:
    output.unlink()
    with pytest.raises(FileNotFoundError):
        compared.kept(output)
