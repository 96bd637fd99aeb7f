"""Several photos of the person who gives the face, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion import provenance
from fusion.cli.commands import main
from fusion.photos import samples
from tests.support.command import fusion as run


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A target, a blurred photo of a person, and a sharp one."""
    folder = tmp_path_factory.mktemp("photos")
    target, sharp = folder / "target.png", folder / "sharp.jpg"
    for file, data in zip((target, sharp), samples.sample_pair(), strict=True):
        file.write_bytes(data)
    pixels = np.asarray(Image.open(sharp).convert("RGB"))
    Image.fromarray(cv2.GaussianBlur(pixels, (0, 0), 5)).save(folder / "blurred.png")
    return target, folder / "blurred.png", sharp


def test_the_best_of_several_photos_is_fused_and_that_is_told(photos: tuple[Path, Path, Path], tmp_path: Path) -> None:
    target, blurred, sharp = photos
    out = tmp_path / "out.png"
    done = run(target, "--source", blurred, "--source", sharp, "-o", out, "--output", "256x256", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(each["use"], each["used"]) for each in told["sources"]] == [("worse", False), ("best", True)]
    assert told["sources"][1]["merits"] == ["detail"]
    assert any(notice["code"] == "source_best_detail" for notice in told["notices"])
    recipe = provenance.recipe_in(out.read_bytes())
    assert recipe is not None
    assert recipe["sources"] == told["sources"]
    assert recipe["source"]["sha256"] == told["sources"][1]["sha256"]
    again = run(target, blurred, "--source", sharp, "-o", tmp_path / "again.jpg", "--source-photo", 0, "--json")
    assert again.returncode == 0, again.stderr
    assert [each["use"] for each in json.loads(again.stdout)["sources"]] == ["picked", "not_picked"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--source", "a.png"], "give two photos, TARGET and SOURCE, or --sample"),
        (["--sample", "--source", "a.png"], "give photos or --sample, not both"),
        (["t.png", "a.png", *["--source", "b.png"] * 8], "There are 9 source photos; 8 is the most."),
        (["t.png", "a.png", "--source-photo", "best"], "source_photo is best"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "-o", str(tmp_path / "out.png")]) == 2
    complaint = capsys.readouterr().err
    assert line in complaint
    assert complaint.count("\n") == 1


def test_no_source_is_written_over(photos: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    target, blurred, sharp = photos
    arguments = [target, "--source", sharp, "--source", blurred, "-o", blurred, "--overwrite"]
    before = blurred.read_bytes()
    assert main([str(each) for each in arguments]) == 2
    assert blurred.read_bytes() == before
    assert capsys.readouterr().err
