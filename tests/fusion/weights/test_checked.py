"""What came of trying the unet engine is known after a restart, and holds for the files that were tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from fusion.types import SAME_PERSON
from fusion.weights import checked
from fusion.weights.locate import MANIFEST


@pytest.mark.parametrize("likeness", [0.62, None])
def test_what_is_kept_is_read_again(tmp_path: Path, likeness: float | None) -> None:
    assert checked.read(tmp_path) is None
    found = checked.Checked(likeness, 3.1)
    checked.keep(tmp_path, found)
    assert checked.read(tmp_path) == found


def test_with_other_files_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("one")
    checked.keep(tmp_path, checked.Checked(0.6, 1.0))
    (tmp_path / MANIFEST).write_text("another")
    assert checked.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": "", "likeness": "x", "seconds": 1}'])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / checked.FILE).write_text(text)
    assert checked.read(tmp_path) is None


@pytest.mark.parametrize(("likeness", "works"), [(SAME_PERSON, True), (SAME_PERSON - 0.01, False), (None, False)])
def test_it_works_where_the_result_is_the_person(likeness: float | None, works: bool) -> None:
    assert checked.Checked(likeness, 1.0).works == works
