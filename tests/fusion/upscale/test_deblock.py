"""The 8×8 blocks of compressed photos: found wherever a cut begins, levelled, and nothing else touched."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage import data

from fusion.upscale import deblock
from fusion.upscale.deblock import without_blocks


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    """(300, 320, 3) uint8 that was never compressed with loss."""
    return np.ascontiguousarray(data.astronaut()[0:300, 60:380])  # type: ignore[no-untyped-call]


def compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).copy()


def error(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.square(one.astype(float) - other).mean())


def test_a_picture_without_blocks_is_the_very_same(clean: np.ndarray) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    for pixels in (clean, noise, np.full((100, 100, 3), 7, np.uint8), noise[:20, :20], noise[:1, :1]):
        assert without_blocks(pixels) is pixels


@pytest.mark.parametrize(("left", "top"), [(0, 0), (3, 5), (8, 1), (15, 14)])
def test_blocks_are_found_wherever_a_cut_begins(clean: np.ndarray, left: int, top: int) -> None:
    part = compressed(clean, 30)[top:, left:]
    assert deblock._grid(part) == -left % 8
    assert deblock._grid(part.swapaxes(0, 1)) == -top % 8


@pytest.mark.parametrize("quality", [15, 30, 50])
def test_without_them_a_photo_is_nearer_to_what_it_was(clean: np.ndarray, quality: int) -> None:
    photo = compressed(clean, quality)
    assert error(without_blocks(photo), clean) < error(photo, clean)


def test_edges_of_the_picture_stay(clean: np.ndarray) -> None:
    photo = compressed(clean, 30)
    photo[:, 160:] //= 2  # an edge on a border of blocks
    change = np.abs(without_blocks(photo).astype(int) - photo)
    assert 0 < change.max() <= 4
    strong = np.abs(photo[:, 159].astype(int) - photo[:, 160]) > 30
    assert np.median(change[:, 159][strong]) == 0
