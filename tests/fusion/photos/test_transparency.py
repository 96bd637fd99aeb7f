"""What is transparent beside a photo: in the file that is written, as it is shown, and to whoever reads it again."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from fusion.errors import OutputRejected, Reason
from fusion.photos import Format, Limits, checkered, encode, opaque_part, webp_encode
from fusion.photos.decode import read
from fusion.sizing import Rect
from fusion.types import Role, Size
from tests.support.fixtures.photos import colours

SIZE = Size(*colours().shape[1::-1])
PART = Rect(11, 0, SIZE.width - 24, SIZE.height)  # odd edges: a WebP's colours lie on every second pixel
INSIDE = np.s_[PART.top : PART.top + PART.height, PART.left : PART.left + PART.width]
WITH_ALPHA = [Format.PNG, Format.WEBP]


def opened(data: bytes) -> np.ndarray:
    """(H, W, 3 or 4) uint8."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("format", WITH_ALPHA)
def test_what_is_seen_has_the_very_pixels_that_it_has_without(format: Format) -> None:
    plain, clear = opened(encode(colours(), format)), opened(encode(colours(), format, opaque=PART))
    assert (plain.shape[2], clear.shape[2]) == (3, 4)
    assert np.array_equal(clear[INSIDE][..., :3], plain[INSIDE])
    assert (clear[INSIDE][..., 3] == 255).all()
    assert clear[..., 3].sum() == 255 * PART.width * PART.height


@pytest.mark.parametrize("format", WITH_ALPHA)
def test_it_still_says_where_it_comes_from(format: Format) -> None:
    data = encode(colours(), format, metadata={"Description": "AI-made"}, opaque=PART)
    with Image.open(io.BytesIO(data)) as image:
        told = image.info if format == Format.PNG else json.loads(image.getexif()[0x010E])
        assert told["Description"] == "AI-made"
        assert "srgb" in image.info or image.info["icc_profile"]


def test_a_webp_is_transparent_without_pillow_s_own_library_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webp_encode, "_library", lambda: None)
    assert opaque_part(opened(encode(colours(), Format.WEBP, opaque=PART))[..., 3]) == PART


def test_a_jpeg_is_refused_with_its_reason_and_what_to_do() -> None:
    with pytest.raises(OutputRejected) as refused:
        encode(colours(), Format.JPEG, opaque=PART)
    assert refused.value.reason == Reason.OUTPUT_OPAQUE
    assert ".png or .webp" in refused.value.remedy


@pytest.mark.parametrize("format", WITH_ALPHA)
def test_whoever_reads_it_again_sees_the_photo_on_white_and_is_told(format: Format) -> None:
    photo = read(encode(colours(), format, opaque=PART), Role.TARGET, Limits())
    beside = np.ones(colours().shape[:2], bool)
    beside[INSIDE] = False
    assert (photo.pixels[beside] == 255).all()
    assert np.abs(photo.pixels[INSIDE].astype(int) - colours()[INSIDE]).max() <= 12
    assert [notice.code for notice in photo.notices] == ["alpha_dropped"]


def test_the_part_that_is_opaque_is_found_in_an_alpha_channel() -> None:
    alpha = np.zeros((90, 120), np.uint8)
    assert opaque_part(np.full_like(alpha, 255)) is None
    alpha[10:70, 5:117] = 255
    assert opaque_part(alpha) == Rect(5, 10, 112, 60)


def test_a_picture_made_small_is_shown_whole_on_a_ground_of_light_and_dark_checks() -> None:
    shown = checkered(np.full((50, 100, 3), 90, np.uint8), Rect(100, 0, 200, 200), Size(400, 200))
    assert (shown[:, 25:75] == 90).all()
    ground = np.delete(shown, np.s_[25:75], axis=1)
    assert set(np.unique(ground)) == {204, 255}
    assert abs((ground == 255).mean() - 0.5) < 0.1
