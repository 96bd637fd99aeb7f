"""What is kept of a large result, and what is taken for the recipe of one."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.diagnosis import case
from fusion.photos import Format, Photo, encode
from fusion.sizing import Rect


def test_of_a_large_result_the_face_and_its_surroundings_alone_are_kept() -> None:
    pixels = np.full((3000, 4000, 3), 200, np.uint8)
    found = case._around(Rect(1500, 900, 400, 600), pixels)
    assert found.shape == pixels.shape
    assert int((found[..., 0] > 0).sum()) == (600 + 2 * 768) * (400 + 2 * 768)
    assert (found[900:1500, 1500:1900] == 200).all()
    assert case._around(Rect(0, 0, 9, 9), pixels[:900]).all()


@pytest.mark.parametrize("recipe", ["{}", '{"settings": 1}', '{"settings": {"ratio": 9}}', '{"settings": {}}', "[]"])
def test_a_recipe_that_somebody_has_written_is_no_recipe(recipe: str, target: Photo) -> None:
    assert case.run_in(encode(target.pixels, Format.PNG, metadata={"Fusewise": recipe})) is None
