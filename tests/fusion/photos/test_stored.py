"""Of a result's target only that is kept which the result itself does not have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fusion.photos import Format, encode, stored
from fusion.sizing import Rect

ROOM = Rect(4, 2, 5, 3)
INSIDE = slice(2, 5), slice(4, 9)


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """A target and its result, which differ in the room alone."""
    before = np.random.default_rng(1).integers(0, 256, (8, 12, 3), np.uint8)
    after = before.copy()
    after[INSIDE] ^= 255
    return before, after


@pytest.mark.parametrize("part", [INSIDE, (slice(None), slice(None))], ids=["of the face", "of a version before"])
def test_a_target_is_whole_again_from_what_is_kept_of_it(tmp_path: Path, part: tuple[slice, slice]) -> None:
    before, after = pictures()
    path = tmp_path / "before.png"
    path.write_bytes(encode(np.ascontiguousarray(before[part]), Format.PNG))
    assert np.array_equal(stored.before(path, after, ROOM), before)


def test_what_is_kept_of_another_is_not_taken(tmp_path: Path) -> None:
    before, after = pictures()
    path = tmp_path / "before.png"
    path.write_bytes(encode(before[:3], Format.PNG))
    with pytest.raises(OSError, match="does not belong"):
        stored.before(path, after, ROOM)


def test_a_target_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        stored.before(tmp_path / "before.png", pictures()[1], ROOM)
