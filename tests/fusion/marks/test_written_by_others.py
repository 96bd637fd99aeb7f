"""What exiftool and c2pa-python have written into files of every kind that is read."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.verify import pictures as made
from fusion.marks import Claim, marks_in
from tests.support.fixtures.marked import AI, LABEL
from tests.support.fixtures.photos import colours

SUFFIXES = ("jpg", "png", "webp", "tiff", "avif")
CONFIG = """
%Image::ExifTool::UserDefined = ('Image::ExifTool::XMP::Main' => {
    TC260 => { SubDirectory => { TagTable => 'Image::ExifTool::UserDefined::TC260' } } });
%Image::ExifTool::UserDefined::TC260 = (GROUPS => { 0 => 'XMP', 1 => 'XMP-TC260', 2 => 'Image' },
    NAMESPACE => { 'TC260' => 'http://www.tc260.org.cn/ns/AIGC/1.0/' }, WRITABLE => 'string', AIGC => { });
1;
"""
WRAPPED = json.dumps({"AIGC": json.loads(LABEL.dumps())})

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")


def written(folder: Path, suffix: str, *tags: str) -> bytes:
    """A file into which exiftool has written."""
    file, config = folder / f"picture.{suffix}", folder / "tc260.config"
    config.write_text(CONFIG)
    Image.fromarray(colours()).save(file)
    words = ["exiftool", "-config", str(config), "-q", "-overwrite_original", *(f"-{tag}" for tag in tags), str(file)]
    subprocess.run(words, check=True, capture_output=True)
    return file.read_bytes()


@needs_exiftool
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_label_in_xmp_and_the_kind_of_source_are_found(suffix: str, tmp_path: Path) -> None:
    found = marks_in(
        written(tmp_path, suffix, f"XMP-TC260:AIGC={LABEL.dumps()}", f"XMP-iptcExt:DigitalSourceType={AI}")
    )
    assert [each.label for each in found.labels] == [LABEL]
    assert found.source_types == (AI,)


@needs_exiftool
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_label_in_a_comment_and_names_of_programs_are_found(suffix: str, tmp_path: Path) -> None:
    credit = "XMP-photoshop:Credit=Made with Google AI"
    found = marks_in(written(tmp_path, suffix, f"EXIF:UserComment={WRAPPED}", "EXIF:Software=Midjourney", credit))
    assert [each.label for each in found.labels] == [LABEL]
    assert set(found.generators) == {"Midjourney", "Google AI"}


@needs_exiftool
def test_a_credit_by_iptc_is_found(tmp_path: Path) -> None:
    assert marks_in(written(tmp_path, "jpg", "IPTC:Credit=Edited with Google AI")).claims == (Claim.TOOL,)


@needs_exiftool
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_a_camera_writes_says_nothing_of_ai(suffix: str, tmp_path: Path) -> None:
    tags = ("EXIF:Make=Canon", "EXIF:Software=Adobe Photoshop 26.1", "EXIF:UserComment=a holiday", "XMP:Creator=Ada")
    assert not marks_in(written(tmp_path, suffix, *tags)).says_ai


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_signature_is_found_and_what_it_says_of_ai(suffix: str) -> None:
    pytest.importorskip("c2pa")
    plain = io.BytesIO()
    Image.fromarray(colours()).save(plain, "jpeg" if suffix == "jpg" else suffix)
    kind = f"image/{'jpeg' if suffix == 'jpg' else suffix}"
    for source, is_ai in ((AI, True), (made.CAMERA, False)):
        found = marks_in(made.signed_by_others(source, plain.getvalue(), kind))
        assert (found.has_c2pa, found.c2pa_says_ai) == (True, is_ai)
