"""Recipes hold what the published schema says, those of real jobs, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fusion import provenance
from fusion.declared import Consent
from fusion.face_setting import ALL, Mapped
from fusion.labels import Label
from fusion.marks import Claim, Origin
from fusion.memory import Rung, Step
from fusion.photos import Format
from fusion.provenance import Leaving
from fusion.settings import CHOICES, RANGES, RECIPE_FORMAT, Settings
from fusion.types import Box, Fill, Fit, Size, Switch, Tier
from fusion.worker import run_job
from tests.support import ROOT
from tests.support.fake_pipeline import FakePipeline
from tests.support.fixtures.photos import saved, scene

SCHEMA = json.loads((ROOT / "fusion" / "provenance" / "recipe.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def photos() -> run_job.Photos:
    data = saved(scene(200, 160), "PNG")
    return run_job.Reader().read_pair(data, data)


@pytest.fixture(scope="module")
def good(photos: run_job.Photos, tmp_path_factory: pytest.TempPathFactory) -> Json:
    return report(photos, tmp_path_factory.mktemp("good") / "a.png").recipe


def report(photos: run_job.Photos, path: Path, settings: Settings | None = None, **more: Any) -> run_job.Report:
    pipeline: Any = FakePipeline()
    return run_job.run(pipeline, photos, settings or Settings(), path, **more)


def wrong(recipe: Json) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(recipe)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format"] == {"const": RECIPE_FORMAT}


def test_the_schema_knows_every_setting_and_every_value_of_it() -> None:
    told = SCHEMA["$defs"]["settings"]["properties"]
    assert list(told) == [*SCHEMA["$defs"]["settings"]["required"], "map"]
    assert set(told) == set(Settings(map=(Mapped(0, 0),)).to_json())
    for name, values in CHOICES.items():
        assert told[name]["enum"] == [str(value) for value in values]
    for name, (low, high) in RANGES.items():
        bounds = told[name]["anyOf"][1] if name == "sharpen" else told[name]
        assert (bounds["minimum"], bounds["maximum"]) == (low, high)
    assert told["fill"]["enum"] == [str(value) for value in Fill]
    assert told["output"]["anyOf"][0]["enum"] == [str(value) for value in Tier]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
@pytest.mark.parametrize("label", [None, *Label])
def test_a_recipe_that_leaves_and_the_one_in_the_file_are_as_the_schema_says(
    photos: run_job.Photos, tmp_path: Path, name: str, label: Label | None
) -> None:
    consent = Consent("local", 1_700_000_000.0)
    made = report(photos, tmp_path / name, leaving=Leaving(label=label), consent=consent)
    assert wrong(made.recipe) == []
    inside = provenance.recipe_in((tmp_path / name).read_bytes())
    assert inside is not None
    assert wrong(inside) == []


@pytest.mark.parametrize(
    "settings",
    [
        Settings(ratio=0.5, sharpen=0.3, source_photo=1, output=Size(100, 640), fit=Fit.PAD),
        Settings(output=Tier.T1024, two_stage=Switch.OFF),
        Settings.from_json({"faces": {"target": 1, "source": {"box": [1, 2.5, 30, 40]}}}),
        Settings.from_json({"faces": {"target": {"by_size": 1}}}),
    ],
)
def test_whatever_was_asked_for_the_recipe_is_as_the_schema_says(
    photos: run_job.Photos, tmp_path: Path, settings: Settings
) -> None:
    steps = (Step(Rung.TIER, "2048", "1024"), Step(Rung.CPU, "cuda", "cpu"))
    several = replace(photos, others=(photos.source,))
    told = replace(photos.target, origin=Origin((Claim.AIGC, Claim.C2PA), True, "001122"))
    made = report(replace(several, target=told), tmp_path / "a.png", settings, steps=steps)
    assert made.recipe["target"]["origin"]["ai"]
    assert wrong(made.recipe) == []


def test_of_a_label_that_found_no_place_the_recipe_says_how_much_of_a_face_it_covers(
    photos: run_job.Photos, tmp_path: Path
) -> None:
    made = report(photos, tmp_path / "a.png")
    everywhere = (Box(0, 0, 200, 160),)
    parcel = provenance.packed(
        photos.target.pixels.copy(), Format.PNG, made.recipe, Leaving(label=Label.EN), faces=everywhere
    )
    assert 0 < parcel.recipe["label"]["covers_face"] < 0.5
    assert [notice.code for notice in parcel.notices] == ["label_over_face"]
    assert wrong(parcel.recipe) == []


def test_a_picture_of_an_older_version_leaves_with_a_recipe_as_the_schema_says(good: Json, tmp_path: Path) -> None:
    since = ("id", "consent", "label", "watermark", "signed")
    old = {key: value for key, value in good.items() if key not in since}
    (tmp_path / "output.png").write_bytes(saved(scene(200, 160), "PNG"))
    parcel = provenance.unpacked(tmp_path / "output.png", Format.JPEG, old, Leaving(), id="a1b2")
    assert wrong(old) != []
    assert wrong(parcel.recipe) == []


@trials(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_recipe_that_lacks_something_or_has_more_is_none(good: Json, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(good.keys() - {"notice"})))
    assert wrong({name: value for name, value in good.items() if name != key}) != []
    assert wrong({**good, data.draw(st.text(min_size=1).filter(lambda name: name not in good)): 1}) != []
    assert wrong({**good, key: {"nobody": "knows"}}) != []


@pytest.mark.parametrize(
    "change",
    [
        lambda recipe: recipe | {"id": "two words"},
        lambda recipe: recipe | {"format": 1},
        lambda recipe: recipe | {"made": "yesterday"},
        lambda recipe: recipe | {"label": {"text": "by hand", "box": [0, 0, 1, 1]}},
        lambda recipe: recipe | {"label": {"text": "AI-modified", "box": [0, 0, 1]}},
        lambda recipe: recipe | {"label": {"text": "AI-modified by hand", "box": [0, 0, 9, 9]}},
        lambda recipe: recipe | {"label": {"text": "AI-modified", "box": [0, 0, 9, 0]}},
        lambda recipe: recipe | {"label": {"text": "AI-modified", "box": [0, 0, 9, 0.5]}},
        lambda recipe: recipe | {"consent": {"by": "local", "at": "2026-11-27T Anna", "wording": "2026-11"}},
        lambda recipe: recipe | {"consent": {"by": "me@example.org", "at": recipe["made"], "wording": "2026-11"}},
        lambda recipe: recipe | {"target": recipe["target"] | {"name": "me.jpg"}},
        lambda recipe: recipe | {"target": recipe["target"] | {"sha256": "A" * 64}},
        lambda recipe: recipe | {"settings": recipe["settings"] | {"ratio": 1.5}},
        lambda recipe: recipe | {"settings": recipe["settings"] | {"output": [100, 63]}},
        lambda recipe: recipe | {"settings": recipe["settings"] | {"faces": {"target": -1, "source": "largest"}}},
        lambda recipe: recipe | {"notice": "Made by hand."},
        lambda recipe: recipe | {"signed": ""},
    ],
)
def test_a_recipe_that_says_something_else_is_none(good: Json, change: Callable[[Json], Json]) -> None:
    assert wrong(good) == []
    assert wrong(change(good)) != []


def test_the_recipe_of_several_faces_is_as_the_schema_says(photos: run_job.Photos, tmp_path: Path) -> None:
    lines = (Mapped(ALL, 0),), (Mapped(Box(1.0, 2.0, 30.0, 40.0), 0), Mapped(1, 3, Box(1.0, 2.0, 3.0, 4.0)))
    for at, each in enumerate(lines):
        made = report(photos, tmp_path / f"{at}.png", Settings(map=each)).recipe
        assert wrong(made) == []
        assert Settings.loads(json.dumps(made)).map == each
    assert wrong({**made, "settings": {**made["settings"], "map": []}}) != []
