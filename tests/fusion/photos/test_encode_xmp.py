"""The XMP packet of what is written: in its place in each format, about the picture that it is in, and once."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from fusion.marks import AigcLabel, digest, xmp
from fusion.photos import Format, encode, webp_encode
from fusion.sizing import Rect
from tests.support.fixtures.photos import colours

PART = Rect(8, 8, 40, 40)
METADATA = {"Description": "AI-made 融合"}
WITH_ALPHA = [format for format in Format if format.has_alpha]


def packet(code: str) -> str:
    return xmp.packet(AigcLabel("1", "Fusewise", "a1", code, "Fusewise", "a1"), "Fusewise 1")


def written(format: Format, opaque: Rect | None = None, pixels: np.ndarray | None = None) -> bytes:
    return encode(colours() if pixels is None else pixels, format, metadata=METADATA, xmp=packet, opaque=opaque)


def found(file: bytes) -> AigcLabel:
    with Image.open(io.BytesIO(file)) as image:
        told = image.info["xmp"]
    (label,) = xmp.properties(told)[xmp.AIGC]
    return AigcLabel.loads(label)


def own(file: bytes) -> str:
    """The digest of a file's picture, from the file alone."""
    with Image.open(io.BytesIO(file)) as image:
        if image.format == "PNG":
            return digest.of_rows(*image.size, len(image.getbands()), [image.tobytes()])
        return digest.of_jpeg(file) if image.format == "JPEG" else digest.of_webp(file)


@pytest.mark.parametrize(
    ("format", "opaque"), [*((format, None) for format in Format), *((format, PART) for format in WITH_ALPHA)]
)
def test_the_packet_is_found_by_pillow_and_names_the_picture_that_it_is_in(format: Format, opaque: Rect | None) -> None:
    file = written(format, opaque)
    assert found(file).reserved_code1 == own(file)
    assert file.count(b"TC260:AIGC=") == 1


@pytest.mark.parametrize("format", Format)
def test_another_picture_has_another_digest(format: Format) -> None:
    other = np.ascontiguousarray(colours()[::-1])
    assert found(written(format)).reserved_code1 != own(written(format, pixels=other))


@pytest.mark.parametrize(("format", "opaque"), [*((format, None) for format in Format), (Format.WEBP, PART)])
def test_a_packet_leaves_the_picture_and_its_other_metadata_as_they_are(format: Format, opaque: Rect | None) -> None:
    plain = encode(colours(), format, metadata=METADATA, opaque=opaque)
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(written(format, opaque))) as after:
        assert after.tobytes() == before.tobytes()
        assert dict(after.getexif()) == dict(before.getexif())
        assert {**after.info, "xmp": None, "XML:com.adobe.xmp": None} == {
            **before.info,
            "xmp": None,
            "XML:com.adobe.xmp": None,
        }


def test_a_png_has_it_unpacked_before_its_pixels() -> None:
    file = written(Format.PNG)
    at = file.index(b"iTXtXML:com.adobe.xmp\0")
    assert at < file.index(b"IDAT")
    start = at + len(b"iTXtXML:com.adobe.xmp\0")
    assert file[start : start + 4] == b"\0\0\0\0"  # not compressed, no language, no translated keyword


def test_a_jpeg_has_it_behind_its_exif_in_one_segment() -> None:
    file = written(Format.JPEG)
    at = file.index(b"http://ns.adobe.com/xap/1.0/\0") - 4
    assert file[at : at + 2] == b"\xff\xe1"
    (length,) = struct.unpack_from(">H", file, at + 2)
    assert file[at + 2 + length : at + 4 + length] == b"\xff\xe2"  # the colour profile
    assert file.index(b"Exif\0\0") < at


def test_a_webp_says_in_its_header_that_it_has_one() -> None:
    for opaque in (None, PART):
        file = written(Format.WEBP, opaque)
        assert file[20] & 0x04
        assert struct.unpack_from("<I", file, 4)[0] == len(file) - 8
        assert not encode(colours(), Format.WEBP, opaque=opaque)[20] & 0x04


@pytest.mark.parametrize("opaque", [None, PART])
def test_a_webp_of_pillow_s_making_is_the_same_file(opaque: Rect | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if webp_encode._library() is None:
        pytest.skip("Pillow brought no libwebp as a file of its own")
    ours = written(Format.WEBP, opaque)
    monkeypatch.setattr(webp_encode, "_library", lambda: None)
    assert written(Format.WEBP, opaque) == ours


@pytest.mark.parametrize("format", Format)
def test_the_largest_strips_have_one_digest(format: Format) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (1500, 1100, 3), dtype=np.uint8)
    file = written(format, pixels=pixels)
    assert found(file).reserved_code1 == own(file)
