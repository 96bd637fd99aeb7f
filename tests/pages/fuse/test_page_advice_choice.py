"""The guided Fuse page: what a choice of one's own does to the advice, and what the browser sends late."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fusion.settings import Settings
from fusion.types import EngineName, Switch, Tier
from pages.parts.components import fields
from pages.parts.session.pins import Wishes, pinned_by
from tests.support.app_driver import desk, has_button, press, run, texts, with_samples
from tests.support.pages.advice import app_settings, choose, desk_bytes, headline

GIB = 1 << 30
Memory = Callable[[float], None]


# A choice of one's own


def test_a_change_by_hand_is_judged_at_once(app: AppTest, memory: Memory) -> None:
    memory(8)
    said = texts(choose(with_samples(app), "output", "4096"))
    assert headline(app).startswith("4096×4096 takes about")
    assert headline(app).endswith(", but the face will be soft.")
    assert "Fusewise would choose 512×512." in said.replace("\u00a0", "")
    assert "4096×4096 · two-stage · Landmark" in said
    assert "GiB more" in said
    assert "× the time" in said
    assert "more detail in the face" not in said, "which a face that is blown up has not"
    assert "at 4096×4096 it is enlarged 4.1×" in said
    assert "What helps: a source photo with a larger face, a larger target photo." in said
    assert desk(app).wishes.pinned == {"output"}


def test_one_click_goes_back_to_what_is_recommended(app: AppTest) -> None:
    choose(with_samples(app), "output", "4096").slider(key="set_ratio").set_value(0.55)
    run(app).segmented_control(key="set_two_stage").set_value("off")
    assert "Set by hand: Output resolution, Two-stage" in texts(run(app))
    assert app.button(key="recommendation").help == ("Leaves these to Fusewise again: Output resolution, Two-stage.")
    press(app, "recommendation")
    assert app.session_state["set_output"] == Tier.AUTO
    assert app.session_state["set_two_stage"] == "auto"
    assert app.session_state["set_ratio"] == 0.55
    assert headline(app).startswith("512×512 takes")
    assert "Set by hand" not in texts(app)
    assert not has_button(app, "recommendation")


def test_automatic_leaves_it_to_the_advisor(app: AppTest) -> None:
    choose(with_samples(app), "output", "2048")
    assert app.selectbox(key="set_output").options[0] == "Automatic · 512 × 512", "what it would be"
    choose(app, "output", "auto")
    assert app_settings(app).output == Tier.ORIGINAL
    assert "Set by hand" not in texts(app)


def test_what_is_pinned_stays_and_the_rest_is_advised(app: AppTest) -> None:
    assert app_settings(choose(with_samples(app), "output", "4096")).two_stage == Switch.ON
    assert app.segmented_control(key="set_two_stage").options[0] == "Automatic · On"
    run(app).segmented_control(key="set_two_stage").set_value("off")
    assert "4096×4096 · one stage" in texts(run(app))
    assert app.session_state["set_two_stage"] == "off"
    assert desk(app).wishes.pinned == {"output", "two_stage"}


def test_a_choice_that_may_not_fit_says_so_and_offers_what_does(app: AppTest, memory: Memory) -> None:
    memory(8)
    with_samples(app)
    need = desk_bytes(app, "2048×2048")
    memory((need - 1) / GIB)
    said = texts(choose(app, "output", "2048"))
    assert "May not fit" in said
    assert f"of {(need - 1) // (GIB / 10) / 10:.1f} GiB that may be used" in said
    assert "This may not fit into the memory that is free now; then it is made in smaller steps." in said
    assert app.button(key="fit").label == app.button(key="fit_beside").label == "Use 1024×1024"
    press(app, "fit_beside")
    assert app.session_state["set_output"] == Tier.T1024
    assert "not fit into" not in texts(app)
    assert not has_button(app, "fit")


def test_a_choice_that_does_not_fit_is_told_from_one_that_may(app: AppTest, memory: Memory) -> None:
    memory(8)
    with_samples(app)
    memory(0.7 * desk_bytes(app, "2048×2048") / GIB)
    said = texts(choose(app, "output", "2048"))
    assert "Does not fit" in said
    assert "This does not fit into the memory that is free now." in said


def test_settings_from_a_file_are_pinned(app: AppTest) -> None:
    with_samples(app).file_uploader(key="import_0").upload(
        "settings.json", json.dumps({"output_resolution": [640, 960], "two_stage": "auto"}).encode()
    )
    assert headline(run(app)).startswith("640×960")
    assert desk(app).wishes.pinned == {"output", "fit"}
    assert app.session_state["set_fit"] == "pad"


def test_a_shape_of_ones_own_says_what_becomes_of_the_photo(app: AppTest) -> None:
    assert "16:9" not in texts(choose(with_samples(app), "aspect", "9:16"))
    assert "keep makes" in texts(app)


# What the browser sends late


OLD, NEW = Settings(output=Tier.T4096), Settings(output=Tier.ORIGINAL)


def replaced() -> Wishes:
    """Of a session whose page has just put the new settings in place of the old ones."""
    wishes = Wishes(shown=OLD)
    wishes.show(NEW, OLD)
    return wishes


def test_what_the_page_has_just_replaced_is_no_choice(app: AppTest) -> None:
    choose(with_samples(app), "output", "4096")
    press(run(app), "recommendation")
    assert choose(app, "output", "4096").session_state["set_output"] == Tier.AUTO
    assert not desk(app).wishes.pinned
    assert choose(run(app), "output", "4096").session_state["set_output"] == Tier.T4096
    assert desk(app).wishes.pinned == {"output"}


def test_a_late_value_is_not_heard_but_any_other_is() -> None:
    wishes = replaced()
    assert wishes.hear(OLD) == NEW
    assert not wishes.pinned
    assert wishes.hear(replace(OLD, output=Tier.T2048)).output == Tier.T2048
    assert wishes.pinned == {"output"}


def test_once_the_browser_has_sent_all_that_is_shown_nothing_is_late() -> None:
    wishes = replaced()
    wishes.check(NEW)
    wishes.hear(NEW)
    assert wishes.hear(OLD) == OLD
    assert wishes.pinned == {"output"}


def test_the_run_that_sets_the_widgets_does_not_speak_for_the_browser() -> None:
    wishes = replaced()
    wishes.check(NEW)
    assert wishes.hear(OLD) == NEW
    wishes.check(NEW)
    assert wishes.hear(OLD) == OLD


def test_a_preset_and_the_advice_in_one_run_replace_what_was_before_both() -> None:
    wishes = replaced()
    wishes.hear(NEW)
    wishes.show(Settings(output=Tier.T512), NEW)
    wishes.check(Settings(output=Tier.T512))
    assert wishes.hear(OLD).output == wishes.hear(NEW).output == Tier.T512


def test_after_a_while_nothing_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.pins.LATE_SECONDS", 0.0)
    assert replaced().hear(OLD) == OLD


def test_a_run_that_the_page_asked_for_tells_of_no_choice() -> None:
    wishes = Wishes(shown=NEW, is_ours=True)
    assert wishes.hear(OLD) == NEW
    assert wishes.hear(OLD) == OLD


def test_what_is_automatic_stands_for_the_advice_until_something_else_is_set() -> None:
    said = Settings(output=Tier.T2048)
    wishes = Wishes(pinned=frozenset({"output"}), shown=said, advised=Settings(output=Tier.T512, two_stage=Switch.ON))
    assert wishes.meaning(said) == replace(said, two_stage=Switch.ON)
    later = replace(said, output=Tier.T4096)
    assert wishes.meaning(later) == later, "the advice was not for that"


def test_a_browser_may_still_call_automatic_what_it_was_called_before(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"Automatic · 640 × 480": "auto", "自动 · 512 × 512": "auto", "1024": "1024"}
    for said, meant in ({**labels, "custom": "custom"}).items():
        monkeypatch.setattr("streamlit.session_state", {"set_output_labels": labels, "set_output": said})
        assert fields.value("set_output") == meant


@pytest.mark.parametrize(
    ("changed", "before", "after"),
    [
        ({"output": Tier.T2048}, set(), {"output"}),
        ({"output": Tier.T2048}, {"fit"}, {"output", "fit"}),
        ({"output": Tier.AUTO}, {"output", "fit"}, {"fit"}),
        ({"ratio": 0.2}, {"fit"}, {"fit"}),
        ({"two_stage": Switch.ON, "engine": EngineName.AUTO}, {"engine"}, {"two_stage"}),
    ],
)
def test_a_persons_changes_are_pinned(changed: dict[str, Any], before: set[str], after: set[str]) -> None:
    shown = Settings(output=Tier.T1024, two_stage=Switch.OFF, engine=EngineName.LANDMARK)
    assert pinned_by(replace(shown, **changed), shown, frozenset(before)) == after
