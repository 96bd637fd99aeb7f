"""A source for each face of the target, on the Fuse page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fusion.face_setting import FaceChoice
from fusion.types import Box, Role
from pages.parts.fuse.face_map import KEEP
from tests.support.app_driver import desk, keys, png, press, run, session, texts, upload
from tests.support.fixtures.photos import admiral, astronaut


@pytest.fixture(scope="module")
def both() -> bytes:
    """The astronaut at the left, the admiral at the right."""
    return png(np.hstack([cv2.resize(pixels, (384, 384)) for pixels in (astronaut(), admiral())]))


@pytest.fixture
def at(both: bytes) -> AppTest:
    """A session with two people in the target and two source photos."""
    at = upload(run(session()), Role.TARGET, "both.png", both)
    assert not keys(at, "map_")
    box = at.file_uploader(key=f"upload_{Role.SOURCE}_{desk(at).slots[Role.SOURCE].turn}")
    box.upload("ben.png", png(admiral()))
    box.upload("anna.png", png(astronaut()))
    return run(at)


def turn(at: AppTest) -> int:
    return desk(at).slots[Role.TARGET].turn


def switched_on(at: AppTest) -> AppTest:
    at.toggle(key=f"map_{turn(at)}_on").set_value(True)
    return run(at)


def given(at: AppTest, face: int | str, place: int) -> AppTest:
    at.selectbox(key=f"map_{turn(at)}_{face}").set_value(place)
    return run(at)


def asked(at: AppTest) -> list[tuple[int, int]]:
    """Each face that is fused, by its number from the left, with the place of its source."""
    here = desk(at)
    view = here.slots[Role.TARGET].view
    assert view is not None
    lines = here.asked(here.wishes.shown).map
    assert all(isinstance(line.face, Box) for line in lines)
    return [
        (next(n for n, face in enumerate(view.faces) if face is view.face(line.face)), line.photo) for line in lines
    ]


def test_each_face_gets_the_source_that_is_chosen_for_it_and_the_job_says_so(at: AppTest) -> None:
    assert desk(at).asked(desk(at).wishes.shown).map == ()
    switched_on(at)
    assert len(asked(at)) == 1
    given(given(at, 0, 0), 1, 1)
    assert asked(at) == [(0, 0), (1, 1)]
    here = desk(at)
    settings = here.asked(here.wishes.shown)
    assert (settings.faces, settings.source_photo) == (FaceChoice(), None)
    assert here.subject is not None
    assert here.subject.faces == 2
    given(at, 0, KEEP)
    assert asked(at) == [(1, 1)]
    given(at, "all", 1)
    assert asked(at) == [(0, 1), (1, 1)]


def test_without_any_face_chosen_nothing_can_be_fused(at: AppTest) -> None:
    switched_on(at)
    given(given(at, 0, KEEP), 1, KEEP)
    assert "say whose face comes where" in texts(at)
    assert at.button(key="fuse").disabled
    at.toggle(key=f"map_{turn(at)}_on").set_value(False)
    run(at)
    assert not keys(at, f"map_{turn(at)}_0")
    assert "say whose face comes where" not in texts(at)


def test_a_source_that_goes_leaves_its_faces_as_they_are_and_another_target_forgets_all(
    at: AppTest, both: bytes
) -> None:
    switched_on(at)
    given(given(at, 0, 0), 1, 1)
    press(at, "remove_source_0")
    assert asked(at) == [(1, 0)]
    press(at, f"change_{Role.TARGET}")
    upload(at, Role.TARGET, "again.png", both)
    assert not desk(at).mapping.is_on
    assert desk(at).asked(desk(at).wishes.shown).map == ()


def test_what_was_mapped_is_laid_on_the_desk_again(at: AppTest) -> None:
    switched_on(at)
    given(given(at, 0, 1), 1, 0)
    here = desk(at)
    kept = here.asked(here.wishes.shown)
    here.mapping.end()
    here.lay(kept)
    assert asked(run(at)) == [(0, 1), (1, 0)]
