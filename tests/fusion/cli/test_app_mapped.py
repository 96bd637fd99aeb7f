"""Several faces of one photo, each with a source of its own, on the command line."""

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

Files = tuple[Path, Path, Path]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Two people in one photo, and each alone."""
    folder = tmp_path_factory.mktemp("photos")
    alone = folder / "anna.png", folder / "ben.jpg"
    faces = []
    for file, data in zip(alone, samples.sample_pair(), strict=True):
        file.write_bytes(data)
        faces.append(cv2.resize(np.asarray(Image.open(file).convert("RGB")), (384, 384)))
    Image.fromarray(np.hstack(faces)).save(folder / "both.png")
    return folder / "both.png", *alone


def test_each_face_is_fused_with_the_photo_that_is_named_for_it_and_the_recipe_makes_it_again(
    photos: Files, tmp_path: Path
) -> None:
    both, anna, ben = photos
    out = tmp_path / "out.png"
    arguments = [both, "--map", f"0={ben}", "--map", f"1={anna}", "--output", "original", "--json"]
    done = run(*arguments, "-o", out)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [face["photo"] for face in told["mapped"]] == [0, 1]
    assert told["likeness"]["source"] == min(face["likeness"]["source"] for face in told["mapped"])
    assert [(each["use"], each["used"]) for each in told["sources"]] == [("mapped", True)] * 2
    recipe = provenance.recipe_in(out.read_bytes())
    assert recipe is not None
    assert [list(line["face"]) for line in recipe["settings"]["map"]] == [["box"], ["box"]]
    settings = tmp_path / "recipe.json"
    settings.write_text(json.dumps(recipe), encoding="utf-8")
    again = run(both, ben, "--source", anna, "--recipe", settings, "-o", tmp_path / "again.png")
    assert again.returncode == 0, again.stderr
    first, second = (np.asarray(Image.open(file).convert("RGB")) for file in (out, tmp_path / "again.png"))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--map", "0=ANNA", "BEN"], "--map names the source photos"),
        (["--map", "0=ANNA", "--source", "BEN"], "--map names the source photos"),
        (["--map", "0=ANNA", "--target-face", "0"], "The map says already whose face comes where"),
        (["--map", "0=ANNA", "--source-photo", "0"], "source_photo cannot be chosen beside it"),
        (["--map", "0=ANNA", "--map", "0=BEN"], "Face 0 of the target is given two sources."),
        (["--map", "all=ANNA", "--map", "1=BEN"], "Face all of the target is given two sources."),
        (["--map", "ANNA"], "it must be like 0=anna.jpg"),
        (["--map", "first=ANNA"], "map.face is first"),
        (["--map", "0=gone.jpg"], "gone.jpg"),
        ([word for at in range(9) for word in ("--map", f"{at}={at}.jpg")], "There are 9 source photos; 8 is the most"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    arguments: list[str], line: str, photos: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both, anna, ben = map(str, photos)
    given = [each.replace("ANNA", anna).replace("BEN", ben) for each in arguments]
    assert main([both, *given, "-o", str(tmp_path / "out.png")]) == 2
    complaint = capsys.readouterr().err
    assert line in complaint
    assert complaint.count("\n") == 1


def test_a_face_that_is_not_there_is_told(photos: Files, tmp_path: Path) -> None:
    both, anna, _ = photos
    done = run(both, "--map", f"2={anna}", "-o", tmp_path / "out.png")
    assert done.returncode == 2
    assert "Face 2 was asked for, but the target photo has 2." in done.stderr
