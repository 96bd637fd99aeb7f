"""Digests of pictures' own data: the same whatever is said of a picture, another for another picture."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fusion.marks import AigcLabel, digest
from tests.support.fixtures.photos import colours, saved

OF = {"JPEG": digest.of_jpeg, "WEBP": digest.of_webp}


def of_png(pixels: np.ndarray, cut: int = 1000) -> str:
    data = pixels.tobytes()
    height, width, channels = pixels.shape
    return digest.of_rows(width, height, channels, (data[at : at + cut] for at in range(0, len(data), cut)))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_metadata_do_not_change_a_digest_and_pixels_do(kind: str) -> None:
    plain = OF[kind](saved(colours(), kind))
    exif = Image.Exif()
    exif[0x010E] = "a description"
    told = saved(colours(), kind, exif=exif.tobytes(), xmp=b"<a/>", icc_profile=b"no profile")
    assert OF[kind](told) == plain
    assert OF[kind](saved(colours()[:, ::-1].copy(), kind)) != plain


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"optimize": True}])
def test_every_kind_of_jpeg_is_followed_to_its_end(options: dict[str, int]) -> None:
    data = saved(colours(), "JPEG", **options)
    assert sum(map(len, digest.jpeg_data(data))) > len(data) / 2
    assert digest.of_jpeg(data + b"behind its end") == digest.of_jpeg(data)
    half = len(data) // 2
    changed = data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]
    assert digest.of_jpeg(changed) != digest.of_jpeg(data)


def test_every_kind_of_webp_has_a_digest_and_transparency_is_in_it() -> None:
    clear = Image.fromarray(colours())
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    found = set()
    for image in (Image.fromarray(colours()), clear):
        for is_lossless in (False, True):
            file = io.BytesIO()
            image.save(file, "WEBP", lossless=is_lossless)
            found.add(digest.of_webp(file.getvalue()))
            assert digest.of_webp_chunks(digest.webp_data(file.getvalue())) in found
    assert len(found) == 4


def test_rows_have_one_digest_however_they_are_cut_and_every_shape_its_own() -> None:
    pixels = colours()
    assert of_png(pixels) == of_png(pixels, 7)
    assert of_png(pixels) != of_png(pixels.reshape(pixels.shape[1], pixels.shape[0], 3))


def test_a_digest_may_stand_in_a_label_and_is_known_for_ours() -> None:
    made = [of_png(colours()), *(OF[kind](saved(colours(), kind)) for kind in OF)]
    assert all(re.fullmatch(r"fw1:[A-Za-z0-9_-]{43}", each) for each in made)
    assert all(digest.is_ours(AigcLabel("1", "a", "b", each).reserved_code1) for each in made)
    assert not digest.is_ours("")
    assert not digest.is_ours("sha256:" + "a" * 43)


@given(st.binary(max_size=60))
def test_whatever_is_read_has_a_digest_or_is_a_value_error(data: bytes) -> None:
    jpeg, webp = saved(colours(), "JPEG"), saved(colours(), "WEBP")
    for file in (data, b"\xff\xd8" + data, jpeg[:200] + data, b"RIFF\x30\0\0\0WEBP" + data, webp[:40] + data):
        for of in OF.values():
            try:
                of(file)
            except ValueError:
                continue


def test_a_jpeg_that_is_0xff_throughout_is_read_in_a_time_that_grows_with_its_length() -> None:
    """A search for the end of its scan that takes the square of that would not end within a test's time."""
    with contextlib.suppress(ValueError):
        digest.of_jpeg(b"\xff\xd8\xff\xda\0\2" + b"\xff" * 2_000_000)
