"""Settings on the command line: preset, recipe and flags, and which face is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.cli.commands import main
from fusion.cli.options import gather
from fusion.errors import SettingsInvalid
from fusion.face_setting import FaceChoice
from fusion.settings import Preset, Settings
from fusion.types import Box, Fit, Mode, Size, Tier
from tests.support.fixtures.photos import admiral, astronaut

Files = tuple[Path, Path]


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def written(data: dict[str, Any]) -> Path:
        path = tmp_path / "recipe.json"
        path.write_text(json.dumps(data))
        return path

    return written


Recipe = Callable[[dict[str, Any]], Path]


def test_the_preset_comes_first_then_the_recipe_then_the_flags(recipe: Recipe) -> None:
    path = recipe({"ratio": 0.2, "skin_smoothing": 0.1})
    settings = gather(Preset.ART, path, {"skin_smoothing": 0.9, "ratio": None}, {})
    assert settings == Settings(mode=Mode.BLEND, output=Tier.T1024, saturation=0.2, ratio=0.2, skin_smoothing=0.9)


def test_a_whole_recipe_leaves_nothing_to_the_preset(recipe: Recipe) -> None:
    assert gather(Preset.ART, recipe({"settings": Settings().to_json()}), {}, {}) == Settings()


def test_the_alias_in_a_recipe_wins_over_the_preset_and_loses_to_a_flag(recipe: Recipe) -> None:
    path = recipe({"output_resolution": [1024, 1792]})
    merged = gather(Preset.SOCIAL, path, {}, {})
    assert (merged.output, merged.fit) == (Size(1024, 1792), Fit.PAD)
    assert gather(None, path, {"output": [512, 640]}, {}).output == Size(512, 640)


def test_a_flag_that_was_not_given_leaves_what_the_recipe_says_of_unfit_pairs(recipe: Recipe) -> None:
    path = recipe({"anyway": True})
    assert gather(None, path, {"anyway": None}, {}).anyway
    assert not gather(None, path, {"anyway": False}, {}).anyway


def test_one_chosen_face_leaves_the_other_as_it_was(recipe: Recipe) -> None:
    path = recipe({"faces": {"target": 3, "source": 1}})
    assert gather(None, path, {}, {"source": 2}).faces == FaceChoice(3, 2)


def test_a_face_may_be_given_by_its_box(recipe: Recipe) -> None:
    box = Box(10, 20.5, 110, 140)
    for text in ("10,20.5,110,140", "[10, 20.5, 110, 140]"):
        assert gather(None, None, {}, {"target": text}).faces.target == box
    assert gather(None, recipe({"faces": {"target": {"box": [10, 20.5, 110, 140]}}}), {}, {}).faces.target == box
    for text in ("10,20,110", "10,20,110,x", "110,20,10,140", "nan,20,110,140"):
        with pytest.raises(SettingsInvalid, match=r"or a box \[left, top, right, bottom\]"):
            gather(None, None, {}, {"target": text})


def test_faces_are_counted_from_left_to_right_and_the_recipe_keeps_where_the_chosen_one_is(
    tmp_path: Path, sample_files: Files, capfd: pytest.CaptureFixture[str]
) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()  # the larger one on the right
    photo = tmp_path / "both.png"
    Image.fromarray(both).save(photo)
    used = {}
    for face in ("largest", "0", "1"):
        asked = [str(photo), str(sample_files[1]), "-o", str(tmp_path / f"{face}.png"), "--target-face", face]
        assert main([*asked, "--output", "512", "--json"]) == 0
        used[face] = json.loads(capfd.readouterr().out)
        (notice,) = [each for each in used[face]["notices"] if each["code"] == "several_faces"]
        assert notice["details"]["index"] == (face != "0")
    left, right = (used[face]["faces"]["target"]["box"] for face in ("0", "1"))
    assert left[2] < 512 < right[0]
    assert used["largest"]["faces"]["target"]["box"] == right
    assert used["largest"]["settings"]["faces"] == {"target": "largest", "source": "largest"}
    assert used["0"]["settings"]["faces"]["target"] == {"box": left}


def test_an_index_of_a_face_that_is_too_large_for_a_number_is_refused() -> None:
    with pytest.raises(SettingsInvalid):
        gather(None, None, {}, {"target": "9" * 3 + "x"})
