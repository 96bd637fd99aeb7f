"""Whatever a page shows of a result says what it is: somebody may keep it from there. Of photos it says nothing."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from fusion import compared
from fusion.jobs import Outcome
from fusion.labels import Label
from fusion.marks import marks_in
from fusion.photos import Format, encode
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Box
from pages.parts.session import previews, stamps, thumbnails
from tests.support.fixtures.facts import facts

JOB = "0123456789abcdef"
ROOM = Rect(900, 300, 400, 400)


def outcome(folder: Path) -> Outcome:
    before = np.full((1200, 2000, 3), 120, np.uint8)
    after = before.copy()
    after[400:600, 1000:1200] = 200
    files = folder / "output.png", folder / "before.png"
    for file, pixels in zip(files, (after, before), strict=True):
        file.write_bytes(encode(pixels, Format.PNG))
    return Outcome(*files, facts(region=ROOM), {"fusewise": "1", "id": JOB})


def job_in(shown: bytes | str) -> list[str]:
    """The job's id, by each label that is in it."""
    file = shown if isinstance(shown, bytes) else base64.b64decode(shown.partition(",")[2])
    return [found.label.produce_id for found in marks_in(file).labels if found.label is not None]


def test_the_comparison_says_of_the_result_whose_it_is_and_of_the_photo_nothing(tmp_path: Path) -> None:
    view = previews.view_result(JOB, Settings(), outcome(tmp_path))
    assert view.patch is not None
    assert [job_in(shown) for shown in (view.after, view.patch.after)] == [[JOB]] * 2
    assert [job_in(shown) for shown in (view.before, view.patch.before)] == [[]] * 2


def test_of_two_results_each_names_its_own_job(tmp_path: Path) -> None:
    view = previews.view_result(JOB, Settings(), outcome(tmp_path), before_job="fedcba9876543210")
    assert job_in(view.before) == ["fedcba9876543210"]
    assert job_in(view.after) == [JOB]


def test_so_does_a_small_picture_whatever_is_shown_of_the_label(tmp_path: Path) -> None:
    made = outcome(tmp_path)
    assert job_in(thumbnails.square(JOB, made, 320)) == [JOB]
    for label in (None, Label.EN):
        assert job_in(stamps.shown(JOB, made.output, made.facts, label, 480)) == [JOB]


def test_a_part_of_a_result_gets_a_label_of_its_own_beside_the_face() -> None:
    plain = compared.jpeg(np.full((400, 400, 3), 120, np.uint8), job=JOB)
    face = Box(230, 230, 400, 400)  # over the corner that labels are drawn into where they can
    labelled = stamps.laid(plain, Label.EN, [face], JOB)
    assert job_in(labelled) == [JOB]
    was, now = (np.asarray(Image.open(io.BytesIO(file))).astype(int) for file in (plain, labelled))
    rows, columns = np.nonzero(np.abs(now - was).max(axis=2) > 60)
    assert columns.max() < face.left
    assert rows.min() > 300
