"""Choosing a ratio or a mode by looking, on the page Fuse, with the real worker behind it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from fusion.errors import FusionError, Reason
from fusion.jobs import Query
from fusion.marks import marks_in
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.types import Aspect, Box, Mode, Size, Switch, Tier
from pages.parts.choosing.face_crop import SIDE
from pages.parts.choosing.try_state import Tries, small
from tests.support.app_driver import agreed, desk, keys, press, run, session, texts, until, with_samples

pytestmark = pytest.mark.usefixtures("own_server")

TAKE = "take_try_"


@pytest.fixture(scope="module")
def made(own_server: None) -> AppTest:
    """A session that has its ratios tried, before its first result."""
    at = press(agreed(with_samples(session())), "try_ratio")
    return until(at, lambda at: not kept(at).is_running)


def kept(at: AppTest) -> Tries:
    found: Tries = at.session_state["tries"]
    return found


def labels(at: AppTest) -> list[str]:
    return [at.button(key=key).label for key in keys(at, TAKE)]


def test_four_ratios_stand_side_by_side_each_with_its_likeness(made: AppTest) -> None:
    assert labels(made) == ["0.4", "0.6", "0.8", "1.0"]
    likeness = [each.likeness for each in kept(made).all]
    assert likeness == sorted(likeness, key=lambda found: found or 0.0), "more of the source is more like the source"
    assert texts(made).count("likeness 0.") == 4
    for each in kept(made).all:
        assert each.face is not None
        assert marks_in(each.face.jpeg).produce_id, "it says what it is, like any result"
        with Image.open(io.BytesIO(each.face.jpeg)) as picture:
            assert picture.size == (SIDE, SIDE)


def test_they_are_no_results_and_nothing_of_them_is_kept(made: AppTest) -> None:
    queue = desk(made).queue
    assert desk(made).result is None
    assert queue.history(Query(with_tries=True)) == ()
    assert not list(queue.folder.iterdir())


def test_a_press_takes_its_ratio_and_they_stay_until_something_else_is_set(made: AppTest) -> None:
    press(made, f"{TAKE}2")
    assert made.slider(key="set_ratio").value == 0.8
    assert [made.button(key=key).proto.type for key in keys(made, TAKE)] == [*["secondary"] * 2, "primary", "secondary"]
    made.slider(key="set_ratio").set_value(0.55)
    assert len(labels(run(made))) == 4, "another ratio makes them no others"
    made.slider(key="set_brightness").set_value(0.2)
    assert labels(run(made)) == []
    assert kept(made).what is None


def test_the_modes_can_be_tried_likewise_and_be_put_away(made: AppTest) -> None:
    press(made, "try_mode")
    until(made, lambda at: not kept(at).is_running)
    assert labels(made) == ["Normal", "Blend", "Overlay"]
    press(made, f"{TAKE}1")
    assert made.session_state["set_mode"] == Mode.BLEND
    press(made, "tries_close")
    assert labels(made) == []


def test_the_making_can_be_cancelled_and_other_photos_make_them_go(made: AppTest) -> None:
    press(made, "try_ratio")
    press(made, "tries_cancel")
    assert not kept(made).is_running
    until(made, lambda at: desk(at).queue.history(Query(with_tries=True)) == ())
    press(made, "try_ratio")
    until(made, lambda at: not kept(at).is_running)
    assert len(labels(made)) == 4
    press(made, "swap")
    assert labels(made) == []


def test_why_they_cannot_be_made_is_said_with_a_remedy(made: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise FusionError(Reason.DISK_FULL, folder="/data", why="no space")

    monkeypatch.setattr(desk(made).queue, "submit", full)
    press(made, "try_ratio")
    assert any("disk" in error.value for error in made.error)
    assert labels(made) == []


def test_they_wait_for_consent_and_say_so() -> None:
    at = with_samples(session())
    assert at.button(key="try_ratio").disabled
    assert at.button(key="try_ratio").help
    press(at, "change_source")
    assert keys(at, "try_") == [], "nothing is offered for a photo that is not there"


def test_a_face_is_tried_as_small_as_it_can_be_judged() -> None:
    near = Subject(Size(2000, 2000), Box(500, 500, 1500, 1500), target_px=1000.0)
    far = Subject(Size(4000, 3000), Box(10, 10, 210, 210), target_px=200.0)
    asked = Settings(output=Tier.T4096, aspect=Aspect.NINE_TO_SIXTEEN)
    assert small(asked, None).output == small(asked, near).output == Tier.T512
    assert small(asked, far).output == Tier.T2048
    assert small(asked, near).two_stage == Switch.OFF
