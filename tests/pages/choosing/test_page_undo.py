"""The way back from the last change of a setting, on the page Fuse."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from fusion.settings import PRESETS, Preset
from tests.support.app_driver import desk, press, run, session, with_samples


def label(at: AppTest, key: str = "undo") -> str:
    button = at.button(key=key)
    assert button.disabled == (button.label in ("Undo", "Redo", "撤销", "重做"))
    return button.label


def test_a_change_is_taken_back_and_made_again_and_says_which() -> None:
    at = run(session())
    assert (label(at), label(at, "redo")) == ("Undo", "Redo")
    at.slider(key="set_ratio").set_value(0.9)
    assert label(run(at)) == "Undo: Fusion ratio 0.70 → 0.90"
    at.segmented_control(key="set_mode").set_value("blend")
    assert label(run(at)) == "Undo: Fusion mode Normal → Blend"
    press(at, "undo")
    assert at.session_state["set_mode"] == "normal"
    assert label(press(at, "undo")) == "Undo"
    assert at.slider(key="set_ratio").value == 0.7
    assert label(at, "redo") == "Redo: Fusion ratio 0.70 → 0.90"
    assert label(press(at, "redo"), "redo") == "Redo: Fusion mode Normal → Blend"
    assert at.slider(key="set_ratio").value == 0.9


def test_a_preset_and_a_reset_are_one_step_each_and_sizes_stay_advised() -> None:
    at = with_samples(session())
    assert label(at) == "Undo", "what Fusewise has chosen for the photos is nobody's change"
    advised = at.session_state["set_output"]
    press(at, "preset_social")
    assert label(at) == "Undo: preset Social"
    press(at, "reset")
    assert label(at) == "Undo: Reset"
    press(at, "undo")
    assert at.slider(key="set_ratio").value == PRESETS[Preset.SOCIAL]["ratio"]
    assert desk(at).wishes.intent == "social"
    press(at, "undo")
    assert desk(at).wishes.intent == "auto"
    assert at.session_state["set_output"] == advised
    assert desk(at).wishes.pinned == frozenset()


def test_a_size_that_was_set_by_hand_is_given_back_and_set_again() -> None:
    at = with_samples(session())
    advised = at.session_state["set_output"]
    at.selectbox(key="set_output").select("2048")
    assert desk(run(at)).wishes.pinned == {"output"}
    assert label(at).startswith("Undo: Output resolution Automatic → 2048")
    press(at, "undo")
    assert (at.session_state["set_output"], desk(at).wishes.pinned) == (advised, frozenset())
    press(at, "redo")
    assert at.session_state["set_output"] == "2048"
    assert desk(at).wishes.pinned == {"output"}


def test_it_is_said_in_the_pages_language_and_survives_another_page() -> None:
    at = session()
    at.context = {"locale": "zh-CN"}
    run(at).slider(key="set_ratio").set_value(0.4)
    assert label(run(at)) == "撤销：融合比例 0.70 → 0.40"
    at.switch_page("pages/studio/batch.py")
    run(at).switch_page("pages/studio/fuse.py")
    assert label(run(at)) == "撤销：融合比例 0.70 → 0.40"
