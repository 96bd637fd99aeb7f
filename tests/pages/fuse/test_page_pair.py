"""The Fuse page says before a fusion whether the two photos suit each other, and refuses those that make no picture."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from fusion.types import Role
from tests.support.app_driver import desk, png, run, texts, with_samples
from tests.support.fixtures.photos import astronaut
from tests.support.fixtures.shown import shades


def test_a_pair_that_suits_is_said_to_suit(app: AppTest) -> None:
    with_samples(app)
    assert "The two photos will do" in texts(app), "the source's glasses come along"
    desk(app).take(Role.SOURCE, png(astronaut()), "bare.png")
    assert "The two photos suit each other" in texts(run(app))
    assert not [box for box in app.checkbox if box.key == "pair_anyway"]


def test_a_refused_pair_cannot_be_fused_before_a_tick_says_so(app: AppTest) -> None:
    with_samples(app).checkbox(key="consent").check()
    run(app)
    assert not app.button(key="fuse").disabled
    desk(app).take(Role.SOURCE, shades(), "worn.png")
    run(app)
    assert "The two photos make no picture" in texts(app)
    assert "behind dark lenses" in texts(app)
    assert "Use a source photo without sunglasses." in texts(app)
    assert app.button(key="fuse").disabled
    assert "Everything is ready" not in texts(app)
    app.checkbox(key="pair_anyway").check()
    run(app)
    assert not app.button(key="fuse").disabled
    assert app.session_state["set_anyway"]
    desk(app).remove(Role.SOURCE)
    run(app)
    assert "make no picture" not in texts(app)
