"""Presets of one's own, on the page Fuse."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from fusion.own_presets import MOST, OwnPreset
from fusion.settings import Settings
from pages.parts.server.visitor import LOCAL
from pages.parts.services import services
from tests.support.app_driver import desk, has_button, press, run, session, texts, with_samples

MARKED = "*my* [look](x)"


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    services.jobs().own_presets.forget(None)


def saved(at: AppTest, name: str) -> AppTest:
    at.text_input(key="own_name").set_value(name)
    run(at)
    return press(at, "own_save")


def kept(at: AppTest) -> dict[str, OwnPreset]:
    return {preset.name: preset for preset in desk(at).queue.own_presets.listed(LOCAL)}


def test_what_is_set_is_kept_under_a_name_and_set_again_in_one_press() -> None:
    at = with_samples(session())
    advised = at.session_state["set_output"]
    at.slider(key="set_ratio").set_value(0.45)
    at.slider(key="set_brightness").set_value(0.15)
    saved(at, f"  {MARKED} ")
    (preset,) = kept(at).values()
    assert preset.settings == Settings(ratio=0.45, brightness=0.15)
    assert "output" not in preset.body, "nobody has set a size"
    assert at.button(key="own_0").label == r"\*my\* \[look\]\(x\)", "a name is no Markdown"
    assert at.button(key="own_0").proto.type == "primary"
    press(at, "reset")
    assert at.button(key="own_0").proto.type == "secondary"
    press(at, "own_0")
    assert at.slider(key="set_ratio").value == 0.45
    assert at.session_state["set_output"] == advised
    assert at.button(key="undo").label == r"Undo: preset \*my\* \[look\]\(x\)"
    assert "Changed since" not in texts(at)
    at.slider(key="set_ratio").set_value(0.5)
    assert r"Changed since “\*my\* \[look\]\(x\)”" in texts(run(at))


def test_sizes_that_were_set_by_hand_are_kept_too_and_bind_again() -> None:
    at = with_samples(session())
    at.selectbox(key="set_output").select("2048")
    saved(run(at), "large")
    assert kept(at)["large"].body["output"] == "2048"
    press(at, "reset")
    assert at.session_state["set_output"] != "2048"
    press(at, "own_0")
    assert at.session_state["set_output"] == "2048"
    assert desk(at).wishes.pinned == {"output"}


def test_one_is_overwritten_only_when_asked_renamed_deleted_and_brought_back() -> None:
    at = saved(run(session()), "a")
    at.slider(key="set_ratio").set_value(0.3)
    saved(run(at), "a")
    assert kept(at)["a"].settings.ratio == 0.7
    assert "There is a preset called “a” already." in texts(at)
    press(at, "own_overwrite")
    assert kept(at)["a"].settings.ratio == 0.3
    assert not has_button(at, "own_overwrite")
    at.text_input(key="own_new_name").set_value("b")
    press(run(at), "own_rename")
    assert list(kept(at)) == ["b"]
    assert at.button(key="own_0").proto.type == "primary", "it is still the one that is on"
    press(at, "own_delete")
    assert (kept(at), has_button(at, "own_0")) == ({}, False)
    press(at, "own_back")
    assert kept(at)["b"].settings.ratio == 0.3


def test_why_one_cannot_be_kept_is_said() -> None:
    at = saved(run(session()), "   ")
    assert "That is no name for a preset." in texts(at)
    for number in range(MOST):
        desk(at).queue.own_presets.keep(LOCAL, OwnPreset(str(number), {}))
    saved(at, "one more")
    assert "Delete one of them first." in texts(at)


def test_what_is_exported_can_be_imported() -> None:
    at = run(session())
    at.slider(key="set_saturation").set_value(0.25)
    saved(run(at), "vivid")
    file = json.dumps(dict(kept(at)["vivid"].body)).encode()
    other = run(session())
    other.file_uploader(key="import_0").upload("vivid.json", file)
    assert run(other).slider(key="set_saturation").value == 0.25
    assert has_button(other, "own_0"), "a preset is its owner's, in whichever tab"


def test_a_built_in_preset_says_when_something_was_changed_since() -> None:
    at = press(run(session()), "preset_restoration")
    assert "Changed since" not in texts(at)
    at.slider(key="set_ratio").set_value(0.65)
    assert "Changed since “Soft and bright”" in texts(run(at))


def test_whoever_has_nothing_but_a_preset_can_delete_that_with_everything() -> None:
    desk(run(session())).queue.purge(None)
    at = session()
    run(at).switch_page("pages/studio/history.py")
    assert run(at).button(key="purge").disabled
    services.jobs().own_presets.keep(LOCAL, OwnPreset("a", {}))
    press(run(at), "purge")
    press(at, "purge_sure")
    assert services.jobs().own_presets.count(None) == 0
