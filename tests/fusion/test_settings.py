"""Settings: what they accept, how they travel, and the scenarios."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.errors import SettingsInvalid
from fusion.face_setting import LARGEST, BySize, FaceChoice
from fusion.notices import NOTICES, Notice
from fusion.settings import FINISHING, MAX_SIDE, PRESETS, RANGES, RECIPE_FORMAT, Preset, Settings
from fusion.types import Aspect, Box, EngineName, FacialHair, Fill, Fit, Glasses, Mode, Precision, Size, Switch, Tier

sides = st.integers(64, MAX_SIDE)
edges = st.floats(-1_000_000, 1_000_000)
boxes = st.builds(Box, edges, edges, edges, edges).filter(lambda box: box.width > 0 and box.height > 0 and box.area > 0)
choices = st.one_of(st.just(LARGEST), st.integers(0, 99), boxes, st.builds(BySize, st.integers(0, 99)))
halves = st.floats(-0.5, 0.5)
any_settings = st.builds(
    Settings,
    engine=st.sampled_from(EngineName),
    ratio=st.floats(0, 1),
    mode=st.sampled_from(Mode),
    glasses=st.sampled_from(Glasses),
    facial_hair=st.sampled_from(FacialHair),
    mirror=st.sampled_from(Switch),
    skin_smoothing=st.floats(0, 1),
    brightness=halves,
    contrast=halves,
    saturation=halves,
    sharpen=st.one_of(st.none(), st.floats(0, 1)),
    output=st.one_of(st.sampled_from(Tier), st.builds(Size, sides, sides)),
    aspect=st.sampled_from(Aspect),
    fit=st.sampled_from(Fit),
    fill=st.sampled_from(Fill),
    two_stage=st.sampled_from(Switch),
    precision=st.sampled_from(Precision),
    anyway=st.booleans(),
    faces=st.builds(FaceChoice, choices, choices),
)


@given(any_settings)
def test_settings_survive_the_way_through_json(settings: Settings) -> None:
    assert Settings.loads(json.dumps(settings.to_json())) == settings


@given(any_settings)
def test_settings_are_found_in_a_recipe(settings: Settings) -> None:
    recipe = {"fusewise": "1", "format": RECIPE_FORMAT, "settings": settings.to_json()}
    assert Settings.loads(json.dumps(recipe)) == settings
    assert Settings.loads(json.dumps({"settings": settings.to_json()})) == settings


def test_in_a_recipe_from_before_faces_were_counted_from_the_left_an_index_is_a_rank_in_size() -> None:
    old = Settings(faces=FaceChoice(1, LARGEST)).to_json()
    recipe = {"fusewise": "0.1.0", "settings": old}
    assert Settings.loads(json.dumps(recipe)).faces == FaceChoice(BySize(1), LARGEST)
    assert Settings.loads(json.dumps(recipe | {"format": RECIPE_FORMAT})).faces == FaceChoice(1, LARGEST)
    assert Settings.loads(json.dumps(old)).faces == FaceChoice(1, LARGEST), "a settings file is written by hand"


@pytest.mark.parametrize("settings", [{}, {"faces": 3}, {"faces": {"target": True}}, {"ratio": "high"}])
def test_an_old_recipe_is_as_good_as_its_settings(settings: dict[str, Any]) -> None:
    def said(data: dict[str, Any]) -> object:
        try:
            return Settings.loads(json.dumps(data))
        except SettingsInvalid as error:
            return error.message

    assert said({"fusewise": "0.1.0", "settings": settings}) == said(settings)


@pytest.mark.parametrize("box", [[1, 2, 30, 40], {"box": [1, 2, 30, 40]}, {"box": (1.0, 2.0, 30.0, 40.0)}])
def test_a_face_may_be_chosen_by_its_box(box: Any) -> None:
    settings = Settings.from_json({"faces": {"source": box}})
    assert settings.faces == FaceChoice(LARGEST, Box(1, 2, 30, 40))
    assert settings.to_json()["faces"] == {"target": "largest", "source": {"box": [1, 2, 30, 40]}}


def test_what_is_left_out_keeps_its_default() -> None:
    assert Settings.from_json({"ratio": 0.2}) == Settings(ratio=0.2)
    assert Settings.from_json({}) == Settings()


def test_a_recipe_from_before_shapes_had_names_still_loads() -> None:
    old = {key: value for key, value in Settings(output=Tier.T1024, fit=Fit.PAD).to_json().items() if key != "aspect"}
    assert Settings.from_json(old) == Settings(output=Tier.T1024, fit=Fit.PAD)


@pytest.mark.parametrize("aspect", ["auto", "original", "1:1", "3:4", "4:3", "2:3", "3:2", "9:16", "16:9"])
def test_a_shape_goes_by_its_name(aspect: str) -> None:
    assert Settings.from_json({"aspect": aspect}).aspect == aspect


def test_a_colour_is_spelt_both_ways_and_written_in_one() -> None:
    for spelling in ("colour", "color"):
        assert Settings.from_json({"fill": spelling}).to_json()["fill"] == "colour"


def test_a_recipe_from_before_glasses_were_a_choice_still_loads() -> None:
    new = {"glasses", "facial_hair", "mirror", "fill", "anyway"}
    old = {key: value for key, value in Settings(ratio=0.4).to_json().items() if key not in new}
    assert Settings.from_json(old) == Settings(ratio=0.4)


def test_the_defaults_are_those_of_the_design() -> None:
    assert Settings().to_json() == {
        "engine": "auto",
        "ratio": 0.7,
        "mode": "normal",
        "glasses": "auto",
        "facial_hair": "auto",
        "mirror": "auto",
        "source_photo": "auto",
        "skin_smoothing": 0.4,
        "brightness": 0.0,
        "contrast": 0.0,
        "saturation": 0.0,
        "sharpen": "auto",
        "output": "auto",
        "aspect": "auto",
        "fit": "keep",
        "fill": "auto",
        "two_stage": "auto",
        "precision": "auto",
        "anyway": False,
        "faces": {"target": "largest", "source": "largest"},
    }


@pytest.mark.parametrize("key", ["smoothing", "Ratio", "", "output_size"])
def test_an_unknown_key_is_an_error_that_names_it(key: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_json({key: 1})
    assert caught.value.reason == "setting_unknown"
    assert caught.value.details["key"] == key
    assert "skin_smoothing" in caught.value.remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ratio", 1.01),
        ("ratio", -0.01),
        ("ratio", "0.5"),
        ("ratio", True),
        ("ratio", None),
        ("ratio", float("nan")),
        ("skin_smoothing", 2),
        ("brightness", 0.6),
        ("contrast", -0.6),
        ("saturation", float("inf")),
        ("sharpen", "some"),
        ("sharpen", 1.5),
        ("engine", "magic"),
        ("mode", "multiply"),
        ("aspect", "9x16"),
        ("aspect", "5:4"),
        ("aspect", None),
        ("fit", "stretch"),
        ("fill", "stretch"),
        ("glasses", "mine"),
        ("facial_hair", "none"),
        ("mirror", True),
        ("anyway", "yes"),
        ("anyway", 1),
        ("two_stage", True),
        ("precision", "int8"),
        ("output", "3000"),
        ("output", None),
        ("output", [512]),
        ("output", [512, 512, 3]),
        ("output", [512, 63]),
        ("output", [512, MAX_SIDE + 1]),
        ("output", [512.5, 512]),
        ("output", ["512", "512"]),
        ("faces", "largest"),
        ("faces", {"target": -1}),
        ("faces", {"target": 1.5}),
        ("faces", {"source": "smallest"}),
        ("faces", {"source": True}),
        ("faces", {"source": None}),
        ("faces", {"target": [1, 2, 3]}),
        ("faces", {"target": [1, 2, 3, 4, 5]}),
        ("faces", {"target": [10, 10, 10, 20]}),
        ("faces", {"target": [10, 10, 20, 5]}),
        ("faces", {"target": [0, 0, "9", 9]}),
        ("faces", {"target": [0, 0, True, 9]}),
        ("faces", {"target": [0, 0, float("nan"), 9]}),
        ("faces", {"target": [0, 0, float("inf"), 9]}),
        ("faces", {"target": [0, 0, 10**400, 9]}),
        ("faces", {"target": {"box": 3}}),
        ("faces", {"target": {"box": [0, 0, 9]}}),
        ("faces", {"target": {"box": [0, 0, 9, 9], "by_size": 1}}),
        ("faces", {"target": {"left": 0, "top": 0, "right": 9, "bottom": 9}}),
        ("faces", {"source": {"by_size": -1}}),
        ("faces", {"source": {"by_size": "largest"}}),
    ],
)
def test_a_wrong_value_is_an_error_that_names_the_setting(key: str, value: Any) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_json({key: value})
    assert str(caught.value.details["key"]).startswith(key)
    assert caught.value.details["allowed"]


def test_an_unknown_photo_in_faces_is_an_error() -> None:
    with pytest.raises(SettingsInvalid, match=r"faces\.third"):
        Settings.from_json({"faces": {"third": 0}})


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '"auto"', b"\xff\xfe\x00"])
def test_what_is_no_json_object_is_no_settings(text: str | bytes) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.loads(text)
    assert caught.value.reason == "setting_not_json"


@pytest.mark.parametrize(("keep", "fit"), [(True, Fit.PAD), (False, Fit.CROP)])
def test_the_alias_asks_for_exactly_that_size(keep: bool, fit: Fit) -> None:
    settings = Settings.from_json({"output_resolution": [1024, 1792], "preserve_aspect_ratio": keep})
    assert settings == Settings(output=Size(1024, 1792), fit=fit)


def test_the_alias_wants_true_or_false() -> None:
    with pytest.raises(SettingsInvalid, match="preserve_aspect_ratio"):
        Settings.from_json({"output_resolution": [1024, 1792], "preserve_aspect_ratio": "yes"})


def test_the_scenarios_are_exact() -> None:
    neutral = Settings()
    assert neutral.with_preset(Preset.SOCIAL) == Settings(
        output=Tier.T512, ratio=0.5, skin_smoothing=0.4, brightness=0.1, contrast=0.05
    )
    assert neutral.with_preset(Preset.ART) == Settings(
        output=Tier.T1024, ratio=0.7, mode=Mode.BLEND, skin_smoothing=0.3, saturation=0.2
    )
    assert neutral.with_preset(Preset.RESTORATION) == Settings(
        output=Tier.T2048, ratio=0.6, skin_smoothing=0.6, brightness=0.15, contrast=0.1
    )
    assert set(PRESETS) == set(Preset)


@pytest.mark.parametrize("last", list(Preset))
@pytest.mark.parametrize("first", list(Preset))
def test_two_scenarios_never_add_up(first: Preset, last: Preset) -> None:
    assert Settings().with_preset(first).with_preset(last) == Settings().with_preset(last)


def test_a_scenario_leaves_alone_what_depends_on_the_photos() -> None:
    mine = Settings(
        engine=EngineName.LANDMARK,
        faces=FaceChoice(1, 2),
        sharpen=0.3,
        glasses=Glasses.NONE,
        facial_hair=FacialHair.TARGET,
        mirror=Switch.OFF,
        fill=Fill.BLUR,
        anyway=True,
    )
    look = PRESETS[Preset.ART]
    assert mine.with_preset(Preset.ART) == replace(mine, **look)
    assert not set(look) & {"engine", "faces", "sharpen", "glasses", "facial_hair", "mirror", "fill", "anyway"}


def test_live_settings_are_settings_with_a_range() -> None:
    assert set(FINISHING) <= set(RANGES)
    for name in FINISHING:
        low, high = RANGES[name]
        for value in (low, high):
            changes: dict[str, Any] = {name: value}
            replace(Settings(), **changes)


def test_a_notice_tells_its_code_its_numbers_and_a_sentence() -> None:
    notice = Notice("yaw_differs", {"degrees": 41.6})
    assert notice.to_json() == {
        "code": "yaw_differs",
        "details": {"degrees": 41.6},
        "text": "The heads are turned 42° apart: over 30° the result looks wrong.",
    }


def test_every_notice_is_one_sentence_or_two() -> None:
    for code, sentence in NOTICES.items():
        assert sentence.endswith((".", "{remedy}")), code
