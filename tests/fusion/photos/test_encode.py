"""What is written: the very pixels, what is said about them, nothing else, and without a second frame in memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from fusion.photos import Format, webp_encode
from fusion.photos.decode import read
from fusion.photos.encoder import encode, pieces
from fusion.types import Role
from tests.support import ROOT
from tests.support.fixtures.photos import colours, saved


def test_a_png_holds_the_very_pixels_its_metadata_and_the_mark_of_srgb() -> None:
    data = encode(colours(), Format.PNG, metadata={"Software": "Fusewise", "Description": "AI-made 融合"})
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        image.load()
        assert (np.asarray(image) == colours()).all()
        assert image.text == {"Software": "Fusewise", "Description": "AI-made 融合"}
        assert image.info["srgb"] == 0


@pytest.mark.parametrize("format", [Format.JPEG, Format.WEBP])
def test_jpeg_and_webp_hold_their_metadata_and_a_profile(format: Format) -> None:
    data = encode(colours(), format, metadata={"Description": "AI-made 融合"})
    with Image.open(io.BytesIO(data)) as image:
        assert json.loads(image.getexif()[0x010E]) == {"Description": "AI-made 融合"}
        assert image.info["icc_profile"]
    photo = read(data, Role.TARGET)
    assert np.abs(photo.pixels.astype(int) - colours()).max() <= 12
    assert photo.notices == ()


@pytest.mark.parametrize("format", Format)
def test_the_same_pixels_give_the_same_file(format: Format) -> None:
    assert encode(colours(), format) == encode(colours(), format)


@pytest.mark.parametrize("format", Format)
def test_names_of_formats_fit_their_files(format: Format) -> None:
    with Image.open(io.BytesIO(encode(colours(), format))) as image:
        assert image.get_format_mimetype() == format.mime
    assert format.suffix in (".png", ".jpg", ".webp")


def test_nothing_of_the_file_read_survives_into_the_file_written() -> None:
    data = saved(colours(), "JPEG", comment=b"secret-comment") + b"secret-tail"
    for format in Format:
        assert b"secret" not in encode(read(data, Role.TARGET).pixels, format)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 300), (300, 1), (257, 1999), (3000, 700)])
def test_a_png_of_any_shape_is_whole_in_the_eyes_of_two_decoders(width: int, height: int) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data = encode(pixels, Format.PNG)
    with Image.open(io.BytesIO(data)) as image:
        assert (np.asarray(image) == pixels).all()  # Pillow compares the checksums too
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert decoded is not None
    assert np.array_equal(decoded, pixels)


def test_a_part_of_a_larger_array_is_written_as_it_is_seen() -> None:
    whole = colours()
    for format in Format:
        part = whole[10:70, 20:90]
        assert encode(part, format) == encode(np.ascontiguousarray(part), format)


def test_a_large_png_comes_in_small_pieces() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3000, 2000, 3), dtype=np.uint8)
    lengths = [len(piece) for piece in pieces(pixels, Format.PNG)]
    assert sum(lengths) >= pixels.nbytes  # noise cannot be packed
    assert max(lengths) < pixels.nbytes / 3


@pytest.mark.parametrize("quality", [50, 95])
def test_a_webp_is_the_same_with_and_without_pillow_s_own_library(
    quality: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if webp_encode._library() is None:
        pytest.skip("Pillow brought no libwebp as a file of its own")
    pixels = cv2.resize(colours(), (333, 257), interpolation=cv2.INTER_CUBIC)
    ours = encode(pixels, Format.WEBP, quality=quality, metadata={"Software": "Fusewise"})
    monkeypatch.setattr(webp_encode, "_library", lambda: None)
    assert encode(pixels, Format.WEBP, quality=quality, metadata={"Software": "Fusewise"}) == ours


MEMORY = """
    import sys
    from pathlib import Path
    import cv2, numpy as np
    from fusion.files import private
    from fusion.photos import Format, pieces, samples

    def resident(kind):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(kind))

    format, path = Format(sys.argv[1]), Path(sys.argv[2])
    small = cv2.imdecode(np.frombuffer(samples.sample_pair()[0], np.uint8), cv2.IMREAD_COLOR_RGB)
    frame = cv2.resize(small, (4096, 4096), interpolation=cv2.INTER_CUBIC)
    private.write(path, pieces(small, format))
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS:")
    private.write(path, pieces(frame, format, metadata={"Software": "Fusewise"}))
    file = path.stat().st_size if format != Format.PNG else 0  # a PNG's is never held as a whole
    print((resident("VmHWM:") - before - file) / frame.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize(
    ("format", "frames"),
    [
        (Format.PNG, 0.5),
        (Format.JPEG, 4 / 3 + 0.15),
        (Format.WEBP, 0.8),
    ],
)
def test_a_frame_is_written_without_a_second_one(format: Format, frames: float, tmp_path: Path) -> None:
    if format == Format.WEBP and webp_encode._library() is None:
        pytest.skip("Pillow brought no libwebp as a file of its own")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEMORY), format, str(tmp_path / "file")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < frames
