"""The settings of the Fuse page, as widgets, presets and files."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from fusion.settings import PRESETS, Preset, Settings
from fusion.types import FacialHair, Fill, Glasses, Mode, Size, Switch, Tier
from pages.parts.fuse import settings_form
from tests.support.app_driver import run, session, texts, with_samples
from tests.support.pages.advice import headline


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return session()


@pytest.mark.parametrize("preset", list(Preset))
def test_a_preset_sets_its_exact_values(app: AppTest, preset: Preset) -> None:
    run(app).button(key=f"preset_{preset}").click()
    run(app)
    state = app.session_state
    for name, value in PRESETS[preset].items():
        meant = Tier.AUTO if name == "output" else value  # as much of its size as the photos hold is advised
        assert state[f"set_{name}"] == meant, name


def test_two_presets_do_not_add_up_and_reset_undoes_both(app: AppTest) -> None:
    run(app).button(key="preset_art").click()
    run(app).button(key="preset_social").click()
    run(app)
    assert app.session_state["set_mode"] == Mode.NORMAL
    assert app.session_state["set_saturation"] == 0.0
    app.button(key="reset").click()
    run(app)
    assert app.session_state["set_ratio"] == Settings().ratio
    assert app.session_state["set_output"] == Tier.AUTO


def test_the_size_that_will_come_out_is_said(app: AppTest) -> None:
    with_samples(app).selectbox(key="set_output").select("1024")
    assert headline(run(app)).startswith("1024×1024 ")
    app.selectbox(key="set_output").select(settings_form.CUSTOM)
    run(app).number_input(key="set_width").set_value(800)
    app.number_input(key="set_height").set_value(600)
    app.segmented_control(key="set_fit").set_value("pad")
    assert headline(run(app)).startswith("800×600 ")


@pytest.mark.parametrize(
    "settings",
    [
        Settings(ratio=0.35, mode=Mode.OVERLAY, sharpen=0.55, output=Size(640, 960)),
        Settings().with_preset(Preset.ART),
        Settings(glasses=Glasses.NONE, facial_hair=FacialHair.TARGET, mirror=Switch.OFF, fill=Fill.BLUR, anyway=True),
    ],
)
def test_settings_come_back_from_the_file_that_they_were_saved_to(app: AppTest, settings: Settings) -> None:
    recipe = {"fusewise": "0.1.0", "settings": settings.to_json()}
    run(app).file_uploader(key="import_0").upload("recipe.json", json.dumps(recipe).encode())
    run(app)
    assert "Settings taken from recipe.json" in texts(app)
    state = app.session_state
    assert state["set_ratio"] == settings.ratio
    assert state["set_mode"] == settings.mode
    assert state["set_output"] == (settings_form.CUSTOM if isinstance(settings.output, Size) else settings.output)
    assert state["set_sharpen_auto"] == (settings.sharpen is None)
    for name in ("glasses", "facial_hair", "mirror", "fill", "anyway"):
        assert state[f"set_{name}"] == getattr(settings, name), name


def test_a_choice_is_told_to_the_browser_again_in_another_language(app: AppTest) -> None:
    def told() -> tuple[bool, str]:
        box = run(app).selectbox(key="set_aspect").proto
        return box.set_value, box.options[0]

    told()
    assert told() == (False, "Automatic")
    app.segmented_control(key="lang").set_value("zh")
    assert told() == (True, "自动")
    assert told() == (False, "自动")


def test_the_fill_is_asked_for_where_there_is_something_to_fill(app: AppTest) -> None:
    assert "set_fill" not in [box.key for box in run(app).selectbox]
    app.segmented_control(key="set_fit").set_value("pad")
    run(app).selectbox(key="set_fill").select("blur")
    run(app).segmented_control(key="set_fit").set_value("keep")
    run(app)
    app.segmented_control(key="set_fit").set_value("pad")
    assert run(app).selectbox(key="set_fill").value == "blur"


@pytest.mark.parametrize(
    ("language", "data", "message"),
    [
        ("en", b"{", "The settings are not valid JSON."),
        ("en", b'{"ratio": 7}', "ratio is 7; it must be between 0 and 1."),
        ("zh", b'{"ratio": 7}', "ratio 的值为 7，应为 0 到 1 之间的数。"),
    ],
)
def test_settings_that_are_wrong_are_explained_and_nothing_changes(
    app: AppTest, language: str, data: bytes, message: str
) -> None:
    app.context = {"locale": language}
    run(app).file_uploader(key="import_0").upload("settings.json", data)
    run(app)
    assert message in app.error[0].value
    assert app.session_state["set_ratio"] == Settings().ratio


def test_every_setting_has_help(app: AppTest) -> None:
    run(app).selectbox(key="set_output").select(settings_form.CUSTOM)
    run(app)
    kinds = (app.slider, app.selectbox, app.number_input, app.toggle, app.get("segmented_control"))
    widgets = [widget for kind in kinds for widget in kind if widget.key != "lang"]
    assert len(widgets) >= 13
    assert not [widget.key for widget in widgets if not widget.help]
